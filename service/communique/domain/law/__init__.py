"""What laws ask of a release, as data: which rules hold for whom, and which of them stop it.

Nothing here is legal advice; docs/law.md shows which check stands for which line of which law.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from communique.domain.law.profiles import DECLARED, LAWS, OURS
from communique.domain.law.rules import Asked, Law, Need, Rule, Weight
from communique.domain.law.subjects import answering
from communique.domain.law.territories import elsewise, is_place, place

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
    "elsewise",
    "is_place",
    "lawless",
    "place",
    "postal",
]

ALL = (*LAWS, DECLARED, OURS)

_POSTAL = 8  # letters and digits, in two words at least: fewer lead no letter to anybody


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


def postal(address: str) -> bool:
    """Whether a text can be a postal address: a program can tell no more of it."""
    words = re.findall(r"\w+", address)
    return len(words) > 1 and sum(map(len, words)) >= _POSTAL
