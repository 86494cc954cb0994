"""Spreadsheets as people have them: every form of file, every kind of bad line, and back again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from communique.cli import words
from communique.domain import address
from communique.domain.member import COLUMNS, EVERYTHING, BadLine, Entry, Member, Subscriber
from communique.errors import FileInvalid, Invalid
from communique.roster import DayOrder, days, encodings
from communique.roster.columns import HEADINGS, place
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

TODAY = date(2026, 11, 22)
Lines = list[Entry | BadLine]


def opened(
    file: Path,
    chosen: Mapping[str, str] | None = None,
    *,
    ignored: Sequence[str] = (),
    clear: Collection[str] = (),
    remembered: Mapping[str, str] | None = None,
) -> Sheet:
    return Sheet(
        file,
        Reading(
            languages=("fr", "en"),
            default_language="fr",
            list_keys=("members", "partners-news"),
            today=TODAY,
            columns=chosen or {},
            remembered=remembered or {},
            ignored=ignored,
            clear=clear,
        ),
    )


def read(file: Path, chosen: Mapping[str, str] | None = None) -> Lines:
    with opened(file, chosen) as sheet:
        return list(sheet)


@pytest.fixture
def csv_of(tmp_path: Path) -> Callable[..., Path]:
    """Writes text, exactly as it is, to a file."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        file = tmp_path / "members.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return write


def only(lines: Lines) -> Entry:
    (line,) = lines
    assert isinstance(line, Entry), line
    return line


def reasons(lines: Lines) -> list[tuple[int, str]]:
    return [(line.line, line.reason) for line in lines if isinstance(line, BadLine)]


# What a file can be


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_csv_a_spreadsheet_saves_is_understood(
    csv_of: Callable[..., Path], encoding: str, delimiter: str, newline: str
) -> None:
    cells = [
        ["Courriel", "Entreprise", "Prénom", "Remarques; notes, etc."],
        ["zoe@labo.example", '"Érable, Sève; et ""fils"""', "Zoé", '"un\ndeux"'],
        ["max@labo.example", "Épinette", "Max", ""],
    ]
    cells[0][3] = f'"{cells[0][3]}"'
    text = newline.join(delimiter.join(row) for row in cells) + newline
    first, second = read(csv_of(text, encoding))
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.member.name == 'Érable, Sève; et "fils"'
    assert first.subscriber.given_name == "Zoé"
    assert (first.line, second.line) == (2, 4)


def test_windows_1252_is_recognised_by_a_byte_far_down(csv_of: Callable[..., Path]) -> None:
    filler = "".join(f"x{n}@labo.example,Labo\n" for n in range(60_000))
    file = csv_of(f"email,company\n{filler}zoe@labo.example,Sève d’érable\n", "cp1252")
    assert file.stat().st_size > encodings.BLOCK
    with opened(file) as sheet:
        assert sheet.layout.form == "CSV, windows-1252, comma"
        *_, last = sheet
    assert isinstance(last, Entry)
    assert last.member.name == "Sève d’érable"


def test_a_letter_cut_by_the_end_of_a_block_is_still_utf_8(
    csv_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encodings, "BLOCK", 7)
    entry = only(read(csv_of("email,company\nzoe@labo.example,éééééééééé\n")))
    assert entry.member.name == "é" * 10


def test_the_directive_of_excel_names_the_delimiter(csv_of: Callable[..., Path]) -> None:
    entry = only(read(csv_of("sep=;\r\nCourriel;Membre\r\nzoe@labo.example;A, B\r\n")))
    assert (entry.member.name, entry.line) == ("A, B", 3)


