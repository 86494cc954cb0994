"""An activity that is over cannot go out; what is announced later goes to who got the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.contract.desks import ALONE, Office, in_words, office_at

from communique.desk import correcting, drafting, happening, inspecting, scheduling
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


async def followed_up(office: Office, of: str, key: str, *, called_off: bool = False) -> Release:
    """What follows a release, as its authors finish it."""
    draft, _ = await happening.follow_up(office.desk, OPERATOR, of, key, called_off=called_off)
    return in_words(draft)


async def announced(office: Office) -> Release:
    first = activity(starts="2027-06-10T18:00", ends="2027-06-10T20:00")
    await office.approved(first)
    await office.pick_up()
    return first


async def moved_after(office: Office, first: Release) -> Release:
    """It was announced anew: a day later."""
    moved = await followed_up(office, first.key, "moved")
    later = {"starts": "2027-06-11T18:00", "ends": "2027-06-11T20:00"}
    moved = replace(moved, fields={**moved.fields, **later})
    await _ended(office, first.key, "a@lichen.example", "sent")
    await office.approved(moved)
    assert await office.pick_up() == ["moved"]
    return moved


async def test_what_follows_begins_from_what_was_told_last_whichever_is_named(
    office: Office,
) -> None:
    first = await announced(office)
    await moved_after(office, first)
    for named in (first.key, "moved"):
        off, of = await happening.follow_up(office.desk, OPERATOR, named, "off", called_off=True)
        assert of.key == "moved"
        assert (off.fields["starts"], off.fields["sequence"]) == ("2027-06-11T18:00", 2)
        assert off.audiences == first.audiences
        assert off.editions[0].subject.removeprefix("Annulé : ") == first.editions[0].subject


async def test_nothing_begins_from_what_is_called_off_or_goes_after_what_was_told_since(
    office: Office,
) -> None:
    first = await announced(office)
    moved = await followed_up(office, first.key, "moved")
    await office.approved(moved, "2027-06-03 9:30")
    off = await followed_up(office, first.key, "off", called_off=True)
    await office.approved(off)
    await _ended(office, first.key, "a@lichen.example", "sent")
    assert await office.pick_up() == ["off"]
    with pytest.raises(NotAllowed, match="“off” called the activity off already"):
        await followed_up(office, first.key, "again")
    office.clock.forward(minutes=31)
    assert await office.pick_up() == []
    found = await office.release("moved")
    assert found.state is State.DRAFT
    assert "“off” called the activity off already" in str(found.reason)
    with pytest.raises(Problems, match="“off” called the activity off already"):
        await drafting.submit(office.desk, OPERATOR, "moved")


async def test_what_is_older_than_what_calendars_have_does_not_go(office: Office) -> None:
    first = await announced(office)
    older = await followed_up(office, first.key, "older")
    await drafting.copy(office.desk, OPERATOR, first.key, older)
    await _ended(office, first.key, "a@lichen.example", "sent")
    await office.approved(await followed_up(office, first.key, "newer"))
    assert await office.pick_up() == ["newer"]
    with pytest.raises(Problems, match="“newer” told calendars something later"):
        await drafting.submit(office.desk, OPERATOR, "older")


@pytest.mark.parametrize("called_off", [False, True])
async def test_what_an_author_did_not_finish_is_not_handed_in(
    office: Office, called_off: bool
) -> None:
    first = await announced(office)
    draft, _ = await happening.follow_up(
        office.desk, OPERATOR, first.key, "next", called_off=called_off
    )
    await drafting.copy(office.desk, OPERATOR, first.key, draft)
    with pytest.raises(Problems, match="that it began with"):
        await drafting.submit(office.desk, OPERATOR, "next")


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
    moved = await followed_up(office, first.key, "moved")
    assert (moved.fields["follows"], moved.fields["sequence"]) == (first.key, 1)
    await drafting.copy(office.desk, OPERATOR, first.key, moved)
    off = await followed_up(office, first.key, "off", called_off=True)
    assert (off.fields["follows"], off.fields["sequence"]) == (first.key, 2)
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "moved")
    assert (seen.goes, dict(seen.left_out)) == (2, {"not_told_before": 2})
    await office.approved(moved)
    assert await office.pick_up() == ["moved"]
    lines = await office.lines(LogFilter(release="moved"))
    states = {one.address: one.state for one in lines.values()}
    assert {address for address, state in states.items() if state == "queued"} == {
        "a@lichen.example",
        "c@lichen.example",
    }


async def test_a_later_release_follows_one_that_is_here_and_was_sent(office: Office) -> None:
    for follows, told in (
        ("nowhere", "no release “nowhere”"),
        ("first", "announced no activity"),
        (activity().key, "cannot follow itself"),
    ):
        await drafting.file(office.desk, OPERATOR, replace(activity(), key="first"))
        with pytest.raises(Problems, match=told):
            await drafting.file(office.desk, OPERATOR, activity(follows=follows, sequence=1))


async def test_whoever_got_the_first_by_a_record_that_became_another_gets_the_next(
    office: Office,
) -> None:
    first = await announced(office)
    await _ended(office, first.key, "a@lichen.example", "sent")
    await office.admit("harfang", "ann@lichen.example")
    move = correcting.move
    old, new = "a@lichen.example", "ann@lichen.example"
    await move(office.desk, OPERATOR, "harfang", old, new, merge=True)
    off = await followed_up(office, first.key, "off", called_off=True)
    await drafting.copy(office.desk, OPERATOR, first.key, off)
    await office.approved(off)
    assert await office.pick_up() == ["off"]
    lines = await office.lines(LogFilter(release="off"))
    assert {one.address: one.state for one in lines.values()} == {new: "queued"}


async def test_calendars_call_it_as_before_and_what_is_not_out_yet_is_named(
    office: Office,
) -> None:
    await office.picked_up(activity())
    await office.work()
    draft, of = await happening.follow_up(
        office.desk, OPERATOR, "spring", "moved", called_off=False
    )
    titles = {one.language: one.fields["calendar"] for one in draft.editions}
    assert titles == {one.language: one.subject for one in ALONE.editions}
    assert await happening.under_way(office.desk, OPERATOR, of) == []
    moved = await drafting.copy(office.desk, OPERATOR, "spring", in_words(draft))
    assert await happening.under_way(office.desk, OPERATOR, of) == [], "a draft may be anything"
    await drafting.submit(office.desk, OPERATOR, moved.key)
    assert await happening.under_way(office.desk, OPERATOR, of) == ["moved"]
    again, _ = await happening.follow_up(office.desk, OPERATOR, "spring", "off", called_off=True)
    assert {one.fields["calendar"] for one in again.editions} == set(titles.values())
