"""Embargoes over a real store, on SQLite and PostgreSQL: who moves one, and what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import APPROVERS, NOW, entry
from tests.contract.fakes import OK
from tests.contract.test_newsroom import (
    HELD,
    UNTIL,
    got,
    history,
    normal,
    with_press,
)
from tests.newsroom_site import NEWS, Rooms, rooms_at

from communique.declared import retelling as drafts
from communique.desk import (
    approving,
    comparing,
    drafting,
    embargoing,
    previewing,
    publishing,
    retelling,
    scheduling,
)
from communique.domain.actor import OPERATOR
from communique.domain.content import FORMAT
from communique.domain.delivery import DeliveryState
from communique.domain.event import Verb
from communique.domain.outcome import Deferred, Scope, Unknown
from communique.domain.release import Audience, Release, State
from communique.errors import NotAllowed, NotFound, Problems, TemplateInvalid
from communique.store.newsroom_tables import articles, publications
from communique.store.tables import batches
from communique.wording import Remedy

SOONER = UNTIL - timedelta(hours=6)
LATER = UNTIL + timedelta(days=1)
SAID = "Sous embargo jusqu’au {} juin 2027, 9 h (heure avancée de l’Est)"


@pytest.fixture
async def rooms(database_url: str, tmp_path: Path) -> AsyncIterator[Rooms]:
    async with rooms_at(database_url, tmp_path / "desk") as rooms:
        await with_press(rooms)
        yield rooms


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Rooms]:
    """Where the database is not what is tried."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with rooms_at(url, tmp_path / "desk") as rooms:
        await with_press(rooms)
        yield rooms


async def is_public(rooms: Rooms) -> bool:
    await rooms.publish()
    return (await rooms.get("harfang/fr/2027/spring")).status_code == 200


async def move(
    rooms: Rooms, until: datetime, party: str | None = None, *, knows: bool = True
) -> embargoing.Moved:
    return await embargoing.move(
        rooms.office.desk,
        OPERATOR,
        "spring",
        until.isoformat(),
        press_has_it=knows,
        party=party,
        person=APPROVERS.get(party or "", ""),
    )


# A release is never public before every party has said yes to that hour (P4).


@pytest.mark.parametrize("until", ["", SOONER.isoformat()], ids=["lifted", "sooner"])
async def test_nobody_alone_makes_public_sooner_what_all_have_approved(
    rooms: Rooms, until: str
) -> None:
    desk = rooms.office.desk
    await rooms.office.approved(HELD, send_at=(NOW + timedelta(hours=1)).isoformat())
    with pytest.raises(NotAllowed) as refused:
        await scheduling.schedule(desk, OPERATOR, "spring", "in 1 hour", public_from=until)
    assert (refused.value.code, refused.value.remedy) == (
        "embargo_approved",
        Remedy.REJECT_AND_SUBMIT,
    )
    assert (await rooms.office.release("spring")).public_from == UNTIL
    # Sent back, it is its authors' to say, and everybody's to approve anew.
    await approving.reject(desk, OPERATOR, "spring", "massif", APPROVERS["massif"])
    await scheduling.schedule(desk, OPERATOR, "spring", "in 1 hour", public_from=until)
    await drafting.submit(desk, OPERATOR, "spring")
    rooms.office.clock.forward(hours=1)
    assert await rooms.office.pick_up() == []


async def test_what_is_held_back_for_longer_needs_nobodys_word(rooms: Rooms) -> None:
    desk = rooms.office.desk
    await rooms.office.approved(HELD, send_at=(NOW + timedelta(hours=1)).isoformat())
    hour = LATER.isoformat()
    await scheduling.schedule(desk, OPERATOR, "spring", "in 1 hour", public_from=hour)
    await scheduling.schedule(desk, OPERATOR, "spring", "in 1 hour", public_from=UNTIL.isoformat())
    await scheduling.schedule(desk, OPERATOR, "spring", "in 1 hour", public_from=hour)
    rooms.office.clock.forward(hours=1)
    assert await rooms.office.pick_up() == ["spring"]  # what was approved is what goes
    for moment, there in ((UNTIL, False), (LATER - timedelta(minutes=1), False), (LATER, True)):
        rooms.office.clock.at = moment
        assert await is_public(rooms) is there


