"""Events: what was done, by whom, in the order of commits. Appended, never changed.

A reader who keeps the last number it saw misses nothing: on PostgreSQL numbers are drawn while
other transactions are open, so events are written at the end of each, by one at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.actor import Actor, ActorKind
from communique.domain.event import Event, Sought, Subject, SubjectKind, Verb
from communique.domain.scope import Operator, Scope
from communique.store import reasons
from communique.store.scopes import agreements_seen, own, releases_seen
from communique.store.tables import agreements, events, releases, subscribers


class Events:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._appended: list[Event] = []

    async def append(self, event: Event) -> None:
        """Have an event written with this transaction; it gets its number at the end of it."""
        self._appended.append(event)

    def mark(self) -> int:
        """What was appended up to here, for `forget_since`."""
        return len(self._appended)

    def forget_since(self, mark: int) -> None:
        """What was appended since then did not happen."""
        del self._appended[mark:]

    async def write(self) -> bool:
        """Write what was appended: the last that a transaction does, for others wait from here.

        Whether there was anything.
        """
        if not self._appended:
            return False
        if self._connection.dialect.name == "postgresql":  # whoever writes on SQLite writes alone
            await self._connection.execute(text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))
        await self._connection.execute(insert(events), [_row(one) for one in self._appended])
        self._appended.clear()
        return True

    async def history(self, scope: Scope, release_id: int) -> tuple[Event, ...]:
        """What happened to a release, in order."""
        rows = await self._connection.execute(
            select(events)
            .where(
                events.c.subject == SubjectKind.RELEASE.value,
                events.c.subject_id == release_id,
                *_seen(scope),
            )
            .order_by(events.c.id)
        )
        return tuple(map(_event, rows))

    async def about(self, scope: Scope, association: str, subscriber_id: int) -> tuple[Event, ...]:
        """What was done to a subscriber of an association, in order."""
        rows = await self._connection.execute(
            select(events)
            .where(
                events.c.subject == SubjectKind.SUBSCRIBER.value,
                events.c.subject_id == subscriber_id,
                events.c.association_key == association,
                *own(scope, events.c.association_key),
            )
            .order_by(events.c.id)
        )
        return tuple(map(_event, rows))

    async def since(self, scope: Scope, after: int, limit: int) -> Sequence[Event]:
        """The first events after the one of that number: an association's own, and those of every
        release and agreement that it sees.
        """
        query = (
            select(events)
            .where(events.c.id > after, *_seen(scope))
            .order_by(events.c.id)
            .limit(limit)
        )
        return [_event(row) for row in await self._connection.execute(query)]

    async def page(
        self, scope: Scope, sought: Sought, *, before: int | None, limit: int
    ) -> tuple[Event, ...]:
        """The newest that are sought, or those before the one of that number, newest first."""
        query = select(events).where(*_seen(scope), *_sought(sought))
        if before is not None:
            query = query.where(events.c.id < before)
        rows = await self._connection.execute(query.order_by(events.c.id.desc()).limit(limit))
        return tuple(map(_event, rows))

    async def people(self, scope: Scope, ids: Collection[int]) -> dict[int, str]:
        """Whom events are about, by number: their name, else their address; nobody's is erased."""
        name = subscribers.c.given_name + " " + subscribers.c.family_name
        rows = await self._connection.execute(
            select(subscribers.c.id, name.label("name"), subscribers.c.address).where(
                subscribers.c.id.in_(ids),
                subscribers.c.member_id.is_not(None),
                *own(scope, subscribers.c.association_key),
            )
        )
        return {row.id: row.name.strip() or row.address for row in rows}


def _sought(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.verbs:
        yield events.c.verb.in_(sorted(sought.verbs))
    if sought.kind is not None:
        yield events.c.actor_kind == sought.kind.value
    if sought.account is not None:
        yield events.c.actor_account == sought.account
    if sought.subject is not None:
        yield events.c.subject == sought.subject.value
    if sought.key:
        yield events.c.subject_key == sought.key
    if sought.since is not None:
        yield events.c.at >= sought.since
    if sought.until is not None:
        yield events.c.at < sought.until


def _seen(scope: Scope) -> list[ColumnElement[bool]]:
    if isinstance(scope, Operator):
        return []
    released = select(releases.c.id).where(*releases_seen(scope))
    agreed = select(agreements.c.key).where(*agreements_seen(scope))
    shared = or_(
        and_(events.c.subject == SubjectKind.RELEASE.value, events.c.subject_id.in_(released)),
        and_(events.c.subject == SubjectKind.AGREEMENT.value, events.c.subject_key.in_(agreed)),
    )
    own = events.c.association_key.in_(sorted(scope.associations))
    return [or_(own, and_(events.c.association_key.is_(None), shared))]


def _row(event: Event) -> dict[str, Any]:
    return {
        "subject": event.subject.kind.value,
        "subject_id": event.subject.id or None,
        "subject_key": event.subject.key,
        "association_key": event.association,
        "verb": event.verb.value,
        "state": event.state,
        "actor_kind": event.actor.kind.value,
        "actor_name": event.actor.name,
        "actor_account": event.actor.account,
        "detail": reasons.written(event.detail),
        "at": event.at,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        Subject(SubjectKind(row.subject), row.subject_key, row.subject_id or 0),
        Verb(row.verb),
        actor_of(row),
        row.at,
        row.association_key,
        reasons.read(row.detail) or "",
        row.state,
        row.id,
    )


def actor_of(row: Row[Any]) -> Actor:
    """The actor that a row names."""
    return Actor(ActorKind(row.actor_kind), row.actor_name, row.actor_account)
