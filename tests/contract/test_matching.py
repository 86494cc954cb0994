"""A list that is made to match a file: who leaves it, who comes back, and what stays a no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import ALONE, Office, entry, office_at

from communique.desk import importing, matching
from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent
from communique.domain.delivery import DeliveryState, SkipReason
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Imported, Matched
from communique.domain.member import BadLine, Reach
from communique.errors import NotAllowed
from communique.store.consent_tables import consents, suppressions
from communique.store.tables import deliveries

A, B, C, D = (f"{one}@lichen.example" for one in "abcd")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def match(office: Office, *lines: Any, dry_run: bool = False, **choices: Any) -> Imported:
    heard = choices.pop("findings", lambda _: None)
    lines = tuple(bare(one) if isinstance(one, str) else one for one in lines)
    return await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"),
        importing.Choices(**{"match": True, "at_most": 9, **choices}),
        dry_run=dry_run,
        findings=heard,
    )


def bare(address: str) -> Any:
    """A line that names no lists: it is for those that are asked for."""
    return replace(entry(address), lists=())


async def on(office: Office, list_key: str = "members") -> set[str]:
    async with office.database.read() as transaction:
        people = await transaction.subscribers.on_list(OPERATOR.scope, "harfang", list_key, 0, 100)
        return {one.address for one in people}


async def test_who_is_on_the_list_and_not_in_the_file_leaves_it(office: Office) -> None:
    await office.admit("harfang", entry(A, "members", "partners"), B, C)
    found = await match(office, B, D, dry_run=True)
    assert found.matched == [Matched("members", 3, 2)]
    assert [one.address for one in found.leavers.first] == [A, C]
    assert await on(office) == {A, B, C}

    found = await match(office, B, D)
    assert found.matched == [Matched("members", 3, 2, 2)]
    assert await on(office) == {B, D}
    assert await on(office, "partners") == {A}  # of another list nobody said anything
    removed = [row for row in await office.rows(consents) if row["word"] == "removed"]
    assert {(row["list_key"], row["source"]) for row in removed} == {("members", "roster.csv")}
    assert not await office.rows(suppressions)
    assert (await match(office, B, D)).matched == [Matched("members", 2, 0)]


async def test_a_later_file_brings_back_who_left_and_nobody_who_said_no(office: Office) -> None:
    await office.admit("harfang", A, B, C)
    await office.say_no(A, Extent.LIST, "members")
    await office.say_no(B, Extent.ALL)
    assert (await match(office, C)).matched == [Matched("members", 2, 1, 1)]  # A said so before
    await match(office, A, B, C)
    of_list = Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "members")
    assert (await office.contact("harfang", A)).suppressions == (of_list,)
    b = await office.contact("harfang", B)
    assert (b.lists, b.suppressions) == (
        ("members",),
        (Reach(Extent.ALL, SkipReason.UNSUBSCRIBED),),
    )


async def test_what_waits_for_somebody_who_left_does_not_go(office: Office) -> None:
    await office.queued(A, B, release=ALONE)
    await match(office, A)
    states = {row["address"]: row["state"] for row in await office.rows(deliveries)}
    assert states == {A: DeliveryState.QUEUED, B: DeliveryState.SKIPPED}


async def test_a_line_that_names_other_lists_does_not_keep_its_person(office: Office) -> None:
    await office.admit("harfang", A, B)
    found = await match(office, entry(A, "partners"), B)
    assert [one.address for one in found.leavers.first] == [A]
    assert (await on(office), await on(office, "partners")) == ({B}, {A})


async def test_a_file_with_bad_lines_or_of_too_few_makes_nobody_leave(office: Office) -> None:
    await office.admit("harfang", A, B, C, D)
    for lines, choices, code in (
        ((A, B, C, BadLine(5, "no @")), {}, "match_with_bad_lines"),
        ((A, B), {"at_most": None}, "match_too_many"),
        ((A, B), {"at_most": 1}, "match_too_many"),
        ((), {"at_most": None}, "match_too_many"),
        ((A, B), {"at_most": {"members": 1, "partners": 9}}, "match_too_many"),
    ):
        found = await match(office, *lines, dry_run=True, **choices)
        assert found.matched[0].too_many == (code == "match_too_many")
        with pytest.raises(NotAllowed) as refused:
            await match(office, *lines, "new@lichen.example", **choices)
        assert refused.value.code == code
        assert await on(office) == {A, B, C, D}
    await match(office, A, B, C, at_most=None)  # one of four is no third
    assert await on(office) == {A, B, C}


async def test_whoever_hears_of_it_before_can_have_it_left(office: Office) -> None:
    await office.admit("harfang", A, B)

    def stop(found: Imported) -> None:
        assert found.leavers.count == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await importing.import_lines(
            *(office.desk, OPERATOR, "harfang", ["members"], [bare(B), bare(C)], "roster.csv"),
            importing.Choices(match=True, at_most=1),
            foreseen=stop,
        )
    assert await on(office) == {A, B}


async def test_neither_order_nor_groups_decide_who_leaves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"p{n}@lichen.example" for n in range(9)]
    stay, told = people[::2], []
    for lines, size in ((stay, 500), (stay[::-1], 1), (stay, 2)):
        for module in (importing, matching):
            monkeypatch.setattr(module, "GROUP", size)
        monkeypatch.setattr(matching, "PAGE", size)
        await office.admit("harfang", *people)
        heard: list[Finding] = []
        found = await match(office, *lines, findings=heard.append)
        told.append([(one.kind, one.whom, one.field) for one in heard])
        assert found.matched == [Matched("members", 9, 4, 4)]
        assert await on(office) == set(stay)
    assert told[0] == [(Kind.LEAVES, one, "list members") for one in people[1::2]]
    assert told[0] == told[1] == told[2]
