"""The snapshot: everybody in an audience once, by the right list, or a stated reason why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import LICHEN, NOW, PLAN, SPRING, Office, entry, office_at

from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent
from communique.domain.delivery import DeliveryState, Ticket
from communique.domain.member import Cause, Suppression
from communique.domain.release import Audience, Filter
from communique.errors import NotFound
from communique.store.tables import batches, deliveries

LIST, JOINT, ALL = Extent.LIST, Extent.JOINT, Extent.ALL
BOTH = Audience("harfang", ("members", "partners"))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def expanded(office: Office, audience: Audience = BOTH, **plan: Any) -> list[Ticket]:
    """Expand a release to an audience; repeating it is what repeating means."""
    async with office.database.begin() as transaction:
        try:
            release = await transaction.releases.get(OPERATOR.scope, SPRING.key)
        except NotFound:
            release = await transaction.releases.add(replace(SPRING, audiences=(audience,)), NOW)
        return list(await transaction.snapshot.expand(release.id, audience, replace(PLAN, **plan)))


async def suppressed(office: Office, address: str, cause: Cause) -> None:
    async with office.database.begin() as transaction:
        await transaction.suppressions.add(Suppression("harfang", address, cause, "page"), NOW)


async def test_every_reason_to_leave_somebody_out_is_stated(office: Office) -> None:
    lapsed = replace(LICHEN, reference="18", until=date(2025, 6, 3))
    elsewhere = replace(LICHEN, reference="19", territory="ON")
    await office.admit(
        "harfang",
        "reader@lichen.example",
        "left.list@lichen.example",
        "left.joint@lichen.example",
        "left.all@lichen.example",
        "dead@lichen.example",
        "complained@lichen.example",
        entry("lapsed@lichen.example", member=lapsed),
        entry("filtered@lichen.example", member=elsewhere),
    )
    await office.say_no("left.list@lichen.example", LIST, list_key="members")
    await office.say_no("left.joint@lichen.example", JOINT)
    await office.say_no("left.all@lichen.example", ALL)
    await suppressed(office, "dead@lichen.example", Cause.HARD_BOUNCE)
    await suppressed(office, "complained@lichen.example", Cause.COMPLAINT)
    await expanded(office, Audience("harfang", ("members",), Filter(territories=("QC",))))
    assert await office.stands() == {
        "reader@lichen.example": "queued",
        "left.list@lichen.example": "skipped: unsubscribed",
        "left.joint@lichen.example": "skipped: unsubscribed",
        "left.all@lichen.example": "skipped: unsubscribed",
        "dead@lichen.example": "skipped: suppressed",
        "complained@lichen.example": "skipped: complained",
        "lapsed@lichen.example": "skipped: consent_lapsed",
        "filtered@lichen.example": "skipped: filtered",
    }
    summary = await office.summary()
    assert summary.snapshot == 8
    assert sum(summary.skipped.values()) == summary.states[DeliveryState.SKIPPED] == 7


async def test_a_suppression_reaches_no_further_than_it_says(office: Office) -> None:
    await office.admit(
        "harfang",
        entry("other.list@lichen.example", "members", "partners"),
        entry("only.joint@lichen.example"),
        entry("elsewhere@lichen.example"),
    )
    await office.admit("massif", entry("elsewhere@lichen.example"))
    await office.say_no("other.list@lichen.example", LIST, list_key="members")
    await office.say_no("only.joint@lichen.example", JOINT)
    await office.say_no("elsewhere@lichen.example", ALL, association="massif")
    await expanded(office, joint=False)
    assert set((await office.stands()).values()) == {"queued"}


async def test_when_the_agreement_has_ended_nobody_is_written_to(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example", "b@lichen.example")
    assert await expanded(office, in_force=False) == []
    assert set((await office.stands()).values()) == {"skipped: agreement_ended"}


@pytest.mark.parametrize(
    ("today", "stands"),
    [(date(2029, 6, 2), "queued"), (date(2029, 6, 3), "skipped: consent_lapsed")],
)
async def test_consent_by_membership_holds_two_years_to_the_day(
    office: Office, today: date, stands: str
) -> None:
    ended = replace(LICHEN, until=date(2027, 6, 3))
    await office.admit("harfang", entry("a@lichen.example", member=ended))
    await expanded(office, today=today)
    assert set((await office.stands()).values()) == {stands}


@pytest.mark.parametrize(
    ("language", "editions", "fallback", "read"),
    [
        ("en", ("fr", "en"), "fr", "en"),
        ("es", ("fr", "en"), "fr", "fr"),
        ("fr", ("en",), "en", "en"),
    ],
)
async def test_each_reads_their_language_or_the_associations_first(
    office: Office, language: str, editions: tuple[str, ...], fallback: str, read: str
) -> None:
    await office.admit("harfang", entry("a@lichen.example", language=language))
    await expanded(office, editions=editions, fallback=fallback)
    assert (await office.lines())["a@lichen.example"].language == read


async def test_without_an_edition_for_anybody_the_reason_says_so(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example")
    await expanded(office, editions=(), fallback=None)
    assert await office.stands() == {"a@lichen.example": "skipped: no_edition"}


async def test_somebody_on_two_lists_gets_one_delivery_by_the_first_that_is_allowed(
    office: Office,
) -> None:
    await office.admit(
        "harfang",
        *(entry(f"{name}@lichen.example", "members", "partners") for name in ("a", "b", "c")),
    )
    await office.say_no("b@lichen.example", LIST, list_key="members")
    await office.say_no("c@lichen.example", LIST, list_key="members")
    await office.say_no("c@lichen.example", LIST, list_key="partners")
    await expanded(office)
    lists = {row["address"]: row["list_key"] for row in await office.rows(deliveries)}
    assert lists == {
        "a@lichen.example": "members",
        "b@lichen.example": "partners",
        "c@lichen.example": "members",
    }
    assert await office.stands() == {
        "a@lichen.example": "queued",
        "b@lichen.example": "queued",
        "c@lichen.example": "skipped: unsubscribed",
    }


async def test_the_order_of_lists_is_the_audiences(office: Office) -> None:
    await office.admit("harfang", entry("a@lichen.example", "members", "partners"))
    await expanded(office, Audience("harfang", ("partners", "members")))
    assert [row["list_key"] for row in await office.rows(deliveries)] == ["partners"]


async def test_a_snapshot_is_made_once(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example", "b@lichen.example")
    assert len(await expanded(office)) == 1
    before = await office.rows(deliveries), await office.rows(batches)
    assert await expanded(office) == []
    assert (await office.rows(deliveries), await office.rows(batches)) == before


async def test_batches_hold_as_many_as_they_should_and_only_whom_is_written_to(
    office: Office,
) -> None:
    people = [f"p{number}@lichen.example" for number in range(7)]
    await office.admit("harfang", *people)
    await office.say_no("p3@lichen.example", ALL)
    tickets = await expanded(office, batch_size=2)
    assert [one.batch for one in tickets] == [1, 2, 3]
    sizes: dict[object, int] = {}
    for row in await office.rows(deliveries):
        sizes[row["batch"]] = sizes.get(row["batch"], 0) + 1
    assert sizes == {1: 2, 2: 2, 3: 2, None: 1}


async def test_the_second_audience_goes_on_numbering_batches(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example")
    await office.admit("massif", entry("b@basalt.example", language="en"))
    tickets = await office.picked_up()
    assert [one.batch for one in tickets] == [1, 2]
    owners = {row["number"]: row["association_key"] for row in await office.rows(batches)}
    assert owners == {1: "harfang", 2: "massif"}
    lines = await office.lines()
    assert {address: one.association for address, one in lines.items()} == {
        "a@lichen.example": "harfang",
        "b@basalt.example": "massif",
    }


async def test_an_audience_holds_nobody_of_another_association(office: Office) -> None:
    await office.admit("harfang", "a@lichen.example")
    await office.admit("massif", "a@lichen.example", "b@basalt.example")
    await expanded(office)
    assert list(await office.stands()) == ["a@lichen.example"]
    assert {row["association_key"] for row in await office.rows(deliveries)} == {"harfang"}


async def test_what_is_due_later_says_so_and_its_reader_stays_as_at_the_snapshot(
    office: Office,
) -> None:
    await office.admit("harfang", entry("a@lichen.example", name="Ann"))
    later = NOW + timedelta(hours=3)
    (ticket,) = await expanded(office, due_at=later)
    await office.admit("harfang", entry("a@lichen.example", name="Anne"))
    line = (await office.lines())["a@lichen.example"]
    assert (line.due_at, line.name) == (later, "Ann Roy")
    async with office.database.begin() as transaction:
        assert await transaction.batches.unfinished(NOW) == []
    assert ticket.association == "harfang"
