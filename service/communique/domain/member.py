"""Members and their subscribers, as a roster states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from communique.domain.address import Address
from communique.domain.consent import Basis, Extent
from communique.domain.delivery import SkipReason
from communique.facts import Fact


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


class Lacking(StrEnum):
    """What of a person's names may not be known: those that a text may greet them by."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    NAME = "name"  # both


class OtherName(StrEnum):
    """Who it is whom a file gives an address that somebody of quite another name has here."""

    SAME = "same"  # they are called otherwise by now, or always were
    NEXT = "next"  # somebody else, who has it next


class Cause(StrEnum):
    """Why an address must not be used, whatever its owner chose; and so, who may lift that."""

    HARD_BOUNCE = "hard_bounce"  # nobody has it; the desk, where that was a mistake
    COMPLAINT = "complaint"  # its owner called a message spam; they themselves
    DESK = "desk"  # somebody at the desk said so; the desk
    LAW = "law"  # an erasure or an order; only with a new, dated yes of theirs

    @property
    def reason(self) -> SkipReason:
        """As it is counted."""
        return SkipReason.COMPLAINED if self is Cause.COMPLAINT else SkipReason.SUPPRESSED


@dataclass(frozen=True, slots=True)
class No:
    """A no that a file tells of somebody: how far it reaches, or why the address is of no use."""

    said: str  # the column and what stands in it
    extent: Extent = Extent.ALL
    list_key: str = ""  # which list, where it reaches one
    cause: Cause | None = None  # of a suppression, where it is no choice of theirs
    ours: bool = False  # as an export of ours says it, of a suppression too
    lapse: bool = False  # no word of theirs: their membership is said to be over

    @property
    def reaches_all(self) -> bool:
        """Whether nothing at all may go to them."""
        return self.cause is not None or self.extent is Extent.ALL


# What a line of a roster may say of a company and of a person, beside what tells who they are.
OF_MEMBER = ("name", "sector", "territory", "kind", "since", "until")
OF_PERSON = ("given_name", "family_name", "role", "language")
# What a column of a roster can hold; what each is called is roster's to know.
COLUMNS = (
    *("reference", "member", *OF_MEMBER[1:], "given_name", "family_name", "role"),
    *("address", "language", "lists", "consent_since"),
)
EVERYTHING = frozenset({"reference", *OF_MEMBER, *OF_PERSON})
# The same as one number, where lines are many: what is stated is the sum of its fields.
BITS = {field: 1 << place for place, field in enumerate(sorted(EVERYTHING))}


@cache
def mask(stated: frozenset[str]) -> int:
    """Some of these fields as one number."""
    return sum(BITS[field] for field in stated)


@cache
def fields(mask: int) -> frozenset[str]:
    """The fields that such a number stands for."""
    return frozenset(field for field, bit in BITS.items() if mask & bit)


@dataclass(frozen=True, slots=True)
class Entry:
    """One good line of a roster. `line` is its number in the file; the header is line 1.

    What it does not state (the file has no such column, or the cell is empty) is not its to
    change: `stated` names the fields of member and subscriber whose values are meant.
    """

    line: int
    member: Member  # without a reference: the one of that name; without both: whose it is already
    subscriber: Subscriber
    lists: tuple[str, ...]  # empty: the lists that the import names
    consent_since: date | None = None
    suppressions: tuple[Reach, ...] = ()  # only ever written out: no file lifts or makes one
    stated: frozenset[str] = EVERYTHING
    noes: tuple[No, ...] = ()  # what another program heard of them
    former: str = ""  # the address as it is written, where its owner moved from it
    mute: bool = False  # of a line that is bad otherwise: nothing of it is meant but its noes


class Statement(NamedTuple):
    """What so many lines of a roster say alike of one company; `line` is the first of them."""

    member: Member
    stated: frozenset[str]
    lines: int
    line: int


class Company(NamedTuple):
    """What a company of a roster is here, or the trouble with it: then its lines are bad."""

    id: int | None
    name: str = ""
    since: date | None = None
    until: date | None = None
    changed: bool = False
    code: str = ""
    trouble: str = ""  # all that is wrong with it, in words
    why: Fact | None = None  # the same, for a door that has words of its own


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody of whom a file says that they are not to be written to, and where it says so."""

    line: int
    address: str
    said: str
    lapse: bool = False  # nothing but that: a later file may say otherwise


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import changes, or holds back: one field of a company or a person."""

    whom: str  # the company's name, or the person's address
    field: str  # of member and subscriber; `member`: their company; `list KEY`: since when
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody on a list whom a file, which that is to match, does not put there."""

    list_key: str
    id: int
    address_key: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A new line that may be somebody who is here, at another address: same company, same name."""

    line: int
    whom: str  # their name
    old: str  # the address that is here, and not in the file
    new: str  # the one in the file, which nobody has here


