"""Lineages: the lives of this database, where it is, and the marks of those that serve it (P3)."""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.lineage import Doubt, Evidence, Lineage
from communique.store.locks import Turn, take_turns
from communique.store.tables import events
from communique.store.worker_tables import lineages, memories


class Lineages:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def evidence(self, *, hold: bool = False) -> Evidence:
        """What this database says of itself.

        With `hold`, of two who find it without a life the second waits, and sees the first's.
        """
        if hold:
            await take_turns(self._connection, Turn.BEGINNING)
        rows = (await self._connection.execute(select(lineages).order_by(lineages.c.number))).all()
        marks = await self._connection.execute(
            select(memories.c.id, memories.c.mark).where(
                memories.c.lineage == (rows[-1].id if rows else "")
            )
        )
        return Evidence(
            tuple(
                Lineage(
                    row.id,
                    row.whereabouts,
                    row.begun_at,
                    Doubt(row.doubt) if row.doubt else None,
                    row.doubted_at,
                )
                for row in rows
            ),
            await whereabouts(self._connection),
            {row.id: row.mark for row in marks},
            (await self._connection.execute(select(func.max(events.c.id)))).scalar_one() or 0,
        )

    async def begin(self, lineage: str, at: datetime) -> None:
        """Begin a life here, in which nobody has served yet and nothing is in doubt."""
        await self._connection.execute(
            insert(lineages).values(
                id=lineage, whereabouts=await whereabouts(self._connection), begun_at=at
            )
        )

    async def doubt(self, why: Doubt, at: datetime) -> None:
        """Have nothing sent until a person begins another life. The first reason stays."""
        last = select(func.max(lineages.c.number)).scalar_subquery()
        await self._connection.execute(
            update(lineages)
            .where(lineages.c.number == last, lineages.c.doubt.is_(None))
            .values(doubt=why.value, doubted_at=at)
        )

    async def remember(self, memory: str, lineage: str) -> None:
        """Give a new memory its mark in this life."""
        await self._connection.execute(insert(memories).values(id=memory, lineage=lineage, mark=0))

    async def mark(self, memory: str, by: int) -> int | None:
        """Let a memory's mark rise; what it is then, None if it is not known here."""
        risen = await self._connection.execute(
            update(memories)
            .where(memories.c.id == memory)
            .values(mark=memories.c.mark + by)
            .returning(memories.c.mark)
        )
        mark: int | None = risen.scalar_one_or_none()
        return mark


async def whereabouts(connection: AsyncConnection) -> str:
    """Where a database is, told so that it stays the same while nobody copies or moves it.

    On SQLite, the number that its file system gives the file of that name at present. On
    PostgreSQL, the number of the database, and of the server, where that may be known.
    """
    if connection.dialect.name == "sqlite":
        found = await connection.exec_driver_sql("PRAGMA database_list")
        file = next(row.file for row in found if row.name == "main")
        try:
            return f"file {os.stat(file).st_ino}"
        except OSError:
            return "nowhere"
    number = text("SELECT oid FROM pg_database WHERE datname = current_database()")
    oid = (await connection.execute(number)).scalar_one()
    may = text("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
    server = ""
    if (await connection.execute(may)).scalar_one():
        asked = text("SELECT system_identifier FROM pg_control_system()")
        server = (await connection.execute(asked)).scalar_one()
    return f"server {server} database {oid}"
