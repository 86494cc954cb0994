"""Whose approval counts: a person's who signed in, for what they read, and did not write alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, FRENCH, HARFANG, MASSIF, SPRING, Office, office_at

from communique.desk import (
    approving,
    drafting,
    inspecting,
    inviting,
    reviewing,
    scheduling,
    signing_in,
    staffing,
)
from communique.domain.account import Account
from communique.domain.actor import OPERATOR, SERVICE, Actor, ActorKind, Permission
from communique.domain.association import ApprovalRule, Association, Person, Role
from communique.domain.release import Release, State
from communique.errors import Invalid, NotAllowed
from communique.store.tables import approvals

BOTH = Person("Bé Gagnon", "be@harfang.example", (Role.EDITOR, Role.APPROVER))
EDITED = replace(HARFANG, people=(*HARFANG.people, BOTH))
EDITION = replace(FRENCH, body="Bonjour {{ subscriber.name }}, autrement.\n")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        await office.sync(EDITED)
        yield office


async def account(office: Office, address: str) -> Account:
    async with office.database.read() as transaction:
        found = await transaction.accounts.by_address(SERVICE.scope, address)
    assert found is not None
    return found


async def person(office: Office, address: str) -> Actor:
    """Somebody as they are at this moment, signed in."""
    return (await account(office, address)).actor


async def submitted(office: Office, by: Actor = OPERATOR) -> Release:
    await drafting.file(office.desk, by, ALONE)
    release, _ = await drafting.submit(office.desk, by, ALONE.key)
    return release


async def code(act: Awaitable[object]) -> str:
    with pytest.raises(NotAllowed) as raised:
        await act
    return raised.value.code or ""


async def test_who_signed_in_says_what_they_read_all_of_its_hash(office: Office) -> None:
    release = await submitted(office)
    aude = await person(office, "aude@harfang.example")
    approve = approving.approve
    assert await code(approve(office.desk, aude, "spring", "harfang")) == "content_not_named"
    short = (release.content_hash or "")[:12]
    said = approve(office.desk, aude, "spring", "harfang", content=short)
    assert await code(said) == "content_not_named"
    other = approve(office.desk, aude, "spring", "harfang", content="0" * 64)
    assert await code(other) == "content_not_under_review"
    approved, missing = await approve(
        office.desk, aude, "spring", "harfang", content=release.content_hash
    )
    assert (approved.state, missing) == (State.APPROVED, ())
    async with office.database.read() as transaction:
        [word] = await transaction.releases.approvals(OPERATOR.scope, release.id)
    assert (word.person, word.actor) == ("Aude Roy", aude)
    assert word.actor.kind is ActorKind.PERSON


async def test_who_wrote_it_has_somebody_else_approve_it(office: Office) -> None:
    be = await person(office, "be@harfang.example")
    release = await submitted(office, by=be)
    mine = approving.approve(office.desk, be, "spring", "harfang", content=release.content_hash)
    assert await code(mine) == "approval_of_author"
    # Nor does the operator get round it, by saying it in their name.
    for name in ("Bé Gagnon", "be@harfang.example"):
        said = approving.approve(office.desk, OPERATOR, "spring", "harfang", name)
        assert await code(said) == "approval_of_author"
    aude = await person(office, "aude@harfang.example")
    approved, _ = await approving.approve(
        office.desk, aude, "spring", "harfang", content=release.content_hash
    )
    assert approved.state is State.APPROVED


async def test_who_only_edited_what_another_began_wrote_it_too(office: Office) -> None:
    be = await person(office, "be@harfang.example")
    await drafting.file(office.desk, OPERATOR, ALONE)
    await drafting.file(office.desk, be, replace(ALONE, editions=(EDITION, *ALONE.editions[1:])))
    release, _ = await drafting.submit(office.desk, OPERATOR, ALONE.key)
    said = approving.approve(office.desk, be, "spring", "harfang", content=release.content_hash)
    assert await code(said) == "approval_of_author"


async def test_an_association_may_have_its_authors_approve_alone(office: Office) -> None:
    await office.sync(replace(EDITED, approvals=(ApprovalRule.AUTHOR_ALONE,)))
    be = await person(office, "be@harfang.example")
    release = await submitted(office, by=be)
    approved, _ = await approving.approve(
        office.desk, be, "spring", "harfang", content=release.content_hash
    )
    assert approved.state is State.APPROVED


async def test_an_association_may_take_no_approval_from_the_machine(office: Office) -> None:
    await office.sync(replace(EDITED, approvals=(ApprovalRule.SIGNED_IN,)))
    release = await submitted(office)
    said = approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    assert await code(said) == "approval_at_machine"
    rejected = await approving.reject(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    assert rejected.state is State.DRAFT, "a no is nobody's harm"
    release, _ = await drafting.submit(office.desk, OPERATOR, "spring")
    aude = await person(office, "aude@harfang.example")
    await approving.approve(office.desk, aude, "spring", "harfang", content=release.content_hash)
    assert await office.state() is State.APPROVED


async def test_what_was_said_at_the_machine_does_not_count_once_it_is_not_taken(
    office: Office,
) -> None:
    await submitted(office)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "in 10 minutes")
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    await office.sync(replace(EDITED, approvals=(ApprovalRule.SIGNED_IN,)))
    office.clock.forward(minutes=11)
    assert await office.pick_up() == []
    release = await office.release()
    assert release.state is not State.SENDING


@pytest.mark.parametrize("how", ["other roles", "gone"])
async def test_whoever_approves_no_more_has_no_word_that_counts(office: Office, how: str) -> None:
    release = await submitted(office)
    await scheduling.schedule(office.desk, OPERATOR, "spring", "in 10 minutes")
    invitation = await inviting.invite(
        office.desk, OPERATOR, "harfang", "nina@harfang.example", "Nina", [Role.APPROVER]
    )
    async with office.database.begin() as transaction:
        await inviting.take_up(office.desk, transaction, invitation.id)
    nina = await account(office, "nina@harfang.example")
    _, missing = await approving.approve(
        office.desk, nina.actor, "spring", "harfang", content=release.content_hash
    )
    assert missing == ()
    if how == "gone":
        await staffing.dismiss(office.desk, OPERATOR, "harfang", nina.id)
    else:
        await staffing.assign(office.desk, OPERATOR, "harfang", nina.id, [Role.EDITOR])
    office.clock.forward(minutes=11)
    assert await office.pick_up() == []
    assert await office.state() is not State.SENDING


async def test_the_operator_may_say_it_in_the_name_of_who_was_invited(office: Office) -> None:
    await submitted(office)
    invitation = await inviting.invite(
        office.desk, OPERATOR, "harfang", "nina@harfang.example", "Nina", [Role.APPROVER]
    )
    said = approving.approve(office.desk, OPERATOR, "spring", "harfang", "Nina")
    assert await code(said) == "approver_unknown"
    async with office.database.begin() as transaction:
        await inviting.take_up(office.desk, transaction, invitation.id)
    approved, _ = await approving.approve(office.desk, OPERATOR, "spring", "harfang", "nina")
    assert approved.state is State.APPROVED


async def test_what_somebody_could_do_when_they_opened_the_page_is_asked_again(
    office: Office,
) -> None:
    """An actor is made at each request; one that is older than a change is no longer believed."""
    release = await submitted(office)
    aude = await person(office, "aude@harfang.example")
    await office.sync(replace(EDITED, people=EDITED.people[1:]))
    _, missing = await approving.approve(
        office.desk, aude, "spring", "harfang", content=release.content_hash
    )
    assert missing == ("harfang",), "said, and not counted"
    assert aude.may(Permission.APPROVE, "harfang")
    assert await signing_in.write_due(office.desk, SERVICE) == 0


# Whose word it is, whatever they are called (P10).


async def two_parties(office: Office) -> Release:
    """A release of Harfang and Massif under review, with an hour, and with Aude's yes."""
    await office.admit("massif", "m@granite.example")
    await drafting.file(office.desk, OPERATOR, SPRING)
    release, _ = await drafting.submit(office.desk, OPERATOR, "spring")
    await scheduling.schedule(office.desk, OPERATOR, "spring", "in 10 minutes", beyond_term=True)
    return release


