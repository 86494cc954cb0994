"""Expanding: the snapshot of a release, made once, at pick-up, with a reason for each left out.

Before that, the same question can be asked without writing an answer: whom would it go to?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from communique.desk import Desk, rerouting
from communique.domain import when
from communique.domain.actor import SERVICE
from communique.domain.association import Association
from communique.domain.delivery import Forecast, Plan, Ticket
from communique.domain.law import elsewise
from communique.domain.release import Audience, Release, Schedule
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.ports import Transaction

_TOLD = 5  # territories in one sentence

# What is told of a value that no member has, by the part of the filter.
_UNMATCHED = {
    "sectors": "sector_unmatched",
    "territories": "territory_unmatched",
    "kinds": "kind_unmatched",
    "languages": "language_unmatched",
}


async def expand(
    desk: Desk, transaction: Transaction, release: Release
) -> Mapping[datetime, Sequence[Ticket]]:
    """Write the deliveries and batches of every audience; the tickets to work, by their hour."""
    if release.schedule is None:
        raise NotAllowed("release_without_hour", release=release.key)
    tickets = defaultdict[datetime, list[Ticket]](list)
    async for audience, plan in _plans(desk, transaction, release):
        made = await transaction.snapshot.expand(release.id, audience, plan)
        tickets[plan.due_at] += made
    # They all said no since it was looked: `sent` would be for good, and untrue.
    if not any(tickets.values()):
        raise NotAllowed("release_without_reader")
    return tickets


async def reaches_anybody(desk: Desk, transaction: Transaction, release: Release) -> bool:
    """Whether it would go to anybody at all, which is known sooner than to how many."""
    async for audience, plan in _plans(desk, transaction, release):
        if await transaction.snapshot.anybody(audience, plan):
            return True
    return False


async def _plans(
    desk: Desk, transaction: Transaction, release: Release
) -> AsyncIterator[tuple[Audience, Plan]]:
    """Each audience and what its snapshot goes by; its agreement holds until that is made."""
    following = await _followed(transaction, release)
    correcting = await _corrected(transaction, release)
    for audience in release.audiences:
        association = await transaction.associations.get(SERVICE.scope, audience.association)
        for goes_to, plan in _by_hour(
            release, audience, association, _plan(desk, release, association)
        ):
            in_force = await transaction.associations.in_force(
                release.agreement, plan.today, hold=True
            )
            yield (
                goes_to,
                replace(plan, in_force=in_force, following=following, correcting=correcting),
            )


def _by_hour(
    release: Release, audience: Audience, association: Association, plan: Plan
) -> Iterator[tuple[Audience, Plan]]:
    """The press at the release's own hour, where an embargo has all others wait for its end."""
    early = when.due(release.schedule, association.time_zone) if release.schedule else plan.now
    press = tuple(one.key for one in association.lists if one.press and one.key in audience.lists)
    if press and max(early, plan.now) < plan.due_at:
        today = when.day(max(early, plan.now), association.time_zone)
        until = release.public_from
        first = replace(plan, due_at=early, today=today, early=True, embargo=until)
        yield replace(audience, lists=press), first
    yield audience, plan


async def _followed(transaction: Transaction, release: Release) -> int | None:
    """The number of the release whose readers alone get this one; None where it follows none."""
    if key := release.fields.get("follows"):
        return (await transaction.releases.get(SERVICE.scope, key)).id
    return None


async def _corrected(transaction: Transaction, release: Release) -> int | None:
    """The number of the release whose press was told another hour; None where it corrects none."""
    if not release.corrects:
        return None
    return (await transaction.releases.get(SERVICE.scope, release.corrects)).id


async def forecast(
    desk: Desk, transaction: Transaction, release: Release, own: Collection[str] | None = None
) -> tuple[Forecast, ...]:
    """Whom it would go to at each association, at its hour or, if it has none, now.

    At those that are not among `own`, only where it goes to all of a list, not to those alone who
    got another release; None are all.
    """
    agreement = None
    if release.agreement:
        agreement = await transaction.associations.agreement(SERVICE.scope, release.agreement)
    changes = {one.transport: one for one in await rerouting.changed(desk, transaction)}
    following = await _followed(transaction, release)
    correcting = await _corrected(transaction, release)
    found = []
    for audience in release.audiences:
        part = audience.narrowed or following is not None or correcting is not None
        if own is not None and part and audience.association not in own:
            continue
        association = await transaction.associations.get(SERVICE.scope, audience.association)
        plan = _plan(desk, release, association)
        plan = replace(
            plan,
            in_force=agreement is None or agreement.in_force(plan.today),
            following=following,
            correcting=correcting,
        )
        seen = await transaction.snapshot.forecast(audience, plan)
        doubts = [
            *_overtaken(release, association, desk.clock.now()),
            *_kept(audience, association),
            *_doubts(release, seen, plan, association.languages),
        ]
        if audience.only.territories:
            everywhere = replace(audience, only=replace(audience.only, territories=()))
            there = await transaction.snapshot.territories(everywhere, plan)
            if other := elsewise(audience.only.territories, there, association.jurisdiction):
                doubts.append(
                    Fact("territory_elsewise", association=association.key, values=other[:_TOLD])
                )
        if change := changes.get(association.transport):
            doubts.append(
                Fact(
                    "mail_leaves_otherwise",
                    association=association.key,
                    change=rerouting.told(change),
                )
            )
        through = desk.routes.get(association.transport)
        found.append(replace(seen, warnings=tuple(doubts), through=through))
    return tuple(found)


