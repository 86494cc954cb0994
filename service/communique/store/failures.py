"""Failures alike of a release, whoever met them: what many readers fail for is not their fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.tally import Tally
from communique.store.dialect import insert
from communique.store.worker_tables import failures

_ACCEPTED = ""  # in the place of a kind: those who did not fail


class Failures:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, release_id: int, alike: Mapping[str, int], accepted: int) -> Tally:
        """Count so many more of each kind, and who did not fail; how many there are of these."""
        if not alike:
            return Tally()
        statement = insert(self._connection, failures).values(
            [
                {"release_id": release_id, "kind": kind, "count": count}
                # In one order, or two would deadlock.
                for kind, count in sorted({**alike, _ACCEPTED: accepted}.items())
            ]
        )
        added = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["release_id", "kind"],
                set_={"count": failures.c.count + statement.excluded.count},
            ).returning(failures)
        )
        return _tally(added.all())

    async def of(self, release_id: int) -> Tally:
        """All that is counted of a release."""
        found = await self._connection.execute(
            select(failures).where(failures.c.release_id == release_id)
        )
        return _tally(found.all())

    async def go_on(self, release_id: int, meant: Collection[str]) -> None:
        """Count anew. A person has seen what they fail for of these kinds, and that stays known."""
        of_it = failures.c.release_id == release_id
        kept = or_(failures.c.meant, failures.c.kind.in_(meant))
        await self._connection.execute(delete(failures).where(of_it, ~kept))
        await self._connection.execute(update(failures).where(of_it).values(count=0, meant=True))


def _tally(rows: Sequence[Any]) -> Tally:
    return Tally(
        accepted=sum(row.count for row in rows if row.kind == _ACCEPTED),
        alike={row.kind: row.count for row in rows if row.kind != _ACCEPTED},
        meant=frozenset(row.kind for row in rows if row.meant),
    )
