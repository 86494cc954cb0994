"""`communique advantages`: how often what members are offered is used."""

from __future__ import annotations

import typer

from communique import views, wiring
from communique.cli import completing, home, show
from communique.cli.show import Json, as_json, out, run, said, table
from communique.cli.speech import _, number
from communique.desk import proving
from communique.domain.actor import OPERATOR
from communique.domain.passes import FEWEST

app = typer.Typer(no_args_is_help=True, help="Advantages, and how often they are used.")


@app.callback()
def _advantages() -> None:
    """A group, whatever the number of its commands."""


@app.command("report")
@run
async def report(
    key: str = typer.Argument(
        metavar="RELEASE", help="The advantage's key.", autocompletion=completing.releases
    ),
    json: Json = False,
) -> None:
    """Tell how often an advantage was used: by company and day, as passes were scanned.

    An association sees its own companies, and of its partners' members a sum, in whole
    fives and only once five people used it. At this machine all of them are shown.
    """
    async with wiring.opened(home.load()) as desk:
        found = await proving.report(desk, OPERATOR, key)
    if json:
        as_json(views.document(**views.uses(found)))
        return
    rows = [
        (
            association,
            one.company or _("(erased)"),
            one.used,
            len(one.days),
            show.day(max(one.days)),
        )
        for association, companies in found.own.items()
        for one in companies
    ]
    if rows:
        table(["association", "company", "#used", "#days", "last"], rows)
    else:
        said(_("no pass to “{key}” was used yet", key=key))
    for association, used in found.partners.items():
        told = (
            _("fewer than {count} people", count=number(FEWEST))
            if used is None
            else _("at least {count} times", count=number(used))
        )
        out.print(show.labelled(association, told), markup=False)
