"""Agreeing: where agreements stand, what rests on them, and what of that their end cuts off.

Whoever asks sees the agreements that their association is in, and of releases those they see
anyway: what two of three parties announce is not for the third (P6).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from communique.desk import Desk, writing
from communique.desk.reminding import PURPOSE
from communique.domain import agreement as in_time
from communique.domain import when
from communique.domain.actor import SERVICE, Actor
from communique.domain.agreement import Outlook, Standing
from communique.domain.association import Agreement, Association, Role
from communique.domain.delivery import DeliveryState
from communique.domain.letter import Posted
from communique.domain.release import Release, State
from communique.errors import CommuniqueError, Invalid
from communique.ports import Transaction

OPEN = tuple(one for one in State if one not in (State.SENT, State.CANCELLED))
UNDER_WAY = (State.SENDING, State.PAUSED)
PAGE = 100  # releases looked at in one go


@dataclass(frozen=True, slots=True)
class Resting:
    """A release that cites an agreement and is not done with: where, and from which day on, it
    finds nothing of that in force. Nowhere, if it goes in time or has no hour yet.
    """

    release: Release
    cut_off: Mapping[str, date]  # by association


@dataclass(frozen=True, slots=True)
class Known:
    """An agreement, how it looks to each party on its own day, and what rests on it."""

    agreement: Agreement
    outlooks: Mapping[str, Outlook]  # by party
    resting: tuple[Resting, ...]
    letters: tuple[Posted, ...]  # to people of whoever asks: that its end is near


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an agreement that a person should know; not `ok` is what cannot stay so."""

    agreement: str
    ok: bool
    problem: CommuniqueError


async def agreements(desk: Desk, actor: Actor, on: date | None = None) -> tuple[Known, ...]:
    """Those that the actor may know of, on a day or else on each party's own today."""
    async with desk.store.read() as transaction:
        found = await transaction.associations.agreements(actor.scope)
        return tuple([await _known(desk, transaction, actor, one, on) for one in found])


async def agreement(desk: Desk, actor: Actor, key: str, on: date | None = None) -> Known:
    """One of them. Raises NotFound."""
    async with desk.store.read() as transaction:
        found = await transaction.associations.agreement(actor.scope, key)
        return await _known(desk, transaction, actor, found, on)


async def check(desk: Desk, actor: Actor, key: str | None = None) -> tuple[Finding, ...]:
    """What of the agreements, or of one, somebody should look at. Raises NotFound."""
    async with desk.store.read() as transaction:
        associations = transaction.associations
        named = await associations.agreements(actor.scope)
        if key is not None:
            named = (await associations.agreement(actor.scope, key),)
        found: list[Finding] = []
        for one in named:
            known = await _known(desk, transaction, actor, one, None)
            # The people of a partner are not for the actor to know of.
            own = await associations.named(actor.scope, one.parties)
            found += [*_ends(known), *_cuts(known), *_unsent(known), *_unanswered(one, own)]
        return tuple(found)


async def cut_off_by(
    desk: Desk, actor: Actor, declared: Sequence[Agreement]
) -> tuple[CommuniqueError, ...]:
    """What agreements as they are declared would cut off, and those that are here do not."""
    found: list[CommuniqueError] = []
    async with desk.store.read() as transaction:
        before = {one.key: one for one in await transaction.associations.agreements(actor.scope)}
        for one in declared:
            if one.key not in before or before[one.key] == one:
                continue
            known = await _known(desk, transaction, actor, before[one.key], None)
            releases = [each.release for each in known.resting]
            zones = await _zones(transaction, one.parties, releases)
            now = desk.clock.now()
            for each in known.resting:
                days = cut_off(each.release, one, zones, now)
                new = {key: day for key, day in days.items() if key not in each.cut_off}
                found += _told(Resting(each.release, new), one)
    return tuple(found)


