"""When a release goes: setting the hour, picking up what is due, pausing, resuming, calling off.

Only an approved release with an hour is ever picked up (P4), and one that is too late asks (P8).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from communique.desk import (
    Desk,
    access,
    comparing,
    embargoing,
    happening,
    lasting,
    publishing,
    retelling,
)
from communique.desk.agreeing import cut_off
from communique.desk.approving import missing_parties
from communique.desk.comparing import Reading
from communique.desk.expanding import expand, forecast, reaches_anybody
from communique.desk.stepping import hold, note, step
from communique.domain import when
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.agreement import Beyond
from communique.domain.approval import ApprovalWord, counting
from communique.domain.association import Association
from communique.domain.event import Verb
from communique.domain.log import Summary
from communique.domain.newsroom import Publication
from communique.domain.pickup import Decision, Go, Miss, NotYet, Void, meant, timely
from communique.domain.release import NOTES, Release, Schedule, State, after
from communique.domain.text import remark
from communique.errors import CommuniqueError, DataRefused, NotAllowed, StoreUnavailable
from communique.facts import Fact
from communique.ports import Engine, Transaction
from communique.wording import Remedy

NOTHING_RAN = Fact("nothing_ran_when_due")

log = logging.getLogger(__name__)


async def schedule(
    desk: Desk,
    actor: Actor,
    key: str,
    send_at: str,
    *,
    zone: str | None = None,
    wall: bool = False,
    deliver_by: str | None = None,
    public_from: str | None = None,
    beyond_term: bool = False,
) -> Release:
    """Set the hour of a release that is not under way. `zone` defaults to the first party's.

    With `wall`, it goes at that local hour in each association's own zone. Before `public_from`,
    only lists of the press get it and nothing shows it; an empty text takes that away. A release
    that was missed is approved still, and with a new hour goes again. Raises NotAllowed for an hour
    at which its agreement is not in force, unless a person said `beyond_term` and the desk lets
    them; at that hour the day decides all the same.
    """
    known = await embargoing.known(desk, actor, key)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        comparing.require_submitted(release, known.reading)
        planned = await _planned(
            desk,
            transaction,
            release,
            Wish(send_at, zone, wall, deliver_by, public_from, beyond_term),
            known,
        )
        say = note if release.state in NOTES[Verb.SCHEDULE] else step
        return await say(
            desk,
            transaction,
            release,
            Verb.SCHEDULE,
            actor,
            why=embargoing.described(planned, release),
            schedule=planned.schedule,
            public_from=planned.public_from,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What `schedule` is asked for, as a person writes it."""

    send_at: str
    zone: str | None = None
    wall: bool = False
    deliver_by: str | None = None
    public_from: str | None = None
    beyond_term: bool = False


async def foresee(desk: Desk, actor: Actor, key: str, wish: Wish) -> Release:
    """The release with the hour that `schedule` would set; changes nothing. Raises as it does."""
    known = await embargoing.known(desk, actor, key)
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        access.require_party(actor, Permission.EDIT, release)
        comparing.require_submitted(release, known.reading)
        return await _planned(desk, transaction, release, wish, known)


async def _planned(
    desk: Desk, transaction: Transaction, release: Release, wish: Wish, known: embargoing.Known
) -> Release:
    """The release with the hour that is wished for. Raises as `schedule` does."""
    if release.state not in NOTES[Verb.SCHEDULE]:
        after(release.state, Verb.SCHEDULE)  # what cannot be is not asked about
    association = await transaction.associations.get(SERVICE.scope, release.parties[0])
    zone = when.place(wish.zone) if wish.zone else association.time_zone
    now = desk.clock.now()
    wanted = Schedule(
        when.read(wish.send_at, zone, now),
        zone,
        wish.wall,
        when.read(wish.deliver_by, zone, now) if wish.deliver_by else None,
    )
    if wish.public_from is not None:
        until = when.read(wish.public_from, zone, now) if wish.public_from else None
        embargoing.require_approved(release, known.approved, until)
        release = replace(release, public_from=until)
    associations = [
        await transaction.associations.get(SERVICE.scope, one.association)
        for one in release.audiences
    ]
    if wish.wall:
        wanted = _earliest(associations, wanted)
    if wanted.send_at < now:
        raise NotAllowed("hour_past", hour=when.described(wanted))
    _require_in_time(associations or [association], wanted, release.public_from)
    planned = replace(release, schedule=wanted)
    if not wish.beyond_term or desk.policy.beyond_term is Beyond.REFUSE:
        await _require_in_force(desk, transaction, planned, associations)
    if why := await lasting.why_not(desk, transaction, planned, known.lasts):
        raise NotAllowed(why.code, **why.fields)
    return planned


