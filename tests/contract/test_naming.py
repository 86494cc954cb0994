"""Whoever has no name is counted before a release goes whose text greets them by it (P11)."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.contract.desks import ALONE, ENGLISH, FRENCH, Office, entry, office_at

from communique.cli import standings
from communique.desk import drafting, inspecting
from communique.domain.actor import OPERATOR
from communique.domain.member import Entry, Lacking
from communique.facts import Fact


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit(
            "harfang",
            entry("named@lichen.example"),
            called("family@lichen.example", family="Roy"),
            called("nobody@lichen.example"),
            called("english@lichen.example", language="en"),
        )
        yield office


def called(address: str, *, family: str = "", language: str = "fr") -> Entry:
    one = entry(address, language=language)
    return replace(one, subscriber=replace(one.subscriber, given_name="", family_name=family))


async def warned(office: Office, body: str) -> list[Fact]:
    french = replace(FRENCH, body=body)
    await drafting.file(office.desk, OPERATOR, replace(ALONE, editions=(french, ENGLISH)))
    [seen] = await inspecting.forecast(office.desk, OPERATOR, "spring")
    assert seen.nameless == {
        ("en", "family_name"): 1,
        ("en", "given_name"): 1,
        ("en", "name"): 1,
        ("fr", "family_name"): 1,
        ("fr", "given_name"): 2,
        ("fr", "name"): 1,
    }
    return [
        one
        for one in seen.warnings
        if one.code == "readers_without_name" and one.fields["language"] == "fr"
    ]


@pytest.mark.parametrize(
    ("body", "name", "count"),
    [
        ("Bonjour {{ subscriber.given_name }}, voici.\n", "the_given_name", 2),
        ("Bonjour {{ subscriber.name }}, voici.\n", "the_name", 1),
        ("Madame {{ subscriber.family_name | upper }},\n", "the_family_name", 1),
    ],
)
async def test_those_are_counted_who_lack_what_a_text_names(
    office: Office, body: str, name: str, count: int
) -> None:
    [one] = await warned(office, body)
    assert one.fields["what"] == Fact(name)
    assert one.fields["count"] == count
    lack = "lacks:" if count == 1 else "lack:"
    assert f"which {count} of them at harfang {lack}" in str(one)


@pytest.mark.parametrize(
    "body",
    [
        "Bonjour, voici.\n",
        "Bonjour{% if subscriber.given_name %} {{ subscriber.given_name }}{% endif %}, voici.\n",
        "Bonjour {{ subscriber.name or 'à vous' }}, voici.\n",
        "Bonjour {{ subscriber.given_name | default('à vous') }}, voici.\n",
    ],
)
async def test_who_writes_what_stands_there_instead_is_not_warned(
    office: Office, body: str
) -> None:
    assert await warned(office, body) == []


async def test_a_text_that_cannot_be_read_yet_is_foretold_without_it(office: Office) -> None:
    assert await warned(office, "Bonjour {{ subscriber.given_name\n") == []


@pytest.mark.parametrize(
    ("name", "whom"),
    [
        (Lacking.GIVEN_NAME, {"english", "family", "nobody"}),
        (Lacking.FAMILY_NAME, {"english", "nobody"}),
        (Lacking.NAME, {"english", "nobody"}),
    ],
)
async def test_those_who_lack_a_name_are_listed(
    office: Office, name: Lacking, whom: set[str]
) -> None:
    people = inspecting.subscribers(office.desk, OPERATOR, "harfang", lacking=name)
    assert {one.address.removesuffix("@lichen.example") async for one in people} == whom


async def test_the_command_line_says_how_to_list_them(office: Office) -> None:
    french = replace(FRENCH, body="Bonjour {{ subscriber.given_name }}, voici.\n")
    await drafting.file(office.desk, OPERATOR, replace(ALONE, editions=(french, ENGLISH)))
    seen = await inspecting.forecast(office.desk, OPERATOR, "spring")
    told = io.StringIO()
    standings.forecast(seen, Console(file=told))
    assert "subscribers list -a harfang --without given_name`" in told.getvalue()
    assert "--without family_name" not in told.getvalue()
