"""A database that may be a copy sends nothing until somebody says that it may (P3, P8).

SQLite is copied, put back and cut short as files are; PostgreSQL as its servers do it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.contract.desks import ALONE, Office, Service, office_at, office_over
from tests.contract.fakes import OK, Machine, Scripted
from tests.postgres import Postgres

from communique.desk import consenting, custody, scheduling
from communique.desk.joining import DISTRIBUTED
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.event import Verb
from communique.domain.lineage import Doubt
from communique.domain.outcome import Answer
from communique.domain.release import State
from communique.engine.memory import Memory
from communique.errors import NotAllowed, StoreUnavailable
from communique.ports import Outgoing
from communique.store.worker_tables import lineages, nodes

A, B, C = "a@lichen.example", "b@lichen.example", "c@lichen.example"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, C)
        yield office


async def began(office: Office) -> Service:
    """A service that has begun, alone."""
    service = office.service()
    await service.work.begin()
    return service


async def turn(office: Office, service: Service) -> None:
    """What comes round once: the looks, the pick-up, and the batches that are due."""
    await service.work.look()
    await service.work.beat()
    await service.work.recover()
    await service.work.pick_up()
    await service.work.resubmit()
    for ticket in dict.fromkeys(office.engine.submitted):
        await service.work.work(ticket)
    office.engine.submitted.clear()


async def sent(office: Office) -> Service:
    """A service that has sent a release to everybody."""
    service = await began(office)
    await office.approved(ALONE)
    await turn(office, service)
    assert sorted(one.recipient for one in office.transport.mails) == [A, B, C]
    return service


async def die(office: Office, service: Service) -> None:
    """As a killed process does: it takes no leave, and its locks are gone."""
    for journal in office.journals:
        journal.close()
    for memory in office.memories:
        memory.close()
    await office.database.close()


# Nothing is wrong.


async def test_a_database_that_is_served_again_and_again_goes_on(office: Office) -> None:
    service = await sent(office)
    for _ in range(3):
        await service.work.end()
        service = await began(office)
        assert service.custody.doubt is None
    for _ in range(3):
        await die(office, service)
        service = await began(office)
        assert service.custody.doubt is None
    assert await custody.doubted(office.desk) is None


async def test_killed_in_the_middle_of_a_commit_it_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two sides: the mark is noted, and its commit is or is not."""
    service = await sent(office)
    await office.approved(replace(ALONE, key="again"))
    for step in ("note", "certain"):

        def dies(self: Memory, mark: int, step: str = step) -> None:
            if step == "note":
                assert self._known
                self._keep(self._known.noting(mark))
            raise StoreUnavailable(message="it died here")

        with monkeypatch.context() as patch:
            patch.setattr(Memory, step, dies)
            with pytest.raises(StoreUnavailable):
                await turn(office, service)
        await die(office, service)
        service = await began(office)
        assert service.custody.doubt is None, step
    await turn(office, service)
    assert len(office.transport.mails) == 6


