"""Inspecting: what the log says, in sum, line by line, and attempt by attempt. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar

from communique.desk import Desk, comparing, consenting, expanding, naming
from communique.desk.approving import missing_parties, words
from communique.domain import when
from communique.domain.actor import SERVICE, Actor
from communique.domain.address import parse
from communique.domain.approval import Approval
from communique.domain.association import Agreement, Association
from communique.domain.consent import ConsentEvent, Place
from communique.domain.delivery import Forecast, SkipReason
from communique.domain.event import Event
from communique.domain.log import AttemptLine, Line, LogFilter, Lost, Summary, Waiting
from communique.domain.member import Contact, Lacking, Suppression
from communique.domain.release import Release, State
from communique.domain.scope import Operator, narrowed
from communique.domain.watching import Node
from communique.errors import NotFound
from communique.ports import Transaction

T = TypeVar("T")

Summed = tuple[Release, Summary]
PAGE = 500  # releases in one view: their texts are read with them
STORY = 1000  # deliveries in one person's

# The states from which a release can still be picked up.
AHEAD = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.MISSED)

# The states in which a release is to be sent as it was submitted.
SUBMITTED = (State.IN_REVIEW, State.APPROVED, State.MISSED)

UNDER_WAY = (State.APPROVED, State.SENDING, State.PAUSED, State.MISSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A release and where it stands."""

    release: Release
    summary: Summary
    by_association: dict[str, Summary]
    approvals: tuple[Approval, ...]
    counting: tuple[Approval, ...]  # those that are not void
    missing: tuple[str, ...]
    history: tuple[Event, ...]


async def standing(desk: Desk, actor: Actor, key: str) -> Standing:
    """Everything about one release, in one consistent view."""
    scope = actor.scope
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(scope, key)
        return Standing(
            release=release,
            summary=await transaction.log.summary(scope, release.id),
            by_association={
                one.association: await transaction.log.summary(scope, release.id, one.association)
                for one in release.audiences
            },
            approvals=await transaction.releases.approvals(scope, release.id),
            counting=await words(transaction, release),
            missing=await missing_parties(transaction, release),
            history=await transaction.events.history(scope, release.id),
        )


