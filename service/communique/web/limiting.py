"""How often strangers may ask: so many of one origin, so many in all, and so many at a time.

It bounds what a guess costs us, not what it finds: that no guess finds anything is the tokens'. Who
is turned away here waits for nothing, and nothing here is asked of anybody's no (P7).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

MOST_ORIGINS = 10_000  # remembered; who is forgotten has asked for nothing in a while


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then so many a second."""

    at_once: float
    each_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """For a counter in a hall with everybody behind one address, and for a few thousand guests."""

    of_one: Rate = Rate(60, 1)
    in_all: Rate = Rate(300, 30)
    at_a_time: int = 2  # of the connections that read, of which SQLite has six


USUAL = Limits()


class Bucket:
    """What is left of a rate, as it comes back."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.at_once, now

    def wait(self, now: float) -> float:
        """Seconds until there is one; 0 if there is."""
        back = (now - self._at) * self._rate.each_second
        self._left, self._at = min(self._rate.at_once, self._left + back), now
        return max(0.0, (1 - self._left) / self._rate.each_second)

    def take(self) -> None:
        """Take the one that there is."""
        self._left -= 1


class Limiter:
    """One for a process: the bound is on what each has to do."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.turn = asyncio.Semaphore(limits.at_a_time)
        self._limits = limits
        self._clock = clock
        self._all = Bucket(limits.in_all, clock())
        self._origins: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, address: str) -> float:
        """Count one more from there: 0, or the seconds after which it may ask again."""
        now, origin = self._clock(), network(address)
        theirs = self._origins.pop(origin, None) or Bucket(self._limits.of_one, now)
        self._origins[origin] = theirs  # the last who asked
        if len(self._origins) > MOST_ORIGINS:
            self._origins.popitem(last=False)
        wait = max(theirs.wait(now), self._all.wait(now))
        if not wait:
            theirs.take()
            self._all.take()
        return wait


def network(address: str) -> str:
    """Whose an address is: one of IPv4, or the 64 bits of IPv6 that somebody has the rest of."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))
    return str(known)