async def unschedule(desk: Desk, actor: Actor, key: str) -> Release:
    """Take the hour of a release away: it stays approved, if it is, and goes at none.

    Raises NotAllowed where it has none, and where it was picked up already.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        say = note if release.state in NOTES[Verb.SCHEDULE] else step
        if say is step:
            after(release.state, Verb.SCHEDULE)  # says why not
        if release.schedule is None:
            raise NotAllowed("release_without_hour", release=key)
        why = Fact("hour_taken_away", hour=when.described(release.schedule))
        return await say(desk, transaction, release, Verb.SCHEDULE, actor, why=why, schedule=None)


def _earliest(associations: Sequence[Association], wanted: Schedule) -> Schedule:
    """The schedule told from the zone where its local hour comes first: pick-up is then."""
    zones = [one.time_zone for one in associations] or [wanted.zone]
    first = min(zones, key=lambda zone: when.due(wanted, zone))
    return replace(wanted, send_at=when.due(wanted, first), zone=first)


def _require_in_time(
    associations: Sequence[Association], wanted: Schedule, public_from: datetime | None
) -> None:
    """Raise NotAllowed if deliver-by comes before anybody's hour: they would all fail untried."""
    last = max(associations, key=lambda one: when.due(wanted, one.time_zone))
    due = when.due(wanted, last.time_zone)
    due = max(due, public_from or due)
    if wanted.deliver_by and wanted.deliver_by <= due:
        there = Schedule(due, last.time_zone)
        raise NotAllowed("deliver_by_too_early", association=last.key, hour=when.described(there))


async def _require_in_force(
    desk: Desk, transaction: Transaction, release: Release, associations: Sequence[Association]
) -> None:
    """Raise NotAllowed if nobody would be written to somewhere, since no term runs there then."""
    if release.agreement is None:
        return
    agreement = await transaction.associations.agreement(SERVICE.scope, release.agreement)
    zones = {one.key: one.time_zone for one in associations}
    if days := cut_off(release, agreement, zones, desk.clock.now()):
        asks = desk.policy.beyond_term is Beyond.ASK
        raise NotAllowed(
            "hour_outside_agreement",
            agreement=agreement.key,
            where=[Fact("day_at", association=key, day=str(day)) for key, day in days.items()],
            remedy=Remedy.SAY_BEYOND_TERM if asks else Remedy.RENEW_AGREEMENT,
        )


async def pick_up(desk: Desk, actor: Actor, engine: Engine) -> list[str]:
    """Pick up every release that is due, each in a transaction of its own; the keys picked up.

    A release that cannot go says why in its history, once; it keeps no other from going (P7).
    """
    access.require_operator(actor)
    async with desk.store.read() as transaction:
        waiting = await transaction.releases.due(SERVICE.scope, desk.clock.now())
    picked_up = []
    for release in waiting:
        try:
            if await _pick_up(desk, actor, engine, release):
                picked_up.append(release.key)
        except StoreUnavailable as error:  # no release's fault: the next tick tries again
            log.error("release waits: %s", error, extra={"release": release.key})
        except Exception as error:
            # It would be so at every tick until its hour was over, and then missed "for nothing
            # ran" (P8): it says at once, and once, what is wrong.
            log.exception("release not picked up", extra={"release": release.key})
            await _give_up(desk, actor, release, error)
    return picked_up


async def _pick_up(desk: Desk, actor: Actor, engine: Engine, due: Release) -> bool:
    async with desk.store.read() as transaction:
        reading = await comparing.read(transaction, due)
    void = await _void(desk, reading)
    lasts = await lasting.read(desk, reading.submitted)
    public, untold = await _public(desk, reading)
    async with desk.store.begin() as transaction:
        release = await comparing.same(transaction, reading)
        if release is None:  # the next tick looks at what it is now
            return False
        over = None if void else await lasting.why_not(desk, transaction, release, lasts)
        over = over or await retelling.untrue(desk, transaction, release)
        over = over or await happening.outrun(transaction, SERVICE, release)
        match await decide(desk, transaction, release, Void(over) if over else void):
            case NotYet():
                return False
            case Miss(why):
                await step(desk, transaction, release, Verb.MISS, actor, why=why)
                return False
            case Void(why):
                await step(desk, transaction, release, Verb.VOID, actor, why=why)
                return False
            case Go():
                now = desk.clock.now()
                made = await expand(desk, transaction, release)
                await transaction.newsroom.plan(public)
                gone = await step(
                    desk,
                    transaction,
                    release,
                    Verb.PICK_UP,
                    actor,
                    picked_up_at=now,
                    imprint=replace(desk.imprint, embargo=_embargo(release, now)),
                )
                if untold:
                    await note(desk, transaction, gone, Verb.PUBLISH, actor, why=untold)
                for hour, tickets in made.items():  # of each zone, where it is a local one
                    await engine.submit(transaction, tickets, hour if hour > now else None)
                return True


