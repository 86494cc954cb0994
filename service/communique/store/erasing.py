"""Erasing a person: what says who they were goes out of every row; counts and sums stay (P1).

The tables that are only ever appended to are no exception: this is the one that the law makes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.address import parse
from communique.domain.event import SubjectKind
from communique.domain.member import Contact, Erased
from communique.domain.outcome import impersonal
from communique.errors import Invalid
from communique.store.consent_tables import consents, early_noes, suppressions
from communique.store.dialect import retire
from communique.store.former import records_of
from communique.store.pass_tables import pass_names, pass_uses
from communique.store.tables import (
    attempts,
    deliveries,
    events,
    former_addresses,
    members,
    subscribers,
    subscriptions,
)

_ADDRESSES = re.compile(r"[^\s<>]+@[^\s<>,;:]+")
GONE = "[erased]"


async def erase(connection: AsyncConnection, contact: Contact, mark: str) -> Erased:
    """Take everything personal out of all rows about somebody; `mark` is their key from now on.

    Their deliveries keep release, list, state and times, and are nobody's.
    """
    async with _overwriting(connection):
        return await _erase(connection, contact, mark)


@asynccontextmanager
async def _overwriting(connection: AsyncConnection) -> AsyncIterator[None]:
    """Have SQLite overwrite in its file what is taken out meanwhile, and then do as it did."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = (await connection.exec_driver_sql("PRAGMA secure_delete")).scalar_one()
    await connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        usual = {0: "OFF", 1: "ON"}.get(before, "FAST")
        await connection.exec_driver_sql(f"PRAGMA secure_delete = {usual}")


async def _erase(connection: AsyncConnection, contact: Contact, mark: str) -> Erased:
    ids = (await connection.execute(records_of(contact.id))).scalars().all()
    theirs = deliveries.c.subscriber_id.in_(ids)
    about = (events.c.subject == SubjectKind.SUBSCRIBER.value, events.c.subject_id.in_(ids))
    had = select(subscribers.c.address).where(subscribers.c.id.in_(ids))
    addresses = set((await connection.execute(had)).scalars())
    addresses |= set(
        (await connection.execute(select(deliveries.c.address).where(theirs))).scalars()
    )
    for detail in (await connection.execute(select(events.c.detail).where(*about))).scalars():
        addresses |= set(_ADDRESSES.findall(detail))
    gone = delete(former_addresses).where(former_addresses.c.subscriber_id == contact.id)
    former = (await connection.execute(gone.returning(former_addresses.c.address_key))).scalars()
    keys = sorted({*filter(None, map(_key, addresses)), *former})
    number = await _deliveries(connection, theirs)
    await _passes(connection, theirs)
    await connection.execute(update(events).where(*about).values(detail="", subject_key=""))
    if keys:
        await _events_that_name(connection, contact.association, keys)
    words = await connection.execute(
        update(consents)
        .where(consents.c.subscriber_id.in_(ids))
        .values(source=GONE, wording="", origin="")
    )
    await connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id.in_(ids)))
    await connection.execute(
        delete(suppressions).where(
            suppressions.c.association_key == contact.association,
            suppressions.c.address_key.in_(keys),
        )
    )
    await connection.execute(
        delete(early_noes).where(
            early_noes.c.association_key == contact.association,
            early_noes.c.address_key.in_(keys),
        )
    )
    of_member = select(subscribers.c.member_id).where(subscribers.c.id.in_(ids)).distinct()
    companies = (await connection.execute(of_member)).scalars().all()
    await connection.execute(
        update(subscribers).where(subscribers.c.id == contact.id).values(address_key=mark)
    )
    await connection.execute(
        update(subscribers)
        .where(subscribers.c.id.in_(ids))
        .values(
            member_id=None,
            address="",
            given_name="",
            family_name="",
            role="",
            corrected={},
            no_joint_since=None,
            no_all_since=None,
        )
    )
    for member in companies:
        others = select(subscribers.c.id).where(subscribers.c.member_id == member).limit(1)
        if (await connection.execute(others)).first() is None:  # a person may be their own company
            of_it = update(pass_uses).where(pass_uses.c.member_id == member)
            await connection.execute(of_it.values(member_id=None))
            await connection.execute(delete(members).where(members.c.id == member))
            await retire(connection, members, member)
    return Erased(tuple(keys), number, words.rowcount)


async def _deliveries(connection: AsyncConnection, theirs: ColumnElement[bool]) -> int:
    said = select(deliveries.c.id, deliveries.c.reason).where(
        theirs, deliveries.c.reason.contains("@")
    )
    for row in (await connection.execute(said)).all():
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.id == row.id)
            .values(reason=impersonal(row.reason or ""))
        )
    ids = select(deliveries.c.id).where(theirs)
    await connection.execute(
        update(attempts).where(attempts.c.delivery_id.in_(ids)).values(reply="")
    )
    changed = await connection.execute(
        update(deliveries)
        .where(theirs)
        .values(address="", given_name="", family_name="", role="", member="")
    )
    return changed.rowcount


async def _passes(connection: AsyncConnection, theirs: ColumnElement[bool]) -> None:
    """Their passes are nobody's; how often their company used an advantage stays counted."""
    ids = select(deliveries.c.id).where(theirs)
    await connection.execute(delete(pass_names).where(pass_names.c.delivery_id.in_(ids)))
    await connection.execute(
        update(pass_uses).where(pass_uses.c.delivery_id.in_(ids)).values(delivery_id=None)
    )


async def _events_that_name(
    connection: AsyncConnection, association: str, keys: Collection[str]
) -> None:
    """Take addresses out of the events of whatever else they were named in."""
    mine = or_(events.c.association_key == association, events.c.association_key.is_(None))
    await connection.execute(
        update(events)
        .where(
            mine,
            events.c.subject == SubjectKind.ADDRESS.value,
            events.c.subject_key.in_(keys),
        )
        .values(subject_key=GONE, detail="")
    )
    detail = func.lower(events.c.detail)
    named = select(events.c.id, events.c.detail).where(
        mine, or_(*(detail.contains(key, autoescape=True) for key in keys))
    )
    whole = _whole(keys)
    for row in (await connection.execute(named)).all():
        left = whole.sub(GONE, row.detail)
        if left != row.detail:
            await connection.execute(
                update(events).where(events.c.id == row.id).values(detail=left)
            )


def _whole(keys: Collection[str]) -> re.Pattern[str]:
    """These addresses where they stand by themselves, and are no part of another's."""
    any_of_them = "|".join(map(re.escape, keys))
    return re.compile(rf"(?<!\w)(?<!\w[.+'&-])(?:{any_of_them})(?![.-]?\w)", re.IGNORECASE)


def _key(address: str) -> str | None:
    try:
        return parse(address).key
    except Invalid:
        return None
