"""The benchmark's command line."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bench.children import interrupts
from bench.picture import draw
from bench.relays import INSTALL, Sink, postfix
from bench.report import Report
from bench.scenarios import SCALE_SENT, Benchmark, Plan
from communique import settings
from communique.errors import CommuniqueError

RESULTS = Path(__file__).parent / "results"
MILLION = 1_000_000

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


app = typer.Typer(
    name="python -m bench",
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.command()
def main(
    count: Annotated[
        int | None,
        typer.Option(
            min=1, help="Recipients; 20,000 if not said, 1,000,000 with --million.", metavar="N"
        ),
    ] = None,
    connections: Annotated[
        int, typer.Option(min=1, max=200, help="Connections that each contender keeps.")
    ] = 10,
    naive_count: Annotated[
        int, typer.Option(min=1, help="Messages of the naive sender; it is slow.")
    ] = 500,
    far_count: Annotated[
        int, typer.Option(min=0, help="Messages over the long line; 0 leaves that out.")
    ] = 2000,
    far_milliseconds: Annotated[
        float, typer.Option(min=0, help="Round trip added to the long line.")
    ] = 40,
    million: Annotated[
        bool,
        typer.Option(
            "--million",
            help=f"Instead: releases to N/100, N/10 and N people, each stopped once {SCALE_SENT:,} "
            "messages have gone. Shows how snapshot, first message and memory grow.",
        ),
    ] = False,
    sink: Annotated[
        Sink | None,
        typer.Option(help="Who takes the mail; Postfix's smtp-sink if it is installed."),
    ] = None,
    results: Annotated[
        Path,
        typer.Option(
            help="Folder that the JSON and the picture are written into.",
            show_default="bench/results",
        ),
    ] = RESULTS,
) -> None:
    """How close to the wire a personalised release goes.

    A desk of fictional people, a release of 22 KB of HTML and its text that two associations have
    approved, and `communique serve` as it is run anywhere, with SQLite and the whole delivery log,
    handing over to a sink. On the same connections to the same sink: Postfix's load generator
    smtp-source, and a naive sender. Then the first two with a long line in between.

    Everything is on loopback, in a temporary folder, and gone afterwards. Use an idle machine.
    """
    if sys.platform != "linux":
        _stop("the benchmark reads CPU and memory from /proc, which only Linux has")
    missing = [name for name in ("smtp-sink", "smtp-source") if not postfix(name)]
    if missing:
        err.print(f"{' and '.join(missing)} of Postfix not found. To have it all:\n{INSTALL}\n")
    if sink is None:
        sink = Sink.BUILTIN if "smtp-sink" in missing else Sink.POSTFIX
    elif sink is Sink.POSTFIX and "smtp-sink" in missing:
        _stop("there is no smtp-sink; --sink builtin runs without")
    # Neither ours nor the service's settings are those of whoever runs this.
    for name in os.environ.keys() - settings.surroundings().keys():
        del os.environ[name]
    interrupts.listen()
    plan = Plan(
        count=count or (MILLION if million else 20_000),
        connections=connections,
        naive_count=naive_count,
        far_count=far_count,
        far_milliseconds=far_milliseconds,
        sink=sink,
    )
    try:
        report = _run(plan, million=million)
    except CommuniqueError as error:
        _stop(str(error))
    except KeyboardInterrupt:
        _stop("interrupted; nothing is left behind")
    report.show(out)
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}{'-million' if million else ''}.json"
    for path, text in ((file, report.as_json()), (file.with_suffix(".svg"), draw(report))):
        path.write_text(text, encoding="utf-8")
        out.print(f"wrote {path}", soft_wrap=True)


def _run(plan: Plan, *, million: bool) -> Report:
    bars = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with (
        tempfile.TemporaryDirectory(prefix="communique-bench-") as folder,
        Progress(*bars, TimeElapsedColumn(), console=err) as progress,
    ):
        benchmark = Benchmark(plan, Path(folder), progress)
        conditions, octets = benchmark.weigh()
        return Report(
            conditions,
            octets,
            plan.far_milliseconds,
            near=[] if million else benchmark.near(),
            far=benchmark.far() if plan.far_count and not million else [],
            scale=benchmark.scale(plan.count) if million else [],
        )


def _stop(why: str) -> NoReturn:
    err.print(why, soft_wrap=True, style="red", markup=False)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
