"""An advantage at its border, on a clock that stands: one minute before it is over, and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.advantages import HOTEL, LASTS, LUC, ODILE, begin, people
from tests.contract.desks import HARFANG, MASSIF, Office, office_at
from tests.contract.fakes import OK

from communique.desk import drafting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.advantage import Advantage, first_day_without, over_at
from communique.domain.association import Agreement, Term
from communique.domain.outcome import NOT_STARTED, Deferred, Scope, Unknown
from communique.domain.release import State
from communique.errors import NotAllowed, Problems
from communique.store.tables import attempts

# 30 September is over in Toronto at 4 in the morning, by UTC, and in Vancouver three hours later.
MIDNIGHT = datetime(2027, 10, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALONE = replace(HOTEL, parties=("harfang",), audiences=HOTEL.audiences[:1], agreement=None)
HOUSE = replace(ALONE, fields={**HOTEL.fields, "given_by": ["harfang"]})


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await begin(office)
        await people(office)
        yield office


# Refused where somebody can still mend it.


async def test_what_is_over_is_not_submitted_and_its_file_is_named(office: Office) -> None:
    office.clock.at = MIDNIGHT
    fr = replace(HOUSE.editions[0], source="/home/me/releases/hotel/fr.md")
    await drafting.file(office.desk, OPERATOR, replace(HOUSE, editions=(fr, *HOUSE.editions[1:])))
    with pytest.raises(Problems) as caught:
        await drafting.submit(office.desk, OPERATOR, "hotel")
    [problem] = caught.value.problems
    assert (problem.code, problem.file, problem.key) == (
        "advantage_over",
        "/home/me/releases/hotel/release.toml",
        "ends",
    )
    assert "lasts until 2027-09-30" in str(problem)
    assert "a later last day" in str(problem.advice)
    office.clock.at = MIDNIGHT - MINUTE
    assert (await drafting.submit(office.desk, OPERATOR, "hotel"))[0].state is State.IN_REVIEW


async def test_what_outlasts_its_agreement_is_not_submitted(office: Office) -> None:
    await drafting.file(
        office.desk, OPERATOR, replace(HOTEL, fields={**HOTEL.fields, "ends": "2028-01-01"})
    )
    with pytest.raises(Problems) as caught:
        await drafting.submit(office.desk, OPERATOR, "hotel")
    assert [one.code for one in caught.value.problems] == ["advantage_outlasts_agreement"]


async def test_it_is_scheduled_up_to_its_last_minute(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, HOUSE)
    await drafting.submit(office.desk, OPERATOR, "hotel")
    with pytest.raises(NotAllowed, match="at harfang it would be 2027-10-01"):
        await scheduling.schedule(office.desk, OPERATOR, "hotel", "2027-10-01 00:00")
    await scheduling.schedule(office.desk, OPERATOR, "hotel", "2027-09-30 23:59")


async def test_each_associations_own_midnight_counts(office: Office) -> None:
    """At 23:59 in Vancouver it is the next day in Toronto."""
    await drafting.file(office.desk, OPERATOR, HOTEL)
    await drafting.submit(office.desk, OPERATOR, "hotel")
    schedule = scheduling.schedule
    with pytest.raises(NotAllowed, match="at harfang"):
        await schedule(office.desk, OPERATOR, "hotel", "2027-09-30 23:59", zone="America/Vancouver")
    await schedule(office.desk, OPERATOR, "hotel", "2027-09-30 23:59", wall=True)


# At its hour.


async def test_what_is_over_when_its_hour_is_looked_at_goes_back_and_says_why(
    office: Office,
) -> None:
    await office.approved(HOUSE, "2027-09-30 23:59")
    office.clock.at = MIDNIGHT
    assert await office.pick_up() == []
    release = await office.release("hotel")
    assert release.state is State.DRAFT
    assert "the advantage lasts until 2027-09-30" in str(release.reason)


async def test_an_agreement_that_was_ended_since_takes_it_back(office: Office) -> None:
    await office.approved(HOTEL, "2027-06-10 09:00")
    ended = replace(LASTS, ended=date(2027, 9, 30))
    await office.sync(HARFANG, MASSIF, agreements=[ended])
    office.clock.at = datetime(2027, 6, 10, 13, 0, tzinfo=UTC)
    assert await office.pick_up() == []
    release = await office.release("hotel")
    assert (release.state, "holds no more on 2027-09-30" in str(release.reason)) == (
        State.DRAFT,
        True,
    )


async def test_in_its_last_minute_it_goes(office: Office) -> None:
    await office.approved(HOUSE, "2027-09-30 23:59")
    office.clock.at = MIDNIGHT - MINUTE
    assert await office.pick_up() == ["hotel"]
    await office.work()
    assert await office.stands("hotel") == {ODILE: "sent", LUC: "sent"}


# In mid-way.


async def test_whoever_waits_when_it_ends_is_left_out_with_that_reason(office: Office) -> None:
    """Luc's mailbox is full in the last minute: his next try would be later, and he is told of."""
    await office.approved(HOUSE, "2027-09-30 23:59")
    office.transport.answer = lambda mail: (
        OK if mail.recipient == ODILE else Deferred("452 full", Scope.RECIPIENT)
    )
    office.clock.at = MIDNIGHT - MINUTE
    await office.pick_up()
    await office.work()
    assert await office.stands("hotel") == {ODILE: "sent", LUC: "deferred"}
    office.clock.at = MIDNIGHT
    await office.work()
    assert await office.stands("hotel") == {ODILE: "sent", LUC: "skipped: advantage_over"}
    summary = await office.summary("hotel")
    assert summary.snapshot == 2  # P1
    assert await office.state("hotel") is State.SENT
    assert len(await office.rows(attempts)) == 2


