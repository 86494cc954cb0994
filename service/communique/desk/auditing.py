"""Auditing: who did what to what, as an association sees it: its own, and what it is a party to."""

from __future__ import annotations

from communique.desk import Desk, access
from communique.domain.actor import Actor, Permission
from communique.domain.event import Event, Sought
from communique.domain.scope import Mine

PAGE = 50
ALL = Sought()


async def audit(
    desk: Desk,
    actor: Actor,
    association: str | None = None,
    sought: Sought = ALL,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Event, ...]:
    """The newest events that an association sees, or those before the one of the number `before`.

    Without one, of all whom the actor sees; the operator sees what belongs to none as well.
    """
    scope = actor.scope
    async with desk.store.read() as transaction:
        if association is not None:
            access.require(actor, Permission.READ, association)
            await transaction.associations.get(scope, association)
            scope = Mine(frozenset([association]))
        return await transaction.events.page(scope, sought, before=before, limit=limit)
