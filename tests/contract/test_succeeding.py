"""An address that somebody of quite another name has by now is nobody's in silence (P11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.contract.desks import TODAY, Office, office_at
from tests.contract.test_importing import ANN, BOB, A, line, take_in

from communique.desk import consenting, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent, Word
from communique.domain.member import OtherName
from communique.store.consent_tables import consents
from communique.store.tables import subscriptions

LONG_AGO = date(2015, 1, 1)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        stated: dict[str, Any] = {"role": "President", "lists": ["members", "partners"], **ANN}
        first = line(2, A, "Alpha", **stated, consent=LONG_AGO)
        await take_in(office, first)
        yield office


async def whole(office: Office) -> tuple[object, ...]:
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    one = story.contact
    return one.name, one.role, {key: place.since for key, place in story.places.items()}


async def ledger(office: Office) -> list[dict[str, Any]]:
    return sorted(await office.rows(consents), key=lambda one: one["id"])


async def test_the_lines_of_another_are_held_back_until_somebody_says_who_it_is(
    office: Office,
) -> None:
    before = await whole(office)
    for dry_run in (True, False):
        lines = (line(2, A, "Alpha", **BOB), line(9, A, "Alpha", role="Treasurer", **BOB))
        found = await take_in(office, *lines, dry_run=dry_run)
        assert [(one.line, one.codes) for one in found.bad.first] == [
            (2, ("address_of_another",)),
            (9, ("address_of_another",)),
        ]
        assert "Ann Roy" in found.bad.first[0].reason
        assert await whole(office) == before


async def test_who_is_only_called_otherwise_keeps_all_that_they_had(office: Office) -> None:
    await take_in(office, line(2, A, "Alpha", **BOB), other_name=OtherName.SAME)
    assert await whole(office) == (
        *("Bob Lee", "President"),
        {"members": LONG_AGO, "partners": LONG_AGO},
    )


async def test_who_has_the_address_next_begins_anew(office: Office) -> None:
    news = line(2, A, "Alpha", **BOB)
    told = await take_in(office, news, other_name=OtherName.NEXT, dry_run=True)
    found = await take_in(office, news, other_name=OtherName.NEXT)
    assert told.differences.first == found.differences.first
    assert (found.admitted.changed, found.bad.count, found.revived.count) == (1, 0, 0)
    assert await whole(office) == ("Bob Lee", "", {"members": TODAY})
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert "somebody else has the address" in " ".join(str(one.detail) for one in story.events)
    again = await take_in(office, news, other_name=OtherName.NEXT)
    assert (again.admitted.unchanged, again.differences.count) == (1, 0)


async def test_nobody_inherits_the_yes_that_somebody_else_gave(office: Office) -> None:
    await office.say_no(A, Extent.LIST, "members", word=Word.CONFIRMED)
    await office.say_no(A, Extent.LIST, "partners", word=Word.CONFIRMED)
    [*_, last] = await ledger(office)
    news = line(2, A, "Alpha", lists=["members"], consent=last["since"], **BOB)  # the same day
    found = await take_in(office, news, other_name=OtherName.NEXT)
    assert {(one.field, one.old, one.new) for one in found.differences.first} >= {
        ("list members", "", str(last["since"])),
        ("list partners", str(last["since"]), ""),
    }
    [place] = await office.rows(subscriptions)
    assert (place["since"], place["confirmed"]) == (last["since"], False)
    said = [(one["word"], one["list_key"], one["basis"]) for one in await ledger(office)]
    assert sorted(said[-3:-1]) == [
        ("removed", "members", "membership"),
        ("removed", "partners", "express"),
    ]
    assert said[-1] == ("given", "members", "membership")


async def test_a_no_of_whoever_had_an_address_stands_for_who_has_it_next(office: Office) -> None:
    how = ("harfang", A, "by telephone", Extent.LIST, "members")
    await consenting.leave(office.desk, OPERATOR, *how)
    found = await take_in(office, line(2, A, "Alpha", **BOB), other_name=OtherName.NEXT)
    assert found.admitted.suppressed == 1
    story = await inspecting.story(office.desk, OPERATOR, "harfang", A)
    assert story.why_not["members"]


@pytest.mark.parametrize(
    "name",
    [
        {"given_name": "Roy", "family_name": "Ann"},
        {"given_name": "A.", "family_name": "R."},
        {"given_name": "ANN", "family_name": "Côté"},
        {"given_name": "Bob", "family_name": "Roy"},
        {"given_name": "Marie-Ann", "family_name": "Côté-Dubé"},
        {"given_name": "Dr. Róy"},
        {"role": "Chair"},
    ],
)
async def test_a_name_that_may_be_the_same_person_s_is_theirs(
    office: Office, name: dict[str, str]
) -> None:
    found = await take_in(office, line(2, A, "Alpha", **name))
    assert (found.bad.count, found.admitted.changed) == (0, 1)
