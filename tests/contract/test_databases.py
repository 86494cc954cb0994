"""The databases that the contracts are tested on are the real ones, each test's its own."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def ask(url: str, *statements: str) -> str:
    """The first value that the last statement answers with."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements[:-1]:
                await connection.execute(text(statement))
            return str((await connection.execute(text(statements[-1]))).scalar_one())
    finally:
        await engine.dispose()


async def test_postgresql_is_a_real_server_of_the_version_promised(postgresql_url: str) -> None:
    assert (await ask(postgresql_url, "SHOW server_version")).startswith("18.")


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_no_test_finds_what_another_left(database_url: str, turn: str) -> None:
    create = "CREATE TABLE left_over (turn TEXT)"  # fails if it is there already
    insert = f"INSERT INTO left_over VALUES ('{turn}')"
    assert await ask(database_url, create, insert, "SELECT turn FROM left_over") == turn
