"""A stand-in for the desk's work, and a node of its own that hangs on it until it is killed."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from communique.domain.delivery import Ticket
from communique.engine.distributed import DistributedEngine
from communique.ports import Chore


class Gate(asyncio.Event):
    """Open until a test shuts it."""

    def __init__(self) -> None:
        super().__init__()
        self.set()

    shut = asyncio.Event.clear
    open = asyncio.Event.set
    passed = asyncio.Event.wait


class Bench:
    """Work of which the test decides how long it takes and how it ends; see `ports.Work`."""

    def __init__(self, *associations: str) -> None:
        self.associations = list(associations or ("harfang", "massif"))
        self.looks = self.turns = 0
        self.chores: Sequence[Chore] = [
            Chore("the look", timedelta(seconds=0.02), False, self.look)
        ]
        self.begun: list[Ticket] = []
        self.done: list[Ticket] = []
        self.asked: list[str] = []  # chores whose turn was asked for
        self.gates = defaultdict[Ticket, Gate](Gate)
        self.trouble: dict[str, Exception] = {}  # by what is asked for
        self.turn = True
        self.stopped = False
        self.news = asyncio.Condition()

    async def tell(self, what: str) -> None:
        """Something happened; it may go wrong."""
        async with self.news:
            self.news.notify_all()
        if what in self.trouble:
            raise self.trouble[what]

    async def look(self) -> None:
        """Come round, and be news."""
        self.looks += 1
        await self.tell("look")

    async def take_turn(self) -> None:
        """What only one node does at a time."""
        self.turns += 1
        await self.tell("turn")

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for it, asked again whenever something happens: at every look, at the latest."""
        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(true)

    def open(self) -> None:
        """Hold nothing back any more."""
        for gate in self.gates.values():
            gate.open()

    async def begin(self) -> None:
        """See what was left."""
        await self.tell("begin")

    async def work(self, ticket: Ticket) -> datetime | None:
        """Send, for as long as the test wishes."""
        self.begun.append(ticket)
        await self.tell("work")
        await self.gates[ticket].passed()
        self.done.append(ticket)
        await self.tell("done")
        return None

    async def may_run(self, chore: Chore) -> bool:
        """As the test says."""
        self.asked.append(chore.name)
        await self.tell("may_run")
        return self.turn

    def queues(self) -> Collection[str]:
        """Those that the test knows of."""
        return self.associations

    def stop(self) -> None:
        """Hand nothing more over."""
        self.stopped = True


class Hanging(Bench):
    """Says what it begins, on standard output, and never ends it."""

    async def work(self, ticket: Ticket) -> datetime | None:
        """Begin, and hang."""
        print(f"{ticket.release_id} {ticket.batch}", flush=True)
        await asyncio.Event().wait()
        return None


async def hang(url: str) -> None:
    """Be a node at this database until killed."""
    await DistributedEngine(url, in_hand=3).start(Hanging())
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hang(sys.argv[1]))
