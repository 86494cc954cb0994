"""Recording: results become durable in groups, each once, or not at all if its claim lapsed.

Between the relay's answer and the commit stands the journal, so that a kill -9 in between makes no
copy (P3). Nothing here sends.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from communique.desk import Desk
from communique.desk.consenting import say_no
from communique.desk.custody import Custody
from communique.desk.stepping import hold
from communique.domain.actor import SERVICE
from communique.domain.address import parse
from communique.domain.delivery import DeliveryState, Result
from communique.domain.member import Cause, Suppression
from communique.domain.outcome import Deferred, Refused, Reply, Scope, impersonal
from communique.domain.tally import Tally
from communique.errors import DataRefused, StoreUnavailable
from communique.facts import Fact, Why
from communique.ports import Journal, Transaction

log = logging.getLogger(__name__)

NOT_RENDERED = "not rendered"


Tell = Callable[[Exception | None], None]
Alike = dict[int, Counter[str]]  # what readers failed for, by release


class Written(NamedTuple):
    """What a group came to: results whose claim still stood, and how their releases fare.

    `tallies` are those of every worker, of releases that go on and of which somebody failed.
    """

    counted: Sequence[Result]
    tallies: Mapping[int, Tally]


class Recorder:
    """Writes results in groups, full or after a moment, so that a commit is shared by many."""

    GROUP = 500  # results; each commit costs as much as some thirty of them
    LINGER = 0.1  # seconds that a first result waits for company
    PATIENCE = 3.0  # seconds that a stop waits for the store: the journal has the results

    def __init__(self, desk: Desk, journal: Journal, custody: Custody | None = None) -> None:
        self._desk = desk
        self._journal = journal
        self._custody = custody
        self.breaker = Breaker()
        self.pausing: dict[int, Why] = {}  # releases to be paused with the next group, and why
        self._waiting: list[tuple[Result, Tell]] = []
        self._full = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._give_up_at = math.inf  # by the loop's time
        self.left_to_journal = False

    def stop(self) -> None:
        """Wait for a store that is away no longer than the journal allows."""
        by = asyncio.get_running_loop().time() + self.PATIENCE
        self._give_up_at = min(self._give_up_at, by)

    def record(self, result: Result, written: Tell) -> None:
        """Have a result written; `written` is told once it is durable, or nobody's any more.

        Where it could be neither, `written` is told why.
        """
        self._waiting.append((result, written))
        if len(self._waiting) >= self.GROUP:
            self._full.set()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    def hurry(self) -> None:
        """Write what there is: somebody has nothing else to wait for."""
        self._full.set()

    async def _write(self) -> None:
        while self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self.LINGER)
            self._full.clear()
            group = self._waiting[: self.GROUP]
            del self._waiting[: self.GROUP]
            if len(self._waiting) >= self.GROUP:
                self._full.set()
            await self._persist(group)

    async def _persist(self, group: Sequence[tuple[Result, Tell]]) -> None:
        """Write a group, and tell each. One that cannot be written costs no other its place."""
        results = [result for result, _ in group]
        mistake = await self._try(results)
        if mistake and len(group) > 1 and not isinstance(mistake, StoreUnavailable):
            half = len(group) // 2
            await self._persist(group[:half])
            await self._persist(group[half:])
            return
        if mistake is None:
            self._journal.forget(results)
        for _, written in group:
            written(mistake)

    async def _try(self, group: Sequence[Result]) -> Exception | None:
        """Write until it succeeds: what was handed over must not be forgotten (P1, P3).

        What waiting cannot mend is given back, and what a stop need not wait for.
        """
        pause, alike = 0.1, alike_in(group)
        while True:
            pausing, accepted = dict(self.pausing), self.breaker.accepted(alike)
            try:
                written = await self._commit(group, pausing, accepted)
            except StoreUnavailable as error:
                if asyncio.get_running_loop().time() >= self._give_up_at:
                    log.error("%d results are left to the journal: %s", len(group), error)
                    self.left_to_journal = True
                    return error
                log.error("results wait for the database: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:
                return error
            else:
                for release_id in pausing:
                    del self.pausing[release_id]
                return await self._learn(group, alike, accepted, written)

    async def _learn(
        self, group: Sequence[Result], alike: Alike, accepted: Mapping[int, int], written: Written
    ) -> Exception | None:
        """Take in what the store has by now: others may have met the rest of a trouble."""
        if late := len(group) - len(written.counted):
            log.warning("%d results came after their claim had lapsed", late)
        troubled = self.breaker.learn(alike, accepted, written)
        self.pausing |= troubled
        return await self._try(()) if troubled else None

    async def _commit(
        self, group: Sequence[Result], pausing: Mapping[int, Why], accepted: Mapping[int, int]
    ) -> Written:
        """Write a group; it returns when that is durable, and not before (P3)."""
        async with self._desk.store.begin() as transaction:
            if group and self._custody:
                await self._custody.mark(transaction)
            return await write(self._desk, transaction, group, pausing, accepted)


async def write(
    desk: Desk,
    transaction: Transaction,
    results: Sequence[Result],
    pausing: Mapping[int, Why] = MappingProxyType({}),
    accepted: Mapping[int, int] = MappingProxyType({}),
) -> Written:
    """Write results and what follows: suppressions, and a pause where the message is to blame.

    `pausing` are releases to be paused whatever the results are, and why; `accepted`, how many
    more were for each that somebody failed of.
    """
    now = desk.clock.now()
    for key in sorted({one.claim.association for one in results if _is_nobody(one)}):
        # Before its deliveries are held, and in order: of two who write at once, one would fail.
        await transaction.subscribers.hold_alone(key)
    counted = await transaction.results.record(results, now)
    tallies = {
        release_id: await transaction.failures.add(release_id, alike, accepted.get(release_id, 0))
        for release_id, alike in sorted(alike_in(counted).items())
    }
    troubled = dict(pausing)
    for result in counted:
        match result.outcome:
            case Refused(reason=reason) if _is_nobody(result):
                address = parse(result.claim.reader.address).key
                no = Suppression(
                    result.claim.association, address, Cause.HARD_BOUNCE, f"smtp: {reason}"
                )
                await say_no(desk, transaction, no, SERVICE)
            case (
                Deferred(scope=Scope.MESSAGE, reason=why) | Refused(scope=Scope.MESSAGE, reason=why)
            ):
                troubled.setdefault(result.claim.release_id, impersonal(why))
            case _:
                pass
    for release_id, trouble in troubled.items():
        await hold(desk, transaction, release_id, trouble, SERVICE)
    return Written(counted, {one: each for one, each in tallies.items() if one not in troubled})


def _is_nobody(result: Result) -> bool:
    """Whether a relay said that nobody has the address: it is suppressed for that."""
    outcome = result.outcome
    return isinstance(outcome, Refused) and outcome.hard and outcome.scope is Scope.RECIPIENT


async def write_noted(desk: Desk, transaction: Transaction, results: Sequence[Result]) -> int:
    """Write what a journal has; how many counted. One that the store refuses keeps no service from
    starting: of its delivery nobody knows, which it then says of itself.
    """
    try:
        async with transaction.part():
            return len((await write(desk, transaction, results)).counted)
    except DataRefused as error:
        if len(results) == 1:
            claim = results[0].claim
            log.error("a result of delivery %d cannot be written: %s", claim.delivery_id, error)
            return 0
    half = len(results) // 2
    parts = (results[:half], results[half:])
    return sum([await write_noted(desk, transaction, part) for part in parts])


class Counting:
    """One release's readers in this process: what all workers wrote, and what we did not yet."""

    __slots__ = ("accepted", "alike", "tally")

    def __init__(self) -> None:
        self.tally = Tally()
        self.accepted = 0
        self.alike = Counter[str]()

    def too_many(self, kind: str) -> Fact | None:
        """Why the release should be paused for those who fail so, if it should."""
        alike = self.alike[kind]
        if not self.tally.too_many(kind, alike=alike, accepted=self.accepted):
            return None
        alike += self.tally.alike.get(kind, 0)
        return Fact("failed_alike", count=alike, reason=kind)