def _embargo(release: Release, now: datetime) -> datetime | None:
    """Until when the press is asked to tell nobody, if that is still to come."""
    until = release.public_from
    return until if until and until > now else None


async def _void(desk: Desk, reading: Reading) -> Void | None:
    """Why what was approved is not what is here any more, if it is not (P4)."""
    try:
        await comparing.require_unchanged(desk, reading)
    except CommuniqueError as error:
        if isinstance(error, StoreUnavailable | DataRefused):
            raise
        return Void(error.fact)
    return None


async def _public(desk: Desk, reading: Reading) -> tuple[Sequence[Publication], Fact | None]:
    """Where it becomes public once it is picked up; and why nowhere, if that cannot be told."""
    if reading.submitted is None:
        return (), None
    release, submitted = reading.release, reading.submitted

    def planned() -> tuple[Sequence[Publication], Fact | None]:
        try:
            now = desk.clock.now()
            return publishing.planned(desk.press, release, submitted.read(), now), None
        except CommuniqueError as error:  # no reader waits for that, and somebody must know
            return (), Fact("public_nowhere", problem=error.fact)

    return await asyncio.to_thread(planned)


async def decide(
    desk: Desk, transaction: Transaction, release: Release, void: Void | None
) -> Decision:
    """Whether a release goes now, whose content is void or not. Whoever asks holds it."""
    decision = timely(release, desk.clock.now(), desk.policy.late_after)
    if not isinstance(decision, Go):
        return decision
    if void:
        return void
    missing = await _unapproved(transaction, release)
    anybody = await reaches_anybody(desk, transaction, release)
    # All parties read why: of a part of one's people that tells the others nothing (P6).
    own = () if len(release.parties) > 1 else None
    seen = () if anybody else await forecast(desk, transaction, release, own)
    doubts = [each for one in seen for each in one.warnings]
    return meant(missing, anybody=anybody, doubts=doubts)


async def _unapproved(transaction: Transaction, release: Release) -> list[Fact]:
    """The parties that have not approved it, or whose word was that of who may not any more."""
    missing = await missing_parties(transaction, release)
    if not missing:
        return []
    said = await transaction.releases.approvals(SERVICE.scope, release.id)
    under_review = counting(said, release.content_hash, release.submission)
    last = {one.association: one for one in under_review}
    return [
        Fact("party_of_former_approver", association=party, person=one.person)
        if (one := last.get(party)) and one.word is ApprovalWord.APPROVED
        else Fact("party_alone", association=party)
        for party in missing
    ]


async def _give_up(desk: Desk, actor: Actor, due: Release, error: Exception) -> None:
    """Have a release ask whoever can mend it: nothing says that its content was at fault."""
    wrong = error.fact if isinstance(error, CommuniqueError) else repr(error)
    why = Fact("not_picked_up", problem=wrong)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.by_id(SERVICE.scope, due.id, hold=True)
        if release.state is State.APPROVED and release.revision == due.revision:
            await step(desk, transaction, release, Verb.MISS, actor, why=why)


async def pause_overdue(desk: Desk, actor: Actor, transaction: Transaction) -> None:
    """Pause what should have gone on while nothing ran, so that somebody says if it still may (P8).

    A machine that was off, or yesterday's copy of the database: neither is to send at night what
    was meant for the morning. What waits only because the clock was set back since goes on.
    """
    now = desk.clock.now()
    await transaction.batches.bring_forward(now)
    for release_id in await transaction.batches.overdue(now - desk.policy.late_after):
        await hold(desk, transaction, release_id, NOTHING_RAN, actor)


async def pause(desk: Desk, actor: Actor, key: str, why: str = "") -> Release:
    """Stop claiming; what is past DATA ends by itself."""
    why = remark(why)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        if release.state is State.APPROVED:
            raise NotAllowed("release_not_begun", release=key)
        return await step(desk, transaction, release, Verb.PAUSE, actor, why=why)


async def resume(desk: Desk, actor: Actor, key: str) -> Release:
    """Go on where it stopped: the engine finds the unfinished batches by itself.

    What too many failed for until now was seen by whoever says this: it is counted anew, and does
    not pause the release again unless most fail for it still.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        tally = await transaction.failures.of(release.id)
        await transaction.failures.go_on(release.id, tally.troubles)
        return await step(desk, transaction, release, Verb.RESUME, actor)


async def cancel(desk: Desk, actor: Actor, key: str, why: str = "") -> tuple[Release, Summary]:
    """Call a release off. Who was not written to yet is not; nothing sent comes back."""
    why = remark(why)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        cancelled = await step(desk, transaction, release, Verb.CANCEL, actor, why=why)
        await transaction.deliveries.cancel(release.id, desk.clock.now())
        return cancelled, await transaction.log.summary(SERVICE.scope, release.id)
