"""Embargoing: another hour for what the press has already, and who has it with the old one.

What it was told stays told: the hour moves for everybody else, and whoever moves it says that they
know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from communique.desk import Desk, access, happening
from communique.desk.stepping import note
from communique.domain import when
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.delivery import DeliveryState
from communique.domain.event import Verb
from communique.domain.release import NOTES, Release, Schedule
from communique.errors import NotAllowed
from communique.wording import Remedy

HAVE_IT = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Moved:
    """A release with its embargo's new end; how many have it with the old one."""

    release: Release
    have_it: int


async def move(
    desk: Desk,
    actor: Actor,
    key: str,
    public_from: str,
    *,
    zone: str | None = None,
    press_has_it: bool = False,
) -> Moved:
    """Set another end for the embargo of a release that is under way.

    Raises NotAllowed where it has none any more; and where somebody of the press has it with the
    old hour, unless whoever asks says that they know.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        now, planned = desk.clock.now(), release.schedule
        if release.state not in NOTES[Verb.EMBARGO] or planned is None:
            raise NotAllowed(
                "release_not_in_state",
                verb=Verb.EMBARGO,
                state=release.state,
                allowed=sorted(NOTES[Verb.EMBARGO]),
            )
        if release.public_from is None or release.public_from <= now:
            raise NotAllowed("embargo_over", release=key)
        zone = when.place(zone) if zone else planned.zone
        until = max(when.read(public_from, zone, now), now)
        if planned.deliver_by and until >= planned.deliver_by:
            raise NotAllowed("embargo_beyond_deliver_by", release=key)
        if why := await happening.why_not(desk, transaction, replace(release, public_from=until)):
            raise NotAllowed(why.code, **why.fields)
        content = await transaction.releases.content(SERVICE.scope, release.content_hash or "")
        approved = content.read()
        summary = await transaction.log.summary(SERVICE.scope, release.id)
        have_it = sum(summary.states.get(one, 0) for one in HAVE_IT)
        if have_it and not press_has_it:
            raise NotAllowed(
                "press_has_it",
                release=key,
                count=have_it,
                hour=when.described(Schedule(release.public_from, planned.zone)),
                remedy=Remedy.SAY_PRESS_HAS_IT,
            )
        for audience in release.audiences:
            # Which lists are of the press was approved: what was synced since lets nobody else
            # have it at the old hour, and no hour change zones (P4).
            association = approved.association(audience.association)
            press = [one.key for one in association.lists if one.press]
            due_at = max(when.due(planned, association.time_zone), until)
            await transaction.batches.postpone(release.id, association.key, press, due_at)
        for party in release.parties:
            association = approved.association(party)
            due_at = max(when.due(planned, association.time_zone), until)
            await transaction.newsroom.move(release.id, party, due_at)
        moved = await note(
            desk,
            transaction,
            release,
            Verb.EMBARGO,
            actor,
            why=when.described(Schedule(until, zone)),
            public_from=until,
        )
        return Moved(moved, have_it)
