"""Which signing keys this database's links and Message-IDs are made with. Never their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.token import Fingerprint
from communique.store.locks import Turn, take_turns
from communique.store.worker_tables import keys


class Keys:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def registered(self, *, hold: bool = False) -> tuple[Fingerprint, ...]:
        """Every key that was registered, the first first.

        With `hold` nobody else registers one until the transaction ends: of two who start at an
        empty database, the second sees the first's.
        """
        if hold:
            await take_turns(self._connection, Turn.REGISTERING)
        rows = await self._connection.execute(
            select(keys.c.id, keys.c.fingerprint).order_by(keys.c.number)
        )
        return tuple(Fingerprint(row.id, row.fingerprint) for row in rows)

    async def register(self, new: Sequence[Fingerprint], at: datetime) -> None:
        """Register keys, in this order, after those that are. Raises DataRefused for a known id."""
        if new:
            await self._connection.execute(
                insert(keys).returning(keys.c.number, sort_by_parameter_order=True),
                [{"id": one.id, "fingerprint": one.digest, "registered_at": at} for one in new],
            )
