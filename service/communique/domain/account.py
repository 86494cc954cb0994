"""An account: somebody who works at the desk, known by one address, and what they do for whom.

What they may do follows from their duties at that moment, and is kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from communique.domain.actor import OPERATOR, Actor, ActorKind, Permission
from communique.domain.association import Role

PERMITTED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.READ}),
        Role.EDITOR: frozenset({Permission.READ, Permission.EDIT}),
        Role.APPROVER: frozenset({Permission.READ, Permission.APPROVE}),
        Role.OWNER: frozenset(Permission),
    }
)
LANGUAGES = ("fr", "en")  # that pages speak
THEMES = ("light", "dark")  # besides what the browser prefers


def permitted(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody of these roles may do for their association; of none, look."""
    return PERMITTED[Role.VIEWER].union(*(PERMITTED[one] for one in roles))


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody does for one association, and under which name.

    What its file declares is changed there, and nowhere else.
    """

    association: str
    name: str
    roles: tuple[Role, ...]
    language: str = ""  # that they read, as declared; empty: its first
    declared: bool = False
    address: str = ""  # as that association writes it


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of somebody's duty at an association; None where there was or is none."""

    account: int
    address: str
    before: Duty | None
    after: Duty | None


@dataclass(frozen=True, slots=True)
class Account:
    """One person: an address, and their duties by association, in the order of its key."""

    id: int
    address: str
    duties: tuple[Duty, ...]
    language: str = ""  # that they chose for pages
    theme: str = ""
    seen_at: datetime | None = None

    @property
    def name(self) -> str:
        """What they are called where it is no association's matter."""
        return next((one.name for one in self.duties if one.name), self.address)

    @property
    def reads(self) -> str:
        """The language that they chose, or are declared to read; empty if neither is known."""
        declared = (one.language for one in self.duties)
        return next((one for one in (self.language, *declared) if one), "")

    @property
    def actor(self) -> Actor:
        """Them, with what they may do now."""
        grants = {one.association: permitted(one.roles) for one in self.duties}
        names = {one.association: one.name or one.address or self.address for one in self.duties}
        return Actor(ActorKind.PERSON, self.name, self.id, grants, names)

    def duty(self, association: str) -> Duty | None:
        """What they do for an association, if anything."""
        return next((one for one in self.duties if one.association == association), None)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at one browser. `account` is None where it is the operator."""

    id: int
    account: Account | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime  # however much it is used
    browser: str = ""  # its family, as it says
    origin: str = ""  # the address that it signed in from
    chosen_language: str = ""
    chosen_theme: str = ""
    csrf: str = ""  # the secret that its forms carry
    opens: tuple[str, ...] = ()  # the associations whose own letters opened it; not the operator's

    @property
    def duties(self) -> tuple[Duty, ...]:
        """What they do by it: no association's letter opens what is another's."""
        every = self.account.duties if self.account else ()
        return tuple(one for one in every if one.association in self.opens)

    @property
    def closed(self) -> tuple[str, ...]:
        """For whom they work besides: these have letters of their own."""
        every = self.account.duties if self.account else ()
        return tuple(one.association for one in every if one.association not in self.opens)

    @property
    def address(self) -> str:
        """Where their letters go; the operator has none."""
        return self.account.address if self.account else ""

    @property
    def actor(self) -> Actor:
        """Who acts by it, with what it opens and no more."""
        return replace(self.account, duties=self.duties).actor if self.account else OPERATOR

    @property
    def language(self) -> str:
        """What its pages speak; empty: what the browser asks for."""
        return self.account.reads if self.account else self.chosen_language

    @property
    def theme(self) -> str:
        """Light or dark; empty: what the browser prefers."""
        return self.account.theme if self.account else self.chosen_theme


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's wish to sign in, until they have, or it is over.

    `address` is what was typed, until it was looked for; `mark` stands for it and tells it to
    nobody. Only what was written to somebody opens anything.
    """

    id: int
    token: str  # the digest of what the browser that asked keeps
    mark: str
    asked_at: datetime
    expires_at: datetime
    address: str = ""
    origin: str = ""
    language: str = ""  # of the page that it was asked on
    account: int | None = None
    invitation: int | None = None
    written_at: datetime | None = None
    spent_at: datetime | None = None
    tries: int = 0
    association: str = ""  # at whose door; once a letter was written, whose that was


@dataclass(frozen=True, slots=True)
class Opening:
    """A link that the operator made at the machine: where it leads, and in which language."""

    association: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """That an owner asks somebody to work at the desk, with roles; until it ended somehow."""

    key: str  # random: its link is made of it
    association: str
    address: str
    name: str
    roles: tuple[Role, ...]
    language: str
    invited_by: Actor
    invited_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended: str = ""  # accepted, withdrawn
    id: int = 0

    def open(self, now: datetime) -> bool:
        """Whether it may still be accepted."""
        return self.ended_at is None and self.invited_at <= now < self.expires_at
