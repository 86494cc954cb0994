"""Who works at this database, and who is gone. Judged without comparing any two clocks.

Pure: what a beat or a process is at the moment is looked up by the caller and passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Process:
    """One run of a program, told from every other: a process id is used again, its start is not."""

    host: str
    boot: str  # one start of a kernel, and one space of process ids: containers have their own
    pid: int
    start: int  # in the kernel's own count since the boot

    def runs(self, seen_from: Process, starts: Mapping[int, int | None]) -> bool | None:
        """Whether it does, told by a process and by when those of its machine began, by pid.

        None of one elsewhere, or of one that hides it: nothing is known.
        """
        if (self.host, self.boot) != (seen_from.host, seen_from.boot):
            return None
        if self.pid not in starts:
            return False
        start = starts[self.pid]
        return None if start is None else start == self.start


@dataclass(frozen=True, slots=True)
class Node:
    """A running service at this database. Its `id` is never another's."""

    id: int
    process: Process
    engine: str  # local, distributed
    roles: tuple[str, ...]
    started_at: datetime
    beat: int = 0  # it counts on while it lives


class Watch:
    """Remembers how long each node's beat has stood still, by the observer's own monotonic clock.

    Of the time between two looks no more than a quarter of `after` counts: who slept, or could not
    reach the database for long, first gives the others time to show that they live. So it looks
    four times in that time, or more.
    """

    def __init__(self, after: float = 10.0) -> None:
        self._after = after
        self._looked_at = 0.0
        self._seen: dict[int, tuple[int, float]] = {}  # a beat, and seconds for which it stood

    def look(self, beats: Mapping[int, int], now: float) -> frozenset[int]:
        """The nodes whose beat stood still for `after` seconds; `beats` of all that there are."""
        passed = min(now - self._looked_at, self._after / 4)
        self._looked_at = now
        before, self._seen = self._seen, {}
        for node, beat in beats.items():
            seen, stood = before.get(node, (None, 0.0))
            self._seen[node] = (beat, stood + passed if beat == seen else 0.0)
        return frozenset(node for node, (_, stood) in self._seen.items() if stood >= self._after)