async def test_what_was_claimed_and_not_begun_is_left_out_too(office: Office) -> None:
    """Midnight comes between a claim and its turn."""
    await office.approved(HOUSE, "2027-09-30 23:59")
    office.clock.at = MIDNIGHT - MINUTE
    await office.pick_up()

    def late(mail: object) -> object:
        office.clock.at = MIDNIGHT
        assert not mail.begin()  # type: ignore[attr-defined]  # as the transport asks before DATA
        return NOT_STARTED

    office.transport.answer = late  # type: ignore[assignment]  # it asks more of a mail
    await office.work()
    assert set((await office.stands("hotel")).values()) == {"skipped: advantage_over"}
    assert await office.rows(attempts) == []


async def test_of_what_may_have_arrived_nobody_says_that_it_did_not(office: Office) -> None:
    await office.approved(HOUSE, "2027-09-30 23:59")
    office.transport.answer = lambda _: Unknown("lost")
    office.clock.at = MIDNIGHT - MINUTE
    await office.pick_up()
    await office.work()
    office.clock.at = MIDNIGHT
    await office.work()
    lines = await office.lines()
    assert {one.state.value for one in lines.values()} == {"unknown"}
    assert all("not resent: advantage_over" in one.reason for one in lines.values())


# The rules by themselves.


@pytest.mark.parametrize(
    ("zone", "over"),
    [
        ("America/Toronto", MIDNIGHT),
        ("America/Vancouver", MIDNIGHT + timedelta(hours=3)),
        ("UTC", datetime(2027, 10, 1, tzinfo=UTC)),
    ],
)
def test_it_is_over_at_midnight_where_the_association_is(zone: str, over: datetime) -> None:
    assert over_at(Advantage((), date(2027, 9, 30)), zone) == over


def test_the_clocks_may_leap_over_midnight() -> None:
    """In Cairo, on 25 April 2025, 00:00 was 01:00: it was over at once."""
    advantage = Advantage((), date(2025, 4, 24))
    assert over_at(advantage, "Africa/Cairo") == datetime(2025, 4, 24, 22, tzinfo=UTC)


DAY = date(2027, 6, 3)
NEXT = Agreement(
    "pact",
    {},
    (),
    (Term(DAY, date(2028, 6, 2)), Term(date(2028, 6, 3), date(2029, 6, 2))),
)


@pytest.mark.parametrize(
    ("agreement", "ends", "gap"),
    [
        (NEXT, date(2028, 6, 2), None),
        (NEXT, date(2029, 6, 2), None),  # a term that follows at once goes on
        (NEXT, date(2029, 6, 3), date(2029, 6, 3)),
        (replace(NEXT, ended=date(2028, 1, 1)), date(2028, 1, 1), date(2028, 1, 1)),
        (replace(NEXT, ended=date(2028, 1, 1)), date(2027, 12, 31), None),
        (replace(NEXT, terms=()), date(2027, 12, 31), DAY),
    ],
)
def test_an_agreement_lasts_as_long_as_terms_follow_each_other(
    agreement: Agreement, ends: date, gap: date | None
) -> None:
    assert first_day_without(agreement, DAY, Advantage((), ends)) == gap
