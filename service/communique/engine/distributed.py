"""The distributed engine: many nodes at one PostgreSQL, each fetching tickets from one queue.

The queue is Procrastinate's, the loop is not: its worker would begin nothing after trouble until
all that it has in hand has ended, so that one hanging relay kept every association waiting (P7; see
decision 0007). What a node forgets in a crash, another's sweep finds within seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from communique.domain.delivery import Ticket
from communique.engine.procrastinate import Held, Queue
from communique.engine.ticking import StoreWatch, Ticker
from communique.errors import CommuniqueError, StoreUnavailable
from communique.ports import Chore, Transaction, Work

log = logging.getLogger(__name__)


class DistributedEngine:
    """One node. It works batches, ticks the chores that are for one node at a time, or both.

    Of each association it has at most `in_hand` batches (P9), and looks for none while it has
    them, so that one association's hanging relay keeps no other waiting (P7).
    """

    BEAT = 2.0  # seconds between two signs of life
    SILENCE = 10.0  # seconds without one, after which a worker is taken for dead
    SWEEP = 2.0  # seconds between two looks for such
    POLL = 1.0  # seconds: a ticket whose hour comes, or that a sweep freed, is not announced
    REST = (0.5, 1.0, 2.0, 5.0)  # seconds before the queue is tried again, and again

    def __init__(
        self, url: str, *, in_hand: int, schedules: bool = True, works: bool = True
    ) -> None:
        """`url` is SQLAlchemy's, of the database that the desk is in."""
        self._queue = Queue(url)
        self._room = in_hand
        self._schedules = schedules
        self._works = works
        self._watch = StoreWatch()
        self._ticker = Ticker(self._watch)
        self._in_hand: dict[Ticket, list[Held]] = {}  # of each, the first is worked
        self._tasks: set[asyncio.Task[None]] = set()  # one for each ticket in hand
        self._ended: list[Held] = []  # which the queue does not know yet
        self._news = asyncio.Event()  # a ticket came in, or ended
        self._stopping = asyncio.Event()
        self._worker: int | None = None  # the number under which tickets are held
        self._fetching: asyncio.Task[None] | None = None
        self._started = False
        self._answers = False  # the queue did, when last it was asked
        self._troubles = 0  # since it last did

    @property
    def healthy(self) -> bool:
        """Whether it runs, and all it does could use queue and store just now."""
        return self._started and self._watch.well and (self._answers or not self._works)

    async def submit(
        self, transaction: Transaction, tickets: Sequence[Ticket], run_at: datetime | None = None
    ) -> None:
        """Have these worked when the transaction is committed, or at `run_at` (UTC), by any node.

        What waits to be worked by then is not added again; asked for now, nor is what is worked.
        Raises StoreUnavailable.
        """
        await self._queue.add(transaction, tickets, run_at)

    async def start(self, work: Work) -> None:
        """Take up the work. Raises StoreUnavailable, and has then started nothing."""
        try:
            await self._queue.open()
            await work.begin()
        except BaseException:
            await self._queue.close()
            raise
        self._work = work
        self._started = self._answers = True
        if self._works:
            self._fetching = asyncio.create_task(self._keep_fetching())
        self._ticker.start(self._chores(work), work.may_run)

    async def stop(self) -> None:
        """Fetch nothing more, await what is in hand, and leave nothing of it in this one's name."""
        if not self._started:
            return
        self._started = False
        self._stopping.set()
        self._news.set()
        self._work.stop()
        await self._ticker.stop()
        if self._fetching:
            await self._fetching
        if self._tasks:  # the queue went away before they ended
            await asyncio.wait(self._tasks)
        await self._queue.close()

    def _chores(self, work: Work) -> Sequence[Chore]:
        sweep = Chore(
            "the sweep for dead workers", timedelta(seconds=self.SWEEP), False, self._sweep
        )
        return [
            *(one for one in work.chores if self._schedules or not one.once),
            *([sweep] if self._works else []),
        ]

    async def _sweep(self) -> None:
        freed = await self._queue.sweep(self.SILENCE)
        if freed:
            log.warning("a worker is gone; what it had in hand goes on: %d batches", freed)
            self._news.set()

    async def _keep_fetching(self) -> None:
        """Be a worker until told to stop; after trouble with the queue, begin again as another.

        Two lines in the log, at most, for each time it is away: what ended it, and its return.
        """
        while not self._stopping.is_set():
            try:
                await self._fetch_as_a_worker()
            except* StoreUnavailable as group:
                self._lost_queue(group.exceptions[0])
            except* Exception:
                log.exception("fetching stopped")
                self._answers = False
            await self._rest()

    async def _rest(self) -> None:
        rest = self.REST[min(self._troubles, len(self.REST) - 1)]
        self._troubles += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await self._stopping.wait()

    def _lost_queue(self, error: BaseException) -> None:
        if self._troubles == 0:
            log.error("nothing new is begun here for now: %s", error)
        self._answers = False

    def _found_queue(self) -> None:
        if self._troubles:
            log.warning("the queue can be used again")
        self._answers = True
        self._troubles = 0

    async def _fetch_as_a_worker(self) -> None:
        """Under a new number: what was fetched for the old one and never arrived becomes free."""
        if self._worker is not None:
            await self._hand_back()
            await self._queue.unregister(self._worker)
        worker = self._worker = await self._queue.register()
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._queue.listen(self._news.set))
            group.create_task(self._beat(worker, done))
            try:
                await self._fetch(worker)
            finally:
                done.set()
                await _cancelled(listening)
        await self._queue.unregister(worker)
        self._worker = None

    async def _beat(self, worker: int, done: asyncio.Event) -> None:
        """Until it is done, draining included: what is in hand stays in this one's hands."""
        while not done.is_set():
            await self._queue.beat(worker)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.BEAT):
                    await done.wait()

    async def _fetch(self, worker: int) -> None:
        """Fetch whatever there is room for, until told to stop and nothing is in hand."""
        while True:
            self._news.clear()
            await self._hand_back()
            held = None
            if not self._stopping.is_set():
                if associations := self._with_room():
                    held = await self._queue.fetch(worker, associations)
                self._found_queue()
            elif not self._in_hand and not self._ended:
                return
            if held:
                self._begin(held)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.POLL):
                        await self._news.wait()

    def _with_room(self) -> list[str]:
        held = Counter(ticket.association for ticket in self._in_hand)
        return [one for one in self._work.queues() if held[one] < self._room]

    async def _hand_back(self) -> None:
        """Tell the queue what ended, and keep it until the queue was told."""
        if ended := self._ended[:]:
            await self._queue.finish(ended)
            del self._ended[: len(ended)]

    def _begin(self, held: Held) -> None:
        """Work it, unless the same is worked here: then it waits for that."""
        if held.ticket in self._in_hand:
            self._in_hand[held.ticket].append(held)
            return
        self._in_hand[held.ticket] = [held]
        task = asyncio.create_task(self._run(held.ticket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, ticket: Ticket) -> None:
        """Work a batch, and once more if it was asked for meanwhile.

        The same job under another number is no such wish: this worker was taken for dead, or its
        server restarted, and it was given back what it has.
        """
        waiting = self._in_hand[ticket]
        while waiting and not self._stopping.is_set():
            job = waiting[0].job
            await self._work_once(ticket)
            self._ended += [one for one in waiting if one.job == job]
            waiting[:] = [one for one in waiting if one.job != job]
        del self._in_hand[ticket]
        self._news.set()

    async def _work_once(self, ticket: Ticket) -> None:
        """However it ends, the desk finds what is left to do."""
        try:
            await self._watch.using("sending", self._work.work(ticket))
        except CommuniqueError as error:
            log.error("batch %s stopped: %s", ticket, error)
        except Exception:
            log.exception("batch %s stopped", ticket)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel until it ends: one cancel can be lost where the driver's wait ends just then."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
