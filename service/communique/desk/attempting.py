"""Attempting: one claim on its way to a relay and back, and the batch that it belongs to.

A transport asks an attempt for its content when its turn has come, and tells it how it ended; what
an attempt does about that is its worker's to say (`sending`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from communique.domain.association import Association
from communique.domain.delivery import Claim, Result, Step
from communique.domain.mail import Mail
from communique.domain.outcome import Deferred, Outcome, Scope
from communique.domain.release import Content, Release
from communique.ports import Journal, Transport

TAIL = 1.0  # seconds after its last mail was begun that a batch still counts as being worked


class Worker(Protocol):
    """Whom an attempt asks."""

    journal: Journal
    now: Callable[[], datetime]

    def is_called_off(self, release_id: int) -> bool:
        """Whether nothing more of a release is to be begun."""

    def prepare(self, attempt: Attempt) -> bool:
        """Render and compose; False if there is nothing to send, which is recorded then."""

    def end(self, attempt: Attempt, answer: Outcome) -> None:
        """Decide what an outcome leads to, note it at once, and have it recorded."""


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


class NotSetUp:
    """Stands in for a transport that the settings lack: its people wait, and see for what (P7)."""

    WAIT = 60.0  # seconds

    def __init__(self, reason: str) -> None:
        self._answer = Deferred(reason, Scope.SITE, retry_after=self.WAIT, tried=False)

    def take(self, mail: Mail) -> None:
        """Have it wait."""
        mail.ended(self._answer)

    async def send(self, mail: Mail) -> Outcome:
        """The same, awaited."""
        mail.ended(self._answer)
        return self._answer

    def halt(self) -> None:
        """Nothing is in flight here."""


class Attempt(Mail):
    """One claim on its way: composed when its turn has come, noted as soon as it has ended."""

    __slots__ = ("_started", "_worker", "batch", "claim", "job", "lasts_until", "started_at")

    def __init__(
        self, worker: Worker, job: Job, claim: Claim, lasts_until: float, batch: UnderWay
    ) -> None:
        self.sender = ""
        self.recipient = claim.reader.address
        self.content = b""
        self.proven = True
        self.job = job
        self.claim = claim
        self.lasts_until = lasts_until  # by time.monotonic
        self.batch = batch
        self.started_at: datetime | None = None
        self._started = 0.0
        self._worker = worker

    def ready(self) -> bool:
        """Render and compose, unless the release was called off meanwhile."""
        return bool(self.content) or self._worker.prepare(self)

    def may_go(self) -> bool:
        """Whether the claim is still ours, its time not over, and the release not called off."""
        worker = self._worker
        return (
            time.monotonic() < self.lasts_until
            and not worker.is_called_off(self.claim.release_id)
            and worker.now() < self.job.give_up_at
        )

    def begin(self) -> bool:
        """The last look before the content goes; from here to the reply, nobody could know (P3)."""
        return self.may_go() and self._worker.journal.begun(self.claim)

    def ended(self, outcome: Outcome) -> None:
        """Note at once what is known: the session turns to its next mail after this (P3)."""
        try:
            self._worker.end(self, outcome)
        except Exception as mistake:  # no session should suffer from it
            self.broken(mistake)

    def broken(self, mistake: Exception) -> None:
        """Leave the claim to its lease: whether it was handed over is not known."""
        self.batch.ended()
        self.batch.written(mistake)

    def start(self) -> datetime:
        """When it was begun: now, if it was not before."""
        if self.started_at is None:
            self.started_at = self._worker.now()
            self._started = time.perf_counter()
            self.batch.begun()
        return self.started_at

    def result(self, step: Step, outcome: Outcome | None) -> Result:
        """What became of it, as of now."""
        started_at = self.start()
        seconds = time.perf_counter() - self._started
        return Result(self.claim, step, outcome, self.job.host.transport, started_at, seconds)


class UnderWay:
    """One batch's attempts: what breaks one cuts no other short, a slow one holds none (P7)."""

    def __init__(self, count: int, let_go: Callable[[], None]) -> None:
        self._waiting = count  # for their turn
        self._let_go = let_go
        self._running = count  # their end is not known yet
        self._unwritten = count
        self._all_written = asyncio.Event()
        self._mistake: Exception | None = None

    def begun(self) -> None:
        """The turn of one has come. Soon after the last, the batch is in nobody's way any more."""
        self._waiting -= 1
        if not self._waiting:
            asyncio.get_running_loop().call_later(TAIL, self._let_go)

    def ended(self) -> bool:
        """The end of one is known; whether it was the last."""
        self._running -= 1
        return not self._running

    def written(self, mistake: Exception | None) -> None:
        """What became of one is in the store, or never will be, for a reason."""
        self._unwritten -= 1
        self._mistake = self._mistake or mistake
        if not self._unwritten:
            self._all_written.set()

    async def recorded(self) -> None:
        """Wait until all are in the store. Raises the first mistake."""
        if self._unwritten:
            await self._all_written.wait()
        if self._mistake:
            raise self._mistake
