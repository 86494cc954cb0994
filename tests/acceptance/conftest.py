"""Fixtures for acceptance: the sample desk, filled once and copied for every test."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.desks import RELEASE, Home, copy, distributed, shared_copy, small
from tests.acceptance.kills import small_desk
from tests.postgres import Postgres

from communique.declared import starter

FEW = 200  # at each of two associations


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def once(folder: Path) -> Iterator[Path | None]:
    """Where to make a folder that whoever comes first makes for all; None if it is there."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            yield None
            return
        draft = folder.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)  # of whoever failed to
        yield draft
        draft.rename(folder)


@pytest.fixture(scope="session")
def filled(together: Path) -> Path:
    """The sample desk: associations declared, members imported, the release filed."""
    with once(together / "filled") as draft:
        if draft:
            home = Home(draft)
            starter.begin(home.folder)
            home.run("sync")
            for association in ("bioquebec", "massbio"):
                file = f"subscribers/{association}/members.csv"
                home.run("subscribers", "import", file, "-a", association, "-l", "members")
            home.run("release", "import", f"releases/{RELEASE}")
    return together / "filled"


@pytest.fixture(scope="session")
def delivered(filled: Path, together: Path) -> Path:
    """The sample desk once its release is sent; its mailbox holds every message."""
    with once(together / "delivered") as draft:
        if draft:
            home = copy(filled, draft)
            home.announce()
            with home.start("serve") as service:
                home.until_ended()
                assert service.terminate() == 0
    return together / "delivered"


@pytest.fixture(scope="session")
def after(delivered: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A desk whose release is sent, and another one approved. Look only."""
    home = copy(delivered, tmp_path_factory.mktemp("after") / "desk")
    small(home)
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Home:
    """A filled desk of one's own."""
    return copy(filled, tmp_path / "desk")


@pytest.fixture(scope="session")
def few(together: Path) -> Path:
    """The same with so few people that a release is soon sent."""
    with once(together / "few") as draft:
        if draft:
            small_desk(draft, {}, FEW)
    return together / "few"


@pytest.fixture(scope="session")
def few_shared(postgresql: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same at a PostgreSQL for several: its folder and its database."""
    name, url = postgresql.create()
    home = small_desk(tmp_path_factory.mktemp("few-shared") / "desk", distributed(url), FEW)
    return home.folder, name


@pytest.fixture
def local(few: Path, tmp_path: Path) -> Home:
    """A desk of one's own with few people."""
    return copy(few, tmp_path / "desk")


@pytest.fixture(params=["local", "distributed"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """The same with either engine."""
    if request.param == "local":
        yield request.getfixturevalue("local")
        return
    folder, model = request.getfixturevalue("few_shared")
    with shared_copy(request.getfixturevalue("postgresql"), model, folder, tmp_path / "desk") as it:
        yield it