async def missing(office: Office, release: Release) -> tuple[str, ...]:
    async with office.database.read() as transaction:
        return await approving.missing_parties(transaction, release)


def called(name: str, *roles: Role) -> Association:
    """Harfang, with Aude called otherwise, or doing something else."""
    aude = replace(HARFANG.people[0], name=name, roles=roles or (Role.APPROVER,))
    return replace(EDITED, people=(aude, *EDITED.people[1:]))


async def test_a_yes_that_was_taken_back_stays_so_whatever_somebody_is_called_by_then(
    office: Office,
) -> None:
    release = await two_parties(office)
    aude = await person(office, "aude@harfang.example")
    said = release.content_hash
    await approving.approve(office.desk, aude, "spring", "harfang", content=said)
    await office.sync(called("Aude Roi"))
    await approving.withdraw(office.desk, OPERATOR, "spring", "harfang", "aude@harfang.example")
    assert await missing(office, release) == ("harfang", "massif")
    for name in ("Aude Roy", "A. Roy"):
        await office.sync(called(name))
        assert await missing(office, release) == ("harfang", "massif")
    await office.sync(called("Aude Roy", Role.VIEWER))
    assert await missing(office, release) == ("harfang", "massif")
    hope = await person(office, "hope@massif.example")
    await approving.approve(office.desk, hope, "spring", "massif", content=said)
    assert await office.state() is State.IN_REVIEW