async def forecast(desk: Desk, actor: Actor, key: str) -> tuple[Forecast, ...]:
    """Whom a release would go to, for each association; nothing once its snapshot is made.

    It counts everybody on the lists, so it is for whoever asks and not for whoever watches. Of a
    partner's people it tells sums, and of a part of them nothing: whoever writes a release chooses
    the part, and would learn of one person after the other (P6).
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        if release.state not in AHEAD:
            return ()
        own = await transaction.associations.keys(actor.scope)
        seen = await expanding.forecast(desk, transaction, release, own)
        reading = comparing.Reading(release, await comparing.declared(transaction, release))
    return await naming.told(desk, reading, seen)


async def changed(desk: Desk, actor: Actor, keys: Collection[str] = ()) -> dict[str, list[str]]:
    """The releases that are no longer what was submitted, and what differs; all, or of these only.

    At its hour such a release is not sent (P4). What cannot be read at all differs, too.
    """
    if keys:
        async with desk.store.read() as transaction:
            named = [await transaction.releases.get(actor.scope, key) for key in keys]
        return await comparing.changed(desk, [one for one in named if one.state in SUBMITTED])
    found: dict[str, list[str]] = {}
    last = None
    while True:
        async with desk.store.read() as transaction:
            page = await transaction.releases.page(
                actor.scope, after=last, limit=PAGE, states=SUBMITTED
            )
        if not page:
            return found
        found |= await comparing.changed(desk, page)
        last = page[-1].id


async def releases(
    desk: Desk,
    actor: Actor,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
    states: Collection[State] = (),
    agreement: str | None = None,
    association: str | None = None,
) -> list[Summed]:
    """A page of releases with their sums, the newest first; the next is after the last's number,
    the one before it is `before` the first's.

    With `association`, those that it sees, with the sums of its own people alone.
    """
    scope = narrowed(actor.scope, association) if association else actor.scope
    async with desk.store.read() as transaction:
        page = await transaction.releases.page(
            scope, after=after, before=before, limit=limit, states=states, agreement=agreement
        )
        sums = await transaction.log.summaries(scope, [one.id for one in page], association)
    return [(one, sums[one.id]) for one in page]


async def parties(desk: Desk, releases: Collection[Release]) -> Mapping[str, Association]:
    """The parties of releases that were seen, by key: what they are called is no secret to each."""
    keys = {key for one in releases for key in one.parties}
    async with desk.store.read() as transaction:
        return await transaction.associations.named(SERVICE.scope, keys)


async def under_way(desk: Desk, actor: Actor) -> list[Summed]:
    """The releases that are being sent, paused, or about to be."""
    found: list[Summed] = []
    while page := await releases(
        desk, actor, after=found[-1][0].id if found else None, states=UNDER_WAY
    ):
        found += page
    return found


async def lines(
    desk: Desk, actor: Actor, only: LogFilter, limit: int | None = None
) -> AsyncGenerator[Line, None]:
    """Deliveries, streamed. Raises NotFound for a release or an association that is not there."""
    async with desk.store.read() as transaction:
        await _require(transaction, actor, only)
        # Closed here: whoever has had enough leaves it in the middle.
        async with aclosing(transaction.log.lines(actor.scope, only, limit=limit)) as found:
            async for line in found:
                yield line


async def delivery(
    desk: Desk, actor: Actor, delivery_id: int
) -> tuple[Line, tuple[AttemptLine, ...]]:
    """One delivery with every attempt."""
    async with desk.store.read() as transaction:
        line = await transaction.log.line(actor.scope, delivery_id)
        return line, await transaction.log.attempts(actor.scope, delivery_id)


async def newest(desk: Desk, actor: Actor) -> int:
    """Where following the log starts."""
    async with desk.store.read() as transaction:
        return await transaction.log.last_attempt(actor.scope)


async def since(
    desk: Desk, actor: Actor, attempt: int, only: LogFilter
) -> tuple[tuple[int, Line], ...]:
    """Attempts after the one of that number."""
    async with desk.store.read() as transaction:
        return await transaction.log.attempted_after(actor.scope, attempt, only)


async def require(desk: Desk, actor: Actor, only: LogFilter) -> None:
    """Raises NotFound for a release or an association that is not there."""
    async with desk.store.read() as transaction:
        await _require(transaction, actor, only)


async def _require(transaction: Transaction, actor: Actor, only: LogFilter) -> None:
    if only.release:
        await transaction.releases.get(actor.scope, only.release)
    if only.association:
        await transaction.associations.get(actor.scope, only.association)


async def waiting_for(
    desk: Desk, actor: Actor, releases: Collection[Release]
) -> dict[str, tuple[Waiting, ...]]:
    """What those wait for who are to be tried again, by release, the most first; without those
    where nobody does.
    """
    async with desk.store.read() as transaction:
        found = await transaction.log.waiting_for(actor.scope, [one.id for one in releases])
    return _by_key(releases, found)


async def lost(
    desk: Desk, actor: Actor, releases: Collection[Release]
) -> dict[str, tuple[Lost, ...]]:
    """What readers failed for or were left unknown, by release, the most first; likewise."""
    async with desk.store.read() as transaction:
        found = await transaction.log.lost(actor.scope, [one.id for one in releases])
    return _by_key(releases, found)


def _by_key(releases: Collection[Release], found: Mapping[int, T]) -> dict[str, T]:
    return {one.key: found[one.id] for one in releases if one.id in found}


async def associations(desk: Desk, actor: Actor) -> tuple[Association, ...]:
    """The associations, with their people, by key."""
    async with desk.store.read() as transaction:
        return await transaction.associations.all(actor.scope)


async def agreements(desk: Desk, actor: Actor, association: str) -> tuple[Agreement, ...]:
    """The agreements that an association is a party to. Raises NotFound for another's."""
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        found = await transaction.associations.agreements(actor.scope)
        return tuple(one for one in found if association in one.parties)


