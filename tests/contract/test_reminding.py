"""Before a term ends with none after it, whoever decides on it is told by letter: once each.

PACT ends with the 3rd of June 2027. Real letters go to a real relay; only the clock is the test's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import delete
from tests import smtpd
from tests.contract.desks import (
    HARFANG,
    MASSIF,
    PACT,
    Office,
    office_at,
    office_over,
)

from communique.desk import agreeing, joining, posting, reminding, writing
from communique.domain.actor import OPERATOR, SERVICE, Actor, ActorKind
from communique.domain.association import Agreement, Person, Role, Term
from communique.domain.delivery import DeliveryState, NextStep
from communique.domain.event import Verb
from communique.domain.lineage import Doubt
from communique.domain.scope import Mine
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store.letter_tables import letters
from communique.store.tables import agreement_terms

OWNERS = (
    Person("Ida Fox", "ida@massif.example", (Role.OWNER,)),
    Person("Zoé Fox", "zoe@massif.example", (Role.OWNER, Role.EDITOR)),
)
OWNED = replace(MASSIF, people=(*MASSIF.people, *OWNERS))
AUDE, IDA, ZOE = "aude@harfang.example", "ida@massif.example", "zoe@massif.example"
RENEWED = replace(PACT, terms=(*PACT.terms, Term(date(2027, 6, 4), date(2030, 6, 3))))


@dataclass
class Site:
    """A desk, and the relay that its letters leave through."""

    office: Office
    server: smtpd.Server
    answers: dict[str, str] = field(default_factory=dict)  # to the last dot, by who it is for

    def at(self, text: str) -> None:
        self.office.clock.at = datetime.fromisoformat(text).replace(tzinfo=UTC)

    async def look(self) -> None:
        """What the chores do when they come round."""
        await reminding.remind(self.office.desk, SERVICE)
        await writing.send_due(self.office.desk, SERVICE)

    def got(self) -> list[str]:
        """Whom the relay was handed a letter for since this was last asked, sorted."""
        found = sorted(one.recipient for one in self.server.arrived)
        self.server.arrived.clear()
        return found

    async def states(self) -> dict[str, str]:
        """Each letter's state, by its address and the days that it is about."""
        rows = await self.office.rows(letters)
        return {f"{one['address']} {one['about'].split()[-1]}": one["state"] for one in rows}


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async def final(talk: smtpd.Talk) -> None:
        await talk.say(answers.get(talk.recipient, "250 2.0.0 Ok"))

    answers: dict[str, str] = {}
    async with (
        smtpd.Server(smtpd.answering(FINAL=final)) as server,
        Pool(Relay(port=server.port, tls="none")) as pool,
        office_at(database_url, tmp_path / "desk", transports={"default": pool}) as office,
    ):
        await office.sync(HARFANG, OWNED, agreements=[PACT])
        yield Site(office, server, answers)


# When, and to whom.


async def test_each_is_reminded_on_its_day_from_its_own_midnight_on_and_once(site: Site) -> None:
    """180 days before the 3rd of June is the 5th of December; and so on."""
    for before, midnight_there, midnight_west in (
        ("2026-12-05 04:59", "2026-12-05 05:00", "2026-12-05 08:00"),
        ("2027-03-05 04:59", "2027-03-05 05:00", "2027-03-05 08:00"),
        ("2027-05-04 03:59", "2027-05-04 04:00", "2027-05-04 07:00"),
        ("2027-05-27 03:59", "2027-05-27 04:00", "2027-05-27 07:00"),
    ):
        site.at(before)
        await site.look()
        assert site.got() == [], before
        site.at(midnight_there)
        await site.look()
        assert site.got() == [AUDE], midnight_there
        site.at(midnight_west)
        await site.look()
        await site.look()
        assert site.got() == [IDA, ZOE], midnight_west


@pytest.mark.parametrize("changed", [RENEWED, replace(PACT, ended=date(2027, 6, 1))])
async def test_nobody_is_reminded_where_a_term_follows_or_its_parties_ended_it(
    site: Site, changed: Agreement
) -> None:
    await site.office.sync(agreements=[changed])
    site.at("2027-05-27 12:00")
    await site.look()
    assert site.got() == []


