"""Who may work at a database, beside whom, and who takes over what somebody left (P2, P3).

The machines are stand-ins that say which of their processes run; all else is real. What others
elsewhere are given to show that they live is made short.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, NOW, Office, Service, claimed, office_at, office_over
from tests.contract.fakes import OK, Machine, Scripted

from communique.desk import inspecting, joining, working
from communique.desk.job import Job
from communique.desk.joining import DISTRIBUTED, LOCAL, Place
from communique.domain.actor import OPERATOR
from communique.domain.delivery import DeliveryState, NextStep, Result, Ticket, token_of
from communique.domain.lineage import Doubt
from communique.domain.outcome import NotTried
from communique.domain.release import State
from communique.domain.watching import Process
from communique.errors import AlreadyRunning, StoreUnavailable
from communique.ports import Outgoing
from communique.store.nodes import Nodes
from communique.store.worker_tables import nodes

A, B = "a@lichen.example", "b@lichen.example"
ELSEWHERE = Process("elsewhere", "boot", 1, 1)


@pytest.fixture(autouse=True)
def _nobody_dies_of_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "DEAD_AFTER", {LOCAL: 3600.0, DISTRIBUTED: 3600.0})


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who shows no sign of life is soon taken for dead."""
    monkeypatch.setattr(joining, "DEAD_AFTER", {LOCAL: 0.2, DISTRIBUTED: 0.1})
    monkeypatch.setattr(joining, "LOOK", 0.01)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def enter(office: Office, process: Process = ELSEWHERE, engine: str = LOCAL) -> int:
    """Be there, without a word more."""
    async with office.database.begin() as transaction:
        return await transaction.nodes.enter(process, engine=engine, roles=("worker",), at=NOW)


async def beat(office: Office, node: int) -> bool:
    async with office.database.begin() as transaction:
        return await transaction.nodes.beat(node)


async def there(office: Office) -> list[int]:
    return [row["id"] for row in await office.rows(nodes)]


async def take(office: Office, node: int, *addresses: str) -> None:
    """Have a node claim all that is due; it may have begun it."""
    release = await office.queued(*addresses)
    async with office.database.begin() as transaction:
        await claimed(transaction, Ticket(release.id, 1), token_of(node, 5))


# Alone.


async def test_of_two_local_ones_here_the_second_is_refused_at_once(office: Office) -> None:
    first, second = Machine(1), Machine(2)
    first.runs = second.runs = {1, 2}
    await office.service(first).work.begin()
    with pytest.raises(AlreadyRunning, match="process 1 on here") as refused:
        await office.service(second).work.begin()
    assert refused.value.remedy
    assert await there(office) == [1]


async def test_one_that_left_keeps_nobody_out(office: Office) -> None:
    first = office.service(Machine(1))
    await first.work.begin()
    await first.work.end()
    assert await there(office) == []
    await office.service(Machine(1)).work.begin()


async def test_what_one_left_that_died_here_is_taken_over_at_once(office: Office) -> None:
    """The very first at a database, too: nobody has its number before having entered."""
    await office.service(Machine(1)).work.begin()
    assert await there(office) == [1]
    await take(office, 1, A)
    async with asyncio.timeout(30):
        await office.service(Machine(2)).work.begin()
    assert await there(office) == [2]
    assert await office.stands() == {A: "unknown"}


async def test_what_was_left_behind_by_whoever_has_no_row_is_taken_over(office: Office) -> None:
    """Say, that of the version before this one."""
    await take(office, 3, A)
    await office.service().work.begin()
    assert await office.stands() == {A: "unknown"}


async def test_one_elsewhere_that_shows_that_it_lives_is_left_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await enter(office)

    async def wait(_: Place) -> None:
        assert await beat(office, node)

    monkeypatch.setattr(Place, "wait", wait)
    with pytest.raises(AlreadyRunning, match="on elsewhere"):
        await office.service().work.begin()
    assert await there(office) == [node]


@pytest.mark.usefixtures("quickly")
async def test_one_elsewhere_that_shows_nothing_is_taken_over_after_its_time(
    office: Office,
) -> None:
    node = await enter(office)
    await take(office, node, A)
    began_at = time.monotonic()
    service = office.service()
    await service.work.begin()
    assert time.monotonic() - began_at >= 0.2
    assert await there(office) == [service.place.seat.node]
    assert await office.stands() == {A: "unknown"}


