"""Claims and results: who may be handed over, by whom, and whose word on it counts (P1-P3, P5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import (
    ALL,
    ALONE,
    NOW,
    TODAY,
    Office,
    claimed,
    entry,
    office_at,
    settled_or_blocked,
)
from tests.contract.fakes import OK

from communique.domain.delivery import Claim, DeliveryState, NextStep, Result, Ticket
from communique.domain.log import AttemptLine
from communique.domain.member import Cause, Suppression
from communique.domain.outcome import Deferred, Outcome, Refused, Reply, Scope, Unknown
from communique.domain.release import Release, State
from communique.store.tables import attempts, batches, deliveries, releases

SENT = NextStep(DeliveryState.SENT, None)
LATER = NOW + timedelta(minutes=5)
PEOPLE = [f"p{number}@lichen.example" for number in range(5)]


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


def ticket(release: Release, batch: int = 1) -> Ticket:
    return Ticket(release.id, batch)


def result(claim: Claim, step: NextStep = SENT, outcome: Outcome | None = OK) -> Result:
    return Result(claim, step, outcome, "default", NOW, 0.25)


async def record(office: Office, *results: Result) -> list[Result]:
    async with office.database.begin() as transaction:
        return list(await transaction.results.record(results, NOW))


async def recover(office: Office, *, everything: bool = False) -> int:
    async with office.database.begin() as transaction:
        return await transaction.claims.recover(NOW, reason="lost", everything=everything)


async def settle(office: Office, one: Ticket) -> datetime | None:
    async with office.database.begin() as transaction:
        return await transaction.batches.settle(one, NOW)


async def tried(office: Office, delivery_id: int) -> tuple[AttemptLine, ...]:
    async with office.database.read() as transaction:
        return await transaction.log.attempts(ALL, delivery_id)


async def move(office: Office, release: Release, to: State) -> None:
    async with office.database.begin() as transaction:
        await transaction.connection.execute(
            update(releases).where(releases.c.id == release.id).values(state=to.value)
        )


async def leave(office: Office, address: str) -> None:
    await office.say_no(address)


def no(address: str) -> Suppression:
    return Suppression("harfang", address, Cause.DESK, "by telephone")


# Claims.


async def test_a_claim_takes_the_first_that_are_due_and_no_more_than_asked(office: Office) -> None:
    release = await office.queued(*PEOPLE)
    first = await office.claim(ticket(release), 7, limit=2)
    second = await office.claim(ticket(release), 8, limit=9)
    assert [one.reader.address for one in first] == PEOPLE[:2]
    assert [one.reader.address for one in second] == PEOPLE[2:]
    assert [(one.token, one.attempt, one.unknowns) for one in first] == [(7, 1, 0)] * 2
    assert await office.claim(ticket(release), 9) == []
    assert set((await office.stands()).values()) == {"sending"}


async def test_a_claim_stays_in_its_batch(office: Office) -> None:
    release = await office.queued(*PEOPLE, batch_size=2)
    taken = await office.claim(ticket(release, 2))
    assert [one.reader.address for one in taken] == PEOPLE[2:4]


@pytest.mark.parametrize("state", sorted(set(State) - {State.SENDING}))
async def test_only_a_release_that_is_being_sent_yields_claims(
    database_url: str, tmp_path: Path, state: State
) -> None:
    async with office_at(database_url, tmp_path / "desk") as office:
        release = await office.queued("a@lichen.example")
        await move(office, release, state)
        assert await office.claim(ticket(release)) == []
        assert await office.stands() == {"a@lichen.example": "queued"}


async def test_what_is_not_due_is_not_claimed(office: Office) -> None:
    release = await office.queued("a@lichen.example", due_at=LATER)
    assert await office.claim(ticket(release), now=LATER - timedelta(seconds=1)) == []
    assert len(await office.claim(ticket(release), now=LATER)) == 1


async def test_a_claim_leaves_out_whoever_said_no_since_the_snapshot(office: Office) -> None:
    release = await office.queued(*PEOPLE)
    await leave(office, PEOPLE[1])
    taken = await office.claim(ticket(release))
    assert [one.reader.address for one in taken] == [PEOPLE[0], *PEOPLE[2:]]
    assert (await office.stands())[PEOPLE[1]] == "skipped: unsubscribed"


async def test_a_claim_leaves_out_whose_consent_lapsed_since_the_snapshot(office: Office) -> None:
    release = await office.queued("a@lichen.example")
    ended = replace(entry("x@lichen.example").member, until=TODAY)
    await office.admit("harfang", entry("a@lichen.example", member=ended))
    assert await office.claim(ticket(release), today=TODAY.replace(year=2029)) == []
    assert await office.stands() == {"a@lichen.example": "skipped: consent_lapsed"}


async def test_a_claim_after_the_agreement_ended_leaves_everybody_out(office: Office) -> None:
    release = await office.queued(*PEOPLE)
    assert await office.claim(ticket(release), in_force=False) == []
    assert set((await office.stands()).values()) == {"skipped: agreement_ended"}


async def test_of_many_who_claim_at_once_no_two_get_the_same(office: Office) -> None:
    release = await office.queued(*(f"p{number}@lichen.example" for number in range(60)))
    rounds = await asyncio.gather(
        *(office.claim(ticket(release), token, limit=7) for token in range(12))
    )
    taken = [one.delivery_id for claims in rounds for one in claims]
    assert len(taken) == len(set(taken))
    while more := await office.claim(ticket(release), 99):
        taken += [one.delivery_id for one in more]
    assert len(taken) == len(set(taken)) == 60


async def test_a_no_that_is_being_said_is_not_overtaken_by_a_claim(office: Office) -> None:
    """The delivery comes to be while the no is being said, so that only the claim can see it."""
    await office.admit("harfang", *PEOPLE[:2])
    said, committed = asyncio.Event(), asyncio.Event()

    async def say_no() -> None:
        async with office.database.begin() as transaction:
            await transaction.suppressions.add(no(PEOPLE[0]), NOW)
            await transaction.deliveries.skip_open_for(no(PEOPLE[0]), NOW)
            said.set()
            await committed.wait()

    saying = asyncio.create_task(say_no())
    await said.wait()
    expanding = await settled_or_blocked(office.database, office.queued())
    claiming: asyncio.Task[list[Claim]] | None = None
    if expanding.done():  # PostgreSQL; on SQLite nobody writes while another does
        claiming = await settled_or_blocked(
            office.database, office.claim(ticket(expanding.result()))
        )
        assert not claiming.done()
    committed.set()
    await saying
    release = await expanding
    taken = await (claiming or office.claim(ticket(release)))
    assert [one.reader.address for one in taken] == [PEOPLE[1]]


async def test_a_no_waits_for_a_claim_that_came_first(office: Office) -> None:
    release = await office.queued("a@lichen.example")
    async with office.database.begin() as transaction:
        assert len(await claimed(transaction, ticket(release))) == 1
        leaving = await settled_or_blocked(office.database, leave(office, "a@lichen.example"))
        assert not leaving.done()
    await leaving
    assert await office.stands() == {"a@lichen.example": "sending"}


# Results.


async def test_a_result_ends_the_claim_and_appends_the_attempt(office: Office) -> None:
    (claim,) = await office.claim(ticket(await office.queued("a@lichen.example")))
    assert len(await record(office, result(claim))) == 1
    line = (await office.lines())["a@lichen.example"]
    assert (line.state, line.attempts, line.at, line.code) == ("sent", 1, NOW, 250)
    assert await tried(office, claim.delivery_id) == (
        AttemptLine(1, NOW, 0.25, "default", "accepted", "recipient", 250, "2.0.0", "queued"),
    )
    (row,) = await office.rows(deliveries)
    assert (row["claim"], row["lease_until"], row["due_at"]) == (None, None, None)


async def test_every_attempt_is_kept(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example"))
    (claim,) = await office.claim(one)
    busy = Deferred("busy", Scope.RECIPIENT, Reply(450, "4.2.1", "later"))
    await record(office, result(claim, NextStep(DeliveryState.DEFERRED, LATER, "busy"), busy))
    (again,) = await office.claim(one, 8, now=LATER)
    assert again.attempt == 2
    gone = Refused("unknown user", Scope.RECIPIENT, None, hard=True)
    await record(office, result(again, NextStep(DeliveryState.FAILED, None, "unknown user"), gone))
    history = await tried(office, claim.delivery_id)
    assert [(a.number, a.outcome, a.code, a.reply) for a in history] == [
        (1, "deferred", 450, "later"),
        (2, "refused", None, "unknown user"),
    ]


async def test_a_late_writer_is_refused_and_nothing_of_it_is_written(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example", "b@lichen.example"))
    late, _ = await office.claim(one, 7)
    await recover(office, everything=True)
    await office.claim(one, 8)
    before = await office.rows(deliveries), await office.rows(attempts)
    assert await record(office, result(late)) == []
    assert (await office.rows(deliveries), await office.rows(attempts)) == before


async def test_a_result_that_comes_twice_counts_once(office: Office) -> None:
    (claim,) = await office.claim(ticket(await office.queued("a@lichen.example")))
    assert len(await record(office, result(claim))) == 1
    assert await record(office, result(claim)) == []
    assert await office.count(attempts) == 1


async def test_what_is_late_takes_nothing_from_what_is_in_time(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example", "b@lichen.example"))
    first, second = await office.claim(one)
    stale = first._replace(token=1)
    counted = await record(office, result(stale), result(second))
    assert [result.claim for result in counted] == [second]
    assert await office.stands() == {"a@lichen.example": "sending", "b@lichen.example": "sent"}


async def test_what_was_put_back_counts_as_no_attempt(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example"))
    (claim,) = await office.claim(one)
    await record(office, result(claim, NextStep(DeliveryState.QUEUED, NOW, "stopping"), None))
    assert await office.count(attempts) == 0
    (again,) = await office.claim(one, 8)
    assert again.attempt == 1


# Recovery.


async def test_a_lease_runs_on_the_databases_clock(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example"))
    before = datetime.now(UTC)
    await office.claim(one, now=NOW + timedelta(days=400), lease=timedelta(minutes=15))
    (row,) = await office.rows(deliveries)
    lasts = row["lease_until"] - before
    assert timedelta(minutes=14) < lasts < timedelta(minutes=16)
    assert await recover(office) == 0


async def test_a_lease_that_ran_out_is_taken_back_as_unknown_and_resent_once(
    office: Office,
) -> None:
    one = ticket(await office.queued("a@lichen.example"))
    await office.claim(one, lease=timedelta(seconds=-1))
    assert await recover(office) == 1
    assert await recover(office) == 0
    line = (await office.lines())["a@lichen.example"]
    assert (line.state, line.due_at, line.reason) == ("unknown", NOW, "lost")
    (again,) = await office.claim(one, 8, lease=timedelta(seconds=-1))
    assert (again.attempt, again.unknowns) == (2, 1)
    assert await recover(office) == 1
    line = (await office.lines())["a@lichen.example"]
    assert (line.state, line.due_at) == ("unknown", None)  # held, and shown
    assert await office.claim(one, 9) == []
    assert [one.outcome for one in await tried(office, line.delivery_id)] == ["unknown"] * 2
    assert (await office.summary()).copies == 1


async def test_who_holds_the_desk_takes_everything_back_and_nobody_else_does(
    office: Office,
) -> None:
    await office.claim(ticket(await office.queued("a@lichen.example", "b@lichen.example")))
    assert await recover(office) == 0
    assert await recover(office, everything=True) == 2


# Batches.


async def test_a_batch_is_due_when_its_next_delivery_is(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example", "b@lichen.example"))
    first, second = await office.claim(one)
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
    busy = Deferred("busy", Scope.RECIPIENT)
    await record(office, result(first, NextStep(DeliveryState.DEFERRED, later, "busy"), busy))
    settled = await settle(office, one)
    assert settled is not None
    assert settled > NOW  # the other is in somebody's hands
    await record(office, result(second, NextStep(DeliveryState.DEFERRED, soon, "busy"), busy))
    assert await settle(office, one) == soon
    async with office.database.read() as transaction:
        assert await transaction.batches.unfinished(NOW) == []
        assert await transaction.batches.unfinished(soon) == [one]
        assert not await transaction.batches.nothing_open(one.release_id)


async def test_a_batch_without_anything_open_is_done(office: Office) -> None:
    one = ticket(await office.queued("a@lichen.example"))
    (claim,) = await office.claim(one)
    held = NextStep(DeliveryState.UNKNOWN, None, "no reply")
    await record(office, result(claim, held, Unknown("no reply")))
    assert await settle(office, one) is None
    async with office.database.read() as transaction:
        assert await transaction.batches.nothing_open(one.release_id)
        assert await transaction.batches.unfinished(NOW + timedelta(days=9)) == []


async def test_unfinished_is_what_is_due_of_releases_being_sent(office: Office) -> None:
    release = await office.queued(*PEOPLE, batch_size=2)
    async with office.database.read() as transaction:
        unfinished = transaction.batches.unfinished
        assert await unfinished(NOW) == [Ticket(release.id, number) for number in (1, 2, 3)]
        assert await unfinished(NOW, limit=2) == [Ticket(release.id, number) for number in (1, 2)]
        assert await unfinished(NOW - timedelta(seconds=1)) == []
    await move(office, release, State.PAUSED)
    async with office.database.read() as transaction:
        assert await transaction.batches.unfinished(NOW) == []


async def test_a_no_has_its_batch_looked_at_at_once(office: Office) -> None:
    """Or the last one open, due in hours, would keep its release from being called sent."""
    release = await office.queued("a@lichen.example", due_at=NOW + timedelta(hours=4))
    async with office.database.begin() as transaction:
        assert await transaction.deliveries.skip_open_for(no("a@lichen.example"), NOW) == 1
        assert await transaction.batches.unfinished(NOW) == [ticket(release)]


# Releases called off.


async def test_calling_off_skips_all_that_waits(office: Office) -> None:
    release = await office.queued("a@lichen.example", "b@lichen.example")
    await office.claim(ticket(release), limit=1)
    async with office.database.begin() as transaction:
        assert await transaction.deliveries.cancel(release.id, NOW) == 1
    assert await office.stands() == {
        "a@lichen.example": "sending",
        "b@lichen.example": "skipped: cancelled",
    }


@pytest.mark.parametrize(
    ("step", "outcome", "stands"),
    [
        (SENT, OK, "sent"),
        (NextStep(DeliveryState.QUEUED, NOW, "stopping"), None, "skipped: cancelled"),
        (
            NextStep(DeliveryState.DEFERRED, LATER, "busy"),
            Deferred("busy", Scope.RECIPIENT),
            "skipped: cancelled",
        ),
        (NextStep(DeliveryState.UNKNOWN, LATER, "no reply"), Unknown("no reply"), "unknown"),
    ],
    ids=["sent", "put back", "deferred", "unknown"],
)
async def test_what_was_in_hand_when_a_release_was_called_off_ends_too(
    office: Office, step: NextStep, outcome: Outcome | None, stands: str
) -> None:
    release = await office.queued("a@lichen.example")
    (claim,) = await office.claim(ticket(release))
    async with office.database.begin() as transaction:
        await transaction.deliveries.cancel(release.id, NOW)
    await move(office, release, State.CANCELLED)
    await record(office, result(claim, step, outcome))
    async with office.database.read() as transaction:
        assert await transaction.batches.unfinished(NOW) == [ticket(release)]
    assert await settle(office, ticket(release)) is None
    assert await office.stands() == {"a@lichen.example": stands}
    assert (await office.summary()).open == 0
    assert [row["due_at"] for row in await office.rows(batches)] == [None]


@pytest.mark.parametrize("how", ["no", "no at the claim", "cancelled"])
async def test_what_may_have_arrived_is_never_called_skipped(office: Office, how: str) -> None:
    release = await office.queued("a@lichen.example")
    await office.claim(ticket(release))
    await recover(office, everything=True)
    async with office.database.begin() as transaction:
        if how == "no":
            await transaction.deliveries.skip_open_for(no("a@lichen.example"), NOW)
        elif how == "cancelled":
            await transaction.deliveries.cancel(release.id, NOW)
        else:
            await transaction.suppressions.add(no("a@lichen.example"), NOW)
    assert await office.claim(ticket(release), 8) == []
    line = (await office.lines())["a@lichen.example"]
    assert (line.state, line.due_at) == ("unknown", None)
    assert line.reason.startswith("its end is not known; not resent: ")
    assert ALONE.key == line.release