async def count(
    desk: Desk, transaction: Transaction, association: Association, audience: Audience
) -> Forecast:
    """Whom a release to an audience would go to now, were it written in all its languages."""
    now = desk.clock.now()
    plan = Plan(
        editions=association.languages,
        fallback=association.language,
        joint=False,
        in_force=True,
        today=when.day(now, association.time_zone),
        now=now,
        due_at=now,
        batch_size=desk.policy.batch_size,
    )
    seen = await transaction.snapshot.forecast(audience, plan)
    return replace(seen, warnings=tuple(_unlikely(seen)))


async def reached(
    desk: Desk, transaction: Transaction, release: Release, seen: Collection[str]
) -> dict[str, Collection[str] | None]:
    """The territories that it goes to at each association, at its hour or now.

    None where the association is not among those `seen`: where its people are is not told (P6).
    """
    found: dict[str, Collection[str] | None] = {}
    for audience in release.audiences:
        key = audience.association
        found[key] = None
        if key in seen:
            association = await transaction.associations.get(SERVICE.scope, key)
            plan = _plan(desk, release, association)
            found[key] = await transaction.snapshot.territories(audience, plan)
    return found


def _plan(desk: Desk, release: Release, association: Association) -> Plan:
    """What the snapshot of one association goes by, its agreement taken to be in force."""
    now = desk.clock.now()
    editions = release.languages_for(association.languages)
    due_at = when.due(release.schedule, association.time_zone) if release.schedule else now
    if release.public_from:
        due_at = max(due_at, release.public_from)
    return Plan(
        editions=editions,
        fallback=editions[0] if editions else None,
        joint=len(release.parties) > 1,
        in_force=True,
        today=when.day(max(due_at, now), association.time_zone),
        now=now,
        due_at=due_at,
        batch_size=desk.policy.batch_size,
    )


def _doubts(release: Release, seen: Forecast, plan: Plan, spoken: Sequence[str]) -> Iterator[Fact]:
    """What about a forecast is hardly meant."""
    there = seen.association
    if not plan.in_force:
        yield Fact(
            "agreement_not_in_force",
            agreement=release.agreement,
            day=str(plan.today),
            association=there,
        )
    yield from _unlikely(seen)
    unwritten = [one for one in spoken if one not in plan.editions]
    if seen.goes and plan.fallback and unwritten:
        yield Fact(
            "edition_lacking", languages=unwritten, association=there, fallback=plan.fallback
        )
    if not seen.goes:
        yield Fact("nobody_written_to", association=there)


def _unlikely(seen: Forecast) -> Iterator[Fact]:
    """What about an audience is hardly meant, whatever goes to it."""
    for key in seen.empty:
        yield Fact("list_empty", list=key, association=seen.association)
    for part, values in seen.unmatched.items():
        for value in values:
            yield Fact(_UNMATCHED[part], association=seen.association, value=value)


def _overtaken(release: Release, association: Association, now: datetime) -> Iterator[Fact]:
    """Whether its embargo is over before it goes there: then it holds nothing back."""
    planned, until = release.schedule, release.public_from
    due = when.due(planned, association.time_zone) if planned else now
    if until and until <= due:
        hour = when.described(Schedule(until, planned.zone if planned else association.time_zone))
        yield Fact("embargo_over_before", hour=hour, association=association.key)


def _kept(audience: Audience, association: Association) -> Iterator[Fact]:
    """Whether what an audience was made of is still so."""
    if not audience.use:
        return
    kept = association.audience_named(audience.use)
    if kept is None:
        yield Fact("audience_gone", audience=audience.use, association=association.key)
    elif not kept.is_still(audience):
        yield Fact("audience_changed", audience=audience.use, association=association.key)
