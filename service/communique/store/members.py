"""Member companies: found by their number or their name, added and changed in sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import Basis
from communique.domain.member import KnownMember, Member
from communique.domain.plain import written
from communique.domain.scope import Scope
from communique.store.dialect import change, given, next_numbers
from communique.store.lapses import recompute_lapses
from communique.store.locks import hold_alone
from communique.store.scopes import own
from communique.store.tables import lists, members, subscribers, subscriptions


class Members:
    """Queries by noun; one transaction's. Each names its association: nobody reads another's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def called(
        self, scope: Scope, association: str, references: Collection[str], names: Collection[str]
    ) -> tuple[KnownMember, ...]:
        """Those that have one of these references, or exactly one of these names."""
        ours = (members.c.association_key == association, *own(scope, members.c.association_key))
        # Each by an index of its own: of one condition or another PostgreSQL would try every row.
        query = union(
            select(members).where(*ours, _among("references", members.c.reference)),
            select(members).where(*ours, _among("names", members.c.name)),
        ).order_by("reference")
        found = await self._connection.execute(
            query, {"references": [[one] for one in references], "names": [[one] for one in names]}
        )
        return tuple(_known(row) for row in found)

    async def by_id(
        self, scope: Scope, association: str, ids: Collection[int]
    ) -> Mapping[int, KnownMember]:
        """Those of these numbers, by number."""
        query = select(members).where(
            members.c.association_key == association,
            members.c.id.in_(ids),
            *own(scope, members.c.association_key),
        )
        return {row.id: _known(row) for row in await self._connection.execute(query)}

    async def add(self, association: str, added: Sequence[Member]) -> Mapping[str, int]:
        """Add companies; their numbers here, by reference."""
        if not added:
            return {}
        numbers = await next_numbers(self._connection, members, len(added))
        rows = [
            [
                *(number, one.reference, one.name, one.sector, one.territory, one.kind),
                *(written(one.since), written(one.until)),
            ]
            for number, one in zip(numbers, added, strict=True)
        ]
        await self._connection.execute(_ADD, {"association": association, "members": rows})
        return {one.reference: number for number, one in zip(numbers, added, strict=True)}

    async def change(self, association: str, changed: Sequence[KnownMember]) -> None:
        """Make these companies what they are now. A new end of membership holds for their people.

        Has the association's row alone until the transaction ends, which claims share (P5).
        """
        if not changed:
            return
        await hold_alone(self._connection, association)
        values = {one.id: _values(one.member) for one in changed}
        await change(self._connection, members, association, values)
        await recompute_lapses(self._connection, members.c.id.in_([one.id for one in changed]))

    async def lapsed(
        self, scope: Scope, association: str, ids: Collection[int], today: date
    ) -> Mapping[int, int]:
        """How many places hold no more, of those that rest on the membership of these companies."""
        query = (
            select(subscribers.c.member_id, func.count().label("places"))
            .join_from(subscriptions, subscribers)
            .join(lists, subscriptions.c.list_id == lists.c.id)
            .where(
                subscribers.c.association_key == association,
                subscribers.c.member_id.in_(ids),
                subscriptions.c.lapses_on <= today,
                subscriptions.c.no_since.is_(None),
                lists.c.basis == Basis.MEMBERSHIP.value,
                *own(scope, subscribers.c.association_key),
            )
            .group_by(subscribers.c.member_id)
        )
        return {row.member_id: row.places for row in await self._connection.execute(query)}


def _among(parameter: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a column is among the values that a statement is given as one parameter."""
    return column.in_(select(given(parameter, [column])))


def _known(row: Row[Any]) -> KnownMember:
    return KnownMember(
        row.id,
        Member(row.reference, row.name, row.sector, row.territory, row.kind, row.since, row.until),
    )


def _values(one: Member) -> dict[str, object]:
    return {
        "reference": one.reference,
        "name": one.name,
        "sector": one.sector,
        "territory": one.territory,
        "kind": one.kind,
        "since": one.since,
        "until": one.until,
    }


# Built once, for it runs for every group of an import.

_MEMBERS = given("members", [one for one in members.c if one.name != "association_key"])
_ADD = insert(members).from_select(
    ["association_key", *_MEMBERS.c.keys()],
    select(bindparam("association", type_=members.c.association_key.type), *_MEMBERS.c),
)
