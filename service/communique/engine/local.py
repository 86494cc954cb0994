"""The embedded engine: APScheduler in this process, tickets in memory, the store as the truth.

What it forgets in a crash, the look for what is unfinished finds again within a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from communique.domain.delivery import Ticket
from communique.engine.ticking import StoreWatch, Ticker
from communique.errors import CommuniqueError
from communique.ports import Chore, Transaction, Work

log = logging.getLogger(__name__)


class LocalEngine:
    """See `ports.Engine`. It must be the only one at its store, which the desk sees to."""

    def __init__(self) -> None:
        self._in_hand: dict[Ticket, asyncio.Task[None]] = {}
        self._watch = StoreWatch()
        self._ticker = Ticker(self._watch)
        self._work: Work
        self._started = False

    @property
    def healthy(self) -> bool:
        """Whether it runs, and all it does could use the store just now."""
        return self._started and self._watch.well

    async def submit(
        self, transaction: Transaction, tickets: Sequence[Ticket], run_at: datetime | None = None
    ) -> None:
        """Begin these once the transaction is committed. What has time is found when it is due."""
        if run_at is None:
            transaction.after_commit(lambda: self._take(tickets))

    async def start(self, work: Work) -> None:
        """Take back what a crash left behind, begin to tick."""
        self._work = work
        await work.begin()
        self._started = True
        self._ticker.start(work.chores, self._may_run)

    async def stop(self) -> None:
        """Begin nothing more, and await what is in hand."""
        if not self._started:
            return
        self._started = False
        self._work.stop()
        await self._ticker.stop()
        if self._in_hand:  # which `wait`, unlike `gather`, leaves alone when it is cancelled itself
            await asyncio.wait(self._in_hand.values())

    async def _may_run(self, _: Chore) -> bool:
        return True  # there is nobody else

    def _take(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            if ticket not in self._in_hand and self._started:
                self._in_hand[ticket] = asyncio.create_task(self._run(ticket))

    async def _run(self, ticket: Ticket) -> None:
        try:
            await self._watch.using("sending", self._work.work(ticket))
        except CommuniqueError as error:
            log.error("batch %s stopped: %s", ticket, error)
        except Exception:
            log.exception("batch %s stopped", ticket)
        finally:
            del self._in_hand[ticket]
