"""The HTTP server of `communique serve`: uvicorn, but signals are ours, and its doors are kept."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import uvicorn

from communique import web
from communique.desk import Desk
from communique.domain.lineage import Doubt
from communique.web.connections import Doorkeeper, Limits
from communique.web.heads import LONGEST_HEAD

AT_ONCE = 16  # connections accepted in one turn of the loop, which sends mail meanwhile (P7)
QUEUE = 1024  # those that the kernel keeps for the next turns
FILES = 8192  # descriptors that are enough
FEWEST = 16  # connections that are served whatever the system allows


class Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn's own way ends the process before the engine has ended."""

    PATIENCE = 3  # seconds that a stop waits for who is being answered, and no longer

    def __init__(
        self,
        desk: Desk,
        healthy: Callable[[], bool],
        limits: Limits,
        doubt: Callable[[], Doubt | None] = lambda: None,
        uploads: Path | None = None,
    ) -> None:
        self.doorkeeper = Doorkeeper(limits)
        super().__init__(
            uvicorn.Config(
                web.build(desk, healthy, doubt, uploads=uploads),
                http=self.doorkeeper.protocol,  # type: ignore[arg-type]  # what makes one will do
                ws="none",
                log_config=None,
                access_log=False,
                # Who asks, as these say it; uvicorn believes others, and the environment, unasked.
                forwarded_allow_ips=list(limits.proxies),
                server_header=False,
                lifespan="off",
                backlog=AT_ONCE,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                timeout_graceful_shutdown=self.PATIENCE,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. asyncio takes the queue's length for how many it accepts in one turn."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(QUEUE)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def limits(kept: int, proxies: Collection[str]) -> Limits:
    """How many connections there may be, so that `kept` descriptors stay for mail and store.

    Raises the soft limit of this process as far as it may: many systems begin with 1,024.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    usual = Limits(proxies=proxies)
    room = usual.in_all if soft == resource.RLIM_INFINITY else soft - kept
    in_all = max(FEWEST, min(usual.in_all, room))
    return Limits(in_all=in_all, of_one=min(usual.of_one, in_all), proxies=proxies)
