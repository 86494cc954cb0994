"""Sending: a ticket becomes claims, claims become attempts, and the batch is settled.

The order of writes is what P1–P5 rest on: a claim is committed before anything of it is sent, and a
result is written only where the claim still stands. What happens to one claim is `attempting`'s.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from sys import maxsize

from communique.desk import Desk
from communique.desk.asking import Permission
from communique.desk.attempting import (
    Attempt,
    NotSetUp,
    Shift,
    UnderWay,
)
from communique.desk.custody import Custody
from communique.desk.job import Job, job_of
from communique.desk.joining import Seat, elapsed
from communique.desk.sharing import PATIENCE, WINDOW, Sharing
from communique.desk.stepping import finish, hold
from communique.domain import when
from communique.domain.actor import SERVICE
from communique.domain.association import Association
from communique.domain.delivery import Claim, SkipReason, Ticket, token_of
from communique.domain.outcome import NOT_STARTED, NotTried
from communique.domain.release import State
from communique.errors import ContentChanged, TransportUnavailable
from communique.ports import Journal, Transport

# A final reply may take ten minutes (RFC 5321 §4.5.3.2.6): nothing is handed over when less than
# that is left of the claim, or another worker could hand it over again meanwhile.
REPLY_TIME = timedelta(minutes=10, seconds=30)


class BatchWorker:
    """Works tickets. One for a process; any number of tickets at once.

    `seat` tells this worker's number among all at its store, which stands in each of its claims;
    one that is alone needs none.
    `sharing` is for one of several: of what it hands over, the others know by the store. Where
    `custody` is in doubt, nothing is begun.
    """

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        *,
        seat: Callable[[], Seat] = Seat,
        sharing: Sharing | None = None,
        custody: Custody | None = None,
    ) -> None:
        self._desk = desk
        self._now = desk.clock.now
        self._shift = Shift(desk, journal, custody)
        self._custody = custody
        self._seat = seat
        self._sharing = sharing
        self._jobs: dict[tuple[int, str], Job] = {}  # since the last look
        self._in_hand: Counter[int] = Counter()  # tickets under way, by release
        self._ends: dict[int, datetime | None] = {}  # of their embargoes, as last read
        self._held: set[int] = set()  # tokens of claims that are in our hands
        self._unsure: set[int] = set()  # tokens of claims whose commit is not confirmed
        self._stopped = asyncio.Event()

    async def work(
        self, ticket: Ticket, release_slot: Callable[[], None] = lambda: None
    ) -> datetime | None:
        """Send all that is due in one batch; when it is to be worked again, None when done.

        `release_slot` is called, any number of times, when the batch only waits for its slowest
        readers.
        """
        job = self._jobs.get((ticket.release_id, ticket.association))
        if job is None or ticket.batch > job.newest:
            job = await self._job(ticket)
        if job is None:
            return None
        job = job.of(ticket.batch)
        self._take_up(job)
        try:
            while True:
                claimed = await self._send_due(ticket, job, release_slot)
                due_at = await self._settle(ticket)
                at_once = claimed and due_at is not None and due_at <= self._now()
                if not at_once or self._shift.is_called_off(ticket.release_id):
                    return due_at
        finally:
            self._in_hand[ticket.release_id] -= 1

    def _take_up(self, job: Job) -> None:
        """Count it among those in hand, and remember what the first of them knew of its embargo."""
        release = job.release
        if job.embargo and not self._in_hand[release.id]:
            self._ends[release.id] = release.public_from
        self._in_hand[release.id] += 1

    async def _send_due(self, ticket: Ticket, job: Job, release_slot: Callable[[], None]) -> int:
        """Claim what a batch has due; how many, once what became of them is in the store."""
        if self._shift.is_called_off(ticket.release_id) or self._is_in_doubt():
            return 0
        # Counted from before the claim, so that ours is never thought longer than the database's.
        now, seat = elapsed(), self._seat()
        lasts_until = now + (self._desk.policy.lease - REPLY_TIME).total_seconds()
        if now >= seat.tenure.valid_until:  # nothing of it could begin
            return 0
        if hour := job.anew(ticket.batch, self._now()):
            async with self._desk.store.begin() as transaction:
                await transaction.releases.hold(ticket.release_id)
                await transaction.embargoes.tell_anew(ticket, hour)
        token = token_of(seat.node, secrets.randbits(40))
        permission = Permission(self._desk, job.release, job.association, ticket, token)
        self._held.add(token)
        try:
            claims = await self._claim(ticket, job, token, permission)
            claimed = len(claims)
            under_way = UnderWay(
                self._shift, job, claimed, permission, seat.tenure, lasts_until, release_slot
            )
            await self._hand_over(claims, under_way)
            del claims  # a long wait for a few of them should not keep them all (P9)
            await under_way.recorded()
        finally:
            self._held.discard(token)
        return claimed

    async def _hand_over(self, claims: Sequence[Claim], under_way: UnderWay) -> None:
        """Give the transport what it is to send: all at once, or as all workers together may."""
        if self._sharing is None:
            for claim in claims:
                under_way.job.transport.take(Attempt(under_way, claim))
            return
        try:
            await self._hand_over_in_windows(claims, under_way, self._sharing)
        except Exception:
            await under_way.recorded()
            raise

    async def _hand_over_in_windows(
        self, claims: Sequence[Claim], under_way: UnderWay, sharing: Sharing
    ) -> None:
        """Each as soon as half of the last one has begun, so that no connection runs dry.

        Where a window cannot be noted, or its turn is far, it and what is behind it go back.
        """
        rest = deque(claims)
        transport, far = under_way.job.association.transport, 0.0
        try:
            while rest:
                await under_way.waiting_fewer_than(len(rest) + WINDOW // 2)
                if under_way.is_called_off() or not under_way.stands():
                    break
                grant = await sharing.allow(transport, min(WINDOW, len(rest)))
                window = list(islice(rest, grant.count))
                ours = await sharing.begin(window)
                for claim in window:
                    rest.popleft()
                    attempt = Attempt(under_way, claim)
                    if claim.delivery_id in ours:
                        under_way.job.transport.take(attempt)
                    else:  # its end will not count, for the claim is another's
                        attempt.ended(NOT_STARTED)
                if grant.wait > PATIENCE:
                    far = grant.wait
                    break
                await self._wait(grant.wait)
        finally:
            for claim in rest:
                back = (
                    NotTried("rate limit", sharing.recall(transport, far)) if far else NOT_STARTED
                )
                Attempt(under_way, claim).ended(back)

    async def _wait(self, seconds: float) -> None:
        """For so long, or until it is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    async def refresh_states(self) -> None:
        """See which releases in hand somebody paused or called off: no more of them goes."""
        in_hand = +self._in_hand
        held = [one for one in in_hand if one in self._ends]
        pausing = self._shift.recorder.pausing
        halted = set(pausing)  # now: one that is committed meanwhile is not read
        if self._is_in_doubt():
            halted |= in_hand.keys()
        if in_hand:
            async with self._desk.store.read() as transaction:
                states = await transaction.releases.states(SERVICE.scope, in_hand)
                ends = await transaction.embargoes.ends(held) if held else {}
            # What was not begun goes back for a moment, and is told the hour as it stands.
            halted |= {one for one, until in ends.items() if until != self._ends[one]}
            self._ends |= ends
            halted |= {one for one, state in states.items() if state is not State.SENDING}
        # Those of now: what was taken up meanwhile counts by one of these already.
        self._in_hand = +self._in_hand
        self._ends = {one: until for one, until in self._ends.items() if one in self._in_hand}
        self._shift.recorder.breaker.keep(self._in_hand)
        # Anew each time: what was resumed meanwhile, in hand or not, goes on; what was synced
        # meanwhile counts.
        self._jobs.clear()
        self._shift.halted = halted | pausing.keys()

    def _is_in_doubt(self) -> bool:
        return self._custody is not None and self._custody.doubt is not None

    async def recover_expired(self, reason: str, alive: Collection[int] = ()) -> None:
        """Take back what is in nobody's hands though its lease ran out, but of those `alive` (P2).

        And what we may have claimed without being told, which was never begun. Never what we have
        in hand: it ends by itself, however late, and only then does anybody know how (P3).
        """
        unsure = self._unsure - self._held
        async with self._desk.store.read() as transaction:
            lapsed = await transaction.claims.lapsed(self._held, alive=alive)
        if lapsed or unsure:
            async with self._desk.store.begin() as transaction:
                now = self._now()
                await transaction.claims.put_back(unsure, frozenset(), now)
                await transaction.claims.recover(now, reason=reason, held=self._held, alive=alive)
            self._unsure -= unsure

    @property
    def left_to_journal(self) -> bool:
        """Whether results are only there: the store was away for too long when it was to stop."""
        return self._shift.recorder.left_to_journal

    def stop(self) -> None:
        """Hand nothing more over: what is begun ends by itself or is cut, the rest is put back."""
        self._shift.stopping = True
        self._stopped.set()
        self._shift.recorder.stop()
        for transport in self._desk.transports.values():
            transport.halt(self._desk.policy.reply_within)

    async def _job(self, ticket: Ticket) -> Job | None:
        """None where the content is not what was approved: its release is paused then, and asks."""
        try:
            async with self._desk.store.read() as transaction:
                release = await transaction.releases.by_id(SERVICE.scope, ticket.release_id)
                frozen = await transaction.releases.content(
                    SERVICE.scope, release.content_hash or ""
                )
                content = frozen.read()
                association = await transaction.associations.get(SERVICE.scope, ticket.association)
                tally = await transaction.failures.of(release.id)
                imprint = release.imprint or self._desk.imprint
                hours: Mapping[int, datetime] = {}
                newest = maxsize
                if imprint.embargo:
                    hours, newest = await transaction.embargoes.hours(release.id)
        except ContentChanged as error:
            async with self._desk.store.begin() as transaction:
                await hold(self._desk, transaction, ticket.release_id, error.fact, SERVICE)
            return None
        job = self._jobs[release.id, association.key] = job_of(
            self._desk,
            release,
            content,
            association,
            self._transport(association),
            self._shift.recorder.breaker.counting(release.id, tally),
            hours=hours,
            newest=newest,
        )
        return job

    def _transport(self, association: Association) -> Transport:
        try:
            return self._desk.transport(association)
        except TransportUnavailable as error:
            return NotSetUp(str(error))

    async def _claim(
        self, ticket: Ticket, job: Job, token: int, permission: Permission
    ) -> Sequence[Claim]:
        policy, now = self._desk.policy, self._now()
        today = when.day(now, job.association.time_zone)
        if now >= job.begin_before:
            async with self._desk.store.begin() as transaction:
                if job.over_at and now >= job.over_at:
                    why = SkipReason.ADVANTAGE_OVER
                    await transaction.claims.leave_out(ticket, why, now)
                else:
                    await transaction.claims.expire(ticket, now)
            return []
        self._unsure.add(token)  # until its commit is confirmed
        async with self._desk.store.begin() as transaction:
            permission.claiming()
            in_force = await transaction.associations.in_force(
                job.release.agreement, today, hold=True
            )
            claims = await transaction.claims.claim(
                ticket,
                token,
                now=now,
                today=today,
                in_force=in_force,
                joint=len(job.release.parties) > 1,
                limit=policy.batch_size,
                lease=policy.lease,
                begun=self._sharing is None,
            )
            if claims and job.apart:  # read after: what is due keeps its hour, whoever moves it
                job.bear(await transaction.batches.dated(ticket))
            if claims and self._custody:
                await self._custody.mark(transaction)
            if claims:  # noted first: of what is claimed and not noted, nobody would know
                self._shift.journal.claimed(token, len(claims))
        self._unsure.discard(token)
        return claims

    async def _settle(self, ticket: Ticket) -> datetime | None:
        async with self._desk.store.begin() as transaction:
            now = self._now()
            # Held, so that of two last batches settled at once the second sees the first.
            await transaction.releases.hold(ticket.release_id)
            due_at = await transaction.batches.settle(ticket, now)
            if due_at is None:
                await finish(self._desk, transaction, ticket.release_id, SERVICE)
            return due_at
