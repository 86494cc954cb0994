"""`communique subscribers import`: a spreadsheet taken in, and all that there is to tell of it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from communique import roster, views, wiring
from communique.cli import completing, findings, home, show
from communique.cli.exits import PARTLY
from communique.cli.person import Whose
from communique.cli.show import Json, as_json, bar, err, run, said
from communique.cli.speech import _, later, number
from communique.desk import importing, intending
from communique.desk.importing import Choices
from communique.domain.actor import OPERATOR
from communique.domain.imported import Imported
from communique.domain.member import OtherName
from communique.errors import Invalid, NotAllowed


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
    association: Whose,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            "-l",
            help="List to put them on, if their line names none; repeat for several. An export of "
            "ours says it of everybody.",
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
            "--revive",
            help="Let consent that lapsed hold again, or longer, where the file says so.",
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
    other_name: Annotated[
        OtherName | None,
        typer.Option(
            help="Who it is that has quite another name at a known address: the `same` person, or "
            "the `next` one to have it, who begins anew; else such lines are held back.",
        ),
    ] = None,
    match: Annotated[
        bool,
        typer.Option(
            "--match", help="Make the list match the file: who is on it and not in the file leaves."
        ),
    ] = False,
    at_most: Annotated[
        int | None,
        typer.Option(help="How many may leave a list by --match; else a third of it.", min=0),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write all there is to tell into this CSV file, the bad lines first."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            "-y",
            help="Ask nothing: neither where lines contradict each other or somebody may have "
            "moved, nor before people leave a list, or a report is replaced.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Take in a spreadsheet. Bad lines are reported by number, and no good line is lost.

    Columns are found by their headings, in French or English; what the file does not say stays as
    it is. Importing it again changes nothing. Nobody who unsubscribed or is suppressed becomes
    writable by it, and nobody whose consent has lapsed, unless you say so.
    With --match the list becomes what the file says. Whoever leaves by it said no no: a later file
    may put them there again.
    Exit status 3 means that some lines were bad, or contradict each other.
    """
    if report and report.exists() and report.samefile(file):
        raise NotAllowed(
            "report_over_spreadsheet",
            file=report,
            message="the report would take the place of the spreadsheet itself",
            remedy="name another file after --report",
        )
    if report and report.is_file() and not yes:
        show.ask(_("Replace {file}, which is there already?", file=report))
    if company and own_name:
        raise Invalid(
            "company_chosen_twice",
            message="--company and --own-name say different things",
            remedy="give one of them",
        )
    if at_most is not None and not match:
        raise Invalid(
            "at_most_without_match",
            message="nobody leaves a list but by --match",
            remedy="add --match, or leave --at-most away",
        )
    async with wiring.opened(home.load()) as desk:
        wanted = await intending.wanted(desk, OPERATOR, association, to or [])
        reading = roster.Reading(
            languages=wanted.association.languages,
            default_language=wanted.association.language,
            list_keys=[one.key for one in wanted.association.lists],
            today=wanted.today,
            columns=_columns(column or []),
            remembered=wanted.association.columns,
            ignored=ignore or (),
            dates=dates,
            encoding=encoding,
            sheet=sheet,
            clear=_fields(clear or []),
        )
        quiet = json or not err.is_terminal  # nobody looks on, and what is said stands by itself
        with wiring.spreadsheet(file, reading) as lines:
            with bar(disable=quiet) as progress:  # opening a workbook takes seconds
                progress.add_task(_("opening {name}", name=file.name), total=None)
                layout = await asyncio.to_thread(lines.open)
            onto = intending.onto(wanted, said=layout.exported and not match)
            if not json:
                _show(file, layout)
            with findings.reported(report) as rows, bar(disable=quiet) as progress:
                reader = progress.add_task(_("reading"), total=layout.size)
                taking = progress.add_task(_("taking in"), total=None)
                so_far, foresee = Imported(), not dry_run and not yes

                def on(found: Imported) -> None:
                    nonlocal so_far
                    so_far = found
                    progress.update(reader, completed=lines.position)
                    progress.update(taking, total=found.good, completed=found.done)

                def foreseen(found: Imported) -> None:
                    progress.stop()
                    findings.before(found, association, report, dry_run=dry_run, ask=foresee)
                    progress.start()

                try:
                    found = await importing.import_lines(
                        desk,
                        OPERATOR,
                        association,
                        onto,
                        lines.plain(),
                        f"import of {file.name}",
                        Choices(revive, company, own_name, match, other_name, at_most, foresee),
                        dry_run=dry_run,
                        findings=lambda one: findings.add(rows, one),
                        foreseen=foreseen,
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
        _tell(found, layout, dry_run=dry_run, revive=revive, report=report, told=foresee)
    if found.bad.count or found.doubts.count:
        raise typer.Exit(PARTLY)


def _broken_off(found: Imported, *, dry_run: bool) -> str:
    """How many lines are in, whatever an import ended by."""
    if dry_run or not found.done:
        return _("broken off: nobody was taken in")
    return _(
        "broken off: {done} of {good} good lines are in; importing the file again "
        "takes in the rest, and changes nothing twice",
        done=number(found.done),
        good=number(found.good),
    )


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


NAMED = 20  # columns that are not used, by name
# What a spreadsheet was saved as, part by part.
FORMS = (later("comma"), later("semicolon"), later("tab"), later("bar"))


def _formed(form: str) -> str:
    """What it was saved as: encoding and delimiter, or a workbook and its sheet."""
    kind, sheet, name = form.partition(", sheet ")
    said = ", ".join(map(_, kind.split(", ")))
    return f"{said}, {_('sheet {name}', name=name)}" if sheet else said


def _tell(
    found: Imported,
    layout: roster.Layout,
    *,
    dry_run: bool,
    revive: bool,
    report: Path | None,
    told: bool,
) -> None:
    """What came of it; and where lines lack whose people they are, which option would say so."""
    findings.tell(found, dry_run=dry_run, revive=revive, report=report, told=told)
    if layout.ignored and any("company_missing" in one.codes for one in found.bad.first):
        said(
            _(
                "if one of these is the member’s, say so: --column member=HEADING ({headings})",
                headings=_some(layout.ignored),
            )
        )


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many there are: a spreadsheet can have ten thousand columns."""
    first = ", ".join(names[:NAMED])
    many = len(names) > NAMED
    return _("{names}, … ({count} in all)", names=first, count=len(names)) if many else first


def _show(file: Path, layout: roster.Layout) -> None:
    """What the file is taken for: before any of it is taken in (P11)."""
    found = ", ".join(f"{heading} → {field}" for field, heading in layout.columns.items())
    if layout.noes:
        found += _("; who said no: {noes}", noes=", ".join(layout.noes))
    if layout.remembered:
        found += _(
            "; as association.toml declares it: {remembered}",
            remembered=", ".join(layout.remembered),
        )
    unused = _("; not used: {ignored}", ignored=_some(layout.ignored)) if layout.ignored else ""
    said(show.labelled(file.name, f"{_formed(layout.form)}; {found}{unused}"))
    if layout.samples:
        said(_("  its accents are read like this: {samples}", samples=", ".join(layout.samples)))
    if layout.line > 1:
        said(_("  its headings stand on line {line}", line=layout.line))
    if layout.others:
        names = ", ".join(_("“{name}”", name=one) for one in layout.others)
        said(_("  not read: the sheets {names}; name another with --sheet", names=names))
    if layout.persons:
        said(
            _(
                "  nobody is known by a number of their own ({headings}): who has another address "
                "now is somebody new, unless `communique subscribers move` says so before",
                headings=", ".join(layout.persons),
            )
        )
    for field, choices in layout.doubts.items():
        options = _(" or ").join(f"--column {shlex.quote(one)}" for one in choices)
        said(
            _(
                "  not used, since several columns could be `{field}`: say which with {options}",
                field=field,
                options=options,
            )
        )
