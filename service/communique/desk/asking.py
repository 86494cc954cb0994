"""Asking: may those whom a claim holds still be written to? No means no, at once (P5).

What is claimed may wait for long until the relay takes it. So what the store said is good for a
moment only, and for no longer than until somebody says no in this process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from communique.desk import Desk
from communique.desk.joining import elapsed
from communique.domain import when
from communique.domain.association import Association
from communique.domain.delivery import Ticket
from communique.domain.release import Release
from communique.errors import StoreUnavailable

log = logging.getLogger(__name__)


class Permission:
    """Who of one claim may be written to, as the store said last.

    A relay that is fast has begun with all of a claim before that is old. For a slow one the store
    is asked again: in one statement about all that are left, and, where nobody says no, twice a
    second at most.
    """

    FRESH = 0.5  # seconds that an answer is good for: a no from elsewhere is heeded within one
    PAUSES = (0.1, 0.2, 0.5, 1.0)  # seconds before a store that is away is asked again, and again

    def __init__(
        self, desk: Desk, release: Release, association: Association, ticket: Ticket, token: int
    ) -> None:
        self.refused: Mapping[int, str] = {}  # by delivery, why
        self._desk = desk
        self._release = release
        self._host = association
        self._ticket = ticket
        self._token = token
        self._noes = -1  # how many there had been when the store was asked
        self._good_until = 0.0  # by `elapsed`
        self._asking: asyncio.Task[None] | None = None

    def stands(self) -> bool:
        """Whether what is known is good for what begins now."""
        return self._noes == self._desk.store.noes and elapsed() < self._good_until

    def claiming(self) -> None:
        """The claim is about to be made, which asks the same of everybody that it takes."""
        self._noes, self._good_until = self._desk.store.noes, elapsed() + self.FRESH

    def renew(self, is_wanted: Callable[[], bool], go_on: Callable[[], None]) -> None:
        """Ask the store, unless it is being asked; then `go_on`, also where it is not wanted."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._renew(is_wanted, go_on))

    async def _renew(self, is_wanted: Callable[[], bool], go_on: Callable[[], None]) -> None:
        """Until it is told: who might have said no is not written to while nobody can know."""
        tries = 0
        while is_wanted():
            try:
                await self._ask()
                break
            except StoreUnavailable as error:
                log.error("who is left waits for the database: %s", error)
            except Exception:
                log.exception("it cannot be asked who may still be written to")
            await asyncio.sleep(self.PAUSES[min(tries, len(self.PAUSES) - 1)])
            tries += 1
        self._asking = None
        go_on()

    async def _ask(self) -> None:
        # Counted from before it is asked: what is committed meanwhile makes the answer stale.
        noes, good_until = self._desk.store.noes, elapsed() + self.FRESH
        today = when.day(self._desk.clock.now(), self._host.time_zone)
        async with self._desk.store.read() as transaction:
            self.refused = await transaction.claims.refused(
                self._ticket,
                self._token,
                today=today,
                in_force=await transaction.associations.in_force(self._release.agreement, today),
                joint=len(self._release.parties) > 1,
            )
        self._noes, self._good_until = noes, good_until
