"""Noticing: what one comes to the desk for. What needs an association's people, what is going out,
what is next, and what went wrong and nobody has looked at; each only where there is some.

Whoever looked at what went wrong says so, and it is gone from there for all of that association;
it comes back when there is more of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from communique.desk import Desk, access
from communique.desk.approving import missing_parties
from communique.desk.stepping import report
from communique.domain.account import Invitation
from communique.domain.actor import Actor, Permission
from communique.domain.association import Association
from communique.domain.delivery import DeliveryState
from communique.domain.event import Event, Subject, SubjectKind, Verb
from communique.domain.log import LOST, Summary
from communique.domain.release import Release, State
from communique.facts import Fact
from communique.ports import Transaction

MOST = 100  # releases that are looked at: who has more under way has a list of them
LATELY = timedelta(days=30)  # that what went wrong stays before one
SOON = timedelta(days=2)  # before an invitation lapses

OPEN = (
    State.DRAFT,
    State.IN_REVIEW,
    State.APPROVED,
    State.MISSED,
    State.SENDING,
    State.PAUSED,
)


@dataclass(frozen=True, slots=True)
class Waits:
    """A release under review: who asked, since when, and whose word is missing."""

    release: Release
    missing: tuple[str, ...]  # parties
    asked: Event | None


@dataclass(frozen=True, slots=True)
class Going:
    """A release on its way, in the association's sums."""

    release: Release
    tally: Summary


@dataclass(frozen=True, slots=True)
class Wrong:
    """How many of an association's people a release may not have reached, and nobody looked at."""

    release: Release
    failed: int
    unknown: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """What a desk has of what it needs before a first release goes out."""

    people: bool  # members, and whoever writes to them
    relay: bool
    others: bool  # somebody else who may approve or write
    release: bool

    @property
    def all(self) -> bool:
        """Whether there is nothing left to do."""
        return self.people and self.relay and self.others and self.release


@dataclass(frozen=True, slots=True)
class Noticed:
    """Home, as values. What one may not do anything about is told, and not asked of one."""

    asks: tuple[Waits, ...]  # for this association's word
    back: tuple[Release, ...]  # drafts that came back, with why
    missed: tuple[Release, ...]
    invitations: tuple[Invitation, ...]  # that lapse soon, or have
    elsewhere: tuple[Waits, ...]  # for others' word alone
    going: tuple[Going, ...]
    coming: tuple[Waits, ...]  # with an hour, the next first
    wrong: tuple[Wrong, ...]
    begun: Begun

    @property
    def needs(self) -> int:
        """How many things ask something of whoever looks."""
        return len(self.asks) + len(self.back) + len(self.missed) + len(self.invitations)


async def noticed(desk: Desk, actor: Actor, association: str) -> Noticed:
    """What there is of all that, for whoever looks."""
    now = desk.clock.now()
    async with desk.store.read() as transaction:
        known = await transaction.associations.get(actor.scope, association)
        ours = await _ours(transaction, actor, association, OPEN)
        waits = [await _waits(transaction, actor, one) for one in ours if _under_review(one)]
        # Their own part: of a partner's, less than five is nobody else's to know (P6).
        going = [one.id for one in ours if _on_way(one)]
        sums = await transaction.log.summaries(actor.scope, going, association)
        wrong = await _wrong(transaction, actor, association, now - LATELY)
        invited = await transaction.invitations.of(actor.scope, association)
        begun = await _begun(desk, transaction, actor, known, any_release=bool(ours or wrong))
    may = {one: actor.may(one, association) for one in Permission}
    asks = [one for one in waits if association in one.missing]
    approved = [Waits(one, (), None) for one in ours if one.state is State.APPROVED]
    planned = [one for one in (*waits, *approved) if one.release.schedule]
    return Noticed(
        asks=tuple(asks) if may[Permission.APPROVE] else (),
        back=_those(ours, State.DRAFT) if may[Permission.EDIT] else (),
        missed=_those(ours, State.MISSED) if may[Permission.EDIT] else (),
        invitations=_lapsing(invited, now) if may[Permission.MANAGE] else (),
        elsewhere=tuple(
            one for one in waits if association not in one.missing or not may[Permission.APPROVE]
        ),
        going=tuple(Going(one, sums[one.id]) for one in ours if _on_way(one)),
        coming=tuple(sorted(planned, key=_hour)),
        wrong=wrong,
        begun=begun,
    )


