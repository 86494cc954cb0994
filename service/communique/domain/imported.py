"""What comes of a spreadsheet: the sums, and of each kind of thing to tell the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from communique.domain.member import (
    Admitted,
    BadLine,
    Difference,
    Duplicate,
    Followed,
    Leaver,
    Mover,
    Refusal,
)
from communique.domain.merging import Contradiction

KEPT = 1000  # of each kind, held in memory (P9); the report has all

One = TypeVar("One")
Found = TypeVar(
    "Found", BadLine, Refusal, Duplicate, Contradiction, Difference, Leaver, Mover, Followed
)


@dataclass(slots=True)
class Matched:
    """A list that is made to match a file: how many were on it, are to leave it, and have left."""

    list_key: str
    on: int
    leaving: int
    left: int = 0
    too_many: bool = False  # more are to leave than may without being asked for


@dataclass(slots=True)
class Some(Generic[One]):
    """How many there were, and the first of them."""

    count: int = 0
    first: list[One] = field(default_factory=list)

    def add(self, one: One) -> None:
        """Count one, and keep it if few came before."""
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(one)


@dataclass(slots=True)
class Imported:
    """What comes of a spreadsheet. While it is being made, how far it is."""

    admitted: Admitted = field(default_factory=Admitted)
    bad: Some[BadLine] = field(default_factory=Some)
    duplicates: Some[Duplicate] = field(default_factory=Some)
    doubts: Some[Contradiction] = field(default_factory=Some)
    differences: Some[Difference] = field(default_factory=Some)
    revived: Some[Difference] = field(default_factory=Some)  # or held back, if nobody asked
    refusals: Some[Refusal] = field(default_factory=Some)  # who said no elsewhere
    leavers: Some[Leaver] = field(default_factory=Some)  # who is on a list and not in the file
    movers: Some[Mover] = field(default_factory=Some)  # who may only have another address
    followed: Some[Followed] = field(default_factory=Some)  # lines of whoever moved
    matched: list[Matched] = field(default_factory=list)  # the lists that are made to match it
    good: int = 0  # lines that were read
    done: int = 0  # lines whose people are in
