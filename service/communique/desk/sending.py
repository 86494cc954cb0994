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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from communique.desk import Desk
from communique.desk.scheduling import finish
from communique.domain import when
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.delivery import (
    GIVE_UP_AFTER,
    Claim,
    DeliveryState,
    Result,
    SkipReason,
    Step,
    Ticket,
    next_step,
)
from communique.domain.mail import Mail, Marks
from communique.domain.member import Suppression, SuppressionScope
from communique.domain.outcome import Deferred, Outcome, Refused, Scope
from communique.domain.release import Content, Release, State, after
from communique.errors import StoreUnavailable, TemplateInvalid
from communique.ports import Composer, Transport

log = logging.getLogger(__name__)

# A final reply may take ten minutes (RFC 5321 §4.5.3.2.6): nothing is handed over when less than
# that is left of the claim, or another worker could hand it over again meanwhile.
REPLY_TIME = timedelta(minutes=10, seconds=30)


@dataclass(slots=True)
class Job:
    """What the deliveries of one batch share."""

    release: Release
    content: Content
    host: Association
    transport: Transport
    composers: dict[str, Composer] = field(default_factory=dict)


class Sender:
    """Works tickets. One for a process; any number of tickets at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._recorder = Recorder(desk)
        self._composers: dict[tuple[str, str, str], Composer] = {}
        self._stopping = False

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send all that is due in one batch; when it is to be worked again, None when done."""
        job = await self._job(ticket)
        while not self._stopping and (claims := await self._claim(ticket, job)):
            ended = await asyncio.gather(
                *(self._deliver(job, claim, may_go) for claim, may_go in claims),
                return_exceptions=True,  # what breaks one cuts no other short (P7)
            )
            for error in ended:
                if error is not None:
                    raise error
        return await self._settle(ticket)

    def stop(self) -> None:
        """Hand nothing more over: what is past DATA ends by itself, the rest is put back."""
        self._stopping = True

    async def _job(self, ticket: Ticket) -> Job:
        async with self._desk.store.read() as transaction:
            release = await transaction.releases.by_id(ticket.release_id)
            content = await transaction.releases.content(release.content_hash or "")
            key = await transaction.deliveries.association_of(ticket)
            host = await transaction.associations.get(key)
        return Job(release, content, host, self._desk.transport(host))

    async def _claim(self, ticket: Ticket, job: Job) -> Sequence[tuple[Claim, Callable[[], bool]]]:
        policy, now = self._desk.policy, self._desk.clock.now()
        today = now.astimezone(when.zone(job.host.time_zone)).date()
        # Counted from before the claim, so that ours is never thought longer than the database's.
        ends = time.monotonic() + (policy.lease - REPLY_TIME).total_seconds()
        async with self._desk.store.begin() as transaction:
            in_force = await transaction.associations.in_force(job.release.agreement, today)
            claims = await transaction.deliveries.claim(
                ticket,
                secrets.randbits(62),
                now=now,
                today=today,
                in_force=in_force,
                joint=len(job.release.parties) > 1,
                limit=policy.chunk_size,
                lease=policy.lease,
            )

        def may_go() -> bool:
            return not self._stopping and time.monotonic() < ends

        return [(claim, may_go) for claim in claims]

    async def _deliver(self, job: Job, claim: Claim, may_go: Callable[[], bool]) -> None:
        started_at, started = self._desk.clock.now(), time.perf_counter()
        outcome: Outcome | None = None
        try:
            mail = self._compose(job, claim, may_go)
        except TemplateInvalid as error:
            step = Step(DeliveryState.FAILED, None, f"not rendered: {error}")
        except Exception as error:
            # What nobody has classified is temporary, and concerns this reader alone (P7).
            log.exception("delivery %d cannot be composed", claim.delivery_id)
            outcome = Deferred(f"not composed: {error!r}", Scope.RECIPIENT)
            step = self._step(job, claim, outcome)
        else:
            answer = await job.transport.send(mail)
            if isinstance(answer, Deferred) and not answer.tried:
                due_at = started_at + timedelta(seconds=answer.retry_after or 0)
                step = Step(DeliveryState.QUEUED, due_at, answer.reason)
            else:
                outcome, step = answer, self._step(job, claim, answer)
        result = Result(
            claim, step, outcome, job.host.transport, started_at, time.perf_counter() - started
        )
        await self._recorder.record(job, result)

    def _compose(self, job: Job, claim: Claim, may_go: Callable[[], bool]) -> Mail:
        reader, keyring = claim.reader, self._desk.keyring
        composer = job.composers.get(reader.language)
        if composer is None:
            composer = job.composers[reader.language] = self._composer(job, reader.language)
        token = keyring.sign("unsubscribe", job.host.key, reader.list_key, claim.subscriber_id)
        identity = keyring.mark("message-id", job.release.id, claim.subscriber_id)
        bounce = keyring.sign("bounce", claim.delivery_id)
        marks = Marks(
            message_id=f"{identity}@{job.host.list_domain}",
            unsubscribe_url=f"{self._desk.policy.public_url.rstrip('/')}/u/{token}",
            envelope_sender=f"bounces+{bounce}@{job.host.list_domain}",
        )
        return Mail(marks.envelope_sender, reader.address, composer.compose(reader, marks), may_go)

    def _composer(self, job: Job, language: str) -> Composer:
        """Prepared once for a content, association and language, whatever the number of batches."""
        known = (job.content.hash, job.host.key, language)
        if known not in self._composers:
            picked_up_at = job.release.picked_up_at or self._desk.clock.now()
            self._composers[known] = self._desk.press.composer(
                job.content, job.host.key, language, picked_up_at
            )
        return self._composers[known]

    def _step(self, job: Job, claim: Claim, outcome: Outcome) -> Step:
        now = self._desk.clock.now()
        give_up_at = (job.release.picked_up_at or now) + GIVE_UP_AFTER
        if job.release.schedule and job.release.schedule.deliver_by:
            give_up_at = min(give_up_at, job.release.schedule.deliver_by)
        return next_step(
            outcome,
            attempt=claim.attempt,
            unknowns=claim.unknowns,
            now=now,
            give_up_at=give_up_at,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, guards nothing
        )

    async def _settle(self, ticket: Ticket) -> datetime | None:
        async with self._desk.store.begin() as transaction:
            now = self._desk.clock.now()
            # Held, so that of two last batches settled at once the second sees the first.
            release = await transaction.releases.by_id(ticket.release_id, hold=True)
            due_at = await transaction.deliveries.settle(ticket, now)
            if due_at is None:
                await finish(transaction, release, now)
            return due_at