async def test_an_hour_that_was_set_past_the_desk_makes_its_approvals_void(one: Rooms) -> None:
    """Whatever writes it: at pick-up it is compared with what was approved."""
    before = await one.office.approved(HELD, send_at=(NOW + timedelta(hours=1)).isoformat())
    async with one.office.database.begin() as transaction:
        await transaction.releases.move(before, replace(before, public_from=SOONER))
    one.office.clock.forward(hours=1)
    assert await one.office.pick_up() == []
    assert await one.office.state() is State.DRAFT
    assert "public_from" in (await history(one))[-1][2]


async def test_under_way_it_is_public_sooner_only_by_every_partys_word(rooms: Rooms) -> None:
    await rooms.public(HELD)
    await rooms.office.work()
    with pytest.raises(NotAllowed) as refused:
        await move(rooms, SOONER)
    assert refused.value.code == "embargo_not_agreed"
    assert refused.value.fields["parties"] == ["harfang", "massif"]
    with pytest.raises(NotAllowed, match="may not approve"):
        await embargoing.move(
            *(rooms.office.desk, OPERATOR, "spring", SOONER.isoformat()),
            party="massif",
            person="Aude Roy",
        )
    waits = await move(rooms, SOONER, "massif")
    assert (waits.missing, waits.release.public_from) == (("harfang",), UNTIL)
    rooms.office.clock.at = SOONER
    assert not await is_public(rooms)
    # Who says yes to an hour has said yes to every later one.
    last = SOONER + timedelta(hours=1)
    with pytest.raises(NotAllowed, match="2 of the press have"):
        await move(rooms, last, "harfang", knows=False)
    moved = await move(rooms, last, "harfang")
    assert (moved.missing, moved.have_it, moved.release.public_from) == ((), 2, last)
    rooms.office.clock.at = last - timedelta(minutes=1)
    await rooms.office.work()
    assert not await is_public(rooms)
    assert len(got(rooms)) == 2
    rooms.office.clock.at = last
    await rooms.office.work()
    assert await is_public(rooms)
    assert len(got(rooms)) == 4
    said = [detail for verb, _, detail in await history(rooms) if verb is Verb.EMBARGO]
    assert "Hope Ames" in said[0]
    assert len(said) == 3


async def test_what_was_agreed_for_a_while_may_come_back_and_no_sooner(one: Rooms) -> None:
    await one.public(HELD)
    await move(one, LATER)
    assert (await move(one, UNTIL)).release.public_from == UNTIL
    with pytest.raises(NotAllowed, match="did not say"):
        await move(one, UNTIL - timedelta(minutes=1))


async def test_what_was_frozen_before_hours_were_ends_no_sooner_than_it_has(one: Rooms) -> None:
    """An upgrade voids no approval, and lets nobody do what was not approved."""
    await one.public(HELD, public_from=None)
    async with one.office.database.begin() as transaction:
        release = await transaction.releases.get(OPERATOR.scope, "spring", hold=True)
        old = replace(release, public_from=UNTIL)
        frozen = await transaction.releases.content(OPERATOR.scope, release.content_hash or "")
        assert embargoing.of(replace(frozen.read(), format=3), old) == UNTIL
        assert embargoing.of(frozen.read(), old) is None


# What the press is told.


async def test_whoever_is_not_written_to_yet_is_told_the_new_hour(rooms: Rooms) -> None:
    later = Deferred("busy", Scope.RECIPIENT)
    busy = {"both@gazette.example"}
    rooms.office.transport.answer = lambda mail: later if mail.recipient in busy else OK
    await rooms.public(HELD)
    await rooms.office.work()
    moved = await move(rooms, LATER)
    assert moved.have_it == 1
    busy.clear()
    await rooms.office.admit("harfang", entry("late@gazette.example", "press"))
    rooms.office.clock.forward(minutes=30)
    await rooms.office.work()  # puts it into a batch of its own, which is due
    await rooms.office.work()
    subjects = {who: normal(mail["Subject"]) for who, mail in got(rooms).items()}
    assert subjects == {
        "iris@gazette.example": f"{SAID.format(4)} – Trois ans de plus",
        "both@gazette.example": f"{SAID.format(5)} – Trois ans de plus",
    }
    assert (await move(rooms, LATER + timedelta(days=1))).have_it == 2
    rooms.office.clock.at = LATER + timedelta(days=1)
    await rooms.office.work()
    summary = await rooms.office.summary()
    assert summary.snapshot == summary.states[DeliveryState.SENT] == 4


