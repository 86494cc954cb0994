"""`communique log`: who got it, who did not, why, and what is still on its way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, TextIO
from zoneinfo import ZoneInfo

import typer

from communique import views, wiring
from communique.cli import completing, home, show
from communique.cli.show import Json, as_json, complete, local, out, run, said, table, worded
from communique.cli.speech import _, later, number
from communique.desk import Desk, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.address import domain_name, parse
from communique.domain.delivery import DeliveryState, SkipReason
from communique.domain.log import Line, LogFilter
from communique.domain.text import folded
from communique.errors import Invalid
from communique.telemetry import printable

app = typer.Typer(help="The delivery log.", invoke_without_command=True)

POLL = 0.5  # seconds between looks when following


@app.callback()
def log(
    context: typer.Context,
    release: Annotated[
        str | None,
        typer.Option(
            "--release", "-r", help="A release's key.", autocompletion=completing.releases
        ),
    ] = None,
    association: Annotated[
        str | None,
        typer.Option(
            "--association",
            "-a",
            help="An association's key.",
            autocompletion=completing.associations,
        ),
    ] = None,
    state: Annotated[
        DeliveryState | None, typer.Option("--state", "-s", help="Where deliveries stand.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="The recipients' domain, and those below it.")
    ] = None,
    member: Annotated[str | None, typer.Option(help="Part of a member's name.")] = None,
    name: Annotated[str | None, typer.Option(help="Part of a recipient's name.")] = None,
    address: Annotated[str | None, typer.Option(help="One recipient.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Part of why: `unsubscribed`, `5.1.1`, `mailbox full`.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="From this hour on: `2027-06-03 09:00`, by the association's clock."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before this hour.")] = None,
    copies: Annotated[
        bool, typer.Option("--copies", help="Only what may have been received twice.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Lines to show on a terminal.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show new attempts as they come; Ctrl-C ends.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="All lines as CSV.")] = False,
    excel: Annotated[
        bool,
        typer.Option("--excel", help="All lines as CSV with semicolons, and the mark Excel needs."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="All lines, one JSON object each.")] = False,
) -> None:
    """Deliveries by filter, with sums that add up. `communique log show N` tells all about one."""
    if context.invoked_subcommand:
        return
    csv = csv or excel
    if csv and json:
        raise typer.BadParameter(_("choose --csv or --json"))
    if csv and follow:
        raise typer.BadParameter(
            _("--follow shows lines as they come: with --json, not with --csv")
        )
    only = LogFilter(
        release,
        association,
        state,
        domain_name(f"all.{domain.lstrip('@.')}").removeprefix("all.") if domain else None,
        member,
        str(parse(address)) if address else None,
        copies=copies,
        name=name,
        reason=reason,
        reasons=_kept_as(reason) if reason else (),
    )
    hours = Hours(_hour(since), _hour(until))
    if follow:
        call = _follow(only, hours, as_json_lines=json)
    else:
        call = _show(only, hours, limit, csv=csv, excel=excel, json=json)
    try:
        complete(call)
    except KeyboardInterrupt:
        if not follow:  # what was written is not all there is
            raise
        raise typer.Exit from None


def _kept_as(reason: str) -> tuple[str, ...]:
    """The reasons, as they are kept, that this is part of as either language tells them."""
    from communique.wording.french.states import STATES

    part = folded(reason)
    return tuple(one.value for one in SkipReason if part in folded(STATES[one.value]))


class Hours(NamedTuple):
    """From when and until when, as it was typed: in no zone, unless it says its offset."""

    since: datetime | None
    until: datetime | None

    def within(self, only: LogFilter, zone: str | None) -> LogFilter:
        """The filter with these as instants: hours in `zone`, else in this machine's."""
        return replace(only, since=_instant(self.since, zone), until=_instant(self.until, zone))


