"""When a release goes: the hour that was meant, once, and never late by surprise (P8)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import (
    ALONE,
    APPROVERS,
    HARFANG,
    LICHEN,
    MASSIF,
    PACT,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique.desk import approving, drafting, inspecting, scheduling
from communique.domain.actor import OPERATOR, SERVICE
from communique.domain.association import Term
from communique.domain.log import Summary
from communique.domain.release import Release, State
from communique.domain.scope import Scope
from communique.errors import Invalid, NotAllowed
from communique.store import Database
from communique.store.log import Log
from communique.store.tables import deliveries
from communique.telemetry import Lines


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        await office.admit("massif", entry("b@basalt.example", language="en"))
        yield office


async def test_a_release_goes_at_its_hour_and_not_before(office: Office) -> None:
    await office.approved(send_at="2027-06-03 10:00")  # in Toronto, where its first party is
    office.clock.at = datetime(2027, 6, 3, 13, 59, 59, tzinfo=UTC)
    assert await office.pick_up() == []
    office.clock.forward(seconds=1)
    assert await office.pick_up() == ["spring"]
    assert await office.pick_up() == []
    assert (await office.release()).picked_up_at == office.clock.now()


async def test_without_an_hour_or_a_partys_word_nothing_goes(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    assert await office.pick_up() == []
    other = replace(SPRING, key="no-hour")
    await drafting.file(office.desk, OPERATOR, other)
    await drafting.submit(office.desk, OPERATOR, other.key)
    for party, person in APPROVERS.items():
        await approving.approve(office.desk, OPERATOR, other.key, party, person)
    assert await office.pick_up() == []
    assert await office.count(deliveries) == 0


@pytest.mark.parametrize(("late", "state"), [(60, State.SENDING), (61, State.MISSED)])
async def test_a_release_that_nothing_ran_to_send_asks_instead_of_going(
    office: Office, late: int, state: State
) -> None:
    await office.approved()
    office.clock.forward(minutes=late)
    await office.pick_up()
    release = await office.release()
    assert release.state is state
    if state is State.MISSED:
        assert (
            str(release.reason) == "it was due at 2027-06-03 13:00 UTC and nothing ran to send it"
        )
        assert await office.count(deliveries) == 0
        await scheduling.schedule(office.desk, OPERATOR, "spring", "in 5 minutes")
        office.clock.forward(minutes=5)
        assert await office.pick_up() == ["spring"]


async def test_each_step_of_a_release_is_one_line_of_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "communique.desk.stepping")

    def told() -> list[str]:
        line = Lines().format
        lines = [line(one).partition("stepping: ")[2] for one in caplog.records]
        caplog.clear()
        return lines

    await office.approved()
    await office.pick_up()
    assert told() == ["picked up release=spring snapshot=2 queued=2"]
    await office.work()
    assert told() == ["finished release=spring snapshot=2 sent=2"]
    late = replace(ALONE, key="late")
    await office.approved(late)
    office.clock.forward(hours=2)
    await office.pick_up()
    why = "it was due at 2027-06-03 13:00 UTC and nothing ran to send it"
    assert told() == [f"missed release=late why={why}"]
    changed = replace(ALONE, key="changed")
    await office.approved(changed)
    await office.sync(replace(HARFANG, phone="+1 418 555-0199"))
    await office.pick_up()
    [line] = told()
    assert line.startswith("refused to send release=changed why=")


async def test_a_release_whose_deliver_by_has_passed_is_missed(office: Office) -> None:
    await office.approved()
    await scheduling.schedule(
        office.desk, OPERATOR, "spring", "in 10 minutes", deliver_by="in 20 minutes"
    )
    office.clock.forward(minutes=20)
    assert await office.pick_up() == []
    release = await office.release()
    assert (release.state, str(release.reason)) == (
        State.MISSED,
        "its deliver-by, 2027-06-03 13:20 UTC, has passed",
    )


@pytest.mark.parametrize(
    ("send_at", "options", "error", "why"),
    [
        ("2027-06-03 08:59", {}, NotAllowed, "2027-06-03 08:59 America/Toronto is past"),
        ("soon", {}, Invalid, "not a date and an hour"),
        ("2027-07-01 09:00", {"zone": "Quebec/Montreal"}, Invalid, "not the name of a time zone"),
        ("2028-03-12 02:30", {}, Invalid, "no 02:30 in America/Toronto on 2028-03-12"),
        (
            "2027-07-01 09:00",
            {"deliver_by": "2027-07-01 09:00"},
            NotAllowed,
            "deliver-by is not after the hour of harfang, 2027-07-01 09:00 America/Toronto",
        ),
        (
            "2027-07-01 09:00",
            {"wall": True, "deliver_by": "2027-07-01 12:00"},
            NotAllowed,
            "deliver-by is not after the hour of massif, 2027-07-01 09:00 America/Vancouver",
        ),
    ],
    ids=["past", "no hour", "no zone", "in the gap", "deliver by", "deliver by in the west"],
)
async def test_an_hour_that_cannot_be_is_refused_and_changes_nothing(
    office: Office, send_at: str, options: dict[str, Any], error: type[Exception], why: str
) -> None:
    before = await office.approved()
    with pytest.raises(error, match=why):
        await scheduling.schedule(office.desk, OPERATOR, "spring", send_at, **options)
    assert await office.release() == before


async def test_deliver_by_after_the_westernmost_hour_is_accepted(office: Office) -> None:
    await office.approved()
    release = await scheduling.schedule(
        office.desk,
        OPERATOR,
        "spring",
        "2027-07-01 09:00",
        wall=True,
        deliver_by="2027-07-01 12:01",
    )
    assert release.schedule is not None
    assert release.schedule.deliver_by == datetime(2027, 7, 1, 16, 1, tzinfo=UTC)


async def test_an_hour_that_comes_twice_goes_once_when_it_was_said_to_go(office: Office) -> None:
    office.clock.at = datetime(2027, 11, 7, 4, 0, tzinfo=UTC)
    await office.approved(ALONE, "2027-11-07T01:30-04:00")
    goes = []
    while office.clock.at < datetime(2027, 11, 7, 8, 0, tzinfo=UTC):
        office.clock.forward(minutes=15)
        goes += [office.clock.now() for _ in await office.pick_up()]
    assert goes == [datetime(2027, 11, 7, 5, 30, tzinfo=UTC)]


async def test_at_a_local_hour_each_association_has_its_own(office: Office) -> None:
    await office.approved()
    await scheduling.schedule(office.desk, OPERATOR, "spring", "2027-06-04 09:00", wall=True)
    toronto = datetime(2027, 6, 4, 13, 0, tzinfo=UTC)
    vancouver = datetime(2027, 6, 4, 16, 0, tzinfo=UTC)
    office.clock.at = toronto
    assert await office.pick_up() == ["spring"]
    due = {address: one.due_at for address, one in (await office.lines()).items()}
    assert due == {"a@lichen.example": toronto, "b@basalt.example": vancouver}
    assert office.engine.hours == {"harfang": None, "massif": vancouver}, "nobody works in vain"
    await office.work()
    assert await office.stands() == {"a@lichen.example": "sent", "b@basalt.example": "queued"}
    office.clock.at = vancouver
    await office.work()
    assert await office.state() is State.SENT


async def test_who_is_left_out_ends_at_pick_up_whatever_their_local_hour(office: Office) -> None:
    gone = replace(LICHEN, reference="18", until=date(2020, 1, 1))
    await office.admit("massif", entry("c@basalt.example", language="en", member=gone))
    await office.approved()
    await scheduling.schedule(office.desk, OPERATOR, "spring", "2027-06-04 09:00", wall=True)
    office.clock.at = datetime(2027, 6, 4, 13, 0, 7, tzinfo=UTC)
    await office.pick_up()
    (left_out,) = [one for one in await office.rows(deliveries) if one["state"] == "skipped"]
    assert (left_out["reason"], left_out["ended_at"]) == ("consent_lapsed", office.clock.now())


async def test_the_first_local_hour_is_the_releases_even_of_a_later_zone(office: Office) -> None:
    """Told in Vancouver's zone; Toronto's nine o'clock comes three hours earlier."""
    await office.approved()
    release = await scheduling.schedule(
        office.desk, OPERATOR, "spring", "2027-06-04 09:00", zone="America/Vancouver", wall=True
    )
    assert release.schedule is not None
    assert release.schedule.send_at == datetime(2027, 6, 4, 13, 0, tzinfo=UTC)


