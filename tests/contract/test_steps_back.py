"""Steps back: a yes taken back, an hour taken away, a release copied, a draft deleted (P4, P10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contract.desks import ALL, ALONE, SPRING, Office, office_at

from communique.desk import approving, drafting, inspecting, scheduling
from communique.domain.actor import OPERATOR
from communique.domain.event import Event, SubjectKind, Verb
from communique.domain.release import State
from communique.errors import NotAllowed, NotFound

A = "a@lichen.example"
LATER = "2027-06-03 12:00"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        yield office


async def submitted(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")


async def yes(office: Office, party: str = "harfang", name: str = "Aude Roy") -> tuple[str, ...]:
    _, missing = await approving.approve(office.desk, OPERATOR, "spring", party, name)
    return missing


async def withdrawn(office: Office, name: str = "Aude Roy") -> tuple[str, ...]:
    _, missing = await approving.withdraw(office.desk, OPERATOR, "spring", "harfang", name, "typo")
    return missing


async def history(office: Office, key: str = "spring") -> tuple[Event, ...]:
    return (await inspecting.standing(office.desk, OPERATOR, key)).history


async def test_a_yes_is_taken_back_while_others_are_to_come(office: Office) -> None:
    await submitted(office)
    assert await yes(office) == ("massif",)
    assert await withdrawn(office) == ("harfang", "massif")
    last = (await history(office))[-1]
    assert (last.verb, last.state) == (Verb.WITHDRAW, State.IN_REVIEW)
    assert str(last.detail) == "in the name of Aude Roy, for harfang: typo"
    assert await yes(office, "massif", "Hope Ames") == ("harfang",), "it does not go without it"
    assert await office.state() is State.IN_REVIEW
    assert await yes(office) == ()
    assert await office.state() is State.APPROVED


async def test_only_ones_own_yes_that_stands_is_taken_back(office: Office) -> None:
    await submitted(office)
    for name, code in (("Aude Roy", "approval_not_given"), ("Luc Bé", "approver_unknown")):
        with pytest.raises((NotAllowed, NotFound)) as refused:
            await withdrawn(office, name)
        assert refused.value.code == code
    await yes(office)
    await withdrawn(office)
    with pytest.raises(NotAllowed, match="has not approved"):
        await withdrawn(office)


async def test_what_all_have_approved_is_sent_back_by_a_no_and_by_nothing_else(
    office: Office,
) -> None:
    """No arrow leads from approved back to review."""
    await office.approved(SPRING, LATER)
    with pytest.raises(NotAllowed) as refused:
        await withdrawn(office)
    assert refused.value.code == "approval_not_last_any_more"
    assert await office.state() is State.APPROVED
    await drafting.file(office.desk, OPERATOR, ALONE)  # an edit: it is a draft again
    with pytest.raises(NotAllowed, match="cannot withdraw a release that is draft"):
        await withdrawn(office)


async def test_without_its_hour_it_stays_approved_and_does_not_go(office: Office) -> None:
    await office.approved(ALONE)
    release = await scheduling.unschedule(office.desk, OPERATOR, "spring")
    assert (release.state, release.schedule) == (State.APPROVED, None)
    assert "no hour any more; it was 2027-06-03 09:00" in str((await history(office))[-1].detail)
    assert await office.pick_up() == []
    with pytest.raises(NotAllowed, match="has no hour"):
        await scheduling.unschedule(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "now")
    assert await office.pick_up() == ["spring"]
    with pytest.raises(NotAllowed, match="cannot schedule a release that is sending"):
        await scheduling.unschedule(office.desk, OPERATOR, "spring")


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW])
async def test_the_hour_of_what_is_not_approved_yet_is_taken_away_too(
    office: Office, state: State
) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    if state is State.IN_REVIEW:
        await drafting.submit(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", LATER)
    release = await scheduling.unschedule(office.desk, OPERATOR, "spring")
    assert (release.state, release.schedule) == (state, None)


async def test_what_was_missed_is_approved_and_waits_for_an_hour(office: Office) -> None:
    await office.approved(ALONE)
    office.clock.forward(hours=3)
    await office.pick_up()
    assert await office.state() is State.MISSED
    release = await scheduling.unschedule(office.desk, OPERATOR, "spring")
    assert (release.state, release.schedule) == (State.APPROVED, None)


async def test_a_copy_says_the_same_and_was_approved_by_nobody(office: Office) -> None:
    before = await office.approved(SPRING, LATER)
    copied = await drafting.copy(office.desk, OPERATOR, "spring", before.copied("autumn"))
    assert (copied.key, copied.state, copied.schedule) == ("autumn", State.DRAFT, None)
    assert (copied.submission, copied.content_hash) == (0, None)
    assert (copied.editions, copied.audiences) == (before.editions, before.audiences)
    assert [str(one.detail) for one in await history(office, "autumn")] == ["a copy of “spring”"]
    assert await office.state() is State.APPROVED, "the first is as it was"
    with pytest.raises(NotAllowed, match="already"):
        await drafting.copy(office.desk, OPERATOR, "spring", before.copied("autumn"))
    with pytest.raises(NotFound):
        await drafting.copy(office.desk, OPERATOR, "winter", before.copied("summer"))


async def test_a_draft_that_nobody_was_asked_about_is_deleted(office: Office) -> None:
    filed, _ = await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.delete(office.desk, OPERATOR, "spring")
    with pytest.raises(NotFound):
        await office.release()
    async with office.database.read() as transaction:
        told = [
            (one.verb, one.subject.key, one.actor)
            for one in await transaction.events.since(ALL, 0, 100)
            if one.subject.kind is SubjectKind.RELEASE
        ]
    assert told[-1] == (Verb.DELETE, "spring", OPERATOR)
    again, _ = await drafting.file(office.desk, OPERATOR, SPRING)
    assert again.id > filed.id, "no history of another's is its own"
    assert [one.verb for one in await history(office)] == [Verb.FILE]


async def test_what_was_ever_submitted_is_kept(office: Office) -> None:
    await submitted(office)
    for _ in range(2):
        with pytest.raises(NotAllowed) as refused:
            await drafting.delete(office.desk, OPERATOR, "spring")
        assert refused.value.code == "release_was_submitted"
        await drafting.file(office.desk, OPERATOR, ALONE)  # it is a draft again
    assert await office.state() is State.DRAFT


async def test_who_edits_it_at_the_same_time_loses_nothing(office: Office) -> None:
    read, _ = await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.file(office.desk, OPERATOR, ALONE)
    with pytest.raises(NotAllowed):
        async with office.database.begin() as transaction:
            await transaction.releases.delete(read)
    assert (await office.release()).editions == ALONE.editions
