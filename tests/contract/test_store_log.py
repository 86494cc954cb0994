"""The delivery log as it is read: sums that add up to the snapshot, and filters that find (P1)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import ALL, LICHEN, NOW, Office, entry, office_at
from tests.contract.fakes import OK

from communique.domain.delivery import DeliveryState, NextStep, Result, SkipReason, Ticket
from communique.domain.log import LogFilter
from communique.domain.outcome import Deferred, Outcome, Scope
from communique.errors import NotFound
from communique.store.tables import deliveries, releases

ODILE, LUC, ZOE = "odile@lichen.example", "luc@sub.lichen.example", "zoé@basalte.example"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


@pytest.fixture
async def log(office: Office) -> Office:
    """Two releases; of the first, Odile's was sent, Luc's deferred, and Zoé's waits."""
    school = replace(LICHEN, reference="18", name="École 100 % Nord_Sud")
    await office.admit(
        "harfang", entry(ZOE, member=school, name="Zoé Cœur l’Étoile"), entry(LUC, language="en")
    )
    release = await office.queued(ODILE)
    claims = await office.claim(Ticket(release.id, 1))
    busy = Deferred("busy", Scope.RECIPIENT)
    waits = NextStep(DeliveryState.DEFERRED, NOW + timedelta(minutes=5), "busy")
    later = NOW + timedelta(hours=1)
    results: dict[str, tuple[NextStep, Outcome | None]] = {
        ODILE: (NextStep(DeliveryState.SENT, None), OK),
        LUC: (waits, busy),
        ZOE: (NextStep(DeliveryState.QUEUED, NOW, ""), None),
    }
    async with office.database.begin() as transaction:
        for claim in claims:
            step, outcome = results[claim.reader.address]
            one = Result(claim, step, outcome, "default", later, 0.1)
            await transaction.results.record([one], later)
    return office


async def test_every_state_and_reason_adds_up_to_the_snapshot(office: Office) -> None:
    kinds = [
        *itertools.product(set(DeliveryState) - {DeliveryState.SKIPPED}, (None, NOW), ("", "why")),
        *((DeliveryState.SKIPPED, None, reason.value) for reason in SkipReason),
    ]
    people = [f"p{number:02}@lichen.example" for number in range(len(kinds))]
    release = await office.queued(*people)
    counted = []
    summary = await office.summary()
    for number, (address, (state, due, reason)) in enumerate(zip(people, kinds, strict=True)):
        async with office.database.begin() as transaction:
            await transaction.connection.execute(
                update(deliveries)
                .where(deliveries.c.address == address)
                .values(state=state.value, due_at=due, reason=reason or None)
            )
        counted.append((state, due, reason))
        async with office.database.read() as transaction:
            summary = await transaction.log.summary(ALL, release.id)
        assert summary.snapshot == len(people)
        queued = len(people) - number - 1
        ours = sum(
            1 for state, due, _ in counted if state is DeliveryState.SENDING or due is not None
        )
        assert summary.open == queued + ours
        assert summary.ended == summary.snapshot - summary.open
    assert summary.states == {
        state: sum(1 for one, _, _ in kinds if one is state) for state in DeliveryState
    }
    assert summary.skipped == {reason.value: 1 for reason in SkipReason}


async def test_what_one_look_reads_is_of_one_moment(office: Office) -> None:
    """Sums by state and by reason come from several statements; a change between shows in none."""
    release = await office.queued("a@lichen.example", "b@lichen.example")
    async with office.database.read() as transaction:
        before = await transaction.log.summary(ALL, release.id)
        async with office.database.begin() as other:
            await other.deliveries.cancel(release.id, NOW)
        assert await transaction.log.summary(ALL, release.id) == before
    assert (await office.summary()).skipped == {"cancelled": 2}


