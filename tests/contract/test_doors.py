"""Strangers at the pages, over real sockets: whoever holds a connection keeps nobody out.

The server is that of `communique serve`; only its limits are smaller, so that no test waits long.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.public_site import site_at

from communique.cli import server as serving
from communique.cli.server import Server
from communique.desk import Desk, signing_in
from communique.domain.delivery import DeliveryState
from communique.errors import NotAllowed
from communique.settings import Settings
from communique.web.connections import Limits, Stage, longer
from communique.web.heads import LONGEST_HEAD
from communique.wiring.desks import desk_over

EVER = 3600.0  # seconds: no clock of the server's runs out in a test
PATIENT = Limits(head=EVER, body=EVER, answer=EVER)
HALF = b"GET / HTTP/1.1\r\nHost: desk.test\r\nX-Half: "
FORM = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Doors:
    """A server, and who came to it."""

    server: Server
    port: int
    clients: list[Client] = field(default_factory=list)

    async def connect(self, address: str = "127.0.0.1") -> Client:
        made = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        self.clients.append(Client(*made))
        return self.clients[-1]

    async def hold(
        self, count: int, octets: bytes = HALF, address: str = "127.0.0.1"
    ) -> list[Client]:
        held = []
        for _ in range(count):
            one = await self.connect(address)
            one.say(octets)
            held.append(one)
        return held

    async def ask(self, path: str = "/healthz", address: str = "127.0.0.1") -> str:
        return await (await self.connect(address)).ask(path)

    async def one_click(self, path: str) -> str:
        client = await self.connect()
        client.say(head(f"POST {path}", len(FORM)) + FORM)
        return await client.answer()

    async def inside(self, count: int) -> None:
        """Wait until so many connections are counted."""
        while len(self.server.doorkeeper.inside) != count:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Client:
    """One connection of somebody's."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def ask(self, path: str) -> str:
        self.say(head(f"GET {path}"))
        return await self.answer()

    async def answer(self) -> str:
        """The status line of the next answer, whose body is passed over."""
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in answer.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        await self.reader.readexactly(length)
        return answer.partition(b"\r\n")[0].decode()

    async def closed(self) -> bytes:
        """Wait until the server has hung up; what it said before."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


def head(request: str, length: int = 0) -> bytes:
    fields = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
    return f"{request} HTTP/1.1\r\nHost: desk.test\r\n{fields}\r\n".encode()


@asynccontextmanager
async def doors_of(desk: Desk, limits: Limits) -> AsyncIterator[Doors]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(desk, lambda: True, limits)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        port = listener.getsockname()[1]
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        doors = Doors(server, port)
        try:
            yield doors
        finally:
            server.should_exit = True
            await running
            await asyncio.gather(*(one.hang_up() for one in doors.clients))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One that has nothing, for whoever is never answered."""
    keys = SecretStr(f"a:{'0' * 64}")
    return desk_over(Settings(_env_file=None, home=tmp_path, keys=keys), {})


