"""A place on a list is the fold of what was said, and the store's statements read just that."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Date, and_, literal, select
from tests.contract.desks import ALL, HARFANG, LICHEN, MASSIF, NOW, TODAY, Office, entry, office_at

from communique.desk import consenting
from communique.domain.actor import RECIPIENT, SERVICE
from communique.domain.consent import Basis, ConsentEvent, Evidence, Extent, Word, place
from communique.domain.delivery import SkipReason, Ticket
from communique.domain.member import Cause, Leaver, Suppression
from communique.domain.scope import Mine
from communique.errors import NotFound
from communique.store.consent_tables import consents
from communique.store.snapshot import why_not
from communique.store.tables import lists, subscribers, subscriptions

A, B = "a@lichen.example", "b@lichen.example"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def by_the_statements(office: Office, who: int, day: date) -> dict[tuple[str, bool], Any]:
    """Why a person is not written to, by list and whether it is joint, as a claim asks it."""
    found = {}
    async with office.database.read() as transaction:
        for joint in (False, True):
            query = (
                select(lists.c.key, why_not(joint=joint, today=literal(day, Date), in_force=True))
                .select_from(subscribers)
                .join(lists, lists.c.association_key == subscribers.c.association_key)
                .outerjoin(
                    subscriptions,
                    and_(
                        subscriptions.c.list_id == lists.c.id,
                        subscriptions.c.subscriber_id == subscribers.c.id,
                    ),
                )
                .where(subscribers.c.id == who)
            )
            for key, reason in await transaction.connection.execute(query):
                found[key, joint] = reason
    return found


async def by_the_fold(office: Office, who: int, day: date) -> dict[tuple[str, bool], Any]:
    """The same by the ledger alone, and by the places that the store keeps."""
    async with office.database.read() as transaction:
        said = await transaction.consents.of(ALL, "harfang", who)
        kept = await transaction.consents.places(ALL, "harfang", who)
        contact = await transaction.subscribers.get(ALL, "harfang", who)
        host = await transaction.associations.get(ALL, "harfang")
    found = {}
    for one, joint in product(host.lists, (False, True)):
        folded = place(said, one.key, one.basis, contact.member.until)
        if folded.since and one.key in kept:
            assert folded == kept[one.key]
        found[one.key, joint] = folded.why_not(day, joint=joint)
    return found


def word_of(who: int, word: Word, extent: Extent, key: str = "", at: datetime = NOW) -> Any:
    """Whatever may stand in the ledger, whether anybody would say it or not."""
    basis = Basis.MEMBERSHIP if key else None
    evidence = Evidence("a letter", "fr")
    day = at.date()
    return ConsentEvent("harfang", who, word, SERVICE, evidence, at, extent, key, basis, day)


@pytest.mark.parametrize("word", [one for one in Word if one is not Word.WITHDRAWN])
@pytest.mark.parametrize("extent", [Extent.JOINT, Extent.ALL])
async def test_only_their_own_yes_takes_back_a_no_that_reaches_further_than_a_list(
    office: Office, word: Word, extent: Extent
) -> None:
    await office.admit("harfang", A)
    await office.say_no(A, extent)
    who = (await office.contact("harfang", A)).id
    async with office.database.begin() as transaction:
        assert await transaction.consents.append(word_of(who, word, extent))
    read = await by_the_statements(office, who, TODAY)
    assert read == await by_the_fold(office, who, TODAY)
    stands = None if word is Word.CONFIRMED else SkipReason.UNSUBSCRIBED
    assert read["members", True] == stands


@pytest.mark.parametrize("word", list(Word))
@pytest.mark.parametrize("extent", list(Extent))
async def test_nobody_else_says_a_word_of_anothers_person(
    office: Office, word: Word, extent: Extent
) -> None:
    await office.admit("massif", A)
    who = (await office.contact("massif", A)).id
    held = [await office.rows(table) for table in (subscribers, subscriptions, consents)]
    key = "members" if extent is Extent.LIST else ""
    with pytest.raises(NotFound, match="no such subscriber"):
        async with office.database.begin() as transaction:
            await transaction.consents.append(word_of(who, word, extent, key))
    assert held == [await office.rows(table) for table in (subscribers, subscriptions, consents)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_ledger_comes_to_what_every_claim_reads_whatever_is_said(
    office: Office, seed: int
) -> None:
    chance = random.Random(seed)
    await office.admit("harfang", entry(A))
    who = (await office.contact("harfang", A)).id
    day = TODAY
    seen = set()
    for _ in range(60):
        extent = chance.choice(list(Extent))
        key = chance.choice(["members", "partners"]) if extent is Extent.LIST else ""
        match chance.choice(
            ["import", "no", "no", "yes", "yes", "off", "word", "word", "basis", "time"]
        ):
            case "import":
                until = chance.choice([None, None, date(2025, 1, 1), date(2026, 1, 31)])
                since = chance.choice([None, None, date(2026, 2, 28), day])
                onto = chance.sample(["members", "partners"], chance.randint(1, 2))
                company = replace(LICHEN, until=until)
                await office.admit("harfang", entry(A, *onto, member=company, since=since))
            case "no":
                await office.say_no(A, extent, key)
            case "yes":
                await office.say_no(A, extent, key, word=Word.CONFIRMED)
            case "off":
                async with office.database.begin() as transaction:
                    leaver = Leaver(key or "members", who, A, A, "fr")
                    await consenting.take_off(
                        office.desk, transaction, SERVICE, HARFANG, leaver, "roster.csv"
                    )
            case "word":
                said = word_of(who, chance.choice(list(Word)), extent, key, at=office.clock.at)
                async with office.database.begin() as transaction:
                    await transaction.consents.append(said)
            case "basis":
                bases = [replace(one, basis=chance.choice(list(Basis))) for one in HARFANG.lists]
                await office.sync(replace(HARFANG, lists=tuple(bases)), MASSIF)
            case "time":
                day += timedelta(days=chance.choice([1, 200]))
                office.clock.forward(days=(day - office.clock.at.date()).days)
        read = await by_the_statements(office, who, day)
        assert read == await by_the_fold(office, who, day)
        seen |= set(read.values())
    assert seen >= {None, SkipReason.UNSUBSCRIBED}


async def test_no_import_outweighs_a_no_however_far_it_reaches(office: Office) -> None:
    await office.admit("harfang", A, B)
    await office.say_no(A, Extent.ALL)
    await office.say_no(B, Extent.LIST, "partners")  # a list that they are not on yet
    newer = TODAY + timedelta(days=30)
    office.clock.forward(days=30)
    await office.admit(
        "harfang", *(entry(one, "members", "partners", since=newer) for one in (A, B))
    )
    stand = {}
    for address in (A, B):
        who = (await office.contact("harfang", address)).id
        stand[address] = await by_the_statements(office, who, newer)
    assert set(stand[A].values()) == {SkipReason.UNSUBSCRIBED}
    assert stand[B] == {
        ("members", False): None,
        ("members", True): None,
        ("partners", False): SkipReason.UNSUBSCRIBED,
        ("partners", True): SkipReason.UNSUBSCRIBED,
    }


async def test_a_lapsed_consent_is_not_given_anew_by_the_same_file(office: Office) -> None:
    inquiry = replace(HARFANG, lists=(replace(HARFANG.lists[0], basis=Basis.INQUIRY),))
    await office.sync(inquiry, MASSIF)
    await office.admit("harfang", A)  # without a day of its own
    office.clock.forward(days=400)
    await office.admit("harfang", A)
    who = (await office.contact("harfang", A)).id
    later = TODAY + timedelta(days=400)
    assert (await by_the_statements(office, who, later))["members", False] == "consent_lapsed"


async def test_what_a_person_said_themselves_does_not_lapse_until_they_say_no(
    office: Office,
) -> None:
    ended = entry(A, member=replace(LICHEN, until=date(2020, 1, 1)))
    await office.admit("harfang", ended)
    who = (await office.contact("harfang", A)).id
    for word, stands in (
        (None, "consent_lapsed"),
        (Word.CONFIRMED, None),
        (Word.WITHDRAWN, "unsubscribed"),
    ):
        if word:
            await office.say_no(A, Extent.LIST, "members", word=word)
        await office.admit("harfang", ended)
        assert (await by_the_statements(office, who, TODAY))["members", True] == stands


async def test_a_word_that_changes_nothing_is_not_written_twice(office: Office) -> None:
    await office.admit("harfang", A)
    for word in (Word.WITHDRAWN, Word.CONFIRMED):
        for extent, key in ((Extent.LIST, "members"), (Extent.JOINT, ""), (Extent.ALL, "")):
            before = await office.count(consents)
            await office.say_no(A, extent, key, word=word)
            await office.say_no(A, extent, key, word=word)
            assert await office.count(consents) == before + 1


async def test_the_ledger_keeps_the_evidence_and_shows_it_to_its_association_only(
    office: Office,
) -> None:
    await office.admit("harfang", A)
    token = await office.token("harfang", A)
    await consenting.unsubscribe(
        office.desk,
        RECIPIENT,
        token,
        Extent.ALL,
        "page",
        wording="Tout ce qu’envoie Harfang",
        version="abc",
        origin="192.0.2.7",
    )
    who = (await office.contact("harfang", A)).id
    async with office.database.read() as transaction:
        of = transaction.consents.of
        given, no = await of(Mine(frozenset(["harfang"])), "harfang", who)
        assert await of(Mine(frozenset(["massif"])), "harfang", who) == ()
    assert (given.word, given.basis, given.since) == (
        Word.GIVEN,
        Basis.MEMBERSHIP,
        date(2020, 1, 1),
    )
    assert no.evidence == Evidence("page", "fr", "Tout ce qu’envoie Harfang", "abc", "192.0.2.7")
    assert (no.actor, no.extent, no.list_key, no.basis) == (RECIPIENT, Extent.ALL, "", None)


@pytest.mark.parametrize("begun", [False, True])
async def test_a_no_takes_what_was_claimed_and_not_begun_out_of_a_workers_hands(
    office: Office, begun: bool
) -> None:
    release = await office.queued(A, B)
    ticket = Ticket(release.id, 1)
    claims = await office.claim(ticket, begun=begun)
    assert len(claims) == 2
    async with office.database.begin() as transaction:
        suppression = Suppression("harfang", A, Cause.COMPLAINT, "a report")
        assert await consenting.say_no(office.desk, transaction, suppression, SERVICE)
    ours = [one.delivery_id for one in claims]
    async with office.database.begin() as transaction:
        still = await transaction.claims.mark_begun(7, ours)
    stands = await office.stands()
    assert stands[B] == "sending"
    if begun:
        assert (stands[A], len(still)) == ("sending", 2)
    else:
        assert (stands[A], len(still)) == ("skipped: complained", 1)
        assert (await office.lines())[A].attempts == 0
