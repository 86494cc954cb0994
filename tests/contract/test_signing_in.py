"""Signing in without a password, and all who would like to be somebody else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.contract.desks import HARFANG, NOW, Office, office_at

from communique.desk import sessions, signing_in, staffing, tokens, writing
from communique.desk.sessions import Visit
from communique.desk.signing_in import SignedIn
from communique.domain.account import Session
from communique.domain.actor import OPERATOR, SERVICE, Actor, ActorKind, Permission
from communique.domain.association import Person, Role
from communique.domain.event import Verb
from communique.domain.outcome import Deferred, Scope
from communique.errors import CommuniqueError, NotAllowed, NotFound
from communique.store.account_tables import accounts, sign_ins
from communique.store.account_tables import sessions as sessions_table
from communique.store.events import Events
from communique.store.letter_tables import letters

AUDE, HOPE, STRANGER = "aude@harfang.example", "hope@massif.example", "eve@elsewhere.example"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)


@dataclass
class Door:
    """The desk as who stands before it sees it."""

    office: Office
    read: list[EmailMessage] = field(default_factory=list)

    async def ask(
        self,
        address: str = AUDE,
        origin: str = "192.0.2.1",
        language: str = "",
        association: str = "",
    ) -> str:
        return await signing_in.ask(self.office.desk, address, origin, language, association)

    async def post(self) -> None:
        """What the chore does when it comes round."""
        await signing_in.write_due(self.office.desk, SERVICE)
        await writing.send_due(self.office.desk, SERVICE)

    def letter(self) -> EmailMessage:
        """The last that arrived."""
        message = message_from_bytes(self.office.transport.mails[-1].content, policy=SMTP)
        assert isinstance(message, EmailMessage)
        return message

    def link(self) -> str:
        return found(self.letter(), r"/desk/sign-in/([0-9a-f]{32})\s")

    def code(self) -> str:
        return found(self.letter(), r"\n(\d{6})\r?\n")

    async def sign_in(self, address: str = AUDE, at: str = "", **visit: str) -> SignedIn:
        asking = await self.ask(address, association=at)
        await self.post()
        return await signing_in.by_link(self.office.desk, asking, self.link(), Visit(**visit))

    async def who(self, token: str) -> Session | None:
        return await sessions.who(self.office.desk, token)

    async def verbs(self, association: str) -> list[str]:
        async with self.office.database.read() as transaction:
            events: Events = transaction.events
            said = await events.since(OPERATOR.scope, 0, 1000)
        return [
            f"{one.verb} {one.actor.name}"
            for one in said
            if one.association == association and one.verb is not Verb.SYNC
        ]


def found(letter: EmailMessage, pattern: str) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    match = re.search(pattern, part.get_content())
    assert match, part.get_content()
    return match.group(1)


@pytest.fixture
async def door(database_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield Door(office)


async def refused(code: str, act: Awaitable[object]) -> CommuniqueError:
    with pytest.raises(CommuniqueError) as raised:
        await act
    assert raised.value.code == code
    return raised.value


# The way in.


async def test_who_is_declared_signs_in_by_the_link_of_a_letter(door: Door) -> None:
    signed_in = await door.sign_in(origin="192.0.2.7", browser=CHROME)
    session = await door.who(signed_in.token)
    assert session is not None
    assert session.account is not None
    assert session.actor == Actor(ActorKind.PERSON, "Aude Roy", session.account.id)
    assert session.actor.grants == {"harfang": frozenset({Permission.READ, Permission.APPROVE})}
    assert (session.browser, session.origin) == ("Chrome, Windows", "192.0.2.7")
    assert session.csrf
    assert session.csrf not in signed_in.token
    letter = door.letter()
    assert letter["To"].addresses[0].addr_spec == AUDE
    assert letter["Subject"] == "Votre lien pour vous connecter"  # Harfang's first language
    assert (await door.verbs("harfang"))[-1] == "sign_in Aude Roy"


async def test_the_code_signs_in_at_the_browser_that_asked_however_it_is_typed(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    code = door.code()
    signed_in = await signing_in.by_code(door.office.desk, asking, f" {code[:3]} {code[3:]}\n")
    assert await door.who(signed_in.token)


async def test_a_letter_comes_in_the_language_of_who_chose_one(door: Door) -> None:
    session = await door.who((await door.sign_in()).token)
    assert session is not None
    chosen = await sessions.choose(door.office.desk, session, language="en", theme="dark")
    assert (chosen.language, chosen.theme) == ("en", "dark")
    again = await door.who((await door.sign_in()).token)
    assert again is not None
    assert (again.language, again.theme) == ("en", "dark")
    assert door.letter()["Subject"] == "Your link to sign in"
    nothing = await sessions.choose(door.office.desk, again, language="xx", theme="pink")
    assert (nothing.language, nothing.theme) == ("en", "dark")


async def test_one_person_of_two_associations_is_one_account(door: Door) -> None:
    hope = Person("Hope Ames", "Hope@Massif.example", (Role.OWNER,))
    await door.office.sync(replace(HARFANG, people=(*HARFANG.people, hope)))
    here = await door.sign_in("HOPE@massif.example", at="massif")
    session = await door.who((await door.sign_in(HOPE, at="harfang", session=here.token)).token)
    assert session is not None
    assert session.actor.grants == {
        "harfang": frozenset(Permission),
        "massif": frozenset({Permission.READ, Permission.APPROVE}),
    }
    assert await door.office.count(accounts) == 3


# No association's letter opens what is another's: its relay can read it, and its sender gets it
# back where it cannot be delivered.


@pytest.fixture
async def poached(door: Door) -> Door:
    """Harfang names somebody of Massif's among its own, under a name of its choice."""
    poached = Person("Eve Else", HOPE, (Role.VIEWER,))
    await door.office.sync(replace(HARFANG, people=(*HARFANG.people, poached)))
    return door


