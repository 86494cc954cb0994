"""Failures alike of a release, whoever met them: what many readers fail for is not their fault."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.store.dialect import insert
from communique.store.worker_tables import failures


class Failures:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, release_id: int, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Count so many more of each kind; how many there are now of each of these kinds."""
        if not counts:
            return {}
        statement = insert(self._connection, failures).values(
            [
                {"release_id": release_id, "kind": kind, "count": count}
                for kind, count in sorted(counts.items())  # in one order, or two would deadlock
            ]
        )
        added = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["release_id", "kind"],
                set_={"count": failures.c.count + statement.excluded.count},
            ).returning(failures.c.kind, failures.c.count.label("total"))
        )
        return {row.kind: row.total for row in added}

    async def forget(self, release_id: int, kind: str | None = None) -> None:
        """Count anew what a release fails for: one kind, or all."""
        these = [failures.c.release_id == release_id]
        if kind is not None:
            these.append(failures.c.kind == kind)
        await self._connection.execute(delete(failures).where(*these))
