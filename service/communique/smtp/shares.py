"""Shares: no recipient domain has all of a relay's sessions, and who waits because it has its part.

A relay that delivers while it talks to us is as slow as the domain it delivers to. Without shares,
one such domain would soon sit on every session (P7).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from statistics import median

from communique.domain.pacing import TOGETHER, Recall
from communique.smtp.client import Session
from communique.smtp.rests import remember
from communique.smtp.transaction import MailTransaction

SLOW = 2.0  # seconds that half of a domain's sessions wait for an answer when it is called slow
PATIENCE = 5.0  # seconds that a mail waits for its domain's share while that is slow


class Shares:
    """Of one relay, by its owner's clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sessions = Counter[str]()  # that carry a domain's mail
        self._waiting: dict[str, deque[MailTransaction]] = {}
        self._slow: dict[str, Recall] = {}  # when those come back whom a slow domain turned away

    @property
    def awaited(self) -> bool:
        """Whether anybody waits for a share: with a fast relay, most of the time nobody."""
        return bool(self._waiting)

    def has_room(self, domain: str, size: int) -> bool:
        """Whether a domain may have one session more of `size`: a quarter is left to others."""
        return self._sessions[domain] < _share(size)

    def give(self, session: Session, domain: str) -> None:
        """Note that a session carries this domain's mail from now on; empty: nobody's."""
        if session.domain:
            self._sessions[session.domain] -= 1
            if not self._sessions[session.domain]:
                del self._sessions[session.domain]
        session.domain = domain
        if domain:
            self._sessions[domain] += 1

    def wait(self, transaction: MailTransaction) -> float:
        """Have a mail wait for its domain's share: 0, or, while that is slow, when to come back."""
        domain, now = transaction.domain, self._now()
        slow = self._slow.get(domain)
        if slow and now < slow.until:
            return self._turn_away(domain, slow, now)
        transaction.since = now
        self._waiting.setdefault(domain, deque()).append(transaction)
        return 0.0

    def first(self, domain: str) -> MailTransaction | None:
        """Who waits longest for a domain's share, if anybody does; they wait here no more."""
        line = self._waiting.get(domain)
        if line is None:
            return None
        first = line.popleft()
        if not line:
            del self._waiting[domain]
        return first

    def admitted(self, size: int) -> Iterator[MailTransaction]:
        """Those for whom there is room by now; they wait here no more."""
        for domain in list(self._waiting):
            for _ in range(_share(size) - self._sessions[domain]):
                if first := self.first(domain):
                    yield first

    def everybody(self) -> Iterator[MailTransaction]:
        """All who wait; they wait here no more."""
        for domain in list(self._waiting):
            while first := self.first(domain):
                yield first

    def impatient(self, sessions: Collection[Session]) -> Iterator[tuple[MailTransaction, float]]:
        """Those who have waited for long for a domain that is slow, and when each may come back.

        At the pace at which it takes mail now, so that its share goes on being used.
        """
        now = self._now()
        for domain in list(self._waiting):
            waits = [one.waited for one in sessions if one.awaits == domain]
            if not waits or median(waits) < SLOW:
                continue
            pace = 2 * median(waits) / len(waits)  # seconds for each, of waits half over
            while (line := self._waiting.get(domain)) and now - line[0].since >= PATIENCE:
                slow = replace(self._slow.get(domain, Recall()), each=pace)
                if first := self.first(domain):  # whoever hears of it may take those behind it
                    yield first, self._turn_away(domain, slow, now)

    def _turn_away(self, domain: str, slow: Recall, now: float) -> float:
        later, wait = slow.next(now, TOGETHER)
        remember(self._slow, domain, later, lambda old: old.until <= now)
        return wait


def _share(size: int) -> int:
    """How many of so many sessions one domain may have: a quarter is left to others."""
    return max(1, size - max(1, size // 4))
