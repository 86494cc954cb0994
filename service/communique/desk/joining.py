"""Joining: a service takes its place at a database, alone or beside those it can work with (P3).

What two could not share is refused before anything is begun: signing keys, or an engine that must
be alone. Whether another one lives is never judged by comparing clocks.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from communique.desk import Desk, access
from communique.desk.stepping import report
from communique.domain.actor import Actor
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.token import Differs, Lacks, Misplaced, New, fit
from communique.domain.watching import Node, Watch
from communique.errors import AlreadyRunning, SettingsInvalid
from communique.ports import Machine, Transaction

log = logging.getLogger(__name__)

LOCAL, DISTRIBUTED = "local", "distributed"

# Seconds without a sign of life after which others, whatever they are, take a service for dead. One
# that is alone may hold the only write lock for long while it makes a snapshot.
DEAD_AFTER = {LOCAL: 30.0, DISTRIBUTED: 10.0}
MARGIN = 0.8  # of that, after which a service itself begins nothing more
LOOK = 0.5  # seconds between looks at another that may be dead


# Seconds on a clock that goes on while the machine is suspended, where the system has one: the
# others go on meanwhile too.
elapsed = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class Tenure:
    """How long a node may count on being thought alive: past it, others take its claims.

    Asked before each content, as a process that was frozen learns of nothing else in time.
    """

    valid_until: float = math.inf  # by `elapsed`


@dataclass(frozen=True, slots=True)
class Seat:
    """A node's number, which stands in each of its claims, and for how long it is its own."""

    node: int = 1
    tenure: Tenure = field(default_factory=Tenure)


async def require_keys(desk: Desk, actor: Actor) -> None:
    """Register the signing keys, or raise SettingsInvalid where they don't fit what was sent.

    Links signed with one key are dead where it is unknown, and a copy has another Message-ID where
    another key makes it.
    """
    access.require_operator(actor)
    async with desk.store.begin() as transaction:
        registered = await transaction.keys.registered(hold=True)
        found = fit(registered, desk.keyring)
        if isinstance(found, New):
            await transaction.keys.register(found.keys, desk.clock.now())
            for key in found.keys:
                subject = Subject(SubjectKind.KEY, key.id)
                await report(desk, transaction, subject, Verb.REGISTER, actor, association=None)
    match found:
        case Lacks(ids):
            raise SettingsInvalid("signing_keys_lacking", keys=ids)
        case Differs(id_):
            raise SettingsInvalid("signing_key_differs", key=id_)
        case Misplaced(id_):
            raise SettingsInvalid("signing_key_misplaced", key=id_)


class Place:
    """A service's own among those at a database."""

    def __init__(self, desk: Desk, machine: Machine, engine: str, roles: Collection[str]) -> None:
        self._desk = desk
        self._machine = machine
        self._engine = engine
        self._roles = tuple(roles)
        self._watches = {each: Watch(after) for each, after in DEAD_AFTER.items()}
        self._rivals: dict[int, int] = {}  # beats of those that may be dead, as first seen
        self.seat = Seat(node=0)  # which is nobody's
        self._shown = (elapsed(), desk.clock.now())  # when it last showed that it lives

    async def enter(self, transaction: Transaction) -> frozenset[int] | None:
        """Take a place; the nodes that are gone, whose claims are to be taken back with this.

        None while it must be waited for: another one, elsewhere, has yet to show whether it lives.
        Raises AlreadyRunning if one lives that cannot be worked beside.
        """
        nodes = await transaction.nodes.all(hold=True)
        # Those of the database that this one is a copy of work there, whatever runs here.
        gone = await self._remove(transaction, nodes, await transaction.nodes.elsewhere())
        rivals = [one for one in nodes if one.id not in gone and self._is_rival(one)]
        for one in rivals:
            if self._runs(one) or self._rivals.setdefault(one.id, one.beat) != one.beat:
                raise AlreadyRunning(
                    "service_running", process=one.process.pid, host=one.process.host
                )
        if rivals:
            return None
        tenure = Tenure(elapsed() + MARGIN * DEAD_AFTER[self._engine])
        node = await transaction.nodes.enter(
            self._machine.process,
            engine=self._engine,
            roles=self._roles,
            at=self._desk.clock.now(),
        )
        transaction.after_commit(lambda: self._sit(Seat(node, tenure)))
        return gone

    def _sit(self, seat: Seat) -> None:
        self.seat = seat
        self._shown = (elapsed(), self._desk.clock.now())

    def absence(self) -> timedelta:
        """For how long it has not shown that it lives: its machine may have been asleep.

        By whichever clock says more, forth or back: the one that a machine keeps stops with it
        where that is itself only a program that was stopped.
        """
        then, at = self._shown
        return max(timedelta(seconds=elapsed() - then), abs(self._desk.clock.now() - at))

    def is_own(self, node: Node) -> bool:
        """Whether a node is this process."""
        return node.process == self._machine.process

    async def wait(self) -> None:
        """Let the others show that they live."""
        await asyncio.sleep(LOOK)

    async def beat(self) -> bool:
        """Show that this one lives; False if somebody took it for dead, and its claims with it."""
        seat, asked = self.seat, elapsed()
        async with self._desk.store.begin() as transaction:
            lives = await transaction.nodes.beat(seat.node)
        self._shown = (asked, self._desk.clock.now())
        seat.tenure.valid_until = asked + MARGIN * DEAD_AFTER[self._engine] if lives else -math.inf
        return lives

    async def look(self) -> tuple[frozenset[int], frozenset[int]]:
        """The other nodes: who lives, and who is gone. Asked often, so without a lock."""
        async with self._desk.store.read() as transaction:
            nodes = await transaction.nodes.all()
        gone = self._gone(nodes)
        return frozenset(one.id for one in nodes) - gone - {self.seat.node}, gone

    async def remove_gone(self, transaction: Transaction) -> frozenset[int]:
        """Remove who is gone; their numbers, whose claims are to be taken back with this."""
        return await self._remove(transaction, await transaction.nodes.all())

    async def leave(self) -> None:
        """Work here no longer; nothing is in hand any more."""
        if self.seat.node:
            async with self._desk.store.begin() as transaction:
                await transaction.nodes.leave(self.seat.node)

    async def _remove(
        self,
        transaction: Transaction,
        nodes: Collection[Node],
        elsewhere: frozenset[int] = frozenset(),
    ) -> frozenset[int]:
        gone = self._gone(nodes) | elsewhere
        return await transaction.nodes.remove({one.id: one.beat for one in nodes if one.id in gone})

    def _gone(self, nodes: Collection[Node]) -> frozenset[int]:
        """Those that ended, and those that showed no sign of life for long. Never this one."""
        now = elapsed()
        still: frozenset[int] = frozenset()
        for engine, watch in self._watches.items():
            still |= watch.look({one.id: one.beat for one in nodes if one.engine == engine}, now)
        return frozenset(
            one.id
            for one in nodes
            if one.id != self.seat.node and (one.id in still or self._runs(one) is False)
        )

    def _is_rival(self, node: Node) -> bool:
        return LOCAL in (self._engine, node.engine)

    def _runs(self, node: Node) -> bool | None:
        """Whether its process does; None for one elsewhere, of which nothing is known."""
        machine = self._machine
        return node.process.runs(machine.process, machine.starts([node.process.pid]))
