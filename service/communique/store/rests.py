"""Rests: a transport, or one domain at it, that is in trouble rests for every worker alike.

They are put and told in seconds: no worker's clock is compared with the database's.
"""

from __future__ import annotations

from sqlalchemy import Float, and_, delete, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.pacing import Resting
from communique.store.dialect import insert
from communique.store.tables import database_clock, database_now
from communique.store.worker_tables import rests


class Rests:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, transport: str, domain: str, seconds: float, reason: str) -> None:
        """Have a transport rest, or one domain at it (empty: all). The longer of two stands."""
        await self._connection.execute(delete(rests).where(~_LASTS))
        statement = insert(self._connection, rests).values(
            transport=transport,
            domain=domain,
            until=database_now(literal(seconds, Float)),
            seconds=seconds,
            reason=reason,
        )
        given = statement.excluded
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["transport", "domain"],
                set_={"until": given.until, "seconds": given.seconds, "reason": given.reason},
                where=rests.c.until < given.until,
            )
        )

    async def all(self) -> tuple[Resting, ...]:
        """Every rest that is not over."""
        rows = await self._connection.execute(
            select(rests, database_clock().label("now"))
            .where(_LASTS)
            .order_by(rests.c.transport, rests.c.domain)
        )
        return tuple(
            Resting(row.transport, row.domain, (row.until - row.now).total_seconds(), row.reason)
            for row in rows
        )


# One that would last longer than it was meant to was put before a clock was set back.
_LASTS = and_(
    rests.c.until > database_now(literal(0.0)), rests.c.until <= database_now(rests.c.seconds)
)
