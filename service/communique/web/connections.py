"""Who may hold a connection to the pages, how long, and who gives way when there are too many.

uvicorn's HTTP over h11, with what it lacks: each stage of a request has its time, and the number of
connections is bounded, from one address and in all. At a bound, whoever has waited longest for
their own next octet gives way: a stranger who holds half a request keeps nobody out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from communique.web.limiting import network

log = logging.getLogger(__name__)

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class Stage(Enum):
    """What a connection waits for; the value says it in the log."""

    HEAD = "the head of a request"  # or for any request at all
    BODY = "the body of a request"
    ANSWER = "an answer, or its reader"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each stage, however the octets trickle, and how many connections there may be.

    `proxies` are addresses that stand for many people: only the sum counts for those.
    """

    head: float = 10
    body: float = 10
    answer: float = 90  # SQLite's writers may wait a minute
    pace: float = 50_000  # octets a second, at least, of a file that somebody brings to the desk
    largest: int = 33 << 20  # octets for which there is such time
    in_all: int = 500
    of_one: int = 50
    proxies: Collection[str] = ()

    def of(self, stage: Stage) -> float:
        """How long a stage may last."""
        return {Stage.HEAD: self.head, Stage.BODY: self.body, Stage.ANSWER: self.answer}[stage]


@dataclass(slots=True)
class Doorkeeper:
    """All connections of a server, the oldest first."""

    limits: Limits = Limits()
    inside: dict[Connection, None] = field(default_factory=dict)
    by_origin: Counter[str] = field(default_factory=Counter)

    def protocol(self, **server: Any) -> Connection:
        """What uvicorn calls for each connection that it accepts."""
        return Connection(self, **server)

    def admit(self, one: Connection) -> bool:
        """Take one more in. Whoever waits longest gives way; False where nobody can."""
        crowd = self._crowd(one)
        if crowd is not None:
            patient = next((other for other in crowd if other.gives_way), None)
            if patient is None:
                log.warning("a connection was turned away: there are too many, all being answered")
                return False
            log.warning("a connection was closed for another: there are too many")
            patient.cut()
        self.inside[one] = None
        self.by_origin[one.origin] += 1
        return True

    def leave(self, one: Connection) -> None:
        """It is closed, or not counted any more."""
        if one in self.inside:
            del self.inside[one]
            self.by_origin -= Counter([one.origin])

    def _crowd(self, new: Connection) -> Collection[Connection] | None:
        """Of whom one has to give way for one more from there; None if there is room."""
        limits = self.limits
        if new.address not in limits.proxies and self.by_origin[new.origin] >= limits.of_one:
            return [one for one in self.inside if one.origin == new.origin]
        return self.inside if len(self.inside) >= limits.in_all else None


class Connection(H11Protocol):
    """One connection. Its clock starts anew with each stage, and with nothing else."""

    def __init__(
        self,
        keeper: Doorkeeper,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._keeper = keeper
        self._stage: tuple[Stage, object] | None = None
        self._clock: asyncio.TimerHandle | None = None
        self.address = ""  # of whoever is at the other end
        self.origin = ""  # whose that is: one machine has many of IPv6

    @property
    def gives_way(self) -> bool:
        """Whether only its own client holds it up: with a request, or by not reading the answer."""
        return self._asks or self.transport.get_write_buffer_size() > 0

    @property
    def _asks(self) -> bool:
        return self._stage is None or self._stage[0] is not Stage.ANSWER

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.origin = network(self.address)
        if self._keeper.admit(self):
            self._look()
        else:
            transport.write(FULL)
            self.cut()

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)
            self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def shutdown(self) -> None:
        """Part from who has not asked yet; whoever is being answered is answered."""
        if self._asks:
            self.cut()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._keeper.leave(self)
        if self._clock:
            self._clock.cancel()
        super().connection_lost(exc)

    def cut(self) -> None:
        """Close at once, whatever is unsaid: an orderly close waits for who never reads."""
        self._keeper.leave(self)
        self.transport.abort()

    def _look(self) -> None:
        """Start the clock anew if the stage is another."""
        stage = (_stage(self.conn), self.cycle)
        if stage == self._stage:
            return
        if self._clock:
            self._clock.cancel()
        self._stage = stage
        limits = self._keeper.limits
        limit = limits.of(stage[0]) + (longer(self.scope, limits) if stage[0] is Stage.BODY else 0)
        self._clock = self.loop.call_later(limit, partial(self._too_slow, stage[0]))

    def _too_slow(self, stage: Stage) -> None:
        log.warning("a connection was closed that waited too long for %s", stage.value)
        self.cut()


def longer(scope: Mapping[str, Any] | None, limits: Limits) -> float:
    """Seconds more that a body may take which brings a file to the desk, by its own length."""
    if scope is None or not str(scope["path"]).startswith("/desk/"):
        return 0
    told: dict[bytes, bytes] = dict(scope["headers"])
    length = told.get(b"content-length", b"")
    if not told.get(b"content-type", b"").startswith(b"multipart/form-data") or len(length) > 12:
        return 0
    return min(int(length), limits.largest) / limits.pace if length.isdigit() else 0


def _stage(connection: h11.Connection) -> Stage:
    if connection.our_state is h11.IDLE and connection.their_state is h11.IDLE:
        return Stage.HEAD
    return Stage.BODY if connection.their_state is h11.SEND_BODY else Stage.ANSWER
