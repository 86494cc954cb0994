"""An association: the tenant. It owns its sender, brand, languages, time zone, lists and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from communique.domain.audience import SavedAudience, saved_from_document, saved_to_document
from communique.domain.consent import Basis
from communique.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Brand:
    """Colours as `#rrggbb`, a wordmark in letters (images may be off), an optional logo URL."""

    primary: str
    accent: str
    ink_on_primary: str = "#ffffff"
    wordmark: str = ""
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a release is from: `address` and `reply_to` are bare addresses."""

    names: Mapping[str, str]  # by language
    address: str
    reply_to: str


class Role(StrEnum):
    """What somebody may do for their association. An owner may all; everybody may look."""

    VIEWER = "viewer"  # looks; whoever is declared does
    EDITOR = "editor"  # writes releases
    APPROVER = "approver"  # says yes or no to them in its name
    OWNER = "owner"  # answers for its people, its settings and its agreements, and does the rest


class ApprovalRule(StrEnum):
    """How an association's approvals are given, where that is not as usual."""

    SIGNED_IN = "signed-in"  # by who signed in alone: nobody gives one for them at the machine
    AUTHOR_ALONE = "author-alone"  # who wrote a release may be the only one who approves it there


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for an association and may speak for it."""

    name: str
    address: str
    roles: tuple[Role, ...] = ()
    language: str = ""  # that they read, one of their association's; empty: its first

    @property
    def approves(self) -> bool:
        """Whether they may say yes or no to a release in its name."""
        return not {Role.APPROVER, Role.OWNER}.isdisjoint(self.roles)


@dataclass(frozen=True, slots=True)
class PressContact:
    """Whom journalists ask."""

    name: str
    address: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Newsroom:
    """That an association has public pages. What goes out before the day `since` is not on them.

    `address` is its own site's, where it puts them as files; empty: they are the desk's.
    """

    since: date
    address: str = ""


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """A named set of subscribers: its names and purposes by language, and its consent basis."""

    key: str
    names: Mapping[str, str]
    purposes: Mapping[str, str]
    basis: Basis
    press: bool = False  # of journalists, who get what is meant for editors, and earlier


@dataclass(frozen=True, slots=True)
class Association:
    """One organisation, as its folder under `subscribers/` declares it."""

    key: str  # the folder's name
    names: Mapping[str, str]  # by language
    sender: Sender
    list_domain: str  # the domain of List-Id and Message-ID
    postal_address: str
    phone: str
    web: str
    contact: str  # an address that people answer
    time_zone: str  # IANA name
    languages: tuple[str, ...]  # the first is the default
    jurisdiction: str  # ISO 3166-2: CA-QC, US-MA
    brand: Brand
    transport: str = "default"
    people: tuple[Person, ...] = ()
    lists: tuple[ListDefinition, ...] = ()
    requires_french: bool = False
    # What its spreadsheets call a field, where nobody would know: heading to field.
    columns: Mapping[str, str] = field(default_factory=dict)
    audiences: tuple[SavedAudience, ...] = ()  # kept by name
    about: Mapping[str, str] = field(default_factory=dict)  # its boilerplate, by language
    press_contact: PressContact | None = None
    newsroom: Newsroom | None = None  # None: it has no public pages
    approvals: tuple[ApprovalRule, ...] = ()

    @property
    def language(self) -> str:
        """The language for whoever asked for none, or for one that it does not speak."""
        return self.languages[0]

    def list_named(self, key: str) -> ListDefinition:
        """The definition of one list. Raises NotFound."""
        for one in self.lists:
            if one.key == key:
                return one
        raise NotFound(
            "list_unknown", association=self.key, list=key, known=[one.key for one in self.lists]
        )

    def audience_named(self, key: str) -> SavedAudience | None:
        """An audience that it keeps by that name, if it does."""
        return next((one for one in self.audiences if one.key == key), None)

    @property
    def aligned(self) -> bool:
        """Whether the domain of its lists can be of one organisation with that of its From.

        Where the two share no more than their last label, DMARC never takes them for that (RFC 9989
        §4.4); where they share more, only the public suffix list knows.
        """
        _, _, sender = self.sender.address.rpartition("@")
        mine, theirs = (name.lower().split(".") for name in (self.list_domain, sender))
        return mine[-2:] == theirs[-2:]

    def asked(self) -> tuple[Person, ...]:
        """Whom it is asked through what its owners decide: them, else its approvers, else whoever
        answers its contact address.
        """
        for role in (Role.OWNER, Role.APPROVER):
            if found := tuple(one for one in self.people if role in one.roles):
                return found
        return (Person("", self.contact),)


def to_document(association: Association) -> dict[str, Any]:
    """The association as plain JSON values: what the store keeps and content hashes cover."""
    document = asdict(association)
    document["audiences"] = [saved_to_document(one) for one in association.audiences]
    if association.newsroom:
        document["newsroom"]["since"] = association.newsroom.since.isoformat()
    return document


def from_document(document: Mapping[str, Any]) -> Association:
    """The inverse of `to_document`."""
    contact = document.get("press_contact")
    return Association(
        **{
            **document,
            "newsroom": newsroom_from(document.get("newsroom")),
            "press_contact": PressContact(**contact) if contact else None,
            "sender": Sender(**document["sender"]),
            "brand": Brand(**document["brand"]),
            "languages": tuple(document["languages"]),
            "audiences": tuple(map(saved_from_document, document.get("audiences", ()))),
            "approvals": tuple(map(ApprovalRule, document.get("approvals", ()))),
            "people": tuple(_person(one) for one in document["people"]),
            "lists": tuple(
                ListDefinition(**{**one, "basis": Basis(one["basis"])}) for one in document["lists"]
            ),
        }
    )


def _person(document: Mapping[str, Any]) -> Person:
    """Before there were roles, it said of a person only whether they approve."""
    known = dict(document)
    approves = known.pop("approves", False)
    roles = known.pop("roles", (Role.APPROVER,) if approves else ())
    return Person(**known, roles=tuple(map(Role, roles)))


def newsroom_from(document: Mapping[str, Any] | None) -> Newsroom | None:
    """A newsroom from plain JSON values."""
    if not document:
        return None
    return Newsroom(date.fromisoformat(document["since"]), document["address"])


@dataclass(frozen=True, slots=True)
class Term:
    """A period of an agreement, both days included. Terms are only ever appended."""

    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class Agreement:
    """A memorandum of cooperation between associations."""

    key: str
    names: Mapping[str, str]
    parties: tuple[str, ...]  # association keys
    terms: tuple[Term, ...]
    ended: date | None = None  # ended early: the first day on which no term holds any more

    def in_force(self, on: date) -> bool:
        """Whether any term covers the day, and the agreement was not ended before."""
        if self.ended and self.ended <= on:
            return False
        return any(term.starts <= on <= term.ends for term in self.terms)


def appended(before: Agreement | None, now: Agreement) -> tuple[Term, ...]:
    """The terms that an agreement has now and had not before, in order.

    Raises NotAllowed if it lost or changed one: what was agreed stays told.
    """
    known = set(before.terms) if before else set()
    if gone := known - set(now.terms):
        first = min(gone, key=lambda term: term.starts)
        raise NotAllowed(
            "agreement_term_changed",
            agreement=now.key,
            starts=str(first.starts),
            ends=str(first.ends),
        )
    return tuple(sorted(set(now.terms) - known, key=lambda term: term.starts))
