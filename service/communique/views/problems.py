"""What goes wrong and what was looked at, as programs are shown it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from communique.domain.route import Rerouted
from communique.errors import CommuniqueError, Problems
from communique.facts import Fact
from communique.views.form import View
from communique.wording import Remedy


def check_step(name: str, ok: bool | None, detail: str) -> View:
    """One thing that was looked at; None is a warning."""
    return {"step": name, "ok": ok is not False, "warning": ok is None, "detail": detail}


def rerouted(one: Rerouted) -> View:
    """A transport that leads elsewhere than before; null for the built-in mailbox."""
    return {
        "transport": one.transport,
        "associations": list(one.associations),
        "before": one.before or None,
        "now": one.now or None,
    }


def error(one: CommuniqueError, advice: Callable[[CommuniqueError], str | None]) -> View:
    """What went wrong, and each problem by itself, with the `advice` of the door that says it."""
    problems = one.problems if isinstance(one, Problems) else [one]
    return {
        "error": one.message,
        "code": one.code,
        "fields": _fields(one),
        "problems": [_problem(each, advice(each)) for each in problems],
    }


def _problem(one: CommuniqueError, advice: str | None) -> View:
    return {
        "code": one.code,
        "message": one.message,
        "fields": _fields(one),
        "file": None if one.file is None else str(one.file),
        "line": one.line,
        "remedy": advice,
        "remedy_code": one.remedy.code if isinstance(one.remedy, Remedy) else None,
    }


def _fields(one: CommuniqueError) -> View:
    return {name: _plain(value) for name, value in one.fields.items()}


def _plain(value: object) -> object:
    match value:
        case Fact():
            return {"code": value.code, "fields": {k: _plain(v) for k, v in value.fields.items()}}
        case Enum():
            return value.value
        case str() | int() | float() | None:
            return value
        case Sequence():
            return [_plain(each) for each in value]
    return str(value)
