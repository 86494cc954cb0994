"""What tests begin with, kept: most take the same first steps, which is most of what they cost.

A database is brought to where its steps lead when somebody first looks at it. Until then they are
only noted: whoever takes the same steps from the same beginning comes to the same place. What that
holds was kept when somebody walked there, and is put there in one go. As soon as anybody else has
written, nothing is known of it any more, and every step is walked.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import asynccontextmanager, closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import make_url
from tests.contract.fakes import Tickets
from tests.postgres import LENT, State

from communique.domain.delivery import Ticket
from communique.store import Database
from communique.store.database import Transaction

T = TypeVar("T")
Content = bytes | State  # of SQLite's file, or of a PostgreSQL

MANY = 60  # places, of the latest steps that were taken; a file of tests has fewer


@dataclass(frozen=True, slots=True)
class Kept:
    """A place that steps lead to: what the database holds there, and what else the last came to."""

    steps: tuple[Hashable, ...]
    content: Content
    result: Any = None
    tickets: list[Ticket] = field(default_factory=list)
    hours: Mapping[str, datetime | None] = field(default_factory=dict)
    noes: int = 0
    changes: int = 0


KEPT: OrderedDict[tuple[str, tuple[Hashable, ...]], Kept] = OrderedDict()  # each kind's by steps


def kind(url: str) -> str | None:
    """What kind of database that is; None if it is none whose content can be kept."""
    if url.startswith("sqlite"):
        return "sqlite"
    return "postgresql" if _name(url) in LENT else None


def content(url: str) -> Content:
    """What the database at `url` holds."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_file(url))) as connection:
            return connection.serialize()
    return LENT[_name(url)].state(_name(url))


def put(url: str, what: Content) -> None:
    """Have the empty database at `url` hold that."""
    if isinstance(what, bytes):
        _file(url).write_bytes(what)
    else:
        LENT[_name(url)].furnish(_name(url), what)


def find(url: str, steps: tuple[Hashable, ...]) -> Kept | None:
    """What is kept of where these steps lead to, on a database of this kind."""
    key = str(kind(url)), steps
    if key in KEPT:
        KEPT.move_to_end(key)
    return KEPT.get(key)


def keep(url: str, kept: Kept) -> None:
    """Keep that, for databases of this kind."""
    KEPT[str(kind(url)), kept.steps] = kept
    if len(KEPT) > MANY:
        KEPT.popitem(last=False)


def _file(url: str) -> Path:
    return Path(url.partition(":///")[2])


def _name(url: str) -> str:
    return str(make_url(url).database)


_OPEN: dict[str, set[Beginning]] = {}  # by URL: all that are open at one database
_WALKING: ContextVar[bool] = ContextVar("_WALKING", default=False)


class Beginning(Database):
    """A database that is where steps have led as soon as somebody looks.

    Without a place that is kept, it is what its file or server has.
    """

    def __init__(self, url: str, place: Kept | None = None) -> None:
        super().__init__(url)
        self._address = url
        self._place = place  # that it is at, or will be; None once somebody else may have written
        self._here = place is None
        self._others = 0  # transactions that are part of no step
        for other in _OPEN.get(url, ()):  # two at one database: nobody knows what it holds
            other.abandon()
        if url in _OPEN:
            self.abandon()
        _OPEN.setdefault(url, set()).add(self)

    @property
    def file(self) -> Path | None:
        """See `Database`; whoever asks may look into it, and write."""
        self.abandon()
        return super().file

    def settle(self) -> None:
        """Be where the steps have led."""
        if not self._here:
            self._here = True
            assert self._place
            put(self._address, self._place.content)

    def abandon(self) -> None:
        """Be where the steps have led; from there on every step is walked, and none is kept."""
        self.settle()
        self._others += 1
        self._place = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """See `Database`."""
        self.settle()
        if not _WALKING.get():
            self._others += 1
            self._place = None
        async with super().begin() as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """See `Database`."""
        self.settle()
        async with super().read() as transaction:
            yield transaction

    async def close(self) -> None:
        """See `Database`; whoever comes later finds what was there."""
        self.settle()
        there = _OPEN.get(self._address, set())
        there.discard(self)
        if not there:
            _OPEN.pop(self._address, None)
        await super().close()

    async def step(
        self, told: Hashable | None, engine: Tickets, walk: Callable[[], Awaitable[T]]
    ) -> T:
        """Take a step: what it comes to follows from its place and all that it is `told`.

        Where that is not so, it is told None, and walked.
        """
        place = self._place
        if place is None or told is None or _WALKING.get():
            return await walk()
        steps = (*place.steps, told)
        known = find(self._address, steps)
        if known and not self._here:
            self._place = known
            engine.submitted += known.tickets
            engine.hours |= known.hours
            self.noes += known.noes
            self.changes += known.changes
            return cast(T, known.result)
        self.settle()
        self._place, others, noes, changes = None, self._others, self.noes, self.changes
        submitted, hours = len(engine.submitted), set(engine.hours.items())
        walking = _WALKING.set(True)
        try:
            result = await walk()
        finally:
            _WALKING.reset(walking)
        if self._others == others:  # nobody else has written meanwhile
            self._place = known or Kept(
                steps,
                content(self._address),
                result,
                engine.submitted[submitted:],
                dict(set(engine.hours.items()) - hours),
                self.noes - noes,
                self.changes - changes,
            )
            keep(self._address, self._place)
        return result
