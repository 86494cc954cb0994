"""Happening: an activity, and what is announced of it later.

One that is over by the hour at which its release goes does not go out. A later release of the same
activity goes to those who got the first, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from communique.desk import Desk
from communique.domain import when
from communique.domain.activity import Activity
from communique.domain.actor import SERVICE, Actor
from communique.domain.content import Frozen
from communique.domain.release import Release
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Press, Transaction


async def why_not(desk: Desk, transaction: Transaction, release: Release) -> Fact | None:
    """Why a release that was submitted must not go at its hour, or now if that was before."""
    try:
        kept = await transaction.releases.content(SERVICE.scope, release.content_hash or "")
        content = kept.read()
        activity = desk.press.activity(content)
    except CommuniqueError:  # what it is cannot be told: it will not go for that
        return None
    return _over(activity, content, release, desk.clock.now()) if activity else None


def problems(press: Press, content: Frozen, release: Release, now: datetime) -> Iterator[Invalid]:
    """The same of a draft."""
    try:
        activity = press.activity(content)
    except CommuniqueError:  # other checks say what is wrong with it
        return
    if activity and (why := _over(activity, content, release, now)):
        yield Invalid(why.code, **why.fields)


def _over(activity: Activity, content: Frozen, release: Release, now: datetime) -> Fact | None:
    hour = max(release.schedule.send_at, now) if release.schedule else now
    if release.public_from and _goes_to_others(content):
        hour = max(hour, release.public_from)
    if hour < activity.over_at:
        return None
    there = activity.over_at.astimezone(when.zone(activity.zone))
    return Fact("activity_over", hour=f"{there:{when.MINUTE}}", zone=activity.zone)


def _goes_to_others(content: Frozen) -> bool:
    """Whether it goes to anybody but the press, and so to some when its embargo ends."""
    return any(
        not content.association(audience.association).list_named(key).press
        for audience in content.audiences
        for key in audience.lists
    )


async def follow_up(
    desk: Desk, actor: Actor, key: str, new_key: str, *, called_off: bool
) -> Release:
    """A draft under `new_key` that changes or calls off what the release `key` announced.

    It is of a higher sequence than all that was begun of that activity before, and not filed yet.
    Raises NotAllowed where nobody got an announcement of an activity, or it is called off already.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        if release.picked_up_at is None or "starts" not in release.fields:
            raise NotAllowed("activity_unannounced", release=key)
        if release.fields.get("called_off"):
            raise NotAllowed("activity_called_off", release=key)
        latest, before = 0, None
        while page := await transaction.releases.page(actor.scope, after=before, limit=_PAGE):
            latest = max([latest, *(_sequence(one) for one in page if one.first == release.first)])
            before = page[-1].id
        return release.follow_up(new_key, latest + 1, called_off=called_off)


_PAGE = 200


def _sequence(release: Release) -> int:
    return int(release.fields.get("sequence") or 0)


async def unfollowed(
    transaction: Transaction, actor: Actor, release: Release
) -> list[CommuniqueError]:
    """What is wrong with the release that one follows: it is not here, or nobody got it."""
    if release.first == release.key:
        return []
    try:
        first = await transaction.releases.get(actor.scope, release.first)
    except NotFound as error:
        return [error]
    if first.picked_up_at is None or first.parties[0] != release.parties[0]:
        return [Invalid("activity_unannounced", release=first.key)]
    return []
