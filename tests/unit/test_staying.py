"""Whoever stays as they are is counted as if their line had been weighed like any other."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.contract.desks import HARFANG

from communique.desk import admitting, staying
from communique.desk.admitting import Group, Rules
from communique.domain.address import parse
from communique.domain.consent import Basis, Extent, lapses_on
from communique.domain.member import (
    EVERYTHING,
    Admitted,
    Company,
    Entry,
    KnownPerson,
    ListPlace,
    Member,
    No,
    Subscriber,
)
from communique.domain.plain import Plain, Single, plain, written

TODAY = date(2026, 11, 26)
LISTS = [one.key for one in HARFANG.lists]


def group(chance: random.Random) -> Group:
    """People of all kinds: most are here, and most lines say what is known."""
    companies = [
        Company(
            number,
            f"Société {number}",
            TODAY - timedelta(days=900),
            chance.choice([None, TODAY - timedelta(days=chance.choice([10, 800]))]),
            changed=chance.random() < 0.1,
        )
        for number in range(1, 4)
    ]
    known, people = {}, []
    for n in range(30):
        company = chance.choice(companies)
        person = Subscriber(
            parse(f"a{n}@lichen.example"),
            *chance.choice([("Odile", "Roy"), ("", "Roy"), ("", "")]),
            chance.choice(["fr", "en"]),
            chance.choice(["", "Directrice"]),
        )
        places = {
            key: ListPlace(
                key,
                (basis := HARFANG.list_named(key).basis),
                since := TODAY - timedelta(days=chance.choice([1, 900])),
                lapses_on(basis, since, company.until),
                said_no=chance.random() < 0.2,
            )
            for key in LISTS
            if chance.random() < 0.8
        }
        if chance.random() < 0.9:
            known[person.address.key] = KnownPerson(
                *(n + 1, company.id or 0, person, places),
                said_no=chance.random() < 0.1,
                corrected={"role": "Adjointe"} if chance.random() < 0.1 else {},
            )
        said = replace(person, role="Chimiste") if chance.random() < 0.1 else person
        other = chance.choice(companies) if chance.random() < 0.1 else company
        stated = EVERYTHING if chance.random() < 0.7 else EVERYTHING - {"role", "family_name"}
        lines = [
            Entry(
                line=2 * n + each,
                member=Member("", other.name, "", "", "", None, None),
                subscriber=said,
                lists=tuple(chance.sample(LISTS, chance.choice([0, 1]))),
                consent_since=chance.choice([None, None, TODAY - timedelta(days=900)]),
                stated=frozenset(stated),
                noes=(No("Opt-out", Extent.ALL, "", None, False),) if chance.random() < 0.1 else (),
                former="old@lichen.example" if chance.random() < 0.05 else "",
                mute=False,
            )
            for each in range(2 if chance.random() < 0.1 else 1)
        ]
        people.append([plain(one) for one in lines])
    return Group(
        people,
        known,
        {f"={one.name}": one for one in companies},
        {one.id: one for one in companies if one.id},
        {},
        {key for key in known if chance.random() < 0.1},
    )


def apart(rules: Rules, one: Group) -> tuple[Admitted, list[Sequence[Plain]]]:
    """How many of a group stay, and the lines of the others, where lines are told in short."""
    singles: list[Single] = []
    others = []
    for lines in one.people:
        first, company = lines[0], one.keyed[lines[0].company]
        odd = len(lines) > 1 or company.changed or first.noes or first.former
        if odd or first.key not in one.known:
            others.append(first.key)
        else:
            assert company.id
            singles.append(single(first, company.id, company.since, company.until))
    stay, changed = staying.apart(rules, singles, one.known, one.suppressed)
    weighed = {*others, *changed}
    return stay, [lines for lines in one.people if lines[0].key in weighed]


def single(line: Plain, company: int, since: date | None, until: date | None) -> Single:
    row = [line.key, company, line.address, *line[11:15]]
    days = written(since), written(until)
    return Single(
        *(line.key, line.line, json.dumps(row), line.lists, line.consent_since, company), *days
    )


@pytest.mark.parametrize("seed", range(40))
def test_fast_is_as_slow(seed: int) -> None:
    chance = random.Random(seed)
    for revive in (False, True):
        rules = Rules(HARFANG, tuple(LISTS[:1]), TODAY, revive)
        one = group(chance)
        stay, others = apart(rules, one)
        quick = admitting.decide(rules, replace(one, people=others))
        quick.admitted += stay
        quick.lines += stay.unchanged
        assert quick == admitting.decide(rules, one)


def test_most_who_are_imported_again_stay() -> None:
    rules = Rules(HARFANG, tuple(LISTS[:1]), TODAY)
    stay = sum(apart(rules, group(random.Random(seed)))[0].unchanged for seed in range(40))
    assert stay > 200
    assert Basis.MEMBERSHIP in {one.basis for one in HARFANG.lists}
