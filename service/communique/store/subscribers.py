"""Members, subscribers and their subscriptions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.actor import Actor
from communique.domain.address import parse
from communique.domain.consent import ConsentEvent, Evidence, Extent, Word, lapses_on
from communique.domain.delivery import SkipReason
from communique.domain.member import Admission, Admitted, Contact, Erased, Member, Reach
from communique.domain.scope import Scope
from communique.errors import NotFound
from communique.store import dialect, erasing
from communique.store.consent_tables import consents
from communique.store.consents import ledger_row
from communique.store.lapses import recompute_lapses
from communique.store.locks import hold_alone
from communique.store.scopes import own
from communique.store.suppressions import suppression_reason
from communique.store.tables import lists, members, subscribers, subscriptions


@dataclass(frozen=True, slots=True)
class _Members:
    """Members as they stand after admitting them, and what that changed."""

    ids: dict[str, int]  # by reference
    changed: set[str]  # references
    ended: set[int]  # ids of those whose end of membership is another now


class Subscribers:
    """Queries by noun; one transaction's. Each names its association: nobody reads another's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def admit(
        self,
        association: str,
        admissions: Sequence[Admission],
        actor: Actor,
        source: str,
        at: datetime,
    ) -> Admitted:
        """Add or change members, subscribers and subscriptions; log new consents; remove nothing.

        Compares before it writes, so that admitting the same again changes no row. Up to some
        hundred admissions at a time. A new end of a membership holds for all its people, those
        that are not among the admitted included.
        """
        # A member that several lines describe differently is what the last of them says.
        stated = {one.entry.member.reference: one.entry.member for one in admissions}
        known = await self._admit_members(association, stated)
        by_key = {one.entry.subscriber.address.key: one for one in admissions}
        before = await self._by_key(association, by_key)
        added: list[dict[str, object]] = []
        changed = {
            key for key, one in by_key.items() if one.entry.member.reference in known.changed
        }
        moved: set[int] = set()
        for key, admission in by_key.items():
            person = admission.entry.subscriber
            values: dict[str, object] = {
                "member_id": known.ids[admission.entry.member.reference],
                "address": str(person.address),
                "given_name": person.given_name,
                "family_name": person.family_name,
                "language": person.language,
                "role": person.role,
            }
            if key not in before:
                added.append({"association_key": association, "address_key": key, **values})
            elif any(before[key]._mapping[name] != value for name, value in values.items()):
                changed.add(key)
                if before[key].member_id != values["member_id"]:
                    moved.add(before[key].id)
                await self._connection.execute(
                    update(subscribers).where(subscribers.c.id == before[key].id).values(values)
                )
        if added:
            await self._connection.execute(insert(subscribers), added)
        rows = await self._by_key(association, by_key)
        ids = {key: row.id for key, row in rows.items()}
        ends = {reference: member.until for reference, member in stated.items()}
        changed |= await self._subscribe(association, by_key, ids, ends, actor, source, at)
        if known.ended or moved:
            await hold_alone(self._connection, association)
            reached = or_(members.c.id.in_(known.ended), subscribers.c.id.in_(moved))
            await recompute_lapses(self._connection, reached)
        new = {str(one["address_key"]) for one in added}
        return Admitted(
            added=len(new),
            changed=len(changed - new),
            unchanged=len(by_key) - len(new | changed),
            suppressed=sum(1 for row in rows.values() if row.suppressed),
        )

    async def _admit_members(self, association: str, by_reference: dict[str, Member]) -> _Members:
        query = select(members).where(
            members.c.association_key == association, members.c.reference.in_(by_reference)
        )
        before = {row.reference: row for row in await self._connection.execute(query)}
        added: list[dict[str, object]] = []
        changed: set[str] = set()
        ended: set[int] = set()
        for reference, member in by_reference.items():
            values: dict[str, object] = {
                "name": member.name,
                "sector": member.sector,
                "territory": member.territory,
                "kind": member.kind,
                "since": member.since,
                "until": member.until,
            }
            if reference not in before:
                added.append({"association_key": association, "reference": reference, **values})
            elif any(before[reference]._mapping[name] != value for name, value in values.items()):
                changed.add(reference)
                if before[reference].until != member.until:
                    ended.add(before[reference].id)
                await self._connection.execute(
                    update(members).where(members.c.id == before[reference].id).values(values)
                )
        if added:
            await self._connection.execute(insert(members), added)
        ids = {row.reference: row.id for row in await self._connection.execute(query)}
        return _Members(ids, changed, ended)

    async def _by_key(self, association: str, keys: Iterable[str]) -> dict[str, Row[object]]:
        rows = await self._connection.execute(
            select(subscribers, _unwritable().label("suppressed")).where(
                subscribers.c.association_key == association,
                subscribers.c.address_key.in_(keys),
            )
        )
        return {row.address_key: row for row in rows}

    async def _subscribe(
        self,
        association: str,
        admissions: dict[str, Admission],
        ids: dict[str, int],
        ends: dict[str, date | None],
        actor: Actor,
        source: str,
        at: datetime,
    ) -> set[str]:
        """Write new or changed subscriptions and the ledger; the address keys that changed.

        A no that stands is left standing: only its owner's word outweighs it (P11).
        """
        list_ids = {
            row.key: row.id
            for row in await self._connection.execute(
                select(lists.c.key, lists.c.id).where(lists.c.association_key == association)
            )
        }
        before = {
            (row.list_id, row.subscriber_id): row
            for row in await self._connection.execute(
                select(subscriptions).where(subscriptions.c.subscriber_id.in_(ids.values()))
            )
        }
        changed: set[str] = set()
        rows: list[dict[str, object]] = []
        ledger: list[dict[str, object]] = []
        for key, admission in admissions.items():
            for one in admission.subscriptions:
                place = (list_ids[one.list_key], ids[key])
                membership_ended = ends[admission.entry.member.reference]
                lapses = lapses_on(one.basis, one.since, membership_ended)
                if held := before.get(place):
                    lapses = None if held.confirmed else lapses  # what they said does not lapse
                    if (held.since, held.lapses_on) == (one.since, lapses):
                        continue
                changed.add(key)
                rows.append(
                    {
                        "list_id": place[0],
                        "subscriber_id": place[1],
                        "since": one.since,
                        "lapses_on": lapses,
                    }
                )
                if held is None or held.since != one.since:
                    given = ConsentEvent(
                        association,
                        ids[key],
                        Word.GIVEN,
                        actor,
                        Evidence(source, admission.entry.subscriber.language),
                        at,
                        list_key=one.list_key,
                        basis=one.basis,
                        since=one.since,
                    )
                    ledger.append(ledger_row(given))
        if rows:
            statement = dialect.insert(self._connection, subscriptions)
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["list_id", "subscriber_id"],
                    set_={
                        "since": statement.excluded.since,
                        "lapses_on": statement.excluded.lapses_on,
                    },
                ),
                rows,
            )
        if ledger:
            await self._connection.execute(insert(consents), ledger)
        return changed

    async def known_since(
        self, scope: Scope, association: str, keys: Iterable[str]
    ) -> dict[tuple[str, str], date]:
        """Since when each (address key, list key) has its place, for those that have one."""
        rows = await self._connection.execute(
            select(subscribers.c.address_key, lists.c.key, subscriptions.c.since)
            .join_from(subscribers, subscriptions)
            .join(lists, subscriptions.c.list_id == lists.c.id)
            .where(
                subscribers.c.association_key == association,
                subscribers.c.address_key.in_(keys),
                *own(scope, subscribers.c.association_key),
            )
        )
        return {(row.address_key, row.key): row.since for row in rows}

    async def edit(self, contact: Contact, **values: str) -> None:
        """Give somebody other words for their name, role or language; or another address."""
        if "address" in values:
            values["address_key"] = parse(values["address"]).key
        await self._connection.execute(
            update(subscribers)
            .where(
                subscribers.c.id == contact.id,
                subscribers.c.association_key == contact.association,
            )
            .values(values)
        )

    async def erase(self, contact: Contact, mark: str) -> Erased:
        """Take everything personal out of all rows about somebody; `mark` stands for them."""
        return await erasing.erase(self._connection, contact, mark)

    async def get(self, scope: Scope, association: str, subscriber_id: int) -> Contact:
        """One subscriber. Raises NotFound, which says whether they were erased."""
        query = _contact_query(scope, association).where(subscribers.c.id == subscriber_id)
        row = (await self._connection.execute(query)).first()
        if row is not None:
            return _contact(row)
        erased = select(subscribers.c.id).where(
            subscribers.c.id == subscriber_id,
            subscribers.c.association_key == association,
            subscribers.c.member_id.is_(None),
            *own(scope, subscribers.c.association_key),
        )
        if (await self._connection.execute(erased)).first():
            raise NotFound("subscriber_erased", association=association)
        raise NotFound("subscriber_gone")

    async def by_address(self, scope: Scope, association: str, address_key: str) -> Contact | None:
        """The subscriber with that address key, if there is one."""
        query = _contact_query(scope, association).where(subscribers.c.address_key == address_key)
        row = (await self._connection.execute(query)).first()
        return _contact(row) if row else None

    async def all(
        self,
        scope: Scope,
        association: str,
        list_key: str | None = None,
        member: str | None = None,
    ) -> AsyncGenerator[Contact, None]:
        """An association's subscribers by address; streamed, however many there are."""
        query = _contact_query(scope, association).order_by(subscribers.c.address_key)
        if list_key:
            query = query.where(
                subscribers.c.id.in_(
                    select(subscriptions.c.subscriber_id)
                    .join(lists, subscriptions.c.list_id == lists.c.id)
                    .where(lists.c.association_key == association, lists.c.key == list_key)
                )
            )
        if member:
            query = query.where(members.c.name.icontains(member, autoescape=True))
        async with self._connection.stream(query) as result:
            async for row in result:
                yield _contact(row)


