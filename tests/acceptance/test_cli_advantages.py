"""How often an advantage was used, as whoever administers it sees it on the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.acceptance.desks import RELEASE, Home, copy
from tests.contract.advantages import counter_at
from tests.contract.desks import KEYRING
from tests.json_shapes import wrong_with

from communique.declared import starter
from communique.desk import proving
from communique.domain.actor import RECIPIENT

[KEY] = KEYRING.keys
KEYS = {"COMMUNIQUE_KEYS": f"{KEY.id}:{KEY.secret.hex()}"}


async def used(home: Home, *, times: int) -> None:
    """An advantage that went out, and was used that often by one person."""
    starter.begin(home.folder)
    async with counter_at(f"sqlite+aiosqlite:///{home.database}", home.folder) as counter:
        for number in range(times):
            counter.office.clock.forward(days=number)
            token = (await counter.scan()).removeprefix("/v/")
            assert await proving.use(counter.office.desk, RECIPIENT, token)


def test_the_companies_are_told_with_how_often_and_when(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk", KEYS)
    asyncio.run(used(home, times=2))
    told = home.run("advantages", "report", "hotel").out
    assert tuple(part.strip() for part in told.splitlines()[-1].split("  ") if part.strip()) == (
        "harfang",
        "Lichen & Cie",
        "2",
        "2",
        "2027-06-04",
    )
    shown = home.run("advantages", "report", "hotel", "--json").json()
    assert not wrong_with("advantages_report", shown)
    assert shown["own"]["harfang"][0]["days"] == {"2027-06-03": 1, "2027-06-04": 1}


def test_what_nobody_used_is_said_and_what_is_no_advantage_too(
    filled: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path / "desk", KEYS)
    asyncio.run(used(home, times=0))
    assert "no pass to “hotel” was used yet" in home.run("advantages", "report", "hotel").err
    other = copy(filled, tmp_path / "other")
    assert "is no advantage" in other.run("advantages", "report", RELEASE, code=1).err
