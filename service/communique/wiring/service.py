"""A running service: scheduler, worker and mailbox, joined to one desk."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Self

from communique.desk import Desk, scheduling
from communique.desk.sending import Sender
from communique.domain.delivery import Ticket
from communique.engine.local import DeskLock, LocalEngine
from communique.ports import Transport
from communique.settings import Settings
from communique.smtp.mailbox import Mailbox
from communique.wiring.desks import desk_over, pools, ready, store_of


class Work:
    """What an engine runs, bound to one desk; see `engine.local.Work`."""

    RECOVERED = "the service ended before the relay's answer was known"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sender = Sender(desk)
        self.engine: LocalEngine | None = None

    async def recover(self, *, everything: bool) -> int:
        """Take back what a worker that is gone had in hand."""
        async with self._desk.store.begin() as transaction:
            return await transaction.deliveries.recover(
                self._desk.clock.now(), reason=self.RECOVERED, everything=everything
            )

    async def pick_up(self) -> list[str]:
        """Pick up what is due."""
        assert self.engine is not None, "wired before it starts"  # noqa: S101
        return await scheduling.pick_up(self._desk, self.engine)

    async def unfinished(self) -> Sequence[Ticket]:
        """The batches that are due."""
        async with self._desk.store.read() as transaction:
            return await transaction.deliveries.unfinished(self._desk.clock.now())

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send what is due in one batch."""
        return await self._sender.work(ticket)

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
        self._work = Work(self.desk)
        self._engine = LocalEngine(
            self._work,
            DeskLock(settings.data_folder / "serve.lock"),
            workers=settings.workers,
        )
        self._work.engine = self._engine
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
            await self._engine.start()
            stack.push_async_callback(self._engine.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.aclose()

    def halt(self) -> None:
        """Begin to stop at once: hand nothing more over."""
        self._work.stop()