async def test_a_yes_after_one_that_was_taken_back_leaves_none_once_its_speaker_left(
    office: Office,
) -> None:
    release = await two_parties(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Bé Gagnon")
    await approving.withdraw(office.desk, OPERATOR, "spring", "harfang", "Bé Gagnon")
    aude = await person(office, "aude@harfang.example")
    await approving.approve(office.desk, aude, "spring", "harfang", content=release.content_hash)
    assert await missing(office, release) == ("massif",)
    await office.sync(called("Aude Roy", Role.VIEWER))
    assert await missing(office, release) == ("harfang", "massif")


async def test_a_word_at_the_machine_is_whose_it_was_given_for_and_not_a_namesakes(
    office: Office,
) -> None:
    release = await two_parties(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    await office.sync(called("Aude Gagnon"))
    assert await missing(office, release) == ("massif",), "it is her word still"
    namesake = Person("Aude Roy", "other@harfang.example", (Role.APPROVER,))
    await office.sync(replace(HARFANG, people=(namesake,)))
    assert await missing(office, release) == ("harfang", "massif")


async def test_a_word_that_was_kept_with_a_name_alone_is_of_who_has_it(office: Office) -> None:
    release = await two_parties(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    async with office.database.begin() as transaction:
        await transaction.connection.execute(approvals.update().values(account_id=None))
    assert await missing(office, release) == ("massif",)
    await approving.withdraw(office.desk, OPERATOR, "spring", "harfang", "Aude Roy")
    await office.sync(called("Aude Roi"))
    assert await missing(office, release) == ("harfang", "massif")
    await office.sync(EDITED)
    assert await missing(office, release) == ("harfang", "massif")


async def test_no_other_association_says_under_what_name_somebody_approves(office: Office) -> None:
    posing = Person("Aude Roy", "hope@massif.example", (Role.VIEWER,))
    await office.sync(replace(EDITED, people=(*EDITED.people, posing)))
    release = await two_parties(office)
    hope = await person(office, "hope@massif.example")
    assert hope.name == "Aude Roy", "that comes first by its key"
    said = release.content_hash
    await approving.approve(office.desk, hope, "spring", "massif", content=said)
    await approving.withdraw(office.desk, hope, "spring", "massif")
    await approving.approve(office.desk, hope, "spring", "massif", content=said)
    standing = await inspecting.standing(office.desk, OPERATOR, "spring")
    assert {(one.person, one.actor.name) for one in standing.approvals} == {
        ("Hope Ames", "Hope Ames")
    }
    told = [one for one in standing.history if one.actor.kind is ActorKind.PERSON]
    assert {one.actor.name for one in told} == {"Hope Ames"}
    # Her namesake at another association cannot take hers back, nor the other way round.
    await office.sync(
        replace(
            MASSIF,
            people=(
                *MASSIF.people,
                replace(
                    posing, name="Hope Ames", address="nina@massif.example", roles=(Role.APPROVER,)
                ),
            ),
        )
    )
    nina = await person(office, "nina@massif.example")
    back = approving.withdraw(office.desk, nina, "spring", "massif")
    assert await code(back) == "approval_not_given"
    looked = await reviewing.asked(office.desk, nina, standing, "massif")
    assert looked is not None
    assert looked.own is None
    assert looked.spoke == "hope@massif.example"


async def test_what_is_said_beside_a_word_is_a_remark_and_no_document(office: Office) -> None:
    release = await two_parties(office)
    long, fits = "a" * 2001, "é" * 2000
    aude = await person(office, "aude@harfang.example")
    for act in (
        approving.approve(
            office.desk, aude, "spring", "harfang", comment=long, content=release.content_hash
        ),
        approving.reject(office.desk, aude, "spring", "harfang", comment=long),
        approving.withdraw(office.desk, aude, "spring", "harfang", comment=long),
        scheduling.cancel(office.desk, OPERATOR, "spring", long),
        scheduling.pause(office.desk, OPERATOR, "spring", long),
    ):
        with pytest.raises(Invalid) as raised:
            await act
        assert raised.value.code == "remark_too_long"
    sent_back = await approving.reject(office.desk, aude, "spring", "harfang", comment=fits)
    assert sent_back.state is State.DRAFT


async def test_a_no_outlasts_whoever_said_it(office: Office) -> None:
    release = await two_parties(office)
    await approving.approve(office.desk, OPERATOR, "spring", "harfang", "Bé Gagnon")
    aude = await person(office, "aude@harfang.example")
    await approving.approve(office.desk, aude, "spring", "harfang", content=release.content_hash)
    await approving.withdraw(office.desk, aude, "spring", "harfang")
    await office.sync(called("Aude Roy", Role.VIEWER))
    assert await missing(office, release) == ("harfang", "massif")
