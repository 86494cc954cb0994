"""A running service: scheduler, worker and mailbox, joined to one desk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Self

from communique import rendering
from communique.desk import Desk, recording, scheduling
from communique.desk.sending import Sender
from communique.domain.delivery import Result, Ticket
from communique.engine.journal import Journal
from communique.engine.local import DeskLock, LocalEngine
from communique.ports import Engine, Transport
from communique.settings import Settings
from communique.smtp.mailbox import Mailbox
from communique.wiring.desks import desk_over, pools, ready, store_of

log = logging.getLogger(__name__)


class Work:
    """What an engine runs, bound to one desk; see `engine.local.Work`."""

    RECOVERED = "the service ended before the relay's answer was known"

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self._desk = desk
        self._journal = journal
        self._sender = Sender(desk, journal)

    async def take_over(self) -> None:
        """Deal with what the last worker here left behind: its notes first, then the rest.

        What it had not begun goes back into the queue, and what it knew to have ended is recorded;
        only of what was being handed over does nobody know (P3).
        """
        left = self._journal.left()
        async with self._desk.store.begin() as transaction:
            now = self._desk.clock.now()
            await scheduling.hold_overdue(self._desk, transaction)
            ended: Sequence[Result] = ()
            if left.believed:
                ended = await recording.write(self._desk, transaction, left.ended)
                await transaction.claims.put_back(left.tokens, left.begun, now)
            unknown = await transaction.claims.recover(
                now, reason=self.RECOVERED, everything=store_of(self._desk).single
            )
        self._journal.start()
        if ended or unknown:
            log.warning(
                "the last service ended in the middle: %d results found in its journal, "
                "%d deliveries of which nobody knows",
                len(ended),
                unknown,
            )

    async def recover(self) -> None:
        """Take back what a worker elsewhere had in hand when its lease ran out."""
        await self._sender.take_back(self.RECOVERED)

    async def look_up(self) -> None:
        """See which releases were paused or called off."""
        await self._sender.look_up()

    async def pick_up(self, engine: Engine) -> list[str]:
        """Pick up what is due."""
        return await scheduling.pick_up(self._desk, engine)

    async def unfinished(self) -> Sequence[Ticket]:
        """The batches that are due."""
        async with self._desk.store.read() as transaction:
            return await transaction.batches.unfinished(self._desk.clock.now())

    async def work(self, ticket: Ticket, let_go: Callable[[], None]) -> datetime | None:
        """Send what is due in one batch; `let_go` is told when another may be worked meanwhile."""
        return await self._sender.work(ticket, let_go)

    def stop(self) -> None:
        """Hand nothing more over."""
        self._sender.stop()


class Service:
    """Scheduler, worker and mailbox in this process. Enter to run, leave to stop gracefully."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transports: dict[str, Transport] = {}
        self._stack = AsyncExitStack()
        self.desk = desk_over(settings, self._transports)
        self._journal = Journal(settings.data_folder / "journal")
        self._work = Work(self.desk, self._journal)
        connections = [one.connections for one in settings.transports.values()]
        self._engine = LocalEngine(
            self._work,
            DeskLock(settings.data_folder / "serve.lock"),
            workers=settings.workers,
            # With a slow reader on every connection, one batch more could send to nobody. The
            # built-in mailbox has no slow ones.
            in_hand=settings.workers + max(connections, default=0),
        )
        self.mailbox_port: int | None = None

    def healthy(self) -> bool:
        """Whether it runs, and the store could be used just now."""
        return self._engine.healthy

    async def __aenter__(self) -> Self:
        """Start. Raises what says how to mend it, and has then started nothing."""
        async with AsyncExitStack() as stack:
            await ready(self._settings)
            stack.push_async_callback(store_of(self.desk).close)
            await store_of(self.desk).check()  # nothing is begun that could not be written down
            await self._load_languages()
            if self._settings.uses_mailbox:
                mailbox = await stack.enter_async_context(
                    Mailbox(
                        self._settings.mailbox_host,
                        self._settings.mailbox_port,
                        self._settings.mailbox,
                    )
                )
                self.mailbox_port = mailbox.port
            for name, pool in pools(self._settings, self.mailbox_port).items():
                self._transports[name] = pool
                stack.push_async_callback(pool.close)
            stack.callback(self._journal.close)
            await self._engine.start()
            stack.push_async_callback(self._engine.stop)
            self._stack = stack.pop_all()
        return self

    async def _load_languages(self) -> None:
        async with self.desk.store.read() as transaction:
            associations = await transaction.associations.all()
        rendering.load({one for each in associations for one in each.languages})

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.aclose()

    def halt(self) -> None:
        """Begin to stop at once: hand nothing more over."""
        self._work.stop()
