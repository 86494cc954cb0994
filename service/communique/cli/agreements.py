"""`communique agreements`: what associations agreed on, until when, and what rests on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from communique import declared, views, wiring
from communique.cli import completing, home, show, speech, standings, words
from communique.cli.show import Json, as_json, out, run, said, table, worded
from communique.cli.speech import _, later
from communique.desk import agreeing, inspecting
from communique.desk.agreeing import Known, Resting
from communique.domain import agreement as in_time
from communique.domain import dates
from communique.domain.actor import OPERATOR
from communique.domain.agreement import Outlook, Standing
from communique.domain.association import Agreement, Term
from communique.domain.release import Release
from communique.errors import NotAllowed, NotFound
from communique.telemetry import printable
from communique.wording import Remedy

app = typer.Typer(no_args_is_help=True, help="Agreements between associations, and their terms.")

Key = Annotated[
    str,
    typer.Argument(
        metavar="AGREEMENT", help="The agreement's key.", autocompletion=completing.agreements
    ),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY", help="Another day than today."),
]
NONE = later(
    "no agreements yet: write one into subscribers/agreements.toml, as its comments say, and take "
    "it in with `communique sync`"
)
NOTHING = later("nothing to look at: no end is near, and nothing is cut off")


@app.command("list")
@run
async def list_(on: On = None, json: Json = False) -> None:
    """Show every agreement: its parties, whether it is in force, and until when."""
    async with wiring.opened(home.load()) as desk:
        found = await agreeing.agreements(desk, OPERATOR, _day(on))
    if json:
        as_json([views.document(**_shown(one)) for one in found])
        return
    if not found:
        said(_(NONE))
        return
    table(
        ["agreement", "name", "parties", "stands", "until", "then", "#releases"],
        [
            (
                one.agreement.key,
                _name(one.agreement),
                ", ".join(one.agreement.parties),
                _standing(one.outlooks),
                _until(one),
                _then(one),
                len(one.resting),
            )
            for one in found
        ],
    )


@app.command("show")
@run
async def show_(key: Key, on: On = None, json: Json = False) -> None:
    """Tell all about one: its terms, what comes next, who may cite it, and what rests on it."""
    async with wiring.opened(home.load()) as desk:
        known = await agreeing.agreement(desk, OPERATOR, key, _day(on))
        there = await inspecting.associations(desk, OPERATOR)
    zones = {one.key: one.time_zone for one in there}
    if json:
        resting = [views.resting(one) for one in known.resting]
        letters = [views.letter(one) for one in known.letters]
        as_json(views.document(**_shown(known), releases=resting, reminders=letters))
        return
    one = known.agreement
    table(
        ["", ""],
        [
            (_("agreement"), one.key),
            *(
                (_("name ({language})", language=language), name)
                for language, name in one.names.items()
            ),
            (_("parties"), ", ".join(one.parties)),
            *((_("term"), _term(each)) for each in one.terms),
            *([(_("ended"), _("from {day} on", day=show.day(one.ended)))] if one.ended else []),
            *(
                (_("at {party}, {day}", party=party, day=show.day(each.on)), _looks(each))
                for party, each in known.outlooks.items()
            ),
            (_("may be cited by"), _("releases of none but {parties}", parties=_all(one.parties))),
        ],
    )
    out.print()
    if not known.resting:
        out.print(_("no release that is still to go cites it"))
    else:
        table(
            ["release", "state", "goes at", "cut off"],
            [
                (
                    each.release.key,
                    worded(each.release.state),
                    standings.goes_at(each.release),
                    _cut(each),
                )
                for each in known.resting
            ],
            title=_("rests on it"),
        )
    if not any(each.next for each in known.outlooks.values()) and one.ended is None:
        said(
            _(
                "if it is renewed: `communique agreements renew {key} --starts DAY --ends DAY`",
                key=key,
            )
        )
    if known.letters:
        out.print()
        table(
            ["reminder", "to", "address", "state", "because"],
            [
                (
                    show.local(each.written_at, zones.get(each.association)),
                    each.association,
                    each.address,
                    worded(each.state),
                    worded(each.reason),
                )
                for each in known.letters
            ],
        )


@app.command()
@run
async def check(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[AGREEMENT]", help="One of them.", autocompletion=completing.agreements
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say what somebody should look at: ends that are near, and releases that they cut off.

    It ends with 1 where something cannot stay as it is.
    """
    async with wiring.opened(home.load()) as desk:
        found = await agreeing.check(desk, OPERATOR, key)
        known = bool(await agreeing.agreements(desk, OPERATOR))
    if json:
        as_json([views.document(**views.finding(one, words.advice)) for one in found])
    else:
        for one in found:
            mark = "!" if one.ok else "✗"
            out.print(printable(f"{mark} {words.told(one.problem)}"), markup=False, soft_wrap=True)
        if not found:
            said(_(NOTHING) if known else _(NONE))
    if not all(one.ok for one in found):
        raise typer.Exit(1)


