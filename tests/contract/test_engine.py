"""The embedded engine: when it ticks, what it works and what it holds back, and how it ends.

The work is a stand-in that ends when the test says so; lock, scheduler and store are real.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from tests import smtpd
from tests.contract.desks import ALONE, office_at

from communique.desk import Policy, attempting
from communique.domain.delivery import DeliveryState, Ticket
from communique.engine.journal import Journal
from communique.engine.local import DeskLock, LocalEngine
from communique.errors import AlreadyRunning, StoreUnavailable
from communique.ports import Engine
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store import Database
from communique.wiring.service import Work

ONE, TWO, THREE, FOUR = (Ticket(1, number, "harfang") for number in range(1, 5))
OTHER = Ticket(2, 1, "massif")


@pytest.fixture(autouse=True)
def _ticks_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalEngine, "TICK", 0.01)


class Gate(asyncio.Event):
    """Open until a test shuts it."""

    def __init__(self) -> None:
        super().__init__()
        self.set()

    shut = asyncio.Event.clear
    open = asyncio.Event.set
    passed = asyncio.Event.wait


class Bench:
    """A desk's work, of which the test decides what there is, how it ends and how long it takes."""

    def __init__(self, *due: Ticket) -> None:
        self.due = list(due)
        self.begun: list[Ticket] = []
        self.done: list[Ticket] = []
        self.gates = defaultdict[Ticket, Gate](Gate)
        self.tails: set[Ticket] = set()  # batches that only wait for what they began
        self.picking = Gate()
        self.looks = self.picks = 0
        self.stopped = False
        self.trouble: dict[str, Exception] = {}  # by what is asked for
        self._news = asyncio.Condition()

    async def _tell(self, what: str) -> None:
        async with self._news:
            self._news.notify_all()
        if what in self.trouble:
            raise self.trouble[what]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for it; there is news at every tick."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(true)

    async def ticked(self) -> None:
        """Wait until a tick was begun and ended."""
        picks = self.picks
        await self.until(lambda: self.picks > picks + 1)

    def open(self) -> None:
        """Hold nothing back any more."""
        for gate in (self.picking, *self.gates.values()):
            gate.open()

    async def take_over(self) -> None:
        """See what was left."""
        await self._tell("take_over")

    async def recover(self) -> None:
        """No lease ran out."""

    async def look_up(self) -> None:
        """Count it."""
        self.looks += 1
        await self._tell("look_up")

    async def pick_up(self, engine: Engine) -> list[str]:
        """Make a snapshot, for as long as the test wishes."""
        self.picks += 1
        await self._tell("pick_up")
        await self.picking.passed()
        return []

    async def unfinished(self) -> Sequence[Ticket]:
        """What is due and was not done."""
        return [one for one in self.due if one not in self.done]

    async def work(self, ticket: Ticket, let_go: Callable[[], None]) -> datetime | None:
        """Send, for as long as the test wishes."""
        self.begun.append(ticket)
        if ticket in self.tails:
            let_go()
            let_go()
        await self._tell("work")
        await self.gates[ticket].passed()
        self.done.append(ticket)
        await self._tell("done")
        return None

    def stop(self) -> None:
        """Hand nothing more over."""
        self.stopped = True


@pytest.fixture
async def bench() -> Bench:
    return Bench()


def engine_at(bench: Bench, folder: Path) -> LocalEngine:
    return LocalEngine(bench, DeskLock(folder / "serve.lock"), workers=1, in_hand=3)


@pytest.fixture
async def engine(bench: Bench, tmp_path: Path) -> AsyncIterator[LocalEngine]:
    engine = engine_at(bench, tmp_path)
    await engine.start()
    yield engine
    bench.open()
    await engine.stop()


# Ticking.


async def test_a_pause_is_seen_while_a_snapshot_is_made(bench: Bench, engine: LocalEngine) -> None:
    """Picking up 400,000 people takes seconds; `pause` and `cancel` act within one."""
    bench.picking.shut()
    picks, looks = bench.picks, bench.looks
    await bench.until(lambda: bench.picks > picks)
    await bench.until(lambda: bench.looks > looks + 2)


