"""Fixtures that every tier shares: a desk of one's own, and each database that a desk can live in.

PostgreSQL is a real server. It starts when the first test asks for it, listens on a Unix socket
only, and is gone when the run ends.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from tests.postgres import Postgres, a_server

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
def _own_environment() -> Iterator[None]:
    """No test reads the settings of the person who runs it."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.upper().startswith("COMMUNIQUE_")]:
            environment.delenv(name)
        yield


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """The run's one server."""
    with a_server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database of one's own."""
    name, url = postgresql.lend()
    yield url
    postgresql.take_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of one's own, on each of the two: its SQLAlchemy URL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    return str(request.getfixturevalue("postgresql_url"))
