"""SQLite's thread: asked once for a statement, and never for more rows than fit (P9)."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from communique.errors import StoreUnavailable
from communique.store import Database, sqlite
from communique.store.sqlite import AHEAD, Connection
from communique.wiring import upgrade

MANY = 3 * AHEAD + 7
COUNTED = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    one = await sqlite.connect(make_url(f"sqlite+aiosqlite:///{tmp_path / 'x'}"), cache=100)
    yield one
    await one.close()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = make_url(f"sqlite+aiosqlite:///{tmp_path / 'x'}")

    async def connect() -> Connection:
        return await sqlite.connect(url, cache=100)

    one = create_async_engine(url, async_creator=connect)
    yield one
    await one.dispose()


async def test_a_statement_asks_the_thread_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    ask: Any = Connection._execute

    async def counted(self: Connection, *what: Any) -> Any:
        asked.append(what)
        return await ask(self, *what)

    monkeypatch.setattr(Connection, "_execute", counted)
    cursor = connection.cursor()
    await cursor.execute("SELECT 1 AS one")
    assert await cursor.fetchall() == [(1,)]
    assert cursor.description[0][0] == "one"
    await cursor.close()
    assert len(asked) == 1


async def test_what_was_written_is_counted_and_numbered(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    await cursor.executemany("INSERT INTO t (b) VALUES (?)", [("x",), ("y",), ("z",)])
    assert cursor.rowcount == 3
    await cursor.execute("INSERT INTO t (b) VALUES (?)", ("w",))
    assert (cursor.rowcount, cursor.lastrowid) == (1, 4)
    assert cursor.description is None
    await cursor.execute("SELECT count(*) FROM t")
    assert await cursor.fetchone() == (4,)
    assert await cursor.fetchone() is None


@pytest.mark.parametrize("size", [1, 7, AHEAD - 1, AHEAD, AHEAD + 1, MANY, MANY + 1])
async def test_many_rows_come_in_order_and_whole_whatever_is_asked_for(
    connection: Connection, size: int
) -> None:
    cursor = connection.cursor()
    await cursor.execute(f"{COUNTED} SELECT i FROM n")
    assert len(cursor._rows) == AHEAD, "no more than this is held unasked"
    found: list[Any] = []
    while rows := await cursor.fetchmany(size):
        assert len(rows) == min(size, MANY - len(found))
        found += rows
    assert [one for (one,) in found] == list(range(1, MANY + 1))


async def test_rows_that_nobody_fetched_hold_nothing_open(connection: Connection) -> None:
    await (await connection.execute("CREATE TABLE t (a)")).close()
    cursor = connection.cursor()
    await cursor.execute(f"{COUNTED} SELECT i FROM n")
    assert len(await cursor.fetchmany(3)) == 3
    await cursor.close()
    await cursor.execute("DROP TABLE t")  # refused while a statement is under way
    await cursor.execute(f"{COUNTED} SELECT i FROM n")
    assert len(await cursor.fetchall()) == MANY


async def test_an_error_leaves_the_connection_of_use(connection: Connection) -> None:
    cursor = connection.cursor()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await cursor.execute("SELECT * FROM nowhere")
    await cursor.execute("SELECT 1")
    assert await cursor.fetchall() == [(1,)]


async def test_sqlalchemy_streams_through_it(engine: AsyncEngine) -> None:
    async with (
        engine.connect() as connection,
        connection.stream(text(f"{COUNTED} SELECT i FROM n")) as rows,
    ):
        assert [row.i async for row in rows] == list(range(1, MANY + 1))


async def test_a_capital_accent_is_found_by_its_small_letter(connection: Connection) -> None:
    cursor = connection.cursor()
    await cursor.execute("SELECT lower(?), lower(NULL)", ("ÉCOLE",))
    assert await cursor.fetchall() == [("école", None)]


async def test_an_sqlite_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x'}")
    with pytest.raises(StoreUnavailable, match=r"older than 3\.38") as caught:
        await database.revision()
    assert "newer" in str(caught.value)
    await database.close()


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("/new/c.sqlite", ["new"]),
        ("/new/c.sqlite?timeout=5", ["new"]),
        ("file:{here}/new/c.sqlite?mode=ro&uri=true", []),  # SQLite's own to make sense of
    ],
)
def test_the_folder_that_is_made_is_the_files_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, made: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written = written.format(here=tmp_path) if ":" in written else f"{tmp_path}{written}"
    with suppress(StoreUnavailable):
        upgrade(f"sqlite+aiosqlite:///{written}")
    assert [one.name for one in tmp_path.iterdir()] == made


async def test_a_new_database_is_for_its_owner_alone_in_a_folder_that_is_not(
    tmp_path: Path,
) -> None:
    os.chmod(tmp_path, 0o755)
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    try:
        assert await database.check()
        there = list(os.scandir(tmp_path))
        assert len(there) == 3, "the database, and what SQLite keeps beside it"
        assert {stat.S_IMODE(one.stat().st_mode) for one in there} == {0o600}
        os.chmod(tmp_path / "communique.sqlite", 0o640)
    finally:
        await database.close()
    await (await sqlite.connect(make_url(url), cache=100)).close()
    mode = os.stat(tmp_path / "communique.sqlite").st_mode
    assert stat.S_IMODE(mode) == 0o640, "as somebody set it"
