"""Opening a session: TCP, greeting, EHLO, STARTTLS, AUTH, by aiosmtplib, each with its own limit.

It must never go on in plain text where TLS was asked for, nor raise for what a relay does.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import aiosmtplib

from communique.domain.outcome import Outcome, Refused, Scope
from communique.smtp.commands import Offers
from communique.smtp.meanings import Phase
from communique.smtp.relay import Relay
from communique.smtp.verdict import printable, trouble, why

HEAD_START = 0.25  # seconds that an address has to itself before the next is tried as well

_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 §4; `isdigit` says so of “²” too

_NAMES = {
    Phase.CONNECT: "connect",
    Phase.BANNER: "greeting",
    Phase.EHLO: "EHLO",
    Phase.STARTTLS: "TLS",
    Phase.AUTH: "AUTH",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that opening a session takes: what came of it, in words for `communique check`."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened: its transport still belongs to aiosmtplib's protocol."""

    transport: asyncio.Transport
    offers: Offers


class _NotOffered(Exception):
    """The relay lacks what the settings ask for."""


def trust(relay: Relay) -> ssl.SSLContext | None:
    """Whom to believe, and what to show of ourselves. Raises OSError for a file it cannot use."""
    if relay.tls == "none":
        return None
    context = ssl.create_default_context(cafile=relay.ca_file)
    if relay.client_certificate:
        context.load_cert_chain(relay.client_certificate, relay.client_key)
    return context


async def open_session(
    relay: Relay,
    context: ssl.SSLContext | None,
    report: Callable[[Check], None] = lambda step: None,
) -> Opened | Outcome:
    """Open a session, or say as an outcome why there is none. Each step is also reported."""
    limits = relay.timeouts
    phase = Phase.CONNECT
    client: aiosmtplib.SMTP | None = None
    try:
        async with asyncio.timeout(limits.connect):
            sock = await _reach(relay.host, relay.port)
        report(Check("connect", True, f"{relay.host} port {relay.port}"))

        phase = Phase.BANNER
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            sock=sock,
            local_hostname=relay.local_hostname or _literal(sock),
            use_tls=relay.tls == "implicit",
            start_tls=False,
            tls_context=context,
            timeout=limits.command,
        )
        greeting = await client.connect(timeout=limits.greeting)
        report(Check("greeting", True, printable(greeting.message)))

        phase = Phase.EHLO
        await _greet(client)
        if relay.tls == "starttls":
            phase = Phase.STARTTLS
            if not client.supports_extension("starttls"):
                raise _NotOffered(
                    "the relay does not offer STARTTLS; nothing is sent in plain text"
                )
            await client.starttls()
            phase = Phase.EHLO
            await _greet(client)
        if context:
            cipher = client.get_transport_info("cipher")
            report(Check("TLS", True, f"{cipher[1]}, {cipher[0]}, certificate valid"))
        offers = _offers(client, relay)
        names = ", ".join(sorted(client.esmtp_extensions)).upper()
        report(Check("EHLO", True, printable(names) or "HELO only"))

        if relay.username is not None:
            phase = Phase.AUTH
            await _identify(client, relay.username, relay.password or "", encrypted=bool(context))
            report(Check("AUTH", True, f"as {relay.username}"))
        transport = client.transport
        if transport is None or transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        # Not every event loop's transport is an asyncio.Transport by name.
        return Opened(cast(asyncio.Transport, transport), offers)
    except _NotOffered as error:
        outcome: Outcome = Refused(str(error), Scope.SITE)
    except Exception as error:  # whatever nobody has classified is temporary
        outcome = trouble(phase, error)
    except asyncio.CancelledError:
        _abandon(client)
        raise
    _abandon(client)
    report(Check(_NAMES[phase], False, why(outcome)))
    return outcome


def _abandon(client: aiosmtplib.SMTP | None) -> None:
    if client:
        client.close()


async def _reach(host: str, port: int) -> socket.socket:
    """A TCP connection to the first address of `host` that answers. Raises OSError.

    One that neither answers nor refuses holds up the next for a moment only (RFC 8305 §5).
    """
    loop = asyncio.get_running_loop()
    untried = deque(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    racing: set[asyncio.Task[socket.socket]] = set()
    problem = OSError(f"{host} has no address")
    try:
        while untried or racing:
            if untried:
                family, _, _, _, address = untried.popleft()
                racing.add(loop.create_task(_connected(family, address)))
            done, _ = await asyncio.wait(
                racing,
                timeout=HEAD_START if untried else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                racing.remove(task)
                try:
                    return task.result()
                except OSError as error:
                    problem = error
    finally:
        await _call_off(racing)
    raise problem


async def _connected(family: int, address: Any) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle's algorithm on.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address)
    except (OSError, asyncio.CancelledError):
        sock.close()
        raise
    return sock


async def _call_off(racing: set[asyncio.Task[socket.socket]]) -> None:
    """Leave the others alone, those too that answered at the same moment."""
    for task in racing:
        task.cancel()
    for one in await asyncio.gather(*racing, return_exceptions=True):
        if isinstance(one, socket.socket):
            one.close()


def _literal(sock: socket.socket) -> str:
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _greet(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO where it is not known (RFC 5321 §3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code // 100 != 5 or not client.is_connected:
            raise
        await client.helo()


async def _identify(
    client: aiosmtplib.SMTP, username: str, password: str, *, encrypted: bool
) -> None:
    """AUTH, once: trying every method multiplies failures, and relays lock accounts for those."""
    methods = {"plain": client.auth_plain, "login": client.auth_login}
    methods = {**methods, "cram-md5": client.auth_crammd5}
    order = ("plain", "login", "cram-md5") if encrypted else ("cram-md5", "plain", "login")
    for name in order:
        if name in client.server_auth_methods:
            try:
                await methods[name](username, password)
            except aiosmtplib.SMTPResponseException as error:
                raise _hushed(error, username, password) from None
            return
    raise _NotOffered("the relay offers no way to log in that is known here")


def _hushed(
    error: aiosmtplib.SMTPResponseException, username: str, password: str
) -> aiosmtplib.SMTPResponseException:
    """The same reply without the password: some relays repeat what they were told."""
    said = error.message
    spoken = [password, *(_encoded(one) for one in (password, f"\0{username}\0{password}"))]
    for secret in filter(None, spoken):
        said = said.replace(secret, "•••")
    return aiosmtplib.SMTPAuthenticationError(error.code, said)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _offers(client: aiosmtplib.SMTP, relay: Relay) -> Offers:
    size = client.esmtp_extensions.get("size")
    return Offers(
        pipelining=relay.pipelining and client.supports_extension("pipelining"),
        smtputf8=client.supports_extension("smtputf8"),
        size=None if size is None else int(size) if _SIZE.fullmatch(size) else 0,
    )
