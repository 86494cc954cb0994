"""A delivery: one release to one subscriber. Its states, and what each outcome leads to.

Pure: the retry schedule of RFC 5321 §4.5.4.1 with jitter drawn by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Scope, Unknown


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
    CONSENT_MISSING = "consent_missing"
    AGREEMENT_ENDED = "agreement_ended"
    FILTERED = "filtered"
    NO_EDITION = "no_edition"
    DUPLICATE = "duplicate"
    CANCELLED = "cancelled"


RETRY_AFTER = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120))
RETRY_THEN = timedelta(hours=4)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=5)
SITE_REST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Where a delivery goes next. Open deliveries have `due_at` (UTC); final ones have None."""

    state: DeliveryState
    due_at: datetime | None
    reason: str = ""


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
) -> Step:
    """Where `outcome` of the `attempt`-th try leads.

    `unknowns` counts earlier attempts whose end is unknown: the first is resent once, the next is
    held. A site's trouble is nobody's fault and never runs out of tries before `give_up_at`.
    """
    match outcome:
        case Accepted():
            return Step(DeliveryState.SENT, None)
        case Unknown(reason=reason):
            if unknowns == 0 and now < give_up_at:
                return Step(DeliveryState.UNKNOWN, now + retry_delay(1, jitter), reason)
            return Step(DeliveryState.UNKNOWN, None, reason)
        case Refused(scope=Scope.RECIPIENT, reason=reason):
            return Step(DeliveryState.FAILED, None, reason)
        case (
            Refused(scope=Scope.MESSAGE, reason=reason)
            | Deferred(scope=Scope.MESSAGE, reason=reason)
        ):
            # The release is paused for this; the person waits and is tried again on resume.
            return _wait(now, timedelta(0), give_up_at, reason)
        case Refused(scope=Scope.SITE, reason=reason) | Deferred(scope=Scope.SITE, reason=reason):
            return _wait(now, SITE_REST * (1 + JITTER * jitter), give_up_at, reason)
        case Deferred(reason=reason):
            return _wait(now, retry_delay(attempt, jitter), give_up_at, reason)


def _wait(now: datetime, delay: timedelta, give_up_at: datetime, reason: str) -> Step:
    due = now + delay
    if due > give_up_at:
        return Step(DeliveryState.FAILED, None, f"gave up: {reason}")
    return Step(DeliveryState.DEFERRED, due, reason)
