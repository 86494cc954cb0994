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

from communique.desk import Desk
from communique.desk.scheduling import tell
from communique.domain.address import parse
from communique.domain.delivery import Claim, DeliveryState, Result, SkipReason
from communique.domain.member import Suppression, SuppressionScope
from communique.domain.outcome import Deferred, Refused, Reply, Scope
from communique.domain.release import State, after
from communique.errors import StoreUnavailable
from communique.ports import Journal, Transaction

log = logging.getLogger(__name__)

NOT_RENDERED = "not rendered"


Written = Callable[[Exception | None], None]


class NoJournal:
    """For a worker without notes of its own: whatever it had in hand when it died is unknown."""

    def claimed(self, token: int, count: int) -> None:
        """Note nothing."""

    def begun(self, claim: Claim) -> bool:
        """Note nothing; go on."""
        return True

    def ended(self, result: Result) -> None:
        """Note nothing."""

    def forget(self, results: Sequence[Result]) -> None:
        """Nothing was noted."""


class Recorder:
    """Writes results in groups, full or after a moment, so that a commit is shared by many."""

    GROUP = 500  # results; each commit costs as much as some thirty of them
    LINGER = 0.1  # seconds that a first result waits for company
    PATIENCE = 3.0  # seconds that a stop waits for the store, where a journal has the results

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self._desk = desk
        self._journal = journal
        self.pausing: dict[int, str] = {}  # releases to be paused with the next group, and why
        self._waiting: list[tuple[Result, Written]] = []
        self._full = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._give_up_at = math.inf  # by the loop's time

    def stop(self) -> None:
        """Wait for a store that is away no longer than the journal allows."""
        if not isinstance(self._journal, NoJournal):
            by = asyncio.get_running_loop().time() + self.PATIENCE
            self._give_up_at = min(self._give_up_at, by)

    def record(self, result: Result, written: Written) -> None:
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

    async def _persist(self, group: Sequence[tuple[Result, Written]]) -> None:
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
            try:
                async with self._desk.store.begin() as transaction:
                    pausing = dict(self.pausing)
                    counted = await write(self._desk, transaction, group, pausing)
            except StoreUnavailable as error:
                if asyncio.get_running_loop().time() >= self._give_up_at:
                    log.error("%d results are left to the journal: %s", len(group), error)
                    return error
                log.error("results wait for the database: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:
                return error
            else:
                if late := len(group) - len(counted):
                    log.warning("%d results came after their claim had lapsed", late)
                for release_id in pausing:
                    del self.pausing[release_id]
                return None


async def write(
    desk: Desk,
    transaction: Transaction,
    results: Sequence[Result],
    pausing: Mapping[int, str] = MappingProxyType({}),
) -> Sequence[Result]:
    """Write results and what follows: suppressions, and a pause where the message is to blame.

    `pausing` are releases to be paused whatever the results are, and why. Returns the results that
    counted: whose claim still stood.
    """
    now = desk.clock.now()
    counted = await transaction.claims.record(results, now)
    troubled = dict(pausing)
    for result in counted:
        match result.outcome:
            case Refused(hard=True, scope=Scope.RECIPIENT, reason=reason):
                suppression = Suppression(
                    result.claim.association,
                    parse(result.claim.reader.address).key,
                    SuppressionScope.ALL,
                    SkipReason.SUPPRESSED,
                    f"smtp: {reason}",
                )
                await transaction.subscribers.suppress(suppression, now)
            case (
                Deferred(scope=Scope.MESSAGE, reason=why) | Refused(scope=Scope.MESSAGE, reason=why)
            ):
                troubled.setdefault(result.claim.release_id, why)
            case _:
                pass
    for release_id, why in troubled.items():
        await _pause(desk, transaction, release_id, why)
    return counted


class Breaker:
    """One reader's trouble is their own; the same trouble of many is the release's (MAIL.md §6).

    Counts since this process began, or since the release was last paused for it.
    """

    LIMIT = 20  # readers; more than 1 % of the snapshot, and of one reader, is too many as well

    def __init__(self) -> None:
        self._failed: Counter[tuple[int, str]] = Counter()

    def trips(self, result: Result, snapshot: int) -> str:
        """Why the release should be paused after this result, or empty."""
        kind = _kind_of_failure(result)
        if not kind:
            return ""
        place = (result.claim.release_id, kind)
        self._failed[place] += 1
        count = self._failed[place]
        if count <= min(self.LIMIT, max(1, snapshot // 100)):
            return ""
        del self._failed[place]
        return f"it failed for {count} readers alike: {kind}"


def _kind_of_failure(result: Result) -> str:
    """What made a delivery fail that is not the address's own fault; empty if nothing did."""
    if result.step.state is not DeliveryState.FAILED:
        return ""
    match result.outcome:
        case None:
            return NOT_RENDERED
        case Refused(hard=False, scope=Scope.RECIPIENT, reply=Reply(code=code, enhanced=enhanced)):
            return f"{code} {enhanced or ''}".strip()
        case _:
            return ""


async def _pause(desk: Desk, transaction: Transaction, release_id: int, why: str) -> None:
    release = await transaction.releases.by_id(release_id, hold=True)
    if release.state is State.SENDING:
        to = after(release.state, "pause")
        now = desk.clock.now()
        await transaction.releases.move(release, to, verb="pause", at=now, detail=why)
        tell(transaction, release, "paused", why=why)