def _contact(row: Row[tuple[object, ...]]) -> Contact:
    return Contact(
        id=row.id,
        association=row.association_key,
        address=row.address,
        given_name=row.given_name,
        family_name=row.family_name,
        language=row.language,
        role=row.role,
        member=Member(
            row.reference,
            row.member,
            row.sector,
            row.territory,
            row.kind,
            row.member_since,
            row.until,
        ),
        lists=tuple(sorted((row.lists or "").split())),
        suppressions=tuple(_reaches(row)),
    )


def _reaches(row: Row[Any]) -> Iterator[Reach]:
    """What somebody must not be written, the widest first."""
    if row.suppressed:
        yield Reach(Extent.ALL, SkipReason(row.suppressed))
    if row.no_all_since:
        yield Reach(Extent.ALL, SkipReason.UNSUBSCRIBED)
    if row.no_joint_since:
        yield Reach(Extent.JOINT, SkipReason.UNSUBSCRIBED)
    for key in sorted((row.left or "").split()):
        yield Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, key)


def _unwritable() -> ColumnElement[bool]:
    """Whether nothing at all may be written to a person (joined: subscribers)."""
    return or_(suppression_reason().is_not(None), subscribers.c.no_all_since.is_not(None))


def _contact_query(scope: Scope, association: str) -> Select[tuple[object, ...]]:
    on_lists = (
        select(func.aggregate_strings(lists.c.key, " "))
        .select_from(subscriptions)
        .join(lists, subscriptions.c.list_id == lists.c.id)
        .where(subscriptions.c.subscriber_id == subscribers.c.id)
    )
    return (
        select(
            subscribers,
            members.c.reference,
            members.c.name.label("member"),
            members.c.sector,
            members.c.territory,
            members.c.kind,
            members.c.since.label("member_since"),
            members.c.until,
            on_lists.scalar_subquery().label("lists"),
            on_lists.where(subscriptions.c.no_since.is_not(None)).scalar_subquery().label("left"),
            suppression_reason().label("suppressed"),
        )
        .join_from(subscribers, members, subscribers.c.member_id == members.c.id)
        .where(
            subscribers.c.association_key == association,
            *own(scope, subscribers.c.association_key),
        )
    )
