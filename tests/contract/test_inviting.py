"""Who is invited to work at the desk, by whom, and that nobody else comes in their place."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import HARFANG, MASSIF, Office, office_at

from communique.desk import auditing, inviting, sessions, signing_in, staffing, syncing, writing
from communique.domain.account import Account, Invitation
from communique.domain.actor import OPERATOR, SERVICE, Actor, Permission
from communique.domain.association import Person, Role
from communique.domain.event import Sought, SubjectKind, Verb
from communique.errors import CommuniqueError
from communique.facts import Fact

OWNER = Person("Ida Fox", "ida@harfang.example", (Role.OWNER,))
OWNED = replace(HARFANG, people=(*HARFANG.people, OWNER))
NINA = "nina@lichen.example"


@dataclass
class House:
    """The desk, and what its letters say."""

    office: Office

    async def account(self, address: str) -> Account | None:
        async with self.office.database.read() as transaction:
            return await transaction.accounts.by_address(SERVICE.scope, address)

    async def owner(self) -> Actor:
        found = await self.account(OWNER.address)
        assert found is not None
        return found.actor

    async def invite(self, by: Actor, address: str = NINA, *roles: Role) -> Invitation:
        return await inviting.invite(
            self.office.desk, by, "harfang", address, "Nina Roy", roles or (Role.APPROVER,)
        )

    async def post(self) -> None:
        await signing_in.write_due(self.office.desk, SERVICE)
        await writing.send_due(self.office.desk, SERVICE)

    def text(self) -> str:
        message = message_from_bytes(self.office.transport.mails[-1].content, policy=SMTP)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    def link(self) -> str:
        found = re.search(r"/desk/invitation/(\S+)", self.text())
        assert found, self.text()
        return found.group(1)

    async def come(self, link: str) -> str:
        """Accept, read the letter with the code, and type it; the session's token."""
        asking = await signing_in.accept(self.office.desk, link, "192.0.2.1")
        await self.post()
        found = re.search(r"\n(\d{6})\n", self.text())
        assert found, self.text()
        return (await signing_in.by_code(self.office.desk, asking, found.group(1))).token


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.sync(OWNED, MASSIF)
        yield House(office)


async def refused(act: Awaitable[Any]) -> str:
    with pytest.raises(CommuniqueError) as raised:
        await act
    return raised.value.code


async def test_who_is_invited_comes_by_a_code_to_their_own_address(house: House) -> None:
    desk = house.office.desk
    await house.invite(await house.owner())
    await house.post()
    assert "Ida Fox vous invite" in house.text().replace("\n", " ")
    assert "les approuver en son nom" in house.text().replace("\n", " ")
    assert "les écrire" not in house.text()
    link = house.link()
    shown = await inviting.shown(desk, link)
    assert shown is not None
    assert (shown.address, shown.roles, shown.invited_by.name) == (
        NINA,
        (Role.APPROVER,),
        "Ida Fox",
    )
    assert await house.account(NINA) is None, "looking takes nothing up"
    session = await sessions.who(desk, await house.come(link))
    assert session is not None
    assert house.office.transport.mails[-1].recipient == NINA, "whoever holds the link"
    assert session.actor.grants == {"harfang": frozenset({Permission.READ, Permission.APPROVE})}
    assert await inviting.shown(desk, link) is None
    assert await refused(signing_in.accept(desk, link)) == "invitation_over"
    assert await inviting.waiting(desk, OPERATOR, "harfang") == ()
    # From now on they sign in as anybody else does.
    await signing_in.ask(desk, NINA, "192.0.2.9")
    await house.post()
    assert "/desk/sign-in/" in house.text()


async def test_an_invitation_that_is_over_lets_nobody_in(house: House) -> None:
    desk, owner = house.office.desk, await house.owner()
    invitation = await house.invite(owner)
    await house.post()
    first = house.link()
    assert await refused(house.invite(owner)) == "invited_already"
    await inviting.again(desk, owner, "harfang", invitation.id)
    await house.post()
    second = house.link()
    assert first != second
    assert await inviting.shown(desk, first) is None, "the link that was sent again is the one"
    assert await inviting.shown(desk, second)
    assert await inviting.shown(desk, second[:-1] + "0") is None
    await inviting.withdraw(desk, owner, "harfang", invitation.id)
    assert await refused(signing_in.accept(desk, second)) == "invitation_over"
    assert await refused(inviting.again(desk, owner, "harfang", invitation.id)) == (
        "invitation_unknown"
    )
    await house.invite(owner)
    await house.post()
    third = house.link()
    house.office.clock.forward(days=7)
    assert await inviting.shown(desk, third) is None
    await house.invite(owner)  # one that lapsed is in nobody's way


