"""What goes wrong and what was looked at, as programs are shown it."""

from __future__ import annotations

from collections.abc import Callable

from communique.domain.route import Rerouted
from communique.errors import CommuniqueError, Problems
from communique.views.form import View, fields
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
        "fields": fields(one.fields),
        "problems": [problem(each, advice(each)) for each in problems],
    }


def problem(one: CommuniqueError, advice: str | None) -> View:
    """One thing that is wrong, or that is warned of."""
    return {
        "code": one.code,
        "message": one.message,
        "fields": fields(one.fields),
        "rules": list(one.fields.get("rules", ())),
        "file": None if one.file is None else str(one.file),
        "line": one.line,
        "remedy": advice,
        "remedy_code": one.remedy.code if isinstance(one.remedy, Remedy) else None,
    }
