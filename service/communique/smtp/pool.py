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
from typing import TypeVar

from communique.domain.mail import Mail
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Scope, Unknown
from communique.domain.pacing import Bucket, Rest, Window
from communique.smtp.client import Session, Transaction
from communique.smtp.opening import Opened, Step, open_session, trust
from communique.smtp.relay import Relay
from communique.smtp.verdict import Phase, trouble, why

PATIENCE = 5.0  # seconds that `send` waits for its turn; beyond, it says when to come back
TRIES = 3  # times a mail may find that its session had ended, before that is trouble
STREAK = 5  # site troubles in a row, wherever they show, after which the whole transport rests
DOMAINS_REMEMBERED = 10_000

V = TypeVar("V")


class Pool:
    """A transport over one relay. Use it in one event loop, and close it at the end."""

    def __init__(self, relay: Relay, *, now: Callable[[], float] = time.monotonic) -> None:
        self.relay = relay
        self._now = now
        self._window = Window(relay.connections)
        self._rest = Rest()
        self._streak = 0
        self._pace = Bucket.full(relay.rate, now()) if relay.rate else None
        self._domain_pace: dict[str, Bucket] = {}
        self._domain_rest: dict[str, Rest] = {}
        self._sessions: set[Session] = set()
        self._leaving: set[Session] = set()
        self._idle: list[Session] = []  # the last used is the first reused: the others can go
        self._queue: deque[Transaction] = deque()
        self._orphans: deque[Transaction] = deque()  # they wait for a session just opened
        self._openings: set[asyncio.Task[None]] = set()
        self._context: ssl.SSLContext | None = None
        self._closing = False
        self._quiet = asyncio.Event()

    def take(self, mail: Mail) -> None:
        """Make one SMTP transaction when it is its turn; `mail` is told how it ended."""
        self._admit(Transaction(mail))

    async def send(self, mail: Mail) -> Outcome:
        """The same, awaited. Never raises for what a server or a network does."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._admit(Transaction(mail, answer))
        return await answer

    def _admit(self, transaction: Transaction) -> None:
        """Let a mail wait for its turn, or say at once when to come back."""
        wait = 0.0
        if (self._pace or self.relay.domain_rate) and not self._standstill(transaction):
            wait = self._turn(_domain(transaction))
        if wait > PATIENCE:
            transaction.settle(_not_now("rate limit", wait))
        elif wait > 0:
            asyncio.get_running_loop().call_later(wait, self._line_up, transaction)
        else:
            self._line_up(transaction)

    def _line_up(self, transaction: Transaction) -> None:
        """Wait for a session, unless the relay has come to rest."""
        if refused := self._standstill(transaction):
            transaction.settle(refused)
        elif not self._idle:
            self._queue.append(transaction)
            if self._has_room():
                self._widen()
        elif transaction.wanted():
            self._idle.pop().start(transaction)

    async def check(self) -> list[Step]:
        """Open a session and take leave, sending nothing: what each step came to."""
        steps: list[Step] = []
        try:
            context = await asyncio.to_thread(trust, self.relay)
        except OSError as error:
            return [Step("certificates", False, str(error))]
        opened = await open_session(self.relay, context, steps.append)
        if isinstance(opened, Opened):
            session = self._adopt(opened)
            session.quit()
            await session.closed
            self.gone(session)
        return steps

    def halt(self) -> None:
        """Begin nothing more: what waits, also for a greeting, is told to come back."""
        self._closing = True
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

    def next_for(self, session: Session) -> Transaction | None:
        """The next in line, unless this session has carried enough."""
        if session.started >= self.relay.per_connection or len(self._sessions) > self._window.size:
            session.spent = True
            return None
        return self._first_wanted(lambda: self._line_for(session))

    def rested(self, session: Session) -> None:
        """Keep it at hand."""
        self._idle.append(session)

    def settled(self, session: Session, transaction: Transaction, outcome: Outcome) -> None:
        """Learn from an outcome, and pass it on."""
        match outcome:
            case Accepted():
                self._streak = 0
                self._rest = Rest() if self._rest.length else self._rest
                if self._domain_rest:
                    self._domain_rest.pop(_domain(transaction), None)
                if self._window.size < self._window.limit:
                    self._window = self._window.grown(self._now())
                    self._widen()
            case Deferred(scope=Scope.SITE) | Refused(scope=Scope.SITE) | Unknown():
                outcome = self._learn(transaction, outcome)
        transaction.settle(outcome)
        if self._closing:
            self._quiet.set()

    def orphaned(self, transaction: Transaction, outcome: Outcome) -> None:
        """Try again on a session just opened: nothing of the mail was handed over."""
        transaction.tries += 1
        if transaction.tries > TRIES or self._closing or self._rest.left(self._now()):
            transaction.settle(outcome)
        else:
            self._orphans.append(transaction)

    def gone(self, session: Session) -> None:
        """One session fewer; another may take its place."""
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
        waiting = len(self._queue) + len(self._orphans)
        while len(self._openings) < waiting and self._has_room() and not self._closing:
            task = asyncio.get_running_loop().create_task(self._open())
            self._openings.add(task)
        while self._idle and not self._openings:
            transaction = self._first_wanted(lambda: self._orphans or self._queue)
            if transaction is None:
                break
            self._idle.pop().start(transaction)

    def _has_room(self) -> bool:
        return len(self._sessions) + len(self._openings) < self._window.size

    def _line_for(self, session: Session) -> deque[Transaction]:
        """Orphans first, but on a session just opened, if there can be one: others may be stale."""
        if not self._orphans:
            return self._queue
        fresh = session.started == 0 or not (self._openings or self._has_room())
        return self._orphans if fresh else self._queue

    def _first_wanted(self, line: Callable[[], deque[Transaction]]) -> Transaction | None:
        """The next of a line whose turn can be used: those nobody wants any more leave it.

        So do those whose domain came to rest while they waited: of them nothing is even made.
        """
        while waiting := line():
            transaction = waiting.popleft()
            if self._domain_rest and (refused := self._standstill(transaction)):
                transaction.settle(refused)
            elif transaction.wanted():
                return transaction
        return None

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
                first.settle(outcome)

    async def _reach(self) -> Opened | Outcome:
        try:
            if self._context is None:
                self._context = await asyncio.to_thread(trust, self.relay)
        except OSError as error:
            return trouble(Phase.CONNECT, error)
        return await open_session(self.relay, self._context)

    def _adopt(self, opened: Opened) -> Session:
        return Session(opened.transport, opened.offers, self.relay.timeouts, self.relay.idle, self)

    def _learn(self, transaction: Transaction, outcome: Outcome) -> Outcome:
        """Whom a site's trouble stops: one domain for its policy, else the whole transport."""
        now, domain = self._now(), _domain(transaction)
        policy = _is_policy(outcome)
        if not policy:
            self._window = self._window.shrunk(now)
        known = self._domain_rest.get(domain) if policy else None
        if not known:  # what one domain repeats says nothing of the others (P7)
            self._streak += 1
        if policy and (known or self._streak < STREAK):
            rest = (known or Rest()).lengthened(now, 12 * self.relay.first_rest, why(outcome))
            _remember(self._domain_rest, domain, rest, lambda old: not old.left(now))
            return _until(outcome, rest.left(now))
        if self._streak < STREAK and isinstance(outcome, Unknown):
            return outcome
        return self._pause(outcome)

    def _pause(self, outcome: Outcome) -> Outcome:
        """Let the transport rest; then begin again with one session."""
        now = self._now()
        longer = 12 if isinstance(outcome, Refused) else 1  # somebody must mend it first
        first = longer * self.relay.first_rest
        self._rest = self._rest.lengthened(now, first, why(outcome))
        self._window = Window(self.relay.connections)
        self._turn_away()
        return _until(outcome, self._rest.left(now))

    def _turn_away(self) -> None:
        while line := self._orphans or self._queue:
            transaction = line.popleft()
            refused = self._standstill(transaction)
            transaction.settle(refused or _not_now("the transport rests", 0.0))

    def _standstill(self, transaction: Transaction) -> Outcome | None:
        """Why nothing goes to a mail's domain now, if that is so."""
        if self._closing:
            return Deferred("the transport is closing", Scope.SITE, retry_after=0.0, tried=False)
        now = self._now()
        if now < self._rest.until:
            reason, left = self._rest.reason, self._rest.left(now)
            return Deferred(
                f"the transport rests: {reason}", Scope.SITE, retry_after=left, tried=False
            )
        if self._domain_rest:
            domain = _domain(transaction)
            rest = self._domain_rest.get(domain)
            if rest and now < rest.until:
                reason, left = rest.reason, rest.left(now)
                return Deferred(
                    f"{domain} rests: {reason}", Scope.SITE, retry_after=left, tried=False
                )
        return None

    def _turn(self, domain: str) -> float:
        """Seconds until this mail's turn, which is reserved unless it is beyond patience."""
        now, wait = self._now(), 0.0
        pace = self._pace.refilled(now) if self._pace else None
        if pace:
            wait = pace.wait
        own = None
        if self.relay.domain_rate:
            own = self._domain_pace.get(domain) or Bucket.full(self.relay.domain_rate, now)
            own = own.refilled(now)
            wait = max(wait, own.wait)
        if wait <= PATIENCE:
            if pace:
                self._pace = pace.taken()
            if own:
                _remember(
                    self._domain_pace, domain, own.taken(), lambda old: old.refilled(now).is_full
                )
        return wait


def _domain(transaction: Transaction) -> str:
    return transaction.mail.recipient.rpartition("@")[2].lower()


def _not_now(reason: str, seconds: float) -> Deferred:
    """Nothing was said to anybody about this mail."""
    return Deferred(reason, Scope.SITE, retry_after=seconds, tried=False)


def _is_policy(outcome: Outcome) -> bool:
    """Whether it may be one domain that refuses us: before RCPT, none was named."""
    reply = outcome.reply if isinstance(outcome, Deferred | Refused) and outcome.asked else None
    return bool(reply and reply.code != 421 and (reply.enhanced or "")[2:4] == "7.")


def _until(outcome: Outcome, seconds: float) -> Outcome:
    return replace(outcome, retry_after=seconds) if isinstance(outcome, Deferred) else outcome


def _remember(known: dict[str, V], domain: str, value: V, stale: Callable[[V], bool]) -> None:
    """Keep `value`; when many are kept, forget those that say nothing, else the oldest (P9)."""
    if domain not in known and len(known) >= DOMAINS_REMEMBERED:
        silent = [one for one, kept in known.items() if stale(kept)]
        for old in silent or list(known)[: DOMAINS_REMEMBERED // 10]:
            del known[old]
    known[domain] = value
