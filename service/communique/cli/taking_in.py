"""`communique subscribers import`: a spreadsheet taken in, and all that there is to tell of it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from communique import roster, views, wiring
from communique.cli import PARTLY, completing, home, words
from communique.cli.show import Json, as_json, bar, number, run, said, table, warned
from communique.desk import importing
from communique.desk.importing import Choices, Imported, Some
from communique.domain.actor import OPERATOR
from communique.domain.finding import Finding, Kind
from communique.domain.member import Difference
from communique.domain.merging import Doubt
from communique.errors import Invalid, NotAllowed

SHOWN = 20  # of each kind of finding, on a terminal

Association = Annotated[
    str,
    typer.Option(
        "--association",
        "-a",
        help="Whose people: the association's key.",
        autocompletion=completing.associations,
    ),
]


@run
async def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="A spreadsheet: CSV as any program saves it, XLSX or ODS.",
            exists=True,
            dir_okay=False,
        ),
    ],
    association: Association,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            "-l",
            help="List to put them on; repeat for several.",
            autocompletion=completing.lists,
        ),
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
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="A column to leave out, by its heading; repeat for several."),
    ] = None,
    clear: Annotated[
        list[str] | None,
        typer.Option(
            "--clear",
            help="A field whose empty cells mean that there is none (`role`, `until`); elsewhere "
            "an empty cell changes nothing.",
        ),
    ] = None,
    company: Annotated[
        str, typer.Option("--company", help="The company of somebody new whose line names none.")
    ] = "",
    own_name: Annotated[
        bool,
        typer.Option("--own-name", help="Somebody new whose line names no company is one alone."),
    ] = False,
    revive: Annotated[
        bool,
        typer.Option(
            "--revive", help="Let consent that has lapsed hold again where this file says so."
        ),
    ] = False,
    sheet: Annotated[
        str | None, typer.Option(help="Which sheet of a workbook, by its name or number.")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="What the letters of a CSV are written in, such as windows-1252."),
    ] = None,
    dates: Annotated[
        roster.DayOrder | None, typer.Option(help="How the file writes dates such as 03/06/2024.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write all there is to tell into this CSV file, the bad lines first."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Take in a spreadsheet. Bad lines are reported by number, and no good line is lost.

    Columns are found by their headings, in French or English; what the file does not say stays as
    it is. Importing it again changes nothing. Nobody who unsubscribed or is suppressed becomes
    writable by it, and nobody whose consent has lapsed, unless you say so.
    Exit status 3 means that some lines were bad, or contradict each other.
    """
    if report and report.exists() and report.samefile(file):
        raise NotAllowed(
            "report_over_spreadsheet",
            file=report,
            message="the report would take the place of the spreadsheet itself",
            remedy="name another file after --report",
        )
    if company and own_name:
        raise Invalid(
            "company_chosen_twice",
            message="--company and --own-name say different things",
            remedy="give one of them",
        )
    async with wiring.opened(home.load()) as desk:
        wanted = await importing.wanted(desk, OPERATOR, association, to or [])
        host = wanted.association
        reading = roster.Reading(
            languages=host.languages,
            default_language=host.language,
            list_keys=[one.key for one in host.lists],
            today=wanted.today,
            columns=_columns(column or []),
            ignored=ignore or (),
            dates=dates,
            encoding=encoding,
            sheet=sheet,
            clear=_fields(clear or []),
        )
        with wiring.spreadsheet(file, reading) as lines:
            with bar(disable=json) as progress:  # opening a workbook takes seconds
                progress.add_task(f"opening {file.name}", total=None)
                layout = await asyncio.to_thread(lines.open)
            if not json:
                _show(file, layout)
            with _reported(report) as rows, bar(disable=json) as progress:
                reader = progress.add_task("reading", total=layout.size)
                taking = progress.add_task("taking in", total=None)
                so_far = Imported()

                def on(found: Imported) -> None:
                    nonlocal so_far
                    so_far = found
                    progress.update(reader, completed=lines.position)
                    progress.update(taking, total=found.good, completed=found.done)

                try:
                    found = await importing.import_lines(
                        desk,
                        OPERATOR,
                        association,
                        wanted.lists,
                        lines,
                        f"import of {file.name}",
                        Choices(revive, company, own_name),
                        dry_run=dry_run,
                        findings=lambda one: _add(rows, one),
                        progress=on,
                    )
                except BaseException:  # Ctrl-C, a full disk, a database that is locked
                    said(_broken_off(so_far, dry_run=dry_run))
                    raise
                progress.update(reader, completed=layout.size)
                progress.update(taking, total=found.done or None, completed=found.done)
    if json:
        as_json(views.document(dry_run=dry_run, **views.imported(found)))
    else:
        _tell(found, dry_run=dry_run, revive=revive, report=report)
    if found.bad.count or found.doubts.count:
        raise typer.Exit(PARTLY)


def _broken_off(found: Imported, *, dry_run: bool) -> str:
    """How many lines are in, whatever an import ended by."""
    if dry_run or not found.done:
        return "broken off: nobody was taken in"
    return (
        f"broken off: {number(found.done)} of {number(found.good)} good lines are in; "
        "importing the file again takes in the rest, and changes nothing twice"
    )


