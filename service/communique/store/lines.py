"""The lines of the delivery log as queries: whose, of what, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, func, literal, or_, select

from communique.domain.address import parse
from communique.domain.delivery import DeliveryState
from communique.domain.log import Line, LogFilter
from communique.domain.scope import Scope
from communique.store.folding import has
from communique.store.former import called, records, records_of
from communique.store.scopes import own
from communique.store.tables import (
    attempts,
    deliveries,
    former_addresses,
    members,
    releases,
    subscribers,
)

WORDS = 8  # of a text that is searched for: each is looked for in everybody


def maybe_twice() -> list[Any]:
    """A copy can exist only after an end that nobody knows, followed by another attempt.

    One that is in hand is none yet: it may be put back.
    """
    in_hand = case((deliveries.c.state == DeliveryState.SENDING.value, 1), else_=0)
    return [deliveries.c.unknowns > 0, deliveries.c.attempts - in_hand > 1]


def selected(scope: Scope, only: LogFilter, *, join_last: bool = True) -> Select[Any]:
    changed = func.coalesce(
        deliveries.c.ended_at,
        attempts.c.started_at,
        releases.c.picked_up_at,
        type_=deliveries.c.ended_at.type,
    )
    matching = attempts.c.delivery_id == deliveries.c.id
    if join_last:
        matching = and_(matching, attempts.c.number == deliveries.c.attempts)
    query = (
        select(
            deliveries,
            releases.c.key.label("release"),
            releases.c.picked_up_at.label("began"),
            changed.label("at"),
            attempts.c.id.label("attempt_id"),
            attempts.c.code,
            attempts.c.enhanced,
            attempts.c.reply,
        )
        .join_from(deliveries, releases, deliveries.c.release_id == releases.c.id)
        .join(attempts, matching, isouter=join_last)
        .where(*own(scope, deliveries.c.association_key))
    )
    if only.release:
        query = query.where(releases.c.key == only.release)
    if only.association:
        query = query.where(deliveries.c.association_key == only.association)
    if only.state:
        query = query.where(deliveries.c.state == only.state.value)
    if only.domain:
        domain = only.domain
        query = query.where(
            or_(
                deliveries.c.address.iendswith(f"@{domain}", autoescape=True),
                deliveries.c.address.iendswith(f".{domain}", autoescape=True),
            )
        )
    query = query.where(*_person(only))
    if only.reason:
        spelt = func.replace(deliveries.c.reason, "_", " ")  # a code, as people read it
        said = (only.reason, *only.reasons)
        query = query.where(or_(*(has(spelt, one.replace("_", " ")) for one in said)))
    if only.since:
        query = query.where(changed >= only.since)
    if only.until:
        query = query.where(changed < only.until)
    if only.copies:
        query = query.where(*maybe_twice())
    return query


def _person(only: LogFilter) -> Iterator[ColumnElement[bool]]:
    """Whose deliveries a filter asks for."""
    if only.member:
        yield has(deliveries.c.member, only.member)
    if only.name:
        name = deliveries.c.given_name + " " + deliveries.c.family_name
        yield has(name, only.name)
    if only.address:
        # By the key of the person: any spelling of any address of theirs finds it.
        key = parse(only.address).key
        yield deliveries.c.subscriber_id.in_(records(called(only.association, key)))
    if only.text:
        yield deliveries.c.subscriber_id.in_(records(_called(only.association, only.text)))
    if only.subscriber:
        yield deliveries.c.subscriber_id.in_(records_of(only.subscriber))


def _called(association: str | None, text: str) -> Select[tuple[int]]:
    """Whoever has each of these words in their name, their address or their company's name, and
    whoever had such an address.

    People are fewer than what was ever sent to them, and have an index to that.
    """
    written = (subscribers.c.given_name, subscribers.c.family_name, subscribers.c.address)
    said: ColumnElement[str] = func.coalesce(members.c.name, literal("", Text), type_=Text)
    for one in written:
        said = said + " " + one
    matching = and_(*(has(said, word) for word in text.split()[:WORDS]))
    found = select(subscribers.c.id).join_from(subscribers, members, isouter=True)
    if "@" in text:
        moved = select(former_addresses.c.subscriber_id)
        moved = moved.where(has(former_addresses.c.address_key, text.strip()))
        if association:
            moved = moved.where(former_addresses.c.association_key == association)
        matching = or_(matching, subscribers.c.id.in_(moved))
    if association:
        found = found.where(subscribers.c.association_key == association)
    return found.where(matching)


def as_line(row: Row[Any]) -> Line:
    said = " ".join(part for part in (row.enhanced, row.reply) if part)
    return Line(
        delivery_id=row.id,
        release=row.release,
        association=row.association_key,
        address=row.address,
        name=f"{row.given_name} {row.family_name}".strip(),
        member=row.member,
        language=row.language,
        state=DeliveryState(row.state),
        reason=row.reason or "",
        attempts=row.attempts,
        at=row.at,
        due_at=row.due_at,
        code=row.code,
        reply=said,
        began=row.began,
    )
