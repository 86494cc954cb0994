"""Sending: what each answer leads to, whom it concerns, and what a stop leaves (P1-P3, P5, P7)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.contract.desks import (
    ALL,
    ALONE,
    HARFANG,
    LICHEN,
    Office,
    entry,
    office_at,
    settled_or_blocked,
)
from tests.contract.fakes import OK, NoJournal, Poisoned, Scripted
from tests.smtpd import Server, Talk, answering, at_first, close_after_dot, polite

from communique.desk import Policy, consenting, scheduling
from communique.desk.sending import REPLY_TIME, BatchWorker
from communique.desk.stepping import step
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.delivery import DeliveryState, Result, Ticket
from communique.domain.event import Verb
from communique.domain.member import Cause, Suppression
from communique.domain.outcome import Answer, Deferred, NotTried, Outcome, Refused, Reply, Scope
from communique.domain.release import State
from communique.ports import Outgoing, Transport
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store.consent_tables import suppressions
from communique.store.tables import attempts

A, B, C = "a@lichen.example", "b@lichen.example", "c@lichen.example"
AGAIN = replace(ALONE, key="again")
NOT_NOW = NotTried("not now")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A, B, C)
        yield office


def but_for(address: str, outcome: Outcome) -> Scripted:
    """Accepts all mail, but for one address."""
    return Scripted(lambda mail: outcome if mail.recipient == address else OK)


def _no(address: str) -> Suppression:
    return Suppression("harfang", address, Cause.DESK, "desk")


def through(office: Office, transport: Transport) -> Office:
    """The same office over another transport."""
    return replace(office, desk=replace(office.desk, transports={"default": transport}))


async def test_a_release_goes_to_everybody_once_and_is_sent(office: Office) -> None:
    await office.picked_up(ALONE)
    await office.work()
    assert sorted(one.recipient for one in office.transport.mails) == [A, B, C]
    assert (await office.summary()).states == {DeliveryState.SENT: 3}
    assert await office.state() is State.SENT
    await office.work()
    assert len(office.transport.mails) == 3


# One bad apple.


async def test_a_reader_who_cannot_be_rendered_fails_alone(office: Office) -> None:
    await office.admit("harfang", entry(B, name="Bé\r\nBcc: all@lichen.example"))
    await office.picked_up(ALONE)
    await office.work()
    assert await office.stands() == {A: "sent", B: "failed", C: "sent"}
    assert (await office.lines())[B].reason.startswith("not rendered: ")
    assert await office.state() is State.SENT
    assert office.transport.to(B) == []


async def test_what_nobody_foresaw_in_composing_keeps_nobody_else(office: Office) -> None:
    desk = replace(office.desk, press=Poisoned(office.desk.press, B))
    poisoned = replace(office, desk=desk)
    await poisoned.picked_up(ALONE)
    await poisoned.work()
    assert await office.stands() == {A: "sent", B: "deferred", C: "sent"}
    assert "ZeroDivisionError" in (await office.lines())[B].reason
    office.clock.forward(minutes=7)
    await office.work()
    assert (await office.stands())[B] == "sent"


async def test_what_breaks_in_a_transport_cuts_no_other_short(office: Office) -> None:
    def answer(mail: Outgoing) -> Answer:
        if mail.recipient == A:
            raise ZeroDivisionError
        return OK

    await office.picked_up(ALONE)
    with pytest.raises(ZeroDivisionError):
        await through(office, Scripted(answer)).work()
    assert await office.stands() == {A: "sending", B: "sent", C: "sent"}


@pytest.mark.parametrize("offered", [True, False])
async def test_an_address_beyond_ascii_concerns_nobody_else(
    office: Office, *, offered: bool
) -> None:
    beyond = "hélène@lichen.example"
    await office.admit("harfang", beyond)
    extensions = ("PIPELINING", "8BITMIME", *(["SMTPUTF8"] if offered else []))
    async with (
        Server(polite, extensions=extensions) as server,
        Pool(Relay("127.0.0.1", server.port, tls="none")) as pool,
    ):
        await office.picked_up(ALONE)
        await through(office, pool).work()
    assert await office.stands() == {
        A: "sent",
        B: "sent",
        C: "sent",
        beyond: "sent" if offered else "failed",
    }
    assert await office.state() is State.SENT
    arrived = {one.recipient: one.content for one in server.arrived}
    if offered:
        [said] = [line for line in server.commands if "SMTPUTF8" in line]
        assert " BODY=8BITMIME SMTPUTF8" in said
        assert f"<{beyond}>".encode() in arrived[beyond]


async def test_a_hard_refusal_becomes_a_suppression(office: Office) -> None:
    gone = Refused("no such user", Scope.RECIPIENT, Reply(550, "5.1.1", "who?"), hard=True)
    await office.picked_up(ALONE)
    await through(office, but_for(B, gone)).work()
    assert await office.stands() == {A: "sent", B: "failed", C: "sent"}
    (row,) = await office.rows(suppressions)
    assert (row["address_key"], row["cause"]) == (B, "hard_bounce")
    await office.picked_up(AGAIN)
    assert (await office.stands("again"))[B] == "skipped: suppressed"


@pytest.mark.parametrize(
    "outcome",
    [
        Refused("not wanted here", Scope.RECIPIENT, Reply(550, "5.7.1", "policy")),
        Deferred("mailbox full", Scope.RECIPIENT, Reply(452, "4.2.2", "full")),
    ],
    ids=["a policy", "a full mailbox"],
)
async def test_what_is_not_the_addresss_fault_suppresses_nobody(
    office: Office, outcome: Outcome
) -> None:
    await office.picked_up(ALONE)
    await through(office, but_for(B, outcome)).work()
    assert await office.count(suppressions) == 0
    assert await office.state() in (State.SENDING, State.SENT)


async def test_a_sites_trouble_blames_nobody_and_ends_with_it(office: Office) -> None:
    trouble = Deferred("cannot log in", Scope.SITE, Reply(535, "5.7.8", "who?"), retry_after=60)
    await office.picked_up(ALONE)
    await through(office, Scripted(lambda _: trouble)).work()
    assert set((await office.stands()).values()) == {"deferred"}
    assert await office.count(suppressions) == 0
    assert await office.state() is State.SENDING
    office.clock.forward(minutes=1)
    await office.work()
    assert await office.state() is State.SENT


@pytest.mark.parametrize("reply", ["450 4.7.1 Not welcome now", "452 4.3.1 No space"])
async def test_one_person_whose_relay_or_domain_refuses_us_is_not_tried_all_day(
    office: Office, reply: str
) -> None:
    """docs/mail.md §3: after 5, 15, 30, 60 minutes, 2 hours, then every 4 hours, ±20 %."""
    await office.picked_up(ALONE)
    started = office.clock.now()

    def seconds() -> float:
        return (office.clock.now() - started).total_seconds()

    async def rcpt(talk: Talk) -> None:
        troubled = talk.recipient == B
        talk.recipient = "" if troubled else talk.recipient
        await talk.say(reply if troubled else "250 2.1.5 Ok")

    async with (
        Server(answering(RCPT=rcpt)) as server,
        Pool(Relay(port=server.port, tls="none", connections=1), now=seconds) as pool,
    ):
        sender = through(office, pool).sender()
        for _ in range(24 * 6):
            await office.work(sender)
            office.clock.forward(minutes=10)
        tries = server.commands.count(f"RCPT TO:<{B}>")
    assert 8 <= tries <= 12
    stands = {A: "sent", B: "deferred", C: "sent"}
    assert await office.stands() == stands
    assert await office.count(suppressions) == 0


@pytest.mark.parametrize("kind", [Refused, Deferred])
async def test_a_messages_trouble_pauses_its_release_and_says_why(
    office: Office, kind: type[Refused] | type[Deferred]
) -> None:
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=1)))
    await office.picked_up(ALONE)
    transport = Scripted(lambda _: kind("message too big", Scope.MESSAGE))
    await through(office, transport).work()
    release = await office.release()
    assert (release.state, str(release.reason)) == (State.PAUSED, "message too big")
    assert len(transport.mails) == 1
    await scheduling.resume(office.desk, OPERATOR, "spring")
    assert (await office.release()).reason is None
    await office.work()
    assert await office.state() is State.SENT
    assert sorted(one.recipient for one in office.transport.mails) == [A, B, C]


async def test_two_who_pause_at_once_lose_no_result(office: Office) -> None:
    """A person paused the release just as a message's trouble did; the results count.

    Whoever had not been begun when the trouble showed waits.
    """
    await office.picked_up(ALONE)
    trouble = Deferred("message too big", Scope.MESSAGE)
    async with office.database.begin() as transaction:
        if office.database.url.get_backend_name() == "sqlite":
            working = None  # whoever writes there writes alone
        else:
            sent = through(office, but_for(B, trouble))
            release = await transaction.releases.get(ALL, "spring", hold=True)
            working = await settled_or_blocked(office.database, sent.work())
            assert not working.done()
            await step(office.desk, transaction, release, Verb.PAUSE, OPERATOR, why="look first")
    await (working or through(office, but_for(B, trouble)).work())
    assert await office.state() is State.PAUSED
    assert await office.stands() == {A: "sent", B: "deferred", C: "queued"}


# Copies.


async def test_after_an_end_that_nobody_knows_the_same_bytes_go_once_more(office: Office) -> None:
    async with (
        Server(at_first(answering(FINAL=close_after_dot))) as server,
        Pool(Relay("127.0.0.1", server.port, tls="none", connections=1)) as pool,
    ):
        one = through(office, pool)
        await one.admit("harfang", entry(A, name="Zoé", member=replace(LICHEN, name="Ø")))
        async with office.database.begin() as transaction:
            for address in (B, C):
                await transaction.suppressions.add(_no(address), office.clock.now())
        await one.picked_up(ALONE)
        await one.work()
        assert (await office.stands())[A] == "unknown"
        await one.admit("harfang", entry(A, name="Zoë"))  # a copy does not follow
        await one.sync(replace(HARFANG, list_domain="other.harfang.example", phone="0"))
        office.clock.forward(minutes=7)
        await one.work()
        first, second = server.arrived
    assert first == second
    assert message_from_bytes(first.content)["Message-ID"]
    assert (await office.stands())[A] == "sent"
    assert (await office.summary()).copies == 1
    assert await office.count(attempts) == 2


async def test_a_second_end_that_nobody_knows_is_held_and_shown(office: Office) -> None:
    async with (
        Server(answering(FINAL=close_after_dot)) as server,
        Pool(
            Relay("127.0.0.1", server.port, tls="none"),
            now=lambda: office.clock.now().timestamp(),  # five in a row, and it rests
        ) as pool,
    ):
        one = through(office, pool)
        await one.picked_up(ALONE)
        for _ in range(4):
            await one.work()
            office.clock.forward(minutes=7)
        assert len(server.arrived) == 6
    assert set((await office.stands()).values()) == {"unknown"}
    assert await office.state() is State.SENT
    assert (await office.summary()).copies == 3


# Stopping.


async def test_stopping_puts_back_what_was_not_handed_over(office: Office) -> None:
    sender: BatchWorker

    def stop_after_one(mail: Outgoing) -> Answer:
        if not mail.may_go():
            return NOT_NOW
        sender.stop()
        return OK

    await office.picked_up(ALONE)
    transport = Scripted(stop_after_one)
    sender = through(office, transport).sender()
    await office.work(sender)
    assert await office.stands() == {A: "sent", B: "queued", C: "queued"}
    assert await office.count(attempts) == 1
    await office.work()
    assert sorted(one.recipient for one in office.transport.mails) == [B, C]
    assert {one.attempts for one in (await office.lines()).values()} == {1}


async def test_nothing_is_handed_over_when_the_claim_may_end_before_the_reply(
    office: Office,
) -> None:
    short = replace(office, desk=replace(office.desk, policy=Policy(lease=REPLY_TIME)))
    await short.picked_up(ALONE)
    handed = Scripted(lambda mail: OK if mail.may_go() else replace(NOT_NOW, retry_after=60))
    await through(short, handed).work()
    assert set((await office.stands()).values()) == {"queued"}


async def test_what_lapsed_while_354_was_awaited_is_not_handed_over(office: Office) -> None:
    asked: list[bool] = []

    def answer(mail: Outgoing) -> Answer:
        asked.append(mail.may_go())
        office.clock.forward(days=6)
        asked.append(mail.begin())
        return NOT_NOW

    await office.picked_up(ALONE)
    await through(office, Scripted(answer)).work()
    assert asked == [True, False, False, False, False, False]


async def test_a_mistake_in_noting_an_end_is_told_and_holds_nobody_up(office: Office) -> None:
    class Mistaken(NoJournal):
        def ended(self, result: Result) -> None:
            if result.claim.reader.address == B:
                raise ZeroDivisionError

    [ticket] = await office.picked_up(ALONE)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(60):
            await BatchWorker(office.desk, Mistaken()).work(ticket)
    assert await office.stands() == {A: "sent", B: "sending", C: "sent"}


async def test_what_is_synced_while_a_release_is_sent_counts_from_the_next_look(
    office: Office,
) -> None:
    first, second = Scripted(), Scripted()
    desk = replace(
        office.desk,
        transports={"default": first, "other": second},
        policy=Policy(batch_size=1),
    )
    office = replace(office, desk=desk)
    one, two, three = await office.picked_up(ALONE)
    sender = BatchWorker(desk, NoJournal())
    await sender.work(one)
    await office.sync(replace(HARFANG, transport="other"))
    await sender.refresh_states()
    await sender.work(two)
    await sender.work(three)
    assert (len(first.mails), len(second.mails)) == (1, 2)


# Pausing, going on, calling off.


async def test_a_paused_release_goes_on_where_it_stopped(office: Office) -> None:
    await office.picked_up(ALONE)
    release = await office.release()
    await office.claim(Ticket(release.id, 1), limit=1)
    await scheduling.pause(office.desk, OPERATOR, "spring", "a moment")
    await office.work()
    assert office.transport.mails == []
    await scheduling.resume(office.desk, OPERATOR, "spring")
    async with office.database.begin() as transaction:
        await transaction.claims.recover(office.clock.now(), reason="", everything=True)
    await office.work()
    assert await office.state() is State.SENT
    assert sorted(one.recipient for one in office.transport.mails) == [A, B, C]


async def test_what_is_called_off_reaches_nobody_more_and_leaves_nothing_open(
    office: Office,
) -> None:
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=1)))
    await office.picked_up(ALONE)

    class CallingOff(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            await scheduling.cancel(office.desk, OPERATOR, "spring", "wrong day")
            self.mails.append(mail)
            return Deferred("busy", Scope.RECIPIENT)

    transport = CallingOff()
    await through(office, transport).work()
    assert [one.recipient for one in transport.mails] == [A]
    assert (await office.summary()).skipped == {"cancelled": 3}
    assert (await office.summary()).open == 0
    assert await office.state() is State.CANCELLED


async def test_of_two_last_batches_that_end_at_once_one_calls_the_release_sent(
    office: Office,
) -> None:
    office = replace(office, desk=replace(office.desk, policy=Policy(batch_size=2)))
    first, second = await office.picked_up(ALONE)
    async with office.database.begin() as transaction:
        await transaction.deliveries.cancel(first.release_id, office.clock.now())
    async with office.database.begin() as transaction:
        await transaction.releases.by_id(ALL, first.release_id, hold=True)
        assert await transaction.batches.settle(first, office.clock.now()) is None
        other = await settled_or_blocked(office.database, office.sender().work(second))
        assert not await transaction.batches.nothing_open(first.release_id)
    await other
    assert await office.state() is State.SENT


# A no that races a send.


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_no_nothing_more_is_started_whatever_the_moment(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    """Half of the mail is put back, to be claimed again at once: a claim for every moment."""
    chance = random.Random(seed)
    people = [f"p{number}@lichen.example" for number in range(12)]

    class Slow(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            self.mails.append(mail)
            for _ in range(chance.randrange(8)):
                await asyncio.sleep(0)
            return OK if chance.random() < 0.5 else NOT_NOW

    transport = Slow()
    policy = Policy(batch_size=4)
    async with office_at(
        database_url, tmp_path / "desk", transports={"default": transport}, policy=policy
    ) as office:
        await office.admit("harfang", *people)
        tickets = await office.picked_up(ALONE)
        tokens = {one: await office.token("harfang", one) for one in people}
        allowed: dict[str, int] = {}

        async def leave(address: str) -> None:
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0)
            await consenting.unsubscribe(office.desk, RECIPIENT, tokens[address])
            allowed[address] = len(transport.to(address))

        leavers = people[::2]
        sender = office.sender()
        await asyncio.gather(*map(sender.work, tickets), *map(leave, leavers))
        await office.work(sender)
        stands = await office.stands()
        assert set(stands.values()) <= {"sent", "skipped: unsubscribed"}
        assert all(stands[one] == "sent" for one in people if one not in leavers)
        for address in leavers:
            assert len(transport.to(address)) <= allowed[address]
        assert await office.state() is State.SENT
