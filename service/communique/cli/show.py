"""How the command line shows things: tables for people, JSON for scripts, bars for the patient.

Results go to standard output; messages and bars to standard error, so that pipes stay clean.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from communique.domain.address import parse
from communique.domain.delivery import GAVE_UP, DeliveryState
from communique.domain.log import Summary
from communique.domain.outcome import Accepted, Answer, NotTried
from communique.domain.release import Release
from communique.errors import Invalid
from communique.telemetry import printable

if TYPE_CHECKING:  # what a command needs that shows a table or a bar is loaded when it does
    from rich.progress import Progress
    from rich.text import Text

    from communique.views import View

P = ParamSpec("P")
R = TypeVar("R")


class _Terminal(Console):
    """The last that sees a text: what came past `printable` ends here, whoever printed it."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str("\n".join(map(printable, text.split("\n"))), **options)


class _Results(_Terminal):
    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - `complete` knows what it means; rich would end with 1


out = _Results(highlight=False)
err = _Terminal(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

LEGIBLE = 10  # columns of a terminal: what is folded to fewer can hardly be read

STYLES = {
    "sent": "green",
    "failed": "red",
    "unknown": "magenta",
    "deferred": "yellow",
    "sending": "cyan",
    "paused": "yellow",
    "missed": "red",
    "cancelled": "dim",
    "skipped": "dim",
    "approved": "green",
}


def run(command: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """Let Typer call an async function."""

    @functools.wraps(command)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return complete(command(*args, **kwargs))

    return call


def complete(work: Coroutine[Any, Any, R]) -> R:
    """Run it to its end. A reader that has had enough (`communique log | head`) ends it too."""
    try:
        result = asyncio.run(work)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is buffered
        raise typer.Exit from None
    return result


def as_json(shown: View | list[View]) -> None:
    """Print what a program is shown, in one piece."""
    typer.echo(in_json(shown, indent=2))


def as_line(shown: View) -> None:
    """Print what a program is shown, as one line of many."""
    typer.echo(in_json(shown))


def in_json(shown: object, indent: int | None = None) -> str:
    """JSON that a person may look at as well: what is not printable stands in it as an escape."""
    text = json.dumps(shown, ensure_ascii=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def said(message: str) -> None:
    """Tell a person what happened."""
    err.print(
        printable(message), markup=False, soft_wrap=True
    )  # a command in it can be pasted whole


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table for people. Columns that start with `#` hold numbers. No cell is ever cut off.

    An address stays in one piece, to be copied or searched for; in a pipe or a file, every row is
    one line. Where that is wider than the terminal, its lines go on below rather than lose a cell.
    """
    from rich.measure import Measurement
    from rich.table import Table

    shown = Table(
        title=title or None,
        title_justify="left",
        box=None,
        pad_edge=False,
        show_header=any(columns),
    )
    texts = [["" if one is None else printable(str(one)) for one in row] for row in rows]
    for position, column in enumerate(columns):
        right, name = column.startswith("#"), column.removeprefix("#")
        widest = max(cell_len(text) for text in [name, *(row[position] for row in texts)])
        shown.add_column(
            name,
            justify="right" if right else "left",
            overflow="fold",
            header_style="bold",
            no_wrap=right or name == "address",
            min_width=widest if name == "address" else min(widest, LEGIBLE),
        )
    for row in texts:
        shown.add_row(*map(_styled, row))
    if not out.is_terminal:
        unbounded = out.options.update(max_width=sys.maxsize)
        shown.width = Measurement.get(out, unbounded, shown).maximum
    out.print(shown, crop=False)


def _styled(text: str) -> str:
    style = STYLES.get(text)
    return f"[{style}]{text}[/]" if style else escape(text)


def local(instant: datetime | None, zone: str | None = None) -> str:
    """An instant as people read it, with its zone: its association's, or this machine's where it is
    nobody's.
    """
    if instant is None:
        return "—"
    there = instant.astimezone(ZoneInfo(zone)) if zone else instant.astimezone()
    return f"{there:%Y-%m-%d %H:%M:%S} {there.tzname()}"


def number(count: int) -> str:
    """A count, in groups of three."""
    return f"{count:,}"


def worded(text: str) -> str:
    """A state or a reason as people say it: `in review`, `gave up: mailbox full`."""
    if text.startswith(GAVE_UP):
        return f"gave up: {worded(text.removeprefix(GAVE_UP))}"
    return text.replace("_", " ") if re.fullmatch(r"[a-z_]+", text) else text


def reasons(left_out: Mapping[str, int]) -> str:
    """Why how many are left out: `21 unsubscribed, 3 filtered`."""
    return ", ".join(f"{number(count)} {worded(reason)}" for reason, count in left_out.items())


def warned(warnings: Iterable[str]) -> None:
    """Tell a person what they should look at twice."""
    for warning in warnings:
        err.print(printable(f"warning: {warning}"), style="yellow", markup=False, soft_wrap=True)


def summary(one: Summary, *, title: str = "", release: str = "") -> None:
    """Counts by state, and the sum: what P1 promises, shown."""
    rows: list[Sequence[object]] = [
        (state.value, number(one.states.get(state, 0)))
        for state in DeliveryState
        if one.states.get(state)
    ]
    rows.append(("snapshot", number(one.snapshot)))
    table(["state", "#deliveries"], rows, title=title)
    if one.skipped:
        out.print(f"left out: {reasons(one.skipped)}")
    if one.copies:
        out.print(f"[magenta]handed over again after an unknown end: {number(one.copies)}[/]")
        if release:
            said(f"see them with `communique log --release {release} --copies`")


def call_off(release: Release, one: Summary) -> str:
    """What to ask before a release is called off: whom it would concern."""
    whom = "nobody was written to yet"
    if one.snapshot:
        whom = f"{number(one.open)} of {number(one.snapshot)} are still to be written to"
    return f"“{release.key}” is {worded(release.state)}: {whom}. Call it off for good?"


def bar(**options: Any) -> Progress:
    """A progress bar on standard error."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        **options,
    )


def outcome(value: Answer) -> str:
    """What an attempt ended in: the reply, or the reason where there was none."""
    if not isinstance(value, NotTried) and value.reply:
        return printable(str(value.reply))
    return "" if isinstance(value, Accepted) else printable(value.reason)


def address(text: str) -> str:
    """An address as people read it: the domain in its own script."""
    try:
        return parse(text).display
    except Invalid:
        return text


def wrote(path: Path) -> None:
    """Name a file that was written, relative where that is shorter."""
    try:
        shown = path.resolve().relative_to(Path.cwd())
    except ValueError:
        shown = path
    out.print(printable(f"wrote {shown}"), markup=False, soft_wrap=True)


def keep(path: Path, octets: bytes) -> None:
    """Write a file that holds what members are written: for whoever asked, and nobody else."""
    with open(path, "wb", opener=_private) as file:
        os.fchmod(file.fileno(), 0o600)  # also one that was there
        file.write(octets)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
