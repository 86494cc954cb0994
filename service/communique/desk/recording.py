"""Recording: results become durable in groups, each once, or not at all if its claim lapsed.

Between the relay's answer and the commit stands the journal, so that a kill -9 in between makes no
copy (P3). Nothing here sends.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from communique.errors import StoreUnavailable
from communique.ports import Journal, Transaction

log = logging.getLogger(__name__)

NOT_RENDERED = "not rendered"


Tell = Callable[[Exception | None], None]


class Failure(NamedTuple):
    """What readers of a release fail for alike."""

    release_id: int
    kind: str


class Written(NamedTuple):
    """What a group came to: results whose claim still stood, and failures alike.

    `totals` are those of every worker, of releases that go on.
    """

    counted: Sequence[Result]
    alike: Mapping[Failure, int]
    totals: Mapping[Failure, int]


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
        self.pausing: dict[int, str] = {}  # releases to be paused with the next group, and why
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
        pause = 0.1
        while True:
            pausing = dict(self.pausing)
            try:
                written = await self._commit(group, pausing)
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
                return await self._learn(group, written)

    async def _learn(self, group: Sequence[Result], written: Written) -> Exception | None:
        """Take in what the store has by now: others may have met the rest of a trouble."""
        if late := len(group) - len(written.counted):
            log.warning("%d results came after their claim had lapsed", late)
        troubled = self.breaker.learn(group, written)
        self.pausing |= troubled
        return await self._try(()) if troubled else None

    async def _commit(self, group: Sequence[Result], pausing: Mapping[int, str]) -> Written:
        """Write a group; it returns when that is durable, and not before (P3)."""
        async with self._desk.store.begin() as transaction:
            if group and self._custody:
                await self._custody.mark(transaction)
            return await write(self._desk, transaction, group, pausing)


async def write(
    desk: Desk,
    transaction: Transaction,
    results: Sequence[Result],
    pausing: Mapping[int, str] = MappingProxyType({}),
) -> Written:
    """Write results and what follows: suppressions, and a pause where the message is to blame.

    `pausing` are releases to be paused whatever the results are, and why.
    """
    now = desk.clock.now()
    counted = await transaction.claims.record(results, now)
    alike = Counter(one for one in map(failure_of, counted) if one)
    totals = await _count(transaction, alike)
    troubled = dict(pausing)
    for result in counted:
        match result.outcome:
            case Refused(hard=True, scope=Scope.RECIPIENT, reason=reason):
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
    for release_id, why in troubled.items():
        await hold(desk, transaction, release_id, why, SERVICE)
        await transaction.failures.forget(release_id)  # whoever resumes it means it to be tried
    going = {one: total for one, total in totals.items() if one.release_id not in troubled}
    return Written(counted, alike, going)


async def _count(transaction: Transaction, alike: Mapping[Failure, int]) -> dict[Failure, int]:
    totals: dict[Failure, int] = {}
    for release_id in sorted({one.release_id for one in alike}):
        kinds = {one.kind: n for one, n in alike.items() if one.release_id == release_id}
        found = await transaction.failures.add(release_id, kinds)
        totals |= {Failure(release_id, kind): total for kind, total in found.items()}
    return totals


class Breaker:
    """One reader's trouble is theirs; the same trouble of many, the release's (docs/mail.md §6).

    Counts what any worker met since the release was last paused: what the store has, and on top of
    it what is not written yet, so that not one more goes than must.
    """

    LIMIT = 20  # readers; more than 1 % of the snapshot, and of one reader, is too many as well

    def __init__(self) -> None:
        self._limits: dict[int, int] = {}  # by release
        self._written: dict[Failure, int] = {}  # by all workers, when last we wrote one
        self._unwritten: Counter[Failure] = Counter()

    def trips(self, result: Result, snapshot: int) -> str:
        """Why the release should be paused after this result, or empty."""
        failure = failure_of(result)
        if failure is None:
            return ""
        self._limits[failure.release_id] = min(self.LIMIT, max(1, snapshot // 100))
        self._unwritten[failure] += 1
        return self._too_many(failure)

    def learn(self, group: Sequence[Result], written: Written) -> dict[int, str]:
        """Take in what the store made of a group; the releases to be paused for it, and why."""
        self._unwritten -= Counter(one for one in map(failure_of, group) if one)
        for failure in written.alike.keys() - written.totals:  # paused for it, so counted anew
            self._written.pop(failure, None)
        self._written |= written.totals
        trouble = {one.release_id: self._too_many(one) for one in written.totals}
        return {release_id: why for release_id, why in trouble.items() if why}

    def forget(self, release_id: int) -> None:
        """It was paused, by whomever: if it goes on, that is meant."""
        for failure in [one for one in self._written if one.release_id == release_id]:
            del self._written[failure]

    def _too_many(self, failure: Failure) -> str:
        count = self._written.get(failure, 0) + self._unwritten[failure]
        if count <= self._limits.get(failure.release_id, self.LIMIT):
            return ""
        return f"it failed for {count} readers alike: {failure.kind}"


def failure_of(result: Result) -> Failure | None:
    """What a delivery failed for that is not the address's own fault; None if it did not."""
    if result.step.state is not DeliveryState.FAILED:
        return None
    match result.outcome:
        case None:
            kind = NOT_RENDERED
        case Refused(hard=False, scope=Scope.RECIPIENT, reply=Reply(code=code, enhanced=enhanced)):
            kind = f"{code} {enhanced or ''}".strip()
        case _:
            return None
    return Failure(result.claim.release_id, kind)
