"""What `desk` needs of the world, and nothing more. Adapters fit these; `wiring` joins them.

A transaction is one all-or-nothing conversation with the store; its nouns are DESIGN §2's.
What each call does in detail stands with the adapter; here stands what `desk` relies on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from communique.domain.approval import Approval
from communique.domain.association import Agreement, Association
from communique.domain.delivery import Claim, Forecast, Plan, Result, Ticket
from communique.domain.log import AttemptLine, Line, LogFilter, Summary, Waiting
from communique.domain.mail import Mail, Marks, Reader
from communique.domain.member import Admission, Admitted, Contact, Suppression
from communique.domain.outcome import Outcome
from communique.domain.release import (
    Audience,
    Content,
    Edition,
    Release,
    ReleaseEvent,
    Schedule,
    State,
)


class Clock(Protocol):
    """Says what time it is; injected, so that a test can choose."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class Associations(Protocol):
    """Who announces, and what binds them."""

    async def all(self) -> tuple[Association, ...]: ...
    async def get(self, key: str) -> Association: ...
    async def save(self, association: Association, at: datetime) -> None: ...
    async def agreements(self) -> tuple[Agreement, ...]: ...
    async def agreement(self, key: str) -> Agreement: ...
    async def save_agreement(self, agreement: Agreement, at: datetime) -> None: ...
    async def in_force(self, agreement: str | None, on: date) -> bool: ...


class Subscribers(Protocol):
    """One association's people; every call names whose."""

    async def admit(
        self, association: str, admissions: Sequence[Admission], source: str, at: datetime
    ) -> Admitted: ...
    async def known_since(
        self, association: str, keys: Iterable[str]
    ) -> Mapping[tuple[str, str], date]: ...
    async def suppress(self, suppression: Suppression, at: datetime) -> bool: ...
    async def withdraw(
        self, contact: Contact, list_key: str, source: str, at: datetime
    ) -> None: ...
    async def get(self, association: str, subscriber_id: int) -> Contact: ...
    async def by_address(self, association: str, address_key: str) -> Contact | None: ...
    def all(
        self, association: str, list_key: str | None = None, member: str | None = None
    ) -> AsyncIterator[Contact]: ...


class Releases(Protocol):
    """Releases, what was frozen of them, and what was said of that."""

    async def get(self, key: str, *, hold: bool = False) -> Release: ...
    async def by_id(self, release_id: int, *, hold: bool = False) -> Release: ...
    async def hold(self, release_id: int) -> None: ...
    async def all(self) -> tuple[Release, ...]: ...
    async def save(self, release: Release, at: datetime) -> Release: ...
    async def schedule(self, release_id: int, schedule: Schedule) -> None: ...
    async def move(
        self,
        release: Release,
        to: State,
        *,
        verb: str,
        at: datetime,
        detail: str = "",
        content_hash: str | None = None,
        picked_up_at: datetime | None = None,
    ) -> None: ...
    async def note(
        self, release_id: int, verb: str, state: State, at: datetime, detail: str = ""
    ) -> None: ...
    async def history(self, release_id: int) -> tuple[ReleaseEvent, ...]: ...
    async def states(self, release_ids: Collection[int]) -> Mapping[int, State]: ...
    async def due(self, now: datetime) -> Sequence[Release]: ...
    async def freeze(self, content: Content, at: datetime) -> None: ...
    async def content(self, content_hash: str) -> Content: ...
    async def approve(self, release_id: int, approval: Approval) -> None: ...
    async def approvals(self, release_id: int) -> tuple[Approval, ...]: ...


class Deliveries(Protocol):
    """The snapshot, and deliveries that end early because somebody said no."""

    async def expand(self, release_id: int, audience: Audience, plan: Plan) -> Sequence[Ticket]: ...
    async def foresee(self, audience: Audience, plan: Plan) -> Forecast: ...
    async def skip_open_for(self, suppression: Suppression, now: datetime) -> int: ...
    async def cancel(self, release_id: int, now: datetime) -> int: ...


