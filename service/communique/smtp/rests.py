"""Who rests after trouble: a relay as a whole, or one recipient domain at it.

Pure but for the clock that it is given. What it knows can be told to other workers, and heard from
them: in seconds, for their clocks are not this one's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from communique.domain.outcome import NotTried
from communique.domain.pacing import Rest

DOMAINS_REMEMBERED = 10_000
WHOLE = ""  # in the place of a domain

V = TypeVar("V")


class Rests:
    """Of one relay."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._whole = Rest()
        self._domains: dict[str, Rest] = {}
        self._news: dict[str, None] = {}  # domains (or the whole) that nobody was told of yet

    @property
    def any(self) -> bool:
        """Whether there is anything that a success ends: most of the time, nothing."""
        return bool(self._domains or self._whole.length)

    @property
    def of_domains(self) -> bool:
        """Whether any domain has had trouble: most of the time, none."""
        return bool(self._domains)

    def why_not(self, domain: str) -> NotTried | None:
        """Why nothing goes to a domain now, if that is so."""
        now = self._now()
        if now < self._whole.until:
            return NotTried(f"the transport rests: {self._whole.reason}", self._whole.left(now))
        rest = self._domains.get(domain)
        if rest and now < rest.until:
            return NotTried(f"{domain} rests: {rest.reason}", rest.left(now))
        return None

    def left(self) -> float:
        """Seconds that the whole still rests."""
        return self._whole.left(self._now())

    def known(self, domain: str) -> bool:
        """Whether a domain had trouble since it last took something."""
        return domain in self._domains

    def begin(self, domain: str, first: float, reason: str) -> float:
        """Let a domain (or the whole) rest, `first` seconds or longer each time; how long."""
        now = self._now()
        rest = self._of(domain).lengthened(now, first, reason)
        self._keep(domain, rest)
        self._news[domain] = None
        return rest.left(now)

    def over(self, domain: str) -> None:
        """Something was accepted for a domain."""
        if self._whole.length:
            self._whole = Rest()
        if self._domains:
            self._domains.pop(domain, None)

    def news(self) -> list[tuple[str, float, str]]:
        """What began since this was last asked: whose, for how many seconds still, why."""
        now = self._now()
        told = [(one, self._of(one)) for one in self._news]
        self._news.clear()
        return [(one, rest.left(now), rest.reason) for one, rest in told if rest.left(now)]

    def hear(self, domain: str, seconds: float, reason: str) -> bool:
        """Take over what another worker learned; whether it was news here."""
        now, known = self._now(), self._of(domain)
        if known.left(now) >= seconds:
            return False
        self._keep(domain, Rest(now + seconds, max(seconds, known.length), reason))
        return True

    def _of(self, domain: str) -> Rest:
        return self._domains.get(domain, Rest()) if domain else self._whole

    def _keep(self, domain: str, rest: Rest) -> None:
        if domain:
            now = self._now()
            remember(self._domains, domain, rest, lambda old: not old.left(now))
        else:
            self._whole = rest


def remember(known: dict[str, V], domain: str, value: V, stale: Callable[[V], bool]) -> None:
    """Keep `value`; when many are kept, forget those that say nothing, else the oldest (P9)."""
    if domain not in known and len(known) >= DOMAINS_REMEMBERED:
        silent = [one for one, kept in known.items() if stale(kept)]
        for old in silent or list(known)[: DOMAINS_REMEMBERED // 10]:
            del known[old]
    known[domain] = value
