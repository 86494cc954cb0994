"""Fixtures for acceptance: the sample desk, filled once and copied for every test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.acceptance.desks import PUBLIC, RELEASE, Home

from communique import starter


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample desk: associations declared, members imported, the release filed."""
    home = Home(tmp_path_factory.mktemp("filled") / "desk")
    starter.begin(home.folder)
    home.run("sync")
    for association in ("bioquebec", "massbio"):
        file = f"subscribers/{association}/members.csv"
        home.run("subscribers", "import", file, "-a", association, "-l", "members")
    home.run("release", "import", f"releases/{RELEASE}")
    return home.folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Home:
    """A filled desk of one's own. It listens on free ports, and members reach it by https."""
    folder = tmp_path / "desk"
    shutil.copytree(filled, folder)
    return Home(
        folder,
        {
            "COMMUNIQUE_PORT": "0",
            "COMMUNIQUE_MAILBOX_PORT": "0",
            "COMMUNIQUE_PUBLIC_URL": PUBLIC,
        },
    )
