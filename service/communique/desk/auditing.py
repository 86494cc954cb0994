"""Auditing: who did what to what, as an association sees it: its own, and what it is a party to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from communique.desk import Desk, access
from communique.domain.account import Account
from communique.domain.actor import Actor, Permission
from communique.domain.event import Event, Sought, SubjectKind
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


@dataclass(frozen=True, slots=True)
class Audited:
    """A page of an association's events, and what is called how of whatever they are about."""

    events: tuple[Event, ...]
    older: int | None  # the number that the next page goes on before
    titles: Mapping[str, Mapping[str, str]]  # of releases, by key and language
    people: Mapping[int, str]  # its own, by number
    agreements: Mapping[str, Mapping[str, str]]  # their names, by key and language
    accounts: tuple[Account, ...]  # whoever works there now


async def page(
    desk: Desk,
    actor: Actor,
    association: str,
    sought: Sought = ALL,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> Audited:
    """The same as somebody reads it. Nobody of a partner's people is named."""
    access.require(actor, Permission.READ, association)
    theirs = Mine(frozenset([association]))
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        found = await transaction.events.page(theirs, sought, before=before, limit=limit + 1)
        events = found[:limit]

        def about(kind: SubjectKind) -> list[Event]:
            return [one for one in events if one.subject.kind is kind]

        releases = {one.subject.key for one in about(SubjectKind.RELEASE)}
        people = {one.subject.id for one in about(SubjectKind.SUBSCRIBER)}
        return Audited(
            events,
            events[-1].id if len(found) > limit else None,
            await transaction.log.titles(theirs, releases | {sought.key}),
            await transaction.events.people(theirs, people),
            {one.key: one.names for one in await transaction.associations.agreements(theirs)},
            await transaction.accounts.of(theirs, association),
        )
