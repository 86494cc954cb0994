"""Where agreements stand, what rests on them, and what their end cuts off: in each party's day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, HARFANG, MASSIF, PACT, SPRING, Office, office_at

from communique.desk import agreeing, drafting, scheduling, syncing
from communique.domain.actor import OPERATOR, Actor, ActorKind
from communique.domain.agreement import Standing
from communique.domain.association import Association, Person, Role
from communique.errors import NotFound

CITED = replace(SPRING, agreement="pact")
TAIGA = replace(HARFANG, key="taiga", names={"fr": "Taïga", "en": "Taiga"})
WIDE = replace(PACT, key="wide", parties=("harfang", "massif", "taiga"))
BETWEEN_TWO = replace(PACT, key="quiet", parties=("harfang", "taiga"))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        await office.admit("massif", "b@basalt.example")
        yield office


def of(association: str) -> Actor:
    return Actor(ActorKind.PERSON, "Somebody", 1, {association: frozenset()})


async def standing(office: Office) -> dict[str, Standing]:
    known = await agreeing.agreement(office.desk, OPERATOR, "pact")
    return {party: one.standing for party, one in known.outlooks.items()}


async def cut(office: Office) -> dict[str, dict[str, date]]:
    known = await agreeing.agreement(office.desk, OPERATOR, "pact")
    return {one.release.key: dict(one.cut_off) for one in known.resting}


async def test_the_last_day_ends_at_each_partys_own_midnight(office: Office) -> None:
    for at, harfang, massif in (
        (datetime(2027, 6, 4, 3, 59, tzinfo=UTC), Standing.IN_FORCE, Standing.IN_FORCE),
        (datetime(2027, 6, 4, 4, 1, tzinfo=UTC), Standing.EXPIRED, Standing.IN_FORCE),
        (datetime(2027, 6, 4, 6, 59, tzinfo=UTC), Standing.EXPIRED, Standing.IN_FORCE),
        (datetime(2027, 6, 4, 7, 1, tzinfo=UTC), Standing.EXPIRED, Standing.EXPIRED),
    ):
        office.clock.at = at
        assert await standing(office) == {"harfang": harfang, "massif": massif}, at


async def test_on_a_day_that_is_asked_about_it_is_that_day_for_all(office: Office) -> None:
    [known] = await agreeing.agreements(office.desk, OPERATOR, date(2024, 6, 2))
    assert {one.standing for one in known.outlooks.values()} == {Standing.TO_COME}
    assert {one.on for one in known.outlooks.values()} == {date(2024, 6, 2)}


async def test_what_an_end_cuts_off_is_told_with_its_day_there(office: Office) -> None:
    office.clock.at = datetime(2027, 6, 1, 13, 0, tzinfo=UTC)
    assert await cut(office) == {}
    for key, hour in (
        ("in-time", "2027-06-03 23:59"),  # in Toronto
        ("late-for-one", "2027-06-04 00:00"),
        ("late", "2027-06-04 03:00"),
        ("without-hour", None),
    ):
        await drafting.file(office.desk, OPERATOR, replace(CITED, key=key))
        if hour:
            await scheduling.schedule(office.desk, OPERATOR, key, hour, beyond_term=True)
    fourth = date(2027, 6, 4)
    assert await cut(office) == {
        "without-hour": {},
        "late": {"harfang": fourth, "massif": fourth},
        "late-for-one": {"harfang": fourth},
        "in-time": {},
    }
    found = await agreeing.check(office.desk, OPERATOR, "pact")
    told = [one.problem.fields["release"] for one in found if not one.ok]
    assert told == ["late", "late", "late-for-one"]


async def test_an_early_end_cuts_off_what_is_approved_and_what_is_on_its_way(
    office: Office,
) -> None:
    office.clock.at = datetime(2027, 6, 1, 13, 0, tzinfo=UTC)
    await office.picked_up(replace(CITED, key="under-way"))
    await office.approved(replace(CITED, key="next"), "2027-06-02 09:00")
    await office.approved(replace(ALONE, key="not-under-it"), "2027-06-02 09:00")
    assert await cut(office) == {"next": {}, "under-way": {}}
    await office.sync(HARFANG, MASSIF, agreements=[replace(PACT, ended=date(2027, 6, 1))])
    first, second = date(2027, 6, 1), date(2027, 6, 2)
    assert await cut(office) == {
        "next": {"harfang": second, "massif": second},
        "under-way": {"harfang": first, "massif": first},
    }
    await office.work()  # and so it is
    assert await cut(office) == {"next": {"harfang": second, "massif": second}}


async def test_a_sync_says_what_it_would_cut_off_before_it_does(office: Office) -> None:
    office.clock.at = datetime(2027, 6, 1, 13, 0, tzinfo=UTC)
    await office.approved(CITED, "2027-06-02 09:00")
    await office.approved(replace(CITED, key="late"), "2027-06-09 09:00")  # cut off already
    ended = [replace(PACT, ended=date(2027, 6, 2))]
    desk, both = office.desk, (HARFANG, MASSIF)

    def told(synced: syncing.Synced) -> list[tuple[str, str]]:
        return [(one.fields["release"], one.fields["association"]) for one in synced.cuts]

    assert told(await syncing.sync(desk, OPERATOR, both, [PACT])) == []
    seen = await syncing.sync(desk, OPERATOR, both, ended, dry_run=True)
    assert told(seen) == [("spring", "harfang"), ("spring", "massif")]
    assert (await agreeing.agreement(desk, OPERATOR, "pact")).agreement.ended is None
    assert told(await syncing.sync(desk, OPERATOR, both, ended)) == told(seen)
    assert told(await syncing.sync(desk, OPERATOR, both, ended)) == [], "that is no news"


async def test_a_party_sees_its_own_agreements_and_what_it_may_see_of_what_rests_on_them(
    office: Office,
) -> None:
    """P6. What two of three parties announce under what all three agreed is not for the third."""
    await office.sync(HARFANG, MASSIF, TAIGA, agreements=[PACT, WIDE, BETWEEN_TWO])
    await drafting.file(office.desk, OPERATOR, replace(SPRING, agreement="wide"))

    async def seen(actor: Actor) -> dict[str, list[str]]:
        found = await agreeing.agreements(office.desk, actor)
        return {one.agreement.key: [each.release.key for each in one.resting] for one in found}

    assert await seen(OPERATOR) == {"pact": [], "quiet": [], "wide": ["spring"]}
    assert await seen(of("massif")) == {"pact": [], "wide": ["spring"]}
    assert await seen(of("taiga")) == {"quiet": [], "wide": []}
    with pytest.raises(NotFound, match="no agreement “quiet”"):
        await agreeing.agreement(office.desk, of("massif"), "quiet")
    with pytest.raises(NotFound, match="no agreement “pact”"):
        await agreeing.check(office.desk, of("taiga"), "pact")


async def test_who_answers_for_an_agreement_is_asked_of_ones_own_people_only(
    office: Office,
) -> None:
    owned = replace(
        MASSIF, people=(*MASSIF.people, Person("Ida Fox", "ida@massif.example", (Role.OWNER,)))
    )
    await office.sync(HARFANG, owned, agreements=[PACT])

    async def without(actor: Actor) -> list[str]:
        found = await agreeing.check(office.desk, actor)
        return [
            one.problem.fields["association"]
            for one in found
            if one.problem.code == "association_without_owner"
        ]

    assert await without(OPERATOR) == ["harfang"]
    assert await without(of("massif")) == []


def names(association: Association) -> list[str]:
    return [one.address for one in association.asked()]


def test_owners_are_asked_and_without_any_approvers_and_without_these_the_contact() -> None:
    owner = Person("Ida Fox", "ida@harfang.example", (Role.OWNER,))
    assert names(replace(HARFANG, people=(*HARFANG.people, owner))) == ["ida@harfang.example"]
    assert names(HARFANG) == ["aude@harfang.example"]
    assert names(replace(HARFANG, people=())) == ["info@harfang.example"]
