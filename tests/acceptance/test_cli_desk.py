"""Opening the desk's pages from the machine, and who works at them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from tests.acceptance.desks import Home
from tests.contract.desks import KEYRING, office_at
from tests.json_shapes import wrong_with

[KEY] = KEYRING.keys
# Nothing listens there, and nothing has to be looked up.
SET = {
    "COMMUNIQUE_KEYS": f"{KEY.id}:{KEY.secret.hex()}",
    "COMMUNIQUE_PUBLIC_URL": "http://127.0.0.1:9",
}


async def furnished(home: Home) -> None:
    (home.folder / "var").mkdir(parents=True)
    async with office_at(f"sqlite+aiosqlite:///{home.database}", home.folder):
        pass


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "desk", SET)
    asyncio.run(furnished(made))
    return made


def test_a_link_is_printed_and_what_to_start_is_said(home: Home) -> None:
    told = home.run("desk", "open", "--association", "massif", "--print")
    assert re.fullmatch(r"http://127\.0\.0\.1:9/desk/open/[\w-]{43}\n", told.out)
    assert "start `communique serve`" in told.err
    shown = home.run("desk", "open", "--json").json()
    assert not wrong_with("desk_open", shown)
    assert shown["served"] is False


def test_what_is_not_there_is_said(home: Home) -> None:
    unknown = home.run("desk", "open", "--association", "nowhere", code=1)
    assert "there is no association “nowhere”" in unknown.err
    assert "the pages speak fr" in home.run("desk", "open", "--language", "de", code=1).err
