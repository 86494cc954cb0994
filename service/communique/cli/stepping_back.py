"""`communique release withdraw`, `unschedule`, `copy` and `delete`: steps back, and anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import home, manuscripts, show
from communique.cli.reviewing import IN_NAME, Key, Party, Person
from communique.cli.show import Json, as_json, run, said, worded
from communique.cli.speech import _
from communique.desk import approving, drafting, inspecting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.release import State
from communique.errors import NotAllowed


@run
async def withdraw(
    key: Key,
    party: Party,
    person: Person,
    comment: Annotated[str, typer.Option(help="Kept with your word.")] = "",
    json: Json = False,
) -> None:
    """Take your own yes back, while other parties have still to say theirs.

    Once all have, a release is not in review any more: `reject` sends it back to its authors, and
    `unschedule` lets it wait.
    """
    async with wiring.opened(home.load()) as desk:
        release, missing = await approving.withdraw(desk, OPERATOR, key, party, person, comment)
    if json:
        as_json(views.document(release=views.release(release), missing=list(missing)))
        return
    said(
        _(
            "taken back for {party} {whose}; to approve: {missing}",
            party=party,
            whose=_(IN_NAME, person=person),
            missing=", ".join(missing),
        )
    )


@run
async def unschedule(key: Key, json: Json = False) -> None:
    """Take a release's hour away: what is approved stays so, and goes once it has another."""
    async with wiring.opened(home.load()) as desk:
        release = await scheduling.unschedule(desk, OPERATOR, key)
    if json:
        as_json(views.document(release=views.release(release)))
        return
    said(_("“{key}” is {state}, and has no hour", key=key, state=worded(release.state)))


@run
async def copy(
    key: Key,
    folder: Annotated[Path, typer.Argument(help="Folder to make; its name becomes the new key.")],
    json: Json = False,
) -> None:
    """Begin a release with what another says and whom it goes to: a draft, in a folder of its own.

    The text is that which the desk keeps, whatever stands in the other's folder by now. It has no
    hour, and nobody has approved it.
    """
    async with wiring.opened(home.load()) as desk:
        release = (await inspecting.standing(desk, OPERATOR, key)).release
        copied = release.copied(folder.name)
        draft = replace(copied, public_from=release.held_until(desk.clock.now()))
        release = await manuscripts.begin(desk, key, draft, folder)
    manuscripts.tell_begun(release, folder, json)


@run
async def delete(
    key: Key,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Delete a draft that was never submitted. Its folder stays.

    What was submitted once is kept, for people were asked about it: `cancel` calls it off.
    """
    async with wiring.opened(home.load()) as desk:
        release = (await inspecting.standing(desk, OPERATOR, key)).release
        if release.state is not State.DRAFT or release.submission:
            raise NotAllowed("release_was_submitted", release=key)  # asks nobody what cannot be
        if not yes:
            names = " ".join(one.language for one in release.editions)
            show.ask(_("Delete “{key}” ({names})?", key=key, names=names))
        release = await drafting.delete(desk, OPERATOR, key)
    if json:
        as_json(views.document(release=views.release(release)))
        return
    said(_("deleted: “{key}”", key=key))
