"""What an association's spreadsheets call a field, as somebody said on a page."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.scope import Scope
from communique.store.column_tables import remembered_columns
from communique.store.scopes import own


class Columns:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, scope: Scope, association: str) -> dict[str, str]:
        """Those that are remembered: heading to field."""
        rows = await self._connection.execute(
            select(remembered_columns.c.heading, remembered_columns.c.field)
            .where(
                remembered_columns.c.association_key == association,
                *own(scope, remembered_columns.c.association_key),
            )
            .order_by(remembered_columns.c.heading)
        )
        return {row.heading: row.field for row in rows}

    async def remember(self, association: str, columns: Mapping[str, str]) -> None:
        """Keep these, in the place of what was said of the same headings or fields."""
        if not columns:
            return
        of = remembered_columns.c
        await self._connection.execute(
            delete(remembered_columns).where(
                of.association_key == association,
                or_(of.heading.in_(columns), of.field.in_(columns.values())),
            )
        )
        await self._connection.execute(
            insert(remembered_columns),
            [
                {"association_key": association, "heading": heading, "field": field}
                for heading, field in columns.items()
            ],
        )
