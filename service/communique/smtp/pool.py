"""Sessions with one relay: opened as they are needed and as it bears them, reused, retired, rested.

The `Transport` of ports. `send` must never raise for what a server or a network does; a mail waits
in line here only for a session or its turn, never for trouble to pass.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from communique.domain.mail import Message
from communique.domain.outcome import (
    Accepted,
    Answer,
    Deferred,
    NotTried,
    Outcome,
    Refused,
    Scope,
    Unknown,
    impersonal,
)
from communique.domain.pacing import Window
from communique.ports import Outgoing
from communique.smtp.client import Session
from communique.smtp.meanings import Phase
from communique.smtp.opening import Check, Opened, open_session, trust
from communique.smtp.relay import Relay
from communique.smtp.rests import WHOLE, Rests
from communique.smtp.shares import Shares
from communique.smtp.transaction import Awaited, MailTransaction
from communique.smtp.turns import Turn, Turns
from communique.smtp.verdict import trouble, why

TRIES = 3  # times a mail may find that its session had ended, before that is trouble
LOOK = 1.0  # seconds between looks at who waits, and for whom
STUCK = 1.0  # seconds without an answer on every session after which one more is tried
STREAK = 5  # site troubles in a row, wherever they show, after which the whole transport rests


class Pool:
    """A transport over one relay. Use it in one event loop, and close it at the end."""

    def __init__(self, relay: Relay, *, now: Callable[[], float] = time.monotonic) -> None:
        self.relay = relay
        self._now = now
        self._window = Window(relay.connections)
        self._rests = Rests(now)
        self._streak = 0
        self._turns = Turns(relay.rate, relay.domain_rate, now)
        self._shares = Shares(now)
        self._looking: asyncio.TimerHandle | None = None  # while anybody waits
        self._sessions: set[Session] = set()
        self._leaving: set[Session] = set()
        self._idle: list[Session] = []  # the last used is the first reused: the others can go
        self._queue: deque[MailTransaction] = deque()
        self._orphans: deque[MailTransaction] = deque()  # they wait for a session just opened
        self._openings: set[asyncio.Task[None]] = set()
        self._context: ssl.SSLContext | None = None
        self._closing = False
        self._quiet = asyncio.Event()

    def take(self, mail: Outgoing) -> None:
        """Make one SMTP transaction when it is its turn, or say at once when to come back."""
        transaction = MailTransaction(mail)
        turn = Turn()
        if self._turns.bounded and not self._standstill(transaction):
            turn = self._turns.next(transaction.domain)
        if turn.back:
            transaction.mail.ended(NotTried("rate limit", turn.back))
        elif turn.wait > 0:
            asyncio.get_running_loop().call_later(turn.wait, self._line_up, transaction)
        else:
            self._line_up(transaction)

    async def send(self, message: Message) -> Answer:
        """See `ports.Transport`. Whoever gives up on the answer gives up what was not begun."""
        awaited = Awaited(message, asyncio.get_running_loop().create_future())
        self.take(awaited)
        return await awaited.answer

    def _line_up(self, transaction: MailTransaction) -> None:
        """Wait for a session, unless the relay has come to rest."""
        if refused := self._standstill(transaction):
            transaction.mail.ended(refused)
            return
        self._queue.append(transaction)
        if self._idle:
            self._use_idle()
        elif self._has_room():
            self._widen()
        self._keep_looking()

    def go_on(self) -> None:
        """Ask the first in line again whether it is ready, and those behind it."""
        self._use_idle()
        self._widen()

    def _use_idle(self) -> None:
        """Begin with those in line for as many sessions as have nothing to do."""
        self._admit()
        while self._idle and self._begin_on_idle(lambda: self._queue):
            pass

    def _admit(self) -> None:
        """Put whoever waited for a share that is free by now before all others, in their order."""
        if self._shares.awaited:
            admitted = list(self._shares.admitted(self._window.size))
            self._queue.extendleft(reversed(admitted))

    def _begin_on_idle(self, line: Callable[[], deque[MailTransaction]]) -> bool:
        """Begin with the next of a line on the session used last; False if there is none."""
        transaction = self._first_wanted(line, self._idle[-1])
        if transaction:
            self._idle.pop().start(transaction)
        return transaction is not None

    def rests(self) -> list[tuple[str, float, str]]:
        """What came to rest here since this was last asked: a domain (empty: all), seconds, why."""
        return self._rests.news()

    def rest(self, domain: str, seconds: float, reason: str) -> None:
        """Let a domain rest, or all where it is empty: another worker had trouble there."""
        if self._rests.hear(domain, seconds, reason) and not domain:
            self._begin_slowly()

    async def check(self) -> list[Check]:
        """Open a session and take leave, sending nothing: what each step came to."""
        steps: list[Check] = []
        try:
            context = await asyncio.to_thread(trust, self.relay)
        except OSError as error:
            return [Check("certificates", False, str(error))]
        opened = await open_session(self.relay, context, steps.append)
        if isinstance(opened, Opened):
            session = self._adopt(opened)
            session.quit()
            await session.closed
            self.gone(session)
        return steps

    def halt(self, within: float | None = None) -> None:
        """Begin nothing more: what waits, also for a greeting, is told to come back.

        What is in flight is cut where it does not end within so many seconds.
        """
        self._closing = True
        if within is not None:
            asyncio.get_running_loop().call_later(within, self._cut)
        for task in self._openings:
            task.cancel()
        self._turn_away()

    async def close(self) -> None:
        """Finish what is in flight, then take leave. What waits is told to come back."""
        self.halt()
        await asyncio.gather(*self._openings, return_exceptions=True)
        while any(session.busy for session in self._sessions):
            self._quiet.clear()
            await self._quiet.wait()
        everyone = [*self._sessions, *self._leaving]
        for session in everyone:
            session.quit()
        for session in everyone:
            await session.closed
        self._sessions.clear()
        self._idle.clear()

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    # What sessions tell their owner

    def next_for(self, session: Session) -> MailTransaction | None:
        """The next in line, unless this session has carried enough."""
        if session.started >= self.relay.per_connection or len(self._sessions) > self._window.size:
            session.spent = True
            return None
        if self._shares.awaited and (first := self._shares.first(session.domain)):
            self._queue.appendleft(first)
        return self._first_wanted(lambda: self._line_for(session), session)

    def rested(self, session: Session) -> None:
        """Keep it at hand."""
        self._shares.give(session, "")
        self._idle.append(session)

    def settled(self, session: Session, transaction: MailTransaction, answer: Answer) -> None:
        """Learn from how it ended, and pass it on."""
        match answer:
            case Accepted():
                self._streak = 0
                if self._rests.any:
                    self._rests.over(transaction.domain)
                if self._window.size < self._window.limit:
                    self._window = self._window.grown(self._now())
                    self._widen()
            case Deferred(scope=Scope.SITE) | Refused(scope=Scope.SITE) | Unknown():
                answer = self._learn(transaction, answer)
        transaction.mail.ended(answer)
        if self._closing:
            self._quiet.set()

    def orphaned(self, session: Session, transaction: MailTransaction, answer: Answer) -> None:
        """Try again on a session just opened: nothing of the mail was handed over."""
        self._shares.give(session, session.awaits)
        transaction.tries += 1
        if transaction.tries > TRIES or self._closing or self._rests.left():
            transaction.mail.ended(answer)
        else:
            self._orphans.append(transaction)
            self._widen()
            self._keep_looking()

    def gone(self, session: Session) -> None:
        """One session fewer; another may take its place."""
        self._shares.give(session, "")
        if session in self._idle:
            self._idle.remove(session)
        if session in self._sessions:
            self._sessions.remove(session)
            if not session.closed.done():
                self._leaving.add(session)
                session.closed.add_done_callback(lambda _: self._leaving.discard(session))
        self._quiet.set()
        self._widen()

    # How many, how fast, and when not

    def _widen(self) -> None:
        """Open sessions while somebody waits and the window allows; else use what is idle."""
        self._admit()
        waiting = len(self._queue) + len(self._orphans)
        while len(self._openings) < waiting and self._has_room() and not self._closing:
            task = asyncio.get_running_loop().create_task(self._open())
            self._openings.add(task)
        while self._idle and not self._openings:
            if not self._begin_on_idle(lambda: self._orphans or self._queue):
                break

    def _has_room(self) -> bool:
        return len(self._sessions) + len(self._openings) < self._window.size

    def _line_for(self, session: Session) -> deque[MailTransaction]:
        """Orphans first, but on a session just opened, if there can be one: others may be stale."""
        if not self._orphans:
            return self._queue
        fresh = session.started == 0 or not (self._openings or self._has_room())
        return self._orphans if fresh else self._queue

    def _first_wanted(
        self, line: Callable[[], deque[MailTransaction]], session: Session
    ) -> MailTransaction | None:
        """The next of a line whose turn on a session can be used: those nobody wants any more leave
        it.

        So do those whose domain came to rest while they waited: of them nothing is even made. Those
        whose domain has its share wait for that elsewhere.
        """
        while waiting := line():
            transaction = waiting.popleft()
            domain = transaction.domain
            if self._rests.of_domains and (refused := self._standstill(transaction)):
                transaction.mail.ended(refused)
            elif domain != session.domain and not self._shares.has_room(domain, self._window.size):
                if wait := self._shares.wait(transaction):
                    transaction.mail.ended(_is_slow(domain, wait))
            elif ready := transaction.mail.ready():
                if domain != session.domain:
                    self._shares.give(session, domain)
                return transaction
            elif ready is None:  # nor will those behind it be: they wait for the same
                waiting.appendleft(transaction)
                break
        return None

    def _keep_looking(self) -> None:
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _look(self) -> None:
        """Let nobody wait for long for what is slow, nor for its sessions (P7)."""
        self._looking = None
        for transaction, wait in self._shares.impatient(self._sessions):
            transaction.mail.ended(_is_slow(transaction.domain, wait))
        if self._queue or self._orphans:
            if self._sessions and all(one.awaits and one.waited >= STUCK for one in self._sessions):
                self._window = self._window.grown(self._now())
            self._widen()
        if self._queue or self._orphans or self._shares.awaited:
            self._keep_looking()

    async def _open(self) -> None:
        opened = await self._reach()
        this = asyncio.current_task()
        self._openings = {task for task in self._openings if task is not this}
        if isinstance(opened, Opened):
            session = self._adopt(opened)
            self._sessions.add(session)
            transaction = self.next_for(session)
            if transaction:
                session.start(transaction)
            else:
                session.wait()
        elif self._sessions:  # the relay bears these and no more
            self._window = self._window.fitted(len(self._sessions), self._now())
            self._widen()
        else:
            line = self._orphans or self._queue
            first = line.popleft() if line else None
            outcome = self._pause(opened)
            if first:
                first.mail.ended(outcome)

    async def _reach(self) -> Opened | Outcome:
        try:
            if self._context is None:
                self._context = await asyncio.to_thread(trust, self.relay)
        except OSError as error:
            return trouble(Phase.CONNECT, error)
        return await open_session(self.relay, self._context)

    def _adopt(self, opened: Opened) -> Session:
        return Session(opened.transport, opened.offers, self.relay.timeouts, self.relay.idle, self)

    def _learn(self, transaction: MailTransaction, outcome: Outcome) -> Outcome:
        """Whom a site's trouble stops: one domain for its policy, else the whole transport."""
        domain, policy = transaction.domain, _may_be_its_domains(outcome)
        if not policy:
            self._window = self._window.shrunk(self._now())
        known = policy and self._rests.known(domain)
        if not known:  # what one domain repeats says nothing of the others (P7)
            self._streak += 1
        if policy and (known or self._streak < STREAK):
            longer = 1 if outcome.reply and outcome.reply.code == 421 else 12
            rest = longer * self.relay.first_rest
            return _until(outcome, self._rests.begin(domain, rest, impersonal(why(outcome))))
        if self._streak < STREAK and isinstance(outcome, Unknown):
            return outcome
        return self._pause(outcome)

    def _pause(self, outcome: Outcome) -> Outcome:
        """Let the transport rest; then begin again with one session."""
        longer = 12 if isinstance(outcome, Refused) else 1  # somebody must mend it first
        left = self._rests.begin(WHOLE, longer * self.relay.first_rest, impersonal(why(outcome)))
        self._begin_slowly()
        return _until(outcome, left)

    def _begin_slowly(self) -> None:
        """After the rest: what waits comes back by itself, and finds one session."""
        self._window = Window(self.relay.connections)
        self._turn_away()

    def _cut(self) -> None:
        for session in list(self._sessions):
            session.cut()

    def _turn_away(self) -> None:
        self._queue.extend(self._shares.everybody())
        while line := self._orphans or self._queue:
            transaction = line.popleft()
            refused = self._standstill(transaction)
            transaction.mail.ended(refused or NotTried("the transport rests"))

    def _standstill(self, transaction: MailTransaction) -> NotTried | None:
        """Why nothing goes to a mail's domain now, if that is so."""
        if self._closing:
            return NotTried("the transport is closing")
        return self._rests.why_not(transaction.domain)


def _is_slow(domain: str, wait: float) -> NotTried:
    return NotTried(f"{domain} is slow to answer", wait)


def _may_be_its_domains(outcome: Outcome) -> bool:
    """Whether it may be one domain alone that is not reached, or that refuses us (RFC 3463 §3.5,
    §3.8). Before RCPT none was named, and how much we may send is no domain's to say.

    So too 421: a relay may say it for one domain. Where it closes, others will hear of it as well.
    """
    reply = outcome.reply if isinstance(outcome, Deferred | Refused) and outcome.asked else None
    if reply is None:
        return False
    subject, _, detail = (reply.enhanced or "")[2:].partition(".")
    return (reply.code == 421 or subject in ("4", "7")) and (subject, detail) != ("4", "5")


def _until(outcome: Outcome, seconds: float) -> Outcome:
    return replace(outcome, retry_after=seconds) if isinstance(outcome, Deferred) else outcome
