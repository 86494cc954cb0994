"""Nodes: the services that run at this database. Who is gone is not judged here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.lineage import moved
from communique.domain.watching import Node, Process
from communique.store.lineages import whereabouts
from communique.store.locks import Turn, take_turns
from communique.store.worker_tables import nodes


class Nodes:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enter(
        self, process: Process, *, engine: str, roles: Sequence[str], at: datetime
    ) -> int:
        """Begin to work here; the node's number, which was never another's."""
        entered = await self._connection.execute(
            insert(nodes)
            .values(
                host=process.host,
                boot=process.boot,
                pid=process.pid,
                start=process.start,
                engine=engine,
                roles=list(roles),
                started_at=at,
                beat=0,
                whereabouts=await whereabouts(self._connection),
            )
            .returning(nodes.c.id)
        )
        return int(entered.scalar_one())

    async def beat(self, node: int) -> bool:
        """Show that it lives. False if it was removed: somebody took it for dead."""
        beaten = await self._connection.execute(
            update(nodes).where(nodes.c.id == node).values(beat=nodes.c.beat + 1)
        )
        return beaten.rowcount == 1

    async def leave(self, node: int) -> None:
        """Work here no longer. What it still has claimed is another's to take back."""
        await self._connection.execute(delete(nodes).where(nodes.c.id == node))

    async def all(self, *, hold: bool = False) -> tuple[Node, ...]:
        """Every node that has not left, by number.

        With `hold` none other enters until the transaction ends: of two that start at once and
        must each be alone, the second sees the first. Whoever is there goes on beating.
        """
        if hold:
            await take_turns(self._connection, Turn.ENTERING)
        rows = await self._connection.execute(select(nodes).order_by(nodes.c.id))
        return tuple(
            Node(
                id=row.id,
                process=Process(row.host, row.boot, row.pid, row.start),
                engine=row.engine,
                roles=tuple(row.roles),
                started_at=row.started_at,
                beat=row.beat,
            )
            for row in rows
        )

    async def elsewhere(self) -> frozenset[int]:
        """Those that entered before this database was copied or moved here: they work at another.

        Of a server's, its number tells; who may not know it, tells the same database by its own.
        """
        here = await whereabouts(self._connection)
        rows = await self._connection.execute(select(nodes.c.id, nodes.c.whereabouts))
        return frozenset(row.id for row in rows if moved(row.whereabouts, here))

    async def remove(self, beats: Mapping[int, int]) -> frozenset[int]:
        """Remove the dead, each with the beat at which it stood still; those that were removed.

        One that has beaten since lives, and stays.
        """
        removed = set()
        for node, beat in sorted(beats.items()):
            found = await self._connection.execute(
                delete(nodes).where(nodes.c.id == node, nodes.c.beat == beat).returning(nodes.c.id)
            )
            removed |= set(found.scalars())
        return frozenset(removed)
