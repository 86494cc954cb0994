"""Numbers of people: no import knows anybody by one, and none may pass for a company's (P11)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from communique.roster import stems

_WHO = re.compile(
    r"\b(?:person(?:ne)?|people|contact|individual|individu|subscriber|abonnee?|user|utilisateur|"
    r"record|customer|client|constituent|leid|euid|uuid|guid)\b"
)
_NUMBER = re.compile(
    r"\b(?:id|ids|no|n|nr|num|number|numero|identifiant|identifier|code|key|cle|leid|euid|uuid|guid)\b"
)
FEW = 3  # more lines than companies: below, these may be branches of one name
PART = 4  # one line in so many is of a company with several


def of_people(headings: Sequence[str], taken: Collection[int]) -> tuple[str, ...]:
    """The headings, of those that are not `taken`, of what numbers people."""
    return tuple(
        heading
        for position, heading in enumerate(headings)
        if position not in taken
        and (words := stems.worded(heading))
        and _WHO.search(words)
        and _NUMBER.search(words)
    )


def is_of_people(places: Mapping[str, int], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the column of companies' numbers gives each line another, colleagues too."""
    if "reference" not in places or "member" not in places:
        return False
    number, name = places["reference"], places["member"]
    rows = [
        (row[number], row[name])
        for row in sample
        if max(number, name) < len(row) and row[number] and row[name]
    ]
    names = Counter(name for _, name in rows)
    beside = sum(count for count in names.values() if count > 1)
    return (
        len({number for number, _ in rows}) == len(rows)
        and len(rows) - len(names) >= FEW
        and beside * PART >= len(rows)
    )
