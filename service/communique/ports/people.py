"""Who is written to: companies and people, what they said, and addresses that are not used."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from communique.domain.actor import Actor
from communique.domain.consent import ConsentEvent, EarlyNo, Place
from communique.domain.member import (
    Admission,
    Cause,
    Contact,
    Erased,
    KnownMember,
    KnownPerson,
    Lacking,
    Leaver,
    Member,
    Newcomers,
    Suppression,
)
from communique.domain.scope import Scope
from communique.domain.seeking import Listed, Looked


class Members(Protocol):
    """One association's member companies; every call names whose."""

    async def called(
        self, scope: Scope, association: str, references: Collection[str], names: Collection[str]
    ) -> Sequence[KnownMember]: ...
    async def by_id(
        self, scope: Scope, association: str, ids: Collection[int]
    ) -> Mapping[int, KnownMember]: ...
    async def add(self, association: str, added: Sequence[Member]) -> Mapping[str, int]: ...
    async def change(self, association: str, changed: Sequence[KnownMember]) -> None:
        """Make these what they are now; a new end of membership holds for their people."""

    async def lapsed(
        self, scope: Scope, association: str, ids: Collection[int], today: date
    ) -> Mapping[int, int]:
        """How many places hold no more, for the membership of each of these ended."""


class Subscribers(Protocol):
    """One association's people; every call names whose."""

    async def anybody(self, scope: Scope, association: str) -> bool:
        """Whether it has a subscriber, or ever had one."""

    async def here(self, scope: Scope, association: str, keys: Collection[str]) -> Collection[str]:
        """Those of these address keys that somebody has."""

    async def known(
        self, scope: Scope, association: str, keys: Collection[str]
    ) -> Mapping[str, KnownPerson]: ...
    async def on_list(
        self, scope: Scope, association: str, list_key: str, after: int, limit: int
    ) -> Sequence[Leaver]:
        """Those with a place that they did not say no to, by their number, from `after` on."""

    async def hold(self, association: str) -> None:
        """Let nobody else take people in there until the transaction ends."""

    async def hold_alone(self, association: str) -> None:
        """Let nobody else's no, and no claim, come between what is read next and the end (P5)."""

    async def of_members(
        self, scope: Scope, association: str, ids: Collection[int], families: Collection[str]
    ) -> Sequence[KnownPerson]:
        """The people of these companies and family names, without their places."""

    async def admit(
        self,
        association: str,
        admissions: Sequence[Admission],
        newcomers: Newcomers,
        actor: Actor,
        source: str,
        at: datetime,
    ) -> None:
        """Write what an import makes of these; a no of theirs stands, whatever it is."""

    async def edit(self, contact: Contact, **values: Any) -> None:
        """Change what is known of somebody; an address that they had stays theirs.

        `corrected` is what files said before, by field.
        """

    async def merge(self, gone: Contact, stays: Contact) -> None:
        """Have one record stand for both: addresses, links and log lines of either are its."""

    async def moves(
        self, scope: Scope, association: str, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        """Address keys that people moved from, from `after` on, each with their address now."""

    async def moved(
        self, scope: Scope, association: str, keys: Collection[str]
    ) -> Mapping[str, str]:
        """Those of these address keys that somebody moved from, each with their address now."""

    async def erase(self, contact: Contact, mark: str) -> Erased:
        """Take all that is personal out of every row of theirs; `mark` is what is left."""

    async def get(self, scope: Scope, association: str, subscriber_id: int) -> Contact: ...
    async def by_address(self, scope: Scope, association: str, address_key: str) -> Contact | None:
        """Who has the address of that key, or moved from it."""

    async def page(
        self,
        scope: Scope,
        association: str,
        looked: Looked,
        today: date,
        *,
        after: int | None,
        before: int | None,
        limit: int,
    ) -> Sequence[Listed]:
        """Those who are looked for, by address: the first, or those behind or before the one of
        that number, in that order.
        """

    async def former(self, scope: Scope, association: str, subscriber_id: int) -> Sequence[str]:
        """The address keys that somebody moved from."""

    def all(
        self,
        scope: Scope,
        association: str,
        list_key: str | None = None,
        member: str | None = None,
        lacking: Lacking | None = None,
    ) -> AsyncGenerator[Contact, None]: ...


class EarlyNoes(Protocol):
    """Noes to a part of what there is, of addresses that nobody has yet."""

    async def add(self, no: EarlyNo, at: datetime) -> None: ...
    async def any(self, scope: Scope, association: str) -> bool: ...
    async def of(
        self, scope: Scope, association: str, address_keys: Collection[str]
    ) -> Sequence[EarlyNo]: ...
    async def remove(self, association: str, address_keys: Collection[str]) -> None:
        """They came, and it is their own no by now."""


class Consents(Protocol):
    """What people said of being written to, appended; and where that leaves them."""

    @property
    def early(self) -> EarlyNoes: ...

    async def append(self, event: ConsentEvent) -> bool:
        """Whether it changed where they stand. A no goes through `desk.consenting.say_no`."""

    async def of(
        self, scope: Scope, association: str, subscriber_id: int
    ) -> tuple[ConsentEvent, ...]: ...
    async def places(
        self, scope: Scope, association: str, subscriber_id: int
    ) -> Mapping[str, Place]: ...


class Suppressions(Protocol):
    """Addresses that must not be used, whatever their owners chose."""

    async def add(self, suppression: Suppression, at: datetime) -> bool:
        """Whether it is new. It goes through `desk.consenting.say_no`."""

    async def any(self, scope: Scope, association: str, cause: Cause | None = None) -> bool:
        """Whether one stands there, for that cause or whichever: else nobody need be asked for."""

    async def lift(self, association: str, address_key: str, causes: Collection[Cause]) -> int: ...
    async def of(
        self, scope: Scope, association: str, address_keys: Collection[str]
    ) -> tuple[Suppression, ...]: ...


class Columns(Protocol):
    """What an association's spreadsheets call a field, as somebody said on a page."""

    async def of(self, scope: Scope, association: str) -> Mapping[str, str]:
        """Those that are remembered: heading to field."""

    async def remember(self, association: str, columns: Mapping[str, str]) -> None:
        """Keep these, in the place of what was said of the same headings or fields."""
