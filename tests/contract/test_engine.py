"""What every engine does with tickets and chores, whatever carries them.

The work is a stand-in that ends when the test says so; store, scheduler and queue are real.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.benches import Bench

from communique.domain.delivery import Ticket
from communique.engine.distributed import DistributedEngine
from communique.engine.local import LocalEngine
from communique.engine.ticking import StoreWatch
from communique.errors import Invalid, StoreUnavailable
from communique.ports import Chore, Engine
from communique.store import Database

ONE, TWO, THREE = (Ticket(1, number, "harfang") for number in range(1, 4))
OTHER = Ticket(2, 1, "massif")


class Site:
    """A database, and engines at it."""

    def __init__(self, make: Callable[[], Engine], database: Database) -> None:
        self.make = make
        self.database = database

    async def submit(
        self, *tickets: Ticket, by: Engine, run_at: datetime | None = None, fails: bool = False
    ) -> None:
        """Have them worked, in a transaction of their own."""
        async with self.database.begin() as transaction:
            await by.submit(transaction, tickets, run_at)
            if fails:
                raise Invalid


@pytest.fixture(params=["local", "distributed"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    for name, seconds in (("BEAT", 0.1), ("SILENCE", 1.0), ("SWEEP", 0.1), ("POLL", 0.05)):
        monkeypatch.setattr(DistributedEngine, name, seconds)
    if request.param == "local":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}")
        site = Site(LocalEngine, database)
    else:
        url = str(request.getfixturevalue("postgresql_url"))
        database = Database(url)
        site = Site(lambda: DistributedEngine(url, in_hand=3), database)
    yield site
    await database.close()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.open()


@pytest.fixture
async def engine(site: Site, bench: Bench) -> AsyncIterator[Engine]:
    engine = site.make()
    await engine.start(bench)
    yield engine
    bench.open()
    await engine.stop()


async def looked(bench: Bench, times: int = 3) -> None:
    """Let chores come round: what was to be begun has been."""
    looks = bench.looks
    await bench.until(lambda: bench.looks >= looks + times)


# Tickets.


async def test_what_is_committed_is_worked_and_not_before(
    site: Site, bench: Bench, engine: Engine
) -> None:
    async with site.database.begin() as transaction:
        await engine.submit(transaction, [ONE])
        await looked(bench)
        assert bench.begun == []
    await bench.until(lambda: bench.done == [ONE])


async def test_what_is_rolled_back_is_not_worked(site: Site, bench: Bench, engine: Engine) -> None:
    with pytest.raises(Invalid):
        await site.submit(ONE, by=engine, fails=True)
    await site.submit(TWO, by=engine)
    await bench.until(lambda: bench.done == [TWO])
    await looked(bench)
    assert bench.begun == [TWO]


async def test_what_has_time_is_not_worked_now(site: Site, bench: Bench, engine: Engine) -> None:
    await site.submit(ONE, by=engine, run_at=datetime.now(UTC) + timedelta(hours=1))
    await site.submit(TWO, by=engine)
    await bench.until(lambda: bench.done == [TWO])
    await looked(bench)
    assert bench.begun == [TWO]


async def test_what_is_in_hand_is_not_begun_again(site: Site, bench: Bench, engine: Engine) -> None:
    """The look for what is unfinished submits all that is, every half second."""
    bench.gates[ONE].shut()
    await site.submit(ONE, ONE, by=engine)
    await bench.until(lambda: bench.begun == [ONE])
    for _ in range(3):
        await site.submit(ONE, TWO, by=engine)
        await looked(bench)
    bench.gates[ONE].open()
    await bench.until(lambda: ONE in bench.done)
    await site.submit(OTHER, by=engine)
    await bench.until(lambda: OTHER in bench.done)
    assert bench.begun.count(ONE) == 1


async def test_what_was_done_can_be_asked_for_again(
    site: Site, bench: Bench, engine: Engine
) -> None:
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.done == [ONE])
    await looked(bench)
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.done == [ONE, ONE])


async def test_a_batch_that_hangs_holds_up_no_other_association(
    site: Site, bench: Bench, engine: Engine
) -> None:
    """P7."""
    bench.gates[ONE].shut()
    await site.submit(ONE, OTHER, by=engine)
    await bench.until(lambda: bench.done == [OTHER])


@pytest.mark.parametrize("mistake", [ZeroDivisionError(), Invalid("no"), StoreUnavailable("full")])
async def test_what_goes_wrong_is_said_and_left_to_the_desk(
    site: Site, bench: Bench, engine: Engine, caplog: pytest.LogCaptureFixture, mistake: Exception
) -> None:
    """P2: it is submitted again. While nothing can be claimed for want of the store, it is said."""
    bench.trouble["work"] = mistake
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.begun == [ONE])
    await looked(bench)
    assert engine.healthy is not isinstance(mistake, StoreUnavailable)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR]
    bench.trouble.clear()
    await looked(bench)
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.done == [ONE])
    await bench.until(lambda: engine.healthy)


async def test_what_could_not_be_sent_and_is_not_tried_again_is_no_trouble(
    site: Site, bench: Bench, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody made room and called the release off, or another node had it."""
    bench.trouble["work"] = StoreUnavailable(message="no space left on the disk")
    await site.submit(ONE, by=engine)
    await bench.until(lambda: not engine.healthy)
    monkeypatch.setattr(StoreWatch, "SETTLED", 0.0)
    assert engine.healthy