@app.command()
def renew(
    key: Key,
    starts: Annotated[
        str,
        typer.Option(metavar="DAY", help="First day of the new term."),
    ],
    ends: Annotated[str, typer.Option(metavar="DAY", help="Its last day.")],
    folder: Annotated[
        Path | None,
        typer.Option("--release", help="Where the release begins; else in `releases/`."),
    ] = None,
    gap: Annotated[
        bool, typer.Option("--gap", help="Days without a term, before the new one, are meant.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference; write nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Write a further term into `subscribers/agreements.toml`, and begin its announcement.

    The file stays as it is, comments and all, but for the new lines. The release that announces it
    is a folder with the facts filled in; what they mean is for you to write.
    """
    from communique.declared import renewing, transcript

    current = home.load()
    roll = declared.load(current.subscribers)
    agreement = next((one for one in roll.agreements if one.key == key), None)
    if agreement is None:
        raise NotFound("agreement_unknown", agreement=key)
    term = Term(dates.read(starts), dates.read(ends))
    in_time.require_appended(agreement, term, gap=gap)
    folder = folder or current.home / "releases" / f"{key}-{term.starts.year}"
    associations = {one.key: one for one in roll.associations}
    parties = [associations[one] for one in agreement.parties]
    release = renewing.announcing(agreement, term, parties, folder.name)
    renewal = renewing.Renewal(current.subscribers, key, term)
    written: list[Path] = []
    if not dry_run:
        # First: it says if it cannot be.
        written = transcript.write(
            release, folder, current.templates, speech.remarked, speech.language()
        )
        try:
            renewal.keep()
        except BaseException:
            transcript.unwrite(written)
            raise
    if json:
        as_json(
            views.document(
                dry_run=dry_run,
                agreement=key,
                term=views.term(term),
                file=str(renewal.file),
                difference=list(renewal.difference),
                release=str(folder),
                files=[str(one) for one in written],
            )
        )
        return
    for line in renewal.difference:
        out.print(printable(line), markup=False, soft_wrap=True)
    if dry_run:
        said(_("a dry run: nothing was changed"))
        return
    for path in (renewal.file, *written):
        show.wrote(path)
    said(_("next: `communique sync` takes the term in"))
    said(
        _(
            "then: write what it means, `communique release import {folder}`, and "
            "`communique release submit {release}`",
            folder=quote(str(show.near(folder))),
            release=release.key,
        )
    )


async def meant(schedule: Callable[..., Awaitable[Release]], *, yes: bool, ask: bool) -> Release:
    """Set an hour; one at which no term runs only if a person says that they mean it."""
    try:
        return await schedule(beyond_term=yes)
    except NotAllowed as error:
        if error.remedy is not Remedy.SAY_BEYOND_TERM or not ask:
            raise
        show.ask(_("{problem}. Set this hour all the same?", problem=words.message(error)))
        return await schedule(beyond_term=True)


def _day(on: str | None) -> date | None:
    return dates.read(on) if on else None


def _shown(one: Known) -> views.View:
    return {
        "agreement": views.agreement(one.agreement),
        "standing": views.outlooks(one.outlooks),
    }


def _name(one: Agreement) -> str:
    return one.names.get(speech.language()) or next(iter(one.names.values()), one.key)


def _term(one: Term) -> str:
    return f"{show.day(one.starts)} – {show.day(one.ends)}"


def _all(parties: Sequence[str]) -> str:
    *before, last = parties
    return _("{before} and {last}", before=", ".join(before), last=last) if before else last


def _standing(outlooks: Mapping[str, Outlook]) -> str:
    """Once, where it is alike for all; it may be another day already where one of them is."""
    alike = {one.standing for one in outlooks.values()}
    if len(alike) == 1:
        return worded(alike.pop())
    return ", ".join(
        _("{state} at {key}", state=worded(one.standing), key=key) for key, one in outlooks.items()
    )


def _until(known: Known) -> str:
    found = {one.time.ends for one in known.outlooks.values() if one.time}
    return ", ".join(map(str, map(show.day, sorted(found)))) or "—"


def _then(known: Known) -> str:
    found = {_term(one.next) for one in known.outlooks.values() if one.next}
    return ", ".join(sorted(found)) or "—"


def _looks(one: Outlook) -> str:
    stands = worded(one.standing)
    parts = [stands]
    if one.time and one.standing is Standing.IN_FORCE:
        parts.append(_("until {day}, both days included", day=show.day(one.time.ends)))
    if one.next:
        parts.append(_("then {term}", term=_term(one.next)))
    elif one.standing is Standing.IN_FORCE:
        parts.append(_("and no term follows"))
    return ", ".join(parts)


def _cut(one: Resting) -> str:
    if one.release.schedule is None and not one.cut_off:
        return _("has no hour yet")
    return (
        ", ".join(
            _("at {key}: not in force on {day}", key=key, day=show.day(day))
            for key, day in one.cut_off.items()
        )
        or "—"
    )
