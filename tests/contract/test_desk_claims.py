"""What a worker has in hand is its own, whatever clocks and databases do meanwhile (P2, P3, P7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.contract.desks import ALONE, HARFANG, Office, office_at
from tests.contract.fakes import OK, NoJournal, Scripted

from communique.desk import recording
from communique.desk.sending import BatchWorker
from communique.domain.delivery import GIVE_UP_AFTER
from communique.domain.outcome import Answer, Deferred, NotTried, Outcome, Scope, Unknown
from communique.domain.release import State
from communique.errors import DataRefused, StoreUnavailable
from communique.ports import Outgoing
from communique.store import Database
from communique.store.tables import attempts, deliveries

A, B, C = "a@lichen.example", "b@lichen.example", "c@lichen.example"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, C)
        yield office


class Hesitant(Scripted):
    """A relay that has the content of each mail, and answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.has_all = asyncio.Event()
        self.answers = asyncio.Event()

    async def carry(self, mail: Outgoing) -> Answer:
        assert mail.begin()
        self.mails.append(mail)
        if len(self.mails) == 3:
            self.has_all.set()
        await self.answers.wait()
        return OK


async def lapse(office: Office) -> None:
    """Every lease runs out: a clock that leapt, a machine that slept, a database long away."""
    async with office.database.begin() as transaction:
        held = deliveries.c.lease_until.is_not(None)
        await transaction.connection.execute(
            update(deliveries).where(held).values(lease_until=LONG_AGO)
        )


def through(office: Office, **changes: Any) -> Office:
    return replace(office, desk=replace(office.desk, **changes))


async def test_what_is_in_hand_is_not_taken_back_though_its_lease_ran_out(office: Office) -> None:
    relay = Hesitant()
    office = through(office, transports={"default": relay})
    [ticket] = await office.picked_up(ALONE)
    sender = office.sender()
    working = asyncio.create_task(sender.work(ticket))
    await relay.has_all.wait()
    await lapse(office)
    await sender.recover_expired("lost")
    assert set((await office.stands()).values()) == {"sending"}
    relay.answers.set()
    await working
    assert set((await office.stands()).values()) == {"sent"}
    assert len(relay.mails) == await office.count(attempts) == 3
    assert (await office.summary()).copies == 0


async def test_another_worker_takes_back_what_ran_out(office: Office) -> None:
    relay = Hesitant()
    office = through(office, transports={"default": relay})
    [ticket] = await office.picked_up(ALONE)
    gone = asyncio.create_task(BatchWorker(office.desk, NoJournal()).work(ticket))
    await relay.has_all.wait()
    await lapse(office)
    await office.sender().recover_expired("lost")
    assert set((await office.stands()).values()) == {"unknown"}
    relay.answers.set()
    await gone  # what it knows comes too late; it sends once more, and the log says so
    assert set((await office.stands()).values()) == {"sent"}
    assert (await office.summary()).copies == 3


async def test_a_claim_whose_commit_was_not_confirmed_is_put_back(office: Office) -> None:
    class Forgetful:
        """Commits, and loses the word of it once."""

        def __init__(self, database: Database) -> None:
            self._database = database
            self.read = database.read
            self.forgets = True
            self.noes = 0

        @asynccontextmanager
        async def begin(self) -> AsyncIterator[Any]:
            async with self._database.begin() as transaction:
                yield transaction
            if self.forgets:
                self.forgets = False
                raise StoreUnavailable(message="the connection was lost")

    [ticket] = await office.picked_up(ALONE)
    sender = BatchWorker(through(office, store=Forgetful(office.database)).desk, NoJournal())
    with pytest.raises(StoreUnavailable):
        await sender.work(ticket)
    assert set((await office.stands()).values()) == {"sending"}
    await sender.recover_expired("lost")
    assert set((await office.stands()).values()) == {"queued"}
    await sender.work(ticket)
    assert set((await office.stands()).values()) == {"sent"}
    assert await office.count(attempts) == 3, "what was never begun was no attempt"


async def test_a_result_that_the_database_refuses_costs_no_other_its_place(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = recording.write

    async def picky(desk: Any, transaction: Any, results: Any, *more: Any) -> Any:
        if any(one.claim.reader.address == B for one in results):
            raise DataRefused(reason="it is too long")
        return await write(desk, transaction, results, *more)

    monkeypatch.setattr(recording, "write", picky)
    [ticket] = await office.picked_up(ALONE)
    with pytest.raises(DataRefused):
        await office.sender().work(ticket)
    assert await office.stands() == {A: "sent", B: "sending", C: "sent"}


@pytest.mark.parametrize("first", [Unknown("no last word"), Deferred("busy", Scope.RECIPIENT)])
async def test_what_may_have_arrived_has_not_simply_failed_when_its_time_is_over(
    office: Office, first: Outcome
) -> None:
    resting = NotTried("rests", 60.0)
    answers = [first, resting]
    office = through(office, transports={"default": Scripted(lambda _: answers[0])})
    await office.picked_up(ALONE)
    await office.work()
    del answers[0]
    office.clock.forward(minutes=10)
    await office.work()
    office.clock.forward(days=GIVE_UP_AFTER.days)
    await office.work()
    ended = "unknown" if isinstance(first, Unknown) else "failed"
    assert set((await office.stands()).values()) == {ended}
    assert (await office.lines())[A].reason == "gave_up: rests"
    assert await office.state() is State.SENT


async def test_people_of_a_transport_that_is_not_set_up_wait_and_see_for_what(
    office: Office,
) -> None:
    await office.sync(replace(HARFANG, transport="relay2"))
    await office.picked_up(ALONE)
    await office.work()
    line = (await office.lines())[A]
    assert line.state == "queued"
    assert "“relay2”, which is not set up" in (line.reason or "")
    assert line.due_at == office.clock.now() + timedelta(minutes=1)
    mended = through(office, transports={"relay2": office.transport})
    office.clock.forward(minutes=2)
    await mended.work()
    assert await office.state() is State.SENT


async def test_nobody_waits_for_ever_for_a_transport_that_is_not_set_up(office: Office) -> None:
    await office.sync(replace(HARFANG, transport="relay2"))
    await office.picked_up(ALONE)
    await office.work()
    office.clock.forward(days=GIVE_UP_AFTER.days, minutes=5)
    await office.work()
    assert set((await office.stands()).values()) == {"failed"}
    assert await office.state() is State.SENT
