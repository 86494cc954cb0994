"""Embargoing: from when a release may be public, who said so, and what the press was told.

That hour is part of what parties approve. Whoever holds a release back for longer needs nobody; it
is public sooner only once every party has said yes to that hour as well (P4). What the press was
told stays told: whoever moves the hour says that they know, and who waits is told the new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from communique.desk import Desk, access, comparing, lasting
from communique.desk.approving import keep, speaker, whose, words
from communique.desk.comparing import Reading
from communique.desk.stepping import note
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.approval import ApprovalWord, agreed_from
from communique.domain.content import Content, Frozen
from communique.domain.event import Verb
from communique.domain.release import NOTES, Release, Schedule, State, sooner
from communique.errors import CommuniqueError, NotAllowed
from communique.facts import Fact
from communique.ports import Transaction
from communique.wording import Remedy

REVIEWED = (State.IN_REVIEW, State.APPROVED, State.MISSED)
AHEAD = (State.DRAFT, *REVIEWED)


@dataclass(frozen=True, slots=True)
class Moved:
    """A release with its embargo's new end, and how many have it with another; or with the old
    one, where some parties have still to say yes to that hour.
    """

    release: Release
    have_it: int
    missing: tuple[str, ...] = ()


async def approved(reading: Reading) -> datetime | None:
    """From when what is under review may be public, if it says so; in a thread: it is parsed.

    What was frozen before that was part of it, or cannot be read: as the release has it.
    """
    content = reading.submitted
    if content is None:
        return reading.release.public_from

    def read(content: Content) -> datetime | None:
        try:
            return of(content.read(), reading.release)
        except CommuniqueError:
            return reading.release.public_from

    return await asyncio.to_thread(read, content)


def of(content: Frozen, release: Release) -> datetime | None:
    """The same of what is read."""
    return content.public_from if content.format >= 4 else release.public_from


@dataclass(frozen=True, slots=True)
class Known:
    """What was submitted of a release, parsed before anybody writes (P7)."""

    reading: Reading
    lasts: lasting.Lasts
    approved: datetime | None  # from when it may be public


async def known(desk: Desk, actor: Actor, key: str) -> Known:
    """The same of a release. Raises NotFound."""
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        reading = await comparing.read(transaction, release)
    lasts = await lasting.read(desk, reading.submitted)
    return Known(reading, lasts, await approved(reading))


def described(planned: Release, before: Release) -> Fact | str:
    """What history says of an hour, and of the embargo that goes with it."""
    if planned.schedule is None:
        return ""
    hour = when.described(planned.schedule)
    if planned.public_from:
        until = when.described(Schedule(planned.public_from, planned.schedule.zone))
        return Fact("hour_and_embargo", hour=hour, until=until)
    return Fact("hour_and_no_embargo", hour=hour) if before.public_from else hour


def require_approved(release: Release, approved: datetime | None, until: datetime | None) -> None:
    """Raise NotAllowed where that would make public sooner what is, or was, to be approved."""
    if release.state in REVIEWED and approved and sooner(until, approved):
        raise NotAllowed(
            "embargo_approved",
            release=release.key,
            hour=_hour(approved, release.schedule),
            remedy=Remedy.REJECT_AND_SUBMIT,
        )


async def move(
    desk: Desk,
    actor: Actor,
    key: str,
    public_from: str,
    *,
    zone: str | None = None,
    press_has_it: bool = False,
    party: str | None = None,
    person: str = "",
) -> Moved:
    """Set another end for the embargo of a release that is under way.

    One that comes sooner than was approved waits for the word of every party: this is that of
    `party`, if it is given; whose it is, see `approving.approve`. Raises NotAllowed where it has no
    embargo any more; where other parties have not said yes to that hour, and this is nobody's word;
    and where somebody of the press has it with another hour, unless whoever asks says that they
    know.
    """
    async with desk.store.read() as transaction:
        reading = await comparing.read(
            transaction, await transaction.releases.get(actor.scope, key)
        )
    if party is None:
        access.require_party(actor, Permission.EDIT, reading.release)
    _require_under_way(reading.release)
    if reading.submitted is None:
        raise NotAllowed("release_not_submitted", release=key)
    content = await asyncio.to_thread(reading.submitted.kept_as(_hash(reading.release)).read)
    lasts = await asyncio.to_thread(lasting.told, desk.press, content)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        comparing.require_submitted(release, reading)
        planned, now = _require_under_way(release), desk.clock.now()
        if release.public_from is None or release.public_from <= now:
            raise NotAllowed("embargo_over", release=key)
        zone = when.place(zone) if zone else planned.zone
        until = max(when.read(public_from, zone, now), now)
        if planned.deliver_by and until >= planned.deliver_by:
            raise NotAllowed("embargo_beyond_deliver_by", release=key)
        if why := await lasting.why_not(
            desk, transaction, replace(release, public_from=until), lasts, only_activity=True
        ):
            raise NotAllowed(why.code, **why.fields)
        hour = Schedule(until, zone)
        if party is not None:
            await _say(desk, transaction, actor, release, party, person, hour)
        if missing := await _against(transaction, release, content, until):
            if party is not None:
                return Moved(release, 0, missing)
            raise NotAllowed(
                "embargo_not_agreed",
                release=key,
                hour=when.described(hour),
                parties=list(missing),
                remedy=Remedy.SAY_FOR_PARTY,
            )
        told = press(release, content)
        have_it = await transaction.embargoes.told(release.id, lists(told), until)
        if have_it and not press_has_it:
            raise NotAllowed(
                "press_has_it",
                release=key,
                count=have_it,
                hour=_hour(release.public_from, planned),
                remedy=Remedy.SAY_PRESS_HAS_IT,
            )
        await _postpone(transaction, release, content, told, until)
        why = when.described(hour)
        moved = await note(
            desk, transaction, release, Verb.EMBARGO, actor, why=why, public_from=until
        )
        return Moved(moved, have_it)


def _require_under_way(release: Release) -> Schedule:
    if release.state in AHEAD:
        raise NotAllowed(
            "embargo_goes_with_hour",
            release=release.key,
            state=release.state,
            remedy=Remedy.SET_WITH_HOUR,
        )
    if release.state not in NOTES[Verb.EMBARGO] or release.schedule is None:
        raise NotAllowed(
            "release_not_in_state",
            verb=Verb.EMBARGO,
            state=release.state,
            allowed=sorted(NOTES[Verb.EMBARGO]),
        )
    return release.schedule


def _hash(release: Release) -> str:
    return release.content_hash or ""


def _hour(until: datetime, planned: Schedule | None) -> str | Fact:
    return when.described(Schedule(until, planned.zone if planned else "UTC"))


async def _say(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    release: Release,
    party: str,
    person: str,
    hour: Schedule,
) -> None:
    """Keep a party's word on an hour."""
    actor = actor.known_at(party)
    voice = await speaker(transaction, actor, release, party, person)
    until = hour.send_at
    yes = ApprovalWord.APPROVED
    await keep(desk, transaction, actor, release, party, voice, yes, public_from=until)
    why = Fact("hour_agreed", hour=when.described(hour), whose=whose(actor, voice, party))
    await note(desk, transaction, release, Verb.EMBARGO, actor, why=why)


