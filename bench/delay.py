"""A line that is long: a TCP proxy on loopback which holds everything back for some milliseconds.

    python -m bench.delay PORT TO_PORT MILLISECONDS

Each direction has its own delay, so a round trip takes twice that longer. Order is kept, and so is
throughput: what comes close together leaves close together.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import deque


class End(asyncio.Protocol):
    """One end of a connection. What it receives leaves by the other end, later."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._held: deque[tuple[float, bytes]] = deque()  # when due, and what; b"": hang up
        self._timer: asyncio.TimerHandle | None = None
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to send; the other end may have waited for this."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self.transport = transport
        if self.other:
            self.other.pass_on()

    def data_received(self, octets: bytes) -> None:
        """Hold it back."""
        self._hold(octets)

    def connection_lost(self, error: Exception | None) -> None:
        """The other end is told later, as of everything else."""
        self._hold(b"")

    def _hold(self, octets: bytes) -> None:
        self._held.append((self._loop.time() + self._delay, octets))
        if self._timer is None:
            self._timer = self._loop.call_at(self._held[0][0], self.pass_on)

    def pass_on(self) -> None:
        """Send what is due, and wake up for what is next."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self.other is None or self.other.transport is None:
            return  # it calls when it is there
        while self._held and self._held[0][0] <= self._loop.time():
            _, octets = self._held.popleft()
            if octets:
                self.other.transport.write(octets)
            else:
                self.other.transport.close()
        if self._held:
            self._timer = self._loop.call_at(self._held[0][0], self.pass_on)


async def run(port: int, to_port: int, delay: float) -> None:
    """Pass on until SIGTERM."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    under_way: set[asyncio.Task[None]] = set()

    async def connect(near: End, far: End) -> None:
        try:
            await loop.create_connection(lambda: far, "127.0.0.1", to_port)
        except OSError:
            if near.transport:
                near.transport.abort()

    def accept() -> End:
        near, far = End(delay), End(delay)
        near.other, far.other = far, near
        task = asyncio.create_task(connect(near, far))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return near

    await loop.create_server(accept, "127.0.0.1", port)
    await over.wait()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
