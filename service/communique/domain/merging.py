"""What several lines of a roster say together, of one company or one person: the same in any order.

Lines that agree are one. Where they do not, what is known already stays; of what is new, what most
of them say holds, and of these the first by letters; but of two names that as many give, neither.
Each such doubt is a value, to be told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from communique.domain.member import OF_MEMBER, OF_PERSON, Entry, Statement

SHOWN = 5  # of the values that lines give, how many a doubt tells


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Lines that do not say the same of one company or person, and what holds nevertheless."""

    whom: str  # the company's name, or the person's address
    field: str
    said: tuple[tuple[str, int], ...]  # what is said, and the first line that says it
    holds: str

    @property
    def told(self) -> str:
        """Who says what."""
        return ", ".join(f"“{value}” (line {line:,})" for value, line in self.said)


@dataclass(frozen=True, slots=True)
class Voice:
    """One value that lines give, how many of them, and the first."""

    value: Any
    count: int
    line: int


Name = tuple[str, str]  # given and family, empty where it is not known

Voices = Mapping[str, Sequence[Voice]]  # by field; none of what nobody states


def of_company(statements: Sequence[Statement]) -> Voices:
    """What is said of one company, by field.

    An empty cell says nothing, save beside an end of membership: there it says that there is none.
    """
    if len(statements) == 1:
        (one,) = statements
        return {
            field: (Voice(getattr(one.member, field), one.lines, one.line),)
            for field in OF_MEMBER
            if field in one.stated
        }
    counts: dict[str, Counter[Hashable]] = {}
    first: dict[tuple[str, Hashable], int] = {}
    ends = any("until" in one.stated for one in statements)
    for one in statements:
        for field in OF_MEMBER:
            if field in one.stated or (field == "until" and ends):
                value = getattr(one.member, field)
                counts.setdefault(field, Counter())[value] += one.lines
                first[field, value] = min(first.get((field, value), one.line), one.line)
    return _voices(counts, first)


def of_person(lines: Sequence[Entry]) -> Voices:
    """What is said of one person, by field."""
    counts: dict[str, Counter[Hashable]] = {}
    first: dict[tuple[str, Hashable], int] = {}
    for one in lines:
        for field in OF_PERSON:
            if field in one.stated:
                value = getattr(one.subscriber, field)
                counts.setdefault(field, Counter())[value] += 1
                first.setdefault((field, value), one.line)
    return _voices(counts, first)


def of_one(lines: Sequence[Entry], known: Name) -> tuple[Sequence[Entry], list[Contradiction]]:
    """The lines that speak of one person, where names of several share an address; and the doubt.

    Those with the name that is `known`, if any has it. Otherwise with the one that most give; but
    none at all where as many give another, or where they differ and another name is known.
    """
    if len(lines) == 1 and not any(known):
        return lines, []
    counts = Counter(name for one in lines if any(name := name_of(one)))
    if not counts:
        return lines, []
    order = sorted(counts, key=lambda one: (-counts[one], one))
    holds = order[0]
    if others := [one for one in order if not alike(one, holds)]:
        rival = others[0]
        for_rival = sum(counts[one] for one in others if alike(one, rival))
        for_first = sum(counts[one] for one in counts if alike(one, holds))
        if for_rival > for_first:
            holds = rival
        elif for_rival == for_first and not any(known):
            return (), []
    if any(known) and (
        any(alike(one, known) for one in order) or not all(alike(one, holds) for one in order)
    ):
        holds = known
    theirs = [one for one in lines if alike(name_of(one), holds)]
    if len(theirs) == len(lines):
        return lines, []
    first = {name_of(one): one.line for one in reversed(lines)}
    said = tuple((_full(one), first[one]) for one in order[:SHOWN])
    return theirs, [Contradiction(str(lines[0].subscriber.address), "name", said, _full(holds))]


def name_of(one: Entry) -> Name:
    """The name that a line states."""
    person = one.subscriber
    return (
        person.given_name if "given_name" in one.stated else "",
        person.family_name if "family_name" in one.stated else "",
    )


def alike(one: Name, other: Name) -> bool:
    """Whether names can be one person's: what is known of both is the same, however spelled."""
    return one == other or not any(
        a and b and unlike([a, b]) for a, b in zip(one, other, strict=True)
    )


def apart(one: Name, other: Name) -> bool:
    """Whether names are two people's: there is nothing in which they are the same."""
    pairs = [pair for pair in zip(one, other, strict=True) if all(pair)]
    return bool(pairs) and all(map(unlike, pairs))


def _full(name: Name) -> str:
    return " ".join(filter(None, name))


def _voices(
    counts: Mapping[str, Counter[Hashable]], first: Mapping[tuple[str, Hashable], int]
) -> Voices:
    return {
        field: sorted(
            (Voice(value, count, first[field, value]) for value, count in each.items()),
            key=lambda one: (-one.count, written(one.value)),
        )
        for field, each in counts.items()
    }


def settled(
    whom: str, voices: Voices, known: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Contradiction]]:
    """The value that each field is to have, of those that are stated, and what is doubtful.

    `known` is what a company or a person that is here already has; empty for a new one.
    """
    values: dict[str, Any] = {}
    doubts = []
    for field, each in voices.items():
        values[field] = each[0].value
        if len(each) > 1:
            if field in known:
                values[field] = known[field]
            said = tuple((written(one.value), one.line) for one in each[:SHOWN])
            doubts.append(Contradiction(whom, field, said, written(values[field])))
    return values, doubts


def written(value: object) -> str:
    """A value as people read it; empty for none."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def lists_of(
    lines: Sequence[Entry], default: Collection[str]
) -> tuple[dict[str, date | None], dict[str, tuple[tuple[str, int], ...]]]:
    """The lists that a person's lines are for, each with the day of their consent if one is given.

    Of several days the last holds: consent that was given again. The lists with several are second.
    """
    days: dict[str, dict[date, int]] = {}
    for one in lines:
        for key in one.lists or default:
            each = days.setdefault(key, {})
            if one.consent_since:
                each.setdefault(one.consent_since, one.line)
    several = {
        key: tuple((written(day), each[day]) for day in sorted(each))
        for key, each in sorted(days.items())
        if len(each) > 1
    }
    return {key: max(each, default=None) for key, each in sorted(days.items())}, several


def unlike(names: Collection[str]) -> bool:
    """Whether names are of different companies, not one in several spellings."""
    return len({_letters(one) for one in names}) > 1


def _letters(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).casefold()
    return "".join(
        one for one in text if not (one.isspace() or unicodedata.combining(one) or one in ".,-'’")
    )
