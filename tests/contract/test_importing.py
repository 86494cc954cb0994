"""What an import does to people: nothing silent (P11), whatever the order of its lines."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from tests.contract.desks import ALL, HARFANG, MASSIF, Office, entry, office_at

from communique.desk import correcting, hearing, importing, inspecting, refusing
from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent, Word
from communique.domain.delivery import SkipReason
from communique.domain.event import Verb
from communique.domain.finding import Finding, Kind
from communique.domain.imported import Imported
from communique.domain.member import (
    OF_PERSON,
    Admitted,
    BadLine,
    Cause,
    Difference,
    Entry,
    KnownPerson,
    Member,
    No,
    OtherName,
    Reach,
)
from communique.errors import NotAllowed
from communique.store import gathering
from communique.store.consent_tables import consents, suppressions
from communique.store.gathering import Gathering
from communique.store.tables import lists, members, subscribers, subscriptions

A, B, C = "a@lichen.example", "b@lichen.example", "c@basalt.example"
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking would take minutes
ENDED = date(2020, 1, 31)  # so that consent lapsed long ago, by the clock of the office


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def take_in(
    office: Office,
    *lines: Entry | BadLine,
    dry_run: bool = False,
    to: str = "members",
    **choices: Any,
) -> Imported:
    return await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", [to], lines, "roster.csv"),
        importing.Choices(**choices),
        dry_run=dry_run,
    )


def line(number: int, address: str, name: str = "", reference: str = "", **fields: Any) -> Entry:
    """A line that states what is given here, and nothing else."""
    stated = {**fields, **({"name": name} if name else {})}
    company = {key: one for key, one in stated.items() if key in ("sector", "since", "until")}
    person = {key: one for key, one in stated.items() if key in OF_PERSON}
    made = entry(address, *fields.get("lists", ()), since=fields.get("consent"))
    return replace(
        made,
        line=number,
        member=Member(reference, name, **company),
        subscriber=replace(
            made.subscriber, **{"given_name": "", "family_name": "", "role": "", **person}
        ),
        lists=tuple(fields.get("lists", ())),
        stated=frozenset({*stated, *(["reference"] if reference else [])} - {"lists", "consent"}),
    )


async def people(office: Office) -> dict[str, tuple[Any, ...]]:
    """Who is here: name, language, role, company, its sector and end, and their lists."""
    query = (
        select(
            *(subscribers.c.address, subscribers.c.given_name, subscribers.c.language),
            *(subscribers.c.role, members.c.reference, members.c.name, members.c.sector),
            *(members.c.until, lists.c.key, subscriptions.c.since, subscriptions.c.lapses_on),
        )
        .join_from(subscribers, members)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .join(lists, subscriptions.c.list_id == lists.c.id)
        .order_by(subscribers.c.address, lists.c.key)
    )
    async with office.database.read() as transaction:
        found: dict[str, tuple[Any, ...]] = {}
        for row in await transaction.connection.execute(query):
            found[row.address] = (*found.get(row.address, row[1:8]), *row[8:])
        return found


# What the file does not say stays.


async def test_columns_that_a_file_lacks_change_nothing(office: Office) -> None:
    full = line(
        2, A, "Alpha", "7", sector="Santé", role="CEO", language="en", since=date(2015, 1, 1)
    )
    await take_in(office, full, line(3, B, reference="7"))
    before = await people(office)
    assert before[A][:6] == ("", "en", "CEO", "7", "Alpha", "Santé")
    found = await take_in(office, line(2, A, "Alpha"), line(3, B))
    assert found.admitted == Admitted(unchanged=2)
    assert await people(office) == before


async def test_a_company_is_found_by_its_number_and_then_has_a_new_name(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", "7", sector="Santé"), line(3, B, "Alpha", "7"))
    found = await take_in(office, line(2, A, "Beta", "7"), dry_run=True)
    assert found.differences.first == [Difference("Alpha", "name", "Alpha", "Beta")]
    await take_in(office, line(2, A, "Beta", "7"))
    assert {one[4:6] for one in (await people(office)).values()} == {("Beta", "Santé")}


async def test_a_company_that_was_only_named_is_the_one_that_gets_its_number(
    office: Office,
) -> None:
    await take_in(office, line(2, A, "Alpha", sector="Santé"), line(3, B, "Alpha"))
    await take_in(office, line(2, A, "Alpha", "7"))
    assert {one[3:6] for one in (await people(office)).values()} == {("7", "Alpha", "Santé")}


async def test_different_names_are_different_companies(office: Office) -> None:
    names = ["Canal", "Canal+", "C", "C++", "C#", "R&D", "R/D", "Café", "Cafe", "中", "中国"]
    await take_in(office, *(line(n, f"p{n}@l.example", one) for n, one in enumerate(names, 2)))
    async with office.database.read() as transaction:
        rows = (await transaction.connection.execute(select(members))).all()
    assert sorted(one.name for one in rows) == sorted(names)
    assert len({one.reference for one in rows}) == len(names)


async def test_a_number_with_two_names_is_told_with_its_lines_and_takes_nobody_in(
    office: Office,
) -> None:
    found = await take_in(
        office,
        line(2, "a@l.example", "Alpha Inc.", "1234"),
        line(3, "b@l.example", "Beta Inc.", "1234"),
        line(4, "c@l.example", "Gamma", "1.23457E+11"),
        line(5, "d@l.example", "Delta"),
    )
    assert [(one.line, one.codes) for one in found.bad.first] == [
        (2, ("number_of_several",)),
        (3, ("number_of_several",)),
        (4, ("number_shortened",)),
    ]
    assert "“Alpha Inc.” (line 2), “Beta Inc.” (line 3)" in found.bad.first[0].reason
    assert list(await people(office)) == ["d@l.example"]


async def test_a_name_that_two_companies_have_is_not_guessed(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", "7"), line(3, B, "Alpha", "8"))
    found = await take_in(office, line(2, A, "Alpha", role="CEO"), line(3, C, "Alpha"))
    assert [(one.line, one.codes) for one in found.bad.first] == [(3, ("name_of_several",))]
    assert (await people(office))[A][2:4] == ("CEO", "7")  # of whom it is known already


async def test_of_namesakes_the_one_that_a_persons_other_lines_number_is_meant(
    office: Office,
) -> None:
    lines = line(2, A, "Alpha", "7"), line(3, B, "Alpha", "8"), line(4, A, "Alpha", role="CEO")
    for added in (2, 0):  # the second time it is known whose person they are
        found = await take_in(office, *lines)
        assert (found.admitted.added, found.admitted.changed, found.bad.count) == (added, 0, 0)
    assert (await people(office))[A][2:4] == ("CEO", "7")


async def test_somebody_new_without_a_company_is_taken_in_only_as_somebody_said(
    office: Office,
) -> None:
    await take_in(office, line(2, A, "Alpha"))
    found = await take_in(office, line(2, A), line(3, B, given_name="Bo"))
    assert [(one.line, one.codes) for one in found.bad.first] == [(3, ("company_missing",))]
    await take_in(office, line(2, A), line(3, B, given_name="Bo"), alone=True)
    await take_in(office, line(2, A), line(3, C), company="Particuliers")
    assert {key: one[4] for key, one in (await people(office)).items()} == {
        A: "Alpha",
        B: "Bo",
        C: "Particuliers",
    }


async def test_a_company_for_those_without_one_is_not_guessed_among_its_namesakes(
    office: Office,
) -> None:
    await take_in(office, line(2, A, "Alpha", "7"), line(3, B, "Alpha", "8"))
    for dry_run in (True, False):
        found = await take_in(office, line(2, C), company="Alpha", dry_run=dry_run)
        assert [(one.line, one.codes) for one in found.bad.first] == [(2, ("name_of_several",))]
        assert "7, 8" in found.bad.first[0].reason
    assert list(await people(office)) == [A, B]


# Consent that lapsed.


async def test_consent_that_has_lapsed_does_not_hold_again_by_an_import(office: Office) -> None:
    await take_in(office, *(line(n, one, "Alpha", "7", until=ENDED) for n, one in ((2, A), (3, B))))
    before = await people(office)
    assert before[A][-1] == date(2022, 1, 31)
    renewed = line(2, A, "Alpha", "7", until=date(2030, 1, 1))
    for again in (line(2, A, "Alpha"), renewed, line(2, A, "Another", "8"), line(2, A, "Another")):
        found = await take_in(office, again)
        assert found.admitted.lapsed == 1
        assert await people(office) == before
    found = await take_in(office, renewed)
    assert found.revived.first == [Difference("Alpha", "until", "2020-01-31", "2030-01-01")]
    found = await take_in(office, line(2, A, "Another", "8"))
    assert found.revived.first == [Difference(A, "member", "Alpha", "Another")]
    found = await take_in(office, renewed, revive=True)
    assert (await people(office))[B][-1] == date(2032, 1, 1)
    assert (found.revived.count, found.admitted.lapsed) == (1, 0)


async def test_a_membership_that_ended_not_long_ago_can_be_renewed(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", "7", until=date(2027, 1, 1)))
    found = await take_in(office, line(2, A, "Alpha", "7", until=date(2028, 1, 1)))
    assert (found.revived.count, found.admitted.changed) == (0, 1)


@pytest.mark.parametrize("far", [date(2100, 1, 1), date(9999, 12, 31)])
async def test_an_end_far_from_now_means_that_there_is_none(office: Office, far: date) -> None:
    await take_in(office, line(2, A, "Alpha", until=date(2028, 1, 1)))
    for _ in range(2):
        await take_in(office, line(2, A, "Alpha", until=far))
        assert (await people(office))[A][6] is None


@pytest.mark.parametrize("other", [("Alpha inc.", ""), ("Beta", "8")])
async def test_consent_that_is_to_lapse_does_not_hold_longer_for_another_spelling(
    office: Office, other: tuple[str, str]
) -> None:
    await take_in(office, line(2, A, "Alpha", "7", until=date(2027, 1, 1)))
    before = await people(office)
    assert before[A][-1] == date(2029, 1, 1)
    for dry_run in (True, False, False):  # once more: by now the other one is known, too
        found = await take_in(office, line(2, A, *other), dry_run=dry_run)
        assert found.revived.first == [Difference(A, "member", "Alpha", other[0])]
        assert await people(office) == before
    found = await take_in(office, line(2, A, *other), revive=True)
    assert found.revived.first == [Difference(A, "list members", "lapses 2029-01-01", "2027-06-03")]
    assert (await people(office))[A][-1] is None


async def test_whoever_goes_where_consent_holds_no_longer_goes(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", "7", until=date(2027, 1, 1)))
    found = await take_in(office, line(2, A, "Beta", "8", until=date(2026, 9, 1)))
    assert found.revived.count == 0
    assert (await people(office))[A][4::5] == ("Beta", date(2028, 9, 1))


# Lines that contradict each other.


async def test_one_line_with_an_old_end_does_not_end_a_membership(office: Office) -> None:
    roster = [line(n, f"p{n}@l.example", "Acme") for n in range(2, 21)]
    roster.append(line(21, "p21@l.example", "Acme", until=ENDED))
    found = await take_in(office, *roster)
    [doubt] = found.doubts.first
    assert (doubt.whom, doubt.field, doubt.holds) == ("Acme", "until", "")
    assert doubt.said == (("", 2), ("2020-01-31", 21))
    assert {one[6] for one in (await people(office)).values()} == {None}


async def test_what_is_known_stays_where_lines_contradict_each_other(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", sector="Santé", role="CEO"))
    found = await take_in(
        office,
        line(2, A, "Alpha", sector="Pharma", role="CFO"),
        line(3, A, "Alpha", sector="Outils", role="CTO"),
        line(4, A, "Alpha", sector="Outils"),
    )
    assert [(one.field, one.holds) for one in found.doubts.first] == [
        ("sector", "Santé"),
        ("role", "CEO"),
    ]
    assert (await people(office))[A][2:6] == ("CEO", "alpha", "Alpha", "Santé")


async def test_a_dry_run_foresees_which_of_two_namesakes_somebody_is_of(office: Office) -> None:
    await take_in(office, line(2, A, "Beta", "8"))
    lines = [
        line(2, A, "Alpha", "8"),
        line(3, B, "Alpha", "7", until=ENDED),
        line(4, B, reference="8"),
    ]
    would = await take_in(office, *lines, dry_run=True)
    did = await take_in(office, *lines)
    assert would.admitted == did.admitted == Admitted(added=1, changed=1, lapsed=1)
    assert (await people(office))[B][3] == "7"


ANN = {"given_name": "Ann", "family_name": "Roy"}
BOB = {"given_name": "Bob", "family_name": "Lee"}
CARL = {"given_name": "Carl", "family_name": "Oak"}


async def test_of_two_who_share_an_address_no_third_is_made(office: Office) -> None:
    lines = [
        line(2, A, "Beta", **BOB, role="CFO", lists=["partners"], consent=date(2024, 1, 1)),
        line(3, A, "Alpha", **ANN),
        line(4, A, "Alpha", given_name="ANN"),
    ]
    for dry_run in (True, False):
        found = await take_in(office, *lines, dry_run=dry_run)
        [doubt] = [one for one in found.doubts.first if one.field == "name"]
        assert (doubt.whom, doubt.holds) == (A, "ANN")
        assert doubt.said == (("ANN", 4), ("Ann Roy", 3), ("Bob Lee", 2))
        assert (found.admitted.added, found.done, found.duplicates.count) == (1, 3, 2)
    contact = await office.contact("harfang", A)
    assert (contact.given_name.title(), contact.family_name, contact.role) == ("Ann", "Roy", "")
    assert (contact.member.name, contact.lists) == ("Alpha", ("members",))


async def test_whose_address_it_is_stays_them_where_lines_give_it_to_several(
    office: Office,
) -> None:
    await take_in(office, line(2, A, "Alpha", **ANN))
    before = await people(office)
    for others, changed in (((BOB, ANN, BOB), 1), ((BOB, CARL), 0)):
        lines = [line(n, A, "Alpha", role=f"R{n}", **one) for n, one in enumerate(others, 2)]
        found = await take_in(office, *lines, dry_run=True)
        assert [(one.field, one.holds) for one in found.doubts.first] == [("name", "Ann Roy")]
        assert found.admitted == Admitted(changed=changed, unchanged=1 - changed)
    no = replace(line(3, A, "Alpha", **CARL), noes=(YES,))
    await take_in(office, line(2, A, "Alpha", **BOB), no)
    assert await people(office) == before
    assert (await office.contact("harfang", A)).suppressed, "a no is a no, whoever shares it"


@pytest.mark.parametrize("trouble", [False, True])
async def test_whose_an_address_is_that_two_share_is_asked_and_not_drawn(
    office: Office, trouble: bool
) -> None:
    """Nor is it the other's where a line of one is bad, for its company is not known."""
    numbers = ("99", "") if trouble else ("", "")
    ann = line(4, A, "" if trouble else "Alpha", numbers[0], **ANN)
    bob = line(16, A, "Beta", numbers[1], **BOB)
    for dry_run in (True, False):
        found = await take_in(office, ann, bob, dry_run=dry_run)
        assert [(one.line, one.codes) for one in found.bad.first] == [
            (4, ("address_of_several_names",)),
            (16, ("address_of_several_names",)),
        ]
        assert found.bad.first[0].reason.endswith("Ann Roy, Bob Lee")
        assert (found.admitted, found.duplicates.count) == (Admitted(), 0)
    assert await people(office) == {}
    found = await take_in(office, line(4, A, "Alpha", **ANN), bob, line(17, A, "Alpha", **ANN))
    assert (found.admitted.added, found.duplicates.count) == (1, 2)
    assert (await office.contact("harfang", A)).name == "Ann Roy"