@pytest.mark.parametrize(("one", "other"), [(LOCAL, DISTRIBUTED), (DISTRIBUTED, LOCAL)])
async def test_a_local_one_is_beside_nobody(office: Office, one: str, other: str) -> None:
    first, second = Machine(1), Machine(2)
    first.runs = second.runs = {1, 2}
    await office.service(first, one).work.begin()
    with pytest.raises(AlreadyRunning):
        await office.service(second, other).work.begin()


@pytest.mark.usefixtures("quickly")
async def test_a_local_one_elsewhere_is_given_its_time_by_whoever_comes(office: Office) -> None:
    """It counts on that until its tenure is over, whatever the newcomer is."""
    await enter(office, engine=LOCAL)
    newcomer = office.service(kind=DISTRIBUTED)
    began_at = time.monotonic()
    await newcomer.work.begin()
    assert time.monotonic() - began_at >= 0.2


async def test_distributed_ones_work_beside_each_other(office: Office) -> None:
    runs: set[int] = set()
    services = [office.service(Machine(pid, runs=runs), DISTRIBUTED) for pid in (1, 2, 3)]
    for each in services:
        await each.work.begin()
    assert await there(office) == [each.place.seat.node for each in services] == [1, 2, 3]


async def test_of_many_that_start_at_once_one_works(database_url: str, tmp_path: Path) -> None:
    runs: set[int] = set()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(office_at(database_url, tmp_path / "desk"))
        folders = [tmp_path / f"desk-{number}" for number in range(4)]
        others = [office_over(database_url, folder) for folder in folders]
        offices = [first, *[await stack.enter_async_context(one) for one in others]]
        services = [one.service(Machine(pid, runs=runs)) for pid, one in enumerate(offices, 1)]
        for one in offices:
            one.home.mkdir(exist_ok=True)
        ended = await asyncio.gather(
            *(one.work.begin() for one in services), return_exceptions=True
        )
        refused = [one for one in ended if one is not None]
        assert len(refused) == 4
        assert all(isinstance(one, AlreadyRunning) for one in refused)
        assert len(await there(first)) == 1


async def test_who_removes_files_gets_no_second_service_for_it(office: Office) -> None:
    runs: set[int] = set()
    await office.service(Machine(1, runs=runs)).work.begin()
    for path in office.home.iterdir():
        if path.name.startswith(("journal", "serve")):
            path.unlink()
    with pytest.raises(AlreadyRunning):
        await office.service(Machine(2, runs=runs)).work.begin()