async def test_associations_sums_add_up_to_the_releases(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example", "b@lichen.example")
    await office.admit("massif", entry("c@basalt.example", language="en"))
    await office.picked_up()
    release = await office.release()
    async with office.database.read() as transaction:
        parts = [
            await transaction.log.summary(ALL, release.id, key) for key in ("harfang", "massif")
        ]
        whole = await transaction.log.summary(ALL, release.id)
    assert [one.snapshot for one in parts] == [2, 1]
    assert whole.snapshot == 3


FILTERS = [
    (LogFilter(), {ODILE, LUC, ZOE}),
    (LogFilter(release="spring"), {ODILE, LUC, ZOE}),
    (LogFilter(release="autumn"), set()),
    (LogFilter(association="harfang"), {ODILE, LUC, ZOE}),
    (LogFilter(association="massif"), set()),
    (LogFilter(state=DeliveryState.QUEUED), {ZOE}),
    (LogFilter(state=DeliveryState.FAILED), set()),
    (LogFilter(domain="Lichen.example"), {ODILE, LUC}),
    (LogFilter(domain="sub.lichen.example"), {LUC}),
    (LogFilter(domain="chen.example"), set()),
    (LogFilter(domain="_ichen.example"), set()),
    (LogFilter(member="lichen"), {ODILE, LUC}),
    (LogFilter(member="école"), {ZOE}),
    (LogFilter(member="100 %"), {ZOE}),
    (LogFilter(member="nord-sud"), set()),
    (LogFilter(address="ODILE@lichen.example"), {ODILE}),
    (LogFilter(address="ZOÉ@basalte.example"), {ZOE}),
    (LogFilter(address="dile@lichen.example"), set()),
    (LogFilter(since=NOW + timedelta(minutes=1)), {ODILE, LUC}),
    (LogFilter(until=NOW + timedelta(minutes=1)), {ZOE}),
    (LogFilter(since=NOW, until=NOW), set()),
    (LogFilter(reason="bus"), {LUC}),
    (LogFilter(reason="b_sy"), set()),
    (LogFilter(reason="déjà vu", reasons=("busy",)), {LUC}),
    (LogFilter(member="ecole"), {ZOE}),
    (LogFilter(name="zoe"), {ZOE}),
    (LogFilter(name="l'etoile"), {ZOE}),
    (LogFilter(name="coeur L’ÉTOILE"), {ZOE}),
    (LogFilter(name="_"), set()),
    (LogFilter(name="nobody"), set()),
    (LogFilter(domain="lichen.example", state=DeliveryState.SENT, member="lichen"), {ODILE}),
]


async def test_each_filter_finds_what_it_says(log: Office) -> None:
    async with log.database.begin() as transaction:
        # Picked up at NOW, which is when what was never tried last changed.
        await transaction.connection.execute(update(releases).values(picked_up_at=NOW))
    assert await log.stands() == {ODILE: "sent", LUC: "deferred", ZOE: "queued"}
    for only, found in FILTERS:
        assert set(await log.lines(only)) == found, only


async def test_lines_come_by_number_and_no_more_than_are_wanted(log: Office) -> None:
    async with log.database.read() as transaction:
        everything = [one async for one in transaction.log.lines(ALL, LogFilter())]
        first = [one async for one in transaction.log.lines(ALL, LogFilter(), limit=2)]
    assert [one.delivery_id for one in everything] == sorted(one.delivery_id for one in everything)
    assert first == everything[:2]


async def test_following_shows_each_attempt_once(log: Office) -> None:
    async with log.database.read() as transaction:
        assert await transaction.log.last_attempt(ALL) > 0
        news = await transaction.log.attempted_after(ALL, 0, LogFilter())
        assert {line.address for _, line in news} == {ODILE, LUC}
        last, _ = news[-1]
        assert last == await transaction.log.last_attempt(ALL)
        assert await transaction.log.attempted_after(ALL, last, LogFilter()) == ()
        sent = LogFilter(state=DeliveryState.SENT)
        assert [
            line.address for _, line in await transaction.log.attempted_after(ALL, 0, sent)
        ] == [ODILE]


async def test_what_is_not_in_the_log_is_said_so(office: Office) -> None:
    async with office.database.read() as transaction:
        assert await transaction.log.last_attempt(ALL) == 0
        with pytest.raises(NotFound, match="no delivery 99"):
            await transaction.log.line(ALL, 99)
        assert await transaction.log.attempts(ALL, 99) == ()


async def test_sums_add_up_at_every_instant_of_a_release_being_worked(office: Office) -> None:
    release = await office.queued(*(f"p{number}@lichen.example" for number in range(40)))
    done = asyncio.Event()

    async def work() -> None:
        while claims := await office.claim(Ticket(release.id, 1), limit=3):
            async with office.database.begin() as transaction:
                sent = NextStep(DeliveryState.SENT, None)
                results = [Result(one, sent, OK, "default", NOW, 0.1) for one in claims]
                await transaction.results.record(results, NOW)
        done.set()

    async def watch() -> int:
        looks = 0
        while not done.is_set():
            summary = await office.summary()
            assert summary.snapshot == 40
            looks += 1
        return looks

    _, looks = await asyncio.gather(work(), watch())
    assert looks > 1
    assert (await office.summary()).states == {DeliveryState.SENT: 40}