async def test_a_copy_says_the_hour_that_the_first_message_said(rooms: Rooms) -> None:
    """Whoever may have it has the same octets again (P3), whatever was set meanwhile."""
    lost = {"both@gazette.example"}
    rooms.office.transport.answer = lambda mail: Unknown("cut") if mail.recipient in lost else OK
    await rooms.public(HELD)
    await rooms.office.work()
    [first] = [one for one in rooms.office.transport.mails if one.recipient in lost]
    await move(rooms, LATER)
    lost.clear()
    rooms.office.clock.forward(minutes=30)
    await rooms.office.work()
    await rooms.office.work()
    again = [one for one in rooms.office.transport.mails if one.recipient == first.recipient]
    assert [one.content for one in again] == [first.content] * 2


async def test_whoever_is_written_to_once_it_was_lifted_reads_of_no_embargo(one: Rooms) -> None:
    later = Deferred("busy", Scope.RECIPIENT)
    busy = {"both@gazette.example"}
    one.office.transport.answer = lambda mail: later if mail.recipient in busy else OK
    await one.public(HELD)
    await one.office.work()
    one.office.clock.forward(hours=1)
    for party in HELD.parties:
        await move(one, one.office.clock.now(), party)
    busy.clear()
    await one.office.work()
    await one.office.work()
    assert normal(got(one)["both@gazette.example"]["Subject"]) == "Trois ans de plus"
    assert await is_public(one)


async def test_what_is_in_hand_when_the_hour_moves_goes_back_for_the_new_one(one: Rooms) -> None:
    """Within a look: what is claimed and not begun is no excuse."""
    await one.public(HELD)
    sender = one.office.sender()
    [ticket, *_] = [each for each in one.office.engine.submitted if each.association == "harfang"]
    job = await sender._job(ticket)
    assert job is not None
    sender._take_up(job)
    await sender.refresh_states()
    assert not sender._shift.is_called_off(ticket.release_id)
    await move(one, LATER)
    await sender.refresh_states()
    assert sender._shift.is_called_off(ticket.release_id)
    await sender.refresh_states()
    assert not sender._shift.is_called_off(ticket.release_id)
    sender._in_hand[ticket.release_id] -= 1
    await sender.refresh_states()
    assert not sender._ends, "of what is in no hand, nothing is kept (P9)"


# The Date of a message is the hour that it is for its reader.


def dates(rooms: Rooms) -> dict[str, datetime]:
    return {who: parsedate_to_datetime(mail["Date"]) for who, mail in got(rooms).items()}


PRESS = ("iris@gazette.example", "both@gazette.example")
MEMBERS = ("odile@lichen.example", "hal@lichen.example")


async def test_the_press_reads_the_hour_of_pick_up_and_all_others_that_of_the_end(
    rooms: Rooms,
) -> None:
    await rooms.public(HELD)
    await rooms.office.work()
    rooms.office.clock.at = UNTIL + timedelta(minutes=3)  # somewhat late, as services are
    await rooms.office.work()
    assert dates(rooms) == {**dict.fromkeys(PRESS, NOW), **dict.fromkeys(MEMBERS, UNTIL)}


@pytest.mark.parametrize("hour", [SOONER, LATER], ids=["sooner", "later"])
async def test_an_end_that_was_moved_is_what_members_read(rooms: Rooms, hour: datetime) -> None:
    """Also where the same worker knew the release with its former end a moment ago."""
    await rooms.public(HELD)
    sender = rooms.office.sender()
    await rooms.office.work(sender)
    for party in HELD.parties:
        await move(rooms, hour, party)
    rooms.office.clock.at = hour
    await rooms.office.work(sender)
    assert dates(rooms) == {**dict.fromkeys(PRESS, NOW), **dict.fromkeys(MEMBERS, hour)}


