"""`communique newsroom`: what is public, publishing and withdrawing it, and all of it as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from communique import newsroom, views, wiring
from communique.cli import completing, home, show
from communique.cli.reviewing import Key
from communique.cli.show import Json, as_json, run, said, table
from communique.cli.speech import _, number
from communique.declared.toml import web_address
from communique.desk import newsroom as reading
from communique.desk import publishing
from communique.domain.actor import OPERATOR
from communique.domain.newsroom import Publication, Room
from communique.errors import Invalid, NotFound
from communique.newsroom import Addresses, Front, Site
from communique.newsroom import here as here_of
from communique.newsroom import home as home_of

app = typer.Typer(no_args_is_help=True, help="All news: what is public, and as files.")

Which = Annotated[
    list[str] | None,
    typer.Option(
        "--association",
        "-a",
        help="Only in its newsroom; repeat for several. Else in those of all its parties.",
        autocompletion=completing.associations,
    ),
]


@app.command("list")
@run
async def list_(
    association: Annotated[
        str | None,
        typer.Option(
            "--association",
            "-a",
            help="Only its newsroom.",
            autocompletion=completing.associations,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    json: Json = False,
) -> None:
    """Show what is in the newsrooms, is to be, or was withdrawn; and where each of them is."""
    async with wiring.opened(home.load()) as desk:
        found = await publishing.listed(desk, OPERATOR, association, limit)
        rooms = {one.association.key: one for one in await reading.rooms(desk)}
        url = desk.policy.public_url
    places = {key: home_of(url, room).absolute(Front()) for key, room in rooms.items()}
    if json:
        open_ = [views.newsroom(room, places[key]) for key, room in rooms.items()]
        shown = [views.publication(one) for one in found]
        as_json(views.document(newsrooms=open_, publications=shown))
        return
    for key, place in places.items():
        if association in (None, key):
            said(show.labelled(key, place))
    if not rooms:
        said(_("no association has a newsroom: [newsroom] in its association.toml opens one"))
    if found:
        table(
            ["release", "newsroom", "", "public from"],
            [(one.release, one.association, _stands(one), _hour(one, rooms)) for one in found],
        )


def _stands(one: Publication) -> str:
    if one.withdrawn_at:
        return _("withdrawn")
    return _("public") if one.published_at else _("not yet")


def _hour(one: Publication, rooms: dict[str, Room]) -> str:
    room = rooms.get(one.association)
    return show.local(one.public_at, room.association.time_zone if room else None)


@app.command()
@run
async def publish(key: Key, association: Which = None, json: Json = False) -> None:
    """Put a release back that was withdrawn, or make one public that went out without being so.

    What was sent before there was a newsroom, or was kept out of it, is never made public by
    itself. An advantage is not made public at all.
    """
    async with wiring.opened(home.load()) as desk:
        where = await publishing.publish(desk, OPERATOR, key, association or ())
    if json:
        as_json(views.document(release=key, associations=where))
        return
    said(_("“{key}” is public in the newsroom of {all}", key=key, all=", ".join(where)))


@app.command()
@run
async def withdraw(
    key: Key,
    reason: Annotated[
        str, typer.Option(help="Kept in its history; nobody outside reads it.", show_default=False)
    ],
    association: Which = None,
    json: Json = False,
) -> None:
    """Take a release out of newsrooms: its page then says that it was withdrawn, and nothing else.

    It leaves every list, feed and map at once; who has read or copied it, has. `publish` puts it
    back. An export is made anew to say the same.
    """
    async with wiring.opened(home.load()) as desk:
        where = await publishing.withdraw(desk, OPERATOR, key, reason, association or ())
    if json:
        as_json(views.document(release=key, associations=where))
        return
    said(_("“{key}” is withdrawn from the newsroom of {all}", key=key, all=", ".join(where)))
    said(_("to put it back: `communique newsroom publish {key}`", key=key))


@app.command()
@run
async def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; made if there is none.")],
    association: Annotated[
        str,
        typer.Option(
            "--association",
            "-a",
            help="Whose newsroom.",
            show_default=False,
            autocompletion=completing.associations,
        ),
    ],
    base_url: Annotated[
        str,
        typer.Option(
            help="Where the folder is on the web: what feeds, maps and other sites are told. Else "
            "the address in its association.toml, or that of this desk's own pages.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Write a newsroom as files for a site of your own: pages, feeds, calendar and maps.

    Pages link to each other relatively, so the folder may stand anywhere. Run it again after each
    release: only what changed is written, and of other files in the folder none is touched.
    """
    try:
        base_url = web_address(base_url) if base_url else ""
    except Invalid as error:
        raise typer.BadParameter(error.message, param_hint="--base-url") from error
    async with wiring.opened(home.load()) as desk:
        room = await reading.room(desk, association)
        if room is None:
            rooms = await reading.rooms(desk)
            known = [one.association.key for one in rooms]
            raise NotFound("newsroom_unknown", association=association, known=known)
        url = desk.policy.public_url
        where = Addresses(base_url, files=True) if base_url else home_of(url, room)
        site = Site(room, here_of(url, association), where, desk.clock.now())
        made = await newsroom.export(desk, site, folder)
    if json:
        counts = {"files": made.files, "written": made.written, "removed": made.removed}
        as_json(views.document(folder=str(folder), **counts))
        return
    said(
        _(
            "{folder}: {files} {files:file|files}, {written} of them written now, {removed} "
            "removed",
            folder=folder,
            files=number(made.files),
            written=number(made.written),
            removed=number(made.removed),
        )
    )