async def test_what_the_desk_corrected_stands_until_the_file_says_something_new(
    office: Office,
) -> None:
    first = line(2, A, "Alpha", role="CEO", language="en", **ANN)
    await take_in(office, first)
    edit, whom = correcting.edit, ("harfang", A)
    await edit(*(office.desk, OPERATOR, *whom), role="Chair", language="fr", given_name="Zoé-Anne")
    before = await people(office)
    found = await take_in(office, first)
    assert (found.admitted, found.doubts.count) == (Admitted(unchanged=1), 0)
    assert await people(office) == before
    news = line(2, A, "Alpha", role="Treasurer", language="en", **ANN)
    found = await take_in(office, news)
    assert found.differences.first == [Difference(A, "role", "Chair", "Treasurer")]
    # What it once said is news again, once it has said something else.
    found = await take_in(office, first)
    assert found.differences.first == [Difference(A, "role", "Treasurer", "CEO")]
    contact = await office.contact(*whom)
    assert (contact.given_name, contact.language) == ("Zoé-Anne", "fr")


async def test_a_correction_that_is_taken_back_or_that_the_file_has_by_now_is_none(
    office: Office,
) -> None:
    async def says(role: str) -> str:
        await take_in(office, line(2, A, "Alpha", role=role))
        return (await office.contact("harfang", A)).role

    edit = correcting.edit
    await says("CEO")
    for role in ("Chair", "CEO"):
        await edit(office.desk, OPERATOR, "harfang", A, role=role)
    assert await says("Chair") == "Chair"
    await edit(office.desk, OPERATOR, "harfang", A, role="Head")
    assert [await says("Head"), await says("Chair")] == ["Head", "Chair"]


