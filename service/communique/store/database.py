"""Opening a database and talking to it in transactions. SQLite has one writer, by construction.

What goes wrong below leaves here as StoreUnavailable with a remedy, never as a driver's exception.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InvalidRequestError,
    NoSuchModuleError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from communique.errors import DataRefused, StoreUnavailable
from communique.store import sqlite
from communique.store.associations import Associations
from communique.store.batches import Batches
from communique.store.claims import Claims
from communique.store.deliveries import Deliveries
from communique.store.log import Log
from communique.store.releases import Releases
from communique.store.subscribers import Subscribers

VERSIONS = "alembic_version"
URLS = "write COMMUNIQUE_DATABASE_URL like postgresql+psycopg://user@host/name, or leave it empty"


class Transaction:
    """One all-or-nothing conversation; see `ports.Transaction`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.associations = Associations(connection)
        self.subscribers = Subscribers(connection)
        self.releases = Releases(connection)
        self.deliveries = Deliveries(connection)
        self.claims = Claims(connection)
        self.batches = Batches(connection)
        self.log = Log(connection)
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have `act` called once this transaction is durable, and not if it is rolled back."""
        self._after_commit.append(act)

    def committed(self) -> None:
        """Call what waited for the commit."""
        for act in self._after_commit:
            act()


class Database:
    """A store on SQLite or PostgreSQL; see `ports.Store`."""

    def __init__(self, url: str) -> None:
        self.url = read_url(url)
        self._writing = self._engine(writing=True)
        self._reading = (
            self._engine(writing=False)
            if self._sqlite
            # As on SQLite: all that one transaction reads is of one moment (P1).
            else self._writing.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )

    @property
    def single(self) -> bool:
        """Whether this machine's is the only service that can reach it."""
        return self._sqlite

    @property
    def file(self) -> Path | None:
        """The file that SQLite keeps all in, if it is known."""
        return sqlite.file(self.url) if self._sqlite else None

    @property
    def _sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def _engine(self, *, writing: bool) -> AsyncEngine:
        try:
            if not self._sqlite:
                # Each statement sees what is committed: claims rest on that after a wait (P5).
                return create_async_engine(
                    self.url, isolation_level="READ COMMITTED", pool_size=10, pool_pre_ping=True
                )
            cache = 8_000 if writing else 1_000  # KiB
            engine = create_async_engine(
                self.url,
                pool_size=1 if writing else 4,
                max_overflow=0,
                pool_timeout=sqlite.PATIENCE,
                async_creator=partial(sqlite.connect, self.url, cache=cache),
            )
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreUnavailable(
                f"no driver for {self.url.drivername}",
                remedy="install communique[postgresql], or leave COMMUNIQUE_DATABASE_URL empty",
            ) from error
        except InvalidRequestError as error:
            raise StoreUnavailable(
                f"{self.url.drivername} is not an asynchronous driver", remedy=URLS
            ) from error
        begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
        event.listen(engine.sync_engine, "begin", lambda conn: conn.exec_driver_sql(begin))
        return engine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """A transaction that may write. Commits at the end of the block, or changes nothing."""
        with _translated(self.url):
            async with self._writing.begin() as connection:
                transaction = Transaction(connection)
                yield transaction
            transaction.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads; never waits for a writer."""
        with _translated(self.url):
            async with self._reading.connect() as connection:
                yield Transaction(connection)

    async def revision(self) -> str | None:
        """The revision of the schema, None for an empty database."""
        async with self.read() as transaction:
            connection = transaction.connection
            if not await connection.run_sync(lambda sync: inspect(sync).has_table(VERSIONS)):
                return None
            found = await connection.execute(text(f"SELECT version_num FROM {VERSIONS}"))  # noqa: S608
            return found.scalar_one_or_none()

    async def check(self) -> str:
        """The database's name and version, after asking it whether it may be written to."""
        version = "select sqlite_version()" if self._sqlite else "show server_version"
        async with self.begin() as transaction:
            touch = f"UPDATE {VERSIONS} SET version_num = version_num"  # noqa: S608
            await transaction.connection.execute(text(touch))
            found = (await transaction.connection.execute(text(version))).scalar_one()
        return f"{'SQLite' if self._sqlite else 'PostgreSQL'} {found}"

    async def close(self) -> None:
        """Close every connection."""
        await self._writing.dispose()
        await self._reading.dispose()


def read_url(url: str) -> URL:
    """A database's URL in its parts. Raises StoreUnavailable, and does not repeat it: it may hold
    a password.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable("the database's URL cannot be read", remedy=URLS) from error


class _translated:  # noqa: N801 - used as `with _translated(url):`
    """Turns a driver's exception into ours: what waiting may mend is StoreUnavailable."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DataError | IntegrityError):
            raise DataRefused(f"the database says: {_first_line(str(error.orig))}") from error
        if isinstance(error, DBAPIError):
            raise explain(str(error.orig), self.url) from error
        if isinstance(error, PoolTimeout):
            raise StoreUnavailable("the database is busy", remedy="try again") from error


REMEDIES = {
    "readonly": "make the file and its folder writable for this user",
    "unable to open": "make its folder, or point COMMUNIQUE_DATA somewhere that exists",
    "no such table": "run `communique db upgrade`",
    "does not exist": "run `communique db upgrade`, or create the database",
    "no such column": "run `communique db upgrade`",
    "is full": "make room on the disk; nothing was changed",
    "locked": "another process writes for long; try again",
    "not a database": "the file is something else; point COMMUNIQUE_DATA elsewhere",
    "is older than": "run a Python whose SQLite is newer: `python -c 'import sqlite3; "
    "print(sqlite3.sqlite_version)'`",
    "connection": "check COMMUNIQUE_DATABASE_URL and that the server runs",
}


def explain(message: str, url: URL) -> StoreUnavailable:
    """The error that a person sees for a driver's message."""
    remedy = next((text for part, text in REMEDIES.items() if part in message.lower()), None)
    place = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return StoreUnavailable(f"the database says: {_first_line(message)}", file=place, remedy=remedy)


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0] or "unknown error"
