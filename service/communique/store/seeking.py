"""Looking for people: pages by key, whatever is asked, in one statement.

The numbers of a page are chosen first, and only they are read whole. A search for words reads as
many people of its association as it takes to find a page of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import SkipReason
from communique.domain.scope import Scope
from communique.domain.seeking import Listed, Looked
from communique.store.contacts import contact, contact_query
from communique.store.folding import has
from communique.store.scopes import own
from communique.store.snapshot import why_not
from communique.store.suppressions import suppression_reason
from communique.store.tables import former_addresses, lists, members, subscribers, subscriptions


async def page(
    connection: AsyncConnection,
    scope: Scope,
    association: str,
    looked: Looked,
    today: date,
    *,
    after: int | None,
    before: int | None,
    limit: int,
) -> Sequence[Listed]:
    """Those who are looked for, by address: the first, or those next to one of that number."""
    why = _why_not(looked, today)
    found = _of_list(looked, select(subscribers.c.id)).join(
        members, subscribers.c.member_id == members.c.id
    )
    found = found.where(
        subscribers.c.association_key == association,
        subscribers.c.merged_into.is_(None),
        *own(scope, subscribers.c.association_key),
        *_stands(looked, why),
        *(_says(word, association) for word in looked.words),
    )
    key = subscribers.c.address_key
    if before is not None:
        found = found.where(key < _key(association, before)).order_by(key.desc())
    else:
        found = found.order_by(key)
        if after is not None:
            found = found.where(key > _key(association, after))
    chosen = found.limit(limit).subquery("chosen")
    since, lapses = (
        (subscriptions.c.since, subscriptions.c.lapses_on) if looked.list_key else (null(), null())
    )
    shown = contact_query(scope, association).add_columns(
        why.label("why_not"), since.label("of_since"), lapses.label("of_lapse")
    )
    shown = _of_list(looked, shown)
    rows = await connection.execute(
        shown.where(subscribers.c.id.in_(select(chosen.c.id))).order_by(key)
    )
    return [_listed(row) for row in rows]


def _of_list(looked: Looked, query: Select[Any]) -> Select[Any]:
    """Beside each one's place on the list, if it is one that is looked at."""
    if not looked.list_key:
        return query
    return query.join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id).join(
        lists,
        and_(
            lists.c.id == subscriptions.c.list_id,
            lists.c.association_key == subscribers.c.association_key,
            lists.c.key == looked.list_key,
        ),
    )


def _why_not(looked: Looked, today: date) -> ColumnElement[str | None]:
    """Why somebody is not written to on that list; else, on none of theirs."""
    if looked.list_key:
        return why_not(joint=False, today=today, in_force=True)
    holds = or_(subscriptions.c.lapses_on.is_(None), subscriptions.c.lapses_on > today)
    stays = and_(
        subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.no_since.is_(None)
    )
    said_no = or_(subscribers.c.no_all_since.is_not(None), ~exists().where(stays))
    return func.coalesce(
        suppression_reason(),
        case((said_no, SkipReason.UNSUBSCRIBED.value), else_=null()),
        case((~exists().where(stays, holds), SkipReason.CONSENT_LAPSED.value), else_=null()),
    )


def _stands(looked: Looked, why: ColumnElement[str | None]) -> Iterator[ColumnElement[bool]]:
    if looked.reason:
        yield why == looked.reason.value
    elif looked.may is not None:
        yield why.is_(None) if looked.may else why.is_not(None)


def _says(word: str, association: str) -> ColumnElement[bool]:
    """Whether something about somebody has that word in it, an address that they had as well."""
    columns = (
        *(subscribers.c.given_name, subscribers.c.family_name, subscribers.c.address),
        *(members.c.name, members.c.reference),
    )
    text: ColumnElement[str] = columns[0]
    for one in columns[1:]:
        text = text + " " + one
    moved = select(former_addresses.c.subscriber_id).where(
        former_addresses.c.association_key == association,
        has(former_addresses.c.address_key, word),
    )
    return or_(has(text, word), subscribers.c.id.in_(moved))


def _key(association: str, number: int) -> ColumnElement[str]:
    """Where the one of that number stands in the order of addresses."""
    return (
        select(subscribers.c.address_key)
        .where(subscribers.c.association_key == association, subscribers.c.id == number)
        .scalar_subquery()
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        contact(row),
        SkipReason(row.why_not) if row.why_not else None,
        row.of_since,
        row.of_lapse,
    )
