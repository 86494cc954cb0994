"""The embedded engine: when it ticks, what it works and what it holds back, and how it ends.

The work is a stand-in that ends when the test says so; the lock and the scheduler are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from communique.domain.delivery import Ticket
from communique.engine.local import DeskLock, LocalEngine
from communique.ports import Engine


@pytest.fixture(autouse=True)
def _ticks_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalEngine, "TICK", 0.01)


class Bench:
    """A desk's work, of which the test decides what there is and how long it takes."""

    def __init__(self) -> None:
        self.looks = Count()
        self.picks = Count()
        self.picking = Gate()

    async def take_over(self) -> None:
        """Nothing was left."""

    async def recover(self) -> None:
        """No lease ran out."""

    async def look_up(self) -> None:
        """Count it."""
        await self.looks.one_more()

    async def pick_up(self, engine: Engine) -> list[str]:
        """Make a snapshot, for as long as the test wishes."""
        await self.picks.one_more()
        await self.picking.passed()
        return []

    async def unfinished(self) -> Sequence[Ticket]:
        """No batch is due."""
        return []

    async def work(self, ticket: Ticket) -> datetime | None:
        """Nothing to send."""
        return None

    def stop(self) -> None:
        """Nothing is handed over."""


class Count:
    """How often something happened, and a way to wait until it has."""

    def __init__(self) -> None:
        self.value = 0
        self._news = asyncio.Condition()

    async def one_more(self) -> None:
        """It happened."""
        async with self._news:
            self.value += 1
            self._news.notify_all()

    async def reaches(self, value: int) -> None:
        """Wait until it has happened so often."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: self.value >= value)


class Gate:
    """Open until a test shuts it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.shut = self._open.clear
        self.open = self._open.set
        self.passed = self._open.wait


@pytest.fixture
async def bench() -> Bench:
    return Bench()


@pytest.fixture
async def engine(bench: Bench, tmp_path: Path) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(bench, DeskLock(tmp_path / "serve.lock"), workers=1)
    await engine.start()
    yield engine
    bench.picking.open()
    await engine.stop()


# Ticking.


async def test_a_pause_is_seen_while_a_snapshot_is_made(bench: Bench, engine: LocalEngine) -> None:
    """Picking up 400,000 people takes seconds; `pause` and `cancel` act within one."""
    bench.picking.shut()
    await bench.picks.reaches(bench.picks.value + 1)
    await bench.looks.reaches(bench.looks.value + 2)
