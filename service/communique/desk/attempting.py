"""Attempting: one recipient, from the moment a transport has time for them to what the log says.

`Attempt` reads in the order in which it happens: its turn has come (`ready`), may it still go
(`may_go`), the content is about to leave (`begin`), and how it ended (`ended`). What is handed over
is noted first, and how it ended before the session turns to anything else (P3).
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from communique.desk import Desk, composing
from communique.desk.asking import Permission
from communique.desk.custody import Custody
from communique.desk.job import Job
from communique.desk.joining import Tenure, elapsed
from communique.desk.recording import NOT_RENDERED, Recorder
from communique.domain.delivery import (
    Claim,
    DeliveryState,
    NextStep,
    Result,
    left_out,
    next_step,
)
from communique.domain.mail import Message
from communique.domain.outcome import (
    NOT_STARTED,
    Accepted,
    Answer,
    Deferred,
    NotTried,
    Outcome,
    Scope,
    impersonal,
)
from communique.errors import TemplateInvalid
from communique.facts import Why
from communique.ports import Composer, Journal, Outgoing

log = logging.getLogger(__name__)

COMPOSERS = 32  # kept ready; a release has one for each association, language and hour
TAIL = 1.0  # seconds after its last mail was begun that a batch still counts as being worked

SENT = NextStep(DeliveryState.SENT, None)


class Attempt:
    """One claim on its way; `ports.Outgoing`."""

    __slots__ = ("_began", "batch", "claim", "content", "recipient", "sender", "started_at")

    proven = True  # the press wrote it, and tests prove what it writes

    def __init__(self, batch: UnderWay, claim: Claim) -> None:
        self.batch = batch
        self.claim = claim
        self.recipient = claim.reader.address
        self.sender = ""
        self.content = b""
        self.started_at: datetime | None = None
        self._began = 0.0  # by time.perf_counter

    def ready(self) -> bool | None:
        """Render and compose; False if there is nothing to send, which is recorded then.

        None until the store has said who of the claim may still be written to (P5).
        """
        batch = self.batch
        if batch.is_called_off():
            self.ended(NOT_STARTED)
            return False
        if not batch.permission.stands():
            if batch.stands():
                batch.renew_permission()
                return None
            self.ended(NOT_STARTED)
            return False
        if why := batch.permission.refused.get(self.claim.delivery_id):
            self._leave_out(why)
            return False
        if self.content:  # its session was lost before anything was said: the same goes again
            return True
        self._start()
        try:
            self._compose()
        except TemplateInvalid as error:
            step = NextStep(DeliveryState.FAILED, None, f"{NOT_RENDERED}: {error}")
            self._finish(self._result(step, None))
            return False
        except Exception as error:
            # What nobody has classified is temporary, and concerns this reader alone (P7).
            log.exception("delivery %d cannot be composed", self.claim.delivery_id)
            self.ended(Deferred(f"not composed: {error!r}", Scope.RECIPIENT))
            return False
        return True

    def may_go(self) -> bool:
        """Whether claim and node still stand, its hour is not over, and nobody called it off."""
        batch = self.batch
        return (
            batch.stands()
            and not batch.is_called_off()
            and self.claim.delivery_id not in batch.permission.refused
            and batch.shift.now() < batch.job.begin_before
        )

    def begin(self) -> bool:
        """The last look before the content goes; from here to the reply, nobody could know (P3)."""
        return self.may_go() and self.batch.shift.journal.begun(self.claim)

    def ended(self, answer: Answer) -> None:
        """Decide what it leads to, note that at once, and have it recorded (P3).

        The session turns to its next mail after this, and must not suffer from a mistake here.
        """
        try:
            match answer:
                case Accepted():  # most are, and need no time
                    self.batch.job.counting.accepted += 1
                    self._end(SENT, answer)
                case NotTried() if why := self.batch.permission.refused.get(self.claim.delivery_id):
                    self._leave_out(why)
                case NotTried(reason=reason, retry_after=seconds):
                    due_at = self._start() + timedelta(seconds=seconds)
                    due_at = min(due_at, self.batch.job.begin_before)
                    step = NextStep(DeliveryState.QUEUED, due_at, reason)
                    self._finish(self._result(step, None))
                case _:
                    if answer.scope is Scope.MESSAGE:
                        self.batch.shift.halt(self.claim.release_id, impersonal(answer.reason))
                    self._end(self._next_step(answer), answer)
        except Exception as mistake:
            self.broken(mistake)

    def broken(self, mistake: Exception) -> None:
        """Leave the claim to its lease: whether it was handed over is not known."""
        self._start()
        self.batch.ended()
        self.batch.written(mistake)

    # What each of these takes

    def _start(self) -> datetime:
        """When it was begun: now, if it was not before."""
        if self.started_at is None:
            self.started_at = self.batch.shift.now()
            self._began = time.perf_counter()
            self.batch.begun()
        return self.started_at

    def _compose(self) -> None:
        shift, job, claim = self.batch.shift, self.batch.job, self.claim
        marks = composing.marks(shift.desk.keyring, job, claim)
        self.sender = marks.envelope_sender
        reader = claim.reader
        composer = job.composers.get(reader.language) or shift.composer(job, reader.language)
        self.content = composer.compose(reader, marks)

    def _leave_out(self, why: str) -> None:
        self._finish(self._result(left_out(why, self.claim.unknowns), None))

    def _next_step(self, outcome: Outcome) -> NextStep:
        job = self.batch.job
        step = next_step(
            outcome,
            attempt=self.claim.attempt,
            unknowns=self.claim.unknowns,
            now=self.batch.shift.now(),
            give_up_at=job.give_up_at,
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, guards nothing
        )
        if job.over_at and step.due_at:  # whoever waits for longer is left out when it is over
            return step._replace(due_at=min(step.due_at, job.over_at))
        return step

    def _end(self, step: NextStep, outcome: Outcome) -> None:
        result = self._result(step, outcome)
        self.batch.shift.journal.ended(result)
        self._finish(result)

    def _result(self, step: NextStep, outcome: Outcome | None) -> Result:
        started_at = self._start()
        seconds = time.perf_counter() - self._began
        return Result(
            self.claim, step, outcome, self.batch.job.association.transport, started_at, seconds
        )

    def _finish(self, result: Result) -> None:
        batch = self.batch
        shift = batch.shift
        if result.step.state is DeliveryState.FAILED:
            shift.weigh(result)
        shift.recorder.record(result, batch.written)
        if batch.ended():
            shift.recorder.hurry()


class Shift:
    """What all attempts of a process share: who notes and records, and what is called off."""

    def __init__(self, desk: Desk, journal: Journal, custody: Custody | None = None) -> None:
        self.desk = desk
        self.now = desk.clock.now
        self.journal = journal
        self.recorder = Recorder(desk, journal, custody)
        self.stopping = False
        self.halted: set[int] = set()  # releases that are no longer being sent
        self._composers: dict[tuple[int, str, str, datetime, datetime | None], Composer] = {}

    def is_called_off(self, release_id: int) -> bool:
        """Whether nothing more of a release is to be begun."""
        return self.stopping or release_id in self.halted

    def weigh(self, result: Result) -> None:
        """See whether this was one failure too many."""
        if why := self.recorder.breaker.trips(result):
            self.halt(result.claim.release_id, why)

    def halt(self, release_id: int, why: Why) -> None:
        """Not one more goes; the recorder pauses the release with its next group."""
        self.halted.add(release_id)
        self.recorder.pausing.setdefault(release_id, why)

    def composer(self, job: Job, language: str) -> Composer:
        """Prepared once for a content, association, language, Date and embargo, of all batches."""
        known = (job.release.id, job.association.key, language, job.date, job.embargo)
        if known not in self._composers:
            if len(self._composers) == COMPOSERS:
                del self._composers[next(iter(self._composers))]  # the oldest: it can be made anew
            variant = composing.variant(self.desk, job, language)
            self._composers[known] = self.desk.press.composer(variant)
        composer = job.composers[language] = self._composers[known]
        return composer


class UnderWay:
    """One batch's attempts: what breaks one cuts no other short, a slow one holds none (P7)."""

    def __init__(
        self,
        shift: Shift,
        job: Job,
        count: int,
        permission: Permission,
        tenure: Tenure,
        lasts_until: float,
        release_slot: Callable[[], None],
    ) -> None:
        self.shift = shift
        self.job = job
        self.permission = permission
        self.tenure = tenure
        self.lasts_until = lasts_until  # by `joining.elapsed`: its claim must not be used any more
        self._release_id = job.release.id
        self._release_slot = release_slot
        self._waiting = count  # for their turn
        self._awaited = 0  # at so many, something follows: more are handed over, or the last began
        self._few = asyncio.Event()
        self._running = count  # their end is not known yet
        self._unwritten = count
        self._all_written = asyncio.Event()
        self._mistake: Exception | None = None

    def stands(self) -> bool:
        """Whether its claim is still ours to use, as far as we know without asking."""
        return self.lasts_until > elapsed() < self.tenure.valid_until

    def is_called_off(self) -> bool:
        """Whether nothing more of it is to be begun."""
        return self.shift.is_called_off(self._release_id)

    def renew_permission(self) -> None:
        """Have the store asked who may still be written to; those that are ready go on then."""
        self.permission.renew(
            lambda: self.stands() and not self.is_called_off(), self.job.transport.go_on
        )

    def begun(self) -> None:
        """The turn of one has come. Soon after the last, the batch is in nobody's way any more."""
        self._waiting -= 1
        if self._waiting <= self._awaited:
            self._few.set()
            if not self._waiting:
                asyncio.get_running_loop().call_later(TAIL, self._release_slot)

    async def waiting_fewer_than(self, count: int) -> None:
        """Return once fewer than so many still wait for their turn."""
        if self._waiting >= count:
            self._awaited = count - 1
            self._few.clear()
            await self._few.wait()
            self._awaited = 0

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


class NotSetUp:
    """Stands in for a transport that the settings lack: its people wait, and see for what (P7)."""

    WAIT = 60.0  # seconds

    def __init__(self, reason: str) -> None:
        self._answer = NotTried(reason, self.WAIT)

    def take(self, mail: Outgoing) -> None:
        """Have it wait."""
        mail.ended(self._answer)

    async def send(self, message: Message) -> Answer:
        """The same, awaited."""
        return self._answer

    def go_on(self) -> None:
        """Nobody waits in line here."""

    def halt(self, within: float | None = None) -> None:
        """Nothing is in flight here."""