def test_blank_lines_are_no_lines_but_count(csv_of: Callable[..., Path]) -> None:
    text = "\n,,\nemail,company,\n\n , \nzoe@labo.example,Labo\n,,\n"
    assert only(read(csv_of(text))).line == 6


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", "is empty"),
        (b"\n\n ; \n", "is empty"),
        (b"\xff\xfee\0m\0a", "is not good in UTF-16"),
        (b"PK\x03\x04 and so on", "is a damaged workbook"),
        (b"a@labo.example;Labo\nb@labo.example;Labo\n", ":1: has no headings"),
        (b'"email,company\n', ":1: a quotation mark is opened and never closed"),
        (b"first name,phone\nx,y\n", ":1: no column for an e-mail address"),
    ],
)
def test_what_is_no_roster_is_refused_as_a_whole(
    tmp_path: Path, octets: bytes, expected: str
) -> None:
    file = tmp_path / "members.csv"
    file.write_bytes(octets)
    with pytest.raises(FileInvalid) as raised:
        opened(file)
    assert expected in str(raised.value)
    assert raised.value.file == file


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid, match="No such file"):
        opened(tmp_path / "members.csv")


# Which column is what


@pytest.mark.parametrize(
    "heading",
    """\
courriel;entreprise;prénom;nom;langue;no de membre;secteur;territoire;catégorie;membre depuis;\
membre jusqu'au;listes;fonction;consentement depuis
E-mail;Company;Given name;Family name;Language;Reference;Sector;Territory;Kind;Since;Until;Lists;\
Role;Consent since
EMAIL ;MEMBER;First_Name;Last  Name;language;Member-ID;SECTOR;Region;Category;Member Since;\
Member until;lists;Job title;Consent date
address;member;given_name;family_name;language;reference;sector;territory;kind;since;until;lists;\
role;consent_since""".splitlines(),
)
def test_headings_are_known_in_french_and_english(
    csv_of: Callable[..., Path], heading: str
) -> None:
    values = (
        "zoe@labo.example;Labo;Zoé;Roy;en;42;Vaccins;Laval;Société;"
        "2019-06-03;2026-01-31;members, PARTNERS-NEWS;Directrice;2020-01-02"
    )
    with opened(csv_of(f"{heading}\n{values}\n")) as sheet:
        assert sheet.layout.ignored == ()
        entry = only(list(sheet))
    assert entry == Entry(
        line=2,
        member=Member(
            "42", "Labo", "Vaccins", "Laval", "Société", date(2019, 6, 3), date(2026, 1, 31)
        ),
        subscriber=Subscriber(address.parse("zoe@labo.example"), "Zoé", "Roy", "en", "Directrice"),
        lists=("members", "partners-news"),
        consent_since=date(2020, 1, 2),
        stated=EVERYTHING,
    )


def test_a_column_can_be_chosen_over_one_that_is_known(csv_of: Callable[..., Path]) -> None:
    file = csv_of("Courriel,Courriel 2,Raison sociale\na@labo.example,b@labo.example,Labo\n")
    with opened(file, {"address": "courriel 2", "member": "Raison sociale"}) as sheet:
        assert sheet.layout.columns == {"address": "Courriel 2", "member": "Raison sociale"}
        assert sheet.layout.ignored == ("Courriel",)
        assert only(list(sheet)).subscriber.address.local == "b"


@pytest.mark.parametrize(
    ("heading", "chosen", "expected"),
    [
        ("nom,phone", {}, "no column for an e-mail address; the columns are"),
        ("company,phone", {}, "say which columns these are: address"),
        ("email,courriel,company", {}, "“email” and “courriel” could both be `address`"),
        ("email,company", {"adress": "email"}, "a column cannot be `adress`"),
        ("email,company", {"role": "Rôle"}, "no column is called “Rôle”; the columns are: “email”"),
        ("email,company,x,X", {"role": "x "}, "more than one column is called “x ”"),
    ],
)
def test_columns_that_do_not_fit_are_one_clear_error(
    csv_of: Callable[..., Path], heading: str, chosen: dict[str, str], expected: str
) -> None:
    with pytest.raises(FileInvalid) as raised:
        opened(csv_of(f"{heading}\n"), chosen)
    assert expected in str(raised.value)
    assert raised.value.line == 1


# Good lines and bad ones