class Breaker:
    """One reader's trouble is theirs; the same trouble of many, the release's (docs/mail.md §6).

    Counts what any worker met since a person last said go on: what the store has, and on top of it
    what is not written yet, so that not one more goes than must.
    """

    def __init__(self) -> None:
        self._countings: dict[int, Counting] = {}  # by release

    def counting(self, release_id: int, tally: Tally | None = None) -> Counting:
        """A release's; `tally` is what the store has of it by now."""
        counting = self._countings.setdefault(release_id, Counting())
        if tally is not None:
            counting.tally = tally
        return counting

    def keep(self, release_ids: Collection[int]) -> None:
        """Forget the others (P9); the store has what is known of them."""
        for gone in self._countings.keys() - release_ids:
            del self._countings[gone]

    def trips(self, result: Result) -> Why | None:
        """Why the release should be paused after this result, if it should."""
        kind = failed_for(result)
        if kind is None:
            return None
        counting = self.counting(result.claim.release_id)
        counting.alike[kind] += 1
        return counting.too_many(kind)

    def accepted(self, releases: Iterable[int]) -> dict[int, int]:
        """How many more were accepted of each, which the store does not know of."""
        return {one: self.counting(one).accepted for one in releases}

    def learn(self, alike: Alike, accepted: Mapping[int, int], written: Written) -> dict[int, Why]:
        """Take in what the store made of a group; the releases to be paused for it, and why."""
        troubled: dict[int, Why] = {}
        for release_id, kinds in alike.items():
            counting = self.counting(release_id)
            counting.alike -= kinds
            counting.accepted -= accepted.get(release_id, 0)
            if tally := written.tallies.get(release_id):
                counting.tally = counting.tally.updated(tally)
                whys = [why for kind in sorted(tally.alike) if (why := counting.too_many(kind))]
                if whys:
                    [why, *more] = whys
                    troubled[release_id] = Fact("for_each_of", each=whys) if more else why
        return troubled


def alike_in(results: Sequence[Result]) -> Alike:
    """What readers failed for, by release."""
    found: Alike = {}
    for result in results:
        if kind := failed_for(result):
            found.setdefault(result.claim.release_id, Counter())[kind] += 1
    return found


def failed_for(result: Result) -> str | None:
    """What a delivery failed for that is not the address's own fault; None if it did not."""
    if result.step.state is not DeliveryState.FAILED:
        return None
    match result.outcome:
        case None:
            return NOT_RENDERED
        case Refused(hard=False, scope=Scope.RECIPIENT | Scope.SITE, reply=Reply() as reply):
            return f"{reply.code} {reply.enhanced or ''}".strip()
        case _:
            return None
