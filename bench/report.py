"""What a benchmark found: as values that add up, as JSON, and as tables for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.conditions import Conditions
from bench.contenders import COMMUNIQUE, NAIVE, PLAIN, SMTP_SOURCE, Run


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark. `far` is over a line with `far_milliseconds` of added round trip."""

    conditions: Conditions
    octets: dict[str, float]  # of a message of each contender, as measured on the wire
    far_milliseconds: float
    near: list[Run] = field(default_factory=list)
    far: list[Run] = field(default_factory=list)
    scale: list[Run] = field(default_factory=list)  # by number of recipients, growing

    def ratios(self) -> dict[str, float]:
        """What is comparable between machines: rates over rates, from one run."""
        near = {one.contender: one.rate for one in self.near}
        far = {one.contender: one.rate for one in self.far}
        wanted = {
            "near_to_smtp_source": (near.get(COMMUNIQUE), near.get(SMTP_SOURCE)),
            "near_to_naive": (near.get(COMMUNIQUE), near.get(NAIVE)),
            "far_to_smtp_source": (far.get(COMMUNIQUE), far.get(SMTP_SOURCE)),
            "far_to_pipelining_off": (far.get(COMMUNIQUE), far.get(PLAIN)),
        }
        found = {name: ours / theirs for name, (ours, theirs) in wanted.items() if ours and theirs}
        if len(self.scale) > 1:
            found["memory_of_largest_to_smallest"] = (
                self.scale[-1].peak_memory / self.scale[0].peak_memory
            )
        return found

    def as_json(self) -> str:
        """All of it, with what can be worked out from it."""
        return json.dumps(
            {
                "conditions": asdict(self.conditions),
                "octets_per_message": self.octets,
                "near": [_run(one) for one in self.near],
                "far": [_run(one) for one in self.far],
                "far_milliseconds": self.far_milliseconds,
                "scale": [_run(one) for one in self.scale],
                "ratios": self.ratios(),
            },
            indent=2,
            ensure_ascii=False,
        )

    def show(self, console: Console) -> None:
        """Print it for people."""
        if self.near:
            self._compare(console, "On loopback", self.near)
        if self.far:
            self._compare(
                console, f"With {self.far_milliseconds:g} ms of added round trip", self.far
            )
        for one in self.near:
            if one.contender == COMMUNIQUE:
                console.print(_hour(one))
        if self.scale:
            console.print(_scale(self.scale))
        console.print("\nCPU: of the sender alone, user and system, for each message", style="dim")
        ratios = ", ".join(
            f"{name.replace('_', ' ')} {value:.2f}" for name, value in self.ratios().items()
        )
        if ratios:
            console.print(f"ratios: {ratios}", soft_wrap=True)
        console.print(f"conditions: {self.conditions}", soft_wrap=True)

    def _compare(self, console: Console, title: str, runs: Sequence[Run]) -> None:
        ours = next(one for one in runs if one.contender == COMMUNIQUE)
        table = Table(box=None, pad_edge=False, title=f"\n{title}", title_justify="left")
        table.add_column("", no_wrap=True)
        for name in ("messages", "seconds", "msg/s", "CPU µs", "peak MB", "ours is"):
            table.add_column(name, justify="right")
        for one in runs:
            table.add_row(
                one.contender,
                f"{one.messages:,}",
                f"{one.seconds:.2f}",
                f"{one.rate:,.0f}",
                f"{one.cpu_per_message:,.0f}",
                f"{one.peak_memory / 2**20:,.0f}",
                "" if one is ours else f"{ours.rate / one.rate:.2f} ×",
            )
        console.print(table)


def _run(one: Run) -> dict[str, Any]:
    return asdict(one) | {"rate": one.rate, "cpu_us_per_message": one.cpu_per_message}


def _hour(one: Run) -> str:
    first, last = one.more["first_message_after"], one.more["last_message_after"]
    return (
        f"\nfrom its hour to the first message: {first:.2f} s; "
        f"to the last of {one.messages:,}: {last:.2f} s"
    )


def _scale(runs: Sequence[Run]) -> Table:
    table = Table(box=None, pad_edge=False, title="\nBy recipients", title_justify="left")
    for name in ("recipients", "snapshot s", "first message s", "messages sent", "peak MB"):
        table.add_column(name, justify="right")
    for one in runs:
        table.add_row(
            f"{sum(one.states.values()):,}",
            f"{one.more['snapshot_seconds']:.2f}",
            f"{one.more['first_message_after']:.2f}",
            f"{one.messages:,}",
            f"{one.peak_memory / 2**20:.0f}",
        )
    return table
