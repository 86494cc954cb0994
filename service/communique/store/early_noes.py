"""Noes to one list, or to joint releases, of addresses that nobody has yet, until they come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import EarlyNo, Extent
from communique.domain.scope import Scope
from communique.store import dialect
from communique.store.consent_tables import early_noes
from communique.store.scopes import own


class EarlyNoes:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, no: EarlyNo, at: datetime) -> None:
        """Keep one; the first that said it stays."""
        await self._connection.execute(
            dialect.insert(self._connection, early_noes)
            .values(
                association_key=no.association,
                address_key=no.address_key,
                extent=no.extent.value,
                list_key=no.list_key,
                source=no.source,
                at=at,
            )
            .on_conflict_do_nothing()
        )

    async def any(self, scope: Scope, association: str) -> bool:
        """Whether any is kept there: else nobody need be asked for."""
        query = (
            select(early_noes.c.address_key)
            .where(
                early_noes.c.association_key == association,
                *own(scope, early_noes.c.association_key),
            )
            .limit(1)
        )
        return (await self._connection.execute(query)).first() is not None

    async def of(
        self, scope: Scope, association: str, address_keys: Collection[str]
    ) -> Sequence[EarlyNo]:
        """Those of these addresses."""
        rows = await self._connection.execute(
            select(early_noes)
            .where(
                early_noes.c.association_key == association,
                early_noes.c.address_key.in_(select(_KEYS.c.address_key)),
                *own(scope, early_noes.c.association_key),
            )
            .order_by(early_noes.c.address_key, early_noes.c.extent, early_noes.c.list_key),
            {"keys": [[one] for one in address_keys]},
        )
        return [
            EarlyNo(
                row.association_key, row.address_key, Extent(row.extent), row.list_key, row.source
            )
            for row in rows
        ]

    async def remove(self, association: str, address_keys: Collection[str]) -> None:
        """Let go of those of these addresses."""
        await self._connection.execute(
            delete(early_noes).where(
                early_noes.c.association_key == association,
                early_noes.c.address_key.in_(address_keys),
            )
        )


_KEYS = dialect.given("keys", [early_noes.c.address_key])
