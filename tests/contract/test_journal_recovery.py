"""What a service makes of the notes that the last one left, over both databases (P1-P3)."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.contract.desks import ALONE, NOW, SPRING, Office, office_at
from tests.contract.fakes import OK, Scripted

from communique.desk import Policy, scheduling
from communique.desk.recording import Recorder
from communique.desk.sending import BatchWorker
from communique.domain.actor import OPERATOR
from communique.domain.delivery import (
    Claim,
    DeliveryState,
    JournalRemains,
    NextStep,
    Result,
    Ticket,
)
from communique.domain.log import LogFilter
from communique.domain.outcome import Answer, Outcome, Refused, Reply, Scope
from communique.domain.release import Release, State
from communique.engine import journal as journal_module
from communique.engine.journal import Journal
from communique.errors import StoreUnavailable
from communique.ports import Gathering, Outgoing, Store, Transaction
from communique.store.consent_tables import suppressions
from communique.store.tables import attempts

A, B, C = "a@lichen.example", "b@lichen.example", "c@lichen.example"
SENT = NextStep(DeliveryState.SENT, None)
NOBODY = Refused("550 5.1.1 nobody", Scope.RECIPIENT, Reply(550, "5.1.1", "nobody"), hard=True)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


def noting(office: Office) -> Journal:
    """The journal of a worker that will die."""
    journal = Journal(office.home)
    journal.open()
    journal.start()
    office.journals.append(journal)
    return journal


def notes(office: Office) -> JournalRemains:
    """What the next service would read."""
    return journal_module.read(office.home / "journal-1")


async def claim(office: Office, journal: Journal, release: Release, token: int) -> list[Claim]:
    claims = await office.claim(Ticket(release.id, 1), token)
    journal.claimed(token, len(claims))
    return claims


def result(one: Claim, outcome: Outcome = OK, step: NextStep = SENT) -> Result:
    return Result(one, step, outcome, "default", NOW, 0.25)


async def take_over(office: Office) -> None:
    """Start the next service at this desk. The one before is gone, and with it its lock."""
    while office.journals:
        office.journals.pop().close()
    await office.service().work.begin()


async def test_of_what_was_in_hand_only_what_was_begun_and_not_ended_is_unknown(
    office: Office,
) -> None:
    journal = noting(office)
    release = await office.queued(A, B, C)
    one, two, _ = await claim(office, journal, release, 7)
    journal.begun(one)
    journal.ended(result(one))
    journal.begun(two)
    await take_over(office)
    assert await office.stands() == {A: "sent", B: "unknown", C: "queued"}
    assert {row["delivery_id"]: row["outcome"] for row in await office.rows(attempts)} == {
        one.delivery_id: "accepted",
        two.delivery_id: "unknown",
    }
    assert (await office.lines())[C].attempts == 0, "to put it back is no attempt"


async def test_what_nobody_knows_the_end_of_began_when_its_worker_was_last_at_work(
    office: Office,
) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    died = NOW - timedelta(minutes=40)  # and it was started again only now
    os.utime(office.home / "journal-1", (died.timestamp(), died.timestamp()))
    await take_over(office)
    [attempt] = await office.rows(attempts)
    assert (attempt["outcome"], attempt["started_at"]) == ("unknown", died)


async def test_a_copy_is_counted_once_it_was_handed_over_and_stays_so(office: Office) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    await take_over(office)
    counted = []

    async def look() -> None:
        counted.append((await office.summary(release.key)).copies)
        assert len(await office.lines(LogFilter(copies=True))) == counted[-1]

    await look()
    await office.claim(Ticket(release.id, 1), 9)
    await look()
    async with office.database.begin() as transaction:
        await transaction.claims.put_back([9], [], NOW)
    await look()
    [again] = await office.claim(Ticket(release.id, 1), 10)
    async with office.database.begin() as transaction:
        await transaction.results.record([result(again)], NOW)
    await look()
    assert counted == [0, 0, 0, 1]


LIMITS = {  # a constraint that what was noted does not meet
    True: "CREATE TRIGGER picky BEFORE INSERT ON attempts WHEN NEW.seconds > 100 "
    "BEGIN SELECT RAISE(ABORT, 'too slow'); END",
    False: "ALTER TABLE attempts ADD CONSTRAINT picky CHECK (seconds < 100)",
}


async def test_a_result_that_cannot_be_written_keeps_no_service_from_starting(
    office: Office,
) -> None:
    journal = noting(office)
    release = await office.queued(A, B, C)
    for one in await claim(office, journal, release, 7):
        journal.begun(one)
        slow = one.reader.address == B
        journal.ended(result(one)._replace(seconds=200.0 if slow else 0.25))
    async with office.database.begin() as transaction:
        await transaction.connection.execute(text(LIMITS[office.database.single]))
    await take_over(office)
    assert await office.stands() == {A: "sent", B: "unknown", C: "sent"}


async def test_notes_that_were_dealt_with_change_nothing_more(office: Office) -> None:
    """Killed between taking over and the clean page, the next one reads the same notes."""
    journal = noting(office)
    release = await office.queued(A, B)
    one, _ = await claim(office, journal, release, 7)
    journal.begun(one)
    journal.ended(result(one))
    noted = (office.home / "journal-1").read_bytes()
    await take_over(office)
    office.journals.pop().close()
    (office.home / "journal-1").write_bytes(noted)
    await take_over(office)
    assert await office.stands() == {A: "sent", B: "queued"}
    assert await office.count(attempts) == 1


async def test_what_was_begun_under_an_earlier_claim_is_not_thought_begun_under_this_one(
    office: Office,
) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    back = result(one)._replace(outcome=None, step=NextStep(DeliveryState.QUEUED, NOW))
    async with office.database.begin() as transaction:
        await transaction.results.record([back], NOW)
    journal.forget([back])
    await claim(office, journal, release, 8)
    await take_over(office)
    assert await office.stands() == {A: "queued"}
    assert await office.count(attempts) == 0


async def test_a_result_whose_claim_is_another_workers_by_now_is_refused(office: Office) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    journal.ended(result(one))
    async with office.database.begin() as transaction:
        await transaction.claims.recover(NOW, reason="lease", everything=True)
    [again] = await office.claim(Ticket(release.id, 1), 8)
    async with office.database.begin() as transaction:
        assert not await transaction.results.record(notes(office).ended, NOW)
        assert await transaction.claims.put_back({7}, set(), NOW) == 0
    assert again.attempt == 2
    assert await office.stands() == {A: "sending"}


async def test_a_hard_refusal_that_was_noted_still_suppresses_the_address(office: Office) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    journal.ended(result(one, NOBODY, NextStep(DeliveryState.FAILED, None, "nobody")))
    await take_over(office)
    assert await office.stands() == {A: "failed"}
    assert [row["address_key"] for row in await office.rows(suppressions)] == [A]


async def test_after_a_reboot_the_notes_are_not_believed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = noting(office)
    release = await office.queued(A, B)
    one, _ = await claim(office, journal, release, 7)
    journal.begun(one)
    journal.ended(result(one))
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr(journal_module, "BOOT", tmp_path / "boot_id")
    await take_over(office)
    assert await office.stands() == {A: "unknown", B: "unknown"}


async def test_what_was_unknown_goes_once_more_with_the_same_bytes(office: Office) -> None:
    handed: list[Outgoing] = []
    await office.admit("harfang", A)
    [ticket] = await office.picked_up(ALONE)
    dying = noting(office)

    class Died(Exception):
        """The process is gone."""

    def die(mail: Outgoing) -> Answer:
        assert mail.begin()
        handed.append(mail)
        raise Died

    dead = replace(office, desk=replace(office.desk, transports={"default": Scripted(die)}))
    with pytest.raises(Died):
        await BatchWorker(dead.desk, dying).work(ticket)
    await take_over(office)
    assert await office.stands() == {A: "unknown"}
    await office.work()
    assert await office.stands() == {A: "sent"}
    [again] = office.transport.to(A)
    assert again.content == handed[0].content
    assert again.sender == handed[0].sender


# What the worker itself must do for that.


class Failing:
    """A store whose transactions cannot be committed, so many times."""

    def __init__(self, store: Store, times: int) -> None:
        self._store = store
        self.times = times

    @property
    def noes(self) -> int:
        """See `ports.Store`."""
        return self._store.noes

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """See `ports.Store`."""
        async with self._store.begin() as transaction:
            yield transaction
            if self.times:
                self.times -= 1
                raise StoreUnavailable(message="the commit failed")

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """See `ports.Store`."""
        return self._store.read()

    def gathering(self) -> Gathering:
        """See `ports.Store`."""
        return self._store.gathering()


async def test_until_the_commit_succeeds_a_result_stays_noted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = noting(office)
    release = await office.queued(A)
    [one] = await claim(office, journal, release, 7)
    journal.begun(one)
    failing = Failing(office.database, times=2)
    failures_left: list[int] = []
    forget = journal.forget

    def forgetting(results: Sequence[Result]) -> None:
        failures_left.append(failing.times)
        forget(results)

    monkeypatch.setattr(journal, "forget", forgetting)
    recorder = Recorder(replace(office.desk, store=failing), journal)
    journal.ended(result(one))
    written = asyncio.Event()
    recorder.record(result(one), lambda _: written.set())
    await written.wait()
    assert failures_left == [0], "forgotten once, and not before the store had it"
    assert await office.stands() == {A: "sent"}
    assert await office.count(attempts) == 1


async def test_what_cannot_be_noted_is_not_claimed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.admit("harfang", A)
    [ticket] = await office.picked_up(ALONE)
    journal = noting(office)

    def full(_line: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(journal, "_append", full)
        with pytest.raises(StoreUnavailable, match="noted"):
            await BatchWorker(office.desk, journal).work(ticket)
    assert await office.stands() == {A: "queued"}
    assert office.transport.mails == []
    await BatchWorker(office.desk, journal).work(ticket)
    assert await office.stands() == {A: "sent"}


async def test_what_is_claimed_is_noted_before_that_can_be_seen(office: Office) -> None:
    await office.admit("harfang", A)
    [ticket] = await office.picked_up(ALONE)
    journal = noting(office)
    refusing = Failing(office.database, times=1)  # the claim's own commit
    with pytest.raises(StoreUnavailable):
        await BatchWorker(replace(office.desk, store=refusing), journal).work(ticket)
    assert len(notes(office).tokens) == 1, "noted, though it came to nothing"
    await take_over(office)
    assert await office.stands() == {A: "queued"}


async def test_how_a_mail_ended_is_noted_as_soon_as_its_session_knows(office: Office) -> None:
    """Not when the sender comes to it: by then, the session may have handed the next over."""
    await office.admit("harfang", A)
    [ticket] = await office.picked_up(ALONE)
    journal = noting(office)
    noted: list[Sequence[Result]] = []

    class Noting(Scripted):
        def take(self, mail: Outgoing) -> None:
            assert mail.ready()
            assert mail.begin()
            mail.ended(OK)
            noted.append(notes(office).ended)

    desk = replace(office.desk, transports={"default": Noting()})
    await BatchWorker(desk, journal).work(ticket)
    [[one]] = noted
    assert one.outcome == OK
    assert one.step == SENT
    assert await office.count(attempts) == 1


# After a night with the machine off, or from yesterday's copy (P8).


async def test_what_should_have_gone_on_long_ago_waits_until_somebody_says_so(
    office: Office,
) -> None:
    await office.admit("harfang", A)
    await office.picked_up(ALONE)
    office.clock.forward(hours=18)
    await take_over(office)
    release = await office.release()
    assert release.state is State.PAUSED
    assert "nothing ran to send it when it was due" in str(release.reason)
    await office.work()
    assert office.transport.mails == []
    await scheduling.resume(office.desk, OPERATOR, "spring")
    await take_over(office)
    await office.work()
    assert await office.state() is State.SENT


async def test_what_was_due_within_the_hour_goes_on(office: Office) -> None:
    await office.admit("harfang", A)
    await office.picked_up(ALONE)
    office.clock.forward(minutes=50)
    await take_over(office)
    assert await office.state() is State.SENDING


async def test_a_long_release_that_was_being_sent_just_now_goes_on(office: Office) -> None:
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=1)))
    await office.admit("harfang", A, B)
    first, _ = await office.picked_up(ALONE)
    office.clock.forward(hours=3)  # a slow relay: the second batch has been due since
    await office.sender().work(first)
    office.clock.forward(minutes=5)
    await take_over(office)
    assert await office.state() is State.SENDING


async def test_a_later_zone_is_not_written_to_in_the_middle_of_its_night(office: Office) -> None:
    await office.admit("harfang", A)
    await office.admit("massif", B)
    await office.approved(SPRING, "in 1 hour")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "2027-06-04 09:00", wall=True)
    office.clock.at = datetime(2027, 6, 4, 13, 0, tzinfo=UTC)  # 9 in Toronto, 6 in Vancouver
    await office.pick_up()
    await office.work()
    assert [one.recipient for one in office.transport.mails] == [A]
    await take_over(office)
    assert await office.state() is State.SENDING, "Vancouver's hour is still to come"
    office.clock.at = datetime(2027, 6, 5, 10, 0, tzinfo=UTC)  # 3 at night in Vancouver
    await take_over(office)
    assert await office.state() is State.PAUSED