async def test_a_copy_to_a_member_has_the_same_date_by_whatever_clock(rooms: Rooms) -> None:
    """Of what may have arrived, a copy is the same octets (P3); also where a clock was set back
    and the end moved on, which it could not be once it was over.
    """
    lost = {"odile@lichen.example"}
    rooms.office.transport.answer = lambda mail: Unknown("cut") if mail.recipient in lost else OK
    await rooms.public(HELD)
    await rooms.office.work()
    rooms.office.clock.at = UNTIL
    await rooms.office.work()
    [first] = [one for one in rooms.office.transport.mails if one.recipient in lost]
    rooms.office.clock.at = UNTIL - timedelta(hours=1)
    await move(rooms, LATER)
    lost.clear()
    rooms.office.clock.at = LATER + timedelta(hours=1)
    await rooms.office.work()
    again = [one for one in rooms.office.transport.mails if one.recipient == first.recipient]
    assert [one.content for one in again] == [first.content] * 2


async def test_what_was_picked_up_before_batches_had_dates_ends_as_it_began(one: Rooms) -> None:
    await one.public(HELD)
    async with one.office.database.begin() as transaction:
        await transaction.connection.execute(update(batches).values(dated_at=None))
    await one.office.work()
    one.office.clock.at = UNTIL
    await one.office.work()
    assert set(dates(one).values()) == {NOW}


