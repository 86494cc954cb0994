"""Where sending ends or stops by itself: out of time, or failing for many readers alike."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import ALL, ALONE, KeptPress, Office, office_at
from tests.contract.fakes import OK, Scripted

from communique.desk import Policy, attempting, scheduling
from communique.desk.recording import Breaker
from communique.domain.actor import OPERATOR
from communique.domain.delivery import DeliveryState
from communique.domain.log import LogFilter
from communique.domain.outcome import Answer, Deferred, NotTried, Refused, Reply, Scope
from communique.domain.release import State
from communique.messages.press import Press
from communique.ports import Outgoing
from communique.store.releases import Releases

READERS = [f"p{number:03}@lichen.example" for number in range(60)]


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk", transports={}, policy=Policy()) as one:
        await one.admit("harfang", *READERS)
        yield one


def through(office: Office, transport: Scripted) -> Office:
    return replace(office, desk=replace(office.desk, transports={"default": transport}))


async def _by(office: Office, deliver_by: str) -> None:
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now", deliver_by=deliver_by)


async def test_after_deliver_by_nothing_is_tried_though_the_relay_is_back(office: Office) -> None:
    resting = Scripted(lambda _: NotTried("rests", 90.0))
    await office.approved(ALONE)
    await _by(office, "in 5 minutes")
    await office.pick_up()
    await through(office, resting).work()
    assert (await office.summary()).states == {DeliveryState.QUEUED: len(READERS)}
    office.clock.forward(minutes=6)
    back = Scripted()
    await through(office, back).work()
    assert back.mails == []
    assert (await office.summary()).states == {DeliveryState.FAILED: len(READERS)}
    assert (await office.lines())[READERS[0]].reason == "gave_up: rests"
    assert await office.state() is State.SENT


async def test_what_is_not_begun_at_deliver_by_is_not_begun(office: Office) -> None:
    asked: list[bool] = []

    def late(mail: Outgoing) -> Answer:
        office.clock.forward(minutes=6)
        asked.append(mail.may_go())
        return NotTried("not ours")

    await office.approved(ALONE)
    await _by(office, "in 5 minutes")
    await office.pick_up()
    await through(office, Scripted(late)).work()
    assert not any(asked)
    assert (await office.summary()).states == {DeliveryState.FAILED: len(READERS)}


async def test_why_somebody_is_tried_no_more_is_a_code_and_is_found_as_people_read_it(
    office: Office,
) -> None:
    await office.approved(ALONE)
    await _by(office, "in 5 minutes")
    await office.pick_up()
    office.clock.forward(minutes=6)
    await through(office, Scripted()).work()
    for asked in ("gave up: expired", "GAVE_UP", "up: exp"):
        lines = await office.lines(LogFilter(reason=asked))
        assert {one.reason for one in lines.values()} == {"gave_up: expired"}
        assert len(lines) == len(READERS)
    assert not await office.lines(LogFilter(reason="gave%"))
    assert await _lost(office) == {("expired", len(READERS))}


async def test_what_is_tried_no_more_is_lost_for_what_was_last_in_its_way(office: Office) -> None:
    await office.approved(ALONE)
    await _by(office, "in 2 minutes")
    await office.pick_up()
    await through(office, Scripted(lambda _: Deferred("busy", Scope.RECIPIENT))).work()
    assert {one.reason for one in (await office.lines()).values()} == {"gave_up: busy"}
    assert await _lost(office) == {("busy", len(READERS))}


async def _lost(office: Office) -> set[tuple[str, int]]:
    release = await office.release()
    async with office.database.read() as transaction:
        lost = await transaction.log.lost(ALL, [release.id])
    return {(one.cause, one.count) for one in lost[release.id]}


async def test_what_fails_alike_for_many_readers_pauses_the_release(office: Office) -> None:
    no = Refused("554 no", Scope.RECIPIENT, Reply(554, "5.0.0", "transaction failed"))
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=4)))
    await office.picked_up(ALONE)
    transport = Scripted(lambda _: no)
    await through(office, transport).work()
    release = await office.release()
    assert release.state is State.PAUSED
    assert "readers alike: 554 5.0.0" in str(release.reason)


async def test_what_fails_for_one_reader_pauses_nothing(office: Office) -> None:
    no = Refused("554 no", Scope.RECIPIENT, Reply(554, "5.0.0", "transaction failed"))
    await office.picked_up(ALONE)
    transport = Scripted(lambda mail: no if mail.recipient == READERS[7] else OK)
    await through(office, transport).work()
    assert await office.state() is State.SENT


async def test_what_was_paused_in_the_middle_goes_on_when_it_is_resumed(office: Office) -> None:
    """It once stayed halted in memory, if nothing of it was in hand at the next tick."""
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=4)))
    await office.picked_up(ALONE)

    class Pausing(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            first = not self.mails
            self.mails.append(mail)
            if first:
                await scheduling.pause(office.desk, OPERATOR, "spring")
                await sender.refresh_states()
            return OK

    sender = through(office, Pausing()).sender()
    await office.work(sender)
    assert DeliveryState.QUEUED in (await office.summary()).states
    await scheduling.resume(office.desk, OPERATOR, "spring")
    await sender.refresh_states()
    await office.work(sender)
    assert await office.state() is State.SENT


async def test_releases_of_the_past_are_not_kept_ready(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempting, "COMPOSERS", 2)
    made: list[weakref.ref[Any]] = []
    compose = Press.composer  # not that of other tests, which keep what they made

    def noted(self: Press, *how: Any) -> Any:
        composer = Held(compose(self, *how))
        made.append(weakref.ref(composer))
        return composer

    monkeypatch.setattr(KeptPress, "composer", noted)
    relay = Scripted()
    sender = through(office, relay).sender()
    for number in range(4):
        await office.picked_up(replace(ALONE, key=f"spring-{number}"))
        await office.work(sender)
    await sender.refresh_states()  # a job and its composers are kept until the next look
    relay.mails.clear()  # only a relay of the tests keeps what it carried
    gc.collect()
    assert [one() is not None for one in made] == [False, False, True, True]


class Held:
    """A composer that can be watched."""

    def __init__(self, composer: Any) -> None:
        self.compose = composer.compose


async def test_a_release_that_is_taken_up_during_a_look_keeps_its_count(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what readers fail for alike would be counted from nothing, apart from who got it."""
    news, go = asyncio.Event(), asyncio.Event()
    kept: list[Collection[int]] = []

    class Waiting(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            news.set()
            await go.wait()
            return OK

    async def states(self: Releases, *asked: Any) -> Any:
        found = await look(self, *asked)
        news.clear()
        working.append(asyncio.create_task(sender.work(second)))
        await news.wait()
        return found

    sender = through(office, Waiting()).sender()
    [first] = await office.picked_up(ALONE)
    [second] = await office.picked_up(replace(ALONE, key="second"))
    working = [asyncio.create_task(sender.work(first))]
    await news.wait()
    look = Releases.states
    monkeypatch.setattr(Releases, "states", states)
    monkeypatch.setattr(Breaker, "keep", lambda _, ids: kept.append(set(ids)))
    await sender.refresh_states()
    go.set()
    await asyncio.gather(*working)
    assert kept == [{first.release_id, second.release_id}]
