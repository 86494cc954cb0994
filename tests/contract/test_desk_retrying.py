"""What failed, or was left unknown, goes once more when somebody says so; and what is alike of it.

FINDINGS B ("two kills of one person's message") and C, on both databases.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import ALONE, Office, office_at
from tests.contract.fakes import OK, Scripted

from communique.desk import Policy, consenting, inspecting, retrying, scheduling
from communique.desk.retrying import Wanted
from communique.domain.actor import OPERATOR, RECIPIENT, Actor, ActorKind
from communique.domain.delivery import DeliveryState, Retriable
from communique.domain.event import Verb
from communique.domain.log import LogFilter, Lost, Waiting
from communique.domain.outcome import Answer, Deferred, Refused, Reply, Scope
from communique.domain.release import State
from communique.errors import NotAllowed, NotFound
from communique.ports import Outgoing
from communique.smtp.meanings import Phase
from communique.smtp.verdict import judge, lost, read
from communique.store.tables import contents, deliveries

READERS = [f"p{number}@lichen.example" for number in range(6)]
DEAD, POLICY, LOST, FULL, NO, WELL = READERS
FAILED, UNKNOWN, SENT = DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.SENT
EVERYBODY = Wanted()
CUT = "the relay closed the connection before the final reply"


def first(mail: Outgoing) -> Answer:
    """What each reader's relay says until it is mended."""
    said = {
        DEAD: f"550 5.1.1 <{DEAD}>: no such user",
        POLICY: f"550 5.7.1 <{POLICY}>: not welcome here",
        FULL: f"550 5.2.2 <{FULL}>: mailbox full",
        NO: f"550 5.2.2 <{NO}>: mailbox full",
    }
    if mail.recipient == LOST:
        return lost(Phase.FINAL, "the relay closed the connection")
    if mail.recipient not in said:
        return OK
    code, _, text = said[mail.recipient].partition(" ")
    return judge(Phase.RCPT, read(int(code), text))


def through(office: Office, transport: Scripted) -> Office:
    return replace(office, desk=replace(office.desk, transports={"default": transport}))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk", transports={}, policy=Policy()) as one:
        await one.admit("harfang", *READERS)
        yield one


@pytest.fixture
async def ended(office: Office) -> tuple[Office, Scripted]:
    """A release of which one reader was written to, and five were not for sure."""
    transport = Scripted(first)
    await office.picked_up(ALONE)
    for _ in range(8):  # of the tries that each of them gets
        await through(office, transport).work()
        office.clock.forward(hours=3)
    assert await office.state() is State.SENT
    return office, transport


async def again(
    office: Office, transport: Scripted, wanted: Wanted = EVERYBODY
) -> tuple[Retriable, ...]:
    _, found = await retrying.retry(office.desk, OPERATOR, "spring", wanted)
    await through(office, transport).work()
    return found


async def test_what_is_lost_is_told_by_codes_and_phase_and_never_by_address(
    ended: tuple[Office, Scripted],
) -> None:
    office, _ = ended
    release = await office.release()
    assert await inspecting.lost(office.desk, OPERATOR, [release]) == {
        "spring": (
            Lost("harfang", FAILED, "550 5.2.2 at RCPT TO", 2),
            Lost("harfang", FAILED, "550 5.1.1 at RCPT TO", 1, bounced=1),
            Lost("harfang", FAILED, "550 5.7.1 at RCPT TO", 1),
            Lost("harfang", UNKNOWN, CUT, 1),
        )
    }


async def test_where_we_are_refused_for_good_a_few_tries_are_enough_and_nobody_is_suppressed(
    ended: tuple[Office, Scripted],
) -> None:
    office, transport = ended
    assert len(transport.to(POLICY)) == 4
    assert "not welcome" in (await office.lines())[POLICY].reason
    seen = await inspecting.subscriber(office.desk, OPERATOR, "harfang", POLICY)
    assert seen
    assert not seen.suppressions
    dead = await inspecting.subscriber(office.desk, OPERATOR, "harfang", DEAD)
    assert dead
    assert dead.suppressions


async def test_counting_changes_nothing(ended: tuple[Office, Scripted]) -> None:
    office, _ = ended
    before = await office.rows(deliveries)
    _, found = await retrying.retriable(office.desk, OPERATOR, "spring", Wanted())
    assert found == (
        Retriable(
            "harfang",
            {
                (FAILED, "550 5.2.2 at RCPT TO"): 2,
                (FAILED, "550 5.7.1 at RCPT TO"): 1,
                (UNKNOWN, CUT): 1,
            },
            {"suppressed": 1},
        ),
    )
    assert await office.rows(deliveries) == before
    assert await office.state() is State.SENT


async def test_the_lost_are_tried_again_and_who_was_written_to_is_not(
    ended: tuple[Office, Scripted],
) -> None:
    office, _ = ended
    back = Scripted()
    await again(office, back)
    assert sorted(one.recipient for one in back.mails) == sorted([POLICY, LOST, FULL, NO])
    stands = await office.stands()
    assert {one for one, state in stands.items() if state == SENT} == {*READERS} - {DEAD}
    assert stands[DEAD] == FAILED
    assert await office.state() is State.SENT
    last = (await inspecting.standing(office.desk, OPERATOR, "spring")).history
    assert [(one.verb, str(one.detail)) for one in last][-2:] == [
        (Verb.RETRY, "3 failed, 1 unknown"),
        (Verb.FINISH, ""),
    ]


