"""Opening a database and talking to it in transactions. SQLite has one writer, by construction.

What goes wrong below leaves here as StoreUnavailable with a remedy, never as a driver's exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, UpdateBase, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from communique.errors import StoreUnavailable
from communique.store import postgresql, sqlite
from communique.store.accounts import Accounts
from communique.store.associations import Associations
from communique.store.batches import Batches
from communique.store.chores import Chores
from communique.store.claims import NOES, Claims
from communique.store.columns import Columns
from communique.store.consents import Consents
from communique.store.deliveries import Deliveries
from communique.store.embargoes import Embargoes
from communique.store.events import Events
from communique.store.explaining import Translated
from communique.store.failures import Failures
from communique.store.gathering import Gathering
from communique.store.keys import Keys
from communique.store.letters import Letters
from communique.store.lineages import Lineages
from communique.store.log import Log
from communique.store.members import Members
from communique.store.newsroom import Newsroom
from communique.store.nodes import Nodes
from communique.store.paces import Paces
from communique.store.passes import Passes
from communique.store.releases import Releases
from communique.store.rests import Rests
from communique.store.results import Results
from communique.store.retries import Retries
from communique.store.routes import Routes
from communique.store.sessions import Sessions
from communique.store.sign_ins import Invitations, SignIns
from communique.store.snapshot import Snapshot
from communique.store.subscribers import Subscribers
from communique.store.suppressions import Suppressions
from communique.store.waiting import LOCKED, Waiting

SILENCE = 30  # seconds that PostgreSQL may take to say that it is there
VERSIONS = "alembic_version"


class Transaction:
    """One all-or-nothing conversation; see `ports.Transaction`."""

    def __init__(self, connection: AsyncConnection, url: URL) -> None:
        self.connection = connection
        self._url = url
        self.associations = Associations(connection)
        self.accounts = Accounts(connection)
        self.sessions = Sessions(connection)
        self.sign_ins = SignIns(connection)
        self.invitations = Invitations(connection)
        self.members = Members(connection)
        self.subscribers = Subscribers(connection)
        self.consents = Consents(connection)
        self.suppressions = Suppressions(connection)
        self.releases = Releases(connection)
        self.deliveries = Deliveries(connection)
        self.snapshot = Snapshot(connection)
        self.claims = Claims(connection)
        self.results = Results(connection)
        self.retries = Retries(connection)
        self.batches = Batches(connection)
        self.embargoes = Embargoes(connection)
        self.log = Log(connection)
        self.passes = Passes(connection)
        self.columns = Columns(connection)
        self.nodes = Nodes(connection)
        self.chores = Chores(connection)
        self.paces = Paces(connection)
        self.rests = Rests(connection)
        self.failures = Failures(connection)
        self.keys = Keys(connection)
        self.letters = Letters(connection)
        self.lineages = Lineages(connection)
        self.routes = Routes(connection)
        self.events = Events(connection)
        self.newsroom = Newsroom(connection)
        self._after_commit: list[Callable[[], None]] = []

    async def driver_connection(self) -> Any:
        """The driver's own connection, for a queue whose tickets are committed with all else."""
        return (await self.connection.get_raw_connection()).driver_connection

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part that may fail for itself: nothing of it happened then, and the rest goes on."""
        acts, events = len(self._after_commit), self.events.mark()
        try:
            with Translated(self._url):
                async with self.connection.begin_nested():
                    yield
        except BaseException:
            del self._after_commit[acts:]
            self.events.forget_since(events)
            raise

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
        self.noes = 0  # commits of what may be somebody's no; see `ports.Store`
        self.changes = 0  # commits of what somebody did, and history tells
        self._waiting = Waiting()
        self._writing = self._engine(writing=True)
        self._reading = self._engine(writing=False)
        event.listen(self._writing.sync_engine, "after_execute", _note_noes)

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
                limits = postgresql.WRITING if writing else postgresql.READING
                return create_async_engine(
                    self.url,
                    # Each statement sees what is committed: claims rest on that after a wait (P5).
                    # Where nothing is written, all is of one moment, as on SQLite (P1).
                    isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
                    execution_options={} if writing else {"postgresql_readonly": True},
                    pool_size=10 if writing else 5,
                    pool_pre_ping=True,
                    pool_timeout=SILENCE - 10,  # or “busy” would be called silent
                    connect_args={
                        **postgresql.arguments(self.url, limits),
                        "async_creator_fn": self._connect,
                    },
                )
            cache = 8_000 if writing else 1_000  # KiB
            engine = create_async_engine(
                self.url,
                pool_size=1 if writing else sqlite.READERS,
                max_overflow=0,
                pool_timeout=sqlite.PATIENCE,
                async_creator=partial(sqlite.connect, self.url, cache=cache),
            )
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreUnavailable("database_driver_missing", driver=self.url.drivername) from error
        except InvalidRequestError as error:
            raise StoreUnavailable(
                "database_driver_not_asynchronous", driver=self.url.drivername
            ) from error
        begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
        event.listen(engine.sync_engine, "begin", lambda conn: conn.exec_driver_sql(begin))
        return engine

    async def _take(self, connection: AsyncConnection) -> None:
        """Begin. SQLite takes its only write lock here, which another program may have."""
        if self._sqlite:
            with self._waiting.for_(LOCKED):
                await connection.begin()
        else:
            await connection.begin()

    async def _connect(self, *args: Any, **named: Any) -> Any:
        # Loaded where it is asked for: the driver comes with the extra `postgresql`.
        from communique.store.silence import connect  # noqa: PLC0415

        return await connect(self._waiting, *args, **named)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """A transaction that may write. Commits at the end of the block, or changes nothing."""
        with Translated(self.url):
            async with self._entered(self._writing.connect()) as connection:
                await self._take(connection)
                connection.info.pop(_NO, None)  # of one that was rolled back
                transaction = Transaction(connection, self.url)
                yield transaction
                changed = await transaction.events.write()
                said_no = _NO in connection.info
                await _commit(connection)
            self.noes += said_no
            self.changes += changed
            transaction.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads; never waits for a writer."""
        with Translated(self.url):
            async with self._entered(self._reading.connect()) as connection:
                yield Transaction(connection, self.url)

    @asynccontextmanager
    async def _entered(
        self, connection: AbstractAsyncContextManager[AsyncConnection]
    ) -> AsyncIterator[AsyncConnection]:
        """Have a connection that answers. SQLite's is in this process, and has its own patience."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(None if self._sqlite else SILENCE):
                    entered = await stack.enter_async_context(connection)
            except TimeoutError as error:
                raise StoreUnavailable("database_silent") from error
            yield entered

    def gathering(self) -> Gathering:
        """A place for all that a spreadsheet says, on this machine; to be closed."""
        return Gathering()

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


async def _commit(connection: AsyncConnection) -> None:
    """Have it kept. Where the connection is lost meanwhile, only looking tells whether it was."""
    try:
        await connection.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("commit_unconfirmed") from error
        raise


_NO = "communique.no"  # in a connection's `info`: its transaction wrote where noes are written


def _note_noes(connection: Connection, statement: Executable, *_: object) -> None:
    """Whatever writes there, and whoever asked for it: no caller has to think of it (P5)."""
    if isinstance(statement, UpdateBase) and statement.table in NOES:
        connection.info[_NO] = True


def read_url(url: str) -> URL:
    """A database's URL in its parts. Raises StoreUnavailable, and does not repeat it: it may hold
    a password.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable("database_url_unreadable") from error
