"""Where readers are chooses what the law asks; of a partner's, nobody learns where that is (P6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import (
    ENGLISH,
    FRENCH,
    HARFANG,
    LICHEN,
    MASSIF,
    PLAN,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique.desk import drafting
from communique.domain.actor import OPERATOR, Actor, ActorKind, Permission
from communique.domain.release import Audience, Filter, State
from communique.errors import Problems

HERE = replace(LICHEN, reference="1", territory="MA")
ABROAD = replace(LICHEN, reference="2", territory="Québec")
FAR = replace(LICHEN, reference="3", territory="France")
OURS = replace(SPRING, parties=("massif",), audiences=SPRING.audiences[1:], editions=(ENGLISH,))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("massif", entry("a@here.example", member=HERE))
        yield office


async def codes(office: Office, release: str = "spring", actor: Actor = OPERATOR) -> list[str]:
    _, warnings = await drafting.check(office.desk, actor, release)
    return [one.code for one in warnings]


async def test_only_those_whom_it_goes_to_are_asked_where_they_are(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, OURS)
    assert await codes(office) == []
    await office.admit("massif", entry("b@abroad.example", member=ABROAD))
    await office.admit("massif", entry("c@far.example", member=FAR))
    assert await codes(office) == ["french_edition_for_readers", "law_unknown_there"]
    away = replace(OURS, audiences=(Audience("massif", ("members",), Filter(territories=("MA",))),))
    await drafting.file(office.desk, OPERATOR, away)
    assert await codes(office) == []
    await drafting.file(office.desk, OPERATOR, OURS)
    await office.say_no("b@abroad.example", association="massif")
    assert await codes(office) == ["law_unknown_there"]


async def test_the_commonest_territories_come_first_and_each_once(office: Office) -> None:
    for number in range(3):
        await office.admit("massif", entry(f"q{number}@abroad.example", member=ABROAD))
    async with office.database.read() as transaction:
        found = await transaction.snapshot.territories(OURS.audiences[0], PLAN)
    assert list(found) == ["Québec", "MA"]


async def test_a_partner_is_told_the_same_wherever_its_partners_readers_are(
    office: Office,
) -> None:
    grants = {"harfang": frozenset({Permission.APPROVE})}
    theirs = Actor(ActorKind.PERSON, "Aude Roy", 1, grants)
    await office.admit("harfang", "n@lichen.example")
    # Massif speaks English alone: whether that is enough depends on where its members are.
    await drafting.file(office.desk, OPERATOR, replace(SPRING, editions=(FRENCH, ENGLISH)))
    before = await codes(office, actor=theirs)
    assert await codes(office) == []
    await office.admit("massif", entry("b@abroad.example", member=ABROAD))
    assert await codes(office) == ["french_edition_for_readers"]
    assert await codes(office, actor=theirs) == before == ["french_edition_for_readers"]


async def test_checking_changes_nothing_and_submitting_warns_alike(office: Office) -> None:
    await office.admit("massif", entry("b@abroad.example", member=ABROAD))
    filed, _ = await drafting.file(office.desk, OPERATOR, OURS)
    assert await codes(office) == ["french_edition_for_readers"]
    assert await office.release() == filed
    _, warnings = await drafting.submit(office.desk, OPERATOR, "spring")
    assert [one.code for one in warnings] == ["french_edition_for_readers"]
    assert await codes(office) == ["french_edition_for_readers"]
    assert await office.state() is State.IN_REVIEW


async def test_a_rule_refuses_by_its_name_and_nothing_is_frozen(office: Office) -> None:
    await office.sync(replace(HARFANG, requires_french=False), MASSIF)
    english = replace(SPRING, parties=("harfang",), audiences=SPRING.audiences[:1])
    await drafting.file(office.desk, OPERATOR, replace(english, editions=(ENGLISH,)))
    for ask in (drafting.check, drafting.submit):
        with pytest.raises(Problems) as caught:
            await ask(office.desk, OPERATOR, "spring")
        (problem,) = caught.value.problems
        assert problem.fields["rules"] == ["charter-french"]
        assert "(charter-french)" in str(problem)
    assert await office.state() is State.DRAFT
