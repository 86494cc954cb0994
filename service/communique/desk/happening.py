"""Happening: an activity that is over by the hour at which its release goes does not go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from communique.desk import Desk
from communique.domain import when
from communique.domain.activity import Activity
from communique.domain.actor import SERVICE
from communique.domain.content import Frozen
from communique.domain.release import Release
from communique.errors import CommuniqueError, Invalid
from communique.facts import Fact
from communique.ports import Press, Transaction


async def why_not(desk: Desk, transaction: Transaction, release: Release) -> Fact | None:
    """Why a release that was submitted must not go at its hour, or now if that was before."""
    try:
        kept = await transaction.releases.content(SERVICE.scope, release.content_hash or "")
        activity = desk.press.activity(kept.read())
    except CommuniqueError:  # what it is cannot be told: it will not go for that
        return None
    return _over(activity, release, desk.clock.now()) if activity else None


def problems(press: Press, content: Frozen, release: Release, now: datetime) -> Iterator[Invalid]:
    """The same of a draft."""
    try:
        activity = press.activity(content)
    except CommuniqueError:  # other checks say what is wrong with it
        return
    if activity and (why := _over(activity, release, now)):
        yield Invalid(why.code, **why.fields)


def _over(activity: Activity, release: Release, now: datetime) -> Fact | None:
    hour = max(release.schedule.send_at, now) if release.schedule else now
    if hour < activity.over_at:
        return None
    there = activity.over_at.astimezone(when.zone(activity.zone))
    return Fact("activity_over", hour=f"{there:{when.MINUTE}}", zone=activity.zone)
