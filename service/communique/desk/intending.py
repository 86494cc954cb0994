"""Intending: whose people an import is to bring, and onto which lists, before its file is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from communique.desk import Desk, headings
from communique.domain import when
from communique.domain.actor import Actor
from communique.domain.association import Association
from communique.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import to be made: whose people, onto which lists, and what day it is for them."""

    association: Association
    lists: tuple[str, ...]
    today: date


async def wanted(desk: Desk, actor: Actor, association: str, list_keys: Sequence[str]) -> Wanted:
    """What an import is to know, onto these lists or onto those that `onto` will say.

    What is remembered of columns is known, too. Raises NotFound for a list that is not declared.
    """
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        owner = await headings.known(transaction, actor, owner)
    today = when.day(desk.clock.now(), owner.time_zone)
    return Wanted(owner, tuple(owner.list_named(key).key for key in list_keys), today)


def onto(made: Wanted, *, said: bool) -> tuple[str, ...]:
    """The lists of whoever's line names none: those wanted, or the association's only one.

    Where the file has `said` of everybody which they are on, none. Raises NotAllowed if a choice is
    needed.
    """
    if made.lists or said:
        return made.lists
    known = [one.key for one in made.association.lists]
    if len(known) == 1:
        return tuple(known)
    raise NotAllowed("list_not_chosen", association=made.association.key, known=known)