async def seen(desk: Desk, actor: Actor, association: str, key: str) -> None:
    """Say that somebody looked at what went wrong with a release, as much as it is now."""
    access.require(actor, Permission.READ, association)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        sums = await transaction.log.summary(actor.scope, release.id, association)
        counts = {state.value: sums.states.get(state, 0) for state in LOST}
        if not any(counts.values()):  # nothing to see: nobody said anything of it
            return
        subject = Subject(SubjectKind.RELEASE, release.key, release.id)
        why = Fact("losses_seen", **counts)
        await report(desk, transaction, subject, Verb.SEE, actor, association=association, why=why)


async def _ours(
    transaction: Transaction, actor: Actor, association: str, states: Sequence[State]
) -> list[Release]:
    """Releases that the association has part in: the operator sees those of others too."""
    page = await transaction.releases.page(actor.scope, limit=MOST, states=states)
    return [
        one
        for one in page
        if association in one.parties or association in (each.association for each in one.audiences)
    ]


async def _waits(transaction: Transaction, actor: Actor, release: Release) -> Waits:
    history = await transaction.events.history(actor.scope, release.id)
    asked = [one for one in history if one.verb is Verb.SUBMIT]
    missing = await missing_parties(transaction, release)
    return Waits(release, missing, asked[-1] if asked else None)


async def _wrong(
    transaction: Transaction, actor: Actor, association: str, since: datetime
) -> tuple[Wrong, ...]:
    states = (State.SENDING, State.PAUSED, State.SENT)
    lately = [
        one
        for one in await _ours(transaction, actor, association, states)
        if one.picked_up_at and one.picked_up_at >= since
    ]
    lost = await transaction.log.lost(actor.scope, [one.id for one in lately])
    found = []
    for release in lately:
        counts = dict.fromkeys(LOST, 0)
        for one in lost.get(release.id, ()):
            if one.association == association:
                counts[one.state] += one.count
        failed, unknown = counts[DeliveryState.FAILED], counts[DeliveryState.UNKNOWN]
        if not failed + unknown:
            continue
        looked = await _looked_at(transaction, actor, association, release)
        if failed > looked.get("failed", 0) or unknown > looked.get("unknown", 0):
            found.append(Wrong(release, failed, unknown, release.picked_up_at or since))
    return tuple(found)


async def _looked_at(
    transaction: Transaction, actor: Actor, association: str, release: Release
) -> Mapping[str, int]:
    """How much of it there was when somebody of the association looked last."""
    history = await transaction.events.history(actor.scope, release.id)
    looks = [
        one.detail.fields
        for one in history
        if one.verb is Verb.SEE and one.association == association and isinstance(one.detail, Fact)
    ]
    return looks[-1] if looks else {}


async def _begun(
    desk: Desk, transaction: Transaction, actor: Actor, known: Association, *, any_release: bool
) -> Begun:
    if any_release:  # then there was all that, once
        return Begun(people=True, relay=True, others=True, release=True)
    sent = await transaction.releases.page(actor.scope, limit=1)
    works = await transaction.accounts.of(actor.scope, known.key)
    return Begun(
        people=await transaction.subscribers.anybody(actor.scope, known.key),
        relay=known.transport in desk.routes or known.transport in desk.transports,
        others=len(works) > 1,
        release=bool(sent),
    )


def _under_review(release: Release) -> bool:
    return release.state is State.IN_REVIEW


def _on_way(release: Release) -> bool:
    return release.state in (State.SENDING, State.PAUSED)


def _those(releases: Sequence[Release], state: State) -> tuple[Release, ...]:
    """Those in a state off their way that say why: a draft that never came back says nothing."""
    return tuple(
        one for one in releases if one.state is state and (one.reason or state is State.MISSED)
    )


def _lapsing(invited: Sequence[Invitation], now: datetime) -> tuple[Invitation, ...]:
    return tuple(one for one in invited if one.ended_at is None and one.expires_at < now + SOON)


def _hour(one: Waits) -> datetime:
    assert one.release.schedule is not None  # noqa: S101 - asked before
    return one.release.schedule.send_at
