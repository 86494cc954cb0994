"""What we use of others that they never promised to keep: the first to fall when it is gone.

Each says what breaks then and where to look. An upper bound in pyproject.toml keeps a new version
out until somebody has looked; asyncio comes with Python, and has no bound.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import ssl
import threading
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.smtpd import Authority

from communique.store import sqlite

CURSOR = (
    "store/sqlite.py asks aiosqlite's thread once for a whole statement, by way of `{}`. Without "
    "it no statement runs on SQLite: look at Connection and Cursor there, beside aiosqlite/core.py"
)


async def test_aiosqlite_has_a_thread_that_can_be_asked_for_anything() -> None:
    connection = aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), iter_chunk_size=1)
    thread: Any = getattr(connection, "_thread", None)
    assert isinstance(thread, threading.Thread), (
        "store/sqlite.py makes aiosqlite's `_thread` a daemon before it starts; if it no longer is "
        "one of that name, a connection that nobody closed keeps a command from ending"
    )
    assert not thread.is_alive(), "and it is not started before the connection is awaited"
    thread.daemon = True

    async with connection:
        ask: Any = getattr(connection, "_execute", None)
        assert ask, CURSOR.format("_execute")
        asked = await ask(lambda *given: (threading.current_thread(), given), 1, 2)
        assert asked == (thread, (1, 2)), CURSOR.format("_execute")
        inside = await ask(lambda: getattr(connection, "_conn", None))
        assert isinstance(inside, sqlite3.Connection), CURSOR.format("_conn")


async def test_sqlalchemy_asks_a_cursor_for_nothing_that_ours_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in for aiosqlite's, which has more."""

    def lacks(_: sqlite.Cursor, name: str) -> Any:
        raise AssertionError(
            f"SQLAlchemy asks a driver's cursor for `{name}`, which store/sqlite.py's lacks: "
            "see what it wants with it (sqlalchemy/connectors/asyncio.py), and give it that"
        )

    monkeypatch.setattr(sqlite.Cursor, "__getattr__", lacks, raising=False)
    url = make_url(f"sqlite+aiosqlite:///{tmp_path / 'x'}")
    engine = create_async_engine(url, async_creator=lambda: sqlite.connect(url, cache=100))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"))
        many = [{"b": str(number)} for number in range(3)]
        assert (await connection.execute(text("INSERT INTO t (b) VALUES (:b)"), many)).rowcount == 3
        one = await connection.execute(text("INSERT INTO t (b) VALUES ('x')"))
        assert (one.rowcount, one.lastrowid) == (1, 4)
        assert len((await connection.execute(text("SELECT * FROM t"))).all()) == 4
        async with connection.stream(text("SELECT * FROM t")) as rows:
            assert await rows.fetchone() == (1, "0")
            assert len(await rows.fetchmany(2)) == 2
            assert len(await rows.fetchall()) == 1
    await engine.dispose()


async def test_asyncio_shows_what_of_a_tls_connection_has_not_left(tmp_path: Path) -> None:
    """A relay that reads nothing is told from one that may have read all."""
    authority = Authority(tmp_path)
    over = asyncio.Event()

    async def read_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()

    blind = (
        "smtp/client.py (Session: `_tls`, `_beneath`, `_held`, `_dot_is_unsent`) looks beneath "
        "asyncio's TLS by {}. Blind there, it takes what never left for what may have arrived: it "
        "would be `unknown`, and sent twice, where trying again is safe (asyncio/sslproto.py)"
    )
    loop = asyncio.get_running_loop()
    lost = loop.create_future()

    class Client(asyncio.Protocol):
        def connection_lost(self, _: Exception | None) -> None:
            lost.set_result(None)

    server = await asyncio.start_server(
        read_nothing, "127.0.0.1", 0, ssl=authority.server(), limit=1024
    )
    async with server:
        trusting = ssl.create_default_context(cafile=authority.file)
        place = server.sockets[0].getsockname()
        transport, _ = await loop.create_connection(Client, *place, ssl=trusting)
        tls = getattr(transport, "_ssl_protocol", None)
        assert tls, blind.format("`_ssl_protocol`")
        beneath: Any = getattr(tls, "_transport", None)
        assert isinstance(beneath, asyncio.Transport), blind.format("`_ssl_protocol._transport`")
        paused = "`_ssl_protocol._ssl_writing_paused`"
        assert getattr(tls, "_ssl_writing_paused", None) is False, blind.format(paused)

        kernels: socket.socket = transport.get_extra_info("socket")
        kernels.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        transport.write(bytes(16 << 20))  # more than the kernel takes at either end
        assert beneath.get_write_buffer_size() > 0, blind.format("what `_transport` holds")
        assert getattr(tls, "_ssl_writing_paused", None) is True, blind.format(paused)
        transport.abort()
        await lost
        assert beneath.get_write_buffer_size() == 0, "a lost transport forgets; hence the next"
        assert getattr(tls, "_ssl_writing_paused", None) is True, blind.format(
            f"{paused}, which outlives the connection"
        )
        over.set()


async def test_asyncio_accepts_as_many_in_one_turn_as_it_was_told_the_queue_is_long() -> None:
    made: list[asyncio.Protocol] = []

    class Counted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(self)
            transport.close()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        waiting = [socket.create_connection(listener.getsockname()) for _ in range(64)]
        server = await asyncio.get_running_loop().create_server(Counted, sock=listener, backlog=8)
        turns = 0
        while len(made) < len(waiting):
            before = len(made)
            await asyncio.sleep(0)
            turns += 1
            assert len(made) - before <= 8, (
                "cli/server.py has asyncio accept few connections in a turn of the loop (AT_ONCE), "
                "by way of `backlog`; with all at once, strangers hold up mail: see `startup` there"
            )
        assert turns >= 8
        server.close()
        for one in waiting:
            one.close()