async def test_withdrawn_while_the_code_is_under_way_it_lets_nobody_in(house: House) -> None:
    desk, owner = house.office.desk, await house.owner()
    invitation = await house.invite(owner)
    await house.post()
    asking = await signing_in.accept(desk, house.link())
    await house.post()
    found = re.search(r"\n(\d{6})\n", house.text())
    assert found
    await inviting.withdraw(desk, owner, "harfang", invitation.id)
    assert await refused(signing_in.by_code(desk, asking, found.group(1))) == "sign_in_over"
    assert await house.account(NINA) is None


async def test_what_an_owner_offered_ends_with_them(house: House) -> None:
    await house.invite(await house.owner())
    await house.post()
    link = house.link()
    await house.office.sync(HARFANG, MASSIF)  # Ida is not declared any more
    assert await inviting.shown(house.office.desk, link) is None
    assert await refused(signing_in.accept(house.office.desk, link)) == "invitation_over"


async def test_whoever_a_file_declares_is_changed_by_no_page(house: House) -> None:
    desk, owner = house.office.desk, await house.owner()
    aude = await house.account("aude@harfang.example")
    assert aude is not None
    assert await refused(staffing.dismiss(desk, owner, "harfang", aude.id)) == "person_declared"
    assert await refused(staffing.assign(desk, owner, "harfang", aude.id, [])) == (
        "person_declared"
    )
    assert await refused(house.invite(owner, "AUDE@harfang.example")) == "account_works_already"


async def test_who_was_invited_and_is_declared_since_is_the_files(house: House) -> None:
    await house.invite(await house.owner())
    await house.post()
    token = await house.come(house.link())
    nina = Person("Nina R.", "Nina@lichen.example", (Role.EDITOR,))
    await house.office.sync(replace(OWNED, people=(*OWNED.people, nina)), MASSIF)
    session = await sessions.who(house.office.desk, token)
    assert session is not None
    assert session.actor.grants == {"harfang": frozenset({Permission.READ, Permission.EDIT})}
    await house.office.sync(OWNED, MASSIF)  # and goes with it: nothing older comes back
    assert await sessions.who(house.office.desk, token) is None


async def test_the_last_owner_stays_until_there_is_another(house: House) -> None:
    desk = house.office.desk
    await house.office.sync(HARFANG, MASSIF)  # nobody is declared an owner
    for address in (NINA, "omar@lichen.example"):
        await house.invite(OPERATOR, address, Role.OWNER)
        await house.post()
        await house.come(house.link())
    nina, omar = await house.account(NINA), await house.account("omar@lichen.example")
    assert nina
    assert omar
    await staffing.assign(desk, nina.actor, "harfang", omar.id, [Role.EDITOR])
    for act in (
        staffing.dismiss(desk, nina.actor, "harfang", nina.id),
        staffing.dismiss(desk, OPERATOR, "harfang", nina.id),
        staffing.assign(desk, nina.actor, "harfang", nina.id, [Role.EDITOR]),
    ):
        assert await refused(act) == "owner_last"
    await staffing.dismiss(desk, (await changed(house, omar)).actor, "harfang", omar.id)  # leaves
    assert await house.account("omar@lichen.example") is None


async def changed(house: House, one: Account) -> Account:
    found = await house.account(one.address)
    assert found is not None
    return found


async def test_whose_duty_ends_is_signed_out_and_keeps_the_other(house: House) -> None:
    desk, owner = house.office.desk, await house.owner()
    await house.invite(owner, "hope@massif.example", Role.OWNER)
    await house.post()
    token = await house.come(house.link())
    session = await sessions.who(desk, token)
    assert session is not None
    assert session.account is not None
    assert set(session.actor.grants) == {"harfang"}, "whose letter it was"
    await staffing.dismiss(desk, owner, "harfang", session.account.id)
    assert await sessions.who(desk, token) is None
    [there] = await staffing.people(desk, OPERATOR, "massif")
    assert [one.association for one in there.duties] == ["massif"]