class Recorder:
    """Writes results in groups: what comes in while one group is being committed is the next.

    Under load groups are large and commits few; with one message a minute each is written at once.
    """

    GROUP = 200

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: list[tuple[Job, Result, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, job: Job, result: Result) -> None:
        """Return once the result is durable, or known to be nobody's any more."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((job, result, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        await asyncio.sleep(0)  # whoever is ready now joins this group
        while self._waiting:
            group = self._waiting[: self.GROUP]
            del self._waiting[: self.GROUP]
            ended = await self._persist([(job, result) for job, result, _ in group])
            for _, _, written in group:
                if written.cancelled():
                    continue
                if ended is None:
                    written.set_result(None)
                else:
                    written.set_exception(ended)

    async def _persist(self, group: Sequence[tuple[Job, Result]]) -> Exception | None:
        """Write until it succeeds: what was handed over must not be forgotten (P1, P3).

        What waiting cannot mend is given back, for whoever waits on the group to raise.
        """
        pause = 0.1
        while True:
            try:
                await self._write_once(group)
            except StoreUnavailable as error:
                log.error("results wait for the database: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:
                return error
            else:
                return None

    async def _write_once(self, group: Sequence[tuple[Job, Result]]) -> None:
        jobs = {id(result): job for job, result in group}
        now = self._desk.clock.now()
        async with self._desk.store.begin() as transaction:
            counted = await transaction.deliveries.record([result for _, result in group], now)
            for result in counted:
                job = jobs[id(result)]
                match result.outcome:
                    case Refused(hard=True, scope=Scope.RECIPIENT, reason=reason):
                        suppression = Suppression(
                            job.host.key,
                            parse(result.claim.reader.address).key,
                            SuppressionScope.ALL,
                            SkipReason.SUPPRESSED,
                            f"smtp: {reason}",
                        )
                        await transaction.subscribers.suppress(suppression, now)
                    case (
                        Deferred(scope=Scope.MESSAGE, reason=why)
                        | Refused(scope=Scope.MESSAGE, reason=why)
                    ):
                        release = await transaction.releases.by_id(job.release.id, hold=True)
                        if release.state is State.SENDING:
                            to = after(release.state, "pause")
                            await transaction.releases.move(
                                release, to, verb="pause", at=now, detail=why
                            )
                    case _:
                        pass
        if late := len(group) - len(counted):
            log.warning("%d results came after their claim had lapsed; not written", late)
