"""Retelling: a release that tells the press of another hour than it was told.

It goes to those alone who were told another than the release has by now, by the release itself or
by what corrected it before, and is approved like any other. What it tells must be so when it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from communique.desk import Desk, comparing, embargoing
from communique.domain import when
from communique.domain.actor import SERVICE, Actor
from communique.domain.association import Association
from communique.domain.release import Release, Schedule
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class Mistold:
    """A release, the lists of the press that it went to, and how many were told another hour."""

    release: Release
    press: Mapping[str, Sequence[str]]
    people: int
    held_back: bool  # still


async def mistold(desk: Desk, actor: Actor, key: str) -> Mistold:
    """Whom of the press a release told another hour than it has.

    Raises NotAllowed where nobody was told any, or all were told that one.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        reading = await comparing.read(transaction, release)
        if reading.submitted is None or not _embargoed(release):
            raise NotAllowed("embargo_untold", release=key)
    content = await asyncio.to_thread(reading.submitted.read)
    press = embargoing.press(release, content)
    until = release.public_from
    assert until is not None  # noqa: S101 - nobody takes it away once the press was told
    async with desk.store.read() as transaction:
        people = await transaction.embargoes.told(release.id, embargoing.lists(press), until)
    if not people:
        raise NotAllowed("press_told_so", release=key)
    return Mistold(release, press, people, until > desk.clock.now())


def _embargoed(release: Release) -> bool:
    return bool(release.imprint and release.imprint.embargo and release.public_from)


async def problems(
    transaction: Transaction, actor: Actor, release: Release, known: Mapping[str, Association]
) -> list[CommuniqueError]:
    """What is wrong with what a correction says of itself."""
    if not release.corrects:
        return []
    try:
        corrected = await transaction.releases.get(actor.scope, release.corrects)
    except NotFound as error:
        return [error]
    if not _embargoed(corrected) or set(corrected.parties) != set(release.parties):
        return [Invalid("embargo_untold", release=corrected.key)]
    found: list[CommuniqueError] = []
    for audience in release.audiences:
        if declared := known.get(audience.association):
            press = [one.key for one in declared.lists if one.press]
            if others := [key for key in audience.lists if key not in press]:
                found.append(Invalid("correction_beyond_press", lists=others, press=press))
    return found


async def untrue(desk: Desk, transaction: Transaction, release: Release) -> Fact | None:
    """Why a correction must not go: what it tells is not so by now."""
    if not release.corrects:
        return None
    corrected = await transaction.releases.get(SERVICE.scope, release.corrects)
    until, now = corrected.public_from, desk.clock.now()
    ahead = until if until and until > now else None
    if ahead == release.public_from:
        return None
    zone = corrected.schedule.zone if corrected.schedule else "UTC"
    if ahead is None:
        return Fact("correction_outrun", release=corrected.key)
    return Fact(
        "correction_untrue", release=corrected.key, hour=when.described(Schedule(ahead, zone))
    )