async def test_after_the_last_day_nobody_is_reminded(site: Site) -> None:
    site.at("2027-06-04 06:59")  # in Vancouver still the last day
    await site.look()
    assert site.got() == [IDA, ZOE]
    site.at("2027-06-04 07:00")
    await site.look()
    assert site.got() == []


async def test_a_desk_that_was_off_sends_the_latest_that_is_due_and_no_other(site: Site) -> None:
    site.at("2027-05-10 12:00")
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]
    assert {one["about"] for one in await site.office.rows(letters)} == {"pact 2027-06-03 30"}


async def test_a_restart_reminds_nobody_anew(site: Site, database_url: str) -> None:
    site.at("2027-03-05 12:00")
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]
    transports = site.office.desk.transports
    async with office_over(database_url, site.office.home, transports=transports) as later:
        later.clock.at = site.office.clock.at
        assert await reminding.remind(later.desk, SERVICE) == 0
        assert await writing.send_due(later.desk, SERVICE) == 0
        later.clock.forward(days=3)
        assert await reminding.remind(later.desk, SERVICE) == 0
    assert site.got() == []


async def test_who_becomes_owner_later_is_not_told_of_what_the_others_know(site: Site) -> None:
    site.at("2027-03-05 12:00")
    await site.look()
    site.got()
    joined = Person("Noé Roy", "noe@harfang.example", (Role.OWNER,))
    changed = replace(HARFANG, people=(*HARFANG.people, joined))
    await site.office.sync(changed, agreements=[PACT])
    await site.look()
    assert site.got() == []
    site.at("2027-05-04 12:00")
    await site.look()
    assert site.got() == [IDA, "noe@harfang.example", ZOE]


async def test_what_a_restart_finds_written_and_not_sent_goes_once(
    site: Site, database_url: str
) -> None:
    site.at("2027-03-05 12:00")
    await reminding.remind(site.office.desk, SERVICE)  # and there it ended
    transports = site.office.desk.transports
    async with office_over(database_url, site.office.home, transports=transports) as later:
        later.clock.at = site.office.clock.at
        assert await reminding.remind(later.desk, SERVICE) == 0
        assert await writing.send_due(later.desk, SERVICE) == 3
    assert site.got() == [AUDE, IDA, ZOE]


async def test_two_schedulers_at_one_database_remind_once(site: Site, database_url: str) -> None:
    """However often both look, and at whatever same moment."""
    site.at("2027-03-05 12:00")
    transports = site.office.desk.transports
    async with office_over(database_url, site.office.home, transports=transports) as other:
        other.clock.at = site.office.clock.at
        desks = (site.office.desk, other.desk) * 3
        await asyncio.gather(*(reminding.remind(desk, SERVICE) for desk in desks))
        await asyncio.gather(*(writing.send_due(desk, SERVICE) for desk in desks))
    assert site.got() == [AUDE, IDA, ZOE]
    async with site.office.database.read() as transaction:
        events = await transaction.events.since(Mine(frozenset(["massif"])), 0, 100)
    assert [one.association for one in events if one.verb is Verb.REMIND] == ["massif"]


