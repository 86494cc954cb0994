"""People as somebody at the desk looks for them: on a list, by some words, by where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from communique.domain.delivery import SkipReason
from communique.domain.member import Contact

WORDS = 6  # of a search: who types more is not understood better by the rest


@dataclass(frozen=True, slots=True)
class Looked:
    """Which people somebody looks for; what is empty asks nothing."""

    list_key: str = ""
    text: str = ""  # each word of it is part of a name, an address, a company or its number
    may: bool | None = None  # be written to: on that list, else on any
    reason: SkipReason | None = None  # why they are not

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for, word by word."""
        return tuple(self.text.split()[:WORDS])


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody who was found; `since` and `lapses_on` are their place's on the list looked at."""

    contact: Contact
    why_not: SkipReason | None  # they are not written to: on that list, else on none
    since: date | None = None
    lapses_on: date | None = None