@dataclass(frozen=True, slots=True)
class Followed:
    """A line with an address that somebody moved from: it is theirs, at the address of now."""

    line: int
    old: str  # as written
    new: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a roster that cannot be taken in; `reason` says all that is wrong with it."""

    line: int
    reason: str
    address: str = ""  # as written, to find the line by; not to be written to
    codes: tuple[str, ...] = ()  # of the errors that `reason` words
    heard: Entry | None = None  # its no, where it says one of an address that can be read
    # What `reason` words, for a door that has words of its own.
    facts: tuple[Fact, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A line for a person whom an earlier line, `first`, already brought. The first one holds."""

    line: int
    first: int
    address: Address


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A person's place on a list: since when, and the first day on which it holds no more."""

    list_key: str
    basis: Basis
    since: date
    lapses_on: date | None
    said_no: bool = False  # they left this list, and that stands

    def holds(self, today: date) -> bool:
        """Whether the consent still stands on that day."""
        return self.lapses_on is None or self.lapses_on > today


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A company as the store has it."""

    id: int
    member: Member


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A subscriber as an import needs to know them."""

    id: int
    member_id: int
    subscriber: Subscriber
    places: Mapping[str, ListPlace]  # by the list's key
    said_no: bool = False  # to all there is
    no_joint: bool = False  # to releases of several associations
    # What the desk corrected of it: by field, what files said before. One that still says so says
    # nothing new.
    corrected: Mapping[str, str] = field(default_factory=dict)


class Newcomer(NamedTuple):
    """Somebody new, as the row that an import makes of them."""

    address_key: str
    member_id: int
    address: str
    given_name: str
    family_name: str
    language: str
    role: str


# People who are new, by the places that they get: nearly all of a file get the same ones. Whoever
# comes as JSON is that already: what a file says of them goes from disk to disk as one text.
Newcomers = Mapping[tuple[ListPlace, ...], Sequence[Newcomer | str]]


@dataclass(frozen=True, slots=True)
class Admission:
    """What an import makes of somebody who is here."""

    id: int
    member_id: int
    subscriber: Subscriber
    changed: tuple[str, ...]  # which fields, beside their places; `member`: the company
    places: tuple[ListPlace, ...]  # those that are new, or hold from another day
    given: frozenset[str]  # the lists whose consent is new, or counts from another day
    corrected: Mapping[str, str] = field(default_factory=dict)  # as of `KnownPerson`, by now
    anew: bool = True  # whether anything of this is to be written, beside the places


@dataclass(frozen=True, slots=True)
class Admitted:
    """What admitting changed, in subscribers; `suppressed` of them stay unwritten to.

    `erased` are not among them: they had themselves erased, and nothing of theirs is taken in.
    Of `lapsed` ones a consent holds no more, and does not live again by being imported. `refused`
    are those whose no is new by it, whether they are here or only their address is kept for it.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    suppressed: int = 0
    erased: int = 0
    lapsed: int = 0
    refused: int = 0

    def __add__(self, other: Admitted) -> Admitted:
        return Admitted(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.suppressed + other.suppressed,
            self.erased + other.erased,
            self.lapsed + other.lapsed,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a no of a person, or what suppresses their address, reaches, and why."""

    scope: Extent
    reason: SkipReason
    list_key: str = ""  # which list, where the scope is one


@dataclass(frozen=True, slots=True)
class Contact:
    """A subscriber as the store knows them: who, where, on which lists."""

    id: int
    association: str
    address: str
    given_name: str
    family_name: str
    language: str
    role: str
    member: Member
    lists: tuple[str, ...]
    suppressions: tuple[Reach, ...] = ()  # what they must not be written, the widest first

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def suppressed(self) -> bool:
        """Whether they must not be written anything at all."""
        return any(one.scope is Extent.ALL for one in self.suppressions)


LIFTED_BY_DESK = frozenset({Cause.HARD_BOUNCE, Cause.DESK})


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that one association must not write to, and why; of who was erased, its hash."""

    association: str
    address_key: str
    cause: Cause
    source: str  # who or what said so: smtp and its words, a person at the desk
    at: datetime | None = None  # since when it stands


@dataclass(frozen=True, slots=True)
class Erased:
    """What was made impersonal of somebody: keys of all addresses they had, and how many rows."""

    address_keys: tuple[str, ...]
    deliveries: int
    words: int  # in the ledger of consent


@dataclass(frozen=True, slots=True)
class Edited:
    """One field of a person: what it was, and what it is."""

    field: str
    before: str
    after: str
