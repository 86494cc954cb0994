"""What every view is made of: a version, instants, days, counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

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


def counts(of: Mapping[Any, int]) -> dict[str, int]:
    """Counts by what they are of."""
    return {one.value if isinstance(one, Enum) else str(one): n for one, n in of.items()}
