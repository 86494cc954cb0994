"""What files declare is taken in, and what that makes of people is told before, not after (P11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.contract.desks import HARFANG, Office, entry, office_at

from communique.desk import syncing
from communique.domain.actor import OPERATOR
from communique.domain.consent import Basis
from communique.domain.member import Member
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.store.tables import subscriptions

A, B, C = "a@lichen.example", "b@lichen.example", "c@basalt.example"
CHANGED = {"fields": "basis", "before": "membership", "now": "express"}
PATIENT = replace(
    HARFANG, lists=(replace(HARFANG.lists[0], basis=Basis.EXPRESS), *HARFANG.lists[1:])
)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def lapses(office: Office) -> list[date | None]:
    return sorted((row["lapses_on"] for row in await office.rows(subscriptions)), key=str)


async def test_a_new_basis_lets_no_lapsed_consent_hold_again_unasked(office: Office) -> None:
    left, leaves = Member("1", "Lichen", until=date(2020, 1, 31)), date(2026, 10, 31)
    await office.admit(
        "harfang",
        *(entry(A, member=left), entry(B, member=left)),
        entry(C, member=Member("2", "Basalte", until=leaves)),
    )
    before = await lapses(office)
    assert before == [date(2022, 1, 31), date(2022, 1, 31), date(2028, 10, 31)]
    told = syncing.Change(
        "change",
        Fact("declared_list", association="harfang", key="members"),
        Fact("list_basis_changed", people=3, again=2, **CHANGED),
    )
    foreseen = await syncing.sync(office.desk, OPERATOR, [PATIENT], [], dry_run=True)
    assert told in foreseen.changes
    with pytest.raises(NotAllowed) as caught:
        await syncing.sync(office.desk, OPERATOR, [PATIENT], [])
    assert caught.value.code == "basis_revives"
    assert caught.value.fields == {"count": 2, "lists": ["harfang/members"]}
    assert await lapses(office) == before
    done = await syncing.sync(office.desk, OPERATOR, [PATIENT], [], revive=True)
    assert told in done.changes
    assert await lapses(office) == [None, None, None]


async def test_a_change_of_a_list_names_its_field(office: Office) -> None:
    named = replace(HARFANG.lists[0], names={"fr": "Gens"})
    changed = replace(HARFANG, lists=(named, *HARFANG.lists[1:]))
    done = await syncing.sync(office.desk, OPERATOR, [changed], [], dry_run=True)
    assert [one.detail for one in done.changes if one.verb == "change"] == ["names"]
