"""A service as its settings and roles make it, at each database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from communique.declared import starter
from communique.engine.ticking import StoreWatch
from communique.errors import AlreadyRunning, NotAllowed, SettingsInvalid, StoreUnavailable
from communique.ports import Transaction
from communique.settings import Settings
from communique.store import Database
from communique.wiring import service as service_module
from communique.wiring.running import services
from communique.wiring.service import Roles, Service

KEYS = SecretStr("a:" + "ab" * 32)
PAGES = Roles(scheduler=False, worker=False)
RELAY = {"default": {"host": "127.0.0.1", "port": 9, "tls": "none"}}


def at(url: str, home: Path, **more: Any) -> Settings:
    """A desk's settings, in a folder of its own."""
    if not (home / "templates").exists():
        starter.begin(home)
    told: dict[str, Any] = {
        "home": home,
        "database_url": SecretStr(url),
        "port": 0,
        "mailbox_port": 0,
    } | more
    return Settings(_env_file=None, **told)


def distributed(url: str, home: Path) -> Settings:
    return at(
        url, home, keys=KEYS, engine="distributed", transports=RELAY, public_url="https://n.example"
    )


async def test_it_is_seen_while_it_runs_and_no_longer(database_url: str, tmp_path: Path) -> None:
    async with Service(at(database_url, tmp_path / "desk")) as service:
        assert service.healthy()
        [node] = await services(service.desk)
        assert node.roles == ("web", "scheduler", "worker")
    async with Service(at(database_url, tmp_path / "desk"), PAGES) as pages:
        assert await services(pages.desk) == ()


async def test_another_folder_at_the_same_database_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with Service(at(database_url, tmp_path / "one", keys=KEYS)):
        with pytest.raises(AlreadyRunning):
            async with Service(at(database_url, tmp_path / "two", keys=KEYS)):
                pass


async def test_a_fresh_machine_at_a_database_that_works_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with Service(at(database_url, tmp_path / "one", keys=KEYS)):
        pass
    with pytest.raises(SettingsInvalid, match="not here"):
        Service(at(database_url, tmp_path / "two"))


async def test_what_is_refused_has_started_nothing(database_url: str, tmp_path: Path) -> None:
    settings = at(database_url, tmp_path / "desk", keys=KEYS)
    async with Service(settings) as first:
        second = Service(settings)
        with pytest.raises(AlreadyRunning):
            await second.__aenter__()
        assert not second.healthy()
        assert len(await services(first.desk)) == 1
        assert first.healthy()


@pytest.mark.parametrize("roles", [Roles(worker=False), Roles(scheduler=False)])
async def test_a_local_engine_schedules_and_sends_in_one(tmp_path: Path, roles: Roles) -> None:
    with pytest.raises(NotAllowed):
        Service(at("", tmp_path / "desk"), roles)


async def test_roles_of_a_distributed_desk_are_processes_of_their_own(
    postgresql_url: str, tmp_path: Path
) -> None:
    settings = distributed(postgresql_url, tmp_path / "desk")
    async with (
        Service(settings, Roles(web=False, worker=False)) as scheduler,
        Service(settings, Roles(web=False, scheduler=False)) as worker,
        Service(settings, PAGES) as pages,
    ):
        assert scheduler.healthy()
        assert worker.healthy()
        assert pages.healthy()
        roles = [one.roles for one in await services(pages.desk)]
        assert roles == [("scheduler",), ("worker",)]
    async with Service(settings, PAGES) as pages:
        assert await services(pages.desk) == ()


# Pages alone.


class Away:
    """Makes every reading of a database fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = Database.read
        self._monkeypatch = monkeypatch

    def leave(self) -> None:
        """Nothing can be read any more."""

        def read(_: Database) -> AbstractAsyncContextManager[Transaction]:
            raise StoreUnavailable(message="the database restarts")

        self._monkeypatch.setattr(Database, "read", read)

    def come_back(self) -> None:
        """All is as it was."""
        self._monkeypatch.setattr(Database, "read", self._read)


class Looks:
    """Wakes whoever waits for something, whenever the store was tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._news = asyncio.Event()
        using = StoreWatch.using

        async def told(watch: StoreWatch, what: str, act: Awaitable[object]) -> None:
            await using(watch, what, act)
            self._news.set()

        monkeypatch.setattr(StoreWatch, "using", told)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for it."""
        async with asyncio.timeout(30):
            while not true():
                self._news.clear()
                await self._news.wait()


async def test_pages_alone_have_no_place_no_pools_and_are_ready_while_the_store_is(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "LOOK", timedelta(seconds=0.01))
    looks = Looks(monkeypatch)
    async with Service(at(database_url, tmp_path / "desk"), PAGES) as service:
        assert service.healthy()
        assert service.desk.transports == {}
        assert service.mailbox_port is None
        away = Away(monkeypatch)
        away.leave()
        await looks.until(lambda: not service.healthy())
        away.come_back()
        await looks.until(service.healthy)
    # And beside one that works, it is nobody's rival.
    async with (
        Service(at(database_url, tmp_path / "desk")),
        Service(at(database_url, tmp_path / "desk"), PAGES) as service,
    ):
        assert service.healthy()
