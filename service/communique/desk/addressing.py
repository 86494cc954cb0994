"""Addressing: whom a release goes to, where it says so by the name of an audience that is kept.

A name is resolved when the release is filed, so that what is approved is what is sent, whatever
becomes of the saved audience; that it changed since is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from communique.desk import Desk, expanding
from communique.domain.actor import SERVICE, Actor
from communique.domain.association import Association
from communique.domain.audience import SavedAudience
from communique.domain.delivery import Forecast
from communique.domain.release import Audience, Release
from communique.errors import CommuniqueError, Invalid, NotFound, Problems
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class Counted:
    """A saved audience, and whom a release to it would go to now, in all its languages."""

    association: str
    audience: SavedAudience
    forecast: Forecast


async def saved(desk: Desk, actor: Actor, association: str | None = None) -> list[Counted]:
    """The audiences that associations keep, or one does, each counted with its reasons.

    Of the actor's own associations only (P6). Raises NotFound for another.
    """
    found = []
    async with desk.store.read() as transaction:
        if association is None:
            associations = await transaction.associations.all(actor.scope)
        else:
            associations = (await transaction.associations.get(actor.scope, association),)
        for owner in associations:
            for one in owner.audiences:
                counted = await expanding.count(desk, transaction, owner, one.of(owner.key))
                found.append(Counted(owner.key, one, counted))
    return found


async def resolved(transaction: Transaction, actor: Actor, release: Release) -> Release:
    """A release whose audiences say themselves whom they are, as they are kept now.

    Raises Problems for a name that its association does not know; of a partner's, it tells none.
    """
    names = {one.association for one in release.audiences if one.use}
    if not names:
        return release
    associations = await transaction.associations.named(SERVICE.scope, sorted(names))
    own = await transaction.associations.keys(actor.scope)
    audiences: list[Audience] = []
    problems: list[CommuniqueError] = []
    for one in release.audiences:
        association = associations.get(one.association) if one.use else None
        kept = association.audience_named(one.use) if association else None
        if kept:
            audiences.append(kept.of(one.association))
            continue
        audiences.append(one)
        if association:
            problems.append(_unknown(association, one.use, own))
    if problems:
        raise Problems(problems, "release_names_unknown", release=release.key)
    return replace(release, audiences=tuple(audiences))


def _unknown(association: Association, key: str, own: Collection[str]) -> NotFound:
    """Not which ones a partner has instead: those are for its own to see."""
    if association.key not in own:
        return NotFound("audience_of_partner_unknown", association=association.key, audience=key)
    known = [one.key for one in association.audiences]
    return NotFound("audience_name_unknown", association=association.key, audience=key, known=known)


def contradictions(audience: Audience) -> Iterator[Invalid]:
    """Lists that an audience goes to and leaves out."""
    for key in audience.lists:
        if key in audience.without:
            yield Invalid("list_both_ways", list=key)