@pytest.mark.parametrize("what", ["look_up", "pick_up"])
async def test_without_its_store_it_is_not_healthy_and_with_it_it_is_again(
    bench: Bench, engine: LocalEngine, what: str
) -> None:
    assert engine.healthy
    bench.trouble[what] = StoreUnavailable("the database restarts")
    await bench.until(lambda: not engine.healthy)
    bench.trouble.clear()
    bench.due.append(ONE)
    await bench.until(lambda: engine.healthy and bench.done == [ONE])


async def test_while_nothing_can_be_claimed_it_is_not_healthy(
    bench: Bench, engine: LocalEngine
) -> None:
    """A full disk: an idle tick only reads, and finds nothing wrong."""
    bench.trouble["work"] = StoreUnavailable("no space left on the disk")
    bench.due.append(ONE)
    await bench.until(lambda: not engine.healthy)
    await bench.ticked()
    assert not engine.healthy
    bench.trouble.clear()
    await bench.until(lambda: engine.healthy and bench.done == [ONE])


async def test_when_nothing_is_left_to_claim_it_is_healthy_again(
    bench: Bench, engine: LocalEngine
) -> None:
    """Somebody made room and called the release off."""
    bench.trouble["work"] = StoreUnavailable("no space left on the disk")
    bench.due.append(ONE)
    await bench.until(lambda: not engine.healthy)
    bench.due.clear()
    await bench.until(lambda: engine.healthy)


# Tickets.


async def test_a_batch_that_hangs_holds_up_no_other_association(
    bench: Bench, engine: LocalEngine
) -> None:
    """P7. Of its own association, no more are begun than there are workers."""
    bench.gates[ONE].shut()
    bench.due += [ONE, TWO, OTHER]
    await bench.until(lambda: OTHER in bench.done)
    assert TWO not in bench.begun
    bench.gates[ONE].open()
    await bench.until(lambda: TWO in bench.done)


async def test_a_batch_that_only_waits_for_its_slowest_readers_lets_the_next_begin(
    bench: Bench, engine: LocalEngine
) -> None:
    """P7. It keeps its place among those in hand, which are bounded (P9)."""
    bench.tails |= {ONE, TWO, THREE, FOUR}
    for each in bench.tails:
        bench.gates[each].shut()
    bench.due += [ONE, TWO, THREE, FOUR]
    await bench.until(lambda: bench.begun == [ONE, TWO, THREE])
    await bench.ticked()
    assert FOUR not in bench.begun
    bench.gates[TWO].open()
    await bench.until(lambda: FOUR in bench.begun)


async def test_what_lets_go_twice_frees_one_slot(bench: Bench, engine: LocalEngine) -> None:
    bench.tails.add(ONE)
    for each in (ONE, TWO, THREE):
        bench.gates[each].shut()
    bench.due += [ONE, TWO, THREE]
    await bench.until(lambda: bench.begun == [ONE, TWO])
    bench.gates[ONE].open()
    await bench.until(lambda: bench.done == [ONE])
    await bench.ticked()
    assert bench.begun == [ONE, TWO]


async def test_a_batch_in_hand_is_not_begun_again(bench: Bench, engine: LocalEngine) -> None:
    bench.gates[ONE].shut()
    bench.due.append(ONE)
    await bench.until(lambda: bench.begun == [ONE])
    await bench.ticked()
    bench.gates[ONE].open()
    bench.due.append(TWO)
    await bench.until(lambda: TWO in bench.done)
    assert bench.begun == [ONE, TWO]


async def test_a_batch_is_worked_once_its_transaction_is_committed_and_not_before(
    bench: Bench, engine: LocalEngine, database_url: str
) -> None:
    database = Database(database_url)
    async with database.begin() as transaction:
        engine.submit(transaction, [ONE])
        await bench.ticked()
        assert bench.begun == []
    await bench.until(lambda: bench.done == [ONE])
    await database.close()


