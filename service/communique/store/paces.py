"""Paces: a token bucket for each transport, shared by all who send through it.

Taken by the chunk, each in a short transaction of its own: a row that everybody wants is locked
until the commit, and bears some hundred takers a second, not thousands.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.pacing import Bucket, Grant, Rate
from communique.store.dialect import insert
from communique.store.tables import database_clock
from communique.store.worker_tables import paces


class Paces:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, transport: str, rate: Rate, wanted: int, *, domain: str = "") -> Grant:
        """Take up to `wanted` tokens of a transport, or of a domain's share of it.

        A clock that was set back gives nothing, and one that was set forward a second's worth.
        """
        one = (paces.c.transport == transport) & (paces.c.domain == domain)
        held = select(paces.c.level, paces.c.at, database_clock().label("now"))
        held = held.where(one).with_for_update()
        row = (await self._connection.execute(held)).first()
        if row is None:
            await self._connection.execute(
                insert(self._connection, paces)
                .values(transport=transport, domain=domain, level=rate.burst, at=database_clock())
                .on_conflict_do_nothing()
            )
            row = (await self._connection.execute(held)).one()
        passed = max(0.0, (row.now - row.at).total_seconds())
        bucket, grant = Bucket(rate, row.level, at=0.0).refilled(passed).granted(wanted)
        await self._connection.execute(
            update(paces).where(one).values(level=bucket.level, at=row.now)
        )
        return grant
