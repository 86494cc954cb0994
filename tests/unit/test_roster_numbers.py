"""Numbers of people are no companies' and keep nobody the same: that is said before (P11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from communique.errors import FileInvalid
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Layout, Sheet

TODAY = date(2026, 11, 22)


def layout(
    folder: Path,
    headings: Sequence[str],
    *rows: Sequence[str],
    columns: Mapping[str, str] | None = None,
    ignored: Sequence[str] = (),
) -> Layout:
    file = folder / "members.csv"
    file.write_text("\n".join(";".join(one) for one in (headings, *rows)), encoding="utf-8")
    reading = Reading(
        ("fr", "en"), "fr", ("members",), TODAY, columns=columns or {}, ignored=ignored
    )
    with Sheet(file, reading) as sheet:
        return sheet.layout


@pytest.mark.parametrize(
    "heading",
    [
        *("Person ID", "Contact ID", "No. personne", "No de personne", "contact_id", "Record ID"),
        *("Subscriber number", "Identifiant de l’abonné", "User ID", "LEID", "Numéro d’individu"),
    ],
)
def test_what_numbers_people_is_told_and_used_for_nothing(tmp_path: Path, heading: str) -> None:
    found = layout(tmp_path, ("Company", "Email", heading), ("Alpha", "a@l.example", "17"))
    assert found.persons == (heading,)
    assert heading in found.ignored


@pytest.mark.parametrize(
    "heading", ["No de membre", "Company ID", "Contact", "Telephone no", "Postal code", "Personne"]
)
def test_what_numbers_something_else_is_not(tmp_path: Path, heading: str) -> None:
    found = layout(tmp_path, ("Company", "Email", heading), ("Alpha", "a@l.example", "17"))
    assert found.persons == ()


COLLEAGUES = [
    (name, f"p{n}@l.example", str(100 + n))
    for n, name in enumerate(["Alpha", "Alpha", "Alpha", "Beta", "Beta", "Gamma", "Delta"])
]
HEADINGS = ("Company", "Email", "No de membre")


def test_a_number_that_each_colleague_has_of_their_own_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid, match="“No de membre” gives every line another number"):
        layout(tmp_path, HEADINGS, *COLLEAGUES)
    for said in ({"ignored": ["No de membre"]}, {"columns": {"reference": "No de membre"}}):
        layout(tmp_path, HEADINGS, *COLLEAGUES, **said)


@pytest.mark.parametrize(
    "numbers",
    [
        ["7", "7", "7", "8", "8", "9", "10"],  # each company's own
        ["1", "2", "7", "8", "8", "9", "10"],  # two of one name, and a colleague
    ],
)
def test_numbers_of_companies_are_theirs(tmp_path: Path, numbers: list[str]) -> None:
    rows = [(*one[:2], number) for one, number in zip(COLLEAGUES, numbers, strict=True)]
    assert layout(tmp_path, HEADINGS, *rows).columns["reference"] == "No de membre"


def test_branches_of_one_name_are_companies(tmp_path: Path) -> None:
    rows = [(f"Company {n % 17}", f"p{n}@l.example", str(n)) for n in range(19)]
    assert layout(tmp_path, HEADINGS, *rows).columns["reference"] == "No de membre"
