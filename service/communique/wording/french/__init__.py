"""The French of each code, as `wording` has the English.

Typed with plain spaces: where French has one that holds, `typography` puts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from communique.wording import ADVICE as ENGLISH
from communique.wording import Remedy
from communique.wording.french import (
    accounts,
    agreements,
    audiences,
    databases,
    fields,
    history,
    lawful,
    newsroom,
    parts,
    people,
    remedies,
    rest,
    sending,
    settings,
    spreadsheets,
    states,
    texts,
)
from communique.wording.typography import french as held

__all__ = ["ADVICE", "REMEDIES", "SEVERAL", "STATES", "WORDS"]

_WORDS = (
    *(rest, accounts, agreements, audiences, databases, fields, history, lawful, newsroom),
    *(parts, people, sending, settings, spreadsheets, texts),
)
_ADVICE = (
    *(rest, accounts, agreements, audiences, databases, fields, lawful),
    *(people, sending, spreadsheets, texts),
)


def _table(*tables: Mapping[str, str]) -> Mapping[str, str]:
    return {code: held(text) for code, text in chain(*(one.items() for one in tables))}


WORDS = _table(*(one.WORDS for one in _WORDS))
REMEDIES = _table(remedies.REMEDIES)
ADVICE = {
    **{code: REMEDIES[one.name] for code, one in ENGLISH.items() if isinstance(one, Remedy)},
    **_table(*(one.ADVICE for one in _ADVICE)),
}
STATES = _table(states.STATES)
SEVERAL = _table(states.SEVERAL)
