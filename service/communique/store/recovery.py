"""Taking claims back from workers that are gone. A row is locked, and written only under the claim
that was read: whoever took it meanwhile keeps it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import DeliveryState
from communique.domain.outcome import Scope, Unknown
from communique.store import results
from communique.store.deliveries import look_again
from communique.store.dialect import given
from communique.store.tables import Instant, as_text, database_now, deliveries

# A token's lower bits are chance; the rest is the number of the node whose claim it is.
_NODE = deliveries.c.claim // (1 << 40)
# What is in nobody's hands has no lease: the index of those that have finds them at once.
_IN_HAND = deliveries.c.lease_until.is_not(None)


def lost(
    held: Collection[int], nodes: Collection[int], alive: Collection[int]
) -> ColumnElement[bool]:
    """Claims whose worker is gone: of `nodes`, or whose lease ran out unless it is `alive`."""
    gone: ColumnElement[bool] = deliveries.c.lease_until <= database_now(literal(0.0))
    if alive:  # a clock that jumped takes nothing from who is seen to live
        gone = and_(gone, _NODE.not_in(alive))
    if nodes:
        gone = and_(_IN_HAND, or_(gone, _NODE.in_(nodes)))
    return and_(gone, deliveries.c.claim.not_in(held))


async def lock(
    connection: AsyncConnection, *whose: ColumnElement[bool], skip_locked: bool = False
) -> Sequence[Any]:
    """The deliveries that are in hand under such claims, held until the transaction ends."""
    found = await connection.execute(
        select(
            deliveries.c.id,
            deliveries.c.claim,
            deliveries.c.begun,
            deliveries.c.attempts,
            deliveries.c.unknowns,
            deliveries.c.release_id,
            deliveries.c.batch,
        )
        .where(_IN_HAND, *whose, deliveries.c.state == DeliveryState.SENDING.value)
        # In one order, or two who lock would stand in each other's way. In the index's: for the
        # order of ids alone, SQLite reads all that ever was.
        .order_by(deliveries.c.lease_until, deliveries.c.id)
        .with_for_update(skip_locked=skip_locked)
    )
    return found.all()


async def queue(connection: AsyncConnection, rows: Sequence[Any], now: datetime) -> None:
    """Queue again what was never begun; no attempt was made."""
    if rows:
        claims = [[row.id, row.claim] for row in rows]
        await connection.execute(_QUEUE, {"claims": claims, "now": now})
        await look_again(connection, [(row.release_id, row.batch) for row in rows], now)


async def give_up(
    connection: AsyncConnection,
    rows: Sequence[Any],
    reason: str,
    now: datetime,
    last: Mapping[int, datetime],
) -> None:
    """Note of what may have been handed over that nobody knows; once, it is resent.

    It was begun when its worker was last seen at work, by the token of its claim; `now` at latest.
    """
    if not rows:
        return
    claims = [[row.id, row.claim] for row in rows]
    await connection.execute(_GIVE_UP, {"claims": claims, "now": now, "reason": reason})
    await results.log_attempts(
        connection,
        [
            [
                *(row.id, row.attempts, Unknown.name, Scope.RECIPIENT, None, None, reason, ""),
                *(as_text(min(last.get(row.claim, now), now)), 0.0),
            ]
            for row in rows
        ],
    )
    await look_again(connection, [(row.release_id, row.batch) for row in rows], now)


# Built once.

_CLAIMS = given("claims", [deliveries.c.id, deliveries.c.claim])
_THEIRS = and_(deliveries.c.id == _CLAIMS.c.id, deliveries.c.claim == _CLAIMS.c.claim)
_NOW = bindparam("now", type_=Instant())
_QUEUE = (
    update(deliveries)
    .where(_THEIRS)
    .values(
        state=DeliveryState.QUEUED.value,
        due_at=_NOW,
        attempts=deliveries.c.attempts - 1,
        claim=None,
        lease_until=None,
    )
)
_GIVE_UP = (
    update(deliveries)
    .where(_THEIRS)
    .values(
        state=DeliveryState.UNKNOWN.value,
        reason=bindparam("reason"),
        cause=bindparam("reason"),
        due_at=case((deliveries.c.unknowns == 0, _NOW)),
        ended_at=case((deliveries.c.unknowns > 0, _NOW)),
        unknowns=deliveries.c.unknowns + 1,
        claim=None,
        lease_until=None,
    )
)
