"""Chores in time, for every engine: APScheduler says when, the desk says what and whether.

Jobs live in memory only, and nothing here is the truth. A tick that runs is awaited, never
cancelled: cut short inside a driver, it would hang with a transaction open.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from communique.errors import AlreadyRunning, CommuniqueError, StoreUnavailable
from communique.ports import Chore

log = logging.getLogger(__name__)


class StoreWatch:
    """Which of an engine's doings could not use the store when last they tried.

    What keeps them from it is said once, by the first that meets it, and once that all go on. What
    nobody tries again is not there to be done
    any more: what could not be sent was called off, or is another node's by now.
    """

    SETTLED = 60.0  # seconds; longer than a store that does not answer is waited for

    def __init__(self) -> None:
        self._without: dict[str, float] = {}  # when last each tried, by time.monotonic
        self._said: set[str] = set()  # of what keeps them from it

    @property
    def well(self) -> bool:
        """Whether all that was tried could use the store just now."""
        return not any(map(self._is_without, self._without))

    async def using(self, what: str, act: Awaitable[object]) -> None:
        """Do it, if the store can be used. All else that goes wrong is raised."""
        try:
            await act
        except (StoreUnavailable, AlreadyRunning) as error:  # the latter: it is another's for now
            if self.well:
                self._said.clear()
            if str(error) not in self._said:
                log.error("%s waits: %s", what, error)
            self._said.add(str(error))
            self._without[what] = time.monotonic()
        else:
            if self._without.pop(what, None) is not None and self.well:
                log.warning("%s goes on", what)

    def _is_without(self, what: str) -> bool:
        tried_at = self._without.get(what)
        return tried_at is not None and time.monotonic() - tried_at < self.SETTLED


class Ticker:
    """Runs each chore when its time comes round, and none beside itself."""

    def __init__(self, watch: StoreWatch) -> None:
        self._watch = watch
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[object]] = set()
        self._stopping = False

    def start(self, chores: Iterable[Chore], may_run: Callable[[Chore], Awaitable[bool]]) -> None:
        """Tick, at once and then again and again; `may_run` is asked before what is for one."""
        for chore in chores:
            # docs/engines.md, trap 5: the default grace would drop a late tick for good.
            self._scheduler.add_job(
                self._tick,
                "interval",
                args=(chore, may_run),
                name=chore.name,
                seconds=chore.every.total_seconds(),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
                next_run_time=datetime.now(self._scheduler.timezone),
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no tick, and await those that run.

        APScheduler's own shutdown cancels running coroutines (docs/engines.md, trap 6): it comes
        last.
        """
        self._stopping = True
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:  # which `wait`, unlike `gather`, leaves alone when it is cancelled itself
            await asyncio.wait(self._running)
        self._scheduler.shutdown(wait=False)

    async def _tick(self, chore: Chore, may_run: Callable[[Chore], Awaitable[bool]]) -> None:
        async def run() -> None:
            if not chore.once or await may_run(chore):
                await chore.run()

        this = asyncio.current_task()
        if self._stopping or this is None:
            return
        self._running.add(this)
        try:
            await self._watch.using(chore.name, run())
        except CommuniqueError as error:
            log.error("%s failed: %s", chore.name, error)
        except Exception:
            log.exception("%s failed", chore.name)
        finally:
            self._running.discard(this)
