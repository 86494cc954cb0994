"""A delivery: one release to one subscriber. Its states, and what each outcome leads to.

Pure: the retry schedule of RFC 5321 §4.5.4.1 with jitter drawn by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from communique.domain.mail import Recipient
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Scope, Unknown
from communique.facts import Fact


class DeliveryState(StrEnum):
    """Where a delivery stands. `sent` means accepted by the next hop, never `delivered`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why somebody in an audience is not written to. Each is counted and shown."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    COMPLAINED = "complained"
    CONSENT_LAPSED = "consent_lapsed"
    AGREEMENT_ENDED = "agreement_ended"
    ADVANTAGE_OVER = "advantage_over"
    EXCLUDED = "excluded"  # they have a place on a list whose people are left out
    FILTERED = "filtered"
    NOT_TOLD_BEFORE = "not_told_before"  # of what follows a release: they have not to do with that
    NO_EDITION = "no_edition"
    CANCELLED = "cancelled"


# Before what was last in the way of a delivery that nobody tries any more: these doors word, like
# the reasons above, and what a relay said they show.
GAVE_UP = "gave_up: "
EXPIRED = "expired"  # what is in the way where nothing else was: its time is over


class NextStep(NamedTuple):
    """Where a delivery goes next. Open deliveries have `due_at` (UTC); final ones have None."""

    state: DeliveryState
    due_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One batch, as an engine carries it: never mail, never people."""

    release_id: int
    batch: int
    association: str = field(default="", compare=False)  # whose people; for fairness among them


@dataclass(frozen=True, slots=True)
class Plan:
    """How a snapshot is made for one association."""

    editions: tuple[str, ...]  # languages that are written and that the association speaks
    fallback: str | None  # the edition for a person whose language has none
    joint: bool  # several parties announce together
    in_force: bool  # whether the release's agreement holds
    today: date  # where the association is
    now: datetime  # the pick-up, at which those left out end
    due_at: datetime
    batch_size: int
    early: bool = False  # of the press, before all others: with these it is said who is left out
    embargo: datetime | None = None  # what the press is told
    following: int | None = None  # only those whom the release of that number may have reached
    correcting: int | None = None  # only those of the press whom it told another hour than it has


# Before the reason why a delivery is left out that may have arrived: “skipped” would say that its
# reader was never written to.
NOT_RESENT = "its end is not known; not resent: "


def left_out(why: str, unknowns: int) -> NextStep:
    """Where a delivery ends whose reader is not to be written to (again)."""
    if unknowns:
        return NextStep(DeliveryState.UNKNOWN, None, f"{NOT_RESENT}{why}")
    return NextStep(DeliveryState.SKIPPED, None, why)


MOST_NODES = 2**22
_CHANCE_BITS = 40  # beside a node's number, in the 63 bits that both databases keep


def token_of(node: int, chance: int) -> int:
    """A claim's token: its high bits tell whose it is, `chance` (below 2⁴⁰) that it is this one.

    Nodes are numbered from 1. Raises ValueError for a number that no token can hold.
    """
    if not (1 <= node <= MOST_NODES and 0 <= chance < 1 << _CHANCE_BITS):
        raise ValueError(f"no token is made of node {node} and {chance}")
    return node << _CHANCE_BITS | chance


def node_of(token: int) -> int:
    """Whose claim a token stands for."""
    return token >> _CHANCE_BITS


class Claim(NamedTuple):
    """One delivery in our hands: ours while `token` stands in its row."""

    delivery_id: int
    release_id: int
    association: str
    subscriber_id: int
    token: int
    attempt: int  # this one; 1 is the first
    unknowns: int  # earlier attempts whose end nobody knows
    reader: Recipient


class Result(NamedTuple):
    """What became of a claim. `outcome` is None when nothing was tried, so no attempt is logged."""

    claim: Claim
    step: NextStep
    outcome: Outcome | None
    transport: str
    started_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whom a release would go to at one association, were its snapshot made now for its hour.

    `left_out` counts by reason, as the log will. The rest are facts that make an author look twice:
    `nameless` counts those it goes to in a language without one of their names, by both.
    """

    association: str
    goes: int
    left_out: Mapping[str, int]
    empty: tuple[str, ...] = ()  # lists with nobody on them
    unmatched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by part of the filter
    warnings: tuple[Fact, ...] = ()
    nameless: Mapping[tuple[str, str], int] = field(default_factory=dict)
    through: str | None = None  # the relay's host; empty: the built-in mailbox; None: not set up
    languages: Mapping[str, int] = field(default_factory=dict)  # of `goes`, by that of its edition

    @property
    def listed(self) -> int:
        """Everybody on its lists, those left out included."""
        return self.goes + sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class Retry:
    """Which lost deliveries of a release to try again at one association.

    Those in `states` that ended for one of `causes`, or for whatever cause if there are none; the
    rest is what decides whether somebody may still be written to.
    """

    release_id: int
    association: str
    states: tuple[DeliveryState, ...]
    causes: tuple[str, ...]
    joint: bool
    in_force: bool
    today: date
    delivery: int | None = None  # none but the one of that number


