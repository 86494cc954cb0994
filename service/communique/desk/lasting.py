"""Lasting: an advantage that is over, or whose agreement ends before it, does not go out.

Its last day is over where the clocks of the association say so whose members it goes to. What is no
advantage is asked nothing here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from communique.desk import Desk, happening
from communique.domain import when
from communique.domain.activity import Activity
from communique.domain.actor import SERVICE
from communique.domain.advantage import Advantage, first_day_without, over_at
from communique.domain.association import Agreement, Association
from communique.domain.content import Content
from communique.domain.frozen import Frozen
from communique.domain.kind import Nature
from communique.domain.release import Release
from communique.errors import CommuniqueError, Invalid
from communique.facts import Fact
from communique.ports import Press, Transaction


def advantage(press: Press, content: Frozen) -> Advantage | None:
    """What is offered, if it is an advantage and says so as its kind wants it."""
    try:
        if press.nature(content) is Nature.ADVANTAGE:
            return Advantage.of(content.fields)
    except (CommuniqueError, LookupError, ValueError, TypeError):
        pass  # other checks say what is wrong with it
    return None


@dataclass(frozen=True, slots=True)
class Lasts:
    """What of a content tells until when it may go."""

    activity: Activity | None = None
    to_others: bool = False  # than the press
    offered: Advantage | None = None


def told(press: Press, content: Frozen) -> Lasts:
    """What a content tells of that; of one that cannot be told nothing: it will not go for that."""
    try:
        activity = press.activity(content)
    except CommuniqueError:
        return Lasts()
    return Lasts(activity, happening.goes_to_others(content), advantage(press, content))


async def read(desk: Desk, content: Content | None) -> Lasts:
    """The same of what is kept: parsed in a thread, before anybody writes (P7)."""

    def parsed() -> Lasts:
        try:
            return told(desk.press, content.read()) if content else Lasts()
        except CommuniqueError:
            return Lasts()

    return await asyncio.to_thread(parsed)


async def why_not(
    desk: Desk,
    transaction: Transaction,
    release: Release,
    lasts: Lasts,
    *,
    only_activity: bool = False,
) -> Fact | None:
    """Why a release that was submitted must not go at its hour, or now if that was before."""
    now = desk.clock.now()
    if lasts.activity:
        over = happening.over(lasts.activity, release, now, to_others=lasts.to_others)
        if over:
            return over
    if lasts.offered is None or only_activity:
        return None
    keys = [one.association for one in release.audiences]
    associations = await transaction.associations.named(SERVICE.scope, keys)
    agreement = None
    if release.agreement:
        agreement = await transaction.associations.agreement(SERVICE.scope, release.agreement)
    return next(_against(lasts.offered, release, associations, agreement, now), None)


def problems(
    press: Press,
    content: Frozen,
    release: Release,
    associations: Mapping[str, Association],
    agreement: Agreement | None,
    now: datetime,
) -> Iterator[Invalid]:
    """The same of a draft: each with the file that says until when it lasts."""
    yield from happening.problems(press, content, release, now)
    offered = advantage(press, content)
    if offered is None:
        return
    associations = {one.association: associations[one.association] for one in release.audiences}
    for why in _against(offered, release, associations, agreement, now):
        yield Invalid.of(Invalid(why.code, **why.fields), file=_file(release), key="ends")


def _file(release: Release) -> str:
    """Where the fields of a release are written: beside its editions."""
    written = next((one.source for one in release.editions if one.source), "")
    return str(PurePath(written).with_name("release.toml")) if written else "release.toml"


def _against(
    offered: Advantage,
    release: Release,
    associations: Mapping[str, Association],
    agreement: Agreement | None,
    now: datetime,
) -> Iterator[Fact]:
    """What stands against its going out."""
    first = None
    for key, association in associations.items():
        due = when.due(release.schedule, association.time_zone) if release.schedule else now
        hour = max(due, now)
        day = when.day(hour, association.time_zone)
        first = min(first or day, day)
        if hour >= over_at(offered, association.time_zone):
            yield Fact("advantage_over", ends=str(offered.ends), association=key, day=str(day))
            return
    if agreement and first and (gap := first_day_without(agreement, first, offered)):
        yield Fact(
            "advantage_outlasts_agreement",
            agreement=agreement.key,
            ends=str(offered.ends),
            day=str(gap),
        )