@pytest.mark.parametrize("number", [3, FORMAT], ids=["before", "now"])
async def test_a_local_hour_is_the_date_where_it_is_that_hour(
    one: Rooms, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was frozen before that was so is sent as it was."""
    desk = one.office.desk
    monkeypatch.setattr(comparing.frozen, "__defaults__", (number,))
    await drafting.file(desk, OPERATOR, replace(HELD, public_from=None))
    await drafting.submit(desk, OPERATOR, "spring")
    await scheduling.schedule(desk, OPERATOR, "spring", "2027-06-04 09:00", wall=True)
    for party in HELD.parties:
        await approving.approve(desk, OPERATOR, "spring", party, APPROVERS[party])
    first = datetime(2027, 6, 4, 13, tzinfo=UTC)
    for hours in range(4):
        one.office.clock.at = first + timedelta(hours=hours)
        await one.office.pick_up()
        await one.office.work()
    assert dates(one)["odile@lichen.example"] == first
    later = first + timedelta(hours=3) if number == FORMAT else first
    assert dates(one)["hal@lichen.example"] == later


async def test_a_preview_by_a_list_of_the_press_shows_what_the_press_gets(one: Rooms) -> None:
    await drafting.file(one.office.desk, OPERATOR, HELD)
    shown = {key: (await see(one, key)).subject for key in (None, "press", "members")}
    marked = f"{SAID.format(4)} – Trois ans de plus"
    assert {key: normal(subject) for key, subject in shown.items()} == {
        None: marked,  # the first of its lists
        "press": marked,
        "members": "Trois ans de plus",
    }
    with pytest.raises(NotFound, match="has no list “partners”"):
        await see(one, "partners")


async def see(rooms: Rooms, key: str | None) -> previewing.Preview:
    return await previewing.preview(rooms.office.desk, OPERATOR, "spring", "harfang", list_key=key)


# A correction: to whoever has another hour, and to nobody else.


async def corrected(rooms: Rooms, key: str) -> Release:
    """A draft as the command begins it."""
    found = await retelling.mistold(rooms.office.desk, OPERATOR, "spring")
    draft = drafts.correction(found.release, key, found.press, held_back=found.held_back)
    filed = await drafting.copy(rooms.office.desk, OPERATOR, "spring", draft)
    return replace(filed, id=0, revision=0)


def since(rooms: Rooms, before: int) -> dict[str, str]:
    """Who got what after so many messages."""
    return {
        mail.recipient: normal(message_from_bytes(mail.content, policy=policy.default)["Subject"])
        for mail in rooms.office.transport.mails[before:]
    }


async def test_a_correction_goes_to_exactly_those_who_were_told_another_hour(
    rooms: Rooms,
) -> None:
    later = Deferred("busy", Scope.RECIPIENT)
    busy = {"both@gazette.example"}
    rooms.office.transport.answer = lambda mail: later if mail.recipient in busy else OK
    await rooms.public(HELD)
    with pytest.raises(NotAllowed, match="was told the hour"):
        await retelling.mistold(rooms.office.desk, OPERATOR, "spring")
    await rooms.office.work()
    await move(rooms, LATER)
    busy.clear()
    rooms.office.clock.forward(minutes=30)
    await rooms.office.work()
    await rooms.office.work()
    await rooms.office.admit("harfang", entry("new@gazette.example", "press"))
    first = await corrected(rooms, "first")
    assert first.audiences == (Audience("harfang", ("press",)),)
    assert (first.corrects, first.newsroom, first.public_from) == ("spring", False, LATER)
    before = len(rooms.office.transport.mails)
    await rooms.office.picked_up(first)
    await rooms.office.work()
    subject = f"{SAID.format(5)} – Nouvelle fin d’embargo : Trois ans de plus"
    assert since(rooms, before) == {"iris@gazette.example": subject}
    # Moved back: who was told the other hour by the correction is told again, and who had it from
    # the release; nobody else is.
    await move(rooms, UNTIL)
    second = await corrected(rooms, "second")
    before = len(rooms.office.transport.mails)
    await rooms.office.picked_up(second)
    await rooms.office.work()
    assert since(rooms, before).keys() == {"iris@gazette.example", "both@gazette.example"}
    assert await rooms.office.rows(publications)  # of the release itself, and of no correction
    assert {row["release_id"] for row in await rooms.office.rows(publications)} == {
        (await rooms.office.release("spring")).id
    }


async def test_a_correction_that_is_not_so_by_now_does_not_go(one: Rooms) -> None:
    await one.public(HELD)
    await one.office.work()
    await move(one, LATER)
    await one.office.approved(await corrected(one, "first"), "in 10 minutes")
    await move(one, LATER + timedelta(days=1))
    one.office.clock.forward(minutes=10)
    assert await one.office.pick_up() == []
    release = await one.office.release("first")
    assert (release.state, str(release.reason)) == (
        State.DRAFT,
        "the embargo of “spring” ends at another hour by now, 2027-06-06 09:00 America/Toronto",
    )


async def test_a_correction_is_for_the_press_alone_and_of_what_is_here(one: Rooms) -> None:
    await one.public(HELD)
    await one.office.work()
    await move(one, LATER)
    desk, draft = one.office.desk, await corrected(one, "first")
    beyond = replace(draft, audiences=(Audience("harfang", ("press", "members")),))
    for wrong, code in (
        (beyond, "correction_beyond_press"),
        (replace(draft, corrects="gone"), "release_unknown"),
        (replace(draft, corrects="first"), "embargo_untold"),
    ):
        with pytest.raises(Problems) as refused:
            await drafting.file(desk, OPERATOR, wrong)
        assert [one.code for one in refused.value.problems] == [code]


# What nobody approved as public.


async def test_what_was_approved_as_not_public_stays_so(rooms: Rooms) -> None:
    await rooms.public(NEWS, newsroom=False)
    with pytest.raises(NotAllowed) as refused:
        await publishing.publish(rooms.office.desk, OPERATOR, "spring")
    assert refused.value.code == "release_approved_as_private"
    assert await rooms.office.rows(publications) == []


async def test_why_it_becomes_public_nowhere_is_said(
    one: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one.office.approved(NEWS)

    def broken(*_: object) -> None:
        raise TemplateInvalid("template_unreadable", reason="no such kind")

    monkeypatch.setattr(publishing, "planned", broken)
    assert await one.office.pick_up() == ["spring"]
    verb, _, told = (await history(one))[-1]
    assert verb is Verb.PUBLISH
    assert "in no newsroom" in told


async def test_what_can_be_told_in_no_language_is_not_called_public(one: Rooms) -> None:
    hollow = [replace(each, body="Bonjour {{ subscriber.name }}.\n") for each in NEWS.editions]
    await one.public(NEWS, editions=tuple(hollow))
    assert await one.office.rows(articles) == []
    places = await one.office.rows(publications)
    assert [place["published_at"] for place in places] == [None, None]
    told = [(verb, detail) for verb, _, detail in await history(one) if verb is Verb.RETRACT]
    assert len(told) == 2
    # Whoever mends the templates may put it back.
    assert await publishing.publish(one.office.desk, OPERATOR, "spring") == ["harfang", "massif"]