class Claims(Protocol):
    """Deliveries in a worker's hands, and what became of them."""

    async def claim(
        self,
        ticket: Ticket,
        token: int,
        *,
        now: datetime,
        today: date,
        in_force: bool,
        joint: bool,
        limit: int,
        lease: timedelta,
    ) -> Sequence[Claim]: ...
    async def expire(self, ticket: Ticket, now: datetime) -> None: ...
    async def record(self, results: Sequence[Result], now: datetime) -> Sequence[Result]: ...
    async def lapsed(self, held: Collection[int]) -> bool: ...
    async def recover(
        self,
        now: datetime,
        *,
        reason: str,
        held: Collection[int] = (),
        everything: bool = False,
    ) -> int: ...
    async def put_back(
        self, tokens: Collection[int], begun: Collection[tuple[int, int]], now: datetime
    ) -> int: ...


class Batches(Protocol):
    """What an engine carries tickets for."""

    async def settle(self, ticket: Ticket, now: datetime) -> datetime | None: ...
    async def unfinished(self, now: datetime, limit: int = 10_000) -> Sequence[Ticket]: ...
    async def overdue(self, before: datetime) -> Sequence[int]: ...
    async def nothing_open(self, release_id: int) -> bool: ...


class Log(Protocol):
    """Reading what became of deliveries."""

    async def summary(self, release_id: int, association: str | None = None) -> Summary: ...
    def lines(self, only: LogFilter, *, limit: int | None = None) -> AsyncIterator[Line]: ...
    async def waiting_for(self, release_id: int) -> tuple[Waiting, ...]: ...
    async def line(self, delivery_id: int) -> Line: ...
    async def attempts(self, delivery_id: int) -> tuple[AttemptLine, ...]: ...
    async def last_attempt(self) -> int: ...
    async def attempted_after(
        self, attempt_id: int, only: LogFilter, limit: int = 1000
    ) -> tuple[tuple[int, Line], ...]: ...


class Transaction(Protocol):
    """One all-or-nothing conversation with the store."""

    @property
    def associations(self) -> Associations: ...
    @property
    def subscribers(self) -> Subscribers: ...
    @property
    def releases(self) -> Releases: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def log(self) -> Log: ...
    def after_commit(self, act: Callable[[], None]) -> None:
        """Have `act` called once this is durable, and never if it is rolled back."""


class Store(Protocol):
    """Where everything is kept. Raises StoreUnavailable when it cannot be used."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that may write: committed at the end of the block, or nothing happened."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that only reads."""


class Engine(Protocol):
    """Carries tickets to workers. It holds no truth: what it loses is found again in the store."""

    def submit(self, transaction: Transaction, tickets: Sequence[Ticket]) -> None:
        """Have these batches worked once the transaction is committed."""


class Journal(Protocol):
    """A worker's own notes of what it hands over; they outlive the process, not the machine."""

    def claimed(self, token: int, count: int) -> None:
        """A claim of so many deliveries is about to be committed with this token.

        Raises StoreUnavailable if that cannot be noted: then it must not be.
        """

    def begun(self, claim: Claim) -> bool:
        """The content is about to be handed over; False if that cannot be noted, so it must not."""

    def ended(self, result: Result) -> None:
        """The end is known; the store will have it with its group."""

    def forget(self, results: Sequence[Result]) -> None:
        """The store has these."""


class Transport(Protocol):
    """An SMTP relay that an association sends through."""

    def take(self, mail: Mail) -> None:
        """Make one SMTP transaction when it is its turn; `mail` is told how it ended."""

    async def send(self, mail: Mail) -> Outcome:
        """The same, awaited. Never raises for what a server or a network does."""

    def halt(self) -> None:
        """Begin nothing more: what waits is told so at once; what is in flight ends by itself."""


class Composer(Protocol):
    """Makes the messages of one release for one association in one language."""

    def compose(self, reader: Reader, marks: Marks) -> bytes:
        """The whole message, ready for `Mail.content`. Raises TemplateInvalid for this reader."""


class Press(Protocol):
    """Turns frozen content into messages."""

    def templates(self, kind: str) -> Mapping[str, str]:
        """Every template file that a release of this kind can reach: relative path to source."""

    def check(self, content: Content, editions: tuple[Edition, ...]) -> Sequence[str]:
        """Warnings. Raises Problems if anything could fail at sending.

        `editions` tell only which file and line a text came from.
        """

    def sample(self, kind: str, language: str) -> Reader:
        """The reader that a preview shows when no subscriber is named."""

    def composer(
        self, content: Content, association: str, language: str, date: datetime
    ) -> Composer:
        """Prepare what all readers share. `date` becomes the Date header of every message."""
