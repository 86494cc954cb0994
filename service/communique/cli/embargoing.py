"""`communique release embargo`: another end for an embargo that the press was told."""

from __future__ import annotations

from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, standings
from communique.cli.reviewing import IN_NAME, Key
from communique.cli.show import Json, as_json, run, said
from communique.cli.speech import _, ngettext
from communique.desk import embargoing
from communique.domain.actor import OPERATOR


@run
async def embargo(
    key: Key,
    until: Annotated[str, typer.Option(help="Its new end, as `schedule --at` has hours.")],
    zone: Annotated[
        str | None, typer.Option(help="Time zone of the hour; else that of its schedule.")
    ] = None,
    party: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="The party whose yes to that hour this is, where it is sooner than was approved.",
            autocompletion=completing.associations,
        ),
    ] = None,
    person: Annotated[str, typer.Option("--by", help="In whose name, as for `approve`.")] = "",
    press_has_it: Annotated[
        bool,
        typer.Option(
            "--press-has-it",
            help="You know that whoever of the press has it may tell it at the hour that they got.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Move the end of an embargo once the release is under way: the press has it, or gets it now.

    Later, whoever asks may; sooner than was approved, once every party has said yes to that hour:
    `--as` and `--by` say it. All others wait for the new end, and no page shows the release before.
    What the press got says the old hour for good: `release correct` tells them.
    """
    async with wiring.opened(home.load()) as desk:
        moved = await embargoing.move(
            desk,
            OPERATOR,
            key,
            until,
            zone=zone,
            press_has_it=press_has_it,
            party=party,
            person=person,
        )
    if json:
        release = views.release(moved.release)
        missing = list(moved.missing)
        as_json(views.document(release=release, have_it=moved.have_it, missing=missing))
        return
    if moved.missing:
        said(
            _(
                "kept {whose}; to say yes to that hour: {missing}",
                whose=_(IN_NAME, person=person),
                missing=", ".join(moved.missing),
            )
        )
    standings.embargo(moved.release)
    if moved.have_it:
        said(
            ngettext(
                "1 of the press has it with another hour; what tells them begins with:",
                "{count} of the press have it with another hour; what tells them begins with:",
                moved.have_it,
            )
        )
        said(_("  `communique release correct {key}`", key=key))
