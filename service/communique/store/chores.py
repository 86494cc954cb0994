"""Chores: work that comes round, done by one node each time. The database's clock says when."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Float, literal, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.store.dialect import insert
from communique.store.tables import database_now
from communique.store.worker_tables import chores


class Chores:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, name: str, every: timedelta) -> bool:
        """Whether this chore's turn has come, and it is the caller's. It comes again after `every`.

        A turn further away than that was set by a clock that was set back since.
        """
        now = database_now(literal(0.0))
        then = database_now(literal(every.total_seconds(), Float))
        statement = insert(self._connection, chores).values(name=name, next_run_at=then)
        claimed = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"next_run_at": statement.excluded.next_run_at},
                where=or_(chores.c.next_run_at <= now, chores.c.next_run_at > then),
            ).returning(chores.c.name)
        )
        return claimed.first() is not None
