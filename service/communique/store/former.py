"""Addresses that people had before, and records that became one with another: whose they are now.

What is said of a former address is said of whoever moved from it, by whichever way it comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.address import parse
from communique.domain.member import Contact
from communique.domain.scope import Scope
from communique.store.scopes import own
from communique.store.tables import former_addresses, subscribers, subscriptions


def moved_from(address_key: str) -> Select[tuple[int]]:
    """Who had that address before, at whichever association."""
    return select(former_addresses.c.subscriber_id).where(
        former_addresses.c.address_key == address_key
    )


def called(address_key: str) -> Select[tuple[int]]:
    """Who has that address, or had it before, at whichever association."""
    has = select(subscribers.c.id).where(subscribers.c.address_key == address_key)
    both = union_all(has, moved_from(address_key)).subquery()
    return select(both.c[0])


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
    old = parse(contact.address).key
    await connection.execute(
        delete(former_addresses).where(
            former_addresses.c.association_key == contact.association,
            former_addresses.c.address_key.in_([old, new]),
        )
    )
    if old != new:
        await connection.execute(
            insert(former_addresses).values(
                association_key=contact.association, address_key=old, subscriber_id=contact.id
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
    await connection.execute(
        insert(former_addresses).values(
            association_key=gone.association,
            address_key=parse(gone.address).key,
            subscriber_id=stays.id,
        )
    )


async def moves(
    connection: AsyncConnection, scope: Scope, association: str, after: str, limit: int
) -> Sequence[tuple[str, str]]:
    """Former addresses by key, from `after` on, each with what its owner's is now."""
    query = (
        select(former_addresses.c.address_key, subscribers.c.address)
        .join(subscribers, former_addresses.c.subscriber_id == subscribers.c.id)
        .where(
            former_addresses.c.association_key == association,
            former_addresses.c.address_key > after,
            *own(scope, former_addresses.c.association_key),
        )
        .order_by(former_addresses.c.address_key)
        .limit(limit)
    )
    return [(row.address_key, row.address) for row in await connection.execute(query)]
