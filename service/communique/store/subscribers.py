"""Subscribers, by whichever address or record, and their places on lists."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.actor import Actor
from communique.domain.address import Address, parse
from communique.domain.consent import Basis, ConsentEvent, Evidence, Word, basis_of
from communique.domain.member import (
    Admission,
    Contact,
    Erased,
    KnownPerson,
    Lacking,
    Leaver,
    ListPlace,
    Newcomers,
    Subscriber,
)
from communique.domain.scope import Scope
from communique.domain.seeking import Listed, Looked
from communique.errors import NotFound
from communique.store import admitted, erasing, former, seeking
from communique.store.contacts import contact, contact_query
from communique.store.dialect import given, listed
from communique.store.locks import Turn, hold_alone, take_turns
from communique.store.scopes import own
from communique.store.tables import lists, members, subscribers, subscriptions


class Subscribers:
    """Queries by noun; one transaction's. Each names its association: nobody reads another's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, association: str) -> None:
        """Let nobody else take people in here until the transaction ends: both would add one."""
        await take_turns(self._connection, Turn.ADMITTING, association)

    async def hold_alone(self, association: str) -> None:
        """Have its row alone until the transaction ends, which claims share: whoever is found
        after this stays who they are, and where (P5).
        """
        await hold_alone(self._connection, association)

    async def anybody(self, scope: Scope, association: str) -> bool:
        """Whether it has a subscriber, or ever had one."""
        query = (
            select(subscribers.c.id)
            .where(
                subscribers.c.association_key == association,
                *own(scope, subscribers.c.association_key),
            )
            .limit(1)
        )
        return (await self._connection.execute(query)).first() is not None

    async def here(self, scope: Scope, association: str, keys: Collection[str]) -> Collection[str]:
        """Those of these address keys that somebody has."""
        query = select(subscribers.c.address_key).where(*_having(scope, association))
        found = await self._connection.execute(query, {"keys": [[key] for key in keys]})
        return set(found.scalars())

    async def known(
        self, scope: Scope, association: str, keys: Collection[str]
    ) -> Mapping[str, KnownPerson]:
        """Those who have one of these address keys, with their places; by address key."""
        query = select(subscribers).where(*_having(scope, association))
        rows = (await self._connection.execute(query, {"keys": [[key] for key in keys]})).all()
        places: dict[int, dict[str, ListPlace]] = {row.id: {} for row in rows}
        if rows:
            on = (
                select(subscriptions, lists.c.key, lists.c.basis)
                .join_from(subscriptions, lists, subscriptions.c.list_id == lists.c.id)
                .where(subscriptions.c.subscriber_id.in_(listed("ids", subscribers.c.id)))
            )
            for row in await self._connection.execute(on, {"ids": list(places)}):
                places[row.subscriber_id][row.key] = _place(row)
        return {
            row.address_key: KnownPerson(
                row.id,
                row.member_id,
                _subscriber(row),
                places[row.id],
                row.no_all_since is not None,
                row.no_joint_since is not None,
                row.corrected,
            )
            for row in rows
        }

    async def on_list(
        self, scope: Scope, association: str, list_key: str, after: int, limit: int
    ) -> Sequence[Leaver]:
        """Whoever has a place on a list and did not say no to it, by their number here."""
        query = (
            select(
                *(subscribers.c.id, subscribers.c.address_key),
                *(subscribers.c.address, subscribers.c.language),
            )
            .join_from(subscriptions, lists, subscriptions.c.list_id == lists.c.id)
            .join(subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
            .where(
                lists.c.association_key == association,
                lists.c.key == list_key,
                subscriptions.c.no_since.is_(None),
                subscribers.c.member_id.is_not(None),
                subscribers.c.id > after,
                *own(scope, subscribers.c.association_key),
            )
            .order_by(subscribers.c.id)
            .limit(limit)
        )
        return [Leaver(list_key, *row) for row in await self._connection.execute(query)]

    async def of_members(
        self, scope: Scope, association: str, ids: Collection[int], families: Collection[str]
    ) -> Sequence[KnownPerson]:
        """The people of these companies and family names, without their places."""
        query = (
            select(subscribers)
            .where(
                subscribers.c.member_id.in_(listed("ids", subscribers.c.member_id)),
                subscribers.c.family_name.in_(select(given("names", [subscribers.c.family_name]))),
                subscribers.c.association_key == association,
                subscribers.c.merged_into.is_(None),
                *own(scope, subscribers.c.association_key),
            )
            .order_by(subscribers.c.id)
        )
        values = {"ids": list(ids), "names": [[one] for one in families]}
        rows = await self._connection.execute(query, values)
        return [KnownPerson(row.id, row.member_id, _subscriber(row), {}) for row in rows]

    async def page(
        self,
        scope: Scope,
        association: str,
        looked: Looked,
        today: date,
        *,
        after: int | None,
        before: int | None,
        limit: int,
    ) -> Sequence[Listed]:
        """Those who are looked for, by address; next to the one of that number, on either side."""
        return await seeking.page(
            *(self._connection, scope, association, looked, today),
            after=after,
            before=before,
            limit=limit,
        )

    async def former(self, scope: Scope, association: str, subscriber_id: int) -> Sequence[str]:
        """The address keys that somebody moved from."""
        return await former.addresses(self._connection, scope, association, subscriber_id)

    async def admit(
        self,
        association: str,
        admissions: Sequence[Admission],
        newcomers: Newcomers,
        actor: Actor,
        source: str,
        at: datetime,
    ) -> None:
        """Write what an import makes of some people, and log what it gives; remove nothing.

        A no that stands is left standing: only its owner's word outweighs it (P11).
        """
        given_by = ConsentEvent(association, 0, Word.GIVEN, actor, Evidence(source), at)
        await admitted.write(self._connection, association, admissions, newcomers, given_by)

    async def edit(self, contact: Contact, **values: Any) -> None:
        """Give somebody other words for their name, role or language; or another address."""
        if "address" in values:
            key = values["address_key"] = parse(values["address"]).key
            await former.remember(self._connection, contact, key)
        await self._connection.execute(
            update(subscribers)
            .where(
                subscribers.c.id == contact.id,
                subscribers.c.association_key == contact.association,
            )
            .values(values)
        )

    async def merge(self, gone: Contact, stays: Contact) -> None:
        """Have one record stand for both; whoever asks for the other finds it."""
        await former.merge(self._connection, gone, stays)

    async def moves(
        self, scope: Scope, association: str, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        """Address keys that people moved from, and which address is theirs now."""
        return await former.moves(self._connection, scope, association, after, limit)

    async def moved(
        self, scope: Scope, association: str, keys: Collection[str]
    ) -> Mapping[str, str]:
        """Those of these address keys that somebody moved from, each with their address now."""
        return await former.moved(self._connection, scope, association, keys)

    async def erase(self, contact: Contact, mark: str) -> Erased:
        """Take everything personal out of all rows about somebody; `mark` stands for them."""
        return await erasing.erase(self._connection, contact, mark)

    async def get(self, scope: Scope, association: str, subscriber_id: int) -> Contact:
        """One subscriber, by whichever record. Raises NotFound, which says if they were erased."""
        record = subscribers.alias()
        whose = select(func.coalesce(record.c.merged_into, record.c.id)).where(
            record.c.id == subscriber_id
        )
        query = contact_query(scope, association).where(subscribers.c.id == whose.scalar_subquery())
        row = (await self._connection.execute(query)).first()
        if row is not None:
            return contact(row)
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
        """Who has the address of that key, or moved from it, if anybody did."""
        query = contact_query(scope, association)
        for whose in (
            subscribers.c.address_key == address_key,
            subscribers.c.id.in_(former.moved_from(association, address_key)),
        ):
            if row := (await self._connection.execute(query.where(whose))).first():
                return contact(row)
        return None

    async def all(
        self,
        scope: Scope,
        association: str,
        list_key: str | None = None,
        member: str | None = None,
        lacking: Lacking | None = None,
    ) -> AsyncGenerator[Contact, None]:
        """An association's subscribers by address; streamed, however many there are."""
        query = contact_query(scope, association).order_by(subscribers.c.address_key)
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
        for name in ("given_name", "family_name") if lacking is Lacking.NAME else (lacking,):
            if name:
                query = query.where(subscribers.c[name] == "")
        async with self._connection.stream(query) as result:
            async for row in result:
                yield contact(row)


def _having(scope: Scope, association: str) -> tuple[ColumnElement[bool], ...]:
    """Who is at an association and has one of the address keys that a statement is given."""
    keys = select(given("keys", [subscribers.c.address_key]).c.address_key)
    return (
        subscribers.c.association_key == association,
        subscribers.c.address_key.in_(keys),
        *own(scope, subscribers.c.association_key),
    )


def _subscriber(row: Row[Any]) -> Subscriber:
    local, _, domain = row.address.rpartition("@")
    return Subscriber(
        Address(local, domain), row.given_name, row.family_name, row.language, row.role
    )


def _place(row: Row[Any]) -> ListPlace:
    basis = basis_of(Basis(row.basis), confirmed=row.confirmed)
    return ListPlace(row.key, basis, row.since, row.lapses_on, bool(row.no_since))
