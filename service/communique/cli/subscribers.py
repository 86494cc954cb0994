"""`communique subscribers`: spreadsheets in and out, and who is on which list."""

from __future__ import annotations

import shlex
import sys
from contextlib import aclosing, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from communique import roster, views, wiring
from communique.cli import audiences, completing, home, person, show, speech, taking_in
from communique.cli.person import Whose
from communique.cli.show import Json, as_json, out, run, said, table
from communique.cli.speech import _, ngettext, number
from communique.desk import Desk, consenting, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.association import Association as Owner
from communique.domain.member import Contact, Lacking
from communique.errors import Invalid, NotFound

app = typer.Typer(no_args_is_help=True, help="Members and their subscribers.")

# Endings of files that are no CSV: whoever has one there has more in it than an export.
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")


app.command("import")(taking_in.import_)
app.command()(audiences.audiences)


@app.command()
@run
async def export(
    association: Whose,
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write; else standard output.")
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--list", "-l", help="Only this list.", autocompletion=completing.lists),
    ] = None,
    french: Annotated[
        bool | None,
        typer.Option("--french/--english", help="Headings; else in the language that is spoken."),
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="Semicolons and a mark that Excel needs for accents.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before a file is replaced.")
    ] = False,
) -> None:
    """Write subscribers to CSV; importing it again changes nothing.

    The last column, “Do not send” or “Ne pas envoyer”, says what somebody must not be written: who
    mails from the file must leave them out. It is empty for all others; an import reads it.
    """
    if out_file:
        if out_file.suffix.lower() in WORKBOOKS:
            raise Invalid(
                "export_no_workbook",
                file=out_file,
                message="this writes CSV, which a file of that ending does not hold",
                remedy="name it .csv; with --excel, Excel opens it as it is meant",
            )
        if out_file.is_file() and not yes:
            show.ask(_("Replace {file}, which is there already?", file=out_file), err=False)
    language = speech.language() if french is None else "fr" if french else "en"
    async with wiring.opened(home.load()) as desk:
        with (
            roster.whole(out_file, bom=excel) if out_file else nullcontext(sys.stdout) as to,
            roster.table(to, roster.heading(language), delimiter=";" if excel else ",") as rows,
        ):
            await write_subscribers(desk, association, on, rows, language)
    if out_file:
        said(
            ngettext(
                "wrote one subscriber to {file}",
                "wrote {count} subscribers to {file}",
                rows.count,
                file=out_file,
            )
        )


async def write_subscribers(
    desk: Desk, association: str, on: str | None, rows: roster.CsvWriter, language: str = "en"
) -> None:
    """Write subscribers as rows, each as it is read: never all at once (P9)."""
    async with aclosing(inspecting.subscribers(desk, OPERATOR, association, on)) as people:
        async for one in people:
            rows.add(roster.as_row(roster.as_entry(one), language))


@app.command("list")
@run
async def list_(
    association: Whose,
    on: Annotated[
        str | None,
        typer.Option("--list", "-l", help="Only this list.", autocompletion=completing.lists),
    ] = None,
    member: Annotated[str | None, typer.Option(help="Part of a member's name.")] = None,
    without: Annotated[
        Lacking | None,
        typer.Option(help="Only who has no such name, for a text that greets its readers by it."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="How many to show; else 50, or all with --json.", min=1)
    ] = None,
    json: Json = False,
) -> None:
    """Show subscribers, by address, and what each must not be written."""
    shown: list[Contact] = []
    total = 0
    most = limit or (None if json else 50)
    current = home.load()
    async with wiring.opened(current) as desk:
        owner = await inspecting.association(desk, OPERATOR, association)
        async for one in inspecting.subscribers(desk, OPERATOR, association, on, member, without):
            total += 1
            if most is None or total <= most:
                shown.append(one)
    if json:
        people = [views.subscriber(one) for one in shown]
        as_json(views.document(total=total, subscribers=people))
        return
    if not total:
        said(
            _("no subscriber matches")
            if on or member or without
            else _none_yet(owner, current.subscribers)
        )
        return
    table(
        ["address", "name", "member", "language", "lists", "suppressed"],
        [
            (
                show.address(one.address),
                one.name,
                one.member.name,
                one.language,
                " ".join(one.lists),
                ", ".join(map(person.reach, one.suppressions)),
            )
            for one in shown
        ],
    )
    if total > len(shown):
        said(
            _(
                "{shown} of {total}; more with --limit",
                shown=number(len(shown)),
                total=number(total),
            )
        )


def _none_yet(association: Owner, declared: Path) -> str:
    file = declared / association.key / "members.csv"
    typed = ["communique", "subscribers", "import", str(file) if file.is_file() else "FILE"]
    typed += ["--association", association.key]
    typed += [word for one in association.lists[:1] for word in ("--list", one.key)]
    return _(
        "{key} has no subscribers yet: `{typed}`", key=association.key, typed=shlex.join(typed)
    )


@app.command()
@run
async def suppress(
    address: Annotated[str, typer.Argument(help="The address.")],
    association: Whose,
    why: Annotated[str, typer.Option(help="Where this comes from; kept with it.")],
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Also if no subscriber has it: a no before they come."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Never write to an address again for this association, until `subscribers allow` lifts it.

    For a person's own wish to leave, `subscribers leave` is better: they can take it back.
    """
    async with wiring.opened(home.load()) as desk:
        contact = await inspecting.subscriber(desk, OPERATOR, association, address)
        if contact:
            whom = (
                f"{contact.name} <{show.address(contact.address)}>, {contact.member.name}".strip()
            )
        elif anyway:
            whom = _(
                "{address}, whom {association} does not know yet",
                address=address,
                association=association,
            )
        else:
            raise NotFound(
                "subscriber_unknown",
                association=association,
                address=address,
                remedy="mind its spelling, or suppress it before they are imported: --anyway",
            )
        if not yes:
            show.ask(
                _(
                    "Never write to {whom}, for {association} again?",
                    whom=whom,
                    association=association,
                ),
                err=False,
            )
        new = await consenting.suppress(desk, OPERATOR, association, address, why)
    did = _("suppressed: {whom}") if new else _("was suppressed already: {whom}")
    out.print(did.format(whom=whom), markup=False, soft_wrap=True)


person.add_to(app)
