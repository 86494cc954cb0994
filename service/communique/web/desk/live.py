"""Pages that show what is going on while it goes on: server-sent events, by one reader for all.

However many pages are open, the store is looked at once for all of them, and no faster than it
answers; each page's part is drawn once for all who read it alike. A stream ends by itself after a
while, and with its reader's session; a browser asks again, and is told how it stands then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from communique.desk import Desk, observing
from communique.desk.observing import Fare, Watched
from communique.domain.actor import SERVICE, Permission
from communique.domain.event import Event, SubjectKind, Verb
from communique.domain.log import Summary
from communique.domain.release import State
from communique.errors import StoreUnavailable
from communique.web.desk import asking
from communique.web.desk.asking import Asking

log = logging.getLogger(__name__)

# What may have ended somebody's session, or what they may do.
ENDING = frozenset({Verb.SIGN_OUT, Verb.ASSIGN, Verb.DISMISS})
STEADY = 10  # times as long as a look took is waited before the next
STALE = timedelta(seconds=10)
SPAN = 120.0  # seconds of samples that a rate is made of

Draw = Callable[[Fare, float | None], str]  # a part of a page, by how it fares and how fast
Alike = tuple[Watched, str, bool]  # what is drawn once: for which release, language, and whether
# its reader may change anything


@dataclass(slots=True, eq=False)
class Stream:
    """One open page: what it watches, and what has changed since it was last told."""

    watched: Watched
    news: asyncio.Event = field(default_factory=asyncio.Event)
    moved: bool = False  # its release is in another state: its page is another
    doubted: bool = False  # its reader may be signed out


class Live:
    """The one reader. Its numbers are seconds; `most` is how many pages are fed at a time."""

    def __init__(
        self,
        desk: Desk,
        *,
        every: float = 1.0,
        lasts: float = 60.0,
        still: float = 15.0,
        most: int = 150,
    ) -> None:
        self.every, self.lasts, self.still, self.most = every, lasts, still, most
        self._desk = desk
        self._streams: set[Stream] = set()
        self._reader: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._last = 0  # event that was read
        self._sums: dict[Watched, Summary] = {}
        self._samples: dict[Watched, deque[tuple[float, int]]] = {}
        self._fares: dict[Watched, Fare] = {}
        self._drawn: dict[Alike, str] = {}

    @property
    def open(self) -> int:
        """How many pages are fed."""
        return len(self._streams)

    async def stream(
        self, ask: Asking, watched: Watched, edits: bool, draw: Draw
    ) -> AsyncGenerator[str, None]:
        """What one page is sent: its part at once, and again as it changes."""
        alike = (watched, ask.language, edits)
        if self.open >= self.most:
            yield "retry: 15000\n\n" + await self._part(alike, draw)
            return
        one = Stream(watched)
        async with self._reading:
            if self._reader is None or self._reader.done():
                self._last = await observing.newest(self._desk)
                self._reader = asyncio.create_task(self._read())
            self._streams.add(one)
        loop = asyncio.get_running_loop()
        until = loop.time() + self.lasts
        try:
            yield "retry: 1000\n\n" + await self._part(alike, draw)
            while (left := until - loop.time()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, self.still)):
                        await one.news.wait()
                if not one.news.is_set():
                    yield ": still here\n\n"
                    continue
                one.news.clear()
                if one.doubted and not await _signed_in(ask):
                    yield _event("over", "")
                    return
                one.doubted = False
                if one.moved:
                    yield _event("moved", "")
                    return
                yield await self._part(alike, draw)
        finally:
            self._streams.discard(one)

    async def _part(self, alike: Alike, draw: Draw) -> str:
        watched = alike[0]
        async with self._reading:  # those who wake at one time read it once
            if watched not in self._fares:
                found = await observing.fare(self._desk, SERVICE, watched.association, watched.key)
                self._fares[watched] = found
        if alike not in self._drawn:
            html = draw(self._fares[watched], self.rate(watched))
            self._drawn[alike] = _event("part", html, self._last)
        return self._drawn[alike]

    def rate(self, watched: Watched) -> float | None:
        """How many ended a second lately; None while that is not known."""
        samples = self._samples.get(watched)
        if not samples or samples[-1][0] - samples[0][0] < SPAN / 6:
            return None
        (began, first), (now, last) = samples[0], samples[-1]
        return max(0.0, (last - first) / (now - began))

    async def _read(self) -> None:
        """Look for all of them, until there are none."""
        loop = asyncio.get_running_loop()
        while self._streams:
            began = loop.time()
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("open pages are not told anything for now: %s", error)
            except Exception:
                log.exception("what open pages show could not be read")
            await asyncio.sleep(max(self.every, STEADY * (loop.time() - began)))
        for kept in (self._sums, self._samples, self._fares, self._drawn):
            kept.clear()

    async def look(self) -> None:
        """See what changed, and tell whom it concerns."""
        watched = {one.watched for one in self._streams}
        seen = await observing.look(self._desk, self._last, watched)
        self._last = seen.last
        moved = {one.subject.id for one in seen.events if one.subject.kind is SubjectKind.RELEASE}
        changed = {one for one in watched if self._known(one, seen.sums[one]) != seen.sums[one]}
        changed |= {one for one in watched if self._stalls(one)}
        self._sums = dict(seen.sums)
        self._sample()
        gone = self._fares.keys() - {one.watched for one in self._streams}  # nobody looks after it
        for one in gone | changed | {each for each in watched if each.id in moved}:
            self._fares.pop(one, None)
            for alike in [each for each in self._drawn if each[0] == one]:
                del self._drawn[alike]
        doubt = any(map(_ends_sessions, seen.events))
        for stream in self._streams:
            stream.moved = stream.moved or stream.watched.id in moved
            stream.doubted = stream.doubted or doubt
            if stream.moved or stream.doubted or stream.watched in changed:
                stream.news.set()

    def _known(self, one: Watched, now: Summary) -> Summary:
        """The sums as they were last told."""
        fare = self._fares.get(one)
        return self._sums.get(one) or (fare.sums if fare else now)

    def _stalls(self, one: Watched) -> bool:
        """Whether nothing of it changed for so long that what was told of its pace is not so."""
        fare = self._fares.get(one)
        if fare is None or fare.release.state is not State.SENDING:
            return False
        return self._desk.clock.now() - fare.at > STALE

    def _sample(self) -> None:
        now = asyncio.get_running_loop().time()
        self._samples = {one: self._samples.get(one, deque()) for one in self._sums}
        for one, samples in self._samples.items():
            samples.append((now, self._sums[one].ended))
            while samples[0][0] < now - SPAN:
                samples.popleft()


def _ends_sessions(event: Event) -> bool:
    return event.verb in ENDING


async def _signed_in(ask: Asking) -> bool:
    """Whether whoever asked is still signed in, and may still read here."""
    session = await ask.who(ask.desk, asking.token(ask.request)) if ask.who else ask.session
    if session is None:
        return False
    return session.actor.may(Permission.READ, ask.here.key)


def _event(name: str, html: str, number: int | None = None) -> str:
    lines = [f"event: {name}"]
    if number is not None:
        lines.append(f"id: {number}")
    lines += [f"data: {line}" for line in html.splitlines() or [""]]
    return "\n".join(lines) + "\n\n"
