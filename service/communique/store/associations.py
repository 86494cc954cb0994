"""Associations, their lists, and the agreements between them, as last synced from files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain import when
from communique.domain.association import (
    Agreement,
    Association,
    Term,
    appended,
    from_document,
    to_document,
)
from communique.domain.consent import Longer
from communique.domain.scope import Operator, Scope
from communique.errors import NotFound
from communique.store import lapses
from communique.store.dialect import insert
from communique.store.locks import Turn, take_turns
from communique.store.scopes import agreements_seen, own
from communique.store.tables import (
    agreement_terms,
    agreements,
    associations,
    lists,
    subscriptions,
)


class Associations:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self) -> None:
        """Let nobody else declare anything until the transaction ends: both would add one."""
        await take_turns(self._connection, Turn.DECLARING)

    async def all(self, scope: Scope) -> tuple[Association, ...]:
        """Every association, by key."""
        rows = await self._connection.execute(
            select(associations.c.definition)
            .where(*own(scope, associations.c.key))
            .order_by(associations.c.key)
        )
        return tuple(from_document(definition) for (definition,) in rows)

    async def named(self, scope: Scope, keys: Collection[str]) -> dict[str, Association]:
        """Those of these that there are, by key."""
        rows = await self._connection.execute(
            select(associations.c.key, associations.c.definition).where(
                associations.c.key.in_(keys), *own(scope, associations.c.key)
            )
        )
        return {row.key: from_document(row.definition) for row in rows}

    async def keys(self, scope: Scope) -> tuple[str, ...]:
        """The key of each association, in order."""
        found = await self._connection.execute(
            select(associations.c.key)
            .where(*own(scope, associations.c.key))
            .order_by(associations.c.key)
        )
        return tuple(found.scalars())

    async def get(self, scope: Scope, key: str) -> Association:
        """One association, its people with it. Raises NotFound."""
        row = await self._connection.execute(
            select(associations.c.definition).where(
                associations.c.key == key, *own(scope, associations.c.key)
            )
        )
        if (definition := row.scalar_one_or_none()) is None:
            known = list(await self.keys(scope))
            raise NotFound("association_unknown", association=key, known=known)
        return from_document(definition)

    async def save(self, association: Association, at: datetime) -> dict[str, Longer]:
        """Add or replace a definition. Lists are added or changed; none disappears.

        A list's new basis holds for everybody who is on it already: what that makes of their
        consent, by list.
        """
        statement = insert(self._connection, associations).values(
            key=association.key, definition=to_document(association), synced_at=at
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={"definition": statement.excluded.definition, "synced_at": at},
            )
        )
        rows = await self._connection.execute(
            select(lists.c.key, lists.c.id, lists.c.basis).where(
                lists.c.association_key == association.key
            )
        )
        before = {row.key: row for row in rows}
        today = when.day(at, association.time_zone)
        longer = {}
        for one in association.lists:
            statement = insert(self._connection, lists).values(
                association_key=association.key, key=one.key, basis=one.basis.value
            )
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["association_key", "key"],
                    set_={"basis": statement.excluded.basis},
                )
            )
            if one.key in before and before[one.key].basis != one.basis.value:
                on_it = subscriptions.c.list_id == before[one.key].id
                longer[one.key] = await lapses.recompute_lapses(self._connection, on_it, today)
        return longer

    async def agreements(self, scope: Scope) -> tuple[Agreement, ...]:
        """Every agreement with its terms, in order of their start."""
        return await self._agreements(*agreements_seen(scope))

    async def _agreements(
        self, *which: ColumnElement[bool], hold: bool = False
    ) -> tuple[Agreement, ...]:
        query = select(agreements).where(*which).order_by(agreements.c.key)
        rows = await self._connection.execute(query.with_for_update(read=True) if hold else query)
        terms: dict[str, list[Term]] = {}
        for row in await self._connection.execute(
            select(agreement_terms)
            .join_from(agreement_terms, agreements)
            .where(*which)
            .order_by(agreement_terms.c.starts)
        ):
            terms.setdefault(row.agreement_key, []).append(Term(row.starts, row.ends))
        return tuple(
            Agreement(
                key=row.key,
                names=row.definition["names"],
                parties=tuple(row.definition["parties"]),
                terms=tuple(terms.get(row.key, ())),
                ended=date.fromisoformat(ended) if (ended := row.definition["ended"]) else None,
            )
            for row in rows
        )

    async def agreement(self, scope: Scope, key: str) -> Agreement:
        """One agreement. Raises NotFound."""
        for one in await self.agreements(scope):
            if one.key == key:
                return one
        raise NotFound("agreement_unknown", agreement=key)

    async def save_agreement(self, agreement: Agreement, at: datetime) -> None:
        """Save an agreement and append its new terms. Raises NotAllowed if it lost one."""
        known = {one.key: one for one in await self.agreements(Operator())}
        added = appended(known.get(agreement.key), agreement)
        definition: Mapping[str, object] = {
            "names": dict(agreement.names),
            "parties": list(agreement.parties),
            "ended": agreement.ended.isoformat() if agreement.ended else None,
        }
        statement = insert(self._connection, agreements).values(
            key=agreement.key, definition=definition
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={"definition": statement.excluded.definition}
            )
        )
        if added:
            await self._connection.execute(
                agreement_terms.insert(),
                [
                    {
                        "agreement_key": agreement.key,
                        "starts": term.starts,
                        "ends": term.ends,
                        "added_at": at,
                    }
                    for term in added
                ],
            )

    async def in_force(self, agreement: str | None, on: date, *, hold: bool = False) -> bool:
        """Whether the agreement holds on the day; a release without one is free.

        `hold` shares its row until the transaction ends, so that an early end that is committed is
        always seen, and one that comes meanwhile waits (P5).
        """
        if agreement is None:
            return True
        found = await self._agreements(agreements.c.key == agreement, hold=hold)
        return any(one.in_force(on) for one in found)
