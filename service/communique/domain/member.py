"""Members and their subscribers, as a roster states them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from communique.domain.address import Address


@dataclass(frozen=True, slots=True)
class Member:
    """A member company or institution of one association."""

    reference: str  # the association's own number for it
    name: str
    sector: str = ""
    territory: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None  # the last day of membership, None while it lasts


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person with one address and one language, at one association."""

    address: Address
    given_name: str
    family_name: str
    language: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One good line of a roster. `line` is its number in the file; the header is line 1."""

    line: int
    member: Member
    subscriber: Subscriber
    lists: tuple[str, ...]  # empty: the lists that the import names
    consent_since: date | None = None
