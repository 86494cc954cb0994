"""Stopping: what nobody has in hand, and nobody who dawdles, holds it up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests import smtpd
from tests.contract.desks import ALONE, Office, office_at
from tests.contract.fakes import OK, Scripted
from tests.public_site import site_at

from communique.cli.server import Server
from communique.desk import Policy
from communique.desk.recording import Recorder
from communique.domain.delivery import DeliveryState
from communique.domain.outcome import Answer
from communique.errors import StoreUnavailable
from communique.ports import Gathering, Outgoing, Store, Transaction, Transport
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.web.connections import Limits

READERS = [f"p{number}@lichen.example" for number in range(5)]


def through(office: Office, transport: Transport) -> Office:
    return replace(office, desk=replace(office.desk, transports={"default": transport}))


async def test_a_click_that_never_ends_does_not_hold_the_pages_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is stopped after them: anybody could keep it from that."""
    monkeypatch.setattr(Server, "PATIENCE", 0.1)
    async with site_at(f"sqlite+aiosqlite:///{tmp_path / 'store'}", tmp_path / "desk") as site:
        server = Server(site.office.desk, lambda: True, Limits())
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        said = (
            f"POST {site.path} HTTP/1.1",
            "Host: desk.example",
            "Expect: 100-continue",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 100\r\n\r\n",
        )
        writer.write("\r\n".join(said).encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        server.should_exit = True
        try:
            async with asyncio.timeout(60):
                await asyncio.shield(serving)
        finally:
            writer.close()
            await serving
        assert await site.said_no() == []


async def test_a_relay_that_never_greets_does_not_hold_the_sender_up(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        office_at(database_url, tmp_path / "desk") as office,
        smtpd.Server(smtpd.no_banner) as server,
        Pool(Relay(port=server.port, tls="none")) as pool,
    ):
        await office.admit("harfang", *READERS)
        [ticket] = await office.picked_up(ALONE)
        sender = through(office, pool).sender()
        working = asyncio.create_task(sender.work(ticket))
        await server.connected(1)
        sender.stop()
        async with asyncio.timeout(60):
            await working
        assert (await office.summary()).states == {DeliveryState.QUEUED: len(READERS)}
        assert {one.attempts for one in (await office.lines()).values()} == {0}


async def test_what_is_past_its_dot_ends_and_the_line_behind_it_does_not_wait_for_that(
    database_url: str, tmp_path: Path
) -> None:
    gate = asyncio.Event()

    async def final(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("250 2.0.0 Ok")

    async with (
        office_at(database_url, tmp_path / "desk", policy=Policy(reply_within=600)) as office,
        smtpd.Server(smtpd.answering(FINAL=final)) as server,
        Pool(Relay(port=server.port, tls="none", connections=1, pipelining=False)) as pool,
    ):
        await office.admit("harfang", *READERS)
        [ticket] = await office.picked_up(ALONE)
        sender = through(office, pool).sender()
        working = asyncio.create_task(sender.work(ticket))
        await server.kept(1)
        sender.stop()
        waiting = {DeliveryState.SENDING: 1, DeliveryState.QUEUED: len(READERS) - 1}
        async with asyncio.timeout(60):
            while (await office.summary()).states != waiting:
                pass
        gate.set()
        await working
        assert (await office.summary()).states == {
            DeliveryState.SENT: 1,
            DeliveryState.QUEUED: len(READERS) - 1,
        }


@pytest.mark.parametrize(
    ("verb", "left"),
    [
        ("FINAL", {DeliveryState.UNKNOWN: 1, DeliveryState.QUEUED: len(READERS) - 1}),
        ("RCPT", {DeliveryState.QUEUED: len(READERS)}),
    ],
)
async def test_a_relay_that_does_not_answer_bounds_no_stop(
    database_url: str, tmp_path: Path, verb: str, left: dict[DeliveryState, int]
) -> None:
    """Only of what was handed over does nobody know."""
    async with (
        office_at(database_url, tmp_path / "desk", policy=Policy(reply_within=0.05)) as office,
        smtpd.Server(smtpd.answering(**{verb: smtpd.silent})) as server,
        Pool(Relay(port=server.port, tls="none", connections=1)) as pool,
    ):
        await office.admit("harfang", *READERS)
        [ticket] = await office.picked_up(ALONE)
        sender = through(office, pool).sender()
        working = asyncio.create_task(sender.work(ticket))
        await (server.kept(1) if verb == "FINAL" else server.heard(verb))
        sender.stop()
        async with asyncio.timeout(60):
            await working
        assert (await office.summary()).states == left
        lines = (await office.lines()).values()
        assert sum(one.attempts for one in lines) == (verb == "FINAL")


class Leaving:
    """A store that a test can take away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False
        self.refused = asyncio.Event()

    @property
    def noes(self) -> int:
        """See `ports.Store`."""
        return self._store.noes

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """See `ports.Store`."""
        if self.away:
            self.refused.set()
            raise StoreUnavailable(message="the database restarts")
        async with self._store.begin() as transaction:
            yield transaction

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """See `ports.Store`."""
        return self._store.read()

    def gathering(self) -> Gathering:
        """See `ports.Store`."""
        return self._store.gathering()


async def test_what_the_store_is_not_there_to_hear_is_left_to_the_journal(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """P1, P3: the next service reads there who has the message."""
    monkeypatch.setattr(Recorder, "PATIENCE", 0.05)
    async with office_at(database_url, tmp_path / "desk") as office:
        store = Leaving(office.database)

        def answer(_: Outgoing) -> Answer:
            store.away = True
            return OK

        leaving = replace(
            office, desk=replace(office.desk, store=store, transports={"default": Scripted(answer)})
        )
        await office.admit("harfang", *READERS)
        [ticket] = await office.picked_up(ALONE)
        sender = leaving.sender()
        working = asyncio.create_task(sender.work(ticket))
        await store.refused.wait()
        assert not working.done()
        sender.stop()
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(60):
                await working
        assert "left to the journal" in caplog.text
        office.journals.pop().close()
        assert (await office.summary()).states == {DeliveryState.SENDING: len(READERS)}
        await office.service().work.begin()
        assert (await office.summary()).states == {DeliveryState.SENT: len(READERS)}
        assert (await office.summary()).copies == 0
