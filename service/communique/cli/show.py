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
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from communique.cli import speech
from communique.cli.speech import _, number
from communique.domain.address import parse
from communique.domain.delivery import GAVE_UP, NOT_RESENT, DeliveryState
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

    Headings are given in English, and said in the language that is spoken; so are states.
    An address stays in one piece, to be copied or searched for; in a pipe or a file, every row is
    one line. Where that is wider than the terminal, its lines go on below rather than lose a cell.
    """
    from rich.measure import Measurement
    from rich.table import Table

    if title:  # on a line of its own: above a narrow table it would be folded
        out.print(printable(title), markup=False, soft_wrap=True)
    shown = Table(
        box=None,
        pad_edge=False,
        show_header=any(columns),
    )
    texts = [[printable(_cell(one)) for one in row] for row in rows]
    for position, column in enumerate(columns):
        right, english = column.startswith("#"), column.removeprefix("#")
        name = _(english)
        widest = max(cell_len(text) for text in [name, *(row[position] for row in texts)])
        shown.add_column(
            name,
            justify="right" if right else "left",
            overflow="fold",
            header_style="bold",
            no_wrap=right or english == "address",
            min_width=widest if english == "address" else min(widest, LEGIBLE),
        )
    styles = _styles()
    for row in texts:
        shown.add_row(*(_styled(text, styles) for text in row))
    if not out.is_terminal:
        unbounded = out.options.update(max_width=sys.maxsize)
        shown.width = Measurement.get(out, unbounded, shown).maximum
    out.print(shown, crop=False)


def _styles() -> Mapping[str, str]:
    if speech.french() is None:
        return STYLES
    return {worded(state): style for state, style in STYLES.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return worded(value) if isinstance(value, str) and isinstance(value, Enum) else str(value)


def _styled(text: str, styles: Mapping[str, str]) -> str:
    style = styles.get(text)
    return f"[{style}]{text}[/]" if style else escape(text)


def local(instant: datetime | None, zone: str | None = None) -> str:
    """An instant as people read it, with its zone: its association's, or this machine's where it is
    nobody's.
    """
    if instant is None:
        return "—"
    there = instant.astimezone(ZoneInfo(zone)) if zone else instant.astimezone()
    if french := speech.french():
        return str(french.values.hour(there))
    return f"{there:%Y-%m-%d %H:%M:%S} {there.tzname()}"


def day(one: date | None) -> str | None:
    """A day as people read it."""
    french = speech.french()
    return str(french.values.day(one) if french else one) if one else None


def decimal(value: float) -> str:
    """A number with three decimals."""
    french = speech.french()
    return str(french.values.decimal(value, 3)) if french else f"{value:.3f}"


def worded(text: str) -> str:
    """A state or a reason as people say it: `in review`, `gave up: mailbox full`."""
    if text.startswith(GAVE_UP):
        return _("gave up: {why}", why=worded(text.removeprefix(GAVE_UP)))
    if french := speech.telling():
        if text.startswith(NOT_RESENT):
            return f"{french.state(NOT_RESENT)}{worded(text.removeprefix(NOT_RESENT))}"
        return str(french.state(text))
    return text.replace("_", " ") if re.fullmatch(r"[a-z_]+", text) else text


def labelled(label: str, text: str) -> str:
    """`label: text`, as the language that is spoken sets it."""
    return _("{label}: {text}", label=label, text=text)


def reasons(left_out: Mapping[str, int]) -> str:
    """Why how many are left out: `21 unsubscribed, 3 filtered`."""
    return ", ".join(
        f"{number(count)} {several(reason, count)}" for reason, count in left_out.items()
    )


def several(state: str, count: int) -> str:
    """A state or a reason as it is said of so many."""
    french = speech.telling()
    return str(french.several(state, count)) if french else worded(state)


def warned(warnings: Iterable[str]) -> None:
    """Tell a person what they should look at twice."""
    for warning in warnings:
        line = printable(f"{_('warning:')} {warning}")
        err.print(line, style="yellow", markup=False, soft_wrap=True)


def sure(question: str, *, err: bool = True) -> bool:
    """Ask a person, who says no by saying nothing. A yes and a no are read in both languages."""
    asked = printable(question)
    if speech.french() is None:
        return typer.confirm(asked, err=err)
    while True:
        said = typer.prompt(
            f"{asked} [o/N]", default="", show_default=False, prompt_suffix=" : ", err=err
        )
        if said.strip().lower() in ("", "n", "no", "non"):
            return False
        if said.strip().lower() in ("o", "oui", "y", "yes"):
            return True


def ask(question: str, *, err: bool = True) -> None:
    """Ask a person, and end the command unless they say yes."""
    if not sure(question, err=err):
        raise typer.Abort


def summary(one: Summary, *, title: str = "", release: str = "") -> None:
    """Counts by state, and the sum: what P1 promises, shown."""
    rows: list[Sequence[object]] = [
        (state, number(one.states.get(state, 0)))
        for state in DeliveryState
        if one.states.get(state)
    ]
    rows.append((_("snapshot"), number(one.snapshot)))
    table(["state", "#deliveries"], rows, title=title)
    if one.skipped:
        out.print(_("left out: {skipped}", skipped=reasons(one.skipped)))
    if one.copies:
        out.print(
            _(
                "[magenta]handed over again after an unknown end: {copies}[/]",
                copies=number(one.copies),
            )
        )
        if release:
            said(_("see them with `communique log --release {release} --copies`", release=release))


def call_off(release: Release, one: Summary) -> str:
    """What to ask before a release is called off: whom it would concern."""
    whom = _("nobody was written to yet")
    if one.snapshot:
        whom = _(
            "{open} of {snapshot} {open:is|are} still to be written to",
            open=number(one.open),
            snapshot=number(one.snapshot),
        )
    return _(
        "“{key}” is {state}: {whom}. Call it off for good?",
        key=release.key,
        state=worded(release.state),
        whom=whom,
    )


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
    return "" if isinstance(value, Accepted) else printable(worded(value.reason))


def address(text: str) -> str:
    """An address as people read it: the domain in its own script."""
    try:
        return parse(text).display
    except Invalid:
        return text


def wrote(path: Path) -> None:
    """Name a file that was written."""
    out.print(printable(_("wrote {shown}", shown=near(path))), markup=False, soft_wrap=True)


def near(path: Path) -> Path:
    """A path as whoever is here types it: relative, where it is below."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def keep(path: Path, octets: bytes) -> None:
    """Write a file that holds what members are written: for whoever asked, and nobody else."""
    with open(path, "wb", opener=_private) as file:
        os.fchmod(file.fileno(), 0o600)  # also one that was there
        file.write(octets)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
