"""Happening: an activity, and what is announced of it later.

One that is over by the hour at which its release goes does not go out. A later release of the same
activity goes to those who got the first, and to nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from communique.desk import Desk
from communique.domain import when
from communique.domain.activity import Activity
from communique.domain.actor import Actor
from communique.domain.content import Frozen
from communique.domain.release import Release, State
from communique.domain.skeleton import TITLE, sequel
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Press, Transaction


def problems(press: Press, content: Frozen, release: Release, now: datetime) -> Iterator[Invalid]:
    """The same of a draft."""
    try:
        activity = press.activity(content)
    except CommuniqueError:  # other checks say what is wrong with it
        return
    to_others = goes_to_others(content)
    if activity and (why := over(activity, release, now, to_others=to_others)):
        yield Invalid(why.code, **why.fields)


def over(activity: Activity, release: Release, now: datetime, *, to_others: bool) -> Fact | None:
    """Why what announces an activity must not go at its hour, or now if that was before."""
    hour = max(release.schedule.send_at, now) if release.schedule else now
    if release.public_from and to_others:
        hour = max(hour, release.public_from)
    if hour < activity.over_at:
        return None
    there = activity.over_at.astimezone(when.zone(activity.zone))
    return Fact("activity_over", hour=f"{there:{when.MINUTE}}", zone=activity.zone)


def goes_to_others(content: Frozen) -> bool:
    """Whether it goes to anybody but the press, and so to some when its embargo ends."""
    return any(
        not content.association(audience.association).list_named(key).press
        for audience in content.audiences
        for key in audience.lists
    )


async def follow_up(
    desk: Desk, actor: Actor, key: str, new_key: str, *, called_off: bool
) -> tuple[Release, Release]:
    """A draft under `new_key` that changes or calls off what the release `key` announced, or any
    that followed it; and the release that it was made of: what was told last, for that is what
    calendars have.

    It is of a higher sequence than all that was begun of that activity before, goes to the lists of
    the first, and is not filed yet. Raises NotAllowed where nobody got an announcement of an
    activity, or it is called off already.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        if not announced(release):
            raise NotAllowed("activity_unannounced", release=key)
    titled = await asyncio.to_thread(_is_titled, desk.press, release.kind)
    async with desk.store.read() as transaction:
        versions = await _versions(transaction, actor, release.first)
        last = _last(versions)
        if last.fields.get("called_off"):
            raise NotAllowed("activity_called_off", release=last.key)
        first = next((one for one in versions if one.key == release.first), release)
        draft = last.follow_up(new_key, _sequence(versions[-1]) + 1, called_off=called_off)
        return replace(
            draft,
            audiences=first.had,
            public_from=last.held_until(desk.clock.now()),
            editions=tuple(
                sequel(one, called_off=called_off, titled=titled) for one in draft.editions
            ),
        ), last


def _is_titled(press: Press, kind: str) -> bool:
    """Whether its editions can say what calendars call it."""
    try:
        return any(one.key == TITLE for one in press.kind(kind).fields)
    except CommuniqueError:  # said when it is checked
        return False


async def under_way(desk: Desk, actor: Actor, release: Release) -> list[str]:
    """What else was submitted of an activity since it was told last, and has not gone out: what it
    says is in nothing that is begun meanwhile.
    """
    async with desk.store.read() as transaction:
        versions = await _versions(transaction, actor, release.first)
    ahead = (State.IN_REVIEW, State.APPROVED)
    return [one.key for one in versions if one.state in ahead and not announced(one)]


def announced(release: Release) -> bool:
    """Whether it announced an activity, as far as it went."""
    return release.picked_up_at is not None and "starts" in release.fields


async def _versions(transaction: Transaction, actor: Actor, first: str) -> list[Release]:
    """All that was begun of an activity, in the order of their sequence."""
    found: list[Release] = []
    before = None
    while page := await transaction.releases.page(actor.scope, after=before, limit=_PAGE):
        found += [one for one in page if one.first == first]
        before = page[-1].id
    return sorted(found, key=_sequence)


def _last(versions: Sequence[Release]) -> Release:
    """What was told last of an activity; what was stopped under way only where nothing else was."""
    return max(
        (one for one in versions if announced(one)),
        key=lambda one: (one.state is not State.CANCELLED, _sequence(one)),
    )


_PAGE = 200


def _sequence(release: Release) -> int:
    return int(release.fields.get("sequence") or 0)


async def unfollowed(
    transaction: Transaction, actor: Actor, release: Release
) -> list[CommuniqueError]:
    """What is wrong with the release that one follows: it is not here, or nobody got it."""
    if release.first == release.key:
        itself = release.fields.get("follows") == release.key
        return [Invalid("release_follows_itself", release=release.key)] if itself else []
    try:
        first = await transaction.releases.get(actor.scope, release.first)
    except NotFound as error:
        return [error]
    if first.picked_up_at is None or first.parties[0] != release.parties[0]:
        return [Invalid("activity_unannounced", release=first.key)]
    why = None if release.picked_up_at else await outrun(transaction, actor, release)
    return [Invalid(why.code, **why.fields)] if why else []


async def outrun(transaction: Transaction, actor: Actor, release: Release) -> Fact | None:
    """Why what changes or calls off an activity must not go: what was told of it since."""
    if release.first == release.key:
        return None
    told = [one for one in await _versions(transaction, actor, release.first) if announced(one)]
    if not told or (last := _last(told)).key == release.key:
        return None
    if last.fields.get("called_off"):
        return Fact("activity_called_off", release=last.key)
    if _sequence(last) >= _sequence(release):
        return Fact("activity_told_since", release=last.key)
    return None
