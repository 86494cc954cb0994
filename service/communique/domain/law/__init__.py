"""What laws ask of a release, as data: which rules hold for whom, and which of them stop it.

Nothing here is legal advice; docs/law.md shows which check stands for which line of which law.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from communique.domain.law.profiles import DECLARED, LAWS, OURS
from communique.domain.law.rules import Asked, Law, Need, Rule, Weight
from communique.domain.law.territories import place

__all__ = [
    "ALL",
    "LAWS",
    "Asked",
    "Law",
    "Need",
    "Rule",
    "Weight",
    "answering",
    "asked",
    "lawless",
    "place",
]

ALL = (*LAWS, DECLARED, OURS)

# How mail programs begin the subject of an answer and of what is passed on, in both languages.
_ANSWER = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*((?:re|ré|rép|fw|fwd|tr)\s*:)", re.IGNORECASE)


def asked(home: str, *, french: bool = False, territories: Collection[str] | None = ()) -> Asked:
    """What is asked of an association at `home` (ISO 3166-2) that writes to these territories.

    They are as rosters name them; one that nobody knows is taken to be where the association is.
    None is for people whom whoever asks may not know of: they may be anywhere (P6). `french` is for
    an association that requires French of itself.
    """
    laws = (*LAWS, *((DECLARED,) if french else ()), OURS)
    readers = None if territories is None else {place(one, home) for one in territories}
    return Asked.by(laws, (home,), readers)


def lawless(home: str, territories: Collection[str]) -> list[str]:
    """Those of these territories of which no law is known here, as rosters name them."""
    return sorted(
        one or home for one in territories if not any(law.holds(place(one, home)) for law in LAWS)
    )


def answering(subject: str) -> str:
    """What a subject begins with that passes for an answer's; empty for none."""
    begins = _ANSWER.match(subject)
    return begins[1] if begins else ""
