"""A no to a part of what there is, of whoever is not here yet, is theirs once they come (P5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import Office, office_at
from tests.contract.test_importing import A, B, line, take_in

from communique.desk import correcting, erasing, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.consent import EarlyNo, Extent
from communique.domain.delivery import SkipReason
from communique.domain.member import BadLine, Entry, No
from communique.domain.scope import Mine
from communique.store.consent_tables import early_noes

OF_LIST = No("Do not send: list members", Extent.LIST, "members", ours=True)
JOINT = No("Do not send: joint releases", Extent.JOINT, ours=True)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


def heard(number: int, address: str, *noes: No) -> BadLine:
    """A line that cannot be taken in, and says a no of an address that can be read."""
    mute = replace(line(number, address), noes=noes, mute=True)
    return BadLine(number, "no date", address, ("date_unreadable",), heard=mute)


async def why_not(office: Office, address: str) -> SkipReason | None:
    story = await inspecting.story(office.desk, OPERATOR, "harfang", address)
    return story.why_not["members"]


@pytest.mark.parametrize(
    "refused",
    [
        heard(2, A, OF_LIST, JOINT),
        replace(line(2, A), noes=(OF_LIST, JOINT)),  # it names no company, and nobody is known
        replace(line(2, A, reference="12"), noes=(OF_LIST, JOINT)),
    ],
    ids=["bad", "without company", "of a number that nobody knows"],
)
async def test_it_is_kept_of_a_line_that_is_not_taken_in_and_is_theirs_when_they_come(
    office: Office, refused: Entry | BadLine
) -> None:
    would = await take_in(office, refused, dry_run=True)
    assert await office.count(early_noes) == 0
    first = await take_in(office, refused)
    assert (first.admitted.refused, would.admitted.refused) == (1, 1)
    again = await take_in(office, refused)
    assert (again.admitted.refused, await office.count(early_noes)) == (0, 2)
    found = await take_in(office, line(2, A, "Alpha"), line(3, B, "Alpha"))
    assert found.admitted.added == 2
    assert await why_not(office, A) is SkipReason.UNSUBSCRIBED
    assert await why_not(office, B) is None
    contact = await office.contact("harfang", A)
    assert {one.scope for one in contact.suppressions} == {Extent.LIST, Extent.JOINT}
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert any("Do not send: list members" in one.evidence.source for one in story.said)
    assert await office.count(early_noes) == 0


async def test_it_is_theirs_who_move_to_that_address_and_goes_with_who_is_erased(
    office: Office,
) -> None:
    await take_in(office, heard(2, B, OF_LIST), line(3, A, "Alpha"))
    await correcting.move(office.desk, OPERATOR, "harfang", A, B)
    assert await why_not(office, B) is SkipReason.UNSUBSCRIBED
    async with office.database.begin() as transaction:
        early = EarlyNo("harfang", B, Extent.LIST, "partners", "a list that there is no more")
        await transaction.consents.early.add(early, office.clock.now())
    await erasing.forget(office.desk, OPERATOR, "harfang", B)
    assert await office.count(early_noes) == 0


async def test_it_is_of_one_association_alone(office: Office) -> None:
    await take_in(office, heard(2, A, OF_LIST))
    async with office.database.read() as transaction:
        early = transaction.consents.early
        ours, theirs = Mine(frozenset(["harfang"])), Mine(frozenset(["massif"]))
        [kept] = await early.of(ours, "harfang", [A])
        assert isinstance(kept, EarlyNo)
        assert await early.of(theirs, "harfang", [A]) == []
        assert not await early.any(theirs, "harfang")
        assert not await early.any(OPERATOR.scope, "massif")
