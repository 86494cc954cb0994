"""Where everything is kept: a transaction's nouns, which are those of docs/words.md.

Whoever reads says first with whose eyes: what that scope may not see is not there (P6). What each
call does in detail stands with the adapter; here stands what `desk` relies on.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from communique.domain.approval import Approval
from communique.domain.association import Agreement, Association
from communique.domain.consent import ConsentEvent, Longer
from communique.domain.content import Content
from communique.domain.delivery import (
    Claim,
    Forecast,
    Plan,
    Result,
    Retriable,
    Retry,
    SkipReason,
    Ticket,
)
from communique.domain.event import Event, Sought
from communique.domain.lineage import Doubt, Evidence
from communique.domain.log import AttemptLine, Handed, Line, LogFilter, Lost, Summary, Waiting
from communique.domain.member import Suppression
from communique.domain.release import Audience, Release, State
from communique.domain.scope import Scope
from communique.domain.token import Fingerprint
from communique.ports.accounts import Accounts, Invitations, Sessions, SignIns
from communique.ports.embargoes import Embargoes
from communique.ports.gathering import Gathering
from communique.ports.letters import Letters
from communique.ports.newsroom import Newsroom
from communique.ports.passes import Passes
from communique.ports.people import Columns, Consents, Members, Subscribers, Suppressions
from communique.ports.sharing import Chores, Failures, Nodes, Paces, Rests


class Associations(Protocol):
    """Who announces, and what binds them."""

    async def hold(self) -> None:
        """Let nobody else declare anything until the transaction ends."""

    async def all(self, scope: Scope) -> tuple[Association, ...]: ...
    async def named(self, scope: Scope, keys: Collection[str]) -> Mapping[str, Association]:
        """Those of these that there are, by key."""

    async def keys(self, scope: Scope) -> tuple[str, ...]: ...
    async def get(self, scope: Scope, key: str) -> Association: ...
    async def save(self, association: Association, at: datetime) -> Mapping[str, Longer]:
        """What a list's new basis makes of consent, by its key."""

    async def agreements(self, scope: Scope) -> tuple[Agreement, ...]: ...
    async def agreement(self, scope: Scope, key: str) -> Agreement: ...
    async def save_agreement(self, agreement: Agreement, at: datetime) -> None: ...
    async def in_force(self, agreement: str | None, on: date, *, hold: bool = False) -> bool: ...


class Releases(Protocol):
    """Releases, what was frozen of them, and what was said of that."""

    async def get(self, scope: Scope, key: str, *, hold: bool = False) -> Release: ...
    async def by_id(self, scope: Scope, release_id: int, *, hold: bool = False) -> Release: ...
    async def hold(self, release_id: int) -> None:
        """Have nobody else change it until the transaction ends."""

    async def page(
        self,
        scope: Scope,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
        states: Collection[State] = (),
        agreement: str | None = None,
    ) -> tuple[Release, ...]:
        """The newest, or those next to the one of the number `after` (older) or `before` (newer),
        the newest first; in `states` and citing that `agreement`, if these are said.
        """

    async def add(self, release: Release, at: datetime) -> Release: ...
    async def taken(self, key: str) -> bool: ...
    async def delete(self, release: Release) -> None: ...
    async def move(self, release: Release, changed: Release) -> Release:
        """Put `changed` in the place of `release`. Only `desk.stepping` does.

        Raises NotAllowed if somebody changed it since `release` was read.
        """

    async def states(self, scope: Scope, release_ids: Collection[int]) -> Mapping[int, State]: ...
    async def due(self, scope: Scope, now: datetime) -> Sequence[Release]: ...
    async def freeze(self, content: Content, at: datetime) -> None: ...
    async def content(self, scope: Scope, content_hash: str) -> Content: ...
    def contents(self, scope: Scope, hashes: Collection[str]) -> AsyncIterator[tuple[str, Content]]:
        """Each content under the hash it was frozen with, which may no longer be its own."""

    async def approve(self, release_id: int, approval: Approval) -> None: ...
    async def approvals(self, scope: Scope, release_id: int) -> tuple[Approval, ...]: ...


