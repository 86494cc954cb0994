"""Retries: lost deliveries back into their batches, but for whoever must not be written to by now.

Who was skipped is never among them: their no, or whatever it was, stands in the log (P5).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import DeliveryState, Retriable, Retry
from communique.domain.scope import Scope
from communique.store import snapshot
from communique.store.scopes import own
from communique.store.tables import batches, deliveries


class Retries:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, scope: Scope, wanted: Retry) -> Retriable:
        """Whom `queue` would put back, and whom not."""
        found = _lost(wanted).where(*own(scope, deliveries.c.association_key)).subquery()
        of = (found.c.state, found.c.cause, found.c.why_not)
        rows = await self._connection.execute(select(*of, func.count()).group_by(*of))
        again, left_out = Counter[tuple[DeliveryState, str]](), Counter[str]()
        for state, cause, why_not, count in rows:
            if why_not:
                left_out[why_not] += count
            else:
                again[DeliveryState(state), cause] += count
        return Retriable(wanted.association, dict(again.most_common()), dict(left_out))

    async def queue(self, wanted: Retry, now: datetime) -> int:
        """Put them back, due now. Whoever calls this holds the release. How many they are.

        What may have arrived stays `unknown`, to be sent once more, so that it never counts as one
        that nobody was handed.
        """
        found = _lost(wanted).subquery()
        these = select(found.c.id).where(found.c.why_not.is_(None))
        theirs = select(found.c.batch).where(found.c.why_not.is_(None))
        await self._connection.execute(
            update(batches)
            .where(
                batches.c.release_id == wanted.release_id,
                batches.c.number.in_(theirs),
                or_(batches.c.due_at.is_(None), batches.c.due_at > now),
            )
            .values(due_at=now)
        )
        unknown = DeliveryState.UNKNOWN.value
        queued = await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(these))
            .values(
                state=case(
                    (deliveries.c.state == unknown, unknown), else_=DeliveryState.QUEUED.value
                ),
                reason=None,
                cause=None,
                due_at=now,
                ended_at=None,
            )
        )
        return queued.rowcount


def _lost(wanted: Retry) -> Select[Any]:
    """The deliveries that are meant, each with the reason not to write where there is one."""
    cause = func.coalesce(deliveries.c.cause, "", type_=Text)
    why_not = snapshot.why_not(joint=wanted.joint, today=wanted.today, in_force=wanted.in_force)
    found = select(
        deliveries.c.id,
        deliveries.c.batch,
        deliveries.c.state,
        cause.label("cause"),
        why_not.label("why_not"),
    ).select_from(deliveries)
    query = snapshot.beside_readers(found).where(
        deliveries.c.release_id == wanted.release_id,
        deliveries.c.association_key == wanted.association,
        deliveries.c.state.in_([one.value for one in wanted.states]),
        deliveries.c.due_at.is_(None),
    )
    if wanted.delivery is not None:
        query = query.where(deliveries.c.id == wanted.delivery)
    return query.where(cause.in_(wanted.causes)) if wanted.causes else query
