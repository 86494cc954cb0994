"""The machine's clock, and its processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from communique.domain.watching import Process


class Clock(Protocol):
    """Says what time it is; injected, so that a test can choose."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class Machine(Protocol):
    """What the machine tells of processes."""

    @property
    def process(self) -> Process:
        """The one that asks."""

    def starts(self, pids: Iterable[int]) -> Mapping[int, int | None]:
        """When each of these began; those that run no more are left out.

        None for one that runs, and hides when it began.
        """
