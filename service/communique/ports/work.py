"""Who carries tickets, and what it runs: an engine is thin, the work is the desk's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from communique.domain.delivery import Ticket
from communique.ports.store import Transaction


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that comes round. Its name says what waits when it cannot be done."""

    name: str
    every: timedelta
    once: bool  # by one node at a time of those that schedule; otherwise by every node
    run: Callable[[], Awaitable[object]]


class Work(Protocol):
    """The desk's own, which every engine runs."""

    @property
    def chores(self) -> Sequence[Chore]:
        """What comes round."""

    async def begin(self) -> None:
        """Deal with what the last worker here left behind."""

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send what is due in one batch; when it is to be worked again, None when it is done."""

    async def may_run(self, chore: Chore) -> bool:
        """Whether it is this node's turn at a chore that is for one; if so, it is taken."""

    def queues(self) -> Collection[str]:
        """The associations whose batches are worked here; there may be more the next time."""

    def stop(self) -> None:
        """Hand nothing more over."""


class Engine(Protocol):
    """Carries tickets to workers. It holds no truth: what it loses is found again in the store."""

    async def submit(
        self, transaction: Transaction, tickets: Sequence[Ticket], run_at: datetime | None = None
    ) -> None:
        """Have these batches worked once the transaction is committed, or at `run_at` (UTC).

        What is in hand already is not begun again.
        """

    async def start(self, work: Work) -> None:
        """Take up the work. Raises what says how to mend it, and has then started nothing."""

    async def stop(self) -> None:
        """Begin nothing more, and await what is in hand."""

    @property
    def healthy(self) -> bool:
        """Whether it runs, and all it does could use the store just now."""
