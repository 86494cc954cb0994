"""Searching: the delivery log a page at a time, the newest first; and all of it, page by page.

Nothing is counted that is not shown, but what a release's sums have anyway. No transaction stays
open while somebody reads: whoever takes a file slowly holds nothing (P7).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace

from communique.desk import Desk
from communique.domain.actor import Actor
from communique.domain.log import Line, LogFilter, Summary
from communique.domain.release import State
from communique.domain.scope import narrowed

PAGE = 50
SHEET = 500  # lines that are read at a time, of a file of all
RECENT = 12  # releases that one may choose from
GONE = (State.SENDING, State.PAUSED, State.SENT, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the log, and the number that the next and the one before it go on from, if any."""

    lines: tuple[Line, ...]
    titles: Mapping[str, Mapping[str, str]]  # of their releases, by key and language
    older: int | None
    newer: int | None
    sums: Summary | None  # of the release, where nothing but it or a state of it was asked for
    recent: tuple[str, ...]  # the keys of what was sent last; their titles are among `titles`

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return self.older is None and self.newer is None


async def page(
    desk: Desk,
    actor: Actor,
    only: LogFilter,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Found:
    """Deliveries next to the one of the number `after` (older) or `before` (newer), or the newest.

    Raises NotFound for a release or an association that is not there.
    """
    scope, sums = actor.scope, None
    async with desk.store.read() as transaction:
        if only.association:
            await transaction.associations.get(scope, only.association)
        if only.release:
            release = await transaction.releases.get(scope, only.release)
            asked = replace(only, release=None, state=None, association=None)
            if asked == LogFilter():
                sums = await transaction.log.summary(scope, release.id, only.association)
        found = await transaction.log.page(scope, only, after=after, before=before, limit=limit + 1)
        more = len(found) > limit  # in the direction that was asked for
        if more:
            found = found[-limit:] if before is not None else found[:limit]
        theirs = narrowed(scope, only.association) if only.association else scope
        last = await transaction.releases.page(theirs, limit=RECENT, states=GONE)
        recent = tuple(one.key for one in last)
        named = {*recent, *(one.release for one in found), *filter(None, [only.release])}
        titles = await transaction.log.titles(scope, named)
    older = found and (more if before is None else True)
    newer = found and (more if before is not None else after is not None)
    return Found(
        found,
        titles,
        found[-1].delivery_id if older else None,
        found[0].delivery_id if newer else None,
        sums,
        recent,
    )


async def beside(
    desk: Desk, actor: Actor, only: LogFilter, number: int
) -> tuple[int | None, int | None]:
    """The numbers of the deliveries next to one among those that are looked for: newer, older."""
    async with desk.store.read() as transaction:
        log = transaction.log
        newer = await log.page(actor.scope, only, before=number, limit=1)
        older = await log.page(actor.scope, only, after=number, limit=1)
    return (newer[0].delivery_id if newer else None, older[0].delivery_id if older else None)


async def everything(desk: Desk, actor: Actor, only: LogFilter) -> AsyncGenerator[Line, None]:
    """All of it, the newest first, read some at a time: each as it was when its turn came."""
    last: int | None = None
    while True:
        async with desk.store.read() as transaction:
            found = await transaction.log.page(actor.scope, only, after=last, limit=SHEET)
        for line in found:
            yield line
        if len(found) < SHEET:
            return
        last = found[-1].delivery_id
