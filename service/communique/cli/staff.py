"""`communique desk people`, `invite`, `sessions` and `revoke`: who works at the desk, and where.

What a file declares is changed there: these are for whoever it does not.
"""

from __future__ import annotations

from typing import Annotated

import typer

from communique import views, wiring
from communique.cli import completing, home, show
from communique.cli.show import Json, as_json, run, said, table
from communique.cli.speech import _, later, ngettext
from communique.desk import inspecting, inviting, sessions, staffing
from communique.domain.actor import OPERATOR
from communique.domain.association import Role

Whose = Annotated[
    str | None,
    typer.Option("--of", metavar="ADDRESS", help="Whose; without one, the operator's."),
]
NOBODY = later("nobody works here: declare them in association.toml, or `communique desk invite`")
NOWHERE = later("nobody is signed in")


@run
async def people(
    association: Annotated[
        str | None,
        typer.Argument(help="One of them.", autocompletion=completing.associations),
    ] = None,
    json: Json = False,
) -> None:
    """Show who works for an association, as what, and who was invited to."""
    async with wiring.opened(home.load()) as desk:
        if association is None:
            keys = [one.key for one in await inspecting.associations(desk, OPERATOR)]
        else:
            keys = [association]
        found = {
            key: (
                await staffing.people(desk, OPERATOR, key),
                await inviting.waiting(desk, OPERATOR, key),
            )
            for key in keys
        }
    if json:
        as_json(
            [
                views.document(
                    association=key,
                    people=[views.worker(one, one.duties[0]) for one in there],
                    invited=[views.invitation(one) for one in invited],
                )
                for key, (there, invited) in found.items()
            ]
        )
        return
    rows = [
        (
            key,
            one.duties[0].name,
            one.address,
            _roles(one.duties[0].roles),
            _(DECLARED) if one.duties[0].declared else _(JOINED),
            show.local(one.seen_at),
        )
        for key, (there, _invited) in found.items()
        for one in there
    ]
    rows += [
        (
            key,
            one.name,
            one.address,
            _roles(one.roles),
            _("invited until {day}", day=show.day(one.expires_at.date())),
            "—",
        )
        for key, (_there, invited) in found.items()
        for one in invited
    ]
    if rows:
        table(["association", "name", "address", "roles", "how", "last seen"], rows)
    else:
        said(_(NOBODY))


DECLARED = later("declared")
JOINED = later("by invitation")
ROLES = {
    Role.VIEWER: later("viewer"),
    Role.EDITOR: later("editor"),
    Role.APPROVER: later("approver"),
    Role.OWNER: later("owner"),
}


def _roles(roles: tuple[Role, ...]) -> str:
    return ", ".join(_(ROLES[one]) for one in roles or (Role.VIEWER,))


@run
async def invite(
    address: Annotated[str, typer.Argument(help="Whom, by their address.")],
    association: Annotated[
        str,
        typer.Option(help="For whom they are to work.", autocompletion=completing.associations),
    ],
    roles: Annotated[
        list[Role], typer.Option("--role", help="What they are to be; may be given repeatedly.")
    ],
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    language: Annotated[
        str, typer.Option(metavar="CODE", help="What they read; else its first language.")
    ] = "",
    json: Json = False,
) -> None:
    """Invite somebody to work at the desk, by a letter that holds for seven days.

    They come by a code that is sent to that address: the letter's link alone is worth nothing.
    """
    async with wiring.opened(home.load()) as desk:
        made = await inviting.invite(desk, OPERATOR, association, address, name, roles, language)
    if json:
        as_json(views.document(**views.invitation(made)))
        return
    said(
        _(
            "{address} is invited to {association}; the letter goes once `communique serve` runs",
            address=made.address,
            association=association,
        )
    )


@run
async def dismiss(
    address: Annotated[str, typer.Argument(help="Whom, by their address.")],
    association: Annotated[
        str,
        typer.Option(help="For whom they work no more.", autocompletion=completing.associations),
    ],
    json: Json = False,
) -> None:
    """Let somebody who was invited work for an association no more, from this moment.

    Who has not come yet cannot come any more. Whoever a file declares is taken out of it instead.
    """
    async with wiring.opened(home.load()) as desk:
        gone = await staffing.let_go(desk, OPERATOR, association, address)
    if json:
        as_json(views.document(association=association, address=gone.address))
        return
    said(
        _(
            "{address} works for {association} no more",
            address=gone.address,
            association=association,
        )
    )


@run
async def list_sessions(whose: Whose = None, json: Json = False) -> None:
    """Show where somebody is signed in, with the number by which `revoke` ends it."""
    async with wiring.opened(home.load()) as desk:
        found = await sessions.listed(desk, OPERATOR, whose)
    if json:
        as_json([views.document(**views.session(one)) for one in found])
        return
    if not found:
        said(_(NOWHERE))
        return
    table(
        ["#session", "since", "last seen", "browser", "from"],
        [
            (
                one.id,
                show.local(one.created_at),
                show.local(one.seen_at),
                one.browser or "—",
                one.origin or "—",
            )
            for one in found
        ],
    )


@run
async def revoke(
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="SESSION", help="Which, by number; none: all of them."),
    ] = None,
    whose: Whose = None,
    json: Json = False,
) -> None:
    """Sign somebody out, at once, wherever they are signed in."""
    async with wiring.opened(home.load()) as desk:
        ended = await sessions.revoke(desk, OPERATOR, numbers or None, whose)
    if json:
        as_json(views.document(ended=ended))
        return
    said(ngettext("1 session ended", "{count} sessions ended", ended))
