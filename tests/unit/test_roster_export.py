"""Exports: disarmed for spreadsheets, whole or not at all, and unchanged when read again."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.domain import address
from communique.domain.member import EVERYTHING, Entry, Member, Subscriber
from communique.errors import StoreUnavailable
from communique.roster import cells, export, stems
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

TODAY = date(2026, 11, 22)


def test_a_cell_that_looks_like_a_formula_is_disarmed_and_comes_back() -> None:
    for text in ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''@x"):
        assert cells.protected(text) == f"'{text}"
        assert cells.unprotected(cells.protected(text)) == text
    for text in ("", "x", "'", "'x", "’=", "a=b", "''"):
        assert cells.protected(text) == text
        assert cells.unprotected(text) == text


def test_no_formula_hides_behind_another_delimiter() -> None:
    for text, kept in (
        ("Foo;=cmd|' /C calc'!A0", "Foo;'=cmd|' /C calc'!A0"),
        ('Foo;"=1', "Foo;\"'=1"),
        ("a\t@b", "a\t'@b"),
        ("a, ＝1", "a, '＝1"),
        ("a;'=1", "a;''=1"),
        ("a;b=1", "a;b=1"),
    ):
        assert cells.protected(text) == kept
        assert cells.unprotected(kept) == text


name = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Co", "Zl", "Zp"])
        | st.sampled_from("='+-@\""),
        max_size=12,
    )
    .map(lambda text: cells.text(text.strip("' "), "it"))
    .filter(lambda text: not cells.ticked_off([text, text, text]) or not text)
    .filter(lambda text: not stems.in_a_name(text))  # such a line is held back
)
day = st.dates(date(1990, 1, 1), TODAY)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    count = draw(st.integers(0, 5))
    made = []
    for line in range(2, 2 + count):
        since, until = sorted((draw(day), draw(day)))
        member = Member(
            reference=draw(name) or "1",
            name=" ".join(draw(name).split()) or "Labo",
            sector=draw(name),
            territory=draw(name),
            kind=draw(name),
            since=draw(st.sampled_from([None, since])),
            until=draw(st.sampled_from([None, until])),
        )
        local = draw(st.sampled_from(["zoé", "+zoe", "=zoe", "-", "o'neil"]))
        subscriber = Subscriber(
            address.parse(f"{local}@l{line}.example"),
            draw(name),
            draw(name),
            draw(st.sampled_from(["fr", "en"])),
            draw(name),
        )
        lists = draw(st.sampled_from([(), ("members",), ("partners-news", "members")]))
        made.append(Entry(line, member, subscriber, lists, draw(st.none() | day)))
    return made


@settings(max_examples=60)
@given(
    written=entries(),
    language=st.sampled_from(["fr", "en"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    bom=st.booleans(),
)
def test_what_is_exported_and_read_again_is_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[Entry],
    language: str,
    delimiter: str,
    bom: bool,
) -> None:
    file = tmp_path_factory.mktemp("export") / "members.csv"
    with (
        export.whole(file, bom=bom) as out,
        export.table(out, export.heading(language), delimiter=delimiter) as rows,
    ):
        for one in written:
            rows.add(export.as_row(one))
    assert rows.count == len(written)
    with Sheet(
        file,
        Reading(
            languages=("fr", "en"),
            default_language="fr",
            list_keys=("members", "partners-news"),
            today=TODAY,
        ),
    ) as sheet:
        read = [one for one in sheet if isinstance(one, Entry)]
    assert [replace(one, stated=EVERYTHING) for one in read] == written
    assert file.read_bytes().startswith(b"\xef\xbb\xbf") is bom


def test_any_table_is_written_disarmed() -> None:
    out = io.StringIO(newline="")
    with export.table(out, ["who", "reply"]) as rows:
        assert out.getvalue() == ""
        rows.add(["=cmd|x", None])
        assert out.getvalue() == "who,reply\r\n'=cmd|x,\r\n"  # at once: nothing is held
        rows.add([7, "550 no; sorry"])
    assert out.getvalue() == "who,reply\r\n'=cmd|x,\r\n7,550 no; sorry\r\n"


def test_a_table_without_rows_has_its_heading_unless_asking_failed() -> None:
    out = io.StringIO(newline="")
    with pytest.raises(StoreUnavailable), export.table(out, ["n"]):
        raise StoreUnavailable
    assert out.getvalue() == ""
    with export.table(out, ["n"]):
        pass
    assert out.getvalue() == "n\r\n"


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("precious")

    def fails() -> None:
        with export.whole(file) as out, export.table(out, ["who"]) as rows:
            rows.add(["Zoé"])
            raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        fails()
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("precious")

    def half() -> None:
        with export.whole(file, bom=True) as out:
            out.write("half")
            raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        half()
    assert file.read_text() == "precious"
    with export.whole(file, bom=True) as out:
        assert file.read_text() == "precious", "until the end"
        out.write("é")
    assert file.read_bytes() == b"\xef\xbb\xbf\xc3\xa9"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with export.whole(pipe) as out:
        out.write("all of it")
    assert os.read(reading, 100) == b"all of it"
    os.close(reading)
    assert pipe.is_fifo()
