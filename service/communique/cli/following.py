"""`communique release update`, `call-off` and `correct`: what is told later of what went out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique import wiring
from communique.cli import home, manuscripts, show
from communique.cli.reviewing import Key
from communique.cli.show import Json, run, said
from communique.cli.speech import _, ngettext
from communique.desk import happening, retelling
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
        ahead = await happening.under_way(desk, OPERATOR, of)
        release = await manuscripts.begin(desk, of.key, draft, folder)
    if not json and ahead:
        show.warned(
            [
                _(
                    "{keys} has not gone out yet, and what it says is not in this",
                    keys=", ".join(ahead),
                )
            ]
        )
    if not json and of.key != key:
        said(_("begun from “{key}”, what was told last of the activity", key=of.key))
    manuscripts.tell_begun(release, folder, json)


@run
async def correct(
    key: Key,
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder to make; else in `releases/`, with `-correction` to its key."),
    ] = None,
    json: Json = False,
) -> None:
    """Begin the release that tells the press of another end of an embargo than they were told.

    It goes to those of the press alone who have the release with another hour, and is in no
    newsroom. Its text stands; look at it (`preview`), and have it approved like any other.
    """
    from communique.declared import retelling as drafts

    current = home.load()
    folder = folder or current.home / "releases" / f"{key}-correction"
    async with wiring.opened(current) as desk:
        found = await retelling.mistold(desk, OPERATOR, key)
        draft = drafts.correction(
            found.release, folder.name, found.press, held_back=found.held_back
        )
        release = await manuscripts.begin(desk, key, draft, folder)
    manuscripts.tell_begun(release, folder, json)
    if not json:
        said(
            ngettext(
                "1 of the press was told another hour, and gets it",
                "{count} of the press were told another hour, and get it",
                found.people,
            )
        )
