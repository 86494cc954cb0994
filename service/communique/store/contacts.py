"""A subscriber as the desk knows them, and the query of them that others narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, func, select

from communique.domain.consent import Extent
from communique.domain.delivery import SkipReason
from communique.domain.member import Contact, Member, Reach
from communique.domain.scope import Scope
from communique.store.scopes import own
from communique.store.suppressions import suppression_reason
from communique.store.tables import lists, members, subscribers, subscriptions


def contact(row: Row[tuple[object, ...]]) -> Contact:
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


def contact_query(scope: Scope, association: str) -> Select[tuple[object, ...]]:
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
            subscribers.c.merged_into.is_(None),
            *own(scope, subscribers.c.association_key),
        )
    )