async def test_the_story_of_a_person_says_which_fields_a_file_changed(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", role="CEO"))
    await take_in(office, line(2, A, "Beta", role="CFO"))
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert [(one.verb, str(one.detail)) for one in story.events] == [
        (Verb.IMPORT, "the role, the company: roster.csv")
    ]


async def test_a_name_that_all_lines_give_is_a_new_name(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", **ANN))
    lines = (line(2, A, "Alpha", **BOB), line(3, A, "Alpha", role="CFO"))
    found = await take_in(office, *lines, other_name=OtherName.SAME)
    assert (found.doubts.count, found.admitted.changed) == (0, 1)
    assert (await people(office))[A][:3] == ("Bob", "fr", "CFO")


async def test_the_lists_of_repeated_lines_are_all_theirs(office: Office) -> None:
    found = await take_in(
        office,
        line(2, A, "Alpha", lists=["members"]),
        line(3, A, "Alpha", lists=["partners"], consent=date(2024, 1, 1)),
        line(4, A, "Alpha", lists=["partners"], consent=date(2025, 1, 1)),
    )
    assert [(one.line, one.first) for one in found.duplicates.first] == [(3, 2), (4, 2)]
    [doubt] = found.doubts.first
    assert (doubt.field, doubt.holds) == ("list partners", "2025-01-01")
    assert (await people(office))[A][7:] == (
        *("members", date(2027, 6, 3), None),
        *("partners", date(2025, 1, 1), None),
    )


async def test_all_that_there_is_to_tell_is_told_in_order(office: Office) -> None:
    told: list[Finding] = []
    lines = [line(n, f"p{n // 2}@l.example", "Alpha") for n in range(2, 100)]
    lines.append(line(100, A))
    await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"), findings=told.append
    )
    assert [(one.kind, one.line) for one in told] == [
        (Kind.BAD, 100),
        *((Kind.REPEATED, n) for n in range(3, 100, 2)),
    ]


# Who said no elsewhere.

YES, GONE = No("Opt-in: no"), No("Status: cleaned", cause=Cause.HARD_BOUNCE)


async def test_who_said_no_elsewhere_is_not_written_to(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", lists=["partners"]))
    of_list = No("Do not send: list partners", Extent.LIST, "partners", ours=True)
    lines = [
        replace(line(2, A, "Alpha", lists=["partners"]), noes=(of_list,)),
        replace(line(3, B, "Alpha"), noes=(YES,)),
        replace(line(4, C), noes=(GONE,)),  # no company, and not here: their address keeps it
    ]
    found = await take_in(office, *lines, dry_run=True)
    assert (found.refusals.count, found.bad.count) == (3, 0)
    assert (await office.contact("harfang", A)).suppressions == ()
    for newly, staying in ((3, 0), (0, 2)):
        found = await take_in(office, *lines)
        assert (found.admitted.refused, found.admitted.suppressed) == (newly, staying)
        assert [one.said for one in found.refusals.first] == [of_list.said, YES.said, GONE.said]
    a, b = await office.contact("harfang", A), await office.contact("harfang", B)
    assert a.suppressions == (Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "partners"),)
    assert (b.suppressions, b.lists) == ((Reach(Extent.ALL, SkipReason.UNSUBSCRIBED),), ())
    words = [
        (row["list_key"], row["word"], row["extent"], row["source"])
        for row in await office.rows(consents)
    ]
    assert sorted(words) == [
        ("", "withdrawn", "all", "roster.csv: Opt-in: no"),
        ("partners", "given", "list", "roster.csv"),
        ("partners", "withdrawn", "list", "roster.csv: Do not send: list partners"),
    ]
    [gone] = await office.rows(suppressions)
    assert (gone["address_key"], gone["cause"]) == (C, "hard_bounce")


async def test_somebody_new_whose_lines_say_no_and_give_several_days_breaks_nothing(
    office: Office,
) -> None:
    days = date(2026, 1, 1), date(2026, 2, 1)
    lines = [line(2, A, "Alpha", consent=days[0]), line(3, A, "Alpha", consent=days[1])]
    lines[1] = replace(lines[1], noes=(YES,))
    found = await take_in(office, *lines, line(4, B, "Alpha"))
    assert (found.admitted.added, found.admitted.refused, found.doubts.count) == (2, 1, 0)
    assert (await office.contact("harfang", A)).lists == ()


async def test_a_no_on_a_line_that_is_refused_is_heard(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha"))
    found = await take_in(
        office, replace(line(2, A, "Beta", "7"), noes=(YES,)), line(3, B, "Gamma", "7")
    )
    assert found.bad.count == 2
    assert (await office.contact("harfang", A)).suppressed


def muted(number: int, address: str, *noes: No) -> BadLine:
    """A line of which nothing can be read but the address and a no."""
    heard = replace(line(number, address), stated=frozenset(), noes=noes, mute=True)
    return BadLine(number, "the end is no day", address, ("day_unreadable",), heard)


@pytest.mark.parametrize("choices", [{}, {"alone": True}, {"company": "Particuliers"}])
async def test_a_no_on_a_line_that_cannot_be_read_otherwise_is_heard_and_nothing_else_of_it(
    office: Office, choices: dict[str, Any]
) -> None:
    await take_in(office, line(2, A, "Alpha", given_name="Aude"))
    lines: list[Entry | BadLine] = [
        muted(2, A, YES),
        muted(3, B, YES),
        muted(4, C, GONE),
        line(5, A, role="Director"),
    ]
    for dry_run in (True, False):
        found = await take_in(office, *lines, dry_run=dry_run, **choices)
        assert (found.bad.count, found.refusals.count, found.duplicates.count) == (3, 3, 0)
        assert (found.admitted.refused, found.admitted.added) == (3, 0)
        assert found.done == 1
    contact = await office.contact("harfang", A)
    assert contact.suppressed
    assert (contact.given_name, contact.role) == ("Aude", "Director")
    # Who is not here is not made somebody for it: their address keeps the no, should they come.
    assert [row["address_key"] for row in await office.rows(suppressions)] == [B, C]
    assert await office.count(subscribers) == 1
    assert await office.count(members) == 1
    again = await take_in(office, line(2, B, "Beta"))
    assert again.admitted.suppressed == 1


async def test_a_no_to_one_list_stays_one_of_whoever_is_not_taken_in(office: Office) -> None:
    of_list = No("Do not send: list partners", Extent.LIST, "partners", ours=True)
    found = await take_in(office, replace(line(2, A), noes=(of_list,)))
    assert [one.codes for one in found.bad.first] == [("company_missing",)]
    assert (found.refusals.count, found.admitted.refused) == (1, 1)
    assert await office.count(suppressions) == 0
    found = await take_in(office, replace(line(2, A, "Alpha"), noes=(of_list,)))
    assert found.admitted.refused == 0, "it was kept before they came"
    contact = await office.contact("harfang", A)
    assert contact.suppressions == (Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "partners"),)


async def test_no_transaction_writes_down_the_noes_of_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusing, "GROUP", 2)
    lines = [line(n, f"p{n}@lichen.example", "Alpha") for n in range(2, 12)]
    await take_in(office, *lines)
    before = office.database.noes
    found = await take_in(office, *(replace(one, noes=(YES,)) for one in lines[:7]), *lines[7:])
    assert found.admitted.refused == 7
    assert office.database.noes - before == 4


