"""What every view is made of: a version, instants, days, counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from communique.facts import Fact, Why, plain

VERSION = 1

View = dict[str, Any]


def document(**parts: object) -> View:
    """One answer: its version, and its parts, which are views or plain values."""
    return {"version": VERSION, **parts}


def instant(at: datetime | None) -> str | None:
    """An instant as programs read it: ISO 8601 in UTC."""
    return None if at is None else at.isoformat()


def day(on: date | None) -> str | None:
    """A day as programs read it: ISO 8601."""
    return None if on is None else on.isoformat()


def fact(one: Why | None) -> View | None:
    """What was found, with its code and what its words are made of; None for a person's words."""
    if not isinstance(one, Fact):
        return None
    return {"code": one.code, "message": str(one), "fields": fields(one.fields)}


def fields(of: Mapping[str, Any]) -> View:
    """What words are made of, by name, in plain values."""
    return {name: plain(value) for name, value in of.items()}


def counts(of: Mapping[Any, int]) -> dict[str, int]:
    """Counts by what they are of."""
    return {one.value if isinstance(one, Enum) else str(one): n for one, n in of.items()}
