"""Work that is the desk's, whatever engine brings it: whose turn it is, and what comes round."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest
from tests import smtpd
from tests.contract.benches import Gate
from tests.contract.desks import ALONE, Office, office_at
from tests.contract.fakes import Machine, NoJournal

from communique.desk import Policy, attempting, scheduling
from communique.desk.custody import Custody
from communique.desk.joining import DISTRIBUTED, LOCAL, Place
from communique.desk.sending import BatchWorker
from communique.desk.working import Working
from communique.domain.actor import OPERATOR
from communique.domain.delivery import DeliveryState, Ticket
from communique.domain.release import State
from communique.engine.journal import Journal
from communique.engine.local import LocalEngine
from communique.engine.memory import Memory
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay

ONE, TWO, THREE, FOUR = (Ticket(1, number, "harfang") for number in range(1, 5))
OTHER = Ticket(2, 1, "massif")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


class Bench(BatchWorker):
    """A worker whose batches end when the test says so."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.desk, NoJournal())
        self.gates = defaultdict[Ticket, Gate](Gate)
        self.tails: set[Ticket] = set()  # batches that only wait for what they began
        self.begun: list[Ticket] = []
        self.done: list[Ticket] = []

    async def work(
        self, ticket: Ticket, release_slot: Callable[[], None] = lambda: None
    ) -> datetime | None:
        """Send, for as long as the test wishes."""
        self.begun.append(ticket)
        if ticket in self.tails:
            release_slot()
            release_slot()
        await self.gates[ticket].passed()
        self.done.append(ticket)
        return None


class Rounds:
    """Work whose worker is a bench, one batch at once of each association, three in hand."""

    def __init__(self, office: Office) -> None:
        self.bench = Bench(office)
        place = Place(office.desk, Machine(), LOCAL, ())
        self.work = Working(
            office.desk, office.engine, place, self.bench, Journal(office.home),
            Custody(office.desk, Memory(office.home), alone=True), workers=1, in_hand=3,
        )  # fmt: skip
        self._tasks: list[asyncio.Task[datetime | None]] = []

    async def begin(self, *tickets: Ticket) -> None:
        """Have them worked, and let all begin that can."""
        self._tasks += [asyncio.create_task(self.work.work(one)) for one in tickets]
        await self.settle()

    async def settle(self) -> None:
        """Let happen what can."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Hold nothing back any more."""
        for gate in self.bench.gates.values():
            gate.open()
        await asyncio.gather(*self._tasks)
        await self.work.end()


@pytest.fixture
async def rounds(office: Office) -> AsyncIterator[Rounds]:
    rounds = Rounds(office)
    yield rounds
    await rounds.end()


# Whose turn it is.


async def test_a_batch_that_hangs_holds_up_no_other_association(rounds: Rounds) -> None:
    """P7. Of its own association, no more are begun than there are workers."""
    rounds.bench.gates[ONE].shut()
    await rounds.begin(ONE, TWO, OTHER)
    assert rounds.bench.done == [OTHER]
    assert rounds.bench.begun == [ONE, OTHER]
    rounds.bench.gates[ONE].open()
    await rounds.settle()
    assert rounds.bench.done == [OTHER, ONE, TWO]


async def test_a_batch_that_only_waits_for_its_slowest_readers_lets_the_next_begin(
    rounds: Rounds,
) -> None:
    """P7. It keeps its place among those in hand, which are bounded (P9)."""
    rounds.bench.tails |= {ONE, TWO, THREE, FOUR}
    for each in rounds.bench.tails:
        rounds.bench.gates[each].shut()
    await rounds.begin(ONE, TWO, THREE, FOUR)
    assert rounds.bench.begun == [ONE, TWO, THREE]
    rounds.bench.gates[TWO].open()
    await rounds.settle()
    assert rounds.bench.begun == [ONE, TWO, THREE, FOUR]


async def test_what_releases_its_slot_twice_frees_one(rounds: Rounds) -> None:
    rounds.bench.tails.add(ONE)
    for each in (ONE, TWO, THREE):
        rounds.bench.gates[each].shut()
    await rounds.begin(ONE, TWO, THREE)
    assert rounds.bench.begun == [ONE, TWO]
    rounds.bench.gates[ONE].open()
    await rounds.settle()
    assert rounds.bench.done == [ONE]
    assert rounds.bench.begun == [ONE, TWO]


async def test_what_waits_for_its_turn_is_not_begun_when_it_stops(rounds: Rounds) -> None:
    rounds.bench.gates[ONE].shut()
    await rounds.begin(ONE, TWO)
    rounds.work.stop()
    await rounds.end()
    assert rounds.bench.begun == [ONE]


# What comes round.


async def test_an_association_is_worked_for_once_it_is_there(office: Office) -> None:
    service = office.service()
    assert list(service.work.queues()) == []
    await service.work.begin()
    assert sorted(service.work.queues()) == ["harfang", "massif"]


async def test_what_a_pause_drained_is_submitted_again(office: Office) -> None:
    service = office.service()
    await service.work.begin()
    await office.admit("harfang", "a@lichen.example")
    [ticket] = await office.picked_up(ALONE)
    await scheduling.pause(office.desk, OPERATOR, ALONE.key)
    await service.work.resubmit()
    assert office.engine.submitted == [ticket]
    await scheduling.resume(office.desk, OPERATOR, ALONE.key)
    await service.work.resubmit()
    assert office.engine.submitted == [ticket, ticket]


async def test_a_chore_for_one_is_run_by_one_of_all_nodes(office: Office) -> None:
    runs: set[int] = set()
    services = [office.service(Machine(pid, runs=runs), "distributed") for pid in (1, 2, 3)]
    for each in services:
        await each.work.begin()
    [chore] = [one for one in services[0].work.chores if one.name == "the pick-up"]
    assert chore.once
    assert sorted([await one.work.may_run(chore) for one in services]) == [False, False, True]


@pytest.mark.parametrize(
    ("neighbour", "state"),
    [(("web", "scheduler"), State.PAUSED), (("worker",), State.SENDING)],
)
async def test_what_nobody_sent_for_long_asks_before_it_goes_though_a_scheduler_ran(
    office: Office, neighbour: tuple[str, ...], state: State
) -> None:
    """P8. The only worker's machine was off, and is switched on at night."""
    runs: set[int] = set()
    first = office.service(Machine(1, runs=runs), DISTRIBUTED, roles=neighbour)
    await first.work.begin()
    await office.admit("harfang", "a@lichen.example")
    await office.picked_up(ALONE)
    office.clock.forward(hours=14)
    await office.service(Machine(2, runs=runs), DISTRIBUTED, roles=("worker",)).work.begin()
    assert await office.state() is state


@pytest.mark.parametrize("left", [True, False])
async def test_who_leaves_results_to_its_journal_leaves_its_row_too(
    office: Office, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """So that the others look there; a row that is gone is nobody's to ask about."""
    service = office.service()
    await service.work.begin()
    monkeypatch.setattr(BatchWorker, "left_to_journal", left)
    service.work.stop()
    await service.work.end()
    async with office.database.read() as transaction:
        assert len(await transaction.nodes.all()) == left


# With a real relay.


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
        engine = LocalEngine()
        service = office.service(engine=engine)
        await engine.start(service.work)
        try:
            async with asyncio.timeout(60):
                await server.reached(set(people) - slow)
            assert not slow & {one.recipient for one in server.arrived}
            gate.set()
            await server.reached(people)
        finally:
            gate.set()
            await engine.stop()
            await service.work.end()
        assert (await office.summary()).states == {DeliveryState.SENT: len(people)}