def test_five_bad_lines_of_a_thousand_are_told_and_995_come_in(tmp_path: Path) -> None:
    lines = [
        f"{n};Société n° {n};Hélène;D’Été;helene{n}@société{n}.example;français;2019-06-03"
        for n in range(1000)
    ]
    lines[6] = "6;Société;Hélène;D’Été;helene(at)labo.example;fr;2019-06-03"
    lines[98] = "98;Société;Hélène;D’Été;helene98@labo.example;klingon;2019-06-03"
    lines[499] = "499;Société;Hélène;D’Été;helene499@labo.example;fr;03/06/2019"
    lines[500] = '500;"Société;Hélène;D’Été;helene500@labo.example;fr;2019-06-03'
    lines[999] = "999;Société;Hélène;D’Été"
    file = tmp_path / "membres.csv"
    heading = "No de membre;Entreprise;Prénom;Nom;Courriel;Langue;Membre depuis"
    file.write_bytes("\r\n".join([heading, *lines, ""]).encode("cp1252"))

    with opened(file) as sheet:
        assert sheet.layout.form == "CSV, windows-1252, semicolon"
        found = list(sheet)
        assert sheet.position == sheet.layout.size == file.stat().st_size

    good = [one for one in found if isinstance(one, Entry)]
    assert len(good) == 995
    assert len({one.subscriber.address.key for one in good}) == 995
    assert {one.subscriber.language for one in good} == {"fr"}
    assert good[0].subscriber.family_name == "D’Été"
    broken = ("quotation_never_closed",)
    assert [one for one in found if isinstance(one, BadLine)] == [
        BadLine(
            8,
            "“helene(at)labo.example” has no @",
            "helene(at)labo.example",
            ("address_without_at",),
        ),
        BadLine(
            100,
            "“klingon” is none of the association’s languages (fr, en)",
            "helene98@labo.example",
            ("language_not_spoken",),
        ),
        BadLine(
            501,
            "the start “03/06/2019” is not written year-month-day",
            "helene499@labo.example",
            ("date_order_unknown",),
        ),
        BadLine(502, "a quotation mark is opened and never closed", codes=broken),
        BadLine(1001, "the address is empty", codes=("address_empty",)),
    ]


HEADING = "email,company,first name,language,since,until,lists,consent since,job title,reference\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",Labo,,,,,,,,", "the address is empty"),
        ("zoe@labo,Labo,,,,,,,,", "“labo” is not the name of a domain"),
        ("zoe@labo.example,,,,,,,,,", ""),
        ("z@l.example,La\x07bo,,,,,,,,", "the member’s name holds a control character (U+0007)"),
        ('z@l.example,"La\nbo",,,,,,,,', ""),
        ("z@l.example,L,Z\u2028o,,,,,,,", ""),
        ("z@l.example,L,Z\u202eo,,,,,,,", "the given name holds a character that nobody sees"),
        ("z@l.example,L,Z\ue000o,,,,,,,", "the given name holds a character that only one font"),
        ("z@l.example,L,,,,,,,R\x85,", ""),
        ("z@l.example,L,,,,,,,R\x85x,", ""),
        ("z@l.example,L,,,,,,,R\x1bx,", "the role holds a control character (U+001B)"),
        (f"z@l.example,{'L' * 501},,,,,,,,", "the member’s name is longer than 500 characters"),
        ("z@l.example,L,,es,,,,,,", "“es” is none of the association’s languages (fr, en)"),
        ("z@l.example,L,,,2024-02-30,,,,,", "the start “2024-02-30” is not in the calendar"),
        ("z@l.example,L,,,2024 or so,,,,,", "the start “2024 or so” is not a date: write year-"),
        ("z@l.example,L,,,9999-12-31,,,,,", "the start (9999-12-31) lies more than a hundred"),
        ("z@l.example,L,,,,2024-1-1x,,,,", "the end “2024-1-1x” is not a date: write year-month-"),
        ("z@l.example,L,,,,25.12.24,,,,", "the end “25.12.24” does not say the century"),
        ("z@l.example,L,,,2024-02-01,2024-01-31,,,,", "the membership ends (2024-01-31) before it"),
        ("z@l.example,L,,,,,everyone,,,", "there is no list “everyone” (members, partners-news)"),
        ("z@l.example,L,,,,,,2026-11-23,,", "the consent (2026-11-23) lies in the future"),
        ("z@l.example,L,,,,,,2026-11-22,,", ""),
        ("z@l.example,L,,,,,,,,,x", "too many columns: 11, and the header has 10"),
        ("z@l.example,L,,,,,,,,,,,", ""),
        ("z@l.example,L", ""),
        ("z@l.example,L,,,,,,,,1.23457E+11", "“1.23457E+11” is what a spreadsheet makes of many"),
        ('"z@l.example"x,L,,,,,,,,', "a quotation mark is followed by more text"),
        (f"z@l.example,{'L' * 1_100_000},,,,,,,,", "the line is longer than 1,048,576 characters"),
    ],
)
def test_a_bad_line_says_why_and_the_next_is_read(
    csv_of: Callable[..., Path], line: str, reason: str
) -> None:
    *found, last = read(csv_of(f"{HEADING}{line}\nlast@l.example,Labo,,,,,,,,\n"))
    assert isinstance(last, Entry)
    assert last.line == 3 + line.count("\n")
    if not reason:
        only(found)
        return
    ((at, told),) = reasons(found)
    assert at == 2
    assert told.startswith(reason)