async def test_a_draft_without_an_audience_may_have_a_local_hour(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, replace(ALONE, audiences=()))
    release = await scheduling.schedule(
        office.desk, OPERATOR, "spring", "2027-06-04 09:00", wall=True
    )
    assert release.schedule is not None
    assert release.schedule.zone == "America/Toronto"


async def test_under_an_agreement_a_release_goes_while_it_runs(office: Office) -> None:
    office.clock.at = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)  # its last day
    await office.picked_up(replace(SPRING, agreement="pact"))
    assert set((await office.stands()).values()) == {"queued"}


async def test_after_its_agreement_a_release_is_refused(office: Office) -> None:
    office.clock.at = datetime(2027, 6, 4, 13, 0, tzinfo=UTC)
    assert await office.picked_up(replace(SPRING, agreement="pact")) == []
    assert await office.count(deliveries) == 0
    release = await office.release()
    assert release.state is State.DRAFT
    assert "“pact” is not in force on 2027-06-04" in str(release.reason)


async def test_an_agreement_that_ends_while_a_release_waits_stops_it(office: Office) -> None:
    await office.picked_up(replace(SPRING, agreement="pact"))
    office.clock.forward(days=1)
    await office.work()
    assert set((await office.stands()).values()) == {"skipped: agreement_ended"}
    renewed = Term(PACT.terms[0].ends.replace(day=4), PACT.terms[0].ends.replace(year=2030))
    await office.sync(HARFANG, MASSIF, agreements=[replace(PACT, terms=(*PACT.terms, renewed))])
    await office.picked_up(replace(SPRING, key="renewed", agreement="pact"))
    assert set((await office.stands("renewed")).values()) == {"queued"}


