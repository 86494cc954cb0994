"""Turns: when a mail may go at a relay's rate, and at that of its domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from communique.domain.pacing import Bucket, Rate, Recall
from communique.smtp.rests import WHOLE, remember

PATIENCE = 5.0  # seconds that a mail waits for its turn; beyond, it is told when to come back


class Turn(NamedTuple):
    """In how many seconds it is, or in how many to ask again: then none is reserved."""

    wait: float = 0.0
    back: float = 0.0


class Turns:
    """Of one relay, by its owner's clock."""

    def __init__(
        self, rate: Rate | None, domain_rate: Rate | None, now: Callable[[], float]
    ) -> None:
        self.bounded = bool(rate or domain_rate)
        self._domain_rate = domain_rate
        self._now = now
        self._pace = Bucket.full(rate, now()) if rate else None
        self._domain_pace: dict[str, Bucket] = {}
        self._recalls: dict[str, Recall] = {}  # by the domain that holds them up; or the whole

    def next(self, domain: str) -> Turn:
        """The turn of one more mail to a domain, reserved unless it is beyond patience."""
        now = self._now()
        pace = self._pace.refilled(now) if self._pace else None
        own = None
        if self._domain_rate:
            own = self._domain_pace.get(domain) or Bucket.full(self._domain_rate, now)
            own = own.refilled(now)
        held_up, slower = WHOLE, pace
        if own and (pace is None or own.wait > pace.wait):
            held_up, slower = domain, own
        if slower and slower.wait > PATIENCE:
            return Turn(back=self._recall(held_up, slower, now))
        if pace:
            self._pace = pace.taken()
        if own:
            remember(self._domain_pace, domain, own.taken(), lambda old: old.refilled(now).is_full)
        return Turn(slower.wait if slower else 0.0)

    def _recall(self, held_up: str, bucket: Bucket, now: float) -> float:
        recall = self._recalls.get(held_up) or Recall(each=1 / bucket.rate.per_second)
        later, back = recall.next(now, bucket.wait)
        remember(self._recalls, held_up, later, lambda old: old.until <= now)
        return back
