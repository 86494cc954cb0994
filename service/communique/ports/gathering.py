"""Where all that a spreadsheet says waits, in order, until the whole of it is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from communique.domain.finding import Finding
from communique.domain.member import Company, Followed, Leaver, Statement
from communique.domain.plain import Page, Plain


class Gathering(Protocol):
    """On this machine's disk, not in its memory (P9). One thread at a time may use it."""

    def add(self, lines: Iterable[Plain]) -> None:
        """Keep what some lines say."""

    def numbered(self) -> Iterator[Sequence[Statement]]:
        """What is said of each company that has a number, by number."""

    def unnumbered(self) -> Iterator[Sequence[Statement]]:
        """What is said of each company by its name alone, by name."""

    def name(self, named: Iterable[tuple[str, str]]) -> None:
        """Keep which (name, number) a company has."""

    def number(self) -> None:
        """Give lines without a number that of the one company of their name, if it is one."""

    def numbers_of(self, names: Collection[str]) -> Mapping[str, Sequence[str]]:
        """The numbers that companies of these names have."""

    def named(self, references: Collection[str]) -> Mapping[str, Sequence[str]]:
        """The names that companies of these numbers have."""

    def found(self, companies: Iterable[tuple[str, Company]]) -> None:
        """Keep what each company of the file is here; its key is its `#number` or its `=name`."""

    def companies(self, keys: Collection[str]) -> Mapping[str, Company]:
        """What `found` was told of these."""

    def settled(self, ids: Collection[int]) -> Mapping[int, Company]:
        """What `found` was told of those that have these numbers here."""

    def people(self, size: int) -> Iterator[Page]:
        """All people, by their address, once it is known what their companies are here."""

    def lines(
        self, keys: Collection[str], *, noting: bool
    ) -> tuple[Sequence[Sequence[Plain]], int]:
        """The lines of each person of these address keys, and how many there are beyond many.

        Of these, each no is heard; otherwise they are only noted, as repeated, where `noting` (P9).
        """

    def absent(self, list_key: str | None, keys: Collection[str]) -> Collection[str]:
        """Those of these address keys that no line puts on this list, or has at all.

        A line that names no lists is for each that is asked for.
        """

    def follow(self, moves: Iterable[tuple[str, str]]) -> Sequence[Followed]:
        """Have lines with an address key that somebody moved from be theirs, at their address."""

    def alone(self) -> Iterator[Plain]:
        """Each line that alone names that person of that company."""

    def leave(self, leavers: Iterable[Leaver]) -> None:
        """Keep who is to leave a list."""

    def leaving(self) -> Iterator[Leaver]:
        """All of these."""

    def note(self, findings: Iterable[Finding]) -> None:
        """Keep what is to be told."""

    def noted(self) -> Iterator[Finding]:
        """All of that, by kind and line."""

    def close(self) -> None:
        """Let go of it all."""
