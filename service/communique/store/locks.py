"""Locks that reach further than a row: where a no and a claim meet, and who takes turns."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.store.tables import associations


class Turn(IntEnum):
    """What is done by one at a time, by a number of ours: such locks are the whole database's."""

    MIGRATING = 0x436F6D10
    BEGINNING = 0x436F6D11
    REGISTERING = 0x436F6D12
    ENTERING = 0x436F6D13
    ADMITTING = 0x436F6D14
    DECLARING = 0x436F6D15


async def hold_alone(connection: AsyncConnection, association: str) -> None:
    """Have an association's row alone until the transaction ends, which claims share.

    Whoever takes away the right to write to somebody does this first (P5), and of several
    associations in the order of their keys. On SQLite, whoever writes writes alone.
    """
    if connection.dialect.name != "sqlite":
        await connection.execute(
            select(associations.c.key)
            .where(associations.c.key == association)
            .with_for_update(key_share=True)
        )


async def take_turns(connection: AsyncConnection, turn: Turn, of: str = "") -> None:
    """Have one's turn until the transaction ends. It holds up nobody but those who want one too:
    a table that is locked instead would, for as long as whoever has it stands still.
    """
    await connection.run_sync(wait_for_turn, turn, of)


def wait_for_turn(connection: Connection, turn: Turn, of: str = "") -> None:
    """See `take_turns`. On SQLite, whoever writes writes alone."""
    if connection.dialect.name != "sqlite":
        lock = text("SELECT pg_advisory_xact_lock(:turn, hashtext(:of))")
        connection.execute(lock, {"turn": turn.value, "of": of})
