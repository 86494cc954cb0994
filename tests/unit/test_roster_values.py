"""What cells say, as people mean it: nothing that can be understood is refused, or misread."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from communique.domain.member import BadLine, Entry
from communique.errors import Invalid
from communique.roster import cells, days
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

READING = Reading(("fr", "en"), "fr", ("members", "partners-news"), date(2026, 11, 22))


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2024-06-03 10:22:11", "2024-06-03", None),
        ("2024-06-03T10:22:11Z", "2024-06-03", None),
        ("2024-06-03T10:22:11.123+00:00", "2024-06-03", None),
        ("2024-06-03 10:22 AM", "2024-06-03", None),
        ("2026-02-01 12:00:00-05:00", "2026-02-01", None),
        ("2024/6/3", "2024-06-03", None),
        ("20240603", "2024-06-03", None),
        ("45446", "2024-06-03", None),
        ("3 juin 2024", "2024-06-03", None),
        ("1er août 2024", "2024-08-01", None),
        ("June 3, 2024", "2024-06-03", None),
        ("January 1st, 2020", "2020-01-01", None),
        ("3-Jun-2024", "2024-06-03", None),
        ("2019", "2019-01-01", "2019-12-31"),
        ("06/2019", "2019-06-01", "2019-06-30"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("févr. 2021", "2021-02-01", "2021-02-28"),
        ("0000-00-00", "", ""),
        ("0001-01-01", "", ""),
        ("", "", ""),
    ],
)
def test_a_date_is_read_as_it_is_meant(written: str, start: str, end: str | None) -> None:
    def read(side: days.Side) -> date | None:
        return days.day(written, "the day", None, side)

    assert str(read(days.Side.START) or "") == start
    assert str(read(days.Side.END) or "") == (start if end is None else end)


@pytest.mark.parametrize(
    "written",
    ["oui", "Jun-19", "2024-06-03 to 2025-06-03", "3 brumaire 2024", "13/2024", "99999999", True],
)
def test_what_is_no_date_is_refused(written: str | bool) -> None:
    with pytest.raises(Invalid):
        days.day(written, "the day")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e300])
def test_a_number_that_cannot_be_used_is_refused_wherever_it_stands(number: float) -> None:
    with pytest.raises(Invalid):
        days.day(number, "the day")
    with pytest.raises(Invalid):
        cells.text(number, "the name")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((one, "fr") for one in ("French (Canada)", "Français (France)", "fr_CA", "FRANCAIS")),
        *((one, "fr") for one in ("francophone", "fra", "fre", "Fr.", "F", "en français")),
        *((one, "fr") for one in ("French / Français", "French - Canada")),
        *((one, "en") for one in ("English (United States)", "eng", "Anglophone", "E", "A", "EN")),
        ("N/A", ""),
    ],
)
def test_a_language_is_read_as_it_is_meant(written: str, meant: str) -> None:
    assert cells.language(written, ("fr", "en")) == meant


@pytest.mark.parametrize("written", ["fr;en", "fr/en", "Bilingue", "frangais", "0", "es", "E"])
def test_a_language_that_may_be_two_or_is_none_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        cells.language(written, ("fr", "en", "es") if written == "E" else ("fr", "en"))


@pytest.mark.parametrize(
    "written",
    [
        '"Jean X" <jean@a.example>',
        "Jean <mailto:jean@a.example>",
        "<jean@a.example>",
        "jean@a.example>",
        "mailto:jean@a.example",
        "'jean@a.example",
        "jean@a.example;",
        "jean@a.example.",
        "jean@a.example (bureau)",
        "\u200bjean@a.example\u200b",
        "\ufeffjean@a.example",
        "\xa0jean@a.example\xa0",
        "je\xadan@a.example",
        "jean＠a.example",
    ],
)
def test_an_address_is_found_in_what_people_write_around_it(written: str) -> None:
    assert cells.address(written)[1] == "jean@a.example"


@pytest.mark.parametrize(
    "written",
    ["jean@a.example; paul@a.example", "j@a.example, p@a.example", "j@a.example/p@a.example"],
)
def test_two_addresses_in_one_cell_are_nobodys_to_choose_from(written: str) -> None:
    with pytest.raises(Invalid, match="holds several addresses"):
        cells.address(written)


@pytest.mark.parametrize(
    "written", ["NULL", "#N/A", "N/A", "None", "-", "—", "#REF!", "\xa0", "\\N"]
)
def test_what_stands_for_nothing_is_nothing(written: str) -> None:
    assert cells.text(written, "the name") == ""
    with pytest.raises(Invalid, match="the address is empty"):
        cells.address(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Null", "Null"),
        ("Jean_x000D_\nPaul", "Jean Paul"),
        ("Acme\x0bInc.", "Acme Inc."),
        ("A\u200bB", "AB"),
        ("Zoe\u0301", "Zoé"),
        ("'Aiguillon", "'Aiguillon"),
        ("'=x", "=x"),
        (42.0, "42"),
        ("\u06a9\u200c\u0628", "\u06a9\u200c\u0628"),
    ],
)
def test_a_text_is_one_line_of_what_was_meant(written: str | float, kept: str) -> None:
    assert cells.text(written, "the name") == kept


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\u202e", "cell_unseen_character"),
        ("\u2066", "cell_unseen_character"),
        ("\ue000", "cell_private_character"),
        ("\ufffe", "cell_private_character"),
        ("\x07", "text_control_character"),
        ("\udce9", "cell_not_in_encoding"),
    ],
)
def test_a_character_that_nobody_can_have_meant_is_named(character: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        cells.text(f"A{character}B", "the name")
    assert raised.value.code == code


def read(file: Path, text: str, reading: Reading = READING) -> tuple[Sheet, list[Entry | BadLine]]:
    file.write_text(text, encoding="utf-8", newline="")
    with Sheet(file, reading) as sheet:
        return sheet, list(sheet)


def test_the_headings_are_found_under_a_title(tmp_path: Path) -> None:
    title = "Liste des membres 2026;;\n;;\n" + "note;;\n" * 16
    sheet, lines = read(tmp_path / "m.csv", f"{title}Entreprise;Courriel\nLabo;a@l.example\n")
    assert sheet.layout.line == 19
    assert [type(one) for one in lines] == [Entry]


def test_a_heading_may_have_breaks_and_be_of_any_length(tmp_path: Path) -> None:
    long = "Souhaitez-vous recevoir nos communications? " * 40
    text = f'"Adresse\n  courriel";"Date\nde naissance";"{long}"\na@l.example;x;y\n'
    sheet, lines = read(tmp_path / "m.csv", text)
    assert sheet.layout.columns == {"address": "Adresse courriel"}
    assert sheet.layout.ignored[0] == "Date de naissance"
    assert all(len(one) <= 40 for one in sheet.layout.ignored)
    assert [type(one) for one in lines] == [Entry]


def test_a_quoted_cell_is_one_cell_however_long(tmp_path: Path) -> None:
    note = "\n".join(f"n{n}@labo.example;Labo;fr" for n in range(3000))
    text = f'Courriel;Entreprise;Notes\na@l.example;A;"{note}"\nb@l.example;B;x\n'
    _, lines = read(tmp_path / "m.csv", text)
    assert [one.line for one in lines] == [2, 3002]
    assert all(isinstance(one, Entry) for one in lines)


def test_an_end_that_means_none_is_none(tmp_path: Path) -> None:
    text = "Courriel;Membre jusqu'au\na@l.example;9999-12-31\nb@l.example;2027\n"
    _, (never, ends) = read(tmp_path / "m.csv", text)
    assert isinstance(never, Entry)
    assert never.member.until is None
    assert isinstance(ends, Entry)
    assert ends.member.until == date(2027, 12, 31)


def test_of_columns_called_alike_one_that_cannot_be_it_is_passed_over(tmp_path: Path) -> None:
    text = "Titre;Courriel;Titre;Email (home)\nMme;a@l.example;Directrice;\nM.;b@l.example;;\n"
    sheet, (zoe, _) = read(tmp_path / "m.csv", text)
    assert isinstance(zoe, Entry)
    assert zoe.subscriber.role == "Directrice"
    assert sheet.layout.columns["address"] == "Courriel"
    text = "Courriel;Titre;Poste\na@l.example;Directrice;Directrice générale\n"
    sheet, (zoe,) = read(tmp_path / "m.csv", text)
    assert isinstance(zoe, Entry)
    assert zoe.subscriber.role == ""
    assert sheet.layout.doubts == {"role": ("role=Titre", "role=Poste")}


def test_an_octet_that_is_no_text_is_the_trouble_of_the_line_that_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    good = "Courriel;Prénom;Notes\na@l.example;Zoé;été\nb@l.example;Noël;x\n"
    file.write_bytes(good.encode() + b"c@l.example;Ren\xe9;x\nd@l.example;Guy;\xe9\n")
    with Sheet(file, READING) as sheet:
        *_, bad, guy = list(sheet)
    assert isinstance(bad, BadLine)
    assert "the given name holds an octet (E9) that is no text" in bad.reason
    assert isinstance(guy, Entry)