@dataclass(frozen=True, slots=True)
class Retriable:
    """Whom a retry would write to at one association, by state and cause; and whom not, and why."""

    association: str
    again: Mapping[tuple[DeliveryState, str], int]
    left_out: Mapping[str, int]

    @property
    def goes(self) -> int:
        """How many would be written to again."""
        return sum(self.again.values())

    def of(self, state: DeliveryState) -> int:
        """How many of these are in a state."""
        return sum(count for (one, _), count in self.again.items() if one is state)


@dataclass(frozen=True, slots=True)
class JournalRemains:
    """What a worker that is gone noted of its claims; `believed` is false after a reboot.

    What was claimed with one of `tokens` and not `begun` (a token, a delivery) was never handed
    over; what `ended` has its result; of the others nobody knows.
    """

    believed: bool
    tokens: frozenset[int] = frozenset()
    begun: frozenset[tuple[int, int]] = frozenset()
    ended: tuple[Result, ...] = ()
    last: datetime | None = field(default=None, compare=False)  # when it noted anything

    def of(self, nodes: Collection[int]) -> JournalRemains:
        """The part of these nodes."""
        return JournalRemains(
            self.believed,
            frozenset(one for one in self.tokens if node_of(one) in nodes),
            frozenset(one for one in self.begun if node_of(one[0]) in nodes),
            tuple(one for one in self.ended if node_of(one.claim.token) in nodes),
            self.last,
        )


RETRY_AFTER = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120))
RETRY_THEN = timedelta(hours=4)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=5)
SITE_REST = timedelta(minutes=1)
TRIES = 4  # of a reader for whom the site refuses us for good: within the hour, it stays so


def retry_delay(attempt: int, jitter: float) -> timedelta:
    """How long to wait after the `attempt`-th try (1 is the first); `jitter` is in [-1, 1]."""
    base = RETRY_AFTER[attempt - 1] if attempt <= len(RETRY_AFTER) else RETRY_THEN
    return base * (1 + JITTER * jitter)


def next_step(
    outcome: Outcome,
    *,
    attempt: int,
    unknowns: int,
    now: datetime,
    give_up_at: datetime,
    jitter: float,
) -> NextStep:
    """Where `outcome` of the `attempt`-th try leads.

    `unknowns` counts earlier attempts whose end is unknown: the first is resent once, the next is
    held. A site's trouble is nobody's fault and does not run out of tries before `give_up_at`; but
    where it refuses us for good when this reader is named, a few are enough.
    """
    match outcome:
        case Accepted():
            return NextStep(DeliveryState.SENT, None)
        case Unknown(reason=reason):
            if unknowns == 0 and now < give_up_at:
                return NextStep(DeliveryState.UNKNOWN, now + retry_delay(1, jitter), reason)
            return NextStep(DeliveryState.UNKNOWN, None, reason)
        case Refused(scope=Scope.RECIPIENT, reason=reason):
            return NextStep(DeliveryState.FAILED, None, reason)
        case Refused(reason=reason) | Deferred(reason=reason):
            due = now + _wait(outcome, attempt, jitter, left=give_up_at - now)
            for_good = isinstance(outcome, Refused) and outcome.asked and attempt >= TRIES
            if due > give_up_at or (for_good and outcome.scope is Scope.SITE):
                # After an end that nobody knows it may have arrived: it did not simply fail.
                ended = DeliveryState.UNKNOWN if unknowns else DeliveryState.FAILED
                return NextStep(ended, None, GAVE_UP + reason)
            return NextStep(DeliveryState.DEFERRED, due, reason)


def _wait(
    outcome: Deferred | Refused, attempt: int, jitter: float, *, left: timedelta
) -> timedelta:
    """How long until the next try, with `left` until it is given up."""
    told = outcome.retry_after if isinstance(outcome, Deferred) else None
    rest = timedelta(seconds=told) if told else _WAIT[outcome.scope](attempt, jitter)
    if outcome.scope is not Scope.SITE or not outcome.asked:
        return rest
    # It may be this recipient alone that the site has trouble with: with no more than its rest
    # between them, it would be tried a hundred times a day. The last try is not missed for that.
    return max(rest, min(retry_delay(attempt, jitter), left - SITE_REST))


_WAIT: Mapping[Scope, Callable[[int, float], timedelta]] = {
    Scope.RECIPIENT: retry_delay,
    # The release is paused for this; the person waits for it to be resumed, and no longer.
    Scope.MESSAGE: lambda _attempt, _jitter: timedelta(0),
    Scope.SITE: lambda _attempt, jitter: SITE_REST * (1 + JITTER * jitter),
}
