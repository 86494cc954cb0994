"""Working: what comes round while a service runs, and the batches that it is handed.

Every engine runs this, and none is known here: fairness between associations (P7), bounds (P9) and
recovery (P2, P3) are the desk's, so that whatever carries the tickets has them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta

from communique.desk import (
    Desk,
    publishing,
    recording,
    reminding,
    scheduling,
    signing_in,
    writing,
)
from communique.desk.custody import Custody
from communique.desk.joining import Place
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.domain.actor import SERVICE
from communique.domain.delivery import JournalRemains, Ticket
from communique.errors import StoreUnavailable
from communique.ports import Chore, Engine, JournalKept, Transaction

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=0.5)  # `pause` acts within one second
SHARE = timedelta(seconds=1)
BEAT = timedelta(seconds=2)
POST = timedelta(seconds=1)  # a letter is read by somebody who waits for it before a page
FORGET = timedelta(hours=1)
REMIND = timedelta(minutes=1)

RECOVERED = "the service ended before the relay's answer was known"


class Working:
    """See `ports.Work`. One for a process.

    Of each association, at most `workers` batches are worked at once, so that one's hanging relay
    keeps no other waiting. A batch that only waits for its slowest readers lets go of its slot, and
    is still one of `in_hand` at most. `sharing` is for one of several workers.
    """

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        place: Place,
        worker: BatchWorker,
        journal: JournalKept,
        custody: Custody,
        *,
        workers: int,
        in_hand: int,
        sharing: Sharing | None = None,
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._place = place
        self._worker = worker
        self._journal = journal
        self._custody = custody
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(workers))
        self._places = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(in_hand))
        self._associations: Collection[str] = ()
        self._stopping = False
        self._draining: asyncio.Task[None] | None = None
        self._drained = asyncio.Event()
        shared = [Chore("the exchange of rests", SHARE, False, sharing.exchange)] if sharing else []
        self.chores: Sequence[Chore] = (
            # Apart: making a snapshot takes seconds, and nobody who pauses should wait for it.
            Chore("the look at what was paused", LOOK, False, self.look),
            Chore("the sign of life", BEAT, False, self.beat),
            Chore("the look for what nobody has in hand", LOOK, False, self.recover),
            *shared,
            Chore("the pick-up", LOOK, True, self.pick_up),
            Chore("the making public", LOOK, True, self.publish),
            Chore("the look for what is unfinished", LOOK, True, self.resubmit),
            Chore("the reminders", REMIND, True, self.remind),
            Chore("the letters", POST, True, self.post),
            Chore("the clearing away", FORGET, True, self.forget),
        )

    async def begin(self) -> None:
        """Take a place, and deal with what was left behind. Raises AlreadyRunning.

        What a journal knows goes first: what was not begun is queued again, and what is known to
        have ended is recorded; only of what was being handed over does nobody know (P3).
        """
        own = self._journal.open()
        with self._journal.others() as others:
            while not await self._enter([own, *others]):
                await self._place.wait()
        self._journal.start()
        await self.look()

    async def _enter(self, remains: Sequence[JournalRemains]) -> bool:
        async with self._desk.store.begin() as transaction:
            gone = await self._place.enter(transaction)
            if gone is None:
                return False
            nodes = await transaction.nodes.all()
            others = [one for one in nodes if not self._place.is_own(one)]
            doubt = await self._custody.take(transaction, beside=bool(others))
            if not any("worker" in one.roles for one in others):  # nobody sent meanwhile (P8)
                await scheduling.pause_overdue(self._desk, SERVICE, transaction)
            # What is noted here may be of another database, or of what this one has yet to do.
            believed = [] if doubt else remains
            await self._take_back(transaction, gone, believed, everything=not others)
        return True

    async def _take_back(
        self,
        transaction: Transaction,
        gone: Collection[int],
        remains: Sequence[JournalRemains] = (),
        *,
        everything: bool = False,
    ) -> None:
        """Settle what workers that are gone had in hand, by their notes first.

        Whoever is not gone keeps what it has, however long ago it took it.
        """
        now, ended = self._desk.clock.now(), 0
        last: dict[int, datetime] = {}
        for left in remains:
            if left.believed:
                ended += await recording.write_noted(self._desk, transaction, left.ended)
                await transaction.claims.put_back(left.tokens, left.begun, now)
                last |= dict.fromkeys(left.tokens, left.last or now)
        unknown = await transaction.claims.recover(
            now,
            reason=RECOVERED,
            nodes=gone,
            alive=[one.id for one in await transaction.nodes.all()],
            everything=everything,
            last=last,
        )
        if ended or unknown:
            log.warning(
                "a service ended in the middle: %d results found in its journal, "
                "%d deliveries of which nobody knows",
                ended,
                unknown,
            )

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send what is due in one batch, when it is its association's turn."""
        async with self._places[ticket.association]:
            with ExitStack() as slot:
                await self._slots[ticket.association].acquire()
                slot.callback(self._slots[ticket.association].release)
                if self._stopping or self._custody.doubt:
                    return None
                return await self._worker.work(ticket, slot.close)

    async def may_run(self, chore: Chore) -> bool:
        """Whether this chore's turn has come, and is ours among all that could do it."""
        async with self._desk.store.begin() as transaction:
            return await transaction.chores.claim(chore.name, chore.every)

    def queues(self) -> Collection[str]:
        """The associations whose batches are worked here."""
        return self._associations

    def stop(self) -> None:
        """Hand nothing more over. What is in hand stays in these hands until `end`."""
        self._stopping = True
        self._worker.stop()
        self._draining = self._draining or asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        """Show signs of life when chores come round no more: a reply may take ten minutes (P3)."""
        while not self._drained.is_set():
            try:
                await self._place.beat()
            except StoreUnavailable as error:
                log.error("the sign of life waits: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT.total_seconds()):
                    await self._drained.wait()

    async def end(self) -> None:
        """Leave: nothing is in hand any more. Where that can't be said, it will be found out."""
        self._drained.set()
        if self._draining:
            await self._draining
        if self._worker.left_to_journal:  # a row that stays has the others look there
            log.warning("this service ends without taking its leave: its journal has results")
            return
        try:
            await self._place.leave()
        except StoreUnavailable as error:
            log.warning("this service ends without taking its leave: %s", error)

    # The chores

    async def look(self) -> None:
        """See which releases somebody paused or called off, and which associations there are.

        First of all, whether anything may be sent from this database.
        """
        await self._custody.look()
        await self._worker.refresh_states()
        async with self._desk.store.read() as transaction:
            self._associations = await transaction.associations.keys(SERVICE.scope)

    async def beat(self) -> None:
        """Show that this one lives; where it was taken for dead, begin again as another.

        Nothing of what it has in hand begins after a sleep until this has been done.

        What it had in hand is not its own any more: of that, nothing is begun and no result counts.
        Raises AlreadyRunning while another is in its place: nothing at all is begun meanwhile.
        """
        if self._place.absence() > self._desk.policy.late_after:
            # It slept, and what was due then is late: it asks, before anything can go on (P8).
            async with self._desk.store.begin() as transaction:
                await scheduling.pause_overdue(self._desk, SERVICE, transaction)
            await self._worker.refresh_states()
        if await self._place.beat():
            return
        async with self._desk.store.begin() as transaction:
            gone = await self._place.enter(transaction)
            if gone is None:  # another one has yet to show whether it lives
                return
            doubt = await self._custody.take(transaction, beside=True)
            remains = [] if doubt else self._journal.of(gone)
            await self._take_back(transaction, gone, remains)
        log.warning(
            "this service was taken for dead, and what it had in hand went to others; "
            "it goes on as node %d",
            self._place.seat.node,
        )

    async def recover(self) -> None:
        """Take back what nobody has in hand any more (P2)."""
        alive, gone = await self._place.look()
        await self._worker.recover_expired(RECOVERED, alive)
        if not gone:
            return
        with self._journal.others() as remains:
            async with self._desk.store.begin() as transaction:
                gone = await self._place.remove_gone(transaction)
                noted = [*remains, *self._journal.of(gone)]
                await self._take_back(transaction, gone, [] if self._custody.doubt else noted)

    async def pick_up(self) -> None:
        """Pick up what is due, unless it may be a copy's."""
        if self._custody.doubt:
            return
        await scheduling.pick_up(self._desk, SERVICE, self._engine)

    async def remind(self) -> None:
        """Write what somebody is to be reminded of, unless another desk has the word."""
        if self._custody.doubt:
            return
        await reminding.remind(self._desk, SERVICE)

    async def post(self) -> None:
        """Send the letters that are due; first, write those that somebody asked for."""
        if self._stopping or self._custody.doubt:
            return
        await signing_in.write_due(self._desk, SERVICE)
        await writing.send_due(self._desk, SERVICE)

    async def forget(self) -> None:
        """Take away what nobody signs in by any more."""
        await signing_in.forget(self._desk, SERVICE)

    async def publish(self) -> None:
        """Make public whatever's hour has come, unless it may be a copy's."""
        if not self._custody.doubt:
            await publishing.publish_due(self._desk, SERVICE)

    async def resubmit(self) -> None:
        """Have worked what is due and in no engine's hands: it lost it, or a pause drained it."""
        if self._custody.doubt:
            return
        async with self._desk.store.read() as transaction:
            tickets = await transaction.batches.unfinished(self._desk.clock.now())
        if tickets:
            async with self._desk.store.begin() as transaction:
                await self._engine.submit(transaction, tickets)
