"""Sending: a ticket becomes messages, and every message an outcome in the log.

One recipient's way: claim → recheck → render and compose → hand over → outcome → next step. The
order of writes is what P1–P5 rest on: a claim is committed before anything is sent, and a result
is written only where the claim still stands.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from communique.desk import Desk
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
from communique.domain.mail import Mail, Marks
from communique.domain.outcome import Accepted, Deferred, Outcome, Scope
from communique.domain.release import Content, Release, State
from communique.errors import TemplateInvalid
from communique.ports import Composer, Journal, Transport

log = logging.getLogger(__name__)

COMPOSERS = 32  # kept ready; a release has one for each association and language

# A final reply may take ten minutes (RFC 5321 §4.5.3.2.6): nothing is handed over when less than
# that is left of the claim, or another worker could hand it over again meanwhile.
REPLY_TIME = timedelta(minutes=10, seconds=30)

PUT_BACK = Deferred("not started", Scope.SITE, tried=False)


@dataclass(slots=True)
class Job:
    """What the deliveries of one batch share."""

    release: Release
    content: Content
    host: Association
    list_domain: str  # as it was approved: the host's may be another by now (P3)
    transport: Transport
    give_up_at: datetime  # from then on, nothing of it is tried any more
    snapshot: int  # how many the whole release has


@dataclass(slots=True)
class Attempt:
    """One claim on its way, and what became of it once that is known."""

    claim: Claim
    started_at: datetime
    started: float = field(default_factory=time.perf_counter)
    result: Result | None = None

    def ended(self, step: Step, outcome: Outcome | None, transport: str) -> Result:
        """A result, as of now."""
        seconds = time.perf_counter() - self.started
        return Result(self.claim, step, outcome, transport, self.started_at, seconds)


class UnderWay:
    """One batch's attempts: what breaks one cuts no other short, a slow one holds none (P7)."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[asyncio.Future[None]]] = set()
        self._ended: list[asyncio.Task[asyncio.Future[None]]] = []
        self._wanted = 0
        self._few = asyncio.Event()

    def start(self, attempt: Coroutine[None, None, asyncio.Future[None]]) -> None:
        """Begin one; what it returns is awaited when it is to be in the store."""
        task = asyncio.create_task(attempt)
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[asyncio.Future[None]]) -> None:
        self._running.discard(task)
        self._ended.append(task)
        if len(self._running) <= self._wanted:
            self._few.set()

    async def at_most(self, count: int) -> None:
        """Return when no more than so many are under way."""
        self._wanted = count
        if len(self._running) > count:
            self._few.clear()
            await self._few.wait()

    async def recorded(self) -> bool:
        """Return when all have ended and are in the store; False if there were none.

        Raises the first error of any, the others being done.
        """
        await self.at_most(0)
        ended, self._ended = self._ended, []
        writes = await asyncio.gather(*ended, return_exceptions=True)
        written = await asyncio.gather(
            *(one for one in writes if not isinstance(one, BaseException)), return_exceptions=True
        )
        for error in (*writes, *written):
            if isinstance(error, BaseException):
                raise error
        return bool(ended)


