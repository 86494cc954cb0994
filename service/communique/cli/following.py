"""`communique release update` and `call-off`: what is announced of an activity later."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique import wiring
from communique.cli import home, manuscripts
from communique.cli.reviewing import Key
from communique.cli.show import Json, run, said
from communique.cli.speech import _
from communique.desk import happening
from communique.domain.actor import OPERATOR

Folder = Annotated[Path, typer.Argument(help="Folder to make; its name becomes the new key.")]


@run
async def update(key: Key, folder: Folder, json: Json = False) -> None:
    """Begin the release that changes an activity, for those who got the first.

    It replaces the entry in their calendars. Change what is different in its files, and have it
    approved like any other.
    """
    await _begin(key, folder, json, called_off=False)


@run
async def call_off(key: Key, folder: Folder, json: Json = False) -> None:
    """Begin the release that calls an activity off, for those who got the first.

    It takes the entry out of their calendars. What was sent does not come back; `cancel` stops a
    release that is on its way.
    """
    await _begin(key, folder, json, called_off=True)


async def _begin(key: str, folder: Path, json: bool, *, called_off: bool) -> None:
    async with wiring.opened(home.load()) as desk:
        draft, of = await happening.follow_up(
            desk, OPERATOR, key, folder.name, called_off=called_off
        )
        release = await manuscripts.begin(desk, of.key, draft, folder)
    if not json and of.key != key:
        said(_("begun from “{key}”, what was told last of the activity", key=of.key))
    manuscripts.tell_begun(release, folder, json)
