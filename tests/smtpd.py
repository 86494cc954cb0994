# ruff: noqa: A005 — the standard library's smtpd is gone since Python 3.12
"""A scripted SMTP server on a real socket: one named misbehaviour per function.

A behaviour is a coroutine that holds one connection's talk from greeting to end; `Server` runs it
for every connection and remembers what it was told. It must never be polite where its name says
that it is not.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import trustme

Behaviour = Callable[["Talk"], Awaitable[None]]
Answer = str | Callable[["Talk"], Awaitable[None]]

OK: Mapping[str, Answer] = {
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 End data with <CR><LF>.<CR><LF>",
    "FINAL": "250 2.0.0 Ok: queued",
    "RSET": "250 2.0.0 Ok",
    "HELO": "250 relay.test",
    "AUTH": "235 2.7.0 Authentication successful",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message whose final dot arrived: what a member may find, whatever was answered."""

    sender: str
    recipient: str
    content: bytes


class Hangup(Exception):
    """The talk is over."""


class Server:
    """Listens on loopback. `arrived`, `commands` and `connections` say what happened."""

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        extensions: tuple[str, ...] = ("PIPELINING", "SIZE 10240000", "SMTPUTF8"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.behaviour = behaviour
        self.extensions = extensions
        self.tls = tls
        self.implicit = implicit
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.arrived: list[Arrived] = []
        self.commands: list[str] = []
        self.groups = 0  # times that a command was already there when the one before was read
        self.port = 0
        self.closing = asyncio.Event()
        self.news = asyncio.Condition()
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def heard(self, verb: str) -> None:
        """Wait until a command with this verb has come."""
        async with self.news:
            await self.news.wait_for(lambda: any(one.startswith(verb) for one in self.commands))

    async def kept(self, count: int) -> None:
        """Wait until so many messages have arrived."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.arrived) >= count)

    async def reached(self, recipients: Collection[str]) -> None:
        """Wait until each of these has a message; there may be letters to others."""
        async with self.news:
            await self.news.wait_for(
                lambda: set(recipients) <= {one.recipient for one in self.arrived}
            )

    async def connected(self, count: int) -> None:
        """Wait until so many connections were made."""
        async with self.news:
            await self.news.wait_for(lambda: self.connections >= count)

    async def tell(self) -> None:
        """Wake whoever waits for something here."""
        async with self.news:
            self.news.notify_all()

    async def __aenter__(self) -> Self:
        # Named as TCP, or asyncio leaves Nagle's algorithm on and each reply waits for an ACK.
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(
            self._connected, sock=sock, ssl=self.tls if self.implicit else None
        )
        self.port = sock.getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server
        self.closing.set()
        self._server.close()
        for task in list(self._talks):
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._talks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        talk = Talk(self, reader, writer)
        try:
            await self.tell()
            await self.behaviour(talk)
        except (Hangup, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._talks.discard(task)
            writer.transport.abort()


class Authority:
    """A certificate authority for one test: what the server shows, and whom the client trusts."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.file)
        self.folder = folder

    def server(self, *names: str, not_after: datetime | None = None) -> ssl.SSLContext:
        """A server's context, with a certificate for `names`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("127.0.0.1",)), not_after=not_after).configure_cert(context)
        return context


class Talk:
    """One connection, from the server's side."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.number = server.connections  # 1 is the first
        self.reader = reader
        self.writer = writer
        self.encrypted = server.implicit
        self.sender = ""
        self.recipient = ""
        self.messages = 0

    async def say(self, reply: str | bytes) -> None:
        """Write one reply; a `\\n` in it starts another line."""
        raw = reply if isinstance(reply, bytes) else reply.encode()
        self.writer.write(raw.replace(b"\n", b"\r\n") + b"\r\n")
        await self.writer.drain()

    async def hear(self) -> str:
        """Read one command line."""
        line = (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
        # Only the buffer tells that more came with this line: that it was one write (RFC 2920).
        self.server.groups += bool(self.reader._buffer)  # type: ignore[attr-defined]  # see above
        self.server.commands.append(line)
        await self.server.tell()
        return line

    async def hang_up(self) -> None:
        """Close in order, so that what was said arrives: FIN, then drain, then close."""
        if not self.encrypted:
            self.writer.write_eof()
        while await self.reader.read(65536):
            pass
        raise Hangup

    def reset(self) -> None:
        """Close with a RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Hangup

    async def silence(self) -> None:
        """Read nothing and say nothing for as long as the server lives."""
        await self.server.closing.wait()
        raise Hangup

    async def serve(self, **answers: Answer) -> None:
        """A polite talk, but for `answers` by verb: a reply, or a coroutine that takes over."""
        await self.say("220 relay.test ESMTP")
        while True:
            line = await self.hear()
            verb = line[:4].upper()
            answer = answers.get(verb, OK.get(verb, "502 5.5.2 Unknown command"))
            if verb == "EHLO" and "EHLO" not in answers:
                answer = self._extensions()
            elif verb == "STAR":
                await self._start_tls(answers.get("STARTTLS", "220 2.0.0 Ready"))
                continue
            elif verb == "QUIT":
                await self.say("221 2.0.0 Bye")
                raise Hangup
            elif verb == "MAIL":
                self.sender, self.recipient = _address(line), ""
            elif verb == "RCPT" and _refuses(answer):
                self.recipient = ""
            elif verb == "RCPT":
                self.recipient = _address(line)
            elif verb == "DATA" and "DATA" not in answers and not self.recipient:
                answer = "554 5.5.1 No valid recipients"
            await self._answer(answer)
            if verb == "DATA" and isinstance(answer, str) and answer[0] == "3":
                await self.read_content()
                await self._answer(answers.get("FINAL", OK["FINAL"]))

    async def read_content(self) -> None:
        """Read up to the final dot, and remember what came."""
        content = bytearray()
        while not (content.endswith(b"\r\n.\r\n") or content == b".\r\n"):
            content += await self.reader.readuntil(b"\n")
        self.messages += 1
        lines = bytes(content[: -len(b".\r\n")]).split(b"\r\n")
        body = b"\r\n".join(line.removeprefix(b".") for line in lines)
        self.server.arrived.append(Arrived(self.sender, self.recipient, body))
        await self.server.tell()

    async def _answer(self, answer: Answer) -> None:
        if isinstance(answer, str):
            await self.say(answer)
        else:
            await answer(self)

    def _extensions(self) -> str:
        names = list(self.server.extensions)
        if self.server.tls and not self.encrypted:
            names.append("STARTTLS")
        lines = ["relay.test", *names]
        return "\n".join([*(f"250-{name}" for name in lines[:-1]), f"250 {lines[-1]}"])

    async def _start_tls(self, answer: Answer) -> None:
        await self._answer(answer)
        assert self.server.tls
        await self.writer.start_tls(self.server.tls)
        self.encrypted = True


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


def _refuses(answer: Answer) -> bool:
    return isinstance(answer, str) and answer[0] != "2"


# Behaviours: each takes a whole connection.


async def polite(talk: Talk) -> None:
    """A relay as it should be."""
    await talk.serve()


def answering(**answers: Answer) -> Behaviour:
    """Polite, but for these verbs."""

    async def behaviour(talk: Talk) -> None:
        await talk.serve(**answers)

    return behaviour


def saying_then_closing(reply: str | bytes) -> Callable[[Talk], Awaitable[None]]:
    """An answer: say this and hang up."""

    async def answer(talk: Talk) -> None:
        await talk.say(reply)
        await talk.hang_up()

    return answer


def at_first(bad: Behaviour, then: Behaviour = polite) -> Behaviour:
    """`bad` on the first connection, `then` on every later one."""

    async def behaviour(talk: Talk) -> None:
        await (bad if talk.number == 1 else then)(talk)

    return behaviour


async def no_banner(talk: Talk) -> None:
    """Accepts the connection and never greets."""
    await talk.silence()


def banner(reply: str) -> Behaviour:
    """Greets with this, and closes."""

    async def behaviour(talk: Talk) -> None:
        await saying_then_closing(reply)(talk)

    return behaviour


async def silent(talk: Talk) -> None:
    """An answer: none."""
    await talk.silence()


async def closing(talk: Talk) -> None:
    """An answer: the connection closes."""
    await talk.hang_up()


async def plaintext_before_tls(talk: Talk) -> None:
    """Somebody on the wire slips a reply in behind STARTTLS's 220, in plain text (RFC 3207 §6)."""
    await talk.serve(STARTTLS="220 2.0.0 Ready\n250-evil.test\n250-PIPELINING\n250 SIZE 1")


async def zero_window(talk: Talk) -> None:
    """An answer to DATA: 354, and then not one octet is read."""
    await talk.say("354 Go ahead")
    await talk.silence()


async def reset_in_content(talk: Talk) -> None:
    """An answer to DATA: 354, some octets are read, then RST."""
    await talk.say("354 Go ahead")
    await talk.reader.readexactly(4)
    talk.reset()


async def close_after_dot(talk: Talk) -> None:
    """An answer to the final dot: the connection closes. The message is kept."""
    await talk.hang_up()


async def refuse_in_content(talk: Talk) -> None:
    """An answer to DATA: 354, then 552 before the dot, and the connection closes."""
    await talk.say("354 Go ahead")
    await talk.reader.readexactly(4)
    await talk.say("552 5.3.4 Message too big")
    await talk.silence()


def closing_after(messages: int) -> Behaviour:
    """Takes so many messages on a connection, then hangs up without a word."""

    async def behaviour(talk: Talk) -> None:
        async def final(_: Talk) -> None:
            await talk.say("250 2.0.0 Ok")
            if talk.messages >= messages:
                await talk.hang_up()

        await talk.serve(FINAL=final)

    return behaviour


def closing_at_mail(messages: int, reply: str | None = None) -> Behaviour:
    """Takes so many messages, then answers the next MAIL by hanging up, perhaps with a reply."""

    async def behaviour(talk: Talk) -> None:
        async def mail(_: Talk) -> None:
            if talk.messages >= messages:
                if reply:
                    await talk.say(reply)
                await talk.hang_up()
            await talk.say("250 2.1.0 Ok")

        await talk.serve(MAIL=mail)

    return behaviour


def unsolicited(reply: str | None, gate: asyncio.Event) -> Behaviour:
    """Takes one message; when `gate` opens, says this unasked (or nothing) and hangs up."""

    async def behaviour(talk: Talk) -> None:
        async def final(_: Talk) -> None:
            await talk.say("250 2.0.0 Ok")
            await gate.wait()
            if reply:
                await talk.say(reply)
            await talk.hang_up()

        await talk.serve(FINAL=final)

    return behaviour


def endless_reply(octets: int) -> Callable[[Talk], Awaitable[None]]:
    """An answer: one reply of so many octets."""

    async def answer(talk: Talk) -> None:
        await talk.say(b"250-" + b"x" * octets)
        await talk.silence()

    return answer


def endless_line(octets: int) -> Callable[[Talk], Awaitable[None]]:
    """An answer: so many octets and no end of line."""

    async def answer(talk: Talk) -> None:
        talk.writer.write(b"250 " + b"x" * octets)
        await talk.silence()

    return answer


def one_octet_at_a_time(reply: str) -> Callable[[Talk], Awaitable[None]]:
    """An answer: this, each octet in a segment of its own."""

    async def answer(talk: Talk) -> None:
        for octet in f"{reply}\r\n".encode():
            talk.writer.write(bytes([octet]))
            await talk.writer.drain()
            await asyncio.sleep(0)

    return answer


def dribbling(pause: float) -> Callable[[Talk], Awaitable[None]]:
    """An answer that never ends: an octet, a pause, an octet."""

    async def answer(talk: Talk) -> None:
        await talk.say(b"250-slow")
        while True:
            talk.writer.write(b"x")
            await asyncio.sleep(pause)

    return answer


def raw(reply: bytes) -> Callable[[Talk], Awaitable[None]]:
    """An answer: these octets as a line."""

    async def answer(talk: Talk) -> None:
        await talk.say(reply)

    return answer


def at_most_open(limit: int) -> Behaviour:
    """Bears so many connections at once; the next is greeted with 421."""

    async def behaviour(talk: Talk) -> None:
        if talk.server.open > limit:
            await saying_then_closing("421 4.7.0 Too many connections")(talk)
        await talk.serve()

    return behaviour


@asynccontextmanager
async def black_hole() -> AsyncIterator[int]:
    """A port whose backlog is full: a SYN to it is never answered."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    try:
        yield listener.getsockname()[1]
    finally:
        for filler in fillers:
            filler.close()
        listener.close()


def unused_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
