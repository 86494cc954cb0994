"""A TCP proxy before a PostgreSQL, which a test has swallow what either side says.

It has a thread of its own: what makes schemas waits in the test's.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url


class Proxy:
    """Passes on what is said, until told otherwise. `url` is that of the database through it."""

    def __init__(self, url: str) -> None:
        self._behind = make_url(url)
        self.url = ""
        self.swallows = False  # all that is said, on connections that are there and on new ones
        self.hangs_up_after = b""  # what a client says, once the server was told
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    @contextmanager
    def listening(self) -> Iterator[Proxy]:
        """Take connections in this block."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        ended = asyncio.Event()
        thread = threading.Thread(target=lambda: loop.run_until_complete(self._run(ready, ended)))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()
            loop.close()

    async def _run(self, ready: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        through = self._behind.set(host="127.0.0.1", port=port, query={})
        self.url = through.render_as_string(hide_password=False)
        ready.set()
        await ended.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = str(self._behind.query["host"])
        socket = Path(folder) / f".s.PGSQL.{self._behind.port or 5432}"
        there, back = await asyncio.open_unix_connection(socket)
        self._writers += [writer, back]
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, target, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        with suppress(OSError):
            while said := await source.read(65536):
                if self.swallows:
                    continue
                target.write(said)
                await target.drain()
                if self.hangs_up_after and self.hangs_up_after in said:
                    client.transport.abort()
                    return
        target.transport.abort()
