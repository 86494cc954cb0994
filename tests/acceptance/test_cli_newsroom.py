"""Newsrooms, embargoes, and what follows an activity, as whoever administers them types them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.acceptance.desks import Home
from tests.contract.desks import ALONE, KEYRING
from tests.json_shapes import wrong_with
from tests.newsroom_site import NEWS, rooms_at

from communique.desk import scheduling
from communique.domain.actor import OPERATOR

[KEY] = KEYRING.keys
KEYS = {"COMMUNIQUE_KEYS": f"{KEY.id}:{KEY.secret.hex()}"}
EVENING = replace(
    ALONE,
    key="evening",
    kind="activity",
    fields={"starts": "2099-06-10T18:00", "ends": "2099-06-10T20:00", "zone": "America/Toronto"},
)
KEPT_BACK = replace(NEWS, key="kept-back")


async def announced(home: Home) -> None:
    """A public release, one under embargo that is on its way, and an activity that went out."""
    (home.folder / "var").mkdir(parents=True)
    (home.folder / "subscribers").mkdir()
    async with rooms_at(f"sqlite+aiosqlite:///{home.database}", home.folder) as rooms:
        await rooms.public()
        await rooms.office.picked_up(EVENING)
        await rooms.office.approved(KEPT_BACK, "2099-01-01 8:00")
        await scheduling.schedule(
            rooms.office.desk, OPERATOR, KEPT_BACK.key, "now", public_from="2099-01-01 9:00"
        )
        assert KEPT_BACK.key in await rooms.office.pick_up()


def shown(home: Home, *words: str, more: tuple[str, ...] = ()) -> object:
    """What a command says in JSON, which has the shape that is promised."""
    done = home.run(*words, *more, "--json")
    assert not wrong_with("_".join(words).replace("-", "_"), done.json()), words
    return done.json()


def test_each_command_of_newsrooms_and_activities_answers_in_its_shape(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk", KEYS)
    asyncio.run(announced(home))
    assert NEWS.key in str(shown(home, "newsroom", "list"))
    shown(home, "newsroom", "export", more=("site", "-a", "harfang"))
    assert list((home.folder / "site").rglob("*.html"))
    reason = ("--reason", "a figure was wrong")
    shown(home, "newsroom", "withdraw", more=(NEWS.key, *reason))
    shown(home, "newsroom", "publish", more=(NEWS.key,))
    moved = ("--until", "2099-02-01 9:00", "--press-has-it")
    assert "2099-02-01" in str(shown(home, "release", "embargo", more=(KEPT_BACK.key, *moved)))
    # Nobody of the press has it: there is nobody to tell.
    assert "press_told_so" in home.run("release", "correct", KEPT_BACK.key, "--json", code=1).err
    off = home.run("release", "cancel", KEPT_BACK.key, "--yes").err
    assert "newsroom" not in off  # it was not public yet
    shown(home, "release", "update", more=(EVENING.key, "releases/evening-moved"))
    shown(home, "release", "call-off", more=(EVENING.key, "releases/evening-off"))
    assert (home.folder / "releases" / "evening-off" / "release.toml").is_file()
    called_off = home.run("release", "cancel", NEWS.key, "--yes").err
    assert f"harfang, massif, and stays so until `communique newsroom withdraw {NEWS.key}`" in (
        " ".join(called_off.split())
    )
