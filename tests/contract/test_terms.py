"""The last day of a term, to the minute, in each association's own zone: when it is scheduled, when
it is picked up, and while it is on its way.

The term ends with the 3rd of June: in Toronto at 04:00 UTC of the 4th, in Vancouver at 07:00.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.contract.desks import HARFANG, MASSIF, PACT, SPRING, Office, office_at

from communique.desk import Policy, drafting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.agreement import Beyond
from communique.domain.association import Term
from communique.domain.release import State
from communique.errors import NotAllowed
from communique.wording import Remedy

A, B = "a@lichen.example", "b@basalt.example"
CITED = replace(SPRING, agreement="pact")
RENEWED = replace(PACT, terms=(*PACT.terms, Term(date(2027, 6, 4), date(2030, 6, 3))))
LATE = "skipped: agreement_ended"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        await office.admit("massif", B)
        yield office


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        ("2027-06-04 03:59", {A: "queued", B: "queued"}),
        ("2027-06-04 04:00", {A: LATE, B: "queued"}),
        ("2027-06-04 06:59", {A: LATE, B: "queued"}),
        ("2027-06-04 07:00", {}),
    ],
)
async def test_at_pick_up_the_day_decides_in_each_associations_zone(
    office: Office, moment: str, stands: dict[str, str]
) -> None:
    office.clock.at = at(moment)
    await office.picked_up(CITED)
    assert await office.stands() == stands
    assert await office.state() is (State.SENDING if stands else State.DRAFT)


async def test_what_was_due_before_midnight_and_is_picked_up_after_it_comes_too_late(
    office: Office,
) -> None:
    office.clock.at = at("2027-06-04 03:50")
    await office.approved(CITED, "2027-06-03 23:59")
    office.clock.at = at("2027-06-04 04:00")
    await office.pick_up()
    assert await office.stands() == {A: LATE, B: "queued"}


async def test_a_local_hour_is_asked_about_on_the_day_that_it_is_there(office: Office) -> None:
    """At a minute to midnight of the last day in each zone, it goes to all of both."""
    office.clock.at = at("2027-06-03 13:00")
    await drafting.file(office.desk, OPERATOR, CITED)
    await drafting.submit(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "2027-06-03 23:59", wall=True)
    for hour in ("2027-06-04 00:00", "2027-06-04 00:01"):
        with pytest.raises(NotAllowed) as caught:
            await scheduling.schedule(office.desk, OPERATOR, "spring", hour, wall=True)
        assert [one.fields["association"] for one in caught.value.fields["where"]] == [
            "harfang",
            "massif",
        ]


@pytest.mark.parametrize(
    ("moment", "stands"),
    [
        ("2027-06-04 03:59", {A: "sent", B: "sent"}),
        ("2027-06-04 04:00", {A: LATE, B: "sent"}),
        ("2027-06-04 06:59", {A: LATE, B: "sent"}),
        ("2027-06-04 07:00", {A: LATE, B: LATE}),
    ],
)
async def test_what_is_unsent_when_the_last_day_ends_stays_so(
    office: Office, moment: str, stands: dict[str, str]
) -> None:
    office.clock.at = at("2027-06-04 03:58")
    await office.picked_up(CITED)
    office.clock.at = at(moment)
    await office.work()
    assert await office.stands() == stands


async def test_what_waits_goes_on_after_midnight_if_a_term_follows(office: Office) -> None:
    await office.picked_up(CITED)
    await office.sync(HARFANG, MASSIF, agreements=[RENEWED])
    office.clock.at = at("2027-06-04 07:00")
    await office.work()
    assert await office.stands() == {A: "sent", B: "sent"}


async def test_what_its_parties_ended_early_decides_at_pick_up_like_a_last_day(
    office: Office,
) -> None:
    await office.approved(CITED, "2027-06-03 10:00")
    await office.sync(HARFANG, MASSIF, agreements=[replace(PACT, ended=date(2027, 6, 3))])
    office.clock.at = at("2027-06-03 14:00")
    assert await office.pick_up() == []
    assert await office.state() is State.DRAFT
    assert "“pact” is not in force on 2027-06-03" in str((await office.release()).reason)


@pytest.mark.parametrize(
    ("hour", "where"),
    [
        ("2027-06-03T23:59-04:00", []),
        ("2027-06-04T00:00-04:00", ["harfang"]),
        ("2027-06-03T23:59-07:00", ["harfang"]),
        ("2027-06-04T00:00-07:00", ["harfang", "massif"]),
    ],
)
async def test_an_hour_beyond_the_last_day_is_asked_about_and_then_set(
    office: Office, hour: str, where: list[str]
) -> None:
    await drafting.file(office.desk, OPERATOR, CITED)
    if where:
        with pytest.raises(NotAllowed) as caught:
            await scheduling.schedule(office.desk, OPERATOR, "spring", hour)
        assert caught.value.code == "hour_outside_agreement"
        assert [one.fields["association"] for one in caught.value.fields["where"]] == where
        assert caught.value.remedy is Remedy.SAY_BEYOND_TERM
        assert (await office.release()).schedule is None
    release = await scheduling.schedule(
        office.desk, OPERATOR, "spring", hour, beyond_term=bool(where)
    )
    assert release.schedule is not None


async def test_an_hour_in_a_term_that_is_added_already_is_not_asked_about(office: Office) -> None:
    await office.sync(HARFANG, MASSIF, agreements=[RENEWED])
    await drafting.file(office.desk, OPERATOR, CITED)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "2027-06-04 09:00")
    await drafting.file(office.desk, OPERATOR, replace(SPRING, key="under-none"))
    await scheduling.schedule(office.desk, OPERATOR, "under-none", "2031-06-04 09:00")


async def test_a_desk_that_refuses_takes_nobodys_word_for_it(office: Office) -> None:
    strict = replace(office.desk, policy=Policy(beyond_term=Beyond.REFUSE))
    await drafting.file(strict, OPERATOR, CITED)
    with pytest.raises(NotAllowed) as caught:
        await scheduling.schedule(strict, OPERATOR, "spring", "2027-06-04 09:00", beyond_term=True)
    assert caught.value.remedy is Remedy.RENEW_AGREEMENT