def _hour(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(
            "hour_unreadable", text=text, remedy="write it like “2027-06-03 09:00”"
        ) from error


def _instant(hour: datetime | None, zone: str | None) -> datetime | None:
    if hour is None or hour.tzinfo or zone is None:
        return hour.astimezone(UTC) if hour else None
    return hour.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def _zones(desk: Desk) -> dict[str, str]:
    """The time zone of each association, in which its lines tell their times."""
    return {one.key: one.time_zone for one in await inspecting.associations(desk, OPERATOR)}


async def _within(desk: Desk, only: LogFilter, hours: Hours, zones: Mapping[str, str]) -> LogFilter:
    if hours == (None, None):
        return only
    return hours.within(only, await _typed_in(desk, only, zones))


async def _typed_in(desk: Desk, only: LogFilter, zones: Mapping[str, str]) -> str | None:
    """The zone that hours are typed in: the association's, the release's, or that of them all."""
    if only.association:
        return zones.get(only.association)
    if only.release:
        release = (await inspecting.standing(desk, OPERATOR, only.release)).release
        return release.schedule.zone if release.schedule else zones.get(release.parties[0])
    same = set(zones.values())
    return same.pop() if len(same) == 1 else None


async def _show(
    only: LogFilter, hours: Hours, limit: int, *, csv: bool, excel: bool, json: bool
) -> None:
    async with wiring.opened(home.load()) as desk:
        zones = await _zones(desk)
        only = await _within(desk, only, hours, zones)
        if csv:
            await write_log(desk, only, sys.stdout, excel=excel)
            return
        if json:
            async with aclosing(inspecting.lines(desk, OPERATOR, only)) as lines:
                async for one in lines:
                    show.as_line(views.document(**views.line(one)))
            return
        shown = [one async for one in inspecting.lines(desk, OPERATOR, only, limit + 1)]
        if not shown:
            said(_("no delivery matches") if only != LogFilter() else _(_EMPTY))
            return
        _table(shown[:limit], zones, of_many=not only.release)
        if len(shown) > limit:
            said(
                _(
                    "the first {limit}; more with --limit, all with --csv or --json",
                    limit=number(limit),
                )
            )
        if only.release:
            standing = await inspecting.standing(desk, OPERATOR, only.release)
            out.print()
            show.summary(
                standing.summary,
                title=show.labelled(only.release, worded(standing.release.state)),
                release="" if only.copies else only.release,
            )


async def write_log(desk: Desk, only: LogFilter, to: TextIO, *, excel: bool = False) -> None:
    """Write all lines as CSV, some as they are read: never all at once (P9)."""
    zones = await _zones(desk)
    await inspecting.require(desk, OPERATOR, only)  # or a mark would stand before an error
    async with (
        aclosing(inspecting.lines(desk, OPERATOR, only)) as lines,
        aclosing(views.log_table(lines, zones, excel=excel)) as pieces,
    ):
        async for piece in pieces:
            to.write(piece)


_EMPTY = later(
    "nothing has been sent yet: the log begins when `communique serve` picks a release up"
)


def _table(lines: list[Line], zones: Mapping[str, str], *, of_many: bool) -> None:
    table(
        ["#no", "when", *["release"] * of_many, "address", "member", "state", "reply or reason"],
        [
            (
                one.delivery_id,
                local(one.at, zones[one.association]),
                *[one.release] * of_many,
                show.address(one.address),
                one.member,
                one.state,
                _said(one),
            )
            for one in lines
        ],
    )


def _said(line: Line) -> str:
    reply = f"{line.code} {line.reply}" if line.code else line.reply
    return reply if line.state is DeliveryState.SENT else worded(line.reason) or reply


async def _follow(only: LogFilter, hours: Hours, *, as_json_lines: bool) -> None:
    async with wiring.opened(home.load()) as desk:
        zones = await _zones(desk)
        only = await _within(desk, only, hours, zones)
        await inspecting.require(desk, OPERATOR, only)
        newest = await inspecting.newest(desk, OPERATOR)
        said(_("following the log; Ctrl-C ends"))
        async for line in _coming(desk, only, newest):
            if as_json_lines:
                show.as_line(views.document(**views.line(line)))
            else:
                said_ = printable(_said(line))
                at = local(line.at, zones[line.association])
                out.print(
                    f"{at}  {worded(line.state):<8}  {show.address(line.address)}  {said_}",
                    markup=False,
                    soft_wrap=True,
                )


async def _coming(desk: Desk, only: LogFilter, last: int) -> AsyncIterator[Line]:
    while True:
        for number_, line in await inspecting.since(desk, OPERATOR, last, only):
            last = number_
            yield line
        await asyncio.sleep(POLL)


@app.command("show")
@run
async def show_(
    delivery: Annotated[int, typer.Argument(help="The delivery's number in the log.")],
    json: Json = False,
) -> None:
    """Tell all about one delivery: every attempt, reply and time."""
    async with wiring.opened(home.load()) as desk:
        line, attempts = await inspecting.delivery(desk, OPERATOR, delivery)
        zone = (await inspecting.association(desk, OPERATOR, line.association)).time_zone
    if json:
        made = [views.attempt(one) for one in attempts]
        as_json(views.document(delivery=views.line(line), attempts=made))
        return
    table(
        ["", ""],
        [
            (_("delivery"), line.delivery_id),
            (_("release"), line.release),
            (_("to"), f"{line.name} <{show.address(line.address)}>"),
            (_("member"), f"{line.member} ({line.association})"),
            (_("language"), line.language),
            (_("state"), line.state),
            *([(_("because"), worded(line.reason))] if line.reason else []),
            *([(_("next try"), local(line.due_at, zone))] if line.due_at else []),
        ],
    )
    out.print()
    if not attempts:
        out.print(_("no attempt was made"))
        return
    table(
        ["#no", "started", "#seconds", "through", "outcome", "concerns", "reply"],
        [
            (
                one.number,
                local(one.started_at, zone),
                show.decimal(one.seconds),
                one.transport,
                one.outcome,
                one.scope,
                " ".join(str(part) for part in (one.code, one.enhanced, one.reply) if part),
            )
            for one in attempts
        ],
    )


@app.command("summary")
@run
async def summary(
    release: Annotated[
        str,
        typer.Argument(
            metavar="RELEASE", help="The release's key.", autocompletion=completing.releases
        ),
    ],
    json: Json = False,
) -> None:
    """Sums for one release and for each association; they add up to the snapshot."""
    async with wiring.opened(home.load()) as desk:
        standing = await inspecting.standing(desk, OPERATOR, release)
    if json:
        sums = views.summaries(standing.by_association)
        as_json(views.document(summary=views.summary(standing.summary), associations=sums))
        return
    show.summary(
        standing.summary,
        title=show.labelled(release, worded(standing.release.state)),
        release=release,
    )
    for key, one in standing.by_association.items():
        out.print()
        show.summary(one, title=key)