async def test_people_are_seen_with_what_they_do_there_alone(house: House) -> None:
    hope = Person("Hope Ames", "hope@massif.example", (Role.VIEWER,))
    await house.office.sync(replace(OWNED, people=(*OWNED.people, hope)), MASSIF)
    people = await staffing.people(house.office.desk, await house.owner(), "harfang")
    assert [one.name for one in people] == ["Aude Roy", "Hope Ames", "Ida Fox", "Luc Bé"]
    assert {each.association for one in people for each in one.duties} == {"harfang"}


async def test_every_change_is_told_with_what_was_before(house: House) -> None:
    desk, owner = house.office.desk, await house.owner()
    await house.invite(owner)
    await house.post()
    await house.come(house.link())
    nina = await house.account(NINA)
    assert nina is not None
    await staffing.assign(desk, owner, "harfang", nina.id, [Role.EDITOR, Role.OWNER])
    await staffing.dismiss(desk, owner, "harfang", nina.id)
    sought = Sought(subject=SubjectKind.ACCOUNT, key=NINA)
    told = await auditing.audit(desk, owner, "harfang", sought)
    assert [(one.verb, one.actor.name, str(one.detail)) for one in reversed(told)] == [
        (Verb.INVITE, "Ida Fox", "as approver"),
        (Verb.JOIN, "Nina Roy", "as approver"),
        (Verb.SIGN_IN, "Nina Roy", ""),
        (Verb.ASSIGN, "Ida Fox", "from approver to editor and owner"),
        (Verb.DISMISS, "Ida Fox", "from editor and owner to nothing"),
    ]
    first = await auditing.audit(desk, owner, "harfang", sought, limit=2)
    rest = await auditing.audit(desk, owner, "harfang", sought, before=first[-1].id)
    assert [*first, *rest] == [*told]
    hope = await house.account("hope@massif.example")
    assert hope is not None
    assert await refused(auditing.audit(desk, hope.actor, "harfang")) == "not_permitted"
    seen = await auditing.audit(desk, hope.actor)
    assert {one.association for one in seen} <= {None, "massif"}


async def test_whoever_was_invited_is_let_go_by_their_address_come_or_not(house: House) -> None:
    desk = house.office.desk
    await house.invite(OPERATOR)
    await house.post()
    link = house.link()
    gone = await staffing.let_go(desk, OPERATOR, "harfang", "NINA@lichen.example")
    assert isinstance(gone, Invitation)
    assert await refused(signing_in.accept(desk, link)) == "invitation_over"
    await house.invite(OPERATOR)
    await house.post()
    token = await house.come(house.link())
    assert await sessions.who(desk, token)
    assert isinstance(await staffing.let_go(desk, OPERATOR, "harfang", NINA), Account)
    assert await sessions.who(desk, token) is None
    asked = len(house.office.transport.mails)
    await signing_in.ask(desk, NINA)
    await house.post()
    assert len(house.office.transport.mails) == asked, "nobody writes to them any more"
    assert await refused(staffing.let_go(desk, OPERATOR, "harfang", NINA)) == "account_unknown"
    declared = staffing.let_go(desk, OPERATOR, "harfang", OWNER.address)
    assert await refused(declared) == "person_declared"


async def test_nobody_works_for_an_association_that_no_folder_declares(house: House) -> None:
    desk = house.office.desk
    await house.invite(OPERATOR)
    await house.post()
    nina = await house.come(house.link())
    await house.invite(OPERATOR, "late@lichen.example")
    await house.post()
    late = house.link()
    await syncing.sync(desk, OPERATOR, [MASSIF], [], dry_run=True)
    assert await sessions.who(desk, nina), "so far it was only tried"
    done = await syncing.sync(desk, OPERATOR, [MASSIF], [])
    assert Fact("declared_by_no_folder") in [one.detail for one in done.changes]
    assert await staffing.people(desk, OPERATOR, "harfang") == ()
    assert await sessions.who(desk, nina) is None
    assert await refused(signing_in.accept(desk, late)) == "invitation_over"
    asked = len(house.office.transport.mails)
    await signing_in.ask(desk, OWNER.address)
    await house.post()
    assert len(house.office.transport.mails) == asked
    # Nothing that it owns is gone, and what its file declares comes back with the file.
    await syncing.sync(desk, OPERATOR, [OWNED, MASSIF], [])
    assert {one.name for one in await staffing.people(desk, OPERATOR, "harfang")} == {
        "Aude Roy",
        "Ida Fox",
        "Luc Bé",
    }
    assert await sessions.who(desk, nina) is None
