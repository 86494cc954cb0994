"""How long a database is waited for, what is said meanwhile, and what is known afterwards."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text
from tests.contract.desks import (
    ALONE,
    HARFANG,
    MASSIF,
    PACT,
    office_at,
    office_over,
    settled_or_blocked,
)
from tests.proxy import Proxy
from tests.public_site import site_at

from communique import wiring
from communique.desk import drafting, scheduling, syncing
from communique.domain.actor import OPERATOR
from communique.domain.association import Association
from communique.domain.release import State
from communique.errors import DataRefused, StoreUnavailable
from communique.settings import Settings
from communique.store import Database, silence, waiting
from communique.store import database as database_module
from communique.wiring.desks import ready, store_of

A = "a@lichen.example"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for as long as in earnest."""
    monkeypatch.setattr(waiting, "AWHILE", 0.05)
    monkeypatch.setattr(silence, "ANSWER", 0.5)


@pytest.fixture
def proxy(postgresql_url: str) -> Iterator[Proxy]:
    with Proxy(postgresql_url).listening() as proxy:
        yield proxy


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.name == "communique.store.waiting"]


class Told(logging.Handler):
    """An event for the first line that a logger has."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()

    def emit(self, _: logging.LogRecord) -> None:
        self.event.set()


@pytest.fixture
def told() -> Iterator[asyncio.Event]:
    handler = Told()
    waiting.log.addHandler(handler)
    yield handler.event
    waiting.log.removeHandler(handler)


async def ask(database: Database, statement: str) -> object:
    async with database.begin() as transaction:
        return (await transaction.connection.execute(text(statement))).scalar_one()


# A server that is silent.


@pytest.mark.usefixtures("hurried")
async def test_a_server_that_falls_silent_in_the_middle_keeps_nobody_waiting(proxy: Proxy) -> None:
    database = Database(proxy.url)

    async def in_the_middle() -> None:
        async with asyncio.timeout(30), database.begin() as transaction:
            await transaction.connection.execute(text("SELECT 1"))
            proxy.swallows = True
            await transaction.connection.execute(text("SELECT 2"))

    try:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await in_the_middle()
    finally:
        await database.close()


@pytest.mark.usefixtures("hurried")
async def test_pages_and_commands_get_an_answer_from_a_server_that_is_silent(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "SILENCE", 3.0)
    async with site_at(proxy.url, tmp_path / "desk") as site, asyncio.timeout(60):
        proxy.swallows = True
        answer = await site.client.post(site.path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await scheduling.pause(site.office.desk, OPERATOR, "spring", "a mistake")
        proxy.swallows = False
        answer = await site.client.post(site.path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200


@pytest.mark.usefixtures("hurried")
async def test_a_server_that_is_busy_is_waited_for(proxy: Proxy) -> None:
    database = Database(proxy.url)
    try:
        assert await ask(database, "SELECT 7 FROM pg_sleep(1)") == 7
    finally:
        await database.close()


@pytest.mark.usefixtures("hurried")
async def test_that_another_transaction_is_waited_for_is_said_once_and_that_it_is_over_once(
    postgresql_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, told: asyncio.Event
) -> None:
    caplog.set_level(logging.WARNING)
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        release = await office.queued(A)
        async with office.database.begin() as transaction:
            await transaction.releases.hold(release.id)
            pausing = asyncio.create_task(
                scheduling.pause(office.desk, OPERATOR, release.key, "a mistake")
            )
            await told.wait()
            await asyncio.sleep(5 * waiting.AWHILE)
        await pausing
        assert await office.state(release.key) is State.PAUSED
    first, second = said(caplog)
    assert "another transaction holds what this needs" in first
    assert second == "the database can be used again"


# An SQLite that another program has.


@pytest.mark.usefixtures("hurried")
async def test_that_another_program_has_it_locked_is_said_once_and_that_it_is_over_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, told: asyncio.Event
) -> None:
    caplog.set_level(logging.WARNING)
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with office_at(url, tmp_path / "desk") as office:
        release = await office.queued(A)
        with closing(sqlite3.connect(tmp_path / "communique.sqlite")) as another:
            another.execute("BEGIN IMMEDIATE")
            work = [
                scheduling.pause(office.desk, OPERATOR, release.key, "a mistake"),
                office.sync(HARFANG),
                office.admit("harfang", "b@lichen.example"),
            ]
            waits = [asyncio.create_task(one) for one in work]
            await told.wait()
            await asyncio.sleep(5 * waiting.AWHILE)
            another.rollback()
        await asyncio.gather(*waits)
        assert await office.state(release.key) is State.PAUSED
    assert said(caplog) == [f"waiting: {waiting.LOCKED}", "the database can be used again"]


# What is known afterwards.


async def test_a_commit_that_nobody_confirmed_may_have_been_one_and_is_called_that(
    proxy: Proxy, tmp_path: Path
) -> None:
    async with office_at(proxy.url, tmp_path / "desk") as office:
        await office.sync(HARFANG)
        await drafting.file(office.desk, OPERATOR, ALONE)
        await drafting.submit(office.desk, OPERATOR, ALONE.key)
        proxy.hangs_up_after = b"COMMIT\0"
        with pytest.raises(StoreUnavailable) as told:
            await scheduling.schedule(office.desk, OPERATOR, ALONE.key, "now")
        assert told.value.code == "commit_unconfirmed"
        proxy.hangs_up_after = b""
        assert (await office.release(ALONE.key)).schedule, "the server had heard it"


async def test_what_fails_before_the_commit_is_not_called_uncertain(
    proxy: Proxy, tmp_path: Path
) -> None:
    async with office_at(proxy.url, tmp_path / "desk") as office:
        await office.sync(HARFANG)
        proxy.hangs_up_after = b"INSERT INTO releases"
        with pytest.raises(StoreUnavailable) as told:
            await drafting.file(office.desk, OPERATOR, ALONE)
        assert told.value.code == "database_unreachable"


async def test_a_command_that_fails_after_its_commit_says_that_what_it_did_is_kept(
    settings: Settings,
) -> None:
    async def command(*associations: Association) -> None:
        async with wiring.opened(settings) as desk:
            await syncing.sync(desk, OPERATOR, associations, [])
            raise StoreUnavailable("database_silent")

    with pytest.raises(StoreUnavailable) as before:
        await command()
    assert before.value.code == "database_silent"
    with pytest.raises(StoreUnavailable, match="what was done by then is kept") as after:
        await command(HARFANG)
    assert "the database does not answer" in str(after.value)


# Several at once.


async def several(*work: Awaitable[object]) -> list[object]:
    return await asyncio.gather(*work, return_exceptions=True)


async def test_of_first_commands_at_an_empty_database_all_find_it_ready(
    database_url: str, settings: Settings
) -> None:
    theirs = settings.model_copy(update={"database_url": SecretStr(database_url)})
    stores = [Database(database_url) for _ in range(4)]
    assert await several(*(ready(theirs, one) for one in stores)) == [None] * 4
    for one in stores:
        await one.close()
    async with wiring.opened(theirs) as desk, desk.store.read() as transaction:
        assert len((await transaction.lineages.evidence()).lineages) == 1
        assert store_of(desk).url == make_url(database_url)


async def test_of_two_imports_at_once_neither_adds_what_the_other_did(
    database_url: str, tmp_path: Path
) -> None:
    people = [f"p{number}@lichen.example" for number in range(40)]
    async with (
        office_at(database_url, tmp_path / "desk") as one,
        office_over(database_url, tmp_path / "another") as other,
    ):
        await one.sync(HARFANG)
        ended = await several(
            *(office.admit("harfang", *people) for office in (one, other, one, other))
        )
        assert ended == [None] * 4
        async with one.database.read() as transaction:
            found = [each async for each in transaction.subscribers.all(OPERATOR.scope, "harfang")]
        assert sorted(each.address for each in found) == sorted(people)


async def test_of_two_syncs_at_once_neither_declares_what_the_other_did(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        office_at(database_url, tmp_path / "desk") as one,
        office_over(database_url, tmp_path / "another") as other,
    ):
        work = [office.sync(HARFANG, MASSIF, agreements=[PACT]) for office in (one, other, one)]
        assert await several(*work) == [None] * 3


@pytest.mark.parametrize("what", ["import", "sync"])
async def test_who_takes_in_the_same_waits_for_who_came_first(
    database_url: str, tmp_path: Path, what: str
) -> None:
    async with (
        office_at(database_url, tmp_path / "desk") as one,
        office_over(database_url, tmp_path / "another") as other,
    ):
        await one.sync(HARFANG)
        async with one.database.begin() as transaction:
            if what == "import":
                await transaction.subscribers.hold("harfang")
                second = other.admit("harfang", A)
            else:
                await transaction.associations.hold()
                second = other.sync(HARFANG, MASSIF)
            waits = await settled_or_blocked(one.database, second)
            assert not waits.done()
        await waits


async def test_who_writes_what_another_wrote_just_now_is_told_so_in_words(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        office_at(database_url, tmp_path / "desk") as one,
        office_over(database_url, tmp_path / "another") as other,
    ):
        await one.sync(HARFANG)
        ended = await several(
            *(drafting.file(office.desk, OPERATOR, ALONE) for office in (one, other, one, other))
        )
        refused = [each for each in ended if isinstance(each, BaseException)]
        assert len(refused) < len(ended)
        for each in refused:
            assert isinstance(each, DataRefused)
            assert each.code == "data_taken"
