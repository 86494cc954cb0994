"""What a statement on SQLite costs by the cursor of `store/sqlite.py`, and by aiosqlite's own.

`python -m bench.cursor`, with the package installed. Both go by way of SQLAlchemy, over connections
that are alike but for that, turn by turn: a machine that is slower for a while is so for both.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import aiosqlite
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from communique.store import sqlite

ROUNDS = 9
STATEMENTS = 400
ONE_ROW = text("SELECT id, state FROM t WHERE id = :id")
MANY = text("SELECT json_group_array(json_array(id, state)) FROM t")
WRITE = text("UPDATE t SET state = :state WHERE id = :id")


async def plain(path: Path) -> aiosqlite.Connection:
    """A connection that gives aiosqlite's own cursors."""
    options = {"timeout": sqlite.PATIENCE, "check_same_thread": False}
    connection = aiosqlite.Connection(
        partial(sqlite._open, str(path), options, 8_000), iter_chunk_size=sqlite.AHEAD
    )
    connection._thread.daemon = True
    return await connection


async def measure(engine: AsyncEngine) -> dict[str, tuple[float, float]]:
    """CPU and time of each kind of statement, in microseconds."""
    found = {}
    async with engine.begin() as connection:
        for name, statement, given in (
            ("one row", ONE_ROW, {"id": 7}),
            ("500 rows as one", MANY, {}),
            ("an update", WRITE, {"id": 7, "state": "sent"}),
        ):
            cpu, start = time.process_time(), time.perf_counter()
            for _ in range(STATEMENTS):
                result = await connection.execute(statement, given)
                if result.returns_rows:
                    result.all()
            found[name] = (
                (time.process_time() - cpu) / STATEMENTS * 1e6,
                (time.perf_counter() - start) / STATEMENTS * 1e6,
            )
    return found


async def main() -> None:
    """Measure both in turn, and print the medians."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        with sqlite3.connect(path) as made:
            made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT)")
            made.executemany("INSERT INTO t VALUES (?, 'queued')", [(i,) for i in range(500)])
        made.close()
        url = make_url(f"sqlite+aiosqlite:///{path}")
        engines = {
            "ours": create_async_engine(
                url, async_creator=partial(sqlite.connect, url, cache=8_000)
            ),
            "aiosqlite's": create_async_engine(url, async_creator=partial(plain, path)),
        }
        rounds: dict[str, list[dict[str, tuple[float, float]]]] = {name: [] for name in engines}
        for _ in range(ROUNDS):
            for name, engine in engines.items():
                rounds[name].append(await measure(engine))
        for name, engine in engines.items():
            await engine.dispose()
            for statement in rounds[name][0]:
                cpu, wall = (
                    median(one[statement][which] for one in rounds[name]) for which in (0, 1)
                )
                print(f"{name:12} {statement:16} {cpu:6.0f} µs of CPU  {wall:6.0f} µs")


if __name__ == "__main__":
    asyncio.run(main())