async def test_what_the_machine_lost_with_its_power_is_no_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory is as it was a while ago; the database is not."""
    service = await began(office)
    served = office.home / "served-1"
    before = served.read_bytes()
    await office.approved(ALONE)
    await turn(office, service)
    await die(office, service)
    assert served.read_bytes() != before
    served.write_bytes(before)
    monkeypatch.setattr(Memory, "boot", "another run of the machine")
    service = await began(office)
    assert service.custody.doubt is None
    await service.work.end()
    assert (await began(office)).custody.doubt is None


async def test_workers_with_fresh_folders_join_unasked(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    runs: set[int] = set()
    first = office.service(Machine(1, runs=runs), DISTRIBUTED)
    await first.work.begin()
    for number in (2, 3):
        home = tmp_path / f"fresh-{number}"
        shutil.copytree(office.home / "templates", home / "templates")
        async with office_over(database_url, home) as other:
            joined = other.service(Machine(number, runs=runs), DISTRIBUTED)
            await joined.work.begin()
            assert joined.custody.doubt is None


# It may be a copy.


@asynccontextmanager
async def held(office: Office, why: Doubt) -> AsyncIterator[Service]:
    """A service begins, and sends nothing at all for that reason."""
    before = len(office.transport.mails)
    service = await began(office)
    assert service.custody.doubt is why
    for _ in range(3):
        await turn(office, service)
    assert len(office.transport.mails) == before
    lineage = await custody.doubted(office.desk)
    assert lineage is not None
    assert lineage.doubt is why
    yield service
    assert len(office.transport.mails) == before


def kept(database_url: str) -> Path:
    """The file that SQLite keeps all in."""
    return Path(database_url.partition("///")[2])


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Office]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with office_at(url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, C)
        yield office


def copied(office: Office) -> dict[str, bytes]:
    """The files of a SQLite database, as `cp` takes them."""
    assert office.database.file
    return {
        one.name: one.read_bytes()
        for one in office.database.file.parent.glob(f"{office.database.file.name}*")
    }


def put_back(office: Office, files: dict[str, bytes], *, anew: bool = False) -> None:
    """Overwrite the files in their place; `anew`, as a mover does, they are other files."""
    assert office.database.file
    for name in (f"{office.database.file.name}{end}" for end in ("", "-wal", "-shm")):
        path = office.database.file.with_name(name)
        if anew or name not in files:
            path.rename(path.with_suffix(".was")) if path.exists() else None
        if name in files:
            path.write_bytes(files[name])


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("in_the_middle", [False, True])
async def test_what_is_put_back_within_the_hour_asks(
    sqlite: Office, *, anew: bool, in_the_middle: bool
) -> None:
    office = sqlite
    service = await began(office)
    await office.approved(ALONE)
    if in_the_middle:
        await service.work.pick_up()
    backup = copied(office)
    await turn(office, service)
    assert len(office.transport.mails) == 3
    await service.work.end()
    await die(office, service)
    put_back(office, backup, anew=anew)
    office.clock.forward(minutes=20)
    why = Doubt.ELSEWHERE if anew else Doubt.OLDER
    async with held(office, why) as service:
        # To start it again changes nothing.
        await service.work.end()
        await die(office, service)
    async with held(office, why) as service:
        await custody.adopt(office.desk, OPERATOR)
        await turn(office, service)
        assert service.custody.doubt is None
    # What was due meanwhile asks; nobody gets a copy that nobody wanted.
    stands = State.PAUSED if in_the_middle else State.MISSED
    assert await office.state() is stands
    await turn(office, service)
    assert len(office.transport.mails) == 3
    if in_the_middle:
        await scheduling.resume(office.desk, OPERATOR, "spring")
    else:
        await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    await turn(office, service)
    assert len(office.transport.mails) == 6


async def test_a_log_that_was_lost_asks(sqlite: Office) -> None:
    """Without its -wal, SQLite is as it was at the last checkpoint, and says nothing."""
    office = sqlite
    service = await began(office)
    async with office.database.begin() as transaction:
        await transaction.connection.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
    files = copied(office)
    await office.approved(ALONE)
    await turn(office, service)
    assert office.database.file
    wal = f"{office.database.file.name}-wal"
    assert copied(office)[wal] != files[wal]
    await die(office, service)
    put_back(office, files)
    async with held(office, Doubt.OLDER):
        pass


async def test_a_claim_that_is_not_in_it_any_more_asks(sqlite: Office) -> None:
    """Killed before anything was recorded: of what was handed over only that mark tells."""
    handed, never = asyncio.Event(), asyncio.Event()

    class Silent(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            handed.set()
            await never.wait()
            return OK

    relay = Silent()
    office = replace(sqlite, desk=replace(sqlite.desk, transports={"default": relay}))
    service = await began(office)
    [ticket] = await office.picked_up(ALONE)
    await service.work.look()
    backup = copied(office)
    working = asyncio.create_task(service.work.work(ticket))
    await handed.wait()
    working.cancel()
    await asyncio.wait([working])
    await die(office, service)
    put_back(office, backup)
    async with held(office, Doubt.OLDER):
        pass


async def test_results_that_are_not_in_it_any_more_ask(sqlite: Office) -> None:
    """Copied between claim and result: all that it lacks is that they have it."""
    backups: list[dict[str, bytes]] = []

    def answer(_: Outgoing) -> Answer:
        backups.append(copied(sqlite))
        return OK

    transports = {"default": Scripted(answer)}
    office = replace(sqlite, desk=replace(sqlite.desk, transports=transports))
    service = await began(office)
    [ticket] = await office.picked_up(ALONE)
    await service.work.look()
    await service.work.work(ticket)
    await die(office, service)
    put_back(office, backups[-1])
    async with held(office, Doubt.OLDER):
        pass


async def test_a_no_that_is_not_in_it_any_more_asks(sqlite: Office) -> None:
    office = sqlite
    service = await began(office)
    backup = copied(office)
    await consenting.unsubscribe(office.desk, RECIPIENT, await office.token("harfang", A))
    await service.work.look()
    await die(office, service)
    put_back(office, backup)
    async with held(office, Doubt.OLDER):
        pass


@pytest.mark.parametrize("served", [False, True])
async def test_a_copy_elsewhere_asks_and_the_real_one_goes_on(
    sqlite: Office, tmp_path: Path, *, served: bool
) -> None:
    office = sqlite
    assert office.database.file
    service = await began(office)
    await office.approved(ALONE)
    await service.work.end()
    await die(office, service)
    other = tmp_path / "other"
    shutil.copytree(office.home, other)
    shutil.copy(office.database.file, other / "communique.sqlite")
    if not served:
        (other / "served-1").unlink()
    async with office_over(f"sqlite+aiosqlite:///{other / 'communique.sqlite'}", other) as copy:
        copy.clock.at = office.clock.at
        async with held(copy, Doubt.ELSEWHERE):
            pass
    service = await began(office)
    assert service.custody.doubt is None
    await turn(office, service)
    assert len(office.transport.mails) == 3


async def test_the_same_file_from_another_folder_asks(sqlite: Office, tmp_path: Path) -> None:
    office = sqlite
    service = await sent(office)
    await service.work.end()
    await die(office, service)
    other = tmp_path / "other"
    shutil.copytree(office.home / "templates", other / "templates")
    async with (
        office_over(str(office.database.url), other) as elsewhere,
        held(elsewhere, Doubt.FOREIGN),
    ):
        pass


async def test_whose_file_is_replaced_while_it_runs_sends_nothing_more(sqlite: Office) -> None:
    office = sqlite
    service = await began(office)
    backup = copied(office)
    await office.approved(ALONE)
    put_back(office, backup, anew=True)
    async with office.database.read() as transaction:  # as it still has it open
        assert await transaction.nodes.all()
    await turn(office, service)
    assert service.custody.doubt is Doubt.REPLACED
    assert office.transport.mails == []


async def test_a_copy_on_the_same_server_asks(
    postgresql: Postgres, postgresql_url: str, tmp_path: Path
) -> None:
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, C)
        service = await began(office)
        await office.approved(ALONE)
        await service.work.end()
        await die(office, service)
        name, url = postgresql.create(postgresql_url.rpartition("@/")[2].partition("?")[0])
        try:
            async with office_over(url, office.home) as copy:
                copy.clock.at = office.clock.at
                async with held(copy, Doubt.ELSEWHERE):
                    pass
        finally:
            postgresql.drop(name)


async def test_a_server_that_was_set_back_asks_and_all_its_services_stop(office: Office) -> None:
    """Point-in-time recovery: the same server and database, and a past that is theirs no more."""
    service = await sent(office)
    async with office.database.begin() as transaction:
        await transaction.connection.execute(text("UPDATE memories SET mark = mark - 1"))
    await die(office, service)
    runs = {7}
    first = office.service(Machine(7, runs=runs), DISTRIBUTED)
    await first.work.begin()
    assert first.custody.doubt is Doubt.OLDER
    second = office.service(Machine(8, runs=runs), DISTRIBUTED)
    await second.work.begin()
    assert second.custody.doubt is Doubt.OLDER
    await custody.adopt(office.desk, OPERATOR)
    for one in (first, second):
        await one.work.look()
        assert one.custody.doubt is None


async def test_set_back_while_it_runs_nothing_more_is_begun(office: Office) -> None:
    service = await sent(office)
    async with office.database.begin() as transaction:
        await transaction.connection.execute(text("UPDATE memories SET mark = 0"))
    await office.approved(replace(ALONE, key="again"))
    with pytest.raises(StoreUnavailable, match="not what it was"):
        await turn(office, service)
    assert len(office.transport.mails) == 3


# What a person says.


async def test_only_a_person_lets_it_send_and_that_is_written_down(office: Office) -> None:
    async with office.database.begin() as transaction:
        await transaction.lineages.begin("a", office.clock.now())
        await transaction.lineages.doubt(Doubt.RESTORED, office.clock.now())
    await office.approved(ALONE)
    service = await began(office)
    before = await office.rows(lineages)
    seen = await custody.adopt(office.desk, OPERATOR, dry_run=True)
    assert (seen.paused, seen.missed) == ([], ["spring"])
    assert await office.rows(lineages) == before
    await custody.adopt(office.desk, OPERATOR)
    async with office.database.read() as transaction:
        events = await transaction.events.since(OPERATOR.scope, 0, 1000)
    [said] = [one for one in events if one.verb is Verb.ADOPT]
    assert said.actor == OPERATOR
    await service.work.look()
    assert service.custody.doubt is None


async def test_nothing_is_to_be_said_of_a_database_that_is_served(office: Office) -> None:
    service = await sent(office)
    with pytest.raises(NotAllowed):
        await custody.adopt(office.desk, OPERATOR)
    await service.work.end()
    assert await office.rows(nodes) == []
    await custody.adopt(office.desk, OPERATOR)  # before it is started: as after a restore
    assert (await began(office)).custody.doubt is None
