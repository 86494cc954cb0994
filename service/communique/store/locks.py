"""The lock that a no and a claim meet at (P5)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.store.tables import associations


async def hold_alone(connection: AsyncConnection, association: str) -> None:
    """Have an association's row alone until the transaction ends, which claims share.

    Whoever takes away the right to write to somebody does this first (P5).
    """
    await connection.execute(
        select(associations.c.key)
        .where(associations.c.key == association)
        .with_for_update(key_share=True)
    )