async def test_a_letter_opens_the_association_whose_it_is_and_no_other(poached: Door) -> None:
    signed_in = await poached.sign_in(HOPE, at="harfang")
    assert poached.letter()["From"].addresses[0].domain == "harfang.example"
    session = await poached.who(signed_in.token)
    assert session is not None
    assert session.actor.grants == {"harfang": frozenset({Permission.READ})}
    assert session.closed == ("massif",)
    assert session.actor.name == "Eve Else"
    theirs = await poached.who((await poached.sign_in(HOPE, at="massif")).token)
    assert poached.letter()["From"].addresses[0].domain == "massif.example"
    assert theirs is not None
    assert theirs.actor.grants.keys() == {"massif"}
    assert theirs.actor.name == "Hope Ames"


async def test_at_no_door_the_letter_is_of_who_lets_one_do_most_and_elsewhere_too(
    poached: Door,
) -> None:
    for at in ("", "nowhere", "x" * 5000):
        session = await poached.who((await poached.sign_in(HOPE, at=at)).token)
        assert session is not None
        assert session.opens == ("massif",)


async def test_what_is_open_stays_open_in_that_browser_and_no_longer_than_it_would(
    poached: Door,
) -> None:
    first = await poached.sign_in(HOPE, at="harfang")
    begun = await poached.who(first.token)
    poached.office.clock.forward(hours=2)
    both = await poached.sign_in(HOPE, at="massif", session=first.token)
    session = await poached.who(both.token)
    assert session is not None
    assert begun is not None
    assert session.actor.grants.keys() == {"harfang", "massif"}
    assert session.expires_at == begun.expires_at
    again = await poached.who((await poached.sign_in(AUDE, session=both.token)).token)
    assert again is not None
    assert again.opens == ("harfang",), "somebody else's opens nothing of theirs"
    assert await poached.who(both.token) is None