async def test_an_agreement_that_is_ended_while_a_release_waits_stops_it(office: Office) -> None:
    await office.picked_up(replace(SPRING, agreement="pact"))
    ended = replace(PACT, ended=office.clock.now().date())
    await office.sync(HARFANG, MASSIF, agreements=[ended])
    await office.work()
    assert set((await office.stands()).values()) == {"skipped: agreement_ended"}


async def test_a_release_that_cannot_go_keeps_no_other(office: Office) -> None:
    await office.approved()
    await office.approved(replace(ALONE, key="other"))
    await office.sync(HARFANG, replace(MASSIF, phone="+1 604 555-0100"))
    assert await office.pick_up() == ["other"]
    assert await office.state() is State.DRAFT


async def test_of_ten_schedulers_at_once_each_release_is_picked_up_by_one(
    office: Office,
) -> None:
    keys = [f"release-{number:02}" for number in range(8)]
    template = await office.approved(replace(ALONE, key=keys[0]))
    for key in keys[1:]:
        await _approved_like(office, template, key)
    other = Database(office.database.url.render_as_string(hide_password=False))
    try:
        desks = [office.desk, replace(office.desk, store=other)]
        rounds = await asyncio.gather(
            *(scheduling.pick_up(desks[number % 2], SERVICE, office.engine) for number in range(10))
        )
    finally:
        await other.close()
    assert sorted(key for picked in rounds for key in picked) == keys
    assert len(set(office.engine.submitted)) == len(office.engine.submitted) == len(keys)
    assert await office.count(deliveries) == len(keys)


async def test_what_is_under_way_is_summed_and_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.picked_up()
    await office.work()
    waiting = await office.approved(replace(ALONE, key="other"))
    summed: list[int] = []
    summaries = Log.summaries

    async def noted(
        self: Log, scope: Scope, release_ids: Collection[int], association: str | None = None
    ) -> dict[int, Summary]:
        summed.extend(release_ids)
        return await summaries(self, scope, release_ids, association)

    monkeypatch.setattr(Log, "summaries", noted)
    assert [one.key for one, _ in await inspecting.under_way(office.desk, OPERATOR)] == ["other"]
    assert summed == [waiting.id]


async def _approved_like(office: Office, template: Release, key: str) -> None:
    await drafting.file(office.desk, OPERATOR, replace(template, key=key, id=0))
    await drafting.submit(office.desk, OPERATOR, key)
    await approving.approve(office.desk, OPERATOR, key, "harfang", "Aude Roy")
    await scheduling.schedule(office.desk, OPERATOR, key, "now")
