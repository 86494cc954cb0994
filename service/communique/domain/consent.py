"""Consent: why a person may be written to and until when, or that they said no (docs/mail.md §4).

What was said of a person and a list is a row of a ledger that is only ever appended to. Where they
stand is the fold of these rows (`place`); the store keeps that beside them, for the snapshot and
every claim, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from communique.domain.actor import Actor
from communique.domain.delivery import SkipReason


class Basis(StrEnum):
    """What a list's consent rests on."""

    EXPRESS = "express"  # the person said so; it does not lapse
    MEMBERSHIP = "membership"  # implied while a member, and two years after it ends
    INQUIRY = "inquiry"  # implied for six months after an inquiry
    BUSINESS = "business"  # implied for two years after a purchase or contract


MONTHS = {Basis.MEMBERSHIP: 24, Basis.INQUIRY: 6, Basis.BUSINESS: 24}


def basis_of(of_list: Basis, *, confirmed: bool) -> Basis:
    """What a place rests on: what somebody said themselves is express, whatever the list's is."""
    return Basis.EXPRESS if confirmed else of_list


def lapses_on(basis: Basis, since: date, membership_ended: date | None) -> date | None:
    """The first day on which this consent no longer holds, or None if it does not lapse.

    A membership's clock starts when the membership ends (CASL s.10(14)).
    """
    if basis is Basis.EXPRESS:
        return None
    start = membership_ended if basis is Basis.MEMBERSHIP else since
    return _months_later(start, MONTHS[basis]) if start else None


def _months_later(day: date, months: int) -> date | None:
    if day.year > 9997:  # later than any calendar goes: nobody who writes that means an end
        return None
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:  # the 31st, or 29 February, in a month without one: the next month's first
        return day.replace(year=day.year + years, month=month + 2, day=1)


@dataclass(frozen=True, slots=True)
class Longer:
    """Of how many people a new basis makes the consent hold longer, and of how many of these it
    had lapsed, and holds again.
    """

    people: int = 0
    again: int = 0

    def __add__(self, other: Longer) -> Longer:
        return Longer(self.people + other.people, self.again + other.again)


class Word(StrEnum):
    """What was said. Only a person's own word outweighs their no; a file's never does (P11)."""

    ASKED = "asked"  # they were asked; it gives nothing yet
    GIVEN = "given"  # told of them: by a file, or by the desk
    CONFIRMED = "confirmed"  # said by themselves: it takes back a no, and does not lapse
    WITHDRAWN = "withdrawn"  # a no
    REMOVED = "removed"  # the desk's: their place is gone, and a file may give it again
    LAPSED = "lapsed"  # it was noticed that the law's time is over; `lapses_on` decides


class Extent(StrEnum):
    """How far a word reaches (SOR/2013-221 s.5): a list, joint releases, or all there is."""

    LIST = "list"
    JOINT = "joint"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a word: how it came, the words that were shown, and from where it was said."""

    source: str  # one-click, page, an import of which file, a letter to the desk
    language: str = ""
    wording: str = ""  # as it was shown, where it was
    version: str = ""  # of that wording
    origin: str = ""  # the network address that it came from


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One fact about a person and a list, or all lists. `since` is from when a yes counts."""

    association: str
    subscriber: int
    word: Word
    actor: Actor
    evidence: Evidence
    at: datetime
    extent: Extent = Extent.LIST
    list_key: str = ""  # empty where it reaches further than one list
    basis: Basis | None = None  # None where it reaches further than one list
    since: date | None = None


@dataclass(frozen=True, slots=True)
class EarlyNo:
    """A no to one list, or to joint releases, of an address that nobody has here yet.

    It becomes their own no once they come.
    """

    association: str
    address_key: str
    extent: Extent
    list_key: str  # which list, where the extent is one
    source: str  # what said so


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands with one list; `since` is None if they were never put on it."""

    since: date | None = None
    lapses_on: date | None = None
    said_no: frozenset[Extent] = frozenset()  # the noes that reach it and stand

    def why_not(self, today: date, *, joint: bool) -> SkipReason | None:
        """Why a release to this list is not for them; what suppresses their address is apart."""
        if self.said_no - (frozenset() if joint else {Extent.JOINT}) or self.since is None:
            return SkipReason.UNSUBSCRIBED
        return SkipReason.CONSENT_LAPSED if self.has_lapsed(today) else None

    def has_lapsed(self, today: date) -> bool:
        """Whether the consent holds no more on that day, whatever they said."""
        return self.lapses_on is not None and self.lapses_on <= today


def place(
    events: Iterable[ConsentEvent], list_key: str, basis: Basis, membership_ended: date | None
) -> Place:
    """Where a person stands with a list, after all that was said of them, in its order.

    `basis` is what the list rests on today: a basis that was declared wrong holds for nobody.
    """
    since: date | None = None
    confirmed = False
    said_no: set[Extent] = set()
    for one in events:
        if one.extent is Extent.LIST and one.list_key != list_key:
            continue
        of_list = one.extent is Extent.LIST
        match one.word:
            case Word.GIVEN if of_list:
                since = one.since
            case Word.CONFIRMED:
                said_no.discard(one.extent)
                if of_list:
                    since, confirmed = one.since, True
            case Word.WITHDRAWN:
                said_no.add(one.extent)
                if of_list:
                    confirmed = False
            case Word.REMOVED if of_list:
                since, confirmed = None, False
            case _:
                pass
    rests_on = basis_of(basis, confirmed=confirmed)
    lapses = lapses_on(rests_on, since, membership_ended) if since else None
    return Place(since, lapses, frozenset(said_no))
