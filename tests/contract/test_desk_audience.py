"""Whom a release would go to is said before it goes, and one to nobody does not go at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import (
    ALONE,
    LICHEN,
    PACT,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique.desk import consenting, drafting, inspecting, scheduling
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.delivery import DeliveryState, Forecast
from communique.domain.release import Audience, Filter, Release, State
from communique.store.tables import batches, deliveries

A, B, C = (f"{name}@lichen.example" for name in "abc")
ELSEWHERE = replace(LICHEN, reference="19", territory="ON")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, entry(C, member=ELSEWHERE))
        await office.admit("massif", entry("d@basalt.example", language="en"))
        yield office


async def foreseen(office: Office, release: Release = SPRING) -> tuple[Forecast, ...]:
    await drafting.file(office.desk, OPERATOR, release)
    return await inspecting.forecast(office.desk, OPERATOR, release.key)


def to(*lists: str, **only: Any) -> Release:
    return replace(ALONE, audiences=(Audience("harfang", lists or ("members",), Filter(**only)),))


async def test_a_forecast_is_the_snapshot_that_will_be(office: Office) -> None:
    token = await office.token("harfang", A)
    await consenting.unsubscribe(office.desk, RECIPIENT, token)
    release = to("members", "partners", territories=("QC",))
    (one,) = await foreseen(office, release)
    assert (one.goes, dict(one.left_out)) == (1, {"unsubscribed": 1, "filtered": 1})
    assert one.listed == 3
    assert await office.count(deliveries) == 0
    await office.picked_up(release)
    summary = await office.summary()
    assert summary.states[DeliveryState.QUEUED] == one.goes
    assert summary.skipped == one.left_out
    assert await inspecting.forecast(office.desk, OPERATOR, "spring") == ()


async def test_each_association_is_counted_for_itself(office: Office) -> None:
    seen = await foreseen(office)
    assert [(one.association, one.goes, one.warnings) for one in seen] == [
        ("harfang", 3, ()),
        ("massif", 1, ()),
    ]


@pytest.mark.parametrize(
    ("release", "warnings"),
    [
        (
            to(territories=("QC", "Quebec")),
            ["no member of harfang has the territory “Quebec” (only.territories)"],
        ),
        (
            to(territories=("Québec",)),
            [
                "no member of harfang has the territory “Québec” (only.territories)",
                "nobody at harfang would be written to",
                "members of harfang whose territory is called QC are left out (only.territories)",
            ],
        ),
        (to("members", "partners"), ["nobody is on the list “partners” of harfang"]),
        (
            to(sectors=("therapy",)),
            [
                "no member of harfang has the sector “therapy” (only.sectors)",
                "nobody at harfang would be written to",
            ],
        ),
        (
            replace(to(), editions=tuple(one for one in ALONE.editions if one.language == "fr")),
            ["there is no edition in en: who reads that at harfang gets fr"],
        ),
    ],
    ids=[
        "a value no member has",
        "another name",
        "a list with nobody on it",
        "nobody at all",
        "no English",
    ],
)
async def test_what_is_hardly_meant_is_warned_of(
    office: Office, release: Release, warnings: list[str]
) -> None:
    (one,) = await foreseen(office, release)
    assert [str(each) for each in one.warnings] == warnings


async def test_an_agreement_that_will_have_ended_at_the_hour_is_warned_of(office: Office) -> None:
    bound = replace(ALONE, agreement=PACT.key)
    assert (await foreseen(office, bound))[0].warnings == ()
    hour = "2027-06-04 09:00"
    await scheduling.schedule(office.desk, OPERATOR, "spring", hour, beyond_term=True)
    (one,) = await inspecting.forecast(office.desk, OPERATOR, "spring")
    assert (one.goes, dict(one.left_out)) == (0, {"agreement_ended": 3})
    assert str(one.warnings[0]) == "the agreement “pact” is not in force on 2027-06-04 at harfang"


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (to("partners"), "nobody is on the list “partners” of harfang"),
        (to(territories=("Quebec",)), "no member of harfang has the territory “Quebec”"),
    ],
    ids=["an empty list", "a typo"],
)
async def test_a_release_to_nobody_is_refused_and_says_why(
    office: Office, release: Release, why: str
) -> None:
    assert await office.picked_up(release) == []
    stands = await office.release()
    assert stands.state is State.DRAFT
    assert str(stands.reason).startswith(f"there is nobody to write to: {why}")
    assert await office.count(deliveries) == await office.count(batches) == 0
    history = (await inspecting.standing(office.desk, OPERATOR, "spring")).history
    assert history[-1].verb == "void"
    assert await office.pick_up() == []


async def test_a_release_to_some_goes_though_nobody_of_one_party_is_there(office: Office) -> None:
    audiences = (SPRING.audiences[0], Audience("massif", ("partners",)))
    tickets = await office.picked_up(replace(SPRING, audiences=audiences))
    assert {one.association for one in tickets} == {"harfang"}
    assert await office.state() is State.SENDING


async def test_the_day_of_a_forecast_is_the_associations_own(office: Office) -> None:
    office.clock.at = datetime(2027, 6, 4, 5, 0, tzinfo=UTC)  # in Vancouver, still the third
    seen = await foreseen(office, replace(SPRING, agreement=PACT.key))
    assert [one.goes for one in seen] == [0, 1]
