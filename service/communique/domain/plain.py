"""One good line of a roster as plain values: as it comes from the process that reads a file, as it
waits on disk until all of the file is known, and as most people are taken in.

Only where lines have to be weighed against each other, or against who is here, is it worth making
more of them (`entry`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from communique.domain.address import Address, parse
from communique.domain.consent import Extent
from communique.domain.member import Cause, Entry, Member, No, Subscriber, fields, mask

Day = str | None  # as ISO 8601 writes it
# A no: what says it, how far, which list, why, ours, a lapse.
Told = tuple[str, str, str, str, bool, bool]


class Plain(NamedTuple):
    """See `Entry`, whose values these are."""

    key: str  # of the address
    line: int
    stated: int  # `member.mask`
    reference: str
    name: str
    sector: str
    territory: str
    kind: str
    since: Day
    until: Day
    address: str
    given_name: str
    family_name: str
    language: str
    role: str
    lists: str  # a blank between them
    consent_since: Day
    noes: str  # JSON; empty for none
    former: str
    mute: bool | int

    @property
    def company(self) -> str:
        """What the file calls its company; empty for none."""
        return company_key(self.reference, self.name)


class Single(NamedTuple):
    """A line of somebody of whom the file has no other, in short: it says no no, and names a
    company that is here and stays as it is. So it is with nearly all lines of nearly all files.
    """

    key: str  # of the address
    line: int
    newcomer: str  # who they are if they are new, as JSON: `member.Newcomer`
    lists: str  # as of `Plain`
    consent_since: Day
    company: int  # its number here
    since: Day  # of its membership
    until: Day


class Page(NamedTuple):
    """Some people of a file: those who are told in short, and the keys of the others."""

    singles: list[Single]
    others: list[str]


def company_key(reference: str, name: str) -> str:
    """What a file calls a company: its `#number`, or its `=name`; empty for none."""
    return f"#{reference}" if reference else f"={name}" if name else ""


def plain(entry: Entry) -> Plain:
    """A line as plain values."""
    member, person = entry.member, entry.subscriber
    return Plain(
        person.address.key,
        entry.line,
        mask(entry.stated),
        member.reference,
        member.name,
        member.sector,
        member.territory,
        member.kind,
        written(member.since),
        written(member.until),
        str(person.address),
        person.given_name,
        person.family_name,
        person.language,
        person.role,
        " ".join(entry.lists),
        written(entry.consent_since),
        written_noes([told(one) for one in entry.noes]),
        entry.former,
        entry.mute,
    )


def entry(plain: Plain) -> Entry:
    """The inverse of `plain`."""
    local, _, domain = plain.address.rpartition("@")
    return Entry(
        line=plain.line,
        member=Member(*plain[3:8], day(plain.since), day(plain.until)),
        subscriber=Subscriber(Address(local, domain), *plain[11:15]),
        lists=tuple(plain.lists.split()),
        consent_since=day(plain.consent_since),
        stated=fields(plain.stated),
        noes=tuple(
            No(s, Extent(e), k, Cause(c) if c else None, o, over)
            for s, e, k, c, o, over in noes_of(plain)
        )
        if plain.noes
        else (),
        former=plain.former,
        mute=bool(plain.mute),
    )


def moved(one: Plain, address: str) -> Plain:
    """A line with an address that somebody moved from as theirs, at the one that they have now.

    That the old one bounces is none of the new one's.
    """
    return one._replace(
        key=parse(address).key,
        address=address,
        noes=written_noes([each for each in noes_of(one) if each[3] != Cause.HARD_BOUNCE]),
        former=one.former or one.address,
    )


def told(no: No) -> Told:
    """A no as plain values."""
    cause = no.cause.value if no.cause else ""
    return no.said, no.extent.value, no.list_key, cause, no.ours, no.lapse


def written_noes(noes: Sequence[Told]) -> str:
    """What a line has of them."""
    return json.dumps(noes) if noes else ""


def noes_of(plain: Plain) -> Sequence[Told]:
    """The noes that a line says."""
    return tuple(map(tuple, json.loads(plain.noes))) if plain.noes else ()


def written(day: date | None) -> Day:
    """A day as a text."""
    return day.isoformat() if day else None


@lru_cache(4096)
def day(text: Day) -> date | None:
    """The inverse of `written`."""
    return date.fromisoformat(text) if text else None