async def test_what_may_have_arrived_goes_as_the_same_message_and_the_log_owns_up(
    ended: tuple[Office, Scripted],
) -> None:
    """P3, P4: the same bytes under the same Message-ID, whatever was edited meanwhile."""
    office, transport = ended
    before = (await office.summary()).copies
    assert before == 1  # it was resent once by itself
    office.clock.forward(hours=24 * 9)
    back = Scripted()
    await again(office, back, Wanted(states=[UNKNOWN]))
    one, two, three = [*transport.to(LOST), *back.mails]
    assert one.content == two.content == three.content
    assert b"Message-ID" in three.content
    assert (await office.summary()).copies == 1
    assert set(await office.lines(LogFilter(copies=True))) == {LOST}


async def test_by_reason(ended: tuple[Office, Scripted]) -> None:
    office, _ = ended
    back = Scripted()
    await again(office, back, Wanted(causes=["550 5.7.1 at RCPT TO"]))
    assert [one.recipient for one in back.mails] == [POLICY]
    with pytest.raises(NotAllowed, match="nobody"):
        await again(office, back, Wanted(causes=["550 5.7.1 at RCPT TO"]))


async def test_a_no_that_was_said_meanwhile_is_a_no(ended: tuple[Office, Scripted]) -> None:
    """P5: before the retry, and between it and the sending."""
    office, _ = ended
    await consenting.unsubscribe(office.desk, RECIPIENT, await office.token("harfang", NO))
    _, (found,) = await retrying.retry(office.desk, OPERATOR, "spring", Wanted())
    assert found.left_out == {"suppressed": 1, "unsubscribed": 1}
    await consenting.unsubscribe(office.desk, RECIPIENT, await office.token("harfang", FULL))
    back = Scripted()
    await through(office, back).work()
    assert sorted(one.recipient for one in back.mails) == sorted([POLICY, LOST])
    stands = await office.stands()
    assert (stands[NO], stands[FULL]) == (FAILED, "skipped: unsubscribed")


async def test_who_was_left_out_stays_so(office: Office) -> None:
    await consenting.suppress(office.desk, OPERATOR, "harfang", NO, "asked")
    await office.picked_up(ALONE)
    await through(office, Scripted(first)).work()
    await scheduling.cancel(office.desk, OPERATOR, "spring")
    with pytest.raises(NotAllowed, match="cannot retry a release that is cancelled"):
        await again(office, Scripted())


async def test_in_a_paused_release_they_wait_until_it_is_resumed(office: Office) -> None:
    def answer(mail: Outgoing) -> Answer:
        full = Refused("554 no", Scope.RECIPIENT, Reply(554, "5.0.0", "no"))
        return full if mail.recipient == FULL else Deferred("450 later", Scope.RECIPIENT)

    await office.picked_up(ALONE)
    await through(office, Scripted(answer)).work()
    await scheduling.pause(office.desk, OPERATOR, "spring")
    back = Scripted()
    await again(office, back)
    assert not back.mails
    assert await office.state() is State.PAUSED
    await scheduling.resume(office.desk, OPERATOR, "spring")
    await through(office, back).work()
    assert [one.recipient for one in back.mails] == [FULL]


async def test_after_its_deliver_by_nothing_goes_whoever_says_so(office: Office) -> None:
    await office.approved(ALONE)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now", deliver_by="in 2 hours")
    await office.pick_up()
    await through(office, Scripted(first)).work()
    office.clock.forward(hours=3)
    with pytest.raises(NotAllowed, match="has passed"):
        await again(office, Scripted())


async def test_only_the_content_that_was_approved_is_tried_again(
    ended: tuple[Office, Scripted],
) -> None:
    office, _ = ended
    async with office.database.begin() as transaction:
        await transaction.connection.execute(update(contents).values(document="{}"))
    with pytest.raises(NotAllowed, match="not what was approved"):
        await again(office, Scripted())
    assert (await office.summary()).open == 0


async def test_nobody_retries_another_associations_people(ended: tuple[Office, Scripted]) -> None:
    """P6."""
    office, _ = ended
    stranger = Actor(ActorKind.PERSON, "Marc", account=1, grants={"massif": frozenset()})
    with pytest.raises(NotFound):
        await retrying.retriable(office.desk, stranger, "spring", Wanted())


async def test_what_they_wait_for_is_told_by_codes_and_phase(office: Office) -> None:
    def answer(mail: Outgoing) -> Answer:
        return judge(Phase.RCPT, read(450, f"4.2.0 <{mail.recipient}>: greylisted"))

    await office.picked_up(ALONE)
    await through(office, Scripted(answer)).work()
    waiting = await inspecting.waiting_for(office.desk, OPERATOR, [await office.release()])
    [one] = waiting["spring"]
    assert (one.cause, one.count) == ("450 4.2.0 at RCPT TO", len(READERS))
    assert isinstance(one, Waiting)
    assert one.due_at > office.clock.now() + timedelta(minutes=3)
