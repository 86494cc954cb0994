"""The built-in mailbox: an SMTP listener that keeps what it receives as `.eml` files.

A fresh desk sends here, so that nothing leaves the machine until a relay is configured. It listens
on a loopback address only, and must never pass anything on.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from communique.errors import TransportUnavailable

SIZE_LIMIT = 32 * 1024 * 1024
QUOTA = (
    4 * 1024 * 1024 * 1024
)  # octets of all that is kept: it is for looking, and nobody empties it
MEASURED = 10.0  # seconds after which a full folder is looked through again
AT_ONCE = 250  # connections; a pool of ours has 200 at most


class Mailbox:
    """Listens while it is entered; `folder/new` holds the messages, in order of arrival."""

    def __init__(
        self,
        host: str,
        port: int,
        folder: Path,
        quota: int = QUOTA,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = host
        self.port = port  # 0: any free one, known once entered
        self.folder = folder
        self._quota = quota
        self._now = now
        self._kept = 0  # octets
        self._measured = 0.0  # when they were last looked through
        self._count = itertools.count()
        self._server: asyncio.Server | None = None
        self._talks: set[_Talk] = set()

    async def __aenter__(self) -> Self:
        """Start to listen. Raises TransportUnavailable where it cannot."""
        if not _is_loopback(self.host):
            raise TransportUnavailable("mailbox_not_local", host=self.host)
        try:
            for folder in (self.folder, self.folder / "tmp", self.folder / "new"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            await self._measure()
            self._server = await asyncio.get_running_loop().create_server(
                lambda: _Talk(self._talks, self), self.host, self.port
            )
        except OSError as error:
            raise TransportUnavailable(
                "mailbox_port_taken", host=self.host, port=self.port, reason=error.strerror
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._server:
            self._server.close()
            for talk in list(self._talks):
                talk.hang_up()
            await self._server.wait_closed()

    def _keep(self, whole: bytes) -> str:
        """Write one message whole or not at all; its name sorts by arrival. Raises OSError.

        No fsync: a mailbox for trying out may lose its last moments with the machine.
        """
        name = f"{time.time_ns():020d}.{os.getpid()}-{next(self._count):06d}.eml"
        written = self.folder / "tmp" / name
        with open(written, "wb", opener=_private) as file:
            file.write(whole)
        self._kept += len(whole)
        written.rename(self.folder / "new" / name)
        return name

    async def _require_room(self, octets: int) -> None:
        """Raises OSError where the quota is used up, unless somebody made room meanwhile.

        Whether they did is looked at now and then, not for each message that is turned away.
        """
        if self._kept + octets <= self._quota:
            return
        if self._now() - self._measured >= MEASURED:
            await self._measure()
        if self._kept + octets > self._quota:
            raise OSError(errno.EDQUOT, f"{self.folder / 'new'} is full: delete what was read")

    async def _measure(self) -> None:
        self._measured, before = self._now(), self._kept
        found = await asyncio.to_thread(_octets_in, self.folder / "new")
        self._kept += found - before  # what was kept meanwhile stays counted

    # aiosmtpd calls these by name.

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        """Offer PIPELINING too: aiosmtpd reads command by command from one buffer, so it copes."""
        session.host_name = hostname
        return [*lines[:-1], "250-PIPELINING", lines[-1]]

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, and say under which name."""
        content: Any = envelope.content
        head = "".join(
            [
                f"Return-Path: <{envelope.mail_from or ''}>\r\n",
                *(f"Delivered-To: {one}\r\n" for one in envelope.rcpt_tos),
            ]
        )
        whole = head.encode() + content
        try:
            await self._require_room(len(whole))
            name = self._keep(whole)
        except OSError as error:
            return f"452 4.3.1 cannot keep the message: {error.strerror}"
        return f"250 2.0.0 kept as {name}"


class _Talk(SMTP):
    """One connection, known to its mailbox for as long as it lasts."""

    def __init__(self, talks: set[_Talk], mailbox: Mailbox) -> None:
        super().__init__(
            mailbox,
            hostname="mailbox.localhost",
            ident="Communique mailbox",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        self._talks = talks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._talks) >= AT_ONCE:
            cast(asyncio.Transport, transport).write(b"421 4.7.0 too many connections\r\n")
            transport.close()
            return
        self._talks.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._talks:
            self._talks.discard(self)
            super().connection_lost(error)

    def hang_up(self) -> None:
        """Close, whatever is going on."""
        if self.transport:
            self.transport.close()


def _octets_in(folder: Path) -> int:
    return sum(one.stat().st_size for one in os.scandir(folder))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
