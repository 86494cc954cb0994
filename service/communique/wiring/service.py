"""A running service: what its roles ask for, joined to one desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from communique import messages
from communique.desk import inspecting, joining
from communique.desk.custody import Custody
from communique.desk.joining import Place
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.desk.working import Working
from communique.domain.actor import SERVICE
from communique.domain.lineage import Doubt
from communique.domain.route import Rerouted
from communique.engine.journal import Journal
from communique.engine.local import LocalEngine
from communique.engine.memory import Memory
from communique.engine.ticking import StoreWatch, Ticker
from communique.errors import NotAllowed
from communique.ports import Chore, Engine
from communique.settings import Engine as Kind
from communique.settings import Settings
from communique.smtp.mailbox import Mailbox
from communique.smtp.pool import Pool
from communique.wiring.desks import desk_over, pools, rates, ready, store_of
from communique.wiring.machine import Machine

LOOK = timedelta(seconds=2)  # between looks of a process that only serves pages


@dataclass(frozen=True, slots=True)
class Roles:
    """What one process does of all that a desk needs: pages, chores for one at a time, sending."""

    web: bool = True
    scheduler: bool = True
    worker: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Those it has."""
        return tuple(name for name in self.__slots__ if getattr(self, name))


class Service:
    """One process of a desk. Enter to run what its roles say, leave to stop gracefully."""

    def __init__(self, settings: Settings, roles: Roles = Roles()) -> None:
        if settings.engine is Kind.LOCAL and roles.scheduler != roles.worker:
            raise NotAllowed("engine_local_needs_both_roles")
        self._settings = settings
        self._roles = roles
        self._transports: dict[str, Pool] = {}
        self._stack = AsyncExitStack()
        self._halt: Callable[[], None] = lambda: None
        self.desk = desk_over(settings, self._transports)
        self._healthy: Callable[[], bool] = lambda: False
        self._custody: Custody | None = None
        self.mailbox_port: int | None = None

    async def __aenter__(self) -> Self:
        """Start. Raises what says how to mend it, and has then started nothing."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(store_of(self.desk).close)
            await ready(self._settings, store_of(self.desk))
            await store_of(self.desk).check()  # nothing is begun that could not be written down
            await joining.require_keys(self.desk, SERVICE)
            if self._roles.scheduler or self._roles.worker:
                await self._start_working(stack)
            else:
                await self._start_looking(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.aclose()

    def healthy(self) -> bool:
        """Whether it runs, and the store could be used just now."""
        return self._healthy()

    def doubt(self) -> Doubt | None:
        """Why nothing is sent until a person says that it may; None if that needs nobody's word."""
        return self._custody.doubt if self._custody else None

    def rerouted(self) -> Sequence[Rerouted]:
        """What mail would leave otherwise than before, which a person has to agree to first."""
        return self._custody.rerouted if self._custody else ()

    def halt(self) -> None:
        """Begin to stop at once: hand nothing more over."""
        self._halt()

    async def _start_working(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        await self._load_languages()
        if settings.uses_mailbox:
            mailbox = Mailbox(settings.mailbox_host, settings.mailbox_port, settings.mailbox)
            self.mailbox_port = (await stack.enter_async_context(mailbox)).port
        for name, pool in pools(settings, self.mailbox_port).items():
            self._transports[name] = pool
            stack.push_async_callback(pool.close)
        journal = Journal(settings.data_folder)
        stack.callback(journal.close)
        memory = Memory(settings.data_folder)
        stack.callback(memory.close)
        custody = Custody(self.desk, memory, alone=store_of(self.desk).single)
        several = settings.engine is Kind.DISTRIBUTED
        sharing = Sharing(self.desk, self._transports, rates(settings)) if several else None
        place = Place(self.desk, Machine(), settings.engine, self._roles.names)
        connections = [one.connections for one in settings.transports.values()]
        # With a slow reader on every connection, one batch more could send to nobody. The
        # built-in mailbox has no slow ones.
        in_hand = settings.workers + max(connections, default=0)
        engine = self._engine(in_hand)
        work = Working(
            self.desk,
            engine,
            place,
            BatchWorker(
                self.desk, journal, seat=lambda: place.seat, sharing=sharing, custody=custody
            ),
            journal,
            custody,
            workers=settings.workers,
            in_hand=in_hand,
            sharing=sharing,
        )
        stack.push_async_callback(work.end)
        stack.push_async_callback(engine.stop)
        await engine.start(work)
        self._halt = work.stop
        self._custody = custody
        self._healthy = lambda: engine.healthy

    def _engine(self, in_hand: int) -> Engine:
        if self._settings.engine is Kind.LOCAL:
            return LocalEngine()
        # Loaded where it is asked for: its libraries come with the extra `distributed`.
        from communique.engine.distributed import DistributedEngine  # noqa: PLC0415

        return DistributedEngine(
            self._settings.url(),
            in_hand=in_hand,
            schedules=self._roles.scheduler,
            works=self._roles.worker,
        )

    async def _start_looking(self, stack: AsyncExitStack) -> None:
        """Pages alone need the database, and no place at it."""
        watch = StoreWatch()
        ticker = Ticker(watch)
        look = Chore("the look at the database", LOOK, once=False, run=self._load_languages)
        ticker.start([look], _always)
        stack.push_async_callback(ticker.stop)
        self._healthy = lambda: watch.well

    async def _load_languages(self) -> None:
        associations = await inspecting.associations(self.desk, SERVICE)
        messages.load({one for each in associations for one in each.languages})


async def _always(_: Chore) -> bool:
    return True