def test_all_that_is_wrong_with_a_line_is_told_at_once(csv_of: Callable[..., Path]) -> None:
    (found,) = read(csv_of(f"{HEADING}zoe,,,xx,1/2/24,,nobody,,,\n"))
    assert isinstance(found, BadLine)
    assert found.address == "zoe"
    assert [one.split(" ")[0] for one in found.reason.split("; ")] == [
        "“zoe”",
        "the",
        "“xx”",
        "there",
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("fr", "fr"),
        ("FR-CA", "fr"),
        ("fr_FR", "fr"),
        ("français", "fr"),
        ("Francais", "fr"),
        ("French", "fr"),
        ("en", "en"),
        ("anglais", "en"),
        ("English", "en"),
        ("", "fr"),
    ],
)
def test_a_language_is_known_by_code_or_name(
    csv_of: Callable[..., Path], written: str, kept: str
) -> None:
    entry = only(read(csv_of(f"email,company,langue\nz@l.example,Labo,{written}\n")))
    assert entry.subscriber.language == kept


def test_a_cell_that_is_empty_or_not_there_states_nothing(csv_of: Callable[..., Path]) -> None:
    text = "email,company,role,until\nzoe@labo.example,,Director,\nmax@labo.example,Labo\n"
    file = csv_of(text)
    with opened(file) as sheet:
        assert [one.stated for one in sheet if isinstance(one, Entry)] == [{"role"}, {"name"}]
    with opened(file, clear=("until",)) as sheet:
        assert [one.stated for one in sheet if isinstance(one, Entry)] == [
            {"role", "until"},
            {"name", "until"},
        ]


@pytest.mark.parametrize("written", ["oui", "Non", "YES", "faux"])
def test_a_column_of_yes_and_no_is_no_company(csv_of: Callable[..., Path], written: str) -> None:
    with opened(csv_of(f"Courriel;Membre\nzoe@labo.example;{written}\n")) as sheet:
        assert sheet.layout.ignored == ("Membre",)
    labo, bad = read(csv_of(f"Courriel;Membre\na@l.example;Labo\nzoe@labo.example;{written}\n"))
    assert isinstance(labo, Entry)
    assert isinstance(bad, BadLine)
    assert bad.codes == ("company_yes_or_no",)


def test_a_column_can_be_left_out(csv_of: Callable[..., Path]) -> None:
    file = csv_of("Courriel;Entreprise;Membre;Titre\nzoe@labo.example;Labo;oui;Mme\n")
    with opened(file, ignored=("membre", "Titre")) as sheet:
        assert sheet.layout.columns == {"address": "Courriel", "member": "Entreprise"}
        assert sheet.layout.ignored == ("Membre", "Titre")
    with pytest.raises(FileInvalid, match="no column is called “Fonction”"):
        opened(file, ignored=("Fonction",))