@contextmanager
def _reported(path: Path | None) -> Iterator[roster.CsvWriter | None]:
    """The report; begun first, so that nothing is imported if it cannot be written."""
    if path is None:
        yield None
        return
    heading = ["line", "address", "reason", "kind", "field", "old", "new"]
    with roster.whole(path, bom=True) as opened, roster.table(opened, heading) as rows:
        yield rows


def _add(rows: roster.CsvWriter | None, one: Finding) -> None:
    if rows:
        old = "" if one.kind is Kind.REPEATED else one.old
        reason = f"is on line {one.old} already" if one.kind is Kind.REPEATED else one.reason
        rows.add((one.line or None, one.whom, reason, one.kind.value, one.field, old, one.new))


def _tell(found: Imported, *, dry_run: bool, revive: bool, report: Path | None) -> None:
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
            ("of these lapsed, and staying so", number(admitted.lapsed)),
            ("said no elsewhere", number(found.refusals.count)),
            ("repeated in the file", number(duplicates.count)),
            ("contradictions", number(found.doubts.count)),
            ("bad lines", number(bad.count)),
        ],
    )
    if dry_run and found.differences.count:
        table(
            ["address or company", "field", "old", "new"],
            [(one.whom, one.field, one.old, one.new) for one in found.differences.first[:SHOWN]],
        )
        _more(found.differences, "changes", report)
    if bad.count:
        table(
            ["#line", "address", "reason"],
            [(one.line, one.address, one.reason) for one in bad.first[:SHOWN]],
        )
        if report:
            said(f"all of them, with their reasons: {report}")
        elif bad.count > SHOWN:
            _more(bad, "bad lines", None)
        if any("date_order_unknown" in one.codes for one in bad.first):
            said(words.ADVICE_ON_DATES)
    if found.refusals.count:
        _tell_refusals(found, report)
    for doubt in found.doubts.first[:SHOWN]:
        said(_contradiction(doubt))
    _more(found.doubts, "contradictions", report)
    for one in duplicates.first[:SHOWN]:
        said(f"line {one.line}: {one.address} is on line {one.first} already")
    _more(duplicates, "repeated", report)
    if found.revived.count:
        _tell_revived(found.revived, dry_run=dry_run, revive=revive, report=report)


def _tell_revived(
    revived: Some[Difference], *, dry_run: bool, revive: bool, report: Path | None
) -> None:
    """Said louder than all else: whom this makes writable again, or would if it were asked for."""
    if revive:
        does = "would hold again" if dry_run else "holds again"
        warned([f"consent that had lapsed {does}, since you said --revive:"])
    else:
        why = "this would make consent that has lapsed hold again, so it was left as it is"
        warned([f"{why}; --revive lets it:"])
    for one in revived.first[:SHOWN]:
        said(f"  {one.whom}: {one.field}: {one.old or 'none'} → {one.new or 'none'}")
    _more(revived, "of these", report)


def _tell_refusals(found: Imported, report: Path | None) -> None:
    """Say who said no elsewhere, by which column, and that nobody else may be in the file."""
    if found.refusals.count == found.good:
        warned(["everybody in this file said no elsewhere: nobody becomes writable by it"])
    for one in found.refusals.first[:SHOWN]:
        said(f"line {one.line}: {one.address} said no ({one.said})")
    _more(found.refusals, "who said no", report)


def _contradiction(one: Doubt) -> str:
    return f"{one.whom}: its lines differ in “{one.field}”: {one.told}; “{one.holds}” holds"


def _more(some: Some[importing.Found], what: str, report: Path | None) -> None:
    if some.count > SHOWN:
        where = f"in {report}" if report else "see them all with --report FILE.csv"
        said(f"… and {number(some.count - SHOWN)} more {what}: {where}")


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


def _fields(names: list[str]) -> list[str]:
    for name in names:
        if name not in roster.CLEARABLE:
            raise Invalid(
                "clear_unreadable",
                message="“{field}” is no field that an empty cell can clear",
                remedy="the fields are {known}",
                field=name,
                known=list(roster.CLEARABLE),
            )
    return names


def _show(file: Path, layout: roster.Layout) -> None:
    """What the file is taken for: before any of it is taken in (P11)."""
    found = ", ".join(f"{heading} → {field}" for field, heading in layout.columns.items())
    if layout.noes:
        found += f"; who said no: {', '.join(layout.noes)}"
    unused = f"; not used: {', '.join(layout.ignored)}" if layout.ignored else ""
    said(f"{file.name}: {layout.form}; {found}{unused}")
    if layout.samples:
        said(f"  its accents are read like this: {', '.join(layout.samples)}")
    if layout.line > 1:
        said(f"  its headings stand on line {layout.line}")
    if layout.others:
        names = ", ".join(f"“{one}”" for one in layout.others)
        said(f"  not read: the sheets {names}; name another with --sheet")
    for field, choices in layout.doubts.items():
        options = " or ".join(f"--column {shlex.quote(one)}" for one in choices)
        said(f"  not used, since several columns could be `{field}`: say which with {options}")
