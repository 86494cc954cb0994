"""What became of claims, written for a whole group in three statements or four.

A result counts only where its token still stands: of a worker that woke up too late, nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import DeliveryState, Result
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Unknown
from communique.store.deliveries import THESE
from communique.store.dialect import gathered, given
from communique.store.tables import Instant, as_text, attempts, deliveries


async def record(
    connection: AsyncConnection, results: Sequence[Result], now: datetime
) -> Sequence[Result]:
    """Write results; those whose claim is no longer ours are left out, unwritten.

    Returns the results that counted. An attempt that was not made counts as no attempt.
    """
    found = await connection.execute(_HELD, {"ids": [one.claim.delivery_id for one in results]})
    held = {(id_, token) for id_, token in found.scalar_one() or []}
    counted = [one for one in results if (one.claim.delivery_id, one.claim.token) in held]
    sent = [one for one in counted if one.step.state is DeliveryState.SENT]
    others = [one for one in counted if one.step.state is not DeliveryState.SENT]
    if sent:  # most are, and need little said
        await connection.execute(
            _SENT, {"now": now, "ids": [one.claim.delivery_id for one in sent]}
        )
    if others:
        ended_at = as_text(now)
        await connection.execute(_WRITE, {"steps": [_step_row(one, ended_at) for one in others]})
    if tried := [_attempt_row(one, one.outcome) for one in counted if one.outcome is not None]:
        await connection.execute(_LOG, {"tried": tried})
    return counted


def _step_row(result: Result, ended_at: str) -> list[object]:
    """A result as `_STEPS` takes it."""
    claim, step = result.claim, result.step
    return [
        claim.delivery_id,
        claim.token,
        step.state,
        step.reason or None,
        as_text(step.due_at) if step.due_at else None,
        None if step.due_at else ended_at,
        claim.attempt - (result.outcome is None),
        claim.unknowns + isinstance(result.outcome, Unknown),
    ]


def _attempt_row(result: Result, outcome: Outcome) -> list[object]:
    """A result as `_TRIED` takes it."""
    reply = outcome.reply
    said = "" if isinstance(outcome, Accepted) else outcome.reason
    return [
        result.claim.delivery_id,
        result.claim.attempt,
        OUTCOME_NAMES[type(outcome)],
        outcome.scope,
        reply.code if reply else None,
        reply.enhanced if reply else None,
        reply.text if reply else said,
        result.transport,
        as_text(result.started_at),
        result.seconds,
    ]


OUTCOME_NAMES: dict[type[Outcome], str] = {
    Accepted: "accepted",
    Deferred: "deferred",
    Refused: "refused",
    Unknown: "unknown",
}

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
_LOG = insert(attempts).from_select([one.name for one in _TRIED.c], select(_TRIED))
