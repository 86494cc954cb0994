"""`communique subscribers`: spreadsheets in and out, and who is on which list."""

from __future__ import annotations

import asyncio
import shlex
import sys
from contextlib import aclosing, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from communique import roster, views, wiring
from communique.cli import home, person, show, words
from communique.cli.show import (
    Json,
    as_json,
    bar,
    number,
    out,
    run,
    said,
    table,
)
from communique.desk import Desk, consenting, importing, inspecting
from communique.desk.importing import Imported
from communique.domain.actor import OPERATOR
from communique.domain.association import Association as Owner
from communique.domain.member import Contact
from communique.errors import Invalid, NotAllowed, NotFound

app = typer.Typer(no_args_is_help=True, help="Members and their subscribers.")

Association = Annotated[
    str, typer.Option("--association", "-a", help="Whose people: the association's key.")
]
SHOWN = 20  # bad lines shown on a terminal


@app.command("import")
@run
async def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab) or XLSX.",
            exists=True,
            dir_okay=False,
        ),
    ],
    association: Association,
    to: Annotated[
        list[str] | None,
        typer.Option("--list", "-l", help="List to put them on; repeat for several."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            "-c",
            help="Which column is which: `address=Courriel 2`, or `address=Email#2` for the "
            "second that is called so.",
        ),
    ] = None,
    dates: Annotated[
        roster.DayOrder | None, typer.Option(help="How the file writes dates such as 03/06/2024.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the bad lines into this CSV file.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Take in a spreadsheet. Bad lines are reported by number, and no good line is lost.

    Importing the same file again changes nothing. Nobody who unsubscribed or is suppressed becomes
    writable by being imported. Columns are found by their headings, in French or English.
    Exit status 2 means that some lines were bad.
    """
    if report and report.exists() and report.samefile(file):
        raise NotAllowed(
            "report_over_spreadsheet",
            file=report,
            message="the report would take the place of the spreadsheet itself",
            remedy="name another file after --report",
        )
    async with wiring.opened(home.load()) as desk:
        wanted = await importing.wanted(desk, OPERATOR, association, to or [])
        host = wanted.association
        with await asyncio.to_thread(
            roster.Sheet,
            file,
            languages=host.languages,
            default_language=host.language,
            list_keys=[one.key for one in host.lists],
            today=wanted.today,
            chosen=_columns(column or []),
            dates=dates,
        ) as sheet:
            if not json:
                said(f"{file.name}: {sheet.form}; {_mapping(sheet)}")
            if report:  # first, so that nothing is imported if it cannot be written
                await _report(sheet, report)
            with bar(disable=json) as progress:
                task = progress.add_task("reading", total=sheet.size)
                taken_in = 0

                def on(count: int) -> None:
                    nonlocal taken_in
                    taken_in += count
                    progress.update(task, completed=sheet.position)

                try:
                    found = await importing.import_lines(
                        desk,
                        OPERATOR,
                        association,
                        wanted.lists,
                        sheet,
                        f"import of {file.name}",
                        dry_run=dry_run,
                        progress=on,
                    )
                except asyncio.CancelledError:  # Ctrl-C
                    said(_interrupted(taken_in, dry_run=dry_run))
                    raise
                progress.update(task, completed=sheet.size)
    if json:
        as_json(views.document(dry_run=dry_run, **views.imported(found)))
    else:
        _tell(found, dry_run=dry_run, report=report)
    if found.bad.count:
        raise typer.Exit(2)


def _interrupted(taken_in: int, *, dry_run: bool) -> str:
    if dry_run:
        return "interrupted: nothing was changed"
    # The last of them may have been on their way in when it came.
    return (
        f"interrupted: at least {number(taken_in)} good lines are in; "
        "importing the file again takes in the rest"
    )


async def _report(sheet: roster.Sheet, path: Path) -> None:
    """Write every bad line into a CSV file, reading the spreadsheet once for it."""
    with (
        roster.whole(path, bom=True) as opened,
        roster.table(opened, ["line", "address", "reason"]) as rows,
    ):
        async for one in importing.bad_lines(sheet):
            rows.add((one.line, one.address, one.reason))


def _tell(found: Imported, *, dry_run: bool, report: Path | None) -> None:
    admitted, bad, duplicates = found.admitted, found.bad, found.duplicates
    would = "would be " if dry_run else ""
    table(
        ["subscribers", "#"],
        [
            (f"{would}added", number(admitted.added)),
            (f"{would}changed", number(admitted.changed)),
            ("unchanged", number(admitted.unchanged)),
            ("of these not to be written to, and staying so", number(admitted.suppressed)),
            *(
                [("erased at their wish, and not taken in", number(admitted.erased))]
                if admitted.erased
                else []
            ),
            ("repeated in the file", number(duplicates.count)),
            ("bad lines", number(bad.count)),
        ],
    )
    if bad.count:
        shown = bad.first[:SHOWN]
        table(
            ["#line", "address", "reason"], [(one.line, one.address, one.reason) for one in shown]
        )
        if report:
            said(f"all of them, with their reasons: {report}")
        elif bad.count > SHOWN:
            said(f"… and {number(bad.count - SHOWN)} more: see them all with --report bad.csv")
        if any("date_order_unknown" in one.codes for one in bad.first):
            said(words.ADVICE_ON_DATES)
    for one in duplicates.first[:SHOWN]:
        said(f"line {one.line}: {one.address} is on line {one.first} already")
    if duplicates.count > SHOWN:
        said(f"… and {number(duplicates.count - SHOWN)} more repeated")


def _columns(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        field, equals, heading = pair.partition("=")
        if not equals or field not in roster.HEADINGS:
            raise Invalid(
                "column_choice_unreadable",
                message="“{pair}” does not map a column",
                remedy="write FIELD=HEADING; the fields are {known}",
                pair=pair,
                known=list(roster.HEADINGS),
            )
        chosen[field] = heading
    return chosen


def _mapping(sheet: roster.Sheet) -> str:
    found = ", ".join(f"{heading} → {field}" for field, heading in sheet.columns.items())
    return found + (f"; not used: {', '.join(sheet.ignored)}" if sheet.ignored else "")


@app.command()
@run
async def export(
    association: Association,
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write; else standard output.")
    ] = None,
    on: Annotated[str | None, typer.Option("--list", "-l", help="Only this list.")] = None,
    french: Annotated[bool, typer.Option("--french", help="French headings.")] = False,
    excel: Annotated[
        bool, typer.Option("--excel", help="Semicolons and a mark that Excel needs for accents.")
    ] = False,
) -> None:
    """Write subscribers to CSV; importing it again changes nothing.

    The last column, “Do not send” or “Ne pas envoyer”, says what somebody must not be written: who
    mails from the file must leave them out. It is empty for all others, and no import reads it.
    """
    language = "fr" if french else "en"
    async with wiring.opened(home.load()) as desk:
        with (
            roster.whole(out_file, bom=excel) if out_file else nullcontext(sys.stdout) as to,
            roster.table(to, roster.heading(language), delimiter=";" if excel else ",") as rows,
        ):
            await write_subscribers(desk, association, on, rows, language)
    if out_file:
        said(f"wrote {number(rows.count)} subscribers to {out_file}")


async def write_subscribers(
    desk: Desk, association: str, on: str | None, rows: roster.CsvWriter, language: str = "en"
) -> None:
    """Write subscribers as rows, each as it is read: never all at once (P9)."""
    async with aclosing(inspecting.subscribers(desk, OPERATOR, association, on)) as people:
        async for one in people:
            rows.add(roster.as_row(importing.as_entry(one), language))


@app.command("list")
@run
async def list_(
    association: Association,
    on: Annotated[str | None, typer.Option("--list", "-l", help="Only this list.")] = None,
    member: Annotated[str | None, typer.Option(help="Part of a member's name.")] = None,
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
        host = await inspecting.association(desk, OPERATOR, association)
        async for one in inspecting.subscribers(desk, OPERATOR, association, on, member):
            total += 1
            if most is None or total <= most:
                shown.append(one)
    if json:
        people = [views.subscriber(one) for one in shown]
        as_json(views.document(total=total, subscribers=people))
        return
    if not total:
        said("no subscriber matches" if on or member else _none_yet(host, current.subscribers))
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
        said(f"{number(len(shown))} of {number(total)}; more with --limit")


def _none_yet(host: Owner, declared: Path) -> str:
    file = declared / host.key / "members.csv"
    typed = ["communique", "subscribers", "import", str(file) if file.is_file() else "FILE"]
    typed += ["--association", host.key]
    typed += [word for one in host.lists[:1] for word in ("--list", one.key)]
    return f"{host.key} has no subscribers yet: `{shlex.join(typed)}`"


@app.command()
@run
async def suppress(
    address: Annotated[str, typer.Argument(help="The address.")],
    association: Association,
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
            whom = f"{address}, whom {association} does not know yet"
        else:
            raise NotFound(
                "subscriber_unknown",
                association=association,
                address=address,
                remedy="mind its spelling, or suppress it before they are imported: --anyway",
            )
        if not yes:
            typer.confirm(f"Never write to {whom}, for {association} again?", abort=True)
        new = await consenting.suppress(desk, OPERATOR, association, address, why)
    did = "suppressed" if new else "was suppressed already"
    out.print(f"{did}: {whom}", markup=False, soft_wrap=True)


person.add_to(app)