async def test_who_is_let_go_at_one_of_two_stays_at_the_other_and_comes_back_to_neither(
    poached: Door,
) -> None:
    first = await poached.sign_in(HOPE, at="harfang")
    both = await poached.sign_in(HOPE, at="massif", session=first.token)
    alone = await poached.sign_in(HOPE, at="harfang")
    await poached.office.sync(HARFANG)
    session = await poached.who(both.token)
    assert session is not None
    assert session.actor.grants.keys() == {"massif"}
    assert await poached.who(alone.token) is None
    again = Person("Eve Else", HOPE, (Role.VIEWER,))
    await poached.office.sync(replace(HARFANG, people=(*HARFANG.people, again)))
    session = await poached.who(both.token)
    assert session is not None
    assert session.actor.grants.keys() == {"massif"}, "what ended does not come back"


async def test_what_is_done_elsewhere_is_nothing_that_an_association_learns_or_ends(
    poached: Door,
) -> None:
    desk = poached.office.desk
    theirs = await poached.sign_in(HOPE, at="massif", origin="198.51.100.7")
    ours = await poached.who((await poached.sign_in(HOPE, at="harfang")).token)
    assert ours is not None
    assert [one.opens for one in await sessions.listed(desk, ours.actor)] == [("harfang",)]
    assert ours.account is not None
    leave = staffing.dismiss(desk, ours.actor, "massif", ours.account.id)
    await refused("not_permitted", leave)
    assert await sessions.revoke(desk, ours.actor) == 1
    assert await poached.who(theirs.token)
    await sessions.leave(desk, theirs.token)
    assert [one for one in await poached.verbs("harfang") if one.startswith("sign_")] == [
        "sign_in Eve Else",
        "sign_out Eve Else",
    ]
    assert [one for one in await poached.verbs("massif") if one.startswith("sign_")] == [
        "sign_in Hope Ames",
        "sign_out Hope Ames",
    ]


async def test_a_letter_of_an_association_that_lets_one_go_meanwhile_opens_nothing(
    poached: Door,
) -> None:
    asking = await poached.ask(HOPE, association="harfang")
    await poached.post()
    await poached.office.sync(HARFANG)
    await refused("sign_in_over", signing_in.by_link(poached.office.desk, asking, poached.link()))


