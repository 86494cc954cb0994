"""Chores in time, as every engine ticks them: with the store, without it, and at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from communique.engine.ticking import StoreWatch, Ticker
from communique.errors import AlreadyRunning, Invalid, StoreUnavailable
from communique.ports import Chore


class Round:
    """A chore whose end the test decides."""

    def __init__(self) -> None:
        self.runs = 0
        self.ends = 0
        self.trouble: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.news = asyncio.Condition()

    async def run(self) -> None:
        self.runs += 1
        async with self.news:
            self.news.notify_all()
        if self.trouble:
            raise self.trouble
        await self.gate.wait()
        self.ends += 1

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for it; there is news at every run."""
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(true)

    async def ran(self) -> None:
        """Wait until it was begun and ended."""
        runs = self.runs
        await self.until(lambda: self.runs > runs + 1)

    def chore(self, name: str = "the round", *, once: bool = False) -> Chore:
        return Chore(name, timedelta(milliseconds=5), once, self.run)


async def always(_: Chore) -> bool:
    return True


Start = Callable[..., StoreWatch]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    tickers: list[Ticker] = []

    def begin(*chores: Chore, may_run: Callable[[Chore], Awaitable[bool]] = always) -> StoreWatch:
        watch = StoreWatch()
        tickers.append(Ticker(watch))
        tickers[-1].start(chores, may_run)
        return watch

    yield begin
    for each in tickers:
        await each.stop()


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.name == "communique.engine.ticking"]


async def test_a_chore_comes_round(start: Start) -> None:
    one = Round()
    start(one.chore())
    await one.until(lambda: one.runs == 3)


async def test_what_is_for_one_node_runs_when_it_is_its_turn(start: Start) -> None:
    one, other = Round(), Round()
    turn = False

    async def may_run(_: Chore) -> bool:
        return turn

    start(one.chore(once=True), other.chore(), may_run=may_run)
    await other.until(lambda: other.runs == 3)
    assert one.runs == 0
    turn = True
    await one.ran()


async def test_a_chore_that_takes_long_runs_once_and_holds_up_no_other(start: Start) -> None:
    one, other = Round(), Round()
    one.gate.clear()
    start(one.chore(), other.chore())
    await one.until(lambda: one.runs == 1)
    await other.ran()
    assert one.runs == 1
    one.gate.set()
    await one.ran()


async def test_that_the_store_is_away_is_said_once_and_that_it_is_back_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    one = Round()
    watch = start(one.chore())
    await one.until(lambda: watch.well)
    one.trouble = StoreUnavailable(message="the database restarts")
    await one.ran()
    await one.ran()
    await one.until(lambda: not watch.well)
    assert said(caplog) == ["the round waits: the database restarts"]
    one.trouble = None
    await one.until(lambda: watch.well)
    assert said(caplog)[1:] == ["the round goes on"]


async def test_however_many_wait_for_one_thing_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A database that another program had locked for 30 s gave 50 lines."""
    watch, locked = StoreWatch(), StoreUnavailable(message="the database is locked")

    async def fail(error: Exception) -> None:
        raise error

    async def go_on() -> None:
        pass

    names = ["the pick-up", "the sign of life", "sending"]
    for _ in range(3):
        for name in names:
            await watch.using(name, fail(locked))
    await watch.using("sending", fail(StoreUnavailable(message="the disk is full")))
    for name in names:
        await watch.using(name, go_on())
    assert said(caplog) == [
        "the pick-up waits: the database is locked",
        "sending waits: the disk is full",
        "sending goes on",
    ]
    await watch.using("sending", fail(locked))
    assert len(said(caplog)) == 4


async def test_not_being_told_whose_turn_it_is_is_trouble_with_the_store(start: Start) -> None:
    one, other = Round(), Round()

    async def may_run(_: Chore) -> bool:
        raise StoreUnavailable

    watch = start(one.chore(once=True), other.chore("another round"), may_run=may_run)
    await other.until(lambda: not watch.well)
    assert one.runs == 0


async def test_while_another_is_in_its_place_it_is_not_well_and_says_so_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    one = Round()
    one.trouble = AlreadyRunning(message="another service works here")
    watch = start(one.chore())
    await one.ran()
    await one.ran()
    assert not watch.well
    assert said(caplog) == ["the round waits: another service works here"]
    one.trouble = None
    await one.until(lambda: watch.well)


async def test_what_is_not_tried_again_is_no_trouble_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can tell that it was called off; that it does not come back can be seen."""
    watch = StoreWatch()
    one = Round()
    one.trouble = StoreUnavailable(message="no space left on the disk")
    await watch.using("sending", one.run())
    said = [watch.well]
    with monkeypatch.context() as later:
        later.setattr(StoreWatch, "SETTLED", 0.0)
        said.append(watch.well)
    await watch.using("sending", one.run())
    said.append(watch.well)
    one.trouble = None
    await watch.using("sending", one.run())
    said.append(watch.well)
    assert said == [False, True, False, True]


@pytest.mark.parametrize("mistake", [ZeroDivisionError(), Invalid(message="no such thing")])
async def test_a_chore_that_fails_is_said_and_comes_round_again(
    start: Start, caplog: pytest.LogCaptureFixture, mistake: Exception
) -> None:
    one = Round()
    one.trouble = mistake
    watch = start(one.chore())
    await one.ran()
    assert watch.well
    assert "the round failed" in said(caplog)[0]
    assert {one.levelno for one in caplog.records} <= {logging.ERROR, logging.WARNING}
    one.trouble = None
    await one.ran()


async def test_its_end_awaits_what_runs_and_begins_nothing() -> None:
    one = Round()
    one.gate.clear()
    ticker = Ticker(StoreWatch())
    ticker.start([one.chore()], always)
    await one.until(lambda: one.runs == 1)
    stopping = asyncio.create_task(ticker.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    one.gate.set()
    await stopping
    assert (one.runs, one.ends) == (1, 1)


async def test_an_end_that_is_cut_short_cuts_no_chore_short() -> None:
    """The second signal: a chore cancelled inside a driver would hang with its transaction."""
    one = Round()
    one.gate.clear()
    ticker = Ticker(StoreWatch())
    ticker.start([one.chore()], always)
    await one.until(lambda: one.runs == 1)
    stopping = asyncio.create_task(ticker.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.wait([stopping])
    one.gate.set()
    await ticker.stop()
    assert one.ends == 1


async def test_what_never_started_ends_all_the_same() -> None:
    await Ticker(StoreWatch()).stop()
