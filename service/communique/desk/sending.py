"""Sending: a ticket becomes messages, and every message an outcome in the log.

One recipient's way: claim → recheck → render and compose → hand over → outcome → next step. The
order of writes is what P1–P5 rest on: a claim is committed before anything is sent, and a result
is written only where the claim still stands.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from communique.desk import Desk
from communique.desk.attempting import Attempt, Job, NotSetUp, UnderWay
from communique.desk.recording import NOT_RENDERED, Breaker, NoJournal, Recorder
from communique.desk.scheduling import finish
from communique.domain import when
from communique.domain.association import Association
from communique.domain.delivery import (
    GIVE_UP_AFTER,
    Claim,
    DeliveryState,
    Result,
    Step,
    Ticket,
    next_step,
)
from communique.domain.mail import Marks
from communique.domain.outcome import Accepted, Deferred, Outcome, Scope
from communique.domain.release import State
from communique.errors import TemplateInvalid, TransportUnavailable
from communique.ports import Composer, Journal, Transport

log = logging.getLogger(__name__)

COMPOSERS = 32  # kept ready; a release has one for each association and language

# A final reply may take ten minutes (RFC 5321 §4.5.3.2.6): nothing is handed over when less than
# that is left of the claim, or another worker could hand it over again meanwhile.
REPLY_TIME = timedelta(minutes=10, seconds=30)

SENT = Step(DeliveryState.SENT, None)
PUT_BACK = Deferred("not started", Scope.SITE, tried=False)


class Sender:
    """Works tickets. One for a process; any number of tickets at once."""

    def __init__(self, desk: Desk, journal: Journal | None = None) -> None:
        self._desk = desk
        self.now = desk.clock.now
        self.journal = journal or NoJournal()
        self._recorder = Recorder(desk, self.journal)
        self._breaker = Breaker()
        self._snapshots: dict[int, int] = {}  # how many a release has in all
        self._jobs: dict[tuple[int, str], Job] = {}  # since the last look
        self._composers: dict[tuple[int, str, str], Composer] = {}
        self._unsubscribe_at = f"{desk.policy.public_url.rstrip('/')}/u/"
        self._in_hand: Counter[int] = Counter()  # tickets under way, by release
        self._held: set[int] = set()  # tokens of claims that are in our hands
        self._unsure: set[int] = set()  # tokens of claims whose commit is not confirmed
        self._halted: set[int] = set()  # releases that are no longer being sent
        self._stopping = False

    async def work(
        self, ticket: Ticket, let_go: Callable[[], None] = lambda: None
    ) -> datetime | None:
        """Send all that is due in one batch; when it is to be worked again, None when done.

        `let_go` is called, any number of times, when the batch only waits for its slowest readers.
        """
        job = self._jobs.get((ticket.release_id, ticket.association)) or await self._job(ticket)
        self._in_hand[ticket.release_id] += 1
        try:
            while True:
                claimed = await self._send_due(ticket, job, let_go)
                due_at = await self._settle(ticket)
                at_once = claimed and due_at is not None and due_at <= self.now()
                if not at_once or self.is_called_off(ticket.release_id):
                    return due_at
        finally:
            self._in_hand[ticket.release_id] -= 1

    async def _send_due(self, ticket: Ticket, job: Job, let_go: Callable[[], None]) -> int:
        """Claim what a batch has due; how many, once what became of them is in the store."""
        if self.is_called_off(ticket.release_id):
            return 0
        # Counted from before the claim, so that ours is never thought longer than the database's.
        lasts_until = time.monotonic() + (self._desk.policy.lease - REPLY_TIME).total_seconds()
        token = secrets.randbits(62)
        self._held.add(token)
        try:
            claims = await self._claim(ticket, job, token)
            claimed = len(claims)
            under_way = UnderWay(claimed, let_go)
            for claim in claims:
                job.transport.take(Attempt(self, job, claim, lasts_until, under_way))
            del claims  # a long wait for a few of them should not keep them all (P9)
            await under_way.recorded()
        finally:
            self._held.discard(token)
        return claimed

    async def look_up(self) -> None:
        """See which releases in hand somebody paused or called off: no more of them goes."""
        in_hand = [release_id for release_id, count in self._in_hand.items() if count]
        halted = set(self._recorder.pausing)  # now: one that is committed meanwhile is not read
        if in_hand:
            async with self._desk.store.read() as transaction:
                states = await transaction.releases.states(in_hand)
            halted |= {one for one, state in states.items() if state is not State.SENDING}
        # Anew each time: what was resumed meanwhile, in hand or not, goes on; what was synced
        # meanwhile counts.
        self._jobs.clear()
        self._halted = halted | self._recorder.pausing.keys()

    async def take_back(self, reason: str) -> None:
        """Take back what a worker elsewhere had in hand when its lease ran out (P2).

        And what we may have claimed without being told, which was never begun. Never what we have
        in hand: it ends by itself, however late, and only then does anybody know how (P3).
        """
        unsure = self._unsure - self._held
        async with self._desk.store.read() as transaction:
            lapsed = await transaction.claims.lapsed(self._held)
        if lapsed or unsure:
            async with self._desk.store.begin() as transaction:
                now = self.now()
                await transaction.claims.put_back(unsure, frozenset(), now)
                await transaction.claims.recover(now, reason=reason, held=self._held)
            self._unsure -= unsure

    def stop(self) -> None:
        """Hand nothing more over: what is past DATA ends by itself, the rest is put back."""
        self._stopping = True
        self._recorder.stop()
        for transport in self._desk.transports.values():
            transport.halt()

    async def _job(self, ticket: Ticket) -> Job:
        async with self._desk.store.read() as transaction:
            release = await transaction.releases.by_id(ticket.release_id)
            content = await transaction.releases.content(release.content_hash or "")
            host = await transaction.associations.get(ticket.association)
            if release.id not in self._snapshots:  # counted once: it never changes
                summary = await transaction.log.summary(release.id)
                self._snapshots[release.id] = summary.snapshot
        give_up_at = (release.picked_up_at or self.now()) + GIVE_UP_AFTER
        if release.schedule and release.schedule.deliver_by:
            give_up_at = min(give_up_at, release.schedule.deliver_by)
        job = self._jobs[release.id, host.key] = Job(
            release,
            content,
            host,
            content.declared(host.key)["list_domain"],
            self._transport(host),
            give_up_at,
            self._snapshots[release.id],
        )
        return job

    def _transport(self, host: Association) -> Transport:
        try:
            return self._desk.transport(host)
        except TransportUnavailable as error:
            return NotSetUp(str(error))

    async def _claim(self, ticket: Ticket, job: Job, token: int) -> Sequence[Claim]:
        policy, now = self._desk.policy, self.now()
        today = when.day(now, job.host.time_zone)
        if now >= job.give_up_at:
            async with self._desk.store.begin() as transaction:
                await transaction.claims.expire(ticket, now)
            return []
        self._unsure.add(token)  # until its commit is confirmed
        async with self._desk.store.begin() as transaction:
            in_force = await transaction.associations.in_force(job.release.agreement, today)
            claims = await transaction.claims.claim(
                ticket,
                token,
                now=now,
                today=today,
                in_force=in_force,
                joint=len(job.release.parties) > 1,
                limit=policy.batch_size,
                lease=policy.lease,
            )
            if claims:  # noted first: of what is claimed and not noted, nobody would know
                self.journal.claimed(token, len(claims))
        self._unsure.discard(token)
        return claims

    # What attempts ask

    def is_called_off(self, release_id: int) -> bool:
        """Whether nothing more of a release is to be begun."""
        return self._stopping or release_id in self._halted

    def prepare(self, attempt: Attempt) -> bool:
        """Render and compose; False if there is nothing to send, which is recorded then."""
        if self.is_called_off(attempt.claim.release_id):
            attempt.ended(PUT_BACK)
            return False
        attempt.start()
        try:
            self._compose(attempt)
        except TemplateInvalid as error:
            step = Step(DeliveryState.FAILED, None, f"{NOT_RENDERED}: {error}")
            self._finish(attempt, attempt.result(step, None))
            return False
        except Exception as error:
            # What nobody has classified is temporary, and concerns this reader alone (P7).
            log.exception("delivery %d cannot be composed", attempt.claim.delivery_id)
            attempt.ended(Deferred(f"not composed: {error!r}", Scope.RECIPIENT))
            return False
        return True

    def end(self, attempt: Attempt, answer: Outcome) -> None:
        """Decide what an outcome leads to, note it at once, and have it recorded."""
        job = attempt.job
        if isinstance(answer, Deferred) and not answer.tried:
            due_at = attempt.start() + timedelta(seconds=answer.retry_after or 0)
            due_at = min(due_at, job.give_up_at)
            result = attempt.result(Step(DeliveryState.QUEUED, due_at, answer.reason), None)
        else:
            result = attempt.result(self._step(job, attempt.claim, answer), answer)
            self.journal.ended(result)
            if answer.scope is Scope.MESSAGE and not isinstance(answer, Accepted):
                self._halt(job, answer.reason)
        self._finish(attempt, result)

    def _finish(self, attempt: Attempt, result: Result) -> None:
        if result.step.state is DeliveryState.FAILED:
            self._weigh(attempt.job, result)
        self._recorder.record(result, attempt.batch.written)
        if attempt.batch.ended():
            self._recorder.hurry()

    def _weigh(self, job: Job, result: Result) -> None:
        """See whether this was one failure too many."""
        if why := self._breaker.trips(result, job.snapshot):
            self._halt(job, why)

    def _halt(self, job: Job, why: str) -> None:
        """Not one more goes; the recorder pauses the release with its next group."""
        self._halted.add(job.release.id)
        self._recorder.pausing.setdefault(job.release.id, why)

    def _compose(self, attempt: Attempt) -> None:
        job, claim, keyring = attempt.job, attempt.claim, self._desk.keyring
        reader, person = claim.reader, claim.subscriber_id
        token = keyring.sign("unsubscribe", job.host.key, reader.list_key, person)
        identity = keyring.mark("message-id", job.release.id, person)
        bounce = keyring.sign("bounce", claim.delivery_id)
        marks = Marks(
            message_id=f"{identity}@{job.list_domain}",
            unsubscribe_url=f"{self._unsubscribe_at}{token}",
            envelope_sender=f"bounces+{bounce}@{job.list_domain}",
        )
        attempt.sender = marks.envelope_sender
        attempt.content = self._composer(job, reader.language).compose(reader, marks)

    def _composer(self, job: Job, language: str) -> Composer:
        """Prepared once for a content, association and language, whatever the number of batches."""
        known = (job.release.id, job.host.key, language)
        if known not in self._composers:
            if len(self._composers) == COMPOSERS:
                del self._composers[next(iter(self._composers))]  # the oldest: it can be made anew
            picked_up_at = job.release.picked_up_at or self.now()
            self._composers[known] = self._desk.press.composer(
                job.content, job.host.key, language, picked_up_at
            )
        return self._composers[known]

    def _step(self, job: Job, claim: Claim, outcome: Outcome) -> Step:
        if isinstance(outcome, Accepted):  # most are, and need no time
            return SENT
        now = self.now()
        return next_step(
            outcome,
            attempt=claim.attempt,
            unknowns=claim.unknowns,
            now=now,
            give_up_at=job.give_up_at,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, guards nothing
        )

    async def _settle(self, ticket: Ticket) -> datetime | None:
        async with self._desk.store.begin() as transaction:
            now = self.now()
            # Held, so that of two last batches settled at once the second sees the first.
            await transaction.releases.hold(ticket.release_id)
            due_at = await transaction.batches.settle(ticket, now)
            if due_at is None:
                await finish(transaction, ticket.release_id, now)
            return due_at