async def test_what_a_file_says_is_looked_up_beside_the_loop(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[str] = []
    asked = ("add", "name", "number", "numbers_of", "named", "found", "companies", "settled")

    def noting(name: str, method: Any) -> Any:
        def noted(*given: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                here.append(name)
            return method(*given)

        return noted

    for one in asked:
        monkeypatch.setattr(Gathering, one, noting(one, getattr(Gathering, one)))
    await take_in(office, line(2, A, "Alpha"), line(3, B, "Beta", "7"))
    assert here == []


async def test_of_more_lines_of_one_person_than_can_be_weighed_the_noes_are_heard(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST", 3)
    told: list[Finding] = []
    lines = [line(number, A, "Alpha", role=f"Role {number}") for number in range(2, 9)]
    lines += [line(9, B, "Beta")]
    no = (No("Opt-out: yes"),)
    lines[4:6] = [replace(one, noes=no) for one in lines[4:6]]
    found = await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"), findings=told.append
    )
    assert (found.admitted.added, found.admitted.refused, found.done) == (2, 1, 8)
    assert found.duplicates.count == 6
    repeated = [one for one in told if one.kind is Kind.REPEATED]
    assert [(one.line, one.old) for one in repeated] == [(number, "2") for number in range(3, 9)]
    assert [one.line for one in found.refusals.first] == [6]
    [said] = [one for one in told if one.kind is Kind.CONTRADICTION]
    assert "Role 4" in said.reason
    assert "Role 5" not in said.reason


# Any order, any groups, any number of times.


@st.composite
def rosters(draw: st.DrawFn) -> list[Entry]:
    """Lines that share companies, numbers and people, and contradict each other."""
    made = []
    for number in range(2, draw(st.integers(3, 9))):
        fields = {
            "until": draw(st.sampled_from([None, None, ENDED, date(2030, 1, 31)])),
            "sector": draw(st.sampled_from(["", "Santé", "Outils"])),
            "role": draw(st.sampled_from(["", "CEO", "CFO"])),
            "lists": draw(st.sampled_from([(), ("partners",), ("members", "partners")])),
            "consent": draw(st.sampled_from([None, date(2024, 1, 1), date(2025, 1, 1)])),
        }
        who = f"p{draw(st.integers(0, 3))}@l.example"
        name = draw(st.sampled_from(["", "Alpha", "alpha", "Beta", "Beta+"]))
        reference = draw(st.sampled_from(["", "", "7", "8"]))
        stated = {key: one for key, one in fields.items() if one}
        made.append(line(number, who, name, reference, **stated))
    return made


async def companies(office: Office) -> list[tuple[Any, ...]]:
    rows = await office.rows(members)
    return sorted(tuple(str(row[key]) for key in row if key != "id") for row in rows)


async def everything(office: Office) -> list[Any]:
    words = [
        tuple(str(row[key]) for key in ("list_key", "word", "source", "since") if key in row)
        for row in await office.rows(consents)
    ]
    return [await people(office), await companies(office), sorted(words)]


async def forget(office: Office) -> None:
    async with office.database.begin() as transaction:
        for table in (subscriptions, consents, subscribers, members):
            await transaction.connection.execute(delete(table))


@settings(
    max_examples=12, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_neither_order_nor_groups_nor_once_more_make_a_difference(
    office: Office, data: st.DataObject
) -> None:
    before, lines = data.draw(rosters()), data.draw(rosters())
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for order in (lines, data.draw(st.permutations(lines))):
            await forget(office)
            await take_in(office, *before)
            patch.setattr(importing, "GROUP", data.draw(st.integers(1, 4)))
            would = await take_in(office, *order, dry_run=True)
            did = await take_in(office, *order)
            assert (would.admitted, would.differences) == (did.admitted, did.differences)
            found.append(await everything(office))
            again = await take_in(office, *order)
            assert (again.admitted.added, again.admitted.changed) == (0, 0)
            assert await everything(office) == found[-1]
    assert found[0] == found[1]


async def test_what_contradicts_itself_is_known_before_anything_is_changed(office: Office) -> None:
    """As a dry run finds it, and whoever is asked then can still say no (P11)."""
    lines = [
        *(line(2, A, "Alpha", "7", role="CEO"), line(5, A, "Alpha", "7", role="CFO")),
        *(line(3, B, "Beta", "8", sector="Santé"), line(9, C, "Beta", "8", sector="Food")),
    ]
    seen: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    told: list[Finding] = []

    async def bring(answer: Exception | None) -> Imported:
        def foreseen(found: Imported) -> None:
            seen[:] = [(one.field, one.said) for one in found.doubts.first]
            if answer:
                raise answer

        return await importing.import_lines(
            *(office.desk, OPERATOR, "harfang", ["members"], lines, "roster.csv"),
            importing.Choices(foresee=True),
            findings=told.append,
            foreseen=foreseen,
        )

    with pytest.raises(NotAllowed):
        await bring(NotAllowed("no"))
    assert seen == [
        ("sector", (("Food", 9), ("Santé", 3))),
        ("role", (("CEO", 2), ("CFO", 5))),
    ]
    assert await people(office) == {}
    told.clear()
    found = await bring(None)
    assert (found.admitted.added, found.doubts.count) == (3, 2)
    assert sum(one.kind is Kind.CONTRADICTION for one in told) == 2, "each is told once"
    assert {row["name"] for row in await office.rows(members)} == {"Alpha", "Beta"}


# A membership that is over is no word of the person's: a later file undoes it, and no no of theirs.

OVER = No("Status: Lapsed", Extent.LIST, lapse=True)


async def test_a_lapsed_membership_takes_its_places_away_until_a_file_gives_them_back(
    office: Office,
) -> None:
    await take_in(office, line(2, A, "Alpha"), line(3, B, "Alpha"))
    await take_in(office, line(2, A, "Alpha"), to="partners")
    over = replace(line(2, A, "Alpha"), noes=(OVER,))
    found = await take_in(office, over)
    assert [(one.said, one.lapse) for one in found.refusals.first] == [("Status: Lapsed", True)]
    assert found.admitted.refused == 0
    assert [*(await people(office))[A]][7::3] == ["partners"], "which rests on their own yes"
    [*_, last] = await office.rows(consents)
    assert (last["word"], last["list_key"], last["source"]) == (
        *("removed", "members", "roster.csv: Status: Lapsed"),
    )
    ledger = await office.rows(consents)
    await take_in(office, over)
    assert await office.rows(consents) == ledger, "saying so again changes nothing"
    await take_in(office, replace(line(3, C, "Alpha"), noes=(OVER,)))
    assert C not in await people(office), "nor is anybody new put there by it"
    assert (await office.contact("harfang", C)).lists == ()
    await take_in(office, line(2, A, "Alpha"), line(3, C, "Alpha"))
    assert {*(await people(office))[A][7::3]} == {"members", "partners"}
    assert (await people(office))[C][7::3] == ("members",)


async def test_what_rests_on_somebody_s_own_yes_outlasts_their_membership(office: Office) -> None:
    more = replace(HARFANG.lists[0], key="events")
    await office.sync(replace(HARFANG, lists=(*HARFANG.lists, more)), MASSIF)
    on_both = [line(2, A, "Alpha"), line(3, B, "Alpha")]
    for key in ("members", "events"):
        await take_in(office, *on_both, to=key)
    await office.say_no(A, Extent.LIST, "members", word=Word.CONFIRMED)
    await office.say_no(B, Extent.LIST, "members")
    before = [one["id"] for one in await office.rows(consents)]
    over = [replace(one, noes=(OVER,)) for one in on_both]
    await take_in(office, *over)
    new = [one for one in await office.rows(consents) if one["id"] not in before]
    assert [(one["word"], one["list_key"]) for one in new] == [("removed", "events")] * 2
    assert (await people(office))[A][7::3] == ("members",)
    # Of B, only their no is left: nothing that a membership could end.
    told = hearing.noes(over[1:], await known(office, B), suppressed=False)
    assert not told[1]


async def known(office: Office, address: str) -> KnownPerson:
    async with office.database.read() as transaction:
        return (await transaction.subscribers.known(ALL, "harfang", [address]))[address]


async def test_no_file_undoes_a_no_for_a_membership_that_goes_on(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha"))
    await office.say_no(A)
    await take_in(office, replace(line(2, A, "Alpha"), noes=(OVER,)))
    await take_in(office, line(2, A, "Alpha"))
    assert (await office.contact("harfang", A)).suppressed


async def test_of_lines_that_differ_the_one_that_says_it_is_over_holds(office: Office) -> None:
    over = replace(line(3, A, "Alpha"), noes=(OVER,))
    await take_in(office, line(2, A, "Alpha"), over)
    assert (await office.contact("harfang", A)).lists == ()
