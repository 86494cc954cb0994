"""Succeeding: somebody else has an address now, such as `president@`, and begins anew there.

Nothing of whoever had it before is theirs but a no, which is the address's until somebody lifts it:
not the day of a consent, not a role, not a list that the file does not put them on (P11).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from communique.desk import Desk, admitting, consenting, placing, telling_apart
from communique.desk.admitting import Decided, Group, Rules
from communique.desk.stepping import report
from communique.domain.actor import Actor
from communique.domain.association import Association
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import (
    Admission,
    Admitted,
    Company,
    Difference,
    Entry,
    KnownPerson,
    Leaver,
    OtherName,
)
from communique.domain.merging import lists_of, of_person, settled, written
from communique.domain.plain import Plain, entry
from communique.facts import Fact
from communique.ports import Transaction

Next = tuple[Sequence[Entry], KnownPerson, Company]


def apart(rules: Rules, group: Group) -> tuple[list[Next], list[Sequence[Plain]]]:
    """Who is to have an address next, and the lines of all others. Pure.

    Of whom it is not plain whose they are, or what to make of them, is left to `admitting`.
    """
    if rules.other_name is not OtherName.NEXT:
        return [], list(group.people)
    found: list[Next] = []
    others: list[Sequence[Plain]] = []
    for lines in group.people:
        known = group.known.get(lines[0].key)
        entries = [entry(one) for one in admitting.spoken(lines)]
        named = {one.company for one in lines} - {""}
        company = group.keyed.get(next(iter(named))) if len(named) == 1 else None
        if known and not named:
            company = group.here[known.member_id]
        if (
            known is None
            or company is None
            or company.id is None
            or len(entries) < len(lines)
            or any(one.noes or one.former for one in lines)
            or not telling_apart.another(entries, known)
        ):
            others.append(lines)
        else:
            found.append((entries, known, company))
    return found, others


def decide(rules: Rules, group: Group, ones: Iterable[Next], decided: Decided) -> None:
    """What each of them becomes, beside what is `decided` of others. Pure."""
    for lines, known, company in ones:
        _decide(rules, group, lines, known, company, decided)


def _decide(
    rules: Rules,
    group: Group,
    lines: Sequence[Entry],
    known: KnownPerson,
    company: Company,
    decided: Decided,
) -> None:
    first = lines[0].subscriber
    key, address = first.address.key, str(first.address)
    stated, doubts = settled(address, of_person(lines), {})
    person = replace(first, **stated)
    decided.doubts += doubts
    wanted, _ = lists_of(lines, rules.lists)
    days: dict[str, date | None] = {
        name: since or company.since or rules.today for name, since in wanted.items()
    }
    left = [name for name, one in known.places.items() if not one.said_no]
    noes = {name: one for name, one in known.places.items() if one.said_no}
    anew = replace(known, places=noes)  # not even their own yes, on the lists that both are on
    every, _ = placing.places(rules.association, rules.today, days, anew, company)
    places = [one for one in every if one.list_key in days]
    changed = admitting.differences(group, known, person, company)
    decided.differences += [
        *changed,
        *(
            Difference(
                address, f"list {one.list_key}", placing.since(anew, one), written(one.since)
            )
            for one in places
        ),
        *(
            Difference(address, f"list {name}", written(known.places[name].since), "")
            for name in left
            if name not in days
        ),
    ]
    decided.lines += len(lines)
    decided.admitted += Admitted(
        changed=1, suppressed=int(key in group.suppressed or placing.said_no(known, wanted))
    )
    given = frozenset(days)
    fields = tuple(one.field for one in changed)
    number = admitting.number(company)
    decided.admissions.append(Admission(known.id, number, person, fields, tuple(places), given))
    decided.left += [Leaver(name, known.id, key, address, person.language) for name in left]
    decided.next.append(known.id)


async def take_off(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    source: str,
    decided: Decided,
) -> None:
    """Take who had an address off their lists, before whoever has it next is put on any."""
    for one in decided.left:
        await consenting.take_off(desk, transaction, actor, association, one, source)


async def tell(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    source: str,
    decided: Decided,
) -> None:
    """Say in the story of an address that somebody else has it from here on."""
    for number in decided.next:
        subject = Subject(SubjectKind.SUBSCRIBER, id=number)
        why = Fact("address_of_next_owner", source=source)
        await report(
            *(desk, transaction, subject, Verb.IMPORT, actor), association=association.key, why=why
        )
