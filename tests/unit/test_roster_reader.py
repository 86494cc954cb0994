"""A spreadsheet is read by a process of its own: whatever a file does, only that process ends."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.unit.workbooks import packed

from communique.domain.member import BadLine, Entry
from communique.errors import FileInvalid
from communique.roster import DayOrder, Reading, Spreadsheet, reader
from communique.roster.reader import LIMITS, Limits
from communique.roster.spreadsheet import Sheet

READING = Reading(
    languages=("fr", "en"),
    default_language="fr",
    list_keys=("members", "partners-news"),
    today=date(2026, 11, 22),
)
FULL = (
    "Courriel;Entreprise;Prénom;Nom;Langue;No de membre;Secteur;Territoire;Catégorie;Membre depuis;"
    "Membre jusqu'au;Listes;Fonction;Consentement depuis\n"
    "zoe@société.example;Labo;Zoé;Roy;en;42;Vaccins;Laval;Société;03/06/2019;31/01/2027;members;"
    "Directrice;02/01/2020\n"
    "max@labo.example;;;;;;;;;;;;;\n"
    "nobody;Labo;;;;;;;;;;;;\n"
)


def told(file: Path, reading: Reading = READING, limits: Limits = LIMITS) -> str:
    """What is said of a file that is refused."""
    with Spreadsheet(file, reading, limits) as sheet, pytest.raises(FileInvalid) as raised:
        sheet.open()
    assert raised.value.file == file
    return str(raised.value)


def test_what_comes_from_the_process_is_what_is_read_without_one(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text(FULL, encoding="utf-8")
    reading = replace(READING, dates=DayOrder.DAY_FIRST, clear=("role",))
    with Sheet(file, reading) as sheet:
        here = list(sheet)
        layout = sheet.layout
    assert [type(one) for one in here] == [Entry, Entry, BadLine]
    with Spreadsheet(file, reading) as apart:
        assert apart.open() == layout
        assert list(apart) == here
        assert apart.position == layout.size
        assert list(apart) == here  # from the top again, by another process


@pytest.mark.parametrize("place", ['r="xfd1048576"', 'x=">" r="XFD1048576"'])
def test_a_workbook_that_asks_for_half_a_terabyte_ends_its_reader_only(
    tmp_path: Path, place: str
) -> None:
    cell = f'<row r="3"><c {place} t="inlineStr"><is><t>x</t></is></c></row>'
    file = packed(tmp_path / "far.xlsx", [("Sheet", [["Email", "Company"]])], more=cell)
    assert file.stat().st_size < 3000
    assert "asks for more than 1024 MB of memory to be read — delete what stands far" in told(file)


def test_what_the_reader_may_use_of_memory_is_bounded_whatever_the_machine_has(
    tmp_path: Path,
) -> None:
    cell = '<row r="100000"><c r="CV100000" t="inlineStr"><is><t>x</t></is></c></row>'
    file = packed(tmp_path / "far.xlsx", [("Sheet", [["Email", "Company"]])], more=cell)
    assert "asks for more than 200 MB" in told(file, limits=Limits(memory=200 << 20))
    assert "spans more than 5,000,000 cells" in told(file)


def test_what_takes_more_processor_time_than_it_may_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("email,company\n" + "a@l.example,Labo\n" * 200_000, encoding="utf-8")
    # Importing Python's own modules takes longer than no time at all.
    assert "takes too long to read" in told(file, limits=Limits(seconds=0))


def test_who_is_ended_for_its_processor_time_is_told_how_much_a_file_of_that_size_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)"
    monkeypatch.setattr(reader, "_RUN", end)
    file = tmp_path / "members.csv"
    file.touch()
    os.truncate(file, 65 << 20)
    assert "more than 30 seconds" in told(file, limits=Limits(seconds=10))


def test_a_reader_that_says_nothing_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_RUN", "import signal; signal.pause()")
    file = tmp_path / "members.csv"
    file.write_text("email,company\n", encoding="utf-8")
    assert "more than 0 seconds" in told(file, limits=Limits(silence=0))


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("os.kill(os.getpid(), 9)", "the system ended the program that reads it"),
        ("os.abort()", "asks for more than 1024 MB of memory"),
        ("os.kill(os.getpid(), 11)", "made the program that reads it fail (SIGSEGV)"),
        ("os._exit(3)", "made the program that reads it fail (exit 3)"),
    ],
)
def test_however_the_reader_ends_it_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, words: str
) -> None:
    monkeypatch.setattr(reader, "_RUN", f"import os; {end}")
    file = tmp_path / "members.csv"
    file.write_text("email,company\n", encoding="utf-8")
    assert words in told(file)


def test_a_panic_of_a_library_is_said_in_words(tmp_path: Path) -> None:
    file = packed(tmp_path / "panic.xlsx", [("Sheet", [["Email", "Company"]])])
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/workbook.bin", b"\x83\x01\x00")
    assert "is a binary Excel workbook (.xlsb)" in told(file)


def lines_of(sheet: Spreadsheet) -> Iterator[Entry | BadLine]:
    sheet.open()
    return iter(sheet)


def test_lines_are_read_no_faster_than_they_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("email,company\n")
        out.writelines(f"person{n}@labo.example,Labo {n}\n" for n in range(40_000))
    with Spreadsheet(file, READING) as sheet:
        lines = lines_of(sheet)
        next(lines)
        # Far from its end: what waits is a pipe's worth and two buffers, however long the file is.
        assert sheet.position < sheet.open().size
        assert sum(1 for _ in lines) == 39_999


def test_a_file_that_changes_while_it_is_read_is_not_taken_for_whole(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("email,company\n")
        out.writelines(f"person{n}@labo.example,Labo {n}\n" for n in range(40_000))
    with Spreadsheet(file, READING) as sheet:
        lines = lines_of(sheet)
        next(lines)
        with file.open("a", encoding="utf-8") as out:
            out.write("more@labo.example,Labo\n")
        with pytest.raises(FileInvalid, match="was changed while it was read"):
            list(lines)


def test_closing_lets_whoever_waits_for_it_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_RUN", "import signal; signal.pause()")
    file = tmp_path / "members.csv"
    file.write_text("email,company\n", encoding="utf-8")
    sheet = Spreadsheet(file, READING)
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(ValueError, match="closed"):
            sheet.open()
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    sheet.close()
    assert ended.wait(60)
    waiting.join()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "members.csv"
    os.mkfifo(pipe)
    for path, words in ((pipe, "a folder, a pipe or a device"), (tmp_path, "a folder, a pipe")):
        with pytest.raises(FileInvalid, match=words):
            Spreadsheet(path, READING)
    with pytest.raises(FileInvalid, match="No such file"):
        Spreadsheet(tmp_path / "none.csv", READING)


def test_the_process_is_given_no_setting_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    code = f"import json, os; open({str(seen)!r}, 'w').write(json.dumps(dict(os.environ)))"
    monkeypatch.setattr(reader, "_RUN", code)
    monkeypatch.setenv("COMMUNIQUE_KEYS", "secret")
    file = tmp_path / "members.csv"
    file.write_text("email,company\n", encoding="utf-8")
    from communique import wiring

    with wiring.spreadsheet(file, READING) as sheet, pytest.raises(FileInvalid, match="exit 0"):
        sheet.open()
    assert "secret" not in seen.read_text(encoding="utf-8")
    assert "PATH" in seen.read_text(encoding="utf-8")


def test_two_hundred_columns_of_nothing_and_a_far_empty_row_count_for_nothing(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Courriel", "Entreprise"])
    sheet.append(["zoe@labo.example", "Labo"])
    sheet.row_dimensions[1_048_576].height = 12.8
    book.save(tmp_path / "members.xlsx")
    with Spreadsheet(tmp_path / "members.xlsx", READING) as opened:
        assert [type(one) for one in opened] == [Entry]