async def test_it_comes_round_while_a_service_runs_and_not_from_a_copy(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of a database sends nothing until a person says that it may (P3)."""
    site.at("2027-03-05 12:00")
    service = site.office.service()
    chores = {one.name: one for one in service.work.chores}
    assert chores["the reminders"].once
    assert chores["the letters"].once
    await service.work.begin()
    with monkeypatch.context() as copied:
        copied.setattr(service.custody, "doubt", Doubt.OLDER)
        await chores["the reminders"].run()
        assert await site.office.rows(letters) == []
        await reminding.remind(site.office.desk, SERVICE)
        await chores["the letters"].run()
        assert site.got() == []
    await chores["the reminders"].run()
    await chores["the letters"].run()
    assert site.got() == [AUDE, IDA, ZOE]
    await service.work.end()


# What it says.


async def test_the_letter_says_what_ends_and_what_to_add_where_in_their_language(
    site: Site,
) -> None:
    site.at("2027-03-05 12:00")
    await site.look()
    found: dict[str, EmailMessage] = {}
    for one in site.server.arrived:
        message = message_from_bytes(one.content, policy=SMTP)
        assert isinstance(message, EmailMessage)
        found[one.recipient] = message
    french, english = found[AUDE], found[IDA]
    assert french["Subject"].replace("\xa0", " ") == "« Protocole » prend fin le 3 juin 2027"
    assert english["Subject"] == "“Memorandum” ends on June 3, 2027"
    assert str(french["From"]) == "Harfang <avis@harfang.example>"
    assert str(english["From"]) == "Massif <news@massif.example>"
    assert str(english["To"]) == "Ida Fox <ida@massif.example>"
    assert english["Auto-Submitted"] == "auto-generated"
    for message, words in (
        (
            french,
            ("Bonjour Aude Roy,", "(jours restants : 90)", "que Harfang a conclu avec Massif"),
        ),
        (english, ("Hello Ida Fox,", "(days left: 90)", "which Massif has with Snowy Owl")),
    ):
        for kind in ("plain", "html"):
            part = message.get_body((kind,))
            assert part
            text = " ".join(unescape(str(part.get_content())).replace("\xa0", " ").split())
            for word in (*words, "subscribers/agreements.toml", "communique sync"):
                assert word in text, (kind, word)
            assert "[[agreement.term]] starts = 2027-06-04 ends = 2030-06-0" in text


async def test_a_person_is_written_to_in_the_language_that_they_read(site: Site) -> None:
    reads = replace(HARFANG.people[0], language="en")
    await site.office.sync(replace(HARFANG, people=(reads,)), agreements=[PACT])
    site.at("2027-03-05 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    rows = await site.office.rows(letters)
    assert {one["address"]: one["language"] for one in rows}[AUDE] == "en"


async def test_where_nobody_works_there_its_contact_is_told(site: Site) -> None:
    await site.office.sync(replace(HARFANG, people=()), agreements=[PACT])
    site.at("2027-03-05 12:00")
    await site.look()
    assert site.got() == [IDA, "info@harfang.example", ZOE]


# What cannot be sent.


async def test_what_cannot_be_sent_is_tried_again_and_said_meanwhile(site: Site) -> None:
    site.at("2027-03-05 12:00")
    site.answers[IDA] = "452 4.2.2 mailbox full"
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]
    assert await site.states() == {
        f"{AUDE} 90": "sent",
        f"{IDA} 90": "deferred",
        f"{ZOE} 90": "sent",
    }
    [stuck] = await writing.troubled(site.office.desk, OPERATOR)
    told = str(writing.unsent(stuck))
    assert "to ida@massif.example of massif is tried again: 452 4.2.2 mailbox full" in told
    found = await agreeing.check(site.office.desk, OPERATOR, "pact")
    assert "letter_waits" in [one.problem.code for one in found if one.ok]
    await site.look()
    assert site.got() == [], "not at once"
    site.answers.clear()
    site.office.clock.forward(minutes=10)
    await site.look()
    assert site.got() == [IDA]
    assert await writing.troubled(site.office.desk, OPERATOR) == ()


async def test_an_address_that_is_refused_for_good_is_said_and_not_tried_again(
    site: Site,
) -> None:
    site.at("2027-03-05 12:00")
    site.answers[IDA] = "550 5.1.1 no such person"
    await site.look()
    site.got()
    site.office.clock.forward(hours=5)
    await site.look()
    assert site.got() == []
    found = await agreeing.check(site.office.desk, OPERATOR, "pact")
    assert [one.problem.code for one in found if not one.ok] == ["letter_not_sent"]
    theirs = Actor(ActorKind.PERSON, "Aude Roy", 1, {"harfang": frozenset()})
    assert await writing.troubled(site.office.desk, theirs) == ()  # P6
    assert [
        one.address for one in (await agreeing.agreement(site.office.desk, theirs, "pact")).letters
    ] == [AUDE]


async def test_one_that_waits_is_not_sent_once_a_later_one_is_due(site: Site) -> None:
    site.at("2027-03-05 12:00")
    site.answers[IDA] = "452 4.2.2 mailbox full"
    await site.look()
    site.got()
    site.at("2027-05-04 12:00")
    site.answers.clear()
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]
    assert (await site.states())[f"{IDA} 90"] == "skipped"


async def test_one_that_waits_is_not_sent_once_a_term_was_added(site: Site) -> None:
    site.at("2027-03-05 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    await site.office.sync(HARFANG, OWNED, agreements=[RENEWED])
    await site.look()
    assert site.got() == []
    assert set((await site.states()).values()) == {DeliveryState.SKIPPED.value}


async def test_one_that_is_withdrawn_while_it_goes_is_known_as_gone(site: Site) -> None:
    site.at("2027-03-05 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    now = site.office.clock.now()
    async with site.office.database.begin() as transaction:
        gone, lost, *_ = await transaction.letters.claim(now, now + timedelta(minutes=15), 20)
    await site.office.sync(HARFANG, OWNED, agreements=[RENEWED])
    await reminding.remind(site.office.desk, SERVICE)
    async with site.office.database.begin() as transaction:
        for one, step in (
            (gone, NextStep(DeliveryState.SENT, None)),
            (lost, NextStep(DeliveryState.DEFERRED, now, "452 4.2.2 full")),
        ):
            await transaction.letters.settle(one, step, attempts=1, unknowns=0, at=now)
    states = await site.states()
    assert [states[f"{one.address} 90"] for one in (gone, lost)] == ["sent", "skipped"]
    await site.look()
    assert site.got() == []


async def test_who_dies_with_a_letter_in_hand_leaves_it_to_be_sent_under_the_same_id(
    site: Site,
) -> None:
    """Nobody knows whether it arrived: after a while it goes again, and is known as the same."""
    site.at("2027-03-05 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    now, policy = site.office.clock.now(), site.office.desk.policy
    async with site.office.database.begin() as transaction:
        [taken] = await transaction.letters.claim(now, now + policy.lease, 1)
    await site.look()
    assert taken.address not in site.got()
    site.office.clock.forward(minutes=16)
    await site.look()
    [arrived] = site.server.arrived
    message = message_from_bytes(arrived.content, policy=SMTP)
    assert message["Message-ID"] == f"<{taken.message_id}>"
    assert "Fri, 05 Mar 2027 12:00:00" in str(message["Date"])


async def test_nothing_of_a_letter_begins_once_another_may_have_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever slept with it in hand for longer than a claim lasts hands nothing over (P3)."""
    site.at("2027-05-27 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    awake = joining.elapsed
    lease = site.office.desk.policy.lease.total_seconds()
    with monkeypatch.context() as slept:
        asked = iter([0.0])  # at the claim; and then it is late
        slept.setattr(posting, "elapsed", lambda: next(asked, awake() + lease))
        await writing.send_due(site.office.desk, SERVICE)
    assert site.got() == []
    assert set((await site.states()).values()) == {"queued"}
    site.office.clock.forward(minutes=20)
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]


async def test_a_letter_that_cannot_be_made_for_a_mistake_of_ours_is_seen(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("a mistake")

    site.at("2027-05-27 12:00")
    with monkeypatch.context() as mistaken:
        mistaken.setattr(writing, "_composed", broken)
        await site.look()
    troubled = await writing.troubled(site.office.desk, OPERATOR)
    assert {one.reason for one in troubled} == {"not composed: RuntimeError('a mistake')"}
    site.office.clock.forward(hours=1)
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]


async def test_what_was_withdrawn_before_it_went_is_written_anew_if_it_is_due_again(
    site: Site,
) -> None:
    """A term was added by mistake, and taken back from the file."""
    site.at("2027-05-27 12:00")
    await reminding.remind(site.office.desk, SERVICE)
    await site.office.sync(agreements=[RENEWED])
    await site.look()
    assert site.got() == []
    assert set((await site.states()).values()) == {"skipped"}
    async with site.office.database.begin() as transaction:  # no sync takes a term away
        terms = agreement_terms
        await transaction.connection.execute(
            delete(terms).where(terms.c.starts == RENEWED.terms[-1].starts)
        )
    await site.look()
    assert site.got() == [AUDE, IDA, ZOE]
    await site.look()
    assert site.got() == []
