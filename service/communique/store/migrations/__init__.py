"""Bringing a database's schema up to date, with Alembic. Going back is a restore, not a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from communique.errors import StoreUnavailable
from communique.store import postgresql, sqlite
from communique.store.database import Database
from communique.store.explaining import translated
from communique.store.locks import Turn, wait_for_turn

FOLDER = Path(__file__).parent


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", FOLDER.as_posix())
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    """A synchronous connection: Alembic's own way, and the service is not running yet."""
    address = Database(url).url  # refuses what the service could not use
    options = {}
    if address.get_backend_name() == "sqlite":
        sqlite.make_private(address)
        address = address.set(drivername="sqlite")
    else:
        options = postgresql.arguments(address, postgresql.MIGRATING)
    engine = create_engine(address, connect_args=options)
    if address.get_backend_name() == "sqlite":
        # Python's driver would commit before DDL; with our own BEGIN a migration is one piece.
        event.listen(engine, "connect", lambda dbapi, _: setattr(dbapi, "isolation_level", None))
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise translated(error, address) from error
    finally:
        engine.dispose()


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the schema to the newest revision; the revisions before and after.

    Each migration is one transaction on both databases: killed in its middle, nothing happened.
    """
    with _connect(url) as connection:
        wait_for_turn(connection, Turn.MIGRATING)  # of several first commands, one makes the tables
        before = MigrationContext.configure(connection).get_current_revision()
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise StoreUnavailable("schema_unknown", revision=before) from error
        connection.commit()
    return before, newest()


def newest() -> str:
    """The revision that this version of the package needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one migration"  # noqa: S101
    return head
