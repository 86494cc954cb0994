"""The snapshot: who gets a release, and why others do not, in one statement for any number.

Kept out of memory altogether (P9): a million deliveries never leave the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import Extent
from communique.domain.delivery import DeliveryState, Forecast, Plan, SkipReason, Ticket
from communique.domain.release import Audience
from communique.store import dialect
from communique.store.consent_tables import consents
from communique.store.consents import said_no
from communique.store.embargoes import told_otherwise
from communique.store.suppressions import suppression_reason
from communique.store.tables import (
    Instant,
    batches,
    deliveries,
    lists,
    members,
    subscribers,
    subscriptions,
)

# The reader as templates know them, frozen here so that a copy has the same bytes (P3).
READER = (
    deliveries.c.address,
    deliveries.c.given_name,
    deliveries.c.family_name,
    deliveries.c.language,
    deliveries.c.role,
    deliveries.c.member,
    deliveries.c.sector,
    deliveries.c.territory,
    deliveries.c.kind,
    deliveries.c.list_key,
)

MOST_TERRITORIES = 1000


class Snapshot:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def expand(self, release_id: int, audience: Audience, plan: Plan) -> Sequence[Ticket]:
        """Write one association's deliveries and batches; the tickets of the batches.

        A person on several lists gets one delivery, by the first list (in the audience's order)
        that they may be written to for. Repeating it adds nothing.
        """
        candidate = _candidates(audience, plan)
        best = select(candidate).where(candidate.c.place == 1)
        if plan.early:
            best = best.where(candidate.c.reason.is_(None))
        chosen = best.subquery("chosen")
        first = (
            await self._connection.execute(
                select(func.coalesce(func.max(batches.c.number), 0) + 1).where(
                    batches.c.release_id == release_id
                )
            )
        ).scalar_one()
        written = chosen.c.reason.is_(None)
        row_number = func.row_number().over(partition_by=written, order_by=chosen.c.subscriber_id)
        batch = first + (row_number - 1) // plan.batch_size
        due_at = literal(plan.due_at, Instant)
        statement = dialect.insert(self._connection, deliveries).from_select(
            [
                "release_id",
                "association_key",
                "batch",
                "state",
                "reason",
                "due_at",
                "ended_at",
                "subscriber_id",
                *(column.name for column in READER),
            ],
            select(
                literal(release_id),
                literal(audience.association),
                case((written, batch), else_=null()),
                case((written, DeliveryState.QUEUED.value), else_=DeliveryState.SKIPPED.value),
                chosen.c.reason,
                case((written, due_at), else_=null()),
                case((written, null()), else_=literal(plan.now, Instant)),
                chosen.c.subscriber_id,
                *(chosen.c[column.name] for column in READER),
            ).where(literal(value=True)),
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        made = await self._connection.execute(
            insert(batches)
            .from_select(
                ["release_id", "number", "association_key", "due_at", "dated_at", "embargo"],
                select(
                    deliveries.c.release_id,
                    deliveries.c.batch,
                    literal(audience.association),
                    due_at,
                    literal(plan.due_at if plan.due_at > plan.now else None, Instant),
                    literal(plan.embargo, Instant),
                )
                .where(deliveries.c.release_id == release_id, deliveries.c.batch >= first)
                .group_by(deliveries.c.release_id, deliveries.c.batch),
            )
            .returning(batches.c.number)
        )
        return [
            Ticket(release_id, number, audience.association) for number in sorted(made.scalars())
        ]

    async def forecast(self, audience: Audience, plan: Plan) -> Forecast:
        """Count whom `expand` would write to and leave out, by the statement that it uses.

        Writes nothing.
        """
        candidate = _candidates(audience, plan)
        grouped = select(
            candidate.c.list_key,
            candidate.c.place,
            candidate.c.reason,
            candidate.c.language,
            (candidate.c.given_name == "").label("no_given_name"),
            (candidate.c.family_name == "").label("no_family_name"),
        ).subquery()
        rows = await self._connection.execute(
            select(grouped, func.count().label("people")).group_by(*grouped.c)
        )
        goes, left_out, seen = 0, Counter[str](), set[str]()
        nameless, languages = Counter[tuple[str, str]](), Counter[str]()
        for row in rows:
            seen.add(row.list_key)
            if row.place == 1 and row.reason is None:
                goes += row.people
                languages[row.language] += row.people
                nameless.update({(row.language, name): row.people for name in _lacking(row)})
            elif row.place == 1:
                left_out[row.reason] += row.people
        return Forecast(
            audience.association,
            goes,
            dict(left_out.most_common()),
            empty=tuple(key for key in audience.lists if key not in seen),
            unmatched=await _unmatched(self._connection, audience),
            nameless=dict(nameless),
            languages=dict(languages.most_common()),
        )

    async def territories(self, audience: Audience, plan: Plan) -> Sequence[str]:
        """Where those are whom `expand` would write to, as their members' rows have it.

        The commonest first, and no more than are worth looking at: a column may hold anything.
        """
        candidate = _candidates(audience, plan)
        rows = await self._connection.execute(
            select(candidate.c.territory)
            .where(candidate.c.place == 1, candidate.c.reason.is_(None))
            .group_by(candidate.c.territory)
            .order_by(func.count().desc(), candidate.c.territory)
            .limit(MOST_TERRITORIES)
        )
        return tuple(rows.scalars())

    async def anybody(self, audience: Audience, plan: Plan) -> bool:
        """Whether `expand` would write to anybody: no more is read than it takes to know."""
        candidate = _candidates(audience, plan)
        found = await self._connection.execute(
            select(exists().where(candidate.c.place == 1, candidate.c.reason.is_(None)))
        )
        return bool(found.scalar_one())


def _lacking(row: Row[Any]) -> Iterator[str]:
    """Which of their names somebody lacks."""
    if row.no_given_name:
        yield "given_name"
    if row.no_family_name:
        yield "family_name"
    if row.no_given_name and row.no_family_name:
        yield "name"


async def _unmatched(
    connection: AsyncConnection, audience: Audience
) -> Mapping[str, tuple[str, ...]]:
    """The values of each part of the filter that no member of the association has."""
    found = {}
    for part, column, values in _filters(audience):
        of = column.table
        rows = await connection.execute(
            select(column)
            .where(of.c.association_key == audience.association, column.in_(values))
            .distinct()
        )
        known = set(rows.scalars())
        if missing := tuple(one for one in values if one not in known):
            found[part] = missing
    return found


def _filters(audience: Audience) -> list[tuple[str, ColumnElement[str], tuple[str, ...]]]:
    """What the filter asks of values: its parts that ask any, the column of each, the values."""
    only = audience.only
    parts = (
        ("sectors", members.c.sector, only.sectors),
        ("territories", members.c.territory, only.territories),
        ("kinds", members.c.kind, only.kinds),
        ("languages", subscribers.c.language, only.languages),
    )
    return [part for part in parts if part[2]]


def _filtered(audience: Audience) -> list[ColumnElement[bool]]:
    """What keeps somebody out by the filter, any of it."""
    found: list[ColumnElement[bool]] = [
        column.not_in(values) for _, column, values in _filters(audience)
    ]
    if audience.only.since:  # of whom it is not known since when they are members, they are not
        found.append(func.coalesce(members.c.since > audience.only.since, true()))
    return found


def _excluded(audience: Audience) -> ColumnElement[bool]:
    """Whether somebody has a place on a list whose people are left out.

    Whatever they said to that list: who left it has not asked for what its people do not get.
    """
    places, named = subscriptions.alias("excluding"), lists.alias("excluded")
    ids = select(named.c.id).where(
        named.c.association_key == audience.association, named.c.key.in_(audience.without)
    )
    has = exists().where(
        places.c.subscriber_id == subscribers.c.id, places.c.list_id.in_(ids.scalar_subquery())
    )
    # A record that became one with theirs has no place any more; its part in the ledger stays.
    gone = subscribers.alias("gone")
    had = exists().where(
        gone.c.merged_into == subscribers.c.id,
        consents.c.subscriber_id == gone.c.id,
        consents.c.extent == Extent.LIST.value,
        consents.c.list_key.in_(audience.without),
    )
    return or_(has, had)


def _reached(release_id: int) -> ColumnElement[bool]:
    """Whether somebody got an earlier release, or may have, by this record or by one that became
    one with it.
    """
    gone, earlier = subscribers.alias("gone"), deliveries.alias("earlier")
    got = and_(
        earlier.c.release_id == release_id,
        earlier.c.state.in_((DeliveryState.SENT.value, DeliveryState.UNKNOWN.value)),
    )
    return or_(
        exists().where(got, earlier.c.subscriber_id == subscribers.c.id),
        exists().where(
            got, earlier.c.subscriber_id == gone.c.id, gone.c.merged_into == subscribers.c.id
        ),
    )


def why_not(
    *, joint: bool, today: date | ColumnElement[date], in_force: bool
) -> ColumnElement[str | None]:
    """Why a person (joined: subscribers, subscriptions) is not written to, or NULL.

    Used by the snapshot and again by every claim and retry (P5), so that they can never differ.
    Of an agreement that is not `in_force` nothing else is asked.
    """
    if not in_force:
        return literal(SkipReason.AGREEMENT_ENDED.value)
    return func.coalesce(
        suppression_reason(),
        said_no(joint=joint),
        case((subscriptions.c.lapses_on <= today, SkipReason.CONSENT_LAPSED.value), else_=null()),
    )


def beside_readers(query: Select[Any]) -> Select[Any]:
    """A query of deliveries beside each one's reader and place on its list, for `why_not`."""
    return (
        query.join(subscribers, deliveries.c.subscriber_id == subscribers.c.id)
        .outerjoin(
            lists,
            and_(
                lists.c.association_key == deliveries.c.association_key,
                lists.c.key == deliveries.c.list_key,
            ),
        )
        .outerjoin(
            subscriptions,
            and_(
                subscriptions.c.list_id == lists.c.id,
                subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            ),
        )
    )


def _candidates(audience: Audience, plan: Plan) -> Subquery:
    """Every (person, list) of an audience, each person's best list at `place` 1."""
    language = case(
        (subscribers.c.language.in_(plan.editions), subscribers.c.language),
        else_=literal(plan.fallback or ""),
    )
    whens: list[tuple[ColumnElement[bool], str]] = []
    if plan.following is not None:
        whens.append((~_reached(plan.following), SkipReason.NOT_TOLD_BEFORE.value))
    if plan.correcting is not None:
        told = told_otherwise(plan.correcting, subscribers.c.id, audience.lists)
        whens.append((~told, SkipReason.NOT_TOLD_BEFORE.value))
    if audience.without:
        whens.append((_excluded(audience), SkipReason.EXCLUDED.value))
    whens.append((language == "", SkipReason.NO_EDITION.value))
    if filtered := _filtered(audience):
        whens.append((or_(*filtered), SkipReason.FILTERED.value))
    reason = func.coalesce(
        why_not(joint=plan.joint, today=plan.today, in_force=plan.in_force),
        case(*whens, else_=null()),
    )
    order = case({key: place for place, key in enumerate(audience.lists)}, value=lists.c.key)
    on_lists = (
        select(
            subscribers.c.id.label("subscriber_id"),
            subscribers.c.address,
            subscribers.c.given_name,
            subscribers.c.family_name,
            language.label("language"),
            subscribers.c.role,
            members.c.name.label("member"),
            members.c.sector,
            members.c.territory,
            members.c.kind,
            lists.c.key.label("list_key"),
            reason.label("reason"),
            order.label("list_order"),
        )
        .join_from(lists, subscriptions, subscriptions.c.list_id == lists.c.id)
        .join(subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
        .join(members, subscribers.c.member_id == members.c.id)
        .where(lists.c.association_key == audience.association, lists.c.key.in_(audience.lists))
        .subquery("on_lists")
    )
    if len(audience.lists) == 1:  # nobody is on it twice: there is nothing to sort
        return select(on_lists, literal(1).label("place")).subquery("candidate")
    place = func.row_number().over(
        partition_by=on_lists.c.subscriber_id,
        order_by=[on_lists.c.reason.is_not(None), on_lists.c.list_order],
    )
    return select(on_lists, place.label("place")).subquery("candidate")
