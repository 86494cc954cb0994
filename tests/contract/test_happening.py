"""An activity that is over cannot go out; what is announced later goes to who got the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.contract.desks import ALONE, Office, office_at

from communique.desk import drafting, happening, inspecting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.log import LogFilter
from communique.domain.release import Release, State
from communique.errors import NotAllowed, Problems
from communique.store.tables import deliveries

# NOW is nine in the morning in Toronto.
AT_TEN = {
    "starts": "2027-06-03T09:30",
    "ends": "2027-06-03T10:00",
    "zone": "America/Toronto",
}


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        yield office


def activity(**fields: Any) -> Release:
    return replace(ALONE, kind="activity", fields={**AT_TEN, **fields})


async def test_one_that_is_over_is_not_handed_in(office: Office) -> None:
    over = activity(starts="2027-06-03T08:30", ends="2027-06-03T09:00")
    await drafting.file(office.desk, OPERATOR, over)
    with pytest.raises(Problems, match="over by then: it ends at 2027-06-03 09:00 America/Toronto"):
        await drafting.submit(office.desk, OPERATOR, over.key)
    assert (await office.release(over.key)).state is State.DRAFT


async def test_one_that_will_be_over_is_not_scheduled_for_then(office: Office) -> None:
    release = activity()
    await drafting.file(office.desk, OPERATOR, release)
    await drafting.submit(office.desk, OPERATOR, release.key)
    with pytest.raises(NotAllowed, match="over by then"):
        await scheduling.schedule(office.desk, OPERATOR, release.key, "2027-06-03 10:00")
    await scheduling.schedule(office.desk, OPERATOR, release.key, "2027-06-03 09:59")


@pytest.mark.parametrize(("minutes", "goes"), [(59, True), (60, False)])
async def test_at_pick_up_the_minute_decides(office: Office, minutes: int, goes: bool) -> None:
    release = activity()
    await office.approved(release, "2027-06-03 09:50")
    office.clock.forward(minutes=minutes)
    assert (await office.pick_up() == [release.key]) is goes
    found = await office.release(release.key)
    assert found.state is (State.SENDING if goes else State.DRAFT)
    if not goes:
        assert "over by then" in str(found.reason)


async def test_one_that_lasts_all_day_is_over_when_its_day_is_where_it_is(office: Office) -> None:
    day = {
        "starts": "2027-06-02",
        "ends": "2027-06-02",
        "all_day": True,
        "zone": "Pacific/Honolulu",
    }
    await drafting.file(office.desk, OPERATOR, activity(**day))  # three in the morning there
    with pytest.raises(Problems, match="2027-06-03 00:00 Pacific/Honolulu"):
        await drafting.submit(office.desk, OPERATOR, ALONE.key)
    today = activity(**{**day, "ends": "2027-06-03"})
    await drafting.file(office.desk, OPERATOR, today)
    await drafting.submit(office.desk, OPERATOR, today.key)


async def _ended(office: Office, key: str, address: str, state: str) -> None:
    """Write how a delivery ended, as a worker would."""
    release, contact = await office.release(key), await office.contact("harfang", address)
    async with office.database.begin() as transaction:
        await transaction.connection.execute(
            update(deliveries)
            .where(deliveries.c.release_id == release.id, deliveries.c.subscriber_id == contact.id)
            .values(state=state)
        )


async def test_a_later_release_goes_to_those_who_got_the_first_and_to_nobody_else(
    office: Office,
) -> None:
    await office.admit("harfang", "b@lichen.example", "c@lichen.example")
    first = activity(starts="2027-06-10T18:00", ends="2027-06-10T20:00")
    await office.approved(first)
    with pytest.raises(NotAllowed, match="announced no activity"):
        await happening.follow_up(office.desk, OPERATOR, first.key, "x", called_off=False)
    await office.pick_up()
    for address, state in (("a", "sent"), ("b", "failed"), ("c", "unknown")):
        await _ended(office, first.key, f"{address}@lichen.example", state)
    await office.admit("harfang", "new@lichen.example")
    moved = await happening.follow_up(office.desk, OPERATOR, first.key, "moved", called_off=False)
    assert (moved.fields["follows"], moved.fields["sequence"]) == (first.key, 1)
    await drafting.copy(office.desk, OPERATOR, first.key, moved)
    off = await happening.follow_up(office.desk, OPERATOR, first.key, "off", called_off=True)
    assert (off.fields["follows"], off.fields["sequence"]) == (first.key, 2)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "moved")
    assert (seen.goes, dict(seen.left_out)) == (2, {"filtered": 2})
    await office.approved(moved)
    assert await office.pick_up() == ["moved"]
    lines = await office.lines(LogFilter(release="moved"))
    states = {one.address: one.state for one in lines.values()}
    assert {address for address, state in states.items() if state == "queued"} == {
        "a@lichen.example",
        "c@lichen.example",
    }


async def test_a_later_release_follows_one_that_is_here_and_was_sent(office: Office) -> None:
    for follows, told in (("nowhere", "no release “nowhere”"), ("first", "announced no activity")):
        await drafting.file(office.desk, OPERATOR, replace(activity(), key="first"))
        with pytest.raises(Problems, match=told):
            await drafting.file(office.desk, OPERATOR, activity(follows=follows, sequence=1))