async def test_a_batch_whose_transaction_is_rolled_back_is_not_worked(
    bench: Bench, engine: LocalEngine, database_url: str
) -> None:
    database = Database(database_url)

    async def submit_and_fail() -> None:
        async with database.begin() as transaction:
            engine.submit(transaction, [ONE])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await submit_and_fail()
    async with database.begin() as transaction:
        engine.submit(transaction, [TWO])
    await bench.until(lambda: bench.done == [TWO])
    assert bench.begun == [TWO]
    await database.close()


@pytest.mark.parametrize("mistake", [ZeroDivisionError(), StoreUnavailable("no room")])
async def test_a_batch_that_was_cut_short_is_found_again(
    bench: Bench, engine: LocalEngine, mistake: Exception
) -> None:
    """P2. And its slot is free again: workers are few."""
    bench.trouble["work"] = mistake
    bench.due.append(ONE)
    await bench.until(lambda: bench.begun[1:] == [ONE])
    assert bench.done == []
    bench.trouble.clear()
    await bench.until(lambda: bench.done == [ONE])


# Its end, and its beginning.


async def test_stopping_awaits_what_is_in_hand_and_begins_nothing_more(tmp_path: Path) -> None:
    bench = Bench(ONE, TWO)
    bench.gates[ONE].shut()
    engine = engine_at(bench, tmp_path)
    await engine.start()
    await bench.until(lambda: bench.begun == [ONE])
    stopping = asyncio.create_task(engine.stop())
    await asyncio.sleep(0)
    assert bench.stopped
    assert not stopping.done()
    bench.gates[ONE].open()
    await stopping
    assert bench.done == bench.begun == [ONE]


async def test_two_at_one_desk_are_one_too_many(bench: Bench, tmp_path: Path) -> None:
    first, second = engine_at(bench, tmp_path), engine_at(bench, tmp_path)
    await first.start()
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        await second.start()
    assert not second.healthy
    await first.stop()
    await second.start()
    await second.stop()


async def test_what_cannot_take_over_leaves_the_desk_to_another(
    bench: Bench, tmp_path: Path
) -> None:
    bench.trouble["take_over"] = StoreUnavailable("the database restarts")
    with pytest.raises(StoreUnavailable):
        await engine_at(bench, tmp_path).start()
    bench.trouble.clear()
    after = engine_at(bench, tmp_path)
    await after.start()
    await after.stop()


# With a desk's real work.


async def test_readers_whose_relay_says_nothing_hold_up_only_themselves(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P7. RCPT may take five minutes, and two batches are worked at once."""
    monkeypatch.setattr(attempting, "TAIL", 0.01)
    people = [f"p{number:02}@lichen.example" for number in range(40)]
    slow = {people[5], people[15]}
    gate = asyncio.Event()

    async def rcpt(talk: smtpd.Talk) -> None:
        if talk.recipient in slow:
            await gate.wait()
        await talk.say("250 2.1.5 Ok")

    async with (
        smtpd.Server(smtpd.answering(RCPT=rcpt)) as server,
        Pool(Relay(port=server.port, tls="none")) as pool,
        office_at(
            database_url,
            tmp_path / "desk",
            transports={"default": pool},
            policy=Policy(batch_size=10),
        ) as office,
    ):
        await office.admit("harfang", *people)
        await office.approved(ALONE)
        journal = Journal(office.home / "journal")
        office.journals.append(journal)
        lock = DeskLock(office.home / "serve.lock")
        engine = LocalEngine(Work(office.desk, journal), lock, workers=2, in_hand=12)
        await engine.start()
        try:
            async with asyncio.timeout(10):
                await server.kept(len(people) - len(slow))
            assert not slow & {one.recipient for one in server.arrived}
            gate.set()
            await server.kept(len(people))
        finally:
            gate.set()
            await engine.stop()
        assert (await office.summary()).states == {DeliveryState.SENT: len(people)}
