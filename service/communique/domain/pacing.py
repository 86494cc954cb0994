"""How fast: rates, windows and rests, as values that a clock is passed to.

Pure: nothing here waits or reads a clock. Times are seconds on any monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

HOLD = 30.0  # seconds that a window which just shrank waits before it grows again
LONGEST_REST = 900.0
TOGETHER = 5.0  # seconds within which those who were sent away come back at one time


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `period` seconds, spread evenly: no burst above a second's worth."""

    amount: float
    period: float = 1.0

    @property
    def per_second(self) -> float:
        """The steady pace."""
        return self.amount / self.period

    @property
    def burst(self) -> float:
        """How many may go at once after a pause: a second's worth, and one at least."""
        return max(1.0, self.per_second)


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may go now, and in how many seconds the rest of what was wanted can be asked for."""

    count: int
    wait: float = 0.0  # 0: all were granted


@dataclass(frozen=True, slots=True)
class Recall:
    """When those come back whose turn is far: one after another, `each` so many seconds.

    All at once, each round would look at everybody for the few whose turn has come. None is sent
    away for longer than a rest lasts: a pace can change.
    """

    until: float = float("-inf")  # the turn of the last one
    each: float = 1.0

    def next(self, now: float, wait: float) -> tuple[Recall, float]:
        """For one more, who has to wait at least so long; in how many seconds they come back.

        A few who come soon after each other come back together.
        """
        turn = max(self.until + self.each, now + wait)
        back = min(turn - turn % TOGETHER, now + LONGEST_REST)
        return replace(self, until=min(turn, now + LONGEST_REST)), max(wait / 2, back - now)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: `level` tokens at the instant `at`. Below zero, its tokens are promised."""

    rate: Rate
    level: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> Bucket:
        """A bucket that nothing was taken from."""
        return cls(rate, rate.burst, now)

    def refilled(self, now: float) -> Bucket:
        """The same bucket at a later instant."""
        gained = (now - self.at) * self.rate.per_second
        return replace(self, level=min(self.rate.burst, self.level + gained), at=now)

    @property
    def wait(self) -> float:
        """Seconds from `at` until one more may be taken in its turn."""
        return max(0.0, (1.0 - self.level) / self.rate.per_second)

    def taken(self) -> Bucket:
        """One fewer. Taking before `wait` is over reserves a turn."""
        return replace(self, level=self.level - 1.0)

    def granted(self, wanted: int) -> tuple[Bucket, Grant]:
        """As many of `wanted` as it holds, and what it holds then. Nothing is promised ahead."""
        count = min(wanted, max(0, int(self.level)))
        left = replace(self, level=self.level - count)
        if count == wanted:
            return left, Grant(count)
        # Never longer than until it is full: what would come after that is lost.
        next_ones = min(float(wanted - count), self.rate.burst)
        return left, Grant(count, (next_ones - left.level) / self.rate.per_second)

    @property
    def is_full(self) -> bool:
        """Nothing to remember: the same as a new one."""
        return self.level >= self.rate.burst


@dataclass(frozen=True, slots=True)
class Window:
    """How many connections a relay bears: grows by one on success, halves on trouble.

    After trouble it holds for `HOLD` seconds, so that a relay's limit is not probed all the time.
    """

    limit: int
    size: int = 1
    held_until: float = float("-inf")

    def grown(self, now: float) -> Window:
        """After a success."""
        if self.size >= self.limit or now < self.held_until:
            return self
        return replace(self, size=self.size + 1)

    def shrunk(self, now: float) -> Window:
        """After trouble."""
        return replace(self, size=max(1, self.size // 2), held_until=now + HOLD)

    def fitted(self, size: int, now: float) -> Window:
        """After the relay showed that it bears `size` and no more."""
        return replace(self, size=max(1, min(size, self.limit)), held_until=now + HOLD)


@dataclass(frozen=True, slots=True)
class Rest:
    """A pause after trouble: each in a row is twice as long, up to a quarter of an hour."""

    until: float = float("-inf")
    length: float = 0.0
    reason: str = ""

    def left(self, now: float) -> float:
        """Seconds still to rest; 0 when it is over."""
        return max(0.0, self.until - now)

    def lengthened(self, now: float, first: float, reason: str) -> Rest:
        """After trouble at `now`. Trouble during a rest belongs to the trouble that began it."""
        if now < self.until:
            return self
        length = min(LONGEST_REST, max(first, 2 * self.length))
        return Rest(now + length, length, reason)


@dataclass(frozen=True, slots=True)
class Resting:
    """A rest that workers share: whose, and for how long still. An empty domain is all of them."""

    transport: str
    domain: str
    seconds: float
    reason: str