class Sender:
    """Works tickets. One for a process; any number of tickets at once."""

    def __init__(self, desk: Desk, journal: Journal | None = None) -> None:
        self._desk = desk
        self._journal = journal or NoJournal()
        self._recorder = Recorder(desk, self._journal)
        self._breaker = Breaker()
        self._snapshots: dict[int, int] = {}  # how many a release has in all
        self._composers: dict[tuple[int, str, str], Composer] = {}
        self._in_hand: Counter[int] = Counter()  # tickets under way, by release
        self._halted: set[int] = set()  # releases that are no longer being sent
        self._stopping = False

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send all that is due in one batch; when it is to be worked again, None when done."""
        job = await self._job(ticket)
        self._in_hand[ticket.release_id] += 1
        under_way = UnderWay()
        try:
            while not self._is_called_off(ticket.release_id):
                await under_way.at_most(self._desk.policy.chunk_size // 2)
                claims = await self._claim(ticket, job)
                for claim, lasts_until in claims:
                    under_way.start(self._deliver(job, claim, lasts_until))
                if not (claims or await under_way.recorded()):
                    break
        finally:
            await under_way.recorded()
            self._in_hand[ticket.release_id] -= 1
        return await self._settle(ticket)

    async def look_up(self) -> None:
        """See which releases in hand somebody paused or called off: no more of them goes."""
        in_hand = [release_id for release_id, count in self._in_hand.items() if count]
        halted: set[int] = set()
        if in_hand:
            async with self._desk.store.read() as transaction:
                states = await transaction.releases.states(in_hand)
            halted = {one for one, state in states.items() if state is not State.SENDING}
        # Anew each time: what was resumed meanwhile, in hand or not, goes on.
        self._halted = halted | self._recorder.pausing.keys()

    def stop(self) -> None:
        """Hand nothing more over: what is past DATA ends by itself, the rest is put back."""
        self._stopping = True

    async def _job(self, ticket: Ticket) -> Job:
        async with self._desk.store.read() as transaction:
            release = await transaction.releases.by_id(ticket.release_id)
            content = await transaction.releases.content(release.content_hash or "")
            key = await transaction.batches.association_of(ticket)
            host = await transaction.associations.get(key)
            if release.id not in self._snapshots:  # counted once: it never changes
                summary = await transaction.log.summary(release.id)
                self._snapshots[release.id] = summary.snapshot
        give_up_at = (release.picked_up_at or self._desk.clock.now()) + GIVE_UP_AFTER
        if release.schedule and release.schedule.deliver_by:
            give_up_at = min(give_up_at, release.schedule.deliver_by)
        return Job(
            release,
            content,
            host,
            content.declared(key)["list_domain"],
            self._desk.transport(host),
            give_up_at,
            self._snapshots[release.id],
        )

    async def _claim(self, ticket: Ticket, job: Job) -> Sequence[tuple[Claim, float]]:
        policy, now = self._desk.policy, self._desk.clock.now()
        today = now.astimezone(when.zone(job.host.time_zone)).date()
        # Counted from before the claim, so that ours is never thought longer than the database's.
        ends = time.monotonic() + (policy.lease - REPLY_TIME).total_seconds()
        token = secrets.randbits(62)
        async with self._desk.store.begin() as transaction:
            if now >= job.give_up_at:
                await transaction.claims.expire(ticket, now)
                return []
            in_force = await transaction.associations.in_force(job.release.agreement, today)
            claims = await transaction.claims.claim(
                ticket,
                token,
                now=now,
                today=today,
                in_force=in_force,
                joint=len(job.release.parties) > 1,
                limit=policy.chunk_size,
                lease=policy.lease,
            )
            if claims:  # noted first: of what is claimed and not noted, nobody would know
                self._journal.claimed(token, len(claims))
        return [(claim, ends) for claim in claims]

    def _is_called_off(self, release_id: int) -> bool:
        return self._stopping or release_id in self._halted

    def _may_go(self, job: Job, claim: Claim, lasts_until: float) -> bool:
        """Whether the claim is still ours, its time not over, and the release not called off."""
        return (
            not self._is_called_off(claim.release_id)
            and time.monotonic() < lasts_until
            and self._desk.clock.now() < job.give_up_at
        )

    def _begin(self, job: Job, claim: Claim, lasts_until: float) -> bool:
        """The last look before the content goes; from here to the reply, nobody could know (P3)."""
        return self._may_go(job, claim, lasts_until) and self._journal.begun(claim)

    async def _deliver(self, job: Job, claim: Claim, lasts_until: float) -> asyncio.Future[None]:
        """Send one message; what is awaited later is that its result is in the store."""
        attempt = Attempt(claim, self._desk.clock.now())
        if self._is_called_off(claim.release_id):
            return self._recorder.record(self._end(job, attempt, PUT_BACK))
        try:
            mail = self._compose(job, attempt, lasts_until)
        except TemplateInvalid as error:
            step = Step(DeliveryState.FAILED, None, f"{NOT_RENDERED}: {error}")
            result = attempt.ended(step, None, job.host.transport)
            self._weigh(job, result)
        except Exception as error:
            # What nobody has classified is temporary, and concerns this reader alone (P7).
            log.exception("delivery %d cannot be composed", claim.delivery_id)
            unforeseen = Deferred(f"not composed: {error!r}", Scope.RECIPIENT)
            result = self._end(job, attempt, unforeseen)
        else:
            answer = await job.transport.send(mail)
            # A mail that came to a session was ended by it, at once; any other is ended here.
            result = attempt.result or self._end(job, attempt, answer)
        return self._recorder.record(result)

    def _end(self, job: Job, attempt: Attempt, answer: Outcome) -> Result:
        """Note at once what is known: the session turns to its next mail after this (P3)."""
        outcome: Outcome | None = answer
        if isinstance(answer, Deferred) and not answer.tried:
            due_at = attempt.started_at + timedelta(seconds=answer.retry_after or 0)
            due_at = min(due_at, job.give_up_at)
            outcome, step = None, Step(DeliveryState.QUEUED, due_at, answer.reason)
        else:
            step = self._step(job, attempt.claim, answer)
            if answer.scope is Scope.MESSAGE and not isinstance(answer, Accepted):
                self._halt(job, answer.reason)
        attempt.result = attempt.ended(step, outcome, job.host.transport)
        self._recorder.note(attempt.result)
        self._weigh(job, attempt.result)
        return attempt.result

    def _weigh(self, job: Job, result: Result) -> None:
        """See whether this was one failure too many."""
        if why := self._breaker.trips(result, job.snapshot):
            self._halt(job, why)

    def _halt(self, job: Job, why: str) -> None:
        """Not one more goes; the recorder pauses the release with its next group."""
        self._halted.add(job.release.id)
        self._recorder.pausing.setdefault(job.release.id, why)

    def _compose(self, job: Job, attempt: Attempt, lasts_until: float) -> Mail:
        claim, keyring = attempt.claim, self._desk.keyring
        reader = claim.reader
        composer = self._composer(job, reader.language)
        token = keyring.sign("unsubscribe", job.host.key, reader.list_key, claim.subscriber_id)
        identity = keyring.mark("message-id", job.release.id, claim.subscriber_id)
        bounce = keyring.sign("bounce", claim.delivery_id)
        marks = Marks(
            message_id=f"{identity}@{job.list_domain}",
            unsubscribe_url=f"{self._desk.policy.public_url.rstrip('/')}/u/{token}",
            envelope_sender=f"bounces+{bounce}@{job.list_domain}",
        )
        return Mail(
            marks.envelope_sender,
            reader.address,
            composer.compose(reader, marks),
            may_go=partial(self._may_go, job, claim, lasts_until),
            begin=partial(self._begin, job, claim, lasts_until),
            ended=partial(self._end, job, attempt),
            proven=True,
        )

    def _composer(self, job: Job, language: str) -> Composer:
        """Prepared once for a content, association and language, whatever the number of batches."""
        known = (job.release.id, job.host.key, language)
        if known not in self._composers:
            if len(self._composers) == COMPOSERS:
                del self._composers[next(iter(self._composers))]  # the oldest: it can be made anew
            picked_up_at = job.release.picked_up_at or self._desk.clock.now()
            self._composers[known] = self._desk.press.composer(
                job.content, job.host.key, language, picked_up_at
            )
        return self._composers[known]

    def _step(self, job: Job, claim: Claim, outcome: Outcome) -> Step:
        now = self._desk.clock.now()
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
            now = self._desk.clock.now()
            # Held, so that of two last batches settled at once the second sees the first.
            release = await transaction.releases.by_id(ticket.release_id, hold=True)
            due_at = await transaction.batches.settle(ticket, now)
            if due_at is None:
                await finish(transaction, release, now)
            return due_at
