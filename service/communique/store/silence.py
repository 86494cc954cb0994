"""A PostgreSQL that is busy is waited for; one that is silent is not.

Both say nothing meanwhile. A statement that has taken a while is asked about on a connection of its
own: a server that is there answers that, and says what the statement waits for.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.abc import PQGen

from communique.store import waiting
from communique.store.waiting import Waiting
from communique.wording.databases import HELD

RV = TypeVar("RV")

ANSWER = 5.0  # seconds that a server has to say that it is there
LONG = 15.0  # seconds after which a statement that waits for nobody is spoken of, too
BLOCKED = sql.SQL("SELECT cardinality(pg_blocking_pids({})) > 0")


class Silent(psycopg.OperationalError):
    """The server does not answer, on this connection or on another."""

    silent = True


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that waits for no answer for ever. What it waits for is said to `waiting`."""

    waiting: Waiting
    _cut = False

    async def wait(self, gen: PQGen[RV], *args: Any, **named: Any) -> RV:
        """As psycopg's own; raises Silent."""
        watching: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        asking = loop.call_later(
            waiting.AWHILE, lambda: watching.append(loop.create_task(self._watch()))
        )
        try:
            found = await super().wait(gen, *args, **named)
        except psycopg.Error as error:
            if self._cut:
                raise Silent("the server does not answer") from error
            raise
        finally:
            asking.cancel()
            for task in watching:
                task.cancel()
        if watching:
            self.waiting.over()
        return found

    async def _watch(self) -> None:
        """Ask what is waited for, again and again, and hang up on a server that is silent."""
        began_at = asyncio.get_running_loop().time()
        while True:
            try:
                async with asyncio.timeout(ANSWER):
                    blocked = await self._is_blocked()
            except (TimeoutError, psycopg.errors.ConnectionTimeout):
                self._hang_up()
                return
            except (psycopg.Error, OSError):
                blocked = False  # it answers, with a refusal; or TCP knows that it is gone
            if blocked:
                self.waiting.say(HELD)
            elif asyncio.get_running_loop().time() - began_at > LONG:
                self.waiting.say("the server is busy")
            await asyncio.sleep(waiting.AWHILE)

    async def _is_blocked(self) -> bool:
        async with await psycopg.AsyncConnection.connect(
            self.info.dsn, password=self.info.password or None, autocommit=True
        ) as another:
            asked = BLOCKED.format(self.info.backend_pid)
            found = await (await another.execute(asked)).fetchone()
            return bool(found and found[0])

    def _hang_up(self) -> None:
        """Whatever waits for this connection learns of it as of any that broke."""
        self._cut = True
        with socket.socket(fileno=os.dup(self.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)


async def connect(waits: Waiting, *args: Any, **named: Any) -> Connection:
    """Open one. Raises psycopg.Error."""
    connection = await Connection.connect(*args, **named)
    connection.waiting = waits
    return connection
