"""Retrying: what failed, or was left unknown, goes once more because somebody says so.

It is what every party approved, under the Message-ID that it had (P3, P4). Who was skipped stays
so, and whoever must not be written to by now is left as they are (P5).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass

from communique.desk import Desk, access
from communique.desk.stepping import note, step
from communique.domain import when
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.delivery import DeliveryState, Retriable, Retry, SkipReason
from communique.domain.event import Verb
from communique.domain.log import LOST
from communique.domain.release import NOTES, Release, after
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the lost: of one association, in these states, for these causes; empty asks nothing.

    Causes are those of `domain.log.Lost`. With a `delivery`, none but the one of that number.
    """

    association: str | None = None
    states: Collection[DeliveryState] = ()
    causes: Collection[str] = ()
    delivery: int | None = None


async def retriable(
    desk: Desk, actor: Actor, key: str, wanted: Wanted
) -> tuple[Release, tuple[Retriable, ...]]:
    """Whom a retry would write to at each association; changes nothing.

    Raises NotAllowed where a release is not to be retried at all, and NotFound.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        await _require(desk, transaction, release)
        found = _each(desk, transaction, actor, release, wanted)
        return release, tuple(
            [await transaction.retries.count(actor.scope, one) async for one in found]
        )


async def retry(
    desk: Desk, actor: Actor, key: str, wanted: Wanted
) -> tuple[Release, tuple[Retriable, ...]]:
    """Have them tried again, from now on for as long as a release is tried; whom it concerns.

    Raises as `retriable` does, and NotAllowed if there is nobody.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        hosts = [one.association for one in release.audiences]
        wants = [wanted.association] if wanted.association else hosts
        access.require_any(actor, Permission.EDIT, wants)
        await _require(desk, transaction, release)
        now, again = desk.clock.now(), []
        async for one in _each(desk, transaction, actor, release, wanted):
            if not actor.may(Permission.EDIT, one.association):
                continue
            counted = await transaction.retries.count(actor.scope, one)
            if counted.goes:
                await transaction.retries.queue(one, now)
            again.append(counted)
        if not any(one.goes for one in again):
            raise nobody(key, again)
        tally = await transaction.failures.of(release.id)
        await transaction.failures.go_on(release.id, tally.troubles)
        say = note if release.state in NOTES[Verb.RETRY] else step
        sums = {state: sum(one.of(state) for one in again) for state in LOST}
        each = [Fact("count_of_state", count=n, state=state) for state, n in sums.items() if n]
        why = Fact("tried_again", counts=each)
        moved = await say(desk, transaction, release, Verb.RETRY, actor, why=why, retried_at=now)
        return moved, tuple(again)


def nobody(key: str, found: Iterable[Retriable]) -> NotAllowed:
    """Why nobody is tried again, and what of that somebody can change."""
    suppressed = sum(one.left_out.get(SkipReason.SUPPRESSED, 0) for one in found)
    if suppressed:
        return NotAllowed("retry_of_suppressed", release=key, count=suppressed)
    return NotAllowed("nothing_to_retry", release=key)


async def _require(desk: Desk, transaction: Transaction, release: Release) -> None:
    """Raises NotAllowed if nothing of it may go, and ContentChanged (P4, P8)."""
    if release.state not in NOTES[Verb.RETRY]:
        after(release.state, Verb.RETRY)
    by = release.schedule.deliver_by if release.schedule else None
    if by and desk.clock.now() >= by:
        raise NotAllowed("release_over", release=release.key, hour=when.in_utc(by))
    content = await transaction.releases.content(SERVICE.scope, release.content_hash or "")
    content.read()


async def _each(
    desk: Desk, transaction: Transaction, actor: Actor, release: Release, wanted: Wanted
) -> AsyncIterator[Retry]:
    """What is wanted, at each association whose people the actor may see."""
    if wanted.association:
        await transaction.associations.get(actor.scope, wanted.association)
    seen = await transaction.associations.keys(actor.scope)
    for audience in release.audiences:
        if audience.association not in seen:
            continue
        if wanted.association not in (None, audience.association):
            continue
        association = await transaction.associations.get(SERVICE.scope, audience.association)
        today = when.day(desk.clock.now(), association.time_zone)
        yield Retry(
            release.id,
            association.key,
            states=tuple(wanted.states) or LOST,
            causes=tuple(wanted.causes),
            joint=len(release.parties) > 1,
            in_force=await transaction.associations.in_force(release.agreement, today),
            today=today,
            delivery=wanted.delivery,
        )