async def test_1100_half_sent_requests_keep_out_neither_a_no_nor_a_message(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with (
        site_at(url, tmp_path / "desk") as site,
        doors_of(site.office.desk, PATIENT) as doors,
    ):
        await doors.hold(1100)
        assert await doors.one_click(site.path) == "HTTP/1.1 200 OK"
        assert await doors.ask() == "HTTP/1.1 200 OK"
        assert len(doors.server.doorkeeper.inside) <= PATIENT.in_all
        await site.office.work()
        assert (await site.states())["luc@lichen.example"] is DeliveryState.SENT


async def test_who_gives_way_is_who_has_waited_longest(desk: Desk) -> None:
    async with doors_of(desk, Limits(EVER, EVER, EVER, in_all=3, of_one=9)) as doors:
        oldest, *others = await doors.hold(3)
        newest = await doors.connect()
        assert await oldest.closed() == b""
        assert await newest.ask("/healthz") == "HTTP/1.1 200 OK"
        for one in others:
            one.say(b"whole\r\n\r\n")
            assert await one.answer() == "HTTP/1.1 200 OK"


async def test_one_address_has_its_share_and_a_proxy_stands_for_many(desk: Desk) -> None:
    limits = Limits(EVER, EVER, EVER, in_all=8, of_one=2, proxies=("127.0.0.1",))
    async with doors_of(desk, limits) as doors:
        people = await doors.hold(3, address="127.0.0.1")
        strangers = await doors.hold(4, address="127.0.0.2")
        assert [await one.closed() for one in strangers[:2]] == [b"", b""]
        for one in [*people, *strangers[2:]]:
            one.say(b"whole\r\n\r\n")
            assert await one.answer() == "HTTP/1.1 200 OK"


async def test_whoever_is_being_answered_gives_way_to_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        asked.set()
        await go_on.wait()

    monkeypatch.setattr("communique.desk.consenting.unsubscribe_link", slow)
    async with doors_of(desk, Limits(EVER, EVER, EVER, in_all=1, of_one=1)) as doors:
        first = await doors.connect()
        first.say(head("GET /u/a.b.1.c.d"))
        await asked.wait()
        assert await doors.ask() == "HTTP/1.1 503 Service Unavailable"
        go_on.set()
        assert await first.answer() == "HTTP/1.1 404 Not Found"


@pytest.mark.parametrize(
    ("stage", "octets"),
    [
        (Stage.HEAD, b""),
        (Stage.HEAD, HALF),
        (Stage.BODY, head("POST /u/a.b.1.c.d", 900)),
        (Stage.BODY, head("GET /healthz", 900)),
    ],
    ids=["silence", "half a head", "half a form", "half of what nobody asked for"],
)
async def test_octets_that_trickle_end_with_their_stage(
    desk: Desk, stage: Stage, octets: bytes
) -> None:
    hurried = stage is Stage.HEAD
    limits = replace(PATIENT, head=0.2) if hurried else replace(PATIENT, body=0.2)
    async with doors_of(desk, limits) as doors:
        [slow] = await doors.hold(1, octets)
        closed = asyncio.create_task(slow.closed())
        while not closed.done():
            if octets:
                slow.say(b"x")
            await asyncio.wait([closed], timeout=0.02)
        await doors.inside(0)


async def test_an_answer_that_is_not_read_ends_too(desk: Desk) -> None:
    async with doors_of(desk, Limits(EVER, EVER, 0.2, in_all=9, of_one=9)) as doors:
        client = await doors.connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a writer's has it, too
        with contextlib.suppress(ConnectionError):
            while True:  # until the server has cut it: kernel and all are full before
                client.say(head("GET /") * 100)
                await client.writer.drain()
        await doors.inside(0)


async def test_requests_in_one_piece_are_answered_in_their_order(desk: Desk) -> None:
    async with doors_of(desk, PATIENT) as doors:
        client = await doors.connect()
        client.say(head("GET /healthz") + head("GET /nowhere") + HALF)
        assert await client.answer() == "HTTP/1.1 200 OK"
        assert await client.answer() == "HTTP/1.1 404 Not Found"
        client.say(b"whole\r\n\r\n")
        assert await client.answer() == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("octets", [b"X-Long: " + b"a" * 2 * LONGEST_HEAD, b"\x16\x03\x01\r\n\r\n"])
async def test_a_head_beyond_measure_is_refused(desk: Desk, octets: bytes) -> None:
    async with doors_of(desk, PATIENT) as doors:
        [client] = await doors.hold(1, b"GET / HTTP/1.1\r\nHost: desk.test\r\n" + octets)
        assert (await client.closed()).startswith(b"HTTP/1.1 400 ")


async def test_a_stop_waits_for_nobody_who_has_not_asked(desk: Desk) -> None:
    async with doors_of(desk, PATIENT) as doors:
        waiting = [*await doors.hold(1), *await doors.hold(1, head("POST /u/x", 900))]
        await doors.inside(2)
        doors.server.config.timeout_graceful_shutdown = None  # as long as it takes
        doors.server.should_exit = True
        for one in waiting:
            assert await one.closed() == b""


def test_mail_and_store_keep_their_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = [(300, 1000)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: allowed[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: allowed.append(wanted))
    held = serving.limits(700, ())
    assert allowed[-1] == (1000, 1000), "as many as this process may"
    assert (held.in_all, held.of_one) == (300, 50)
    assert serving.limits(990, ()).in_all == serving.FEWEST


@pytest.mark.parametrize(
    ("path", "kind", "length", "seconds"),
    [
        ("/desk/harfang/import", b"multipart/form-data; boundary=x", b"1000000", 20),
        (
            "/desk/harfang/import",
            b"multipart/form-data; boundary=x",
            b"9" * 12,
            33 * 2**20 / 50_000,
        ),
        ("/desk/harfang/import", b"multipart/form-data; boundary=x", b"9" * 40, 0),
        ("/desk/harfang/import", b"multipart/form-data; boundary=x", b"", 0),
        ("/desk/harfang/import", b"application/x-www-form-urlencoded", b"1000000", 0),
        ("/unsubscribe/x", b"multipart/form-data; boundary=x", b"1000000", 0),
    ],
)
def test_a_file_that_is_brought_has_time_by_its_length(
    path: str, kind: bytes, length: bytes, seconds: float
) -> None:
    scope = {"path": path, "headers": [(b"content-type", kind), (b"content-length", length)]}
    assert longer(scope, Limits()) == pytest.approx(seconds)
    assert longer(None, Limits()) == 0


async def test_a_head_that_comes_whole_is_measured_too(desk: Desk) -> None:
    async with doors_of(desk, PATIENT) as doors:
        long = b"X-Long: " + b"a" * LONGEST_HEAD + b"\r\n\r\n"
        client = await doors.connect()
        client.say(b"GET /healthz HTTP/1.1\r\nHost: desk.test\r\n" + long)
        assert (await client.closed()).startswith(b"HTTP/1.1 431 ")
        client = await doors.connect()
        client.say(b"GET /desk/ HTTP/1.1\r\nHost: [\r\n\r\n")
        assert (await client.closed()).startswith(b"HTTP/1.1 400 ")


async def test_only_the_proxies_that_are_named_say_who_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    seen: list[str] = []

    async def ask(_desk: Desk, _address: str, origin: str, *_more: str) -> str:
        seen.append(origin)
        raise NotAllowed("asked_too_often")

    monkeypatch.setattr(signing_in, "ask", ask)
    form = b"address=a%40desk.test"
    says = b"X-Forwarded-For: 198.51.100.7\r\nSec-Fetch-Site: same-origin\r\nHost:"
    request = head("POST /desk/sign-in", len(form)).replace(b"Host:", says) + form
    for named, origin in ((("127.0.0.1",), "198.51.100.7"), ((), "127.0.0.1")):
        async with doors_of(desk, replace(PATIENT, proxies=named)) as doors:
            client = await doors.connect()
            client.say(request)
            assert "429" in await client.answer()
        assert seen.pop() == origin
