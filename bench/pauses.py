"""How long the loop that sends stands still while a spreadsheet comes in and pages are asked for.

    python -m bench.pauses [--count 20000] [--lines 100000] [--pages 50]

Everything is in one process and one loop: service, pages, and the import as a page would do it. A
pause is by how much a timer of two milliseconds comes late, so what the machine does beside it
counts as well; `held` is the CPU time of one callback of the loop, which is ours alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import sys
import tempfile
import time
from asyncio import events
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from tools.fictional_people import MASSBIO, people, write

from bench.children import Child
from bench.preparing import RELEASE, PreparedDesk, prepare
from bench.relays import Sink, listening
from communique import roster
from communique.cli.server import Server
from communique.desk import Desk, importing, inspecting, intending, scheduling
from communique.domain.actor import OPERATOR
from communique.settings import Settings
from communique.web.connections import Limits
from communique.wiring.service import Service

EVERY = 0.002  # seconds between looks at the clock
ASSOCIATION = MASSBIO.key

out = Console(highlight=False)


@dataclass(slots=True)
class Measured:
    """Seconds by which timers came late, and seconds of CPU of each callback."""

    late: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)  # the same, but for what the kernel kept us
    held: list[float] = field(default_factory=list)
    longest: Counter[str] = field(default_factory=Counter)  # of each callback, in µs

    async def watch(self) -> None:
        """Look at the clock for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due, kept = loop.time() + EVERY, _kept_by_kernel()
            await asyncio.sleep(EVERY)
            late = loop.time() - due
            self.late.append(late)
            self.ours.append(max(0.0, late - (_kept_by_kernel() - kept)))

    @contextmanager
    def callbacks(self) -> Iterator[None]:
        """Time each callback of the loop meanwhile."""
        run = events.Handle._run

        def timed(handle: Any) -> None:
            before = time.thread_time()
            run(handle)
            took = time.thread_time() - before
            self.held.append(took)
            if took > EVERY:
                name = _name(handle._callback)
                self.longest[name] = max(self.longest[name], round(took * 1e6))

        events.Handle._run = timed  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            events.Handle._run = run  # type: ignore[method-assign]


def _kept_by_kernel() -> float:
    """Seconds that our threads were ready to run and others had the processor."""
    total = 0
    for one in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            total += int((one / "schedstat").read_text("ascii").split()[1])
    return total / 1e9


def _name(callback: Any) -> str:
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return str(getattr(task.get_coro(), "__qualname__", task))
    return str(getattr(callback, "__qualname__", callback))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measure(prepared: PreparedDesk, lines: Path, pages: int, folder: Path) -> Measured:
    """Send, import and answer at once, until the import is in."""
    settings, found = Settings(_env_file=prepared.home / ".env"), Measured()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with Service(settings) as service:
            gc.freeze()
            gc.set_threshold(50_000, 20, 50)  # as `communique serve` does
            server = Server(service.desk, service.healthy, Limits(proxies=["127.0.0.1"]))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await scheduling.schedule(service.desk, OPERATOR, RELEASE, "now")
            path = await _link(service.desk, settings)
            port = listener.getsockname()[1]
            words = [sys.executable, "-m", "bench.visitors", str(port), str(pages), path]
            with Child(words, folder / "visitors.log", folder=Path(__file__).parents[1]):
                while not (await _sums(service.desk))[1]:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.1)
                watching = asyncio.create_task(found.watch())
                with found.callbacks():
                    began = time.monotonic()
                    await _import(service.desk, lines)
                    took = time.monotonic() - began
                watching.cancel()
                waiting, sent = await _sums(service.desk)
            out.print(f"import: {took:.1f} s; sent meanwhile: {sent:,}, still waiting: {waiting:,}")
            service.halt()
            server.should_exit = True
            await serving
    return found


async def _sums(desk: Desk) -> tuple[int, int]:
    states = (await inspecting.standing(desk, OPERATOR, RELEASE)).summary.states
    sent = sum(count for state, count in states.items() if state == "sent")
    return sum(states.values()) - sent, sent


async def _link(desk: Desk, settings: Settings) -> str:
    async for one in inspecting.subscribers(desk, OPERATOR, ASSOCIATION):
        return f"/u/{desk.keyring.sign('unsubscribe', ASSOCIATION, 'members', one.id)}"
    raise AssertionError


async def _import(desk: Desk, lines: Path) -> None:
    wanted = await intending.wanted(desk, OPERATOR, ASSOCIATION, ["members"])
    reading = roster.Reading(
        languages=wanted.association.languages,
        default_language=wanted.association.language,
        list_keys=[one.key for one in wanted.association.lists],
        today=wanted.today,
    )
    with roster.Spreadsheet(lines, reading) as sheet:
        await importing.import_lines(
            desk, OPERATOR, ASSOCIATION, ["members"], sheet.plain(), "benchmark"
        )


def main(
    count: Annotated[int, typer.Option(help="Recipients of the release.")] = 20_000,
    lines: Annotated[int, typer.Option(help="Lines of the import.")] = 100_000,
    pages: Annotated[int, typer.Option(help="Pages a second.")] = 50,
) -> None:
    """Send while a spreadsheet comes in and pages are asked for; say who held the loop."""
    with tempfile.TemporaryDirectory(prefix="communique-pauses-") as name:
        folder = Path(name)
        sheet = folder / "more.csv"
        with sheet.open("w", encoding=MASSBIO.encoding, newline="") as file:
            write(MASSBIO, islice(people(MASSBIO), count * 2, count * 2 + lines), file)
        with Progress(console=out) as progress:
            prepared = prepare(folder / "desk", count, progress)
        with listening(Sink.BUILTIN, folder) as sink:
            prepared.configure(sink.port, 10)
            found = asyncio.run(measure(prepared, sheet, pages, folder))
    told_apart = {"pauses": found.late, "pauses, ours": found.ours, "held": found.held}
    for what, values in told_apart.items():
        told = ", ".join(
            f"p{share:g} {percentile(values, share / 100) * 1e3:.1f}" for share in (50, 99, 99.9)
        )
        out.print(f"{what}: {told}, longest {max(values) * 1e3:.1f} ms of {len(values):,}")
    for who, longest in found.longest.most_common(12):
        out.print(f"  {longest / 1e3:6.1f} ms of CPU at once: {who}")


if __name__ == "__main__":
    typer.run(main)