async def test_another_folder_at_the_same_database_is_no_other_desk(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    runs: set[int] = set()
    await office.service(Machine(1, runs=runs)).work.begin()
    shutil.copytree(office.home, tmp_path / "copy")
    async with office_over(database_url, tmp_path / "copy") as other:
        with pytest.raises(AlreadyRunning):
            await other.service(Machine(2, runs=runs)).work.begin()


async def test_whoever_works_at_the_database_that_this_is_a_copy_of_keeps_nobody_out(
    tmp_path: Path,
) -> None:
    """A desk that was restored beside the one that goes on: it rehearses, and has its own word."""
    runs: set[int] = set()
    first, copy = tmp_path / "one.db", tmp_path / "other.db"
    async with office_at(f"sqlite+aiosqlite:///{first}", tmp_path / "desk") as office:
        one = office.service(Machine(1, runs=runs))
        await one.work.begin()
        with closing(sqlite3.connect(first)) as there, closing(sqlite3.connect(copy)) as here:
            there.backup(here)
        shutil.copytree(office.home / "templates", tmp_path / "restored" / "templates")
        async with office_over(f"sqlite+aiosqlite:///{copy}", tmp_path / "restored") as other:
            assert await inspecting.nodes(other.desk, OPERATOR) == ()
            restored = other.service(Machine(2, runs=runs))
            await restored.work.begin()
            assert restored.custody.doubt is Doubt.ELSEWHERE
            with pytest.raises(AlreadyRunning):
                await other.service(Machine(3, runs=runs)).work.begin()
        assert await one.place.beat()
        with pytest.raises(AlreadyRunning):
            await office.service(Machine(4, runs=runs)).work.begin()


# Taking over while one works.


async def joined(office: Office) -> tuple[Service, Service, Machine]:
    """Two that work together, and the machine of the second."""
    runs: set[int] = set()
    machines = Machine(1, runs=runs), Machine(2, runs=runs)
    one, other = (office.service(machine, DISTRIBUTED) for machine in machines)
    await one.work.begin()
    await other.work.begin()
    return one, other, machines[1]


async def test_what_one_that_died_had_in_hand_is_taken_over_by_its_neighbour(
    office: Office,
) -> None:
    one, other, machine = await joined(office)
    await take(office, other.place.seat.node, A)
    await one.work.recover()
    assert await office.stands() == {A: "sending"}
    machine.runs.discard(2)
    await one.work.recover()
    assert await there(office) == [one.place.seat.node]
    assert await office.stands() == {A: "unknown"}


async def test_a_neighbours_death_takes_nothing_from_who_lives(office: Office) -> None:
    """Not even what it took so long ago that its lease ran out: it ends by itself, however late."""
    one, _, machine = await joined(office)
    release = await office.queued(A)
    async with office.database.begin() as transaction:
        token = token_of(one.place.seat.node, 5)
        await claimed(transaction, Ticket(release.id, 1), token, lease=timedelta(seconds=-1))
    machine.runs.discard(2)
    one.worker._held.add(token)  # as while it works them
    await one.work.recover()
    assert await there(office) == [one.place.seat.node]
    assert await office.stands() == {A: "sending"}
    newcomer = office.service(Machine(3, runs=machine.runs), DISTRIBUTED)
    await newcomer.work.begin()
    assert await office.stands() == {A: "sending"}


@pytest.mark.parametrize("doubt", [None, Doubt.OLDER])
async def test_what_a_neighbour_noted_is_believed_unless_the_database_is_in_doubt(
    office: Office, doubt: Doubt | None
) -> None:
    """It may be of another database, or of what this one has yet to do."""
    one, other, machine = await joined(office)
    release = await office.queued(A)
    token = token_of(other.place.seat.node, 5)
    [claim] = await office.claim(Ticket(release.id, 1), token)
    journal = office.journals[1]
    journal.claimed(token, 1)
    journal.begun(claim)
    sent = NextStep(DeliveryState.SENT, None)
    journal.ended(Result(claim, sent, OK, "default", NOW, 0.25))
    journal.close()
    machine.runs.discard(2)
    one.custody.doubt = doubt
    await one.work.recover()
    assert await office.stands() == {A: "unknown" if doubt else "sent"}


# Tenure.


async def test_who_cannot_show_that_it_lives_begins_nothing_after_its_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = office.service()
    await service.work.begin()
    tenure = service.place.seat.tenure
    entered = tenure.valid_until
    assert 0 < entered - time.monotonic() <= joining.MARGIN * 3600
    await service.work.beat()
    before = tenure.valid_until
    assert entered < before <= time.monotonic() + joining.MARGIN * 3600

    async def away(*_: object) -> bool:
        raise StoreUnavailable(message="the database restarts")

    monkeypatch.setattr(Nodes, "beat", away)
    with pytest.raises(StoreUnavailable):
        await service.work.beat()
    assert tenure.valid_until == before


async def test_who_was_taken_for_dead_begins_again_as_another(office: Office) -> None:
    """What it had in hand is not begun, and what it begins from now on is its own."""
    asked: list[bool] = []
    await office.admit("harfang", A, B)
    [ticket] = await office.picked_up(ALONE)
    relay = Holding()
    through = replace(office, desk=replace(office.desk, transports={"default": relay}))
    service = through.service()
    await service.work.begin()
    old = service.place.seat
    working = asyncio.create_task(service.work.work(ticket))
    await relay.has(2)
    async with office.database.begin() as transaction:
        await transaction.nodes.leave(old.node)
    await service.work.beat()
    new = service.place.seat
    assert await there(office) == [new.node]
    assert new.node > old.node
    for mail in relay.mails[:2]:
        asked += [mail.may_go(), mail.begin()]
        mail.ended(NotTried("not started"))
    await relay.has(4)
    for mail in relay.mails[2:]:
        asked += [mail.may_go(), mail.begin()]
        mail.ended(OK)
    await working
    assert asked == [False] * 4 + [True] * 4
    assert await office.stands() == {A: "sent", B: "sent"}


async def test_a_local_one_that_finds_another_in_its_place_begins_nothing_until_that_is_gone(
    office: Office,
) -> None:
    runs: set[int] = set()
    service = office.service(Machine(1, runs=runs))
    await service.work.begin()
    async with office.database.begin() as transaction:
        await transaction.nodes.leave(service.place.seat.node)
    await office.service(Machine(2, runs=runs)).work.begin()
    for _ in range(2):
        with pytest.raises(AlreadyRunning):
            await service.work.beat()
    await office.admit("harfang", A)
    [ticket] = await office.picked_up(ALONE)
    await service.work.work(ticket)
    assert await office.stands() == {A: "queued"}
    runs.discard(2)
    await service.work.beat()
    await service.work.work(ticket)
    assert await office.stands() == {A: "sent"}


async def test_who_comes_back_takes_over_what_others_left_meanwhile(office: Office) -> None:
    runs: set[int] = set()
    service = office.service(Machine(1, runs=runs))
    await service.work.begin()
    async with office.database.begin() as transaction:
        await transaction.nodes.leave(service.place.seat.node)
    second = office.service(Machine(2, runs=runs))
    await second.work.begin()
    await take(office, second.place.seat.node, A)
    runs.discard(2)
    await service.work.beat()
    assert await office.stands() == {A: "unknown"}


async def test_what_a_machine_slept_over_asks_when_it_wakes(office: Office) -> None:
    """P8. Suspended in the middle of a release, it does not go on at night."""
    await office.admit("harfang", A, B)
    [ticket] = await office.picked_up(ALONE)
    relay = Holding()
    through = replace(office, desk=replace(office.desk, transports={"default": relay}))
    service = through.service()
    await service.work.begin()
    working = asyncio.create_task(service.work.work(ticket))
    await relay.has(2)
    service.place.seat.tenure.valid_until = -math.inf  # as the clock of a machine that slept says
    office.clock.forward(hours=9)
    first, second = relay.mails
    assert not first.may_go()
    await service.work.beat()
    assert service.place.seat.tenure.valid_until > 0
    assert await office.state() is State.PAUSED
    assert not second.may_go(), "not even before the next look"
    for mail in relay.mails[:2]:
        mail.ended(NotTried("not started"))
    await working
    assert await office.stands() == {A: "queued", B: "queued"}
    await service.work.end()


@pytest.mark.parametrize("while_it_runs", [True, False])
async def test_a_clock_that_was_set_back_keeps_nobody_waiting(
    office: Office, *, while_it_runs: bool
) -> None:
    """A day and two hours, in the middle: who was put back is due now."""
    await office.admit("harfang", A, B)
    [ticket] = await office.picked_up(ALONE)
    refusing = Scripted(lambda _: NotTried("not started"))
    stopped = replace(office, desk=replace(office.desk, transports={"default": refusing}))
    service = stopped.service()
    await service.work.begin()
    await service.worker._send_due(ticket, await job_of(service, ticket), lambda: None)
    office.clock.forward(hours=-26)
    if not while_it_runs:
        await service.work.end()
        service = office.service()
        await service.work.begin()
    await service.work.beat()
    async with office.database.read() as transaction:
        assert await transaction.batches.unfinished(office.clock.now()) == [ticket]
    await office.work()
    assert sorted(one.recipient for one in office.transport.mails) == [A, B]


async def job_of(service: Service, ticket: Ticket) -> Job:
    job = await service.worker._job(ticket)
    assert job is not None
    return job


async def test_a_short_sleep_asks_nobody(office: Office) -> None:
    await office.admit("harfang", A)
    await office.picked_up(ALONE)
    service = office.service()
    await service.work.begin()
    office.clock.forward(minutes=50)
    await service.work.beat()
    assert await office.state() is State.SENDING


async def test_while_it_drains_it_shows_that_it_lives(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chores have ended by then, and a reply may take ten minutes."""
    monkeypatch.setattr(working, "BEAT", timedelta(seconds=0.01))
    service = office.service()
    await service.work.begin()
    service.work.stop()
    async with asyncio.timeout(30):
        while [row["beat"] for row in await office.rows(nodes)] < [3]:
            pass
    await service.work.end()
    assert await there(office) == []


async def test_it_can_end_without_its_store(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = office.service()
    await service.work.begin()

    async def away(*_: object) -> None:
        raise StoreUnavailable(message="the database restarts")

    monkeypatch.setattr(Nodes, "leave", away)
    await service.work.end()
    assert "without taking its leave" in caplog.text


class Holding(Scripted):
    """A relay whose mails a test answers itself."""

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()
        self._asking: list[Outgoing] = []

    def take(self, mail: Outgoing) -> None:
        if ready := mail.ready():
            self.mails.append(mail)
        elif ready is None:
            self._asking.append(mail)
        self._came.set()

    def go_on(self) -> None:
        asked, self._asking = self._asking, []
        for mail in asked:
            self.take(mail)

    async def has(self, count: int) -> None:
        """Until so many were handed over."""
        while len(self.mails) < count:
            self._came.clear()
            await self._came.wait()
