"""The embedded engine: APScheduler in this process, its jobs in memory, the store as the truth.

It must be the only one at its desk: a file lock says so. What it forgets in a crash, its tick finds
again in the store within a second.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Protocol

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from communique.domain.delivery import Ticket
from communique.errors import AlreadyRunning, CommuniqueError, StoreUnavailable
from communique.ports import Engine, Transaction

log = logging.getLogger(__name__)


class Work(Protocol):
    """What an engine runs; `wiring` binds it to the desk."""

    async def take_over(self) -> None:
        """Deal with what the last worker here left behind."""

    async def recover(self) -> None:
        """Take back deliveries whose lease ran out."""

    async def look_up(self) -> None:
        """See which releases were paused or called off."""

    async def pick_up(self, engine: Engine) -> list[str]:
        """Pick up the releases that are due."""

    async def unfinished(self) -> Sequence[Ticket]:
        """The batches that are due."""

    async def work(self, ticket: Ticket, let_go: Callable[[], None]) -> datetime | None:
        """Send what is due in one batch; `let_go` says that another may be worked meanwhile."""

    def stop(self) -> None:
        """Hand nothing more over."""


class DeskLock:
    """Held while a service works on a desk; the system lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> None:
        """Raises AlreadyRunning."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 32).decode(errors="replace").strip()
            os.close(file)
            raise AlreadyRunning(
                f"another `communique serve` works here (process {holder or 'unknown'})",
                file=self._path,
                remedy="stop it first, or give this one its own COMMUNIQUE_DATA",
            ) from error
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._file = file

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class LocalEngine:
    """Ticks twice a second; works at most `workers` batches of each association at once.

    Of each, so that one association's hanging relay keeps no other waiting (P7). A batch that only
    waits for its slowest readers lets go of its slot, and is still one of `in_hand` at most (P9).
    """

    TICK = 0.5  # seconds: `pause` acts within one
    SENDING = "sending"

    def __init__(self, work: Work, lock: DeskLock, *, workers: int, in_hand: int) -> None:
        self._work = work
        self._lock = lock
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(workers))
        self._places = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(in_hand))
        self._in_hand: dict[Ticket, asyncio.Task[None]] = {}
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._stopping = False
        self._started = False
        self._without_store: set[str] = set()  # what could not use it when last it tried

    @property
    def healthy(self) -> bool:
        """Whether it runs, and all it does could use the store just now."""
        return self._started and not self._without_store

    async def start(self) -> None:
        """Take the desk, take back what a crash left behind, begin to tick."""
        self._lock.acquire()
        try:
            await self._work.take_over()
        except BaseException:
            self._lock.release()
            raise
        self._started = True
        # Apart: making a snapshot takes seconds, and nobody who pauses should wait for it.
        for each in (self._look_up, self._tick):
            # ENGINES.md, trap 5: the default grace of one second would drop a late tick for good.
            self._scheduler.add_job(
                each,
                "interval",
                seconds=self.TICK,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
                next_run_time=datetime.now(self._scheduler.timezone),
            )
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR)
        self._scheduler.start()

    async def stop(self) -> None:
        """Claim nothing more, await what is in flight, let go of the desk.

        APScheduler's own shutdown cancels running coroutines (ENGINES.md, trap 6): it comes last.
        """
        self._stopping = True
        self._scheduler.pause()
        self._work.stop()
        await asyncio.gather(*self._in_hand.values(), return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        self._lock.release()

    def submit(self, transaction: Transaction, tickets: Sequence[Ticket]) -> None:
        """Begin these batches when the transaction is committed, without waiting for a tick."""
        transaction.after_commit(lambda: self._take(tickets))

    async def _look_up(self) -> None:
        await self._using_store("the look at what was paused", self._work.look_up())

    async def _tick(self) -> None:
        await self._using_store("the tick", self._find_work())

    async def _find_work(self) -> None:
        await self._work.recover()
        await self._work.pick_up(self)
        self._take(await self._work.unfinished())
        if not self._in_hand:  # nothing is left that could not be claimed
            self._without_store.discard(self.SENDING)

    async def _using_store(self, what: str, act: Awaitable[object]) -> None:
        """Do it; where the store cannot be used, say so until the same can be done again."""
        try:
            await act
            self._without_store.discard(what)
        except StoreUnavailable as error:
            self._without_store.add(what)
            log.error("%s waits: %s", what, error)

    def _take(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            if ticket not in self._in_hand and not self._stopping:
                self._in_hand[ticket] = asyncio.create_task(self._run(ticket))

    async def _run(self, ticket: Ticket) -> None:
        try:
            async with self._places[ticket.association]:
                with ExitStack() as slot:
                    await self._slots[ticket.association].acquire()
                    slot.callback(self._slots[ticket.association].release)
                    if not self._stopping:
                        working = self._work.work(ticket, slot.close)
                        await self._using_store(self.SENDING, working)
        except CommuniqueError as error:
            log.error("batch %s stopped: %s", ticket, error)
        except Exception:
            log.exception("batch %s stopped", ticket)
        finally:
            self._in_hand.pop(ticket, None)


def _report(event: JobExecutionEvent) -> None:
    log.error("the tick failed", exc_info=event.exception)
