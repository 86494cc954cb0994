"""`communique release update` and `call-off`: what is announced of an activity later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import home, show
from communique.cli.reviewing import Key
from communique.cli.show import Json, as_json, run, said, worded
from communique.cli.speech import _
from communique.declared import manuscript, transcript
from communique.desk import drafting, happening
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
    current = home.load()
    templates = current.templates
    async with wiring.opened(current) as desk:
        draft = await happening.follow_up(desk, OPERATOR, key, folder.name, called_off=called_off)
        await drafting.require_free(desk, folder.name)
        await asyncio.to_thread(transcript.write, draft, folder, templates)
        written = await asyncio.to_thread(manuscript.read, folder, templates)
        release = await drafting.copy(desk, OPERATOR, key, written)
    files = await asyncio.to_thread(lambda: sorted(folder.iterdir()))
    if json:
        shown = [str(path) for path in files]
        as_json(views.document(release=views.release(release), files=shown))
        return
    for path in files:
        show.wrote(path)
    said(_("filed: “{key}” is {state}", key=release.key, state=worded(release.state)))
    said(_("next: write, then `communique release import {folder}`", folder=quote(str(folder))))
