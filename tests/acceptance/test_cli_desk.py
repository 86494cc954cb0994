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
    for folder in ("var", "subscribers"):
        (home.folder / folder).mkdir(parents=True)
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


def test_people_are_shown_and_invited_and_signed_out(home: Home) -> None:
    told = home.run("desk", "people", "harfang").out
    assert "Aude Roy" in told
    assert "declared" in told
    invited = ("desk", "invite", "n@lichen.example", "--association", "harfang", "--role", "editor")
    made = home.run(*invited, "--name", "Nina", "--json").json()
    assert not wrong_with("desk_invite", made)
    assert "was asked to work" in home.run(*invited, code=1).err
    shown = home.run("desk", "people", "--json").json()
    assert not wrong_with("desk_people", shown)
    assert [one["address"] for one in shown[0]["invited"]] == ["n@lichen.example"]
    gone = ("desk", "dismiss", "N@lichen.example", "--association", "harfang", "--json")
    assert not wrong_with("desk_dismiss", home.run(*gone).json())
    assert "nobody here is known" in home.run(*gone, code=1).err
    assert "nobody is signed in" in home.run("desk", "sessions").err
    assert home.run("desk", "sessions", "--of", "aude@harfang.example", "--json").json() == []
    revoked = home.run("desk", "revoke", "--of", "aude@harfang.example", "--json").json()
    assert not wrong_with("desk_revoke", revoked)
    assert "nobody here is known" in home.run("desk", "revoke", "--of", "x@y.example", code=1).err
