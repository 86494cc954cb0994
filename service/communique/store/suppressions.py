"""Who is not to be written to, as a part of other queries: by address, whoever has it now."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select

from communique.domain.delivery import SkipReason
from communique.domain.member import Reach, SuppressionScope
from communique.store.tables import subscribers, suppressions


def suppressed_for_all() -> ColumnElement[str | None]:
    """Why a person (joined: subscribers) is never to be written to, or NULL."""
    return (
        select(func.min(suppressions.c.reason))
        .where(
            suppressions.c.association_key == subscribers.c.association_key,
            suppressions.c.address_key == subscribers.c.address_key,
            suppressions.c.scope == SuppressionScope.ALL.value,
        )
        .scalar_subquery()
    )


def all_suppressions() -> ColumnElement[str | None]:
    """How far every suppression of a person (joined: subscribers) reaches; see `reaches`."""
    stated = suppressions.c.scope + ":" + suppressions.c.reason + ":" + suppressions.c.list_key
    return (
        select(func.aggregate_strings(stated, " "))
        .where(
            suppressions.c.association_key == subscribers.c.association_key,
            suppressions.c.address_key == subscribers.c.address_key,
        )
        .scalar_subquery()
    )


def reaches(stated: str | None) -> tuple[Reach, ...]:
    """What `all_suppressions` gave; by the names of the scopes, the widest is the first."""
    parts = [one.split(":") for one in sorted((stated or "").split())]
    return tuple(
        Reach(SuppressionScope(scope), SkipReason(reason), list_key)
        for scope, reason, list_key in parts
    )


def suppression_reason(*, list_key: ColumnElement[str], joint: bool) -> ColumnElement[str | None]:
    """Why a person is not to be written to for this list and kind of release, or NULL.

    Used by the snapshot and again by every claim (P5), so that the two can never differ.
    """
    reaches = [
        suppressions.c.scope == SuppressionScope.ALL.value,
        and_(
            suppressions.c.scope == SuppressionScope.LIST.value,
            suppressions.c.list_key == list_key,
        ),
    ]
    if joint:
        reaches.append(suppressions.c.scope == SuppressionScope.JOINT.value)
    return (
        select(func.min(suppressions.c.reason))
        .where(
            suppressions.c.association_key == subscribers.c.association_key,
            suppressions.c.address_key == subscribers.c.address_key,
            or_(*reaches),
        )
        .scalar_subquery()
    )