def test_a_sheet_can_be_read_twice(csv_of: Callable[..., Path]) -> None:
    with opened(csv_of("email,company\nzoe@labo.example,Labo\n", "utf-16")) as sheet:
        assert list(sheet) == list(sheet)
        assert len(list(sheet)) == 1


@pytest.mark.parametrize("stray", ['7;"x;', '"7;x;', '7;x;"', '"', '7;" x;'])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("count", [1, 2, 90])
def test_a_stray_quotation_mark_takes_no_good_line_with_it(
    csv_of: Callable[..., Path], stray: str, quote: str, count: int
) -> None:
    good = "".join(f"{quote}b{n}@l.example{quote};{quote}Bé{quote};\n" for n in range(count))
    found = read(csv_of(f"email;company;notes\na@l.example;A;\n{stray}\n{good}"))
    assert sum(isinstance(one, Entry) for one in found) == 1 + count
    assert [line for line, _ in reasons(found)] == [3]


def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tracemalloc

    monkeypatch.setattr(encodings, "BLOCK", 1 << 12)

    def peak(count: int) -> int:
        file = tmp_path / f"{count}.csv"
        with file.open("w", encoding="utf-8") as out:
            out.write("email,company\n")
            out.writelines(f"person{n}@labo{n % 50}.example,Labo {n}\n" for n in range(count))
        with opened(file) as sheet:
            tracemalloc.start()
            try:
                assert sum(isinstance(one, Entry) for one in sheet) == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(2000)  # by then what is remembered of each column is as much as it will be
    assert peak(6000) < peak(2000) + 100_000


@pytest.mark.parametrize(
    ("order", "written", "expected"),
    [
        (DayOrder.DAY_FIRST, "03/06/2020", date(2020, 6, 3)),
        (DayOrder.MONTH_FIRST, "03/06/2020", date(2020, 3, 6)),
        (DayOrder.DAY_FIRST, "13.04.2020", date(2020, 4, 13)),
        (DayOrder.DAY_FIRST, "2020-06-03", date(2020, 6, 3)),
    ],
)
def test_a_date_is_read_in_the_order_that_somebody_said_the_file_has(
    order: DayOrder, written: str, expected: date
) -> None:
    assert days.day(written, "the start", order) == expected