class Events(Protocol):
    """What was done, by whom: appended, and read by number."""

    async def append(self, event: Event) -> None: ...
    async def history(self, scope: Scope, release_id: int) -> tuple[Event, ...]: ...
    async def since(self, scope: Scope, after: int, limit: int) -> Sequence[Event]: ...
    async def about(
        self, scope: Scope, association: str, subscriber_id: int
    ) -> tuple[Event, ...]: ...
    async def page(
        self, scope: Scope, sought: Sought, *, before: int | None, limit: int
    ) -> tuple[Event, ...]:
        """The newest that are sought, or those before the one of that number."""

    async def people(self, scope: Scope, ids: Collection[int]) -> Mapping[int, str]:
        """Whom events are about, by number: their names."""


class Snapshot(Protocol):
    """Who gets a release, and why others do not: written once, and foretold."""

    async def expand(self, release_id: int, audience: Audience, plan: Plan) -> Sequence[Ticket]: ...
    async def forecast(self, audience: Audience, plan: Plan) -> Forecast: ...
    async def anybody(self, audience: Audience, plan: Plan) -> bool: ...
    async def territories(self, audience: Audience, plan: Plan) -> Collection[str]:
        """Where those are whom it would go to, as their members' rows have it."""


class Deliveries(Protocol):
    """Deliveries that end early because somebody said no."""

    async def skip_open_for(self, no: ConsentEvent | Suppression, now: datetime) -> int:
        """End what has not begun to go to whom a no reaches (P5); how many."""

    async def readdress(self, subscriber_id: int, address: str) -> int:
        """Have what waits go to their new address; how many."""

    async def in_hand(self, subscriber_id: int) -> int:
        """How many are with a worker this moment."""

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
        begun: bool = True,
    ) -> Sequence[Claim]: ...
    async def refused(
        self, ticket: Ticket, token: int, *, today: date, in_force: bool, joint: bool
    ) -> Mapping[int, str]:
        """Those of a claim who may not be written to any more, and why: what `claim` would skip."""

    async def mark_begun(self, token: int, ids: Collection[int]) -> frozenset[int]:
        """Note that these are handed over from now on; those whose claim still stands."""

    async def expire(self, ticket: Ticket, now: datetime) -> None: ...
    async def leave_out(self, ticket: Ticket, why: SkipReason, now: datetime) -> None:
        """End what waits in a batch: nobody of it is written to any more, and for what reason."""

    async def lapsed(
        self, held: Collection[int], *, nodes: Collection[int] = (), alive: Collection[int] = ()
    ) -> bool:
        """Whether `recover` would find anything. Takes no lock."""

    async def recover(
        self,
        now: datetime,
        *,
        reason: str,
        held: Collection[int] = (),
        everything: bool = False,
        nodes: Collection[int] = (),
        alive: Collection[int] = (),
        last: Mapping[int, datetime] | None = None,
    ) -> int:
        """Take back what is in nobody's hands any more; of how many nobody knows the end.

        `last`: when whoever had them was last seen at work, by the token of a claim.
        """

    async def put_back(
        self, tokens: Collection[int], begun: Collection[tuple[int, int]], now: datetime
    ) -> int:
        """Queue again what was claimed with these tokens and never begun: no attempt."""


class Results(Protocol):
    """What became of claims."""

    async def record(self, results: Sequence[Result], now: datetime) -> Sequence[Result]:
        """Write those whose claim still stands, and return them; nothing of the others."""


class Retries(Protocol):
    """Lost deliveries that somebody has tried again."""

    async def count(self, scope: Scope, wanted: Retry) -> Retriable: ...
    async def queue(self, wanted: Retry, now: datetime) -> int: ...


class Batches(Protocol):
    """What an engine carries tickets for."""

    async def settle(self, ticket: Ticket, now: datetime) -> datetime | None:
        """When a batch is to be worked next; None when it is done."""

    async def unfinished(self, now: datetime, limit: int = 10_000) -> Sequence[Ticket]: ...
    async def bring_forward(self, now: datetime) -> None: ...
    async def postpone(
        self, release_id: int, association: str, but: Collection[str], due_at: datetime
    ) -> None:
        """Have what was never tried go at another hour, but for what goes to these lists."""

    async def dated(self, ticket: Ticket) -> datetime | None:
        """The hour that it is for its readers; None where that is the pick-up's."""

    async def overdue(self, before: datetime) -> Sequence[int]: ...
    async def nothing_open(self, release_id: int) -> bool: ...


