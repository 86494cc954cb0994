"""Observing: how releases fare that somebody has a page of open, looked at once for all pages.

What such pages cost does not grow with their number: one look serves any number of them (P7).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from communique.desk import Desk
from communique.domain.actor import SERVICE, Actor
from communique.domain.event import Event, Sought
from communique.domain.log import Lost, Summary, Waiting
from communique.domain.release import Release
from communique.domain.scope import Mine
from communique.errors import NotFound
from communique.ports import Transaction

MOST = 500  # events that one look reads: what is behind them comes with the next


class Watched(NamedTuple):
    """A release as one association watches it."""

    association: str
    key: str
    id: int


@dataclass(frozen=True, slots=True)
class Fare:
    """How a release fares: with the association's own people, and in sums with its partners'."""

    release: Release
    sums: Summary
    partners: Mapping[str, Summary]
    lost: tuple[Lost, ...]
    waiting: tuple[Waiting, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: the newest event's number, the events since, and the sums of each."""

    last: int
    events: tuple[Event, ...]
    sums: Mapping[Watched, Summary]


async def fare(desk: Desk, actor: Actor, association: str, key: str) -> Fare:
    """One release as it is now. Raises NotFound for one that the association has no part in."""
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        hosts = [one.association for one in release.audiences]
        if association not in {*release.parties, *hosts}:
            raise NotFound("release_unknown", release=key)
        own = Mine(frozenset([association]))
        ids = [release.id]
        return Fare(
            release,
            await transaction.log.summary(own, release.id, association),
            {
                one: await transaction.log.summary(own, release.id, one)
                for one in hosts
                if one != association
            },
            (await transaction.log.lost(own, ids)).get(release.id, ()),
            (await transaction.log.waiting_for(own, ids)).get(release.id, ()),
            desk.clock.now(),
        )


async def newest(desk: Desk) -> int:
    """The number of the last event that there is."""
    async with desk.store.read() as transaction:
        return await _last(transaction)


async def look(desk: Desk, after: int, watched: Collection[Watched]) -> Seen:
    """What happened since the event of that number, and the sums of each that is watched."""
    by: dict[str, list[Watched]] = {}
    for one in watched:
        by.setdefault(one.association, []).append(one)
    async with desk.store.read() as transaction:
        events = tuple(await transaction.events.since(SERVICE.scope, after, MOST))
        sums: dict[Watched, Summary] = {}
        for association, theirs in by.items():
            own = Mine(frozenset([association]))
            ids = {one.id for one in theirs}
            found = await transaction.log.summaries(own, ids, association)
            sums |= {one: found[one.id] for one in theirs}
    return Seen(events[-1].id if events else after, events, sums)


async def _last(transaction: Transaction) -> int:
    found = await transaction.events.page(SERVICE.scope, Sought(), before=None, limit=1)
    return found[0].id if found else 0