@pytest.mark.parametrize(
    ("order", "written", "reason"),
    [
        (None, "13/04/2020", "not written year-month-day"),
        (DayOrder.MONTH_FIRST, "13/04/2020", "not in the calendar"),
        (DayOrder.DAY_FIRST, "31/06/2020", "not in the calendar"),
        (DayOrder.DAY_FIRST, "03/06/20", "does not say the century"),
    ],
)
def test_a_date_that_is_refused_is_refused_for_what_is_wrong_with_it(
    order: DayOrder | None, written: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        days.day(written, "the start", order)


def test_of_two_columns_that_are_called_alike_either_can_be_named() -> None:
    headings = ["Company", "Email", "Phone", "E-mail"]
    with pytest.raises(Invalid) as caught:
        place(headings, {})
    assert words.advice(caught.value) == (
        "say which: --column 'address=Email#1' or --column 'address=E-mail#2'"
    )
    for number, position in ((1, 1), (2, 3)):
        assert place(headings, {"address": f"Email#{number}"}).places["address"] == position
    with pytest.raises(Invalid, match="no column is called"):
        place(headings, {"address": "Email#3"})
    with pytest.raises(Invalid, match="more than one") as caught:
        place(["Company", "Email", "Email"], {"address": "Email"})
    assert "address=Email#2" in caught.value.fields["choices"]
    assert place(["Company", "Email#2"], {"address": "Email#2"}).places["address"] == 1


YEARS = {"Courriel pro": "address", "Courriel travail": "address", "Cie": "member"}


def test_what_an_association_calls_a_column_is_remembered(csv_of: Callable[..., Path]) -> None:
    for heading in ("Courriel pro", "courriel  PRO", "Courriel travail"):
        file = csv_of(f"{heading},Cie,Prénom\na@lichen.example,Lichen,Aude\n")
        with opened(file, remembered=YEARS) as sheet:
            assert sheet.layout.columns["address"] == " ".join(heading.split())
            assert set(sheet.layout.remembered) <= YEARS.keys()
            [person] = sheet
        assert isinstance(person, Entry)
        assert person.member.name == "Lichen"


def test_who_says_otherwise_of_one_file_is_heard(csv_of: Callable[..., Path]) -> None:
    file = csv_of("Courriel pro,Courriel 2,Cie\na@lichen.example,b@lichen.example,Lichen\n")
    with opened(file, {"address": "Courriel 2"}, remembered=YEARS) as sheet:
        assert sheet.layout.columns["address"] == "Courriel 2"
        assert sheet.layout.remembered == ("Cie",)


def test_two_remembered_columns_of_one_field_are_asked_about(csv_of: Callable[..., Path]) -> None:
    file = csv_of("Courriel pro,Courriel travail,Cie\na@lichen.example,b@lichen.example,Lichen\n")
    with pytest.raises(FileInvalid) as refused:
        opened(file, remembered=YEARS)
    assert refused.value.code == "columns_alike"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("MA", "Rhode Island"), "territory"),
        (("MA", "Unsubscribed"), None),
        (("Actif", "QC"), None),
        (("", ""), None),
    ],
)
@pytest.mark.parametrize("heading", ["State", "État"])
def test_a_state_is_a_place_where_places_stand_in_it(
    csv_of: Callable[..., Path], heading: str, cells: tuple[str, str], field: str | None
) -> None:
    rows = "\n".join(f"x{n}@lichen.example;Alpha;{cell}" for n, cell in enumerate(cells))
    with opened(csv_of(f"Email;Company;{heading}\n{rows}\n")) as sheet:
        taken = {name: one for one, name in sheet.layout.columns.items()}
        assert taken.get(heading) == field
        assert sheet.layout.noes == (() if field else (heading,))


def test_a_press_list_and_a_member_number_are_known_by_what_people_call_them(
    csv_of: Callable[..., Path],
) -> None:
    with opened(csv_of("Courriel;Média;No membre\nx@gazette.example;La Gazette;7\n")) as sheet:
        member = only(list(sheet)).member
    assert (member.name, member.reference) == ("La Gazette", "7")


def test_headings_are_found_by_what_is_remembered_too(csv_of: Callable[..., Path]) -> None:
    file = csv_of("Our members\n\nCourriel pro;Cie\na@lichen.example;Lichen\n")
    with opened(file, remembered=YEARS) as sheet:
        assert sheet.layout.line == 3
        assert len(list(sheet)) == 1


def test_what_can_be_declared_is_what_can_be_read() -> None:
    assert set(COLUMNS) == HEADINGS.keys()


@pytest.mark.parametrize("until", ["03/06/2019", "tomorrow", "2019-01-01"])
def test_a_no_is_read_from_a_line_that_cannot_be_read_otherwise(
    csv_of: Callable[..., Path], until: str
) -> None:
    head = "Email,Company,Member since,Member until,Unsubscribed\n"
    file = csv_of(
        f"{head}a@lichen.example,Lichen,2020-01-01,{until},yes\n"
        f"b@lichen.example,Lichen,2020-01-01,{until},no\n"
        "no address,Lichen,,,yes\n"
    )
    heard, unheard, nobody = read(file)
    assert isinstance(heard, BadLine)
    assert heard.heard
    assert (heard.heard.subscriber.address.key, heard.heard.mute) == ("a@lichen.example", True)
    assert [one.said for one in heard.heard.noes] == ["Unsubscribed: yes"]
    assert heard.heard.stated == frozenset()
    for one in (unheard, nobody):
        assert isinstance(one, BadLine)
        assert one.heard is None
