"""What became of claims, written for a whole group in three statements or four.

A result counts only where its token still stands: of a worker that woke up too late, nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Insert, bindparam, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import GAVE_UP, DeliveryState, Result
from communique.domain.outcome import NOT_STARTED, Accepted, Outcome, Unknown, cause
from communique.store.deliveries import THESE
from communique.store.dialect import gathered, given, insert
from communique.store.tables import Instant, as_text, attempts, deliveries


class Results:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, results: Sequence[Result], now: datetime) -> Sequence[Result]:
        """Write results; those whose claim is no longer ours are left out, unwritten.

        Returns the results that counted. An attempt that was not made counts as no attempt.
        """
        found = await self._connection.execute(
            _HELD, {"ids": [one.claim.delivery_id for one in results]}
        )
        held = {(id_, token) for id_, token in found.scalar_one() or []}
        counted = [one for one in results if (one.claim.delivery_id, one.claim.token) in held]
        sent = [one for one in counted if one.step.state is DeliveryState.SENT]
        others = [one for one in counted if one.step.state is not DeliveryState.SENT]
        if sent:  # most are, and need little said
            await self._connection.execute(
                _SENT, {"now": now, "ids": [one.claim.delivery_id for one in sent]}
            )
        if others:
            ended_at = as_text(now)
            await self._connection.execute(
                _WRITE, {"steps": [_step_row(one, ended_at) for one in others]}
            )
        if tried := [_attempt_row(one, one.outcome) for one in counted if one.outcome is not None]:
            await log_attempts(self._connection, tried)
        return counted


async def log_attempts(connection: AsyncConnection, tried: Sequence[Sequence[object]]) -> None:
    """Append attempts, each as `_TRIED` has it.

    One whose number is taken becomes the next: a count that a mistake of ours put back must not
    keep what happened from being written, now and at every start.
    """
    logged = await connection.execute(_log(connection.dialect.name), {"tried": tried})
    if logged.rowcount != len(tried):
        await connection.execute(_LOG_NEXT, {"tried": tried})


def _step_row(result: Result, ended_at: str) -> list[object]:
    """A result as `_STEPS` takes it."""
    claim, step = result.claim, result.step
    return [
        claim.delivery_id,
        claim.token,
        step.state,
        step.reason or None,
        _cause(result),
        as_text(step.due_at) if step.due_at else None,
        None if step.due_at else ended_at,
        claim.attempt - (result.outcome is None),
        claim.unknowns + isinstance(result.outcome, Unknown),
    ]


def _cause(result: Result) -> str | None:
    """What it waits or failed for; who merely waits for a turn does so for nothing."""
    reason = result.step.reason.removeprefix(GAVE_UP)
    return cause(reason) if reason and reason != NOT_STARTED.reason else None


def _attempt_row(result: Result, outcome: Outcome) -> list[object]:
    """A result as `_TRIED` takes it."""
    reply = outcome.reply
    said = "" if isinstance(outcome, Accepted) else outcome.reason
    return [
        result.claim.delivery_id,
        result.claim.attempt,
        outcome.name,
        outcome.scope,
        reply.code if reply else None,
        reply.enhanced if reply else None,
        reply.text if reply else said,
        result.transport,
        as_text(result.started_at),
        result.seconds,
    ]


# Built once, for they run for every group.

_HELD = select(
    gathered(
        select(deliveries.c.id, deliveries.c.claim)
        .where(
            THESE,
            deliveries.c.state == DeliveryState.SENDING.value,
        )
        .with_for_update()
        .subquery()
    )
)
_SENT = (
    update(deliveries)
    .where(THESE)
    .values(
        state=DeliveryState.SENT.value,
        reason=None,
        cause=None,
        due_at=None,
        ended_at=bindparam("now", type_=Instant()),
        claim=None,
        lease_until=None,
    )
)
_STEPS = given(
    "steps",
    [
        deliveries.c.id,
        deliveries.c.claim,
        deliveries.c.state,
        deliveries.c.reason,
        deliveries.c.cause,
        deliveries.c.due_at,
        deliveries.c.ended_at,
        deliveries.c.attempts,
        deliveries.c.unknowns,
    ],
)
_WRITE = (
    update(deliveries)
    .where(deliveries.c.id == _STEPS.c.id, deliveries.c.claim == _STEPS.c.claim)
    .values(
        claim=None,
        lease_until=None,
        **{one.name: one for one in _STEPS.c if one.name not in ("id", "claim")},
    )
)
_TRIED = given("tried", [column for column in attempts.c if column is not attempts.c.id])
_NAMES = [one.name for one in _TRIED.c]


@cache
def _log(dialect: str) -> Insert:
    rows = select(_TRIED).where(text("true"))  # or SQLite takes ON CONFLICT for a join's ON
    statement = insert(dialect, attempts).from_select(_NAMES, rows).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


_logged = attempts.alias()
_LOG_NEXT = attempts.insert().from_select(
    _NAMES,
    select(
        *(
            select(func.max(_logged.c.number) + 1)
            .where(_logged.c.delivery_id == _TRIED.c.delivery_id)
            .scalar_subquery()
            if one is _TRIED.c.number
            else one
            for one in _TRIED.c
        )
    ).where(
        ~exists().where(
            _logged.c.delivery_id == _TRIED.c.delivery_id,
            _logged.c.started_at == _TRIED.c.started_at,
            _logged.c.outcome == _TRIED.c.outcome,
        )
    ),
)