async def test_nothing_that_opens_anything_is_in_the_database(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    link, code = door.link(), door.code()
    signed_in = await signing_in.by_link(door.office.desk, asking, link)
    kept = repr(
        [
            *await door.office.rows(sign_ins),
            *await door.office.rows(letters),
            *await door.office.rows(sessions_table),
        ]
    )
    for secret in (asking, link, f"'{code}'", signed_in.token):
        assert secret not in kept
    assert AUDE not in repr(await door.office.rows(sign_ins))


# Whoever asks for whom.


async def test_asking_is_the_same_work_whoever_has_the_address(door: Door) -> None:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    async def asked(address: str) -> list[str]:
        said.clear()
        token = await door.ask(address)
        assert len(token) == 43
        return list(said)

    for engine in (door.office.database._writing, door.office.database._reading):
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    known, unknown = await asked(AUDE), await asked(STRANGER)
    assert known == unknown
    assert len(known) >= 2
    await door.post()
    assert [one.recipient for one in door.office.transport.mails] == [AUDE]
    assert STRANGER not in repr(await door.office.rows(sign_ins))


async def test_a_code_for_nobody_is_answered_as_one_for_somebody(door: Door) -> None:
    mine, nobodys = await door.ask(), await door.ask(STRANGER)
    await door.post()
    wrong = "000000" if door.code() != "000000" else "111111"
    for left in (4, 3, 2, 1, 0):
        for asking in (mine, nobodys):
            error = await refused(
                "sign_in_code_wrong", signing_in.by_code(door.office.desk, asking, wrong)
            )
            assert error.fields == {"left": left}
    for asking in (mine, nobodys):
        await refused("sign_in_over", signing_in.by_code(door.office.desk, asking, wrong))
    await refused("sign_in_over", signing_in.by_code(door.office.desk, mine, door.code()))


async def test_whoever_types_for_a_stranger_never_has_the_right_code(door: Door) -> None:
    """The code is made of a key and the browser's token: without a letter, it opens nothing."""
    asking = await door.ask(STRANGER)
    code = tokens.code(door.office.desk, tokens.digest(asking))
    await refused("sign_in_code_wrong", signing_in.by_code(door.office.desk, asking, code))
    await door.post()
    await refused("sign_in_code_wrong", signing_in.by_code(door.office.desk, asking, code))
    link = tokens.link(door.office.desk, tokens.digest(asking))
    await refused("sign_in_over", signing_in.by_link(door.office.desk, asking, link))


# Attackers.


async def test_a_link_is_worth_nothing_to_another_browser(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    link, code = door.link(), door.code()
    theirs = await door.ask(STRANGER, "203.0.113.9")
    await door.post()
    for token in (theirs, "", "x", link):
        await refused("sign_in_over", signing_in.by_link(door.office.desk, token, link))
    await refused("sign_in_code_wrong", signing_in.by_code(door.office.desk, theirs, code))
    assert (await signing_in.by_link(door.office.desk, asking, link)).token


async def test_a_link_and_its_code_work_once_between_them(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    link, code = door.link(), door.code()
    await signing_in.by_link(door.office.desk, asking, link)
    await refused("sign_in_over", signing_in.by_link(door.office.desk, asking, link))
    await refused("sign_in_over", signing_in.by_code(door.office.desk, asking, code))


async def test_of_many_posts_with_one_code_at_once_one_signs_in(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    code = door.code()
    ends = await asyncio.gather(
        *(signing_in.by_code(door.office.desk, asking, code) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, SignedIn) for one in ends) == 1
    assert all(isinstance(one, SignedIn | NotAllowed) for one in ends)
    assert await door.office.count(sessions_table) == 1


async def test_guessing_ends_after_five_and_a_day_of_it_leaves_the_link(door: Door) -> None:
    desk = door.office.desk
    for round_ in range(6):
        asking = await door.ask(origin=f"203.0.113.{round_}")
        await door.post()
        wrong = "000000" if door.code() != "000000" else "111111"
        for _ in range(5):
            await refused("sign_in_code_wrong", signing_in.by_code(desk, asking, wrong))
    asking = await door.ask(origin="192.0.2.99")
    await door.post()
    await refused("sign_in_code_rests", signing_in.by_code(desk, asking, door.code()))
    assert (await signing_in.by_link(desk, asking, door.link())).token, "nobody is locked out"


async def test_what_is_old_opens_nothing(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    link, code = door.link(), door.code()
    door.office.clock.forward(minutes=15)
    await refused("sign_in_over", signing_in.by_link(door.office.desk, asking, link))
    await refused("sign_in_over", signing_in.by_code(door.office.desk, asking, code))


async def test_a_clock_that_is_set_back_revives_nothing(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    signed_in = await door.sign_in()
    door.office.clock.forward(days=-1)
    await refused("sign_in_over", signing_in.by_link(door.office.desk, asking, door.link()))
    await refused("sign_in_over", signing_in.by_code(door.office.desk, asking, door.code()))
    door.office.clock.forward(days=30)
    assert await door.who(signed_in.token) is None
    door.office.clock.forward(days=-29)
    assert await door.who(signed_in.token) is None, "once over, over"


async def test_a_letter_that_waited_too_long_is_not_sent(door: Door) -> None:
    door.office.transport.answer = lambda _: Deferred("busy", Scope.SITE)
    await door.ask()
    await door.post()
    assert len(door.office.transport.mails) == 1
    door.office.clock.forward(minutes=16)
    await door.post()
    assert len(door.office.transport.mails) == 1
    [letter] = await door.office.rows(letters)
    assert (letter["state"], letter["due_at"]) == ("skipped", None)


async def test_whose_account_ends_in_between_is_not_signed_in(door: Door) -> None:
    asking = await door.ask()
    await door.post()
    await door.office.sync(replace(HARFANG, people=HARFANG.people[1:]))
    await refused("sign_in_over", signing_in.by_link(door.office.desk, asking, door.link()))


async def test_who_is_declared_no_more_is_nobody_at_their_next_page(door: Door) -> None:
    signed_in = await door.sign_in()
    await door.office.sync(replace(HARFANG, people=HARFANG.people[1:]))
    assert await door.who(signed_in.token) is None
    assert await door.office.count(sessions_table) == 0
    await door.office.sync(HARFANG)
    assert await door.who(signed_in.token) is None, "what ended does not come back"
    assert "dismiss the operator at the machine" in await door.verbs("harfang")


async def test_other_roles_hold_at_the_next_page(door: Door) -> None:
    signed_in = await door.sign_in()
    aude = replace(HARFANG.people[0], roles=(Role.EDITOR,))
    await door.office.sync(replace(HARFANG, people=(aude, *HARFANG.people[1:])))
    session = await door.who(signed_in.token)
    assert session is not None
    assert session.actor.may(Permission.EDIT, "harfang")
    assert not session.actor.may(Permission.APPROVE, "harfang")


async def test_nobody_fills_an_inbox_and_nobody_is_kept_out_by_it(door: Door) -> None:
    signed_in = await door.sign_in()
    door.office.transport.mails.clear()
    for _ in range(10):
        await door.ask(origin="203.0.113.1")
    await door.post()
    assert len(door.office.transport.mails) == signing_in.BY_ONE
    asking = await door.ask(origin="192.0.2.50")
    await door.post()
    assert (await signing_in.by_link(door.office.desk, asking, door.link())).token
    assert await door.who(signed_in.token), "a session does not mind"


async def test_one_origin_asks_no_more_than_so_often(door: Door) -> None:
    for number in range(signing_in.FROM_ONE):
        await door.ask(f"a{number}@elsewhere.example")
    await refused("asked_too_often", door.ask(STRANGER))
    await refused("asked_too_often", door.ask(AUDE))
    await door.ask(AUDE, "192.0.2.2")
    door.office.clock.forward(minutes=16)
    await door.ask(AUDE)


# Sessions.


async def test_signing_in_ends_the_session_that_the_browser_had(door: Door) -> None:
    first = await door.sign_in()
    second = await door.sign_in(session=first.token)
    assert await door.who(first.token) is None
    assert await door.who(second.token)
    assert first.token != second.token


async def test_a_session_ends_unused_and_in_any_case(door: Door) -> None:
    idle, lifetime = door.office.desk.policy.session_idle, door.office.desk.policy.session_lifetime
    unused = await door.sign_in()
    door.office.clock.at += idle - timedelta(seconds=1)
    assert await door.who(unused.token)
    door.office.clock.at += idle
    assert await door.who(unused.token) is None
    used, begun = await door.sign_in(), door.office.clock.at
    while door.office.clock.at < begun + lifetime:
        assert await door.who(used.token)
        door.office.clock.at += idle / 2
    assert await door.who(used.token) is None


async def test_a_page_seldom_writes(door: Door) -> None:
    signed_in = await door.sign_in()
    async with door.office.database.begin():  # whoever wrote would wait for this, on SQLite
        for _ in range(3):
            async with asyncio.timeout(5):
                assert await door.who(signed_in.token)


async def test_people_see_their_own_sessions_and_end_them(door: Door) -> None:
    desk = door.office.desk
    here, there = await door.sign_in(browser=CHROME), await door.sign_in()
    theirs = await door.sign_in(HOPE)
    session = await door.who(here.token)
    hope = await door.who(theirs.token)
    assert session
    assert hope
    listed = await sessions.listed(desk, session.actor)
    assert {one.browser for one in listed} == {"Chrome, Windows", ""}
    await refused("session_unknown", sessions.revoke(desk, session.actor, [hope.id]))
    other = await door.who(there.token)
    assert other is not None
    assert await sessions.revoke(desk, session.actor, [other.id]) == 1
    assert await door.who(there.token) is None
    assert await door.who(here.token)
    await refused("not_at_machine", sessions.listed(desk, session.actor, HOPE))
    pending = await door.ask(HOPE)
    await door.post()
    asked = await door.ask(HOPE)
    assert await sessions.revoke(desk, OPERATOR, None, HOPE) == 1
    await refused("sign_in_over", signing_in.by_link(desk, pending, door.link()))
    await door.post()
    await refused("sign_in_over", signing_in.by_code(desk, asked, door.code()))
    assert await door.who(theirs.token) is None
    await sessions.leave(desk, here.token)
    assert await door.who(here.token) is None
    assert [one for one in await door.verbs("harfang") if "sign_out" in one] == [
        "sign_out Aude Roy",
        "sign_out Aude Roy",
    ]


async def test_what_is_over_is_cleared_away(door: Door) -> None:
    await door.sign_in()
    await signing_in.open_here(door.office.desk, OPERATOR)
    door.office.clock.forward(days=2)
    await signing_in.forget(door.office.desk, SERVICE)
    assert await door.office.count(sign_ins) == 0
    assert await door.office.count(sessions_table) == 0


# At the machine.


async def test_a_link_of_the_operators_opens_the_desk_once(door: Door) -> None:
    desk = door.office.desk
    token = await signing_in.open_here(desk, OPERATOR, "massif", "en")
    assert await signing_in.opens(desk, token)
    assert await signing_in.opens(desk, token), "looking spends nothing"
    signed_in = await signing_in.by_opening(desk, token, Visit(browser=CHROME))
    assert signed_in.association == "massif"
    session = await door.who(signed_in.token)
    assert session is not None
    assert session.actor == OPERATOR
    assert session.language == "en"
    assert session.actor.may(Permission.MANAGE, "harfang")
    assert not await signing_in.opens(desk, token)
    await refused("sign_in_over", signing_in.by_opening(desk, token))
    chosen = await sessions.choose(desk, session, language="fr", theme="dark")
    assert (chosen.language, chosen.theme) == ("fr", "dark")


async def test_of_two_who_press_the_operators_link_at_once_one_is_in(door: Door) -> None:
    token = await signing_in.open_here(door.office.desk, OPERATOR)
    ends = await asyncio.gather(
        *(signing_in.by_opening(door.office.desk, token) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, SignedIn) for one in ends) == 1


async def test_the_operators_link_is_old_after_five_minutes_and_made_by_nobody_else(
    door: Door,
) -> None:
    desk = door.office.desk
    token = await signing_in.open_here(desk, OPERATOR)
    door.office.clock.forward(minutes=5)
    await refused("sign_in_over", signing_in.by_opening(desk, token))
    session = await door.who((await door.sign_in()).token)
    assert session is not None
    await refused("not_at_machine", signing_in.open_here(desk, session.actor))
    with pytest.raises(NotFound):
        await signing_in.open_here(desk, OPERATOR, "nowhere")


async def test_the_operators_session_is_short(door: Door) -> None:
    token = await signing_in.open_here(door.office.desk, OPERATOR)
    signed_in = await signing_in.by_opening(door.office.desk, token)
    begun = door.office.clock.at
    assert begun == NOW
    while door.office.clock.at < begun + timedelta(hours=12):
        assert await door.who(signed_in.token)
        door.office.clock.forward(hours=6)
    assert await door.who(signed_in.token) is None
    assert await door.office.count(sessions_table) == 0
