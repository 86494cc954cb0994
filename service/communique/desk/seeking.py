"""Seeking: the people of one association by list, by words, by where they stand. Changes nothing.

Whoever is told of here is the association's own: nobody reads another's (P6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from communique.desk import Desk, expanding
from communique.domain import when
from communique.domain.actor import Actor
from communique.domain.association import ListDefinition
from communique.domain.delivery import Forecast
from communique.domain.release import Audience
from communique.domain.seeking import Listed, Looked


@dataclass(frozen=True, slots=True)
class ListStanding:
    """A list, and whom a release to it would go to now, in all the association's languages."""

    definition: ListDefinition
    forecast: Forecast


async def lists(
    desk: Desk, actor: Actor, association: str, only: str | None = None
) -> list[ListStanding]:
    """The lists of an association, or one of them, each counted with its reasons.

    Raises NotFound for a list that is not declared.
    """
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        wanted = owner.lists if only is None else (owner.list_named(only),)
        return [
            ListStanding(
                one,
                await expanding.count(desk, transaction, owner, Audience(owner.key, (one.key,))),
            )
            for one in wanted
        ]


async def people(
    desk: Desk,
    actor: Actor,
    association: str,
    looked: Looked,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Listed]:
    """A page of those who are looked for, by address. Raises NotFound for an unknown list."""
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        if looked.list_key:
            owner.list_named(looked.list_key)
        today = when.day(desk.clock.now(), owner.time_zone)
        return await transaction.subscribers.page(
            actor.scope, association, looked, today, after=after, before=before, limit=limit
        )