async def _known(
    desk: Desk, transaction: Transaction, actor: Actor, agreement: Agreement, on: date | None
) -> Known:
    resting = [one async for one in _citing(transaction, actor, agreement.key)]
    zones = await _zones(transaction, agreement.parties, resting)
    now = desk.clock.now()
    return Known(
        agreement,
        {
            party: in_time.outlook(agreement, on or when.day(now, zones[party]))
            for party in agreement.parties
            if party in zones
        },
        tuple(Resting(one, cut_off(one, agreement, zones, now)) for one in resting),
        tuple(
            one
            for one in await transaction.letters.of(actor.scope, PURPOSE)
            if one.about.partition(" ")[0] == agreement.key
        ),
    )


async def _citing(transaction: Transaction, actor: Actor, key: str) -> AsyncIterator[Release]:
    last = None
    while page := await transaction.releases.page(
        actor.scope, after=last, limit=PAGE, states=OPEN, agreement=key
    ):
        for one in page:
            yield one
        last = page[-1].id


async def _zones(
    transaction: Transaction, parties: Collection[str], releases: Sequence[Release]
) -> dict[str, str]:
    named = {*parties, *(each.association for one in releases for each in one.audiences)}
    found = await transaction.associations.named(SERVICE.scope, named)
    return {key: one.time_zone for key, one in found.items()}


def cut_off(
    release: Release, agreement: Agreement, zones: Mapping[str, str], now: datetime
) -> dict[str, date]:
    """Where a release finds its agreement not in force, and on which day there.

    What is under way goes on from now; what has no hour is asked when it gets one.
    """
    days = {}
    for audience in release.audiences:
        zone = zones[audience.association]
        if release.state in UNDER_WAY:
            day = when.day(now, zone)
        elif release.schedule is None:
            continue
        else:
            day = when.day(max(when.due(release.schedule, zone), now), zone)
        if not agreement.in_force(day):
            days[audience.association] = day
    return days


def _ends(known: Known) -> Iterator[Finding]:
    """That it holds no more, or soon will not, told once though several parties see it."""
    one = known.agreement
    told: dict[str, Invalid] = {}
    for outlook in known.outlooks.values():
        if problem := _end(one, outlook):
            told.setdefault(problem.code, problem)
    for problem in told.values():
        yield Finding(one.key, True, problem)


def _end(one: Agreement, outlook: Outlook) -> Invalid | None:
    match outlook.standing:
        case Standing.IN_FORCE:
            ending = in_time.ending(one, outlook.on)
            if ending is None:
                return None
            return Invalid(
                "agreement_ends_soon", agreement=one.key, last=str(ending.last), days=ending.left
            )
        case Standing.TO_COME | Standing.BETWEEN:
            starts = str(outlook.next.starts) if outlook.next else ""
            return Invalid("agreement_to_come", agreement=one.key, starts=starts)
        case Standing.ENDED:
            return Invalid("agreement_ended_early", agreement=one.key, ended=str(one.ended))
        case Standing.EXPIRED:
            last = in_time.last_term(one)
            return Invalid(
                "agreement_expired", agreement=one.key, last=str(last.ends if last else "")
            )


def _cuts(known: Known) -> Iterator[Finding]:
    for one in known.resting:
        for problem in _told(one, known.agreement):
            yield Finding(known.agreement.key, False, problem)


def _told(one: Resting, agreement: Agreement) -> Iterator[Invalid]:
    for association, day in one.cut_off.items():
        yield Invalid(
            "release_cut_off",
            release=one.release.key,
            state=one.release.state,
            agreement=agreement.key,
            day=str(day),
            association=association,
        )


def _unsent(known: Known) -> Iterator[Finding]:
    """Reminders that nobody got, and those that are tried again."""
    for one in known.letters:
        lost = one.state is DeliveryState.FAILED
        if lost or (one.due_at and one.attempts):
            yield Finding(known.agreement.key, not lost, writing.unsent(one))


def _unanswered(one: Agreement, own: Mapping[str, Association]) -> Iterator[Finding]:
    """Associations where nobody answers for what they agreed."""
    for key in sorted(own):
        if not any(Role.OWNER in each.roles for each in own[key].people):
            asked = [each.address for each in own[key].asked()]
            yield Finding(
                one.key, True, Invalid("association_without_owner", association=key, asked=asked)
            )
