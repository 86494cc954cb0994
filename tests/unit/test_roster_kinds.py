"""What a file is, by its content alone, whatever it is called; and what to do with each."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from tests.unit.workbooks import packed

from communique.domain.member import Entry
from communique.errors import FileInvalid
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

READING = Reading(
    languages=("fr", "en"),
    default_language="fr",
    list_keys=("members",),
    today=date(2026, 11, 22),
)
ROWS = [["Courriel", "Entreprise"], ["zoe@labo.example", "Labo"]]
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
OPEN_DOCUMENT = (
    '<?xml version="1.0"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="Membres">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("octets", "said", "advice"),
    [
        (b"%PDF-1.7\n", "is a PDF", "ask for the spreadsheet"),
        (b"{\\rtf1 ", "is a document for reading", "copy its table"),
        (b"\x1f\x8b\x08\0", "is an archive of files", "unpack it"),
        (b"Rar!\x1a\x07\x01\0", "is an archive of files", "unpack it"),
        (b"\x89PNG\r\n\x1a\n", "is a picture", "ask for"),
        (b"SQLite format 3\0", "is a database", "export the table"),
        (b"\xef\xbb\xbf <!DOCTYPE html><table>", "is a web page, whatever", "save it as .xlsx"),
        (b"<html><body><table>", "is a web page", "open it in a spreadsheet program"),
        ("\ufeff<table><tr>".encode("utf-16-le"), "is a web page", "open it"),
        (b"MIME-Version: 1.0\nContent-Type: text/html\n", "is a web page", "open it"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "is an Excel workbook of 2003 in XML",
            "save it as .xlsx",
        ),
        (b"<?xml version='1.0'?><members/>", "is XML of some", "export it as CSV"),
        (b"BEGIN:VCARD\nEND:VCARD\n", "holds contact cards", "export the contacts as CSV"),
        (b'[{"email": "a@labo.example"}]', "is JSON", "export it as CSV"),
        (b"\x09\x08\x10\x00\x00\x06", "is an Excel workbook of before 2007", "save it as .xlsx"),
        (COMPOUND + "Workbook".encode("utf-16-le"), "before 2007", "save it as .xlsx"),
        (COMPOUND + "WordDocument".encode("utf-16-le"), "is a document", "copy its table"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "a password", "take the password away"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, octets: bytes, said: str, advice: str) -> None:
    file = tmp_path / "members.xls"
    file.write_bytes(octets)
    with pytest.raises(FileInvalid) as raised:
        Sheet(file, READING)
    assert said in raised.value.message
    assert advice in (raised.value.advice or "")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"letter.txt": "Dear all"}, "is an archive of files"),
        ({"word/document.xml": "<x/>"}, "is a document for reading"),
        ({"Index/Document.iwa": "x"}, "is a Numbers document"),
        ({"xl/workbook.bin": "x"}, "is a binary Excel workbook (.xlsb)"),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, "is a document for reading"),
        ({"xl/workbook.xml": "<"}, "is a damaged workbook"),
    ],
)
def test_what_is_packed_is_named_too(tmp_path: Path, parts: dict[str, str], said: str) -> None:
    file = tmp_path / "members.csv"
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    with pytest.raises(FileInvalid) as raised:
        Sheet(file, READING)
    assert said in raised.value.message


def test_a_packing_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    file = packed(tmp_path / "lzma.xlsx", [("A", ROWS)], compression=zipfile.ZIP_LZMA)
    with pytest.raises(FileInvalid, match="is a damaged workbook"):
        Sheet(file, READING)


@pytest.mark.parametrize("name", ["members.xls", "members.csv", "members"])
def test_a_workbook_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    with Sheet(packed(tmp_path / name, [("A", ROWS)]), READING) as sheet:
        assert sheet.layout.form == "XLSX"
        assert [type(one) for one in sheet] == [Entry]


def test_a_document_of_libreoffice_is_read(tmp_path: Path) -> None:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{text}</text:p></table:table-cell>"
            for text in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
    file = tmp_path / "members.ods"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<x/>")
        archive.writestr("content.xml", OPEN_DOCUMENT.format(rows))
    with Sheet(file, READING) as sheet:
        assert sheet.layout.form == "ODS"
        assert [type(one) for one in sheet] == [Entry]


def test_all_sheets_are_named_and_any_can_be_chosen(tmp_path: Path) -> None:
    notes = [["What this is"], ["Notes"]]
    other = [ROWS[0], ["max@labo.example", "Autre"]]
    file = packed(tmp_path / "m.xlsx", [("Notes", notes), ("Québec", ROWS), ("Ontario", other)])

    def read(chosen: str | None) -> tuple[str, tuple[str, ...], list[str]]:
        reading = Reading(("fr",), "fr", ("members",), READING.today, sheet=chosen)
        with Sheet(file, reading) as sheet:
            people = [one.member.name for one in sheet if isinstance(one, Entry)]
            return sheet.layout.form, sheet.layout.others, people

    assert read(None) == ("XLSX, sheet “Québec”", ("Notes", "Ontario"), ["Labo"])
    assert read("ontario") == read("3") == ("XLSX, sheet “Ontario”", ("Notes", "Québec"), ["Autre"])
    for wrong in ("4", "0", "Manitoba"):
        with pytest.raises(FileInvalid, match="its sheets are: Notes, Québec, Ontario"):
            read(wrong)
    text = tmp_path / "m.csv"
    text.write_text("Courriel\n", encoding="utf-8")
    with pytest.raises(FileInvalid, match="has no sheet “2”; its sheets are: none"):
        Sheet(text, Reading(("fr",), "fr", (), READING.today, sheet="2"))
