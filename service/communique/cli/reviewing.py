"""`communique release check`, `submit`, `approve`, `reject`: what parties are asked, their word.

Nobody signs in at a terminal: whose word it is, the operator at this machine says (P10).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, manuscripts, show, standings, words
from communique.cli.show import Json, as_json, err, run, said
from communique.cli.speech import _, later
from communique.desk import approving, drafting, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.release import State

Key = Annotated[
    str,
    typer.Argument(
        metavar="RELEASE", help="The release's key.", autocompletion=completing.releases
    ),
]
Party = Annotated[
    str,
    typer.Option(
        "--as", help="The party you speak for: its key.", autocompletion=completing.associations
    ),
]
Person = Annotated[
    str,
    typer.Option(
        "--by",
        help="In whose name: one that the association declares. History says that the operator at "
        "this machine gave it.",
    ),
]
IN_NAME = later(
    "in the name of {person}, by the operator at this machine"
)  # nobody signed in (P10)


@run
async def check(key: Key, json: Json = False) -> None:
    """Say what handing it in would find: mistakes, and what the law asks. Changes nothing."""
    async with wiring.opened(home.load()) as desk:
        release, checked = await drafting.check(desk, OPERATOR, key)
        warnings = [*checked, *manuscripts.stale(release)]
        seen = await inspecting.forecast(desk, OPERATOR, key)
    if json:
        as_json(
            views.document(
                release=views.release(release),
                warned=[views.problem(one, words.advice(one)) for one in warnings],
                forecast=views.forecasts(seen),
            )
        )
        return
    show.warned(map(words.told, warnings))
    standings.forecast(seen, err)
    said(_("nothing stands in the way of “{key}”", key=key))
    if release.state is State.DRAFT:
        said(_("next: `communique release submit {key}`", key=key))


@run
async def submit(key: Key, json: Json = False) -> None:
    """Hand a draft in for review: everything is checked, then frozen for approval."""
    async with wiring.opened(home.load()) as desk:
        release, checked = await drafting.submit(desk, OPERATOR, key)
        warnings = [*checked, *manuscripts.stale(release)]
        seen = await inspecting.forecast(desk, OPERATOR, key)
        parties = [await inspecting.association(desk, OPERATOR, one) for one in release.parties]
    if json:
        as_json(
            views.document(
                release=views.release(release),
                warnings=[*map(str, warnings)],
                warned=[views.problem(one, words.advice(one)) for one in warnings],
                forecast=views.forecasts(seen),
            )
        )
        return
    show.warned(map(words.told, warnings))
    standings.forecast(seen, err)
    content = release.content_hash or ""
    said(_("“{key}” is in review, content {content}", key=key, content=content))
    standings.embargo(release)
    for party in parties:
        name = next((quote(one.name) for one in party.people if one.approves), "NAME")
        given = f"{key} --as {party.key} --by {name} --content {content}"
        said(_("next: `communique release approve {given}`", given=given))


@run
async def approve(
    key: Key,
    party: Party,
    person: Person,
    comment: Annotated[str, typer.Option(help="Kept with your word.")] = "",
    content: Annotated[
        str | None,
        typer.Option(help="The content you read, as `submit` printed it; refused if it differs."),
    ] = None,
    json: Json = False,
) -> None:
    """Say yes for a party, to exactly this content. It goes at its hour, once every party has."""
    async with wiring.opened(home.load()) as desk:
        release, missing = await approving.approve(
            desk, OPERATOR, key, party, person, comment, content=content
        )
        seen = await inspecting.forecast(desk, OPERATOR, key)
    if json:
        told = {"missing": list(missing), "forecast": views.forecasts(seen)}
        as_json(views.document(release=views.release(release), **told))
        return
    show.warned(map(words.told, manuscripts.stale(release)))
    said(
        _("approved for {party} {whose}", party=party, whose=_(IN_NAME, person=person))
        + (_("; still to approve: {missing}", missing=", ".join(missing)) if missing else "")
    )
    standings.forecast(seen, err)
    standings.embargo(release)
    if missing:
        return
    if release.state is State.MISSED:
        said(
            _(
                "every party has approved “{key}”, but its hour has passed: it needs a new one",
                key=key,
            )
        )
    elif release.schedule:
        said(
            _(
                "every party has approved “{key}”; it goes at {hour}",
                key=key,
                hour=standings.goes_at(release),
            )
        )
    else:
        said(_("every party has approved “{key}”, and it has no hour yet", key=key))
    if release.state is State.MISSED or not release.schedule:
        tomorrow = datetime.now(UTC).date() + timedelta(days=2)  # to come, in every time zone
        said(
            _(
                'next: `communique release schedule {key} --at "{tomorrow} 09:00"`',
                key=key,
                tomorrow=tomorrow,
            )
        )


@run
async def reject(
    key: Key,
    party: Party,
    person: Person,
    comment: Annotated[str, typer.Option(help="What should change; its authors see it.")] = "",
    json: Json = False,
) -> None:
    """Say no for a party: the release goes back to its authors."""
    async with wiring.opened(home.load()) as desk:
        release = await approving.reject(desk, OPERATOR, key, party, person, comment)
    if json:
        as_json(views.document(release=views.release(release)))
    else:
        said(
            _(
                "rejected for {party} {whose}: “{key}” is a draft again",
                party=party,
                whose=_(IN_NAME, person=person),
                key=key,
            )
        )
