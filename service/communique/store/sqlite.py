"""SQLite in a thread of its own, asked once for each statement.

aiosqlite asks its thread for a cursor, for the execution, for the rows and for the closing. Each
asking costs some fifty microseconds on both sides; on the way of a claim, more than SQLite itself.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy import URL

from communique.domain.text import folded

# A snapshot of a million people holds the writer for some seconds; others wait rather than fail.
PATIENCE = 60
NEEDED = (3, 38)  # for `->>`
READERS = 6  # connections that only read: strangers have four at most, the desk the rest (P7)
AHEAD = 500  # rows that come with the execution; of more, the rest is asked for


async def connect(url: URL, *, cache: int) -> Connection:
    """Open a database; `cache` is in KiB. Raises sqlite3.Error."""
    path, options = _read(url)
    make_private(url)
    # Where opening fails, aiosqlite leaves a thread that it does not wait for, and which complains
    # on standard error once the event loop is gone. So it is tried first.
    opening = partial(_open, path, {**options, "timeout": PATIENCE}, cache)
    opening().close()
    connection = Connection(opening, iter_chunk_size=AHEAD)
    connection._thread.daemon = True
    await connection
    return connection


def file(url: URL) -> Path | None:
    """The file that a URL names; None if it is written as SQLite's own kind of URI."""
    path, options = _read(url)
    return None if options.get("uri") else Path(path)


def _read(url: URL) -> tuple[str, Mapping[str, Any]]:
    """What the driver is told: its own dialect reads the URL, with all that may stand in one."""
    [path], options = url.get_dialect()().create_connect_args(url)
    return path, options


def _open(path: str, options: dict[str, Any], cache: int) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < NEEDED:
        raise sqlite3.NotSupportedError(f"SQLite {sqlite3.sqlite_version} is older than 3.38")
    # We say BEGIN ourselves, so that writers can say IMMEDIATE.
    connection: sqlite3.Connection = sqlite3.connect(path, **options, isolation_level=None)
    try:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a committed result survives a power cut: no copy after it
            "foreign_keys=ON",
            f"cache_size=-{cache}",
            "temp_store=FILE",  # sorting a million people must not cost memory (P9)
        ):
            connection.execute(f"PRAGMA {pragma}")
        # SQLite's own leaves “É” as it is; a search for “école” must find “École”.
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.create_function("folded", 1, _folded, deterministic=True)
    except BaseException:
        connection.close()
        raise
    return connection


def make_private(url: URL) -> None:
    """Make the file of a database, if it is not there, for its owner alone.

    SQLite gives the same rights to what it keeps beside it. A file that is there is whose it is:
    somebody may share it with a group.
    """
    path = file(url)
    if path is None or str(path) == ":memory:":
        return
    with contextlib.suppress(OSError):  # it is there; or SQLite says what is wrong with the place
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _folded(text: str | None) -> str | None:
    return None if text is None else folded(text)


class Connection(aiosqlite.Connection):
    """Gives cursors that need not ask."""

    # What aiosqlite returns is awaited or entered, and asks the thread for that; SQLAlchemy only
    # enters it, which ours can be as well.
    def cursor(self) -> Cursor:  # type: ignore[override]  # see above
        """A cursor, without asking the thread."""
        return Cursor(self)


class Cursor:
    """What SQLAlchemy asks of a driver's cursor (PEP 249, awaited)."""

    arraysize = AHEAD

    def __init__(self, connection: Connection) -> None:
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._connection = connection
        self._rows: list[Any] = []
        self._rest: sqlite3.Cursor | None = None  # where more rows are to be had

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Execute it and fetch what it gives, up to `AHEAD` rows."""
        await self._ask(self._execute, statement, parameters)

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Execute it for each."""
        await self._ask(self._executemany, statement, parameters)

    async def fetchone(self) -> Any:
        """The next row, if there is one."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int = AHEAD) -> list[Any]:
        """The next rows, fewer only at the end."""
        if len(self._rows) < size and self._rest:
            await self._ask(self._fetch, max(size, AHEAD))
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        if self._rest:
            await self._ask(self._fetch, -1)
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Let go of rows that nobody fetched."""
        rest, self._rest, self._rows = self._rest, None, []
        if rest:
            await self._ask(rest.close)

    async def _ask(self, *what: Any) -> None:
        ask: Any = self._connection._execute
        await ask(*what)

    # In the thread

    def _execute(self, statement: str, parameters: Sequence[Any]) -> None:
        cursor = self._connection._conn.execute(statement, parameters)
        self._take(cursor)
        if self.description:
            self._rest = cursor
            self._fetch(AHEAD)
        else:
            cursor.close()

    def _executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        cursor = self._connection._conn.executemany(statement, parameters)
        self._take(cursor)
        cursor.close()

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid

    def _fetch(self, size: int) -> None:
        assert self._rest is not None, "asked only where more is to be had"  # noqa: S101
        rows = self._rest.fetchall() if size < 0 else self._rest.fetchmany(size)
        self._rows += rows
        if size < 0 or len(rows) < size:
            self._rest.close()
            self._rest = None
