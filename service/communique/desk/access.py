"""Access: whoever acts must be permitted to, at the association that it concerns (P6, P10).

A door asks too; this is asked whichever door it is. What somebody may see is their scope.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from communique.domain.actor import Actor, ActorKind, Permission
from communique.domain.release import Release
from communique.errors import NotAllowed
from communique.facts import Fact

_TO: Mapping[Permission, Fact] = MappingProxyType(
    {
        Permission.READ: Fact("to_read"),
        Permission.EDIT: Fact("to_edit"),
        Permission.APPROVE: Fact("to_approve"),
        Permission.MANAGE: Fact("to_manage"),
    }
)

_ALL = (ActorKind.OPERATOR, ActorKind.SERVICE)  # who may do everything, wherever


def require(actor: Actor, permission: Permission, *associations: str) -> None:
    """Raise NotAllowed unless the actor may do that at each of these."""
    for one in associations:
        if not actor.may(permission, one):
            raise NotAllowed(
                "not_permitted", person=actor.name, what=_TO[permission], association=one
            )


def require_any(actor: Actor, permission: Permission, associations: Collection[str]) -> None:
    """Raise NotAllowed unless the actor may do that at one of these, or more."""
    if actor.kind in _ALL:
        return
    if not any(actor.may(permission, one) for one in associations):
        raise NotAllowed(
            "not_permitted",
            person=actor.name,
            what=_TO[permission],
            association=next((one for one in associations if one in actor.grants), ""),
        )


def require_party(actor: Actor, permission: Permission, release: Release) -> None:
    """Raise NotAllowed unless the actor may do that for one of a release's parties.

    What is written or set is the parties' in common; only what is said for one is its own.
    """
    require_any(actor, permission, release.parties)


def require_operator(actor: Actor) -> None:
    """Raise NotAllowed for whoever neither is at the machine nor the service itself."""
    if actor.kind not in _ALL:
        raise NotAllowed("not_at_machine", person=actor.name)
