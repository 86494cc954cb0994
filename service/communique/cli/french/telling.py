"""Facts and errors in French: by their codes, and what a command says itself by its English."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

from communique import facts
from communique.cli.french import SENTENCES, values
from communique.domain.approval import ApprovalWord
from communique.domain.delivery import DeliveryState, SkipReason
from communique.domain.event import Verb
from communique.domain.kind import Nature
from communique.domain.release import State
from communique.errors import CommuniqueError
from communique.facts import Fact
from communique.wording.french import ADVICE, SEVERAL, STATES, WORDS
from communique.wording.french.kept import kept
from communique.wording.typography import nested

ENUMS: tuple[type[Enum], ...] = (ApprovalWord, DeliveryState, Nature, SkipReason, State, Verb)


@cache
def words() -> dict[str, str]:
    """The French of every code, of every state in a fact, and of every sentence of a command."""
    states = {
        f"{kind.__name__.lower()}_{one.value}": STATES[one.value]
        for kind in ENUMS
        for one in kind
        if one.value in STATES
    }
    return {**SENTENCES, **WORDS, **states}


def fact(one: Fact) -> str:
    """A fact, with what to do about it."""
    if hour := values.instant(one):
        return hour
    said = Fact(one.code, **values.fields(one.code, one.fields))
    return nested(facts.told(said, words(), ADVICE))


def what(one: Fact) -> str:
    """A fact, without what to do about it."""
    text = WORDS.get(one.code, one.code)
    return nested(facts.worded(text, values.fields(one.code, one.fields), words()))


def fields(error: CommuniqueError) -> dict[str, Any]:
    """Those of an error, as they stand in a French sentence."""
    return values.fields(error.code, error.fields)


def message(error: CommuniqueError) -> str:
    """What is wrong."""
    return nested(error.said(words(), fields(error)))


def advice(error: CommuniqueError) -> str | None:
    """What to do about it, where a command has no words of its own for that."""
    if not isinstance(error.remedy, str):
        return None
    text: str = words().get(error.remedy) or ADVICE.get(error.code) or error.remedy
    return nested(facts.worded(text, fields(error), words()))


def several(text: str, count: int) -> str:
    """A state or a reason, as it stands beside a count."""
    return SEVERAL.get(text, state(text)) if count > 1 else state(text)


def state(text: str) -> str:
    """A state or a reason, by its code; what a relay said stays as it is."""
    of_kind = STATES.get(f"{type(text).__name__.lower()}_{text}")
    return of_kind or STATES.get(text) or kept(str(text))
