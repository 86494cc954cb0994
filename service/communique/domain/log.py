"""The delivery log as values: what became of a release, in sum and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from communique.domain.delivery import Claim, DeliveryState


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by state, and by reason among those skipped. They add up to the snapshot (P1)."""

    states: Mapping[DeliveryState, int]
    skipped: Mapping[str, int] = field(default_factory=dict)
    open: int = 0  # queued, sending, deferred, or unknown and to be resent
    copies: int = 0  # deliveries that were, or may have been, handed over more than once

    @property
    def snapshot(self) -> int:
        """Everybody in the audience, those left out included."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """How many have reached a final state."""
        return self.snapshot - self.open


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries that wait for one cause, and when the first of them is tried again."""

    cause: str
    count: int
    due_at: datetime


# What can be tried again by somebody who says so.
LOST = (DeliveryState.FAILED, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Lost:
    """Deliveries of one association that ended for one cause without having been sent for sure."""

    association: str
    state: DeliveryState
    cause: str
    count: int
    bounced: int = 0  # of these, whose address is suppressed since: no retry reaches them


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which deliveries to show; None asks nothing. Instants are UTC, `since` ≤ t < `until`."""

    release: str | None = None
    association: str | None = None
    state: DeliveryState | None = None
    domain: str | None = None
    member: str | None = None  # part of the member's name
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    copies: bool = False  # only those that were, or may have been, handed over more than once
    subscriber: int | None = None  # the person's number
    name: str | None = None  # part of the person's name
    reason: str | None = None  # part of why, as it is kept or as people are told it
    reasons: tuple[str, ...] = ()  # what that may be kept as, where people are told it otherwise
    text: str | None = None  # words, each part of a person's name, address or company


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery in the log, with its last attempt."""

    delivery_id: int
    release: str
    association: str
    address: str
    name: str
    member: str
    language: str
    state: DeliveryState
    reason: str
    attempts: int
    at: datetime  # of the last change that is known
    due_at: datetime | None
    code: int | None
    reply: str
    began: datetime | None = None  # when its release was picked up


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt of a delivery: when, for how long, through which transport, with what end."""

    number: int
    started_at: datetime
    seconds: float
    transport: str
    outcome: str
    scope: str
    code: int | None
    enhanced: str | None
    reply: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What a delivery's message is made of: whose it is, as frozen, in nobody's hands."""

    claim: Claim
    batch: int | None  # None: left out at the snapshot, so that none was ever made