async def association(desk: Desk, actor: Actor, key: str) -> Association:
    """One association, with its people. Raises NotFound."""
    async with desk.store.read() as transaction:
        return await transaction.associations.get(actor.scope, key)


async def subscribers(
    desk: Desk,
    actor: Actor,
    association: str,
    list_key: str | None = None,
    member: str | None = None,
    lacking: Lacking | None = None,
) -> AsyncGenerator[Contact, None]:
    """One association's subscribers, streamed; of those `lacking` a name only them."""
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        if list_key:
            owner.list_named(list_key)
        people = transaction.subscribers.all(actor.scope, association, list_key, member, lacking)
        async with aclosing(people) as found:
            async for contact in found:
                yield contact


async def subscriber(desk: Desk, actor: Actor, association: str, address: str) -> Contact | None:
    """Who has an address at one association, if anybody has."""
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        key = parse(address).key
        return await transaction.subscribers.by_address(actor.scope, association, key)


@dataclass(frozen=True, slots=True)
class Story:
    """All that is kept of one person: where they stand, what was said, done, and sent to them."""

    contact: Contact
    places: Mapping[str, Place]
    why_not: Mapping[str, SkipReason | None]  # by list, for a release of the association's own
    suppressions: tuple[Suppression, ...]
    said: tuple[ConsentEvent, ...]
    events: tuple[Event, ...]
    lines: tuple[Line, ...]  # no more than `STORY`
    former: Sequence[str] = ()  # the address keys that they moved from
    # Of the releases of these, the subjects by key and language.
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


async def story(desk: Desk, actor: Actor, association: str, address: str) -> Story:
    """One person's whole story. Raises NotFound for who is not there, or was erased."""
    scope, key = actor.scope, parse(address).key
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(scope, association)
        contact = await transaction.subscribers.by_address(scope, association, key)
        if contact is None:
            marks = consenting.erased_marks(desk, association, key)
            erased = await transaction.suppressions.of(scope, association, marks)
            code = "subscriber_erased" if erased else "subscriber_unknown"
            raise NotFound(code, association=association, address=address)
        return await _story(desk, transaction, actor, owner, contact)


async def story_of(desk: Desk, actor: Actor, association: str, number: int) -> Story:
    """The same of the person of that number, by whichever record of theirs. Raises NotFound."""
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        contact = await transaction.subscribers.get(actor.scope, association, number)
        return await _story(desk, transaction, actor, owner, contact)


async def _story(
    desk: Desk, transaction: Transaction, actor: Actor, owner: Association, contact: Contact
) -> Story:
    scope, association = actor.scope, owner.key
    places = await transaction.consents.places(scope, association, contact.id)
    today = when.day(desk.clock.now(), owner.time_zone)
    key = parse(contact.address).key  # not the one that they moved from
    stands = await transaction.suppressions.of(scope, association, [key])
    barred = min((one.cause.reason for one in stands), default=None)  # as a delivery says it
    only = LogFilter(association=association, subscriber=contact.id)
    lines = tuple([one async for one in transaction.log.lines(scope, only, limit=STORY)])
    return Story(
        contact,
        places,
        {name: barred or one.why_not(today, joint=False) for name, one in places.items()},
        stands,
        await transaction.consents.of(scope, association, contact.id),
        await transaction.events.about(scope, association, contact.id),
        lines,
        await transaction.subscribers.former(scope, association, contact.id),
        await transaction.log.titles(scope, {one.release for one in lines}),
    )


async def nodes(desk: Desk, actor: Actor) -> tuple[Node, ...]:
    """The services that took a place at this desk, and no leave of it: they are the operator's.

    None of those that work at the database that this one is a copy of.
    """
    if not isinstance(actor.scope, Operator):
        return ()
    async with desk.store.read() as transaction:
        elsewhere = await transaction.nodes.elsewhere()
        return tuple(one for one in await transaction.nodes.all() if one.id not in elsewhere)