class Log(Protocol):
    """Reading what became of deliveries: the sums for every party, all else for its own only."""

    async def summary(
        self, scope: Scope, release_id: int, association: str | None = None
    ) -> Summary: ...
    async def summaries(
        self, scope: Scope, release_ids: Collection[int], association: str | None = None
    ) -> Mapping[int, Summary]: ...
    def lines(
        self, scope: Scope, only: LogFilter, *, limit: int | None = None
    ) -> AsyncGenerator[Line, None]: ...
    async def page(
        self,
        scope: Scope,
        only: LogFilter,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> tuple[Line, ...]:
        """The newest, or those next to the one of the number `after` (older) or `before` (newer),
        the newest first.
        """

    async def titles(self, scope: Scope, keys: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """What releases are called, by key and language."""

    async def waiting_for(
        self, scope: Scope, release_ids: Collection[int]
    ) -> dict[int, tuple[Waiting, ...]]: ...
    async def lost(
        self, scope: Scope, release_ids: Collection[int]
    ) -> dict[int, tuple[Lost, ...]]: ...
    async def line(self, scope: Scope, delivery_id: int) -> Line: ...
    async def handed(self, scope: Scope, delivery_id: int) -> Handed: ...
    async def attempts(self, scope: Scope, delivery_id: int) -> tuple[AttemptLine, ...]: ...
    async def last_attempt(self, scope: Scope) -> int: ...
    async def attempted_after(
        self, scope: Scope, attempt_id: int, only: LogFilter, limit: int = 1000
    ) -> tuple[tuple[int, Line], ...]: ...


class Keys(Protocol):
    """The signing keys that this database's links and Message-IDs are made with."""

    async def registered(self, *, hold: bool = False) -> tuple[Fingerprint, ...]: ...
    async def register(self, new: Sequence[Fingerprint], at: datetime) -> None: ...


class Lineages(Protocol):
    """The lives of this database, and the marks of those that serve it."""

    async def evidence(self, *, hold: bool = False) -> Evidence: ...
    async def begin(self, lineage: str, at: datetime) -> None: ...
    async def doubt(self, why: Doubt, at: datetime) -> None: ...
    async def remember(self, memory: str, lineage: str) -> None: ...
    async def mark(self, memory: str, by: int) -> int | None: ...


class Routes(Protocol):
    """The host that each transport led to when somebody last served, or agreed to it."""

    async def all(self) -> dict[str, str]: ...
    async def keep(self, now: Mapping[str, str]) -> None: ...


class Transaction(Protocol):
    """One all-or-nothing conversation with the store."""

    @property
    def associations(self) -> Associations: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def members(self) -> Members: ...
    @property
    def subscribers(self) -> Subscribers: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def releases(self) -> Releases: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def snapshot(self) -> Snapshot: ...
    @property
    def results(self) -> Results: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def retries(self) -> Retries: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def embargoes(self) -> Embargoes: ...
    @property
    def log(self) -> Log: ...
    @property
    def passes(self) -> Passes: ...
    @property
    def columns(self) -> Columns: ...
    @property
    def nodes(self) -> Nodes: ...
    @property
    def chores(self) -> Chores: ...
    @property
    def paces(self) -> Paces: ...
    @property
    def rests(self) -> Rests: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def letters(self) -> Letters: ...
    @property
    def lineages(self) -> Lineages: ...
    @property
    def routes(self) -> Routes: ...
    @property
    def events(self) -> Events: ...
    @property
    def newsroom(self) -> Newsroom: ...
    def part(self) -> AbstractAsyncContextManager[None]:
        """A part that may fail for itself: nothing of it happened then, and the rest goes on."""

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have `act` called once this is durable, and never if it is rolled back."""


class Store(Protocol):
    """Where everything is kept. Raises StoreUnavailable when it cannot be used."""

    @property
    def noes(self) -> int:
        """How often this process committed what may be somebody's no, whoever asked for it (P5)."""

    def gathering(self) -> Gathering:
        """A place on this machine for all that a spreadsheet says; to be closed."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that may write: committed at the end of the block, or nothing happened."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that only reads."""
