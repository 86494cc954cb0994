"""Who does something: every change has an actor, and every event says which (P10).

An actor is made where it is proven (at the machine, at a page, by the service itself) and handed
down; nothing below the doors makes one up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from communique.domain.scope import Mine, Operator, Scope


class ActorKind(StrEnum):
    """How an actor is known."""

    PERSON = "person"  # signed in
    TOKEN = "token"  # noqa: S105 - a program with a key to the API; this is no secret
    SERVICE = "service"  # the running service, by itself
    OPERATOR = "operator"  # whoever may run commands on this machine
    RECIPIENT = "recipient"  # whoever holds a link that was sent to them
    UNKNOWN = "unknown"  # only of events that are older than actors


class Permission(StrEnum):
    """What an actor may do for an association. None follows from another."""

    READ = "read"
    EDIT = "edit"  # write releases, set their hours; lists, and the people on them
    APPROVE = "approve"
    MANAGE = "manage"  # who works there and as what, its settings, erasing somebody


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as history shows it; `grants` are what it may do, by association.

    `names` are what each association calls a person, whose file has no say in what another does.
    Two are the same whose kind, name and account are, whatever they may do by now.
    """

    kind: ActorKind
    name: str
    account: int | None = None  # a person's or a token's number
    grants: Mapping[str, frozenset[Permission]] = field(default_factory=dict, compare=False)
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    def may(self, permission: Permission, association: str) -> bool:
        """Whether it was granted that at this association; the operator and the service may all."""
        if self.kind in (ActorKind.OPERATOR, ActorKind.SERVICE):
            return True
        return permission in self.grants.get(association, frozenset())

    def known_at(self, association: str) -> Actor:
        """The same, under the name that this association knows it by."""
        return replace(self, name=self.names.get(association, self.name))

    @property
    def scope(self) -> Scope:
        """What it may see: a recipient, say, nothing but what their own link opens."""
        if self.kind in (ActorKind.OPERATOR, ActorKind.SERVICE):
            return Operator()
        return Mine(frozenset(self.grants))


OPERATOR = Actor(ActorKind.OPERATOR, "the operator at the machine")
SERVICE = Actor(ActorKind.SERVICE, "the service")
RECIPIENT = Actor(ActorKind.RECIPIENT, "the recipient")
UNKNOWN = Actor(ActorKind.UNKNOWN, "somebody, before actors were kept")
