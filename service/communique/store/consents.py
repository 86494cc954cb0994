"""The ledger of what people said, and the places that it comes to: both are written here, at once.

The rule is `domain.consent`'s fold; `tests/contract/test_store_consents.py` holds the two equal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, delete, insert, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import Basis, ConsentEvent, Evidence, Extent, Place, Word
from communique.domain.delivery import SkipReason
from communique.domain.scope import Scope
from communique.errors import NotFound
from communique.store import dialect
from communique.store.consent_tables import consents
from communique.store.early_noes import EarlyNoes
from communique.store.events import actor_of
from communique.store.lapses import recompute_lapses
from communique.store.locks import hold_alone
from communique.store.scopes import own
from communique.store.tables import lists, subscribers, subscriptions

WIDER = {Extent.JOINT: subscribers.c.no_joint_since, Extent.ALL: subscribers.c.no_all_since}


class Consents:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.early = EarlyNoes(connection)

    async def append(self, event: ConsentEvent) -> bool:
        """Write down what was said, and what it comes to; False if it was so already.

        A no, and a place that is taken away, has the association's row alone until the transaction
        ends, which claims share (P5).
        Raises NotFound for a list or a person that the association has not.
        """
        if event.word in (Word.WITHDRAWN, Word.REMOVED):
            await hold_alone(self._connection, event.association)
        list_id = await self._list_of_theirs(event)
        if event.word in (Word.ASKED, Word.LAPSED):  # they come to nothing by themselves
            new = True
        elif list_id is not None:
            new = await self._on_list(event, list_id)
        else:
            new = await self._wider(event)
        if new:
            await self._connection.execute(insert(consents), [ledger_row(event)])
        return new

    async def _list_of_theirs(self, event: ConsentEvent) -> int | None:
        """The number of the list that it is about, if it is one, of a person who is there (P6)."""
        found = await self._connection.execute(
            select(lists.c.id)
            .select_from(subscribers)
            .outerjoin(
                lists,
                and_(
                    lists.c.association_key == subscribers.c.association_key,
                    lists.c.key == event.list_key,
                ),
            )
            .where(
                subscribers.c.id == event.subscriber,
                subscribers.c.association_key == event.association,
            )
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("subscriber_gone")
        if event.extent is not Extent.LIST:
            return None
        if row.id is None:
            raise NotFound(
                "list_unknown", association=event.association, list=event.list_key, known=()
            )
        return int(row.id)

    async def _wider(self, event: ConsentEvent) -> bool:
        """A no, or their own yes, which alone takes one back: to nothing else does a place go."""
        since = WIDER[event.extent]
        said_no = event.word is Word.WITHDRAWN
        if not said_no and event.word is not Word.CONFIRMED:
            return True
        changed = await self._connection.execute(
            update(subscribers)
            .where(
                subscribers.c.id == event.subscriber,
                since.is_(None) if said_no else since.is_not(None),
            )
            .values({since: event.at if said_no else None})
        )
        return changed.rowcount > 0

    async def _on_list(self, event: ConsentEvent, list_id: int) -> bool:
        if event.word is Word.REMOVED:  # a no of theirs stays: it says more than that they are off
            gone = await self._connection.execute(
                delete(subscriptions).where(
                    subscriptions.c.list_id == list_id,
                    subscriptions.c.subscriber_id == event.subscriber,
                    subscriptions.c.no_since.is_(None),
                )
            )
            return gone.rowcount > 0
        since = event.since or event.at.date()
        statement = dialect.insert(self._connection, subscriptions)
        held = subscriptions.c
        changes: dict[str, Any]
        match event.word:
            case Word.WITHDRAWN:
                changes = {"no_since": event.at, "confirmed": False}
                differs: ColumnElement[bool] = held.no_since.is_(None)
            case Word.CONFIRMED:
                changes = {"no_since": None, "confirmed": True, "since": since}
                differs = or_(held.no_since.is_not(None), held.confirmed.is_(False))
            case _:
                changes = {"since": since}
                differs = held.since != since
        first = {"list_id": list_id, "subscriber_id": event.subscriber, "since": since, **changes}
        written = await self._connection.execute(
            statement.values(first)
            .on_conflict_do_update(
                index_elements=["list_id", "subscriber_id"], set_=changes, where=differs
            )
            .returning(held.list_id)
        )
        if written.first() is None:
            return False
        place = and_(held.list_id == list_id, held.subscriber_id == event.subscriber)
        await recompute_lapses(self._connection, place)
        return True

    async def of(
        self, scope: Scope, association: str, subscriber_id: int
    ) -> tuple[ConsentEvent, ...]:
        """All that was said of a person, in its order."""
        rows = await self._connection.execute(
            select(consents)
            .where(
                consents.c.association_key == association,
                consents.c.subscriber_id == subscriber_id,
                *own(scope, consents.c.association_key),
            )
            .order_by(consents.c.id)
        )
        return tuple(map(_event, rows))

    async def places(self, scope: Scope, association: str, subscriber_id: int) -> dict[str, Place]:
        """Where a person stands with each list that they were put on or left, by its key."""
        rows = await self._connection.execute(
            select(
                lists.c.key,
                subscriptions.c.since,
                subscriptions.c.lapses_on,
                subscriptions.c.no_since,
                subscribers.c.no_joint_since,
                subscribers.c.no_all_since,
            )
            .join_from(subscriptions, lists, subscriptions.c.list_id == lists.c.id)
            .join(subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
            .where(
                subscribers.c.association_key == association,
                subscribers.c.id == subscriber_id,
                *own(scope, subscribers.c.association_key),
            )
            .order_by(lists.c.id)
        )
        return {
            row.key: Place(
                row.since,
                row.lapses_on,
                frozenset(
                    extent
                    for extent, since in (
                        (Extent.LIST, row.no_since),
                        (Extent.JOINT, row.no_joint_since),
                        (Extent.ALL, row.no_all_since),
                    )
                    if since
                ),
            )
            for row in rows
        }


def said_no(*, joint: bool) -> ColumnElement[str | None]:
    """Why a place (joined: subscribers, subscriptions) is none by its owner's no, or NULL."""
    noes = [
        subscriptions.c.list_id.is_(None),
        subscriptions.c.no_since.is_not(None),
        subscribers.c.no_all_since.is_not(None),
    ]
    if joint:
        noes.append(subscribers.c.no_joint_since.is_not(None))
    return case((or_(*noes), SkipReason.UNSUBSCRIBED.value), else_=null())


def ledger_row(event: ConsentEvent) -> dict[str, object]:
    """An event as its table has it."""
    return {
        "association_key": event.association,
        "subscriber_id": event.subscriber,
        "list_key": event.list_key,
        "word": event.word.value,
        "basis": event.basis.value if event.basis else "",
        "language": event.evidence.language,
        "source": event.evidence.source,
        "at": event.at,
        "extent": event.extent.value,
        "since": event.since,
        "wording": event.evidence.wording,
        "version": event.evidence.version,
        "origin": event.evidence.origin,
        "actor_kind": event.actor.kind.value,
        "actor_name": event.actor.name,
        "actor_account": event.actor.account,
    }


def _event(row: Row[Any]) -> ConsentEvent:
    return ConsentEvent(
        row.association_key,
        row.subscriber_id,
        Word(row.word),
        actor_of(row),
        Evidence(row.source, row.language, row.wording, row.version, row.origin),
        row.at,
        Extent(row.extent),
        row.list_key,
        Basis(row.basis) if row.basis else None,
        row.since,
    )