# Chores.


async def test_chores_come_round_and_those_for_one_when_it_is_its_turn(site: Site) -> None:
    bench = Bench()
    bench.chores = [*bench.chores, Chore("turn", timedelta(seconds=0.02), True, bench.take_turn)]
    engine = site.make()
    await engine.start(bench)
    try:
        await bench.until(lambda: bench.turns >= 2 and bench.looks >= 2)
    finally:
        await engine.stop()


async def test_without_its_store_it_is_not_healthy_and_with_it_it_is_again(
    bench: Bench, engine: Engine
) -> None:
    await bench.until(lambda: engine.healthy)
    bench.trouble["look"] = StoreUnavailable(message="the database restarts")
    await bench.until(lambda: not engine.healthy)
    bench.trouble.clear()
    await bench.until(lambda: engine.healthy)


# Its beginning, and its end.


async def test_it_is_healthy_from_its_start_to_its_end(site: Site, bench: Bench) -> None:
    engine = site.make()
    said = [engine.healthy]
    await engine.start(bench)
    said.append(engine.healthy)
    await engine.stop()
    said.append(engine.healthy)
    assert said == [False, True, False]


async def test_what_cannot_begin_has_started_nothing(site: Site, bench: Bench) -> None:
    bench.trouble["begin"] = StoreUnavailable(message="the database restarts")
    engine = site.make()
    with pytest.raises(StoreUnavailable):
        await engine.start(bench)
    assert not engine.healthy
    await engine.stop()
    assert (bench.looks, bench.stopped) == (0, False)


async def test_stopping_awaits_what_is_in_hand_and_begins_nothing_more(
    site: Site, bench: Bench
) -> None:
    bench.gates[ONE].shut()
    engine = site.make()
    await engine.start(bench)
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.begun == [ONE])
    stopping = asyncio.create_task(engine.stop())
    await asyncio.sleep(0)
    assert bench.stopped
    await site.submit(TWO, by=engine)
    assert not stopping.done()
    assert not engine.healthy
    bench.gates[ONE].open()
    await stopping
    assert bench.done == bench.begun == [ONE]


async def test_an_end_that_is_cut_short_cuts_no_batch_short(site: Site, bench: Bench) -> None:
    """The second signal: what is past DATA must still be written down."""
    bench.gates[ONE].shut()
    engine = site.make()
    await engine.start(bench)
    await site.submit(ONE, by=engine)
    await bench.until(lambda: bench.begun == [ONE])
    stopping = asyncio.create_task(engine.stop())
    await asyncio.sleep(0)
    assert bench.stopped
    stopping.cancel()
    await asyncio.wait([stopping])
    bench.gates[ONE].open()
    await bench.until(lambda: bench.done == [ONE])
