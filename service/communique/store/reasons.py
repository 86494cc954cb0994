"""Why something was done, as a column of text has it: a person's own words, or a fact of ours.

A fact stands behind a mark that no line of history can have (`domain.text.one_line`), so nobody
can write one. What an older version wrote, in words, is read as words.
"""

from __future__ import annotations

import json

from communique.facts import Fact, Why, fact

MARK = "\N{INFORMATION SEPARATOR ONE}"


def written(why: Why | None) -> str | None:
    """As it is kept."""
    if isinstance(why, Fact):
        return MARK + json.dumps(why.plain(), ensure_ascii=False)
    return why


def read(text: str | None) -> Why | None:
    """As it was meant."""
    if text is None or not text.startswith(MARK):
        return text
    return fact(json.loads(text.removeprefix(MARK)))
