"""A claim handed over window by window, and what a worker's claims say of it and its tenure."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, Office, office_at
from tests.contract.fakes import OK, NoJournal, Scripted

from communique.desk import sending
from communique.desk.asking import Permission
from communique.desk.joining import Seat, Tenure
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.domain.delivery import Claim, DeliveryState, Ticket, node_of
from communique.domain.outcome import Answer
from communique.domain.pacing import Rate
from communique.errors import StoreUnavailable
from communique.ports import Outgoing, Transport
from communique.store.tables import attempts, deliveries

READERS = [f"p{number:02}@lichen.example" for number in range(10)]


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WINDOW", 4)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", *READERS)
        yield office


@pytest.fixture(autouse=True)
def _at_any_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may take its time between two turns."""
    monkeypatch.setattr(Permission, "FRESH", math.inf)


class Turns(Scripted):
    """A relay that lets as many have their turn as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Outgoing] = []
        self.moved = asyncio.Event()

    def take(self, mail: Outgoing) -> None:
        self.waiting.append(mail)
        self.moved.set()

    def turn(self) -> None:
        """The turn of the next has come, and it is accepted."""
        mail = self.waiting.pop(0)
        if mail.ready():
            self.mails.append(mail)
            mail.ended(OK)

    async def holds(self, count: int) -> None:
        """Until so many wait here."""
        while len(self.waiting) < count:
            self.moved.clear()
            await self.moved.wait()


class Noted(Sharing):
    """Keeps what a worker notes before it hands a window over."""

    def __init__(self, office: Office, *, fails_at: int = -1, rate: Rate | None = None) -> None:
        super().__init__(office.desk, {}, {"default": rate} if rate else {})
        self.windows: list[list[str]] = []
        self.fails_at = fails_at

    async def begin(self, claims: Sequence[Claim]) -> Collection[int]:
        if len(self.windows) == self.fails_at:
            raise StoreUnavailable(message="the database restarts")
        ours = await super().begin(claims)
        self.windows.append([one.reader.address for one in claims])
        return ours


async def prepared(office: Office, transport: Transport) -> tuple[Office, Ticket]:
    """The same office over this transport, and the one batch of its release."""
    through = replace(office, desk=replace(office.desk, transports={"default": transport}))
    [ticket] = await through.picked_up(ALONE)
    return through, ticket


async def test_the_next_window_follows_when_half_of_the_last_has_begun(office: Office) -> None:
    relay = Turns()
    office, ticket = await prepared(office, relay)
    noted = Noted(office)
    worker = BatchWorker(office.desk, NoJournal(), sharing=noted)
    working = asyncio.create_task(worker.work(ticket))
    await relay.holds(4)
    assert noted.windows == [READERS[:4]]
    relay.turn()
    relay.turn()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(relay.waiting) == 2, "two of four still wait: no connection is idle"
    relay.turn()
    await relay.holds(5)
    assert noted.windows == [READERS[:4], READERS[4:8]]
    for _ in range(4):
        relay.turn()
    await relay.holds(3)
    assert noted.windows == [READERS[:4], READERS[4:8], READERS[8:]]
    for _ in range(3):
        relay.turn()
    await working
    assert [one.recipient for one in relay.mails] == READERS
    assert (await office.summary()).states == {DeliveryState.SENT: 10}


async def test_where_nobody_else_must_know_a_claim_is_one_window(office: Office) -> None:
    relay = Turns()
    office, ticket = await prepared(office, relay)
    working = asyncio.create_task(BatchWorker(office.desk, NoJournal()).work(ticket))
    await relay.holds(10)
    for _ in range(10):
        relay.turn()
    await working
    assert (await office.summary()).states == {DeliveryState.SENT: 10}


async def test_what_cannot_be_noted_goes_back_and_what_was_handed_over_ends(
    office: Office,
) -> None:
    office, ticket = await prepared(office, Scripted())
    noted = Noted(office, fails_at=1)
    worker = BatchWorker(office.desk, NoJournal(), sharing=noted)
    with pytest.raises(StoreUnavailable):
        async with asyncio.timeout(30):
            await worker.work(ticket)
    assert (await office.summary()).states == {DeliveryState.SENT: 4, DeliveryState.QUEUED: 6}
    assert await office.count(attempts) == 4
    noted.fails_at = -1
    await worker.work(ticket)
    assert (await office.summary()).states == {DeliveryState.SENT: 10}
    assert await office.count(attempts) == 10


async def test_what_was_called_off_meanwhile_is_not_noted_and_goes_back(office: Office) -> None:
    relay = Turns()
    office, ticket = await prepared(office, relay)
    noted = Noted(office)
    worker = BatchWorker(office.desk, NoJournal(), sharing=noted)
    working = asyncio.create_task(worker.work(ticket))
    await relay.holds(4)
    relay.turn()
    worker.stop()
    while not working.done():
        while relay.waiting:
            relay.turn()
        await asyncio.sleep(0)
    assert noted.windows == [READERS[:4]]
    assert (await office.summary()).states == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 9}


async def test_a_mistake_in_a_window_holds_the_next_up_no_longer(office: Office) -> None:
    class Broken(Scripted):
        def take(self, mail: Outgoing) -> None:
            mail.broken(ZeroDivisionError())

    office, ticket = await prepared(office, Broken())
    worker = BatchWorker(office.desk, NoJournal(), sharing=Noted(office))
    async with asyncio.timeout(30):
        with pytest.raises(ZeroDivisionError):
            await worker.work(ticket)


async def test_a_claim_says_whose_it_is(office: Office) -> None:
    whose: list[int] = []

    class Looking(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            whose.extend(node_of(row["claim"]) for row in await office.rows(deliveries))
            return OK

    through, ticket = await prepared(office, Looking())
    await BatchWorker(through.desk, NoJournal(), seat=lambda: Seat(2**22)).work(ticket)
    assert set(whose) == {2**22}


async def test_a_worker_that_may_be_thought_dead_hands_nothing_over(office: Office) -> None:
    """Its tenure may end, and be renewed, while a claim is under way."""
    tenure = Tenure()
    asked: list[bool] = []

    def answer(mail: Outgoing) -> Answer:
        for valid_until in (time.monotonic() - 1, time.monotonic() + 60):
            tenure.valid_until = valid_until
            asked.append(mail.may_go())
            asked.append(mail.begin())
        return OK

    office, ticket = await prepared(office, Scripted(answer))
    await BatchWorker(office.desk, NoJournal(), seat=lambda: Seat(1, tenure)).work(ticket)
    assert asked == [False, False, True, True] * len(READERS)


async def test_a_worker_whose_tenure_is_over_claims_nothing(office: Office) -> None:
    """It would claim and put back, claim and put back."""
    office, ticket = await prepared(office, Scripted())
    seat = Seat(1, Tenure(time.monotonic() - 1))
    await BatchWorker(office.desk, NoJournal(), seat=lambda: seat).work(ticket)
    assert (await office.summary()).states == {DeliveryState.QUEUED: 10}
    assert {row["claim"] for row in await office.rows(deliveries)} == {None}


# What a claim's neighbours may take it for.


async def test_of_a_dead_workers_claims_only_those_that_it_noted_are_unknown(
    office: Office,
) -> None:
    """P3. The rest was not handed over: to queue it again is no attempt."""
    relay = Turns()
    through, ticket = await prepared(office, relay)
    worker = BatchWorker(through.desk, NoJournal(), seat=lambda: Seat(7), sharing=Noted(through))
    dying = asyncio.create_task(worker.work(ticket))
    await relay.holds(4)
    dying.cancel()
    await asyncio.wait([dying])
    async with office.database.begin() as transaction:
        unknown = await transaction.claims.recover(office.clock.now(), reason="gone", nodes=[7])
    assert unknown == 4
    stands = await office.stands()
    assert [stands[one] for one in READERS] == ["unknown"] * 4 + ["queued"] * 6
    assert await office.count(attempts) == 4


async def test_what_was_taken_from_a_worker_meanwhile_is_not_handed_over(office: Office) -> None:
    relay = Turns()
    through, ticket = await prepared(office, relay)
    worker = BatchWorker(through.desk, NoJournal(), seat=lambda: Seat(7), sharing=Noted(through))
    working = asyncio.create_task(worker.work(ticket))
    await relay.holds(4)
    async with office.database.begin() as transaction:
        await transaction.claims.recover(office.clock.now(), reason="gone", nodes=[7])
    while not working.done():
        if relay.waiting:
            relay.turn()
        await asyncio.sleep(0)
    went = Counter(one.recipient for one in relay.mails)
    assert [went[one] for one in READERS] == [2] * 4 + [1] * 6


# How fast.


async def test_beyond_its_patience_a_claim_is_told_when_to_come_back(office: Office) -> None:
    office, ticket = await prepared(office, Scripted())
    one_a_minute = Noted(office, rate=Rate(1, 60))
    due_at = await BatchWorker(office.desk, NoJournal(), sharing=one_a_minute).work(ticket)
    assert (await office.summary()).states == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 9}
    assert await office.count(attempts) == 1
    assert due_at is not None
    assert timedelta(0) < due_at - office.clock.now() <= timedelta(seconds=60)
    waiting = await office.lines()
    assert {waiting[one].reason for one in READERS[1:]} == {"rate limit"}


async def test_a_short_wait_for_its_turn_is_waited_for(office: Office) -> None:
    """All workers together take no more than the rate."""
    office, ticket = await prepared(office, Scripted())
    rate = Rate(400)
    async with office.database.begin() as transaction:
        taken = await transaction.paces.take("default", rate, 397)
    assert taken.count == 397
    noted = Noted(office, rate=rate)
    await BatchWorker(office.desk, NoJournal(), sharing=noted).work(ticket)
    assert (await office.summary()).states == {DeliveryState.SENT: 10}
    assert [one for window in noted.windows for one in window] == READERS


async def test_a_wait_for_its_turn_holds_no_stop_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 3600.0)
    relay = Turns()
    office, ticket = await prepared(office, relay)
    noted = Noted(office, rate=Rate(1, 600))
    worker = BatchWorker(office.desk, NoJournal(), sharing=noted)
    working = asyncio.create_task(worker.work(ticket))
    await relay.holds(1)
    relay.turn()
    worker.stop()
    async with asyncio.timeout(30):
        await working
    assert (await office.summary()).states == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 9}
