"""Addresses that people had before, and records that became one with another: whose they are now.

What is said of a former address is said of whoever moved from it, by whichever way it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, delete, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.address import parse
from communique.domain.member import Contact
from communique.domain.scope import Scope
from communique.store.dialect import given, insert
from communique.store.scopes import own
from communique.store.tables import associations, former_addresses, subscribers, subscriptions


def moved_from(association: str | None, address_key: str) -> Select[tuple[int]]:
    """Who had that address before, at an association, or at whichever where none is named."""
    return select(former_addresses.c.subscriber_id).where(
        _at(association, former_addresses.c.association_key),
        former_addresses.c.address_key == address_key,
    )


def called(association: str | None, address_key: str) -> Select[tuple[int]]:
    """Who has that address, or had it before, at an association, or at whichever."""
    has = select(subscribers.c.id).where(
        _at(association, subscribers.c.association_key),
        subscribers.c.address_key == address_key,
    )
    both = union_all(has, moved_from(association, address_key)).subquery()
    return select(both.c[0])


def _at(association: str | None, column: ColumnElement[str]) -> ColumnElement[bool]:
    """At one association, or at each, named one by one: the addresses are in order of these."""
    return column == association if association else column.in_(select(associations.c.key))


def records(whose: Select[tuple[int]]) -> Select[tuple[int]]:
    """All records of these people: theirs, and those that became one with it."""
    gone = select(subscribers.c.id).where(subscribers.c.merged_into.in_(whose))
    both = union_all(whose, gone).subquery()
    return select(both.c[0])


def records_of(subscriber_id: int) -> Select[tuple[int]]:
    """All records of one person."""
    return records(select(subscribers.c.id).where(subscribers.c.id == subscriber_id))


async def remember(connection: AsyncConnection, contact: Contact, new: str) -> None:
    """Keep the address that somebody has, who is about to get that of the key `new`."""
    await connection.execute(
        delete(former_addresses).where(
            former_addresses.c.association_key == contact.association,
            former_addresses.c.address_key == new,
        )
    )
    if parse(contact.address).key != new:
        await _keep(connection, contact, contact.id)


async def _keep(connection: AsyncConnection, contact: Contact, owner: int) -> None:
    """Have the address that somebody has lead to `owner`, to whomever it led before."""
    statement = insert(connection, former_addresses).values(
        association_key=contact.association,
        address_key=parse(contact.address).key,
        subscriber_id=owner,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["association_key", "address_key"], set_={"subscriber_id": owner}
        )
    )


async def merge(connection: AsyncConnection, gone: Contact, stays: Contact) -> None:
    """Have all that led to one record lead to another: its addresses, links and log lines.

    It has no places any more; its part in the ledger stays.
    """
    await connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == gone.id))
    await connection.execute(
        update(former_addresses)
        .where(former_addresses.c.subscriber_id == gone.id)
        .values(subscriber_id=stays.id)
    )
    await connection.execute(
        update(subscribers).where(subscribers.c.merged_into == gone.id).values(merged_into=stays.id)
    )
    await connection.execute(
        update(subscribers)
        .where(subscribers.c.id == gone.id)
        # Its address is no record's any more, so that they can have it again.
        .values(merged_into=stays.id, address_key=f"merged:{gone.id}")
    )
    await _keep(connection, gone, stays.id)


async def addresses(
    connection: AsyncConnection, scope: Scope, association: str, subscriber_id: int
) -> Sequence[str]:
    """The keys of the addresses that somebody moved from."""
    found = await connection.execute(
        select(former_addresses.c.address_key)
        .where(
            former_addresses.c.association_key == association,
            former_addresses.c.subscriber_id == subscriber_id,
            *own(scope, former_addresses.c.association_key),
        )
        .order_by(former_addresses.c.address_key)
    )
    return found.scalars().all()


async def moves(
    connection: AsyncConnection, scope: Scope, association: str, after: str, limit: int
) -> Sequence[tuple[str, str]]:
    """Former addresses by key, from `after` on, each with what its owner's is now."""
    query = (
        _moves(scope, association)
        .where(former_addresses.c.address_key > after)
        .order_by(former_addresses.c.address_key)
        .limit(limit)
    )
    return [(row.address_key, row.address) for row in await connection.execute(query)]


async def moved(
    connection: AsyncConnection, scope: Scope, association: str, keys: Collection[str]
) -> Mapping[str, str]:
    """Those of these address keys that somebody moved from, each with what their address is now."""
    among = select(given("keys", [former_addresses.c.address_key]).c.address_key)
    query = _moves(scope, association).where(former_addresses.c.address_key.in_(among))
    rows = await connection.execute(query, {"keys": [[key] for key in keys]})
    return {row.address_key: row.address for row in rows}


def _moves(scope: Scope, association: str) -> Select[tuple[str, str]]:
    return (
        select(former_addresses.c.address_key, subscribers.c.address)
        .join(subscribers, former_addresses.c.subscriber_id == subscribers.c.id)
        .where(
            former_addresses.c.association_key == association,
            *own(scope, former_addresses.c.association_key),
        )
    )