async def _against(
    transaction: Transaction, release: Release, content: Frozen, until: datetime
) -> tuple[str, ...]:
    """The parties that have not said that it may be public at that hour."""
    approved = of(content, release)
    if approved is None or until >= approved:
        return ()
    said = agreed_from(release.parties, await words(transaction, release), approved)
    return tuple(party for party in release.parties if said[party] > until)


def press(release: Release, content: Frozen) -> Mapping[str, Sequence[str]]:
    """The lists of the press at each association, as they were approved: what was synced since
    lets nobody else have it at the old hour (P4).
    """
    return {
        one.association: [
            each.key for each in content.association(one.association).lists if each.press
        ]
        for one in release.audiences
    }


def lists(press: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """The same, one by one."""
    return [(association, key) for association, keys in press.items() for key in keys]


async def _postpone(
    transaction: Transaction,
    release: Release,
    content: Frozen,
    told: Mapping[str, Sequence[str]],
    until: datetime,
) -> None:
    """Have all but the press wait for the new end, at each association and in each newsroom."""
    planned = release.schedule
    assert planned is not None  # noqa: S101 - it is under way
    for key, at_once in told.items():
        association = content.association(key)  # as approved: no hour changes zones
        due_at = max(when.due(planned, association.time_zone), until)
        await transaction.batches.postpone(release.id, key, at_once, due_at)
    for party in release.parties:
        association = content.association(party)
        due_at = max(when.due(planned, association.time_zone), until)
        await transaction.newsroom.move(release.id, party, due_at)
