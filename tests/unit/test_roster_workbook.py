"""Workbooks: dates and numbers as they were meant, and small files that unpack to anything."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from communique.domain.member import Entry, Member
from communique.errors import FileInvalid
from communique.roster import kinds, records, rows
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet


def opened(file: Path, **more: Any) -> Sheet:
    return Sheet(
        file,
        Reading(
            languages=("fr", "en"),
            default_language="fr",
            list_keys=("members", "partners-news"),
            today=date(2026, 11, 22),
            **more,
        ),
    )


def workbook(path: Path, *table: tuple[records.Cell | None, ...], start: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line, values in enumerate(table, start=start):
        for column, value in enumerate(values, start=1):
            sheet.cell(line, column, value)
    book.save(path)
    return path


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    morning = datetime(2026, 1, 31, 9, 30)  # noqa: DTZ001 - a cell has no zone
    file = workbook(
        tmp_path / "members.xlsx",
        ("Courriel", "Entreprise", "No de membre", "Membre depuis", "Membre jusqu’au", "Titre"),
        ("zoe@labo.example", "Labo", 42, date(2019, 6, 3), 46053, None),
        (None, None, None, None, None, None),
        ("max@labo.example", 1234.5, "007", "2019-06-03", morning, True),
        ("lou@labo.example", "Labo", 1, 2019, None, None),
        ("zoe@labo.example", "Labo", 42, None, None, None),
        start=3,
    )
    with opened(file) as sheet:
        assert sheet.layout.form == "XLSX"
        zoe, maxime, lou, again = sheet
        assert sheet.position == sheet.layout.size == 8
    assert isinstance(zoe, Entry)
    assert isinstance(maxime, Entry)
    assert zoe.line == 4
    assert zoe.member == Member("42", "Labo", since=date(2019, 6, 3), until=date(2026, 1, 31))
    assert maxime.member == Member("007", "1234.5", since=date(2019, 6, 3), until=date(2026, 1, 31))
    assert isinstance(lou, Entry)
    assert lou.member.since == date(2019, 1, 1)
    assert isinstance(again, Entry)
    assert again.subscriber == replace(zoe.subscriber, role="")


def test_a_workbook_of_too_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_CELLS", 20)
    file = workbook(tmp_path / "wide.xlsx", ("email", "company"), *[("z@l.example", "L")] * 10)
    with pytest.raises(FileInvalid, match="spans more than 20 cells"):
        opened(file)


def test_a_workbook_that_says_it_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "LARGEST_WORKBOOK", 1 << 20)
    file = workbook(tmp_path / "bomb.xlsx", ("email", "company"))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(2 << 20))
    with pytest.raises(FileInvalid, match="unpacks to more than 1 MB"):
        opened(file)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "members.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "Dear all")
    with pytest.raises(FileInvalid, match="is an archive of files"):
        opened(file)


def test_a_sheet_that_is_called_by_a_no_has_to_say_it_of_each(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Désabonnés"
    for values in (("Courriel", "Entreprise"), ("zoe@labo.example", "Labo")):
        sheet.append(values)
    book.save(tmp_path / "members.xlsx")
    with pytest.raises(FileInvalid) as raised:
        opened(tmp_path / "members.xlsx")
    assert raised.value.code == "file_named_no"


MEMBERS: list[tuple[str, ...]] = [("Courriel", "Entreprise"), ("zoe@labo.example", "Labo")]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Desabonnes", [("Courriel",), ("zoe@labo.example",)]),
        ("Désabonnés 2024", [("zoe@labo.example",)]),
        (
            "Sheet2",
            [("Email", "Unsubscribed"), ("a@labo.example", ""), ("zoe@labo.example", "yes")],
        ),
        ("Sheet2", [("A title",), ("Email", "Status"), ("zoe@labo.example", "cleaned")]),
    ],
)
@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_a_no_on_a_sheet_that_nobody_would_read_is_asked_about(
    tmp_path: Path, name: str, cells: list[tuple[str, ...]], state: str
) -> None:
    file = sheets(tmp_path / "members.xlsx", {"Membres": MEMBERS, name: cells}, state)
    with pytest.raises(FileInvalid) as raised:
        opened(file)
    assert raised.value.code == "sheets_may_be_no"
    assert raised.value.fields == {"sheet": "Membres", "sheets": [name]}
    with opened(file, sheet="Membres") as sheet:
        assert len(list(sheet)) == 1


def test_what_is_unread_and_says_no_no_is_not_asked_about(tmp_path: Path) -> None:
    quiet: dict[str, list[tuple[str, ...]]] = {
        "Désabonnés": [],
        "2024": [("Email", "Unsubscribed", "Status"), ("zoe@labo.example", "no", "subscribed")],
        "Budget": [("Poste", "Refusé"), ("Tables", "x")],
    }
    with opened(sheets(tmp_path / "members.xlsx", {"Membres": MEMBERS, **quiet})) as sheet:
        assert sheet.layout.others == tuple(quiet)


def sheets(path: Path, tables: dict[str, list[tuple[str, ...]]], state: str = "visible") -> Path:
    """A workbook of these sheets, all but the first in a state."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, table in tables.items():
        made = book.create_sheet(name)
        made.sheet_state = state if len(book.worksheets) > 1 else "visible"
        for values in table:
            made.append(values)
    book.save(path)
    return path
