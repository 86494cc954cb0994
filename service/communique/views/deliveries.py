"""The delivery log, in sums and line by line, and what a release would do, as programs see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from communique.domain.delivery import Forecast, Retriable
from communique.domain.log import AttemptLine, Line, Lost, Summary, Waiting
from communique.domain.outcome import Accepted, Answer, NotTried, Refused, Reply, is_policy
from communique.views.form import View, counts, fact, instant


def summary(one: Summary) -> View:
    """Counts that add up to the snapshot (P1)."""
    return {
        "snapshot": one.snapshot,
        "open": one.open,
        "ended": one.ended,
        "copies": one.copies,
        "states": counts(one.states),
        "skipped": counts(one.skipped),
    }


def summaries(by_association: Mapping[str, Summary]) -> View:
    """The same for each association."""
    return {key: summary(one) for key, one in by_association.items()}


def forecast(one: Forecast) -> View:
    """Whom a release would go to at one association, and what to look at twice."""
    return {
        "association": one.association,
        "listed": one.listed,
        "goes": one.goes,
        "left_out": counts(one.left_out),
        "empty": list(one.empty),
        "unmatched": {part: list(values) for part, values in one.unmatched.items()},
        "warnings": [str(each) for each in one.warnings],
        "warned": [fact(each) for each in one.warnings],
        "nameless": [
            {"language": language, "name": name, "count": count}
            for (language, name), count in sorted(one.nameless.items())
        ],
        "through": one.through,
    }


def forecasts(several: Iterable[Forecast]) -> list[View]:
    """One for each association."""
    return [forecast(one) for one in several]


def waiting(one: Waiting) -> View:
    """Why deliveries wait, how many, and until when at least."""
    return {"reason": one.cause, "count": one.count, "due_at": instant(one.due_at)}


def lost(one: Lost) -> View:
    """What deliveries of one association failed for, or were left unknown."""
    return {
        "association": one.association,
        "state": one.state.value,
        "reason": one.cause,
        "policy": is_policy(one.cause),
        "count": one.count,
        "bounced": one.bounced,
    }


def retriable(one: Retriable) -> View:
    """Whom a retry writes to at one association, by state and reason, and whom not."""
    return {
        "association": one.association,
        "goes": one.goes,
        "again": [
            {"state": state.value, "reason": cause, "count": count}
            for (state, cause), count in one.again.items()
        ],
        "left_out": counts(one.left_out),
    }


def line(one: Line) -> View:
    """One delivery, with its last attempt."""
    return {
        "delivery_id": one.delivery_id,
        "release": one.release,
        "association": one.association,
        "address": one.address,
        "name": one.name,
        "member": one.member,
        "language": one.language,
        "state": one.state.value,
        "reason": one.reason,
        "attempts": one.attempts,
        "at": instant(one.at),
        "due_at": instant(one.due_at),
        "code": one.code,
        "reply": one.reply,
    }


def attempt(one: AttemptLine) -> View:
    """One attempt of a delivery."""
    return {
        "number": one.number,
        "started_at": instant(one.started_at),
        "seconds": one.seconds,
        "transport": one.transport,
        "outcome": one.outcome,
        "scope": one.scope,
        "code": one.code,
        "enhanced": one.enhanced,
        "reply": one.reply,
    }


def answer(one: Answer) -> View:
    """What a mail ended in."""
    tried = None if isinstance(one, NotTried) else one
    return {
        "outcome": one.name.replace(" ", "_"),
        "scope": tried.scope.value if tried else None,
        "reason": "" if isinstance(one, Accepted) else one.reason,
        "reply": _reply(tried.reply) if tried and tried.reply else None,
        "hard": isinstance(one, Refused) and one.hard,
    }


def _reply(one: Reply) -> View:
    return {"code": one.code, "enhanced": one.enhanced, "text": one.text}
