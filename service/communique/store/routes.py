"""Routes: the host that each transport led to when somebody last served, or agreed to it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.store.dialect import insert
from communique.store.worker_tables import routes


class Routes:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> dict[str, str]:
        """By the transport's name; an empty host is the built-in mailbox."""
        rows = await self._connection.execute(select(routes))
        return {row.transport: row.host for row in rows}

    async def keep(self, now: Mapping[str, str]) -> None:
        """Remember these. A transport that is not among them is remembered as it was."""
        if not now:
            return
        rows = [{"transport": name, "host": host} for name, host in sorted(now.items())]
        statement = insert(self._connection, routes).values(rows)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["transport"], set_={"host": statement.excluded.host}
            )
        )
