"""What is run, in which order: all on loopback, over a long line, and with ever more recipients."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from bench import contenders
from bench.children import Child
from bench.conditions import Conditions, conditions
from bench.contenders import COMMUNIQUE, NAIVE, SMTP_SOURCE, Run
from bench.preparing import PreparedDesk, prepare
from bench.relays import Sink, delayed, listening, postfix, taken

WEIGHED = 50  # messages that are sent to learn how large they are
SCALE_SENT = 20_000  # of a large release, what is sent before it is stopped


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    count: int
    connections: int
    naive_count: int
    far_count: int
    far_milliseconds: float
    sink: Sink


class Benchmark:
    """One benchmark, in one temporary folder. `weigh` comes first."""

    def __init__(self, plan: Plan, folder: Path, progress: Progress) -> None:
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self._load_before = os.getloadavg()[0]
        self._source_length = 0  # of smtp-source's messages, without the headers that it adds

    def weigh(self) -> tuple[Conditions, dict[str, float]]:
        """Send a few to a sink that counts octets, to learn how large everybody's messages are.

        smtp-source is told to send messages exactly as large as ours.
        """
        plan, octets = self._plan, dict[str, float]()

        @contextmanager
        def weighed(who: str) -> Iterator[int]:
            with listening(Sink.BUILTIN, self._folder) as sink:
                yield sink.port
                total = taken(sink)
            octets[who] = total.octets / total.messages

        with self._desk(WEIGHED) as desk:
            with weighed(COMMUNIQUE) as port:
                self._communique(desk, port, "weighing")
            with weighed(NAIVE) as port:
                contenders.naive(desk, port, plan.connections, WEIGHED)
            ours = self._source_length = round(octets[COMMUNIQUE])
            if postfix("smtp-source"):
                with weighed("headers and all") as port:
                    contenders.smtp_source(self._folder, port, 1, 1, ours)
                self._source_length -= round(octets.pop("headers and all")) - ours
                with weighed(SMTP_SOURCE) as port:
                    contenders.smtp_source(self._folder, port, 1, 1, self._source_length)
            html = len(desk.html.encode())
        return (
            conditions(plan.sink, plan.connections, octets[COMMUNIQUE], html, self._load_before),
            octets,
        )

    def near(self) -> list[Run]:
        """Everybody on loopback."""
        plan = self._plan
        with self._desk(plan.count) as desk, listening(plan.sink, self._folder) as sink:
            runs = [self._communique(desk, sink.port, "communique")]
            runs += self._smtp_source(sink, plan.count)
            with self._step(f"naive sender, {plan.naive_count:,}"):
                runs.append(contenders.naive(desk, sink.port, plan.connections, plan.naive_count))
        return runs

    def far(self) -> list[Run]:
        """The same over a long line, with pipelining on and off."""
        plan = self._plan
        runs = []
        with (
            listening(plan.sink, self._folder) as sink,
            delayed(sink, plan.far_milliseconds, self._folder) as line,
        ):
            for pipelining in (True, False):
                what = f"{plan.far_milliseconds:g} ms, pipelining {'on' if pipelining else 'off'}"
                with self._desk(plan.far_count) as desk:
                    runs.append(self._communique(desk, line.port, what, pipelining=pipelining))
            runs += self._smtp_source(line, plan.far_count)
        return runs

    def scale(self, largest: int) -> list[Run]:
        """Ever more recipients: how long a snapshot takes, the first message, and memory."""
        runs = []
        with listening(self._plan.sink, self._folder) as sink:
            for count in (largest // 100, largest // 10, largest):
                with self._desk(count) as desk:
                    what = f"{count:,} recipients"
                    runs.append(self._communique(desk, sink.port, what, stop_after=SCALE_SENT))
        return runs

    def _communique(
        self,
        desk: PreparedDesk,
        port: int,
        what: str,
        *,
        pipelining: bool = True,
        stop_after: int | None = None,
    ) -> Run:
        total = min(desk.recipients, stop_after or desk.recipients)
        task = self._progress.add_task(what, total=total)
        return contenders.communique(
            desk,
            port,
            self._plan.connections,
            lambda count: self._progress.update(task, completed=min(count, total)),
            pipelining=pipelining,
            stop_after=stop_after,
        )

    def _smtp_source(self, sink: Child, messages: int) -> list[Run]:
        """One run, or none where it is not installed."""
        with self._step(f"smtp-source, {messages:,}"):
            run = contenders.smtp_source(
                self._folder, sink.port, self._plan.connections, messages, self._source_length
            )
        return [run] if run else []

    @contextmanager
    def _desk(self, recipients: int) -> Iterator[PreparedDesk]:
        """A desk, and its folder only for as long: a million people take a gigabyte."""
        with tempfile.TemporaryDirectory(prefix="desk-", dir=self._folder) as home:
            yield prepare(Path(home) / "desk", recipients, self._progress)

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        """Show what is under way where nobody knows how far it is."""
        task = self._progress.add_task(what, total=None)
        yield
        self._progress.update(task, total=1, completed=1)
