"""Addresses that an association must not use: added, lifted, and read as a part of other queries.

By address, whoever has it now: what its owner chose of lists is no suppression (`store.consents`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.member import Cause, Suppression
from communique.domain.scope import Scope
from communique.store import dialect
from communique.store.consent_tables import suppressions
from communique.store.locks import hold_alone
from communique.store.scopes import own
from communique.store.tables import subscribers


class Suppressions:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, suppression: Suppression, at: datetime) -> bool:
        """Add one; False if it stood already.

        Has the association's row alone until the transaction ends, which claims share (P5).
        """
        await hold_alone(self._connection, suppression.association)
        statement = (
            dialect.insert(self._connection, suppressions)
            .values(
                association_key=suppression.association,
                address_key=suppression.address_key,
                cause=suppression.cause.value,
                source=suppression.source,
                at=at,
            )
            .on_conflict_do_nothing()
            .returning(suppressions.c.id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def lift(self, association: str, address_key: str, causes: Collection[Cause]) -> int:
        """Take away those of these causes; how many there were. The audit keeps that they were."""
        gone = await self._connection.execute(
            delete(suppressions).where(
                suppressions.c.association_key == association,
                suppressions.c.address_key == address_key,
                suppressions.c.cause.in_([one.value for one in causes]),
            )
        )
        return gone.rowcount

    async def any(self, scope: Scope, association: str, cause: Cause | None = None) -> bool:
        """Whether one stands there, for that cause or whichever."""
        query = (
            select(suppressions.c.id)
            .where(
                suppressions.c.association_key == association,
                *([suppressions.c.cause == cause.value] if cause else ()),
                *own(scope, suppressions.c.association_key),
            )
            .limit(1)
        )
        return (await self._connection.execute(query)).first() is not None

    async def of(
        self, scope: Scope, association: str, address_keys: Collection[str]
    ) -> tuple[Suppression, ...]:
        """What stands against these addresses (or hashes of who was erased), the first first."""
        rows = await self._connection.execute(
            select(suppressions)
            .where(
                suppressions.c.association_key == association,
                suppressions.c.address_key.in_(select(_KEYS.c.address_key)),
                *own(scope, suppressions.c.association_key),
            )
            .order_by(suppressions.c.id),
            {"keys": [[one] for one in address_keys]},
        )
        return tuple(
            Suppression(row.association_key, row.address_key, Cause(row.cause), row.source, row.at)
            for row in rows
        )


_KEYS = dialect.given("keys", [suppressions.c.address_key])
_REASON = case({one.value: one.reason.value for one in Cause}, value=suppressions.c.cause, else_="")


def suppression_reason() -> ColumnElement[str | None]:
    """Why the address of a person (joined: subscribers) must not be used, or NULL."""
    return (
        select(func.min(_REASON))
        .where(
            suppressions.c.association_key == subscribers.c.association_key,
            suppressions.c.address_key == subscribers.c.address_key,
        )
        .scalar_subquery()
    )
