"""The fictional members: the same everywhere, really fictional, and odd enough to be of use."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from itertools import islice
from pathlib import Path
from unicodedata import bidirectional

import pytest
from tools import fictional_people as fictional

from communique.domain.consent import Basis, lapses_on
from communique.domain.member import Entry
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

TODAY = date(2026, 11, 22)


def entries(file: Path) -> list[Entry]:
    with Sheet(
        file,
        Reading(
            languages=("fr", "en"),
            default_language="en",
            list_keys=("members", "partners-news"),
            today=TODAY,
        ),
    ) as sheet:
        assert sheet.layout.ignored == ()
        read = list(sheet)
    assert [line for line in read if not isinstance(line, Entry)] == []
    return [line for line in read if isinstance(line, Entry)]


@pytest.fixture(scope="module")
def quebec() -> list[Entry]:
    return entries(fictional.SUBSCRIBERS / "bioquebec" / "members.csv")


@pytest.fixture(scope="module")
def massachusetts() -> list[Entry]:
    return entries(fictional.SUBSCRIBERS / "massbio" / "members.csv")


def test_the_committed_files_are_what_the_generator_makes() -> None:
    assert fictional.main(["--check"]) == 0


def test_check_names_a_file_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fictional, "SUBSCRIBERS", tmp_path)
    for key in fictional.PLACES:
        (tmp_path / key).mkdir()
    assert fictional.main([]) == 0
    assert fictional.main(["--check"]) == 0
    with (tmp_path / "massbio" / "members.csv").open("ab") as file:
        file.write(b"one more\n")
    assert fictional.main(["--check"]) == 1
    assert "massbio" in capsys.readouterr().err


def test_there_are_as_many_as_the_demo_needs(
    quebec: list[Entry], massachusetts: list[Entry]
) -> None:
    assert 220 <= len(quebec) <= 260
    assert len({one.member.reference for one in massachusetts}) == 1150
    assert len({one.member.name for one in massachusetts}) == 1150
    assert 0.7 < sum(one.subscriber.language == "fr" for one in quebec) / len(quebec) < 0.85
    in_time = [
        one
        for one in (*quebec, *massachusetts)
        if (end := lapses_on(Basis.MEMBERSHIP, TODAY, one.member.until)) is None or end > TODAY
    ]
    assert len(in_time) > 1300
    assert any(one.member.until for one in in_time), "some have left, and may still be written to"
    assert len(in_time) < len(quebec) + len(massachusetts), "some consent has lapsed"


def test_each_territory_has_members_outside_it(
    quebec: list[Entry], massachusetts: list[Entry]
) -> None:
    assert any(one.member.territory == "Massachusetts" for one in quebec)
    assert any(one.member.territory == "Québec" for one in massachusetts)


@pytest.mark.parametrize(
    "oddity",
    [
        lambda one: len(one.member.name) > 60,
        lambda one: "xn--" in one.subscriber.address.domain,
        lambda one: "+" in one.subscriber.address.local,
        lambda one: "'" in one.subscriber.family_name,
        lambda one: "’" in one.subscriber.family_name,
        lambda one: "-" in one.subscriber.given_name,
        lambda one: bidirectional(one.subscriber.family_name[0]) in ("R", "AL"),
    ],
)
def test_both_have_the_names_that_break_things(
    oddity: Callable[[Entry], bool], quebec: list[Entry], massachusetts: list[Entry]
) -> None:
    assert any(oddity(one) for one in quebec)
    assert any(oddity(one) for one in massachusetts)


def test_no_mail_can_leave_for_any_of_them(quebec: list[Entry], massachusetts: list[Entry]) -> None:
    everyone = [*quebec, *massachusetts]
    assert all(one.subscriber.address.domain.endswith(".example") for one in everyone)
    assert len({one.subscriber.address.key for one in everyone}) == len(everyone)


def test_any_number_can_be_made_and_all_differ(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    assert fictional.main(["--count", "20000", "--out", str(file)]) == 0
    assert len(entries(file)) == 20_000  # a duplicate would not be an Entry


def test_names_stay_different_long_after_the_words_are_used_up() -> None:
    names = {fictional._company(fictional.BIOQUEBEC, number) for number in range(20_000)}
    assert len(names) == 20_000


def test_the_same_rows_come_out_each_time() -> None:
    first = list(islice(fictional.people(fictional.MASSBIO), 500))
    assert first == list(islice(fictional.people(fictional.MASSBIO), 500))
    out = io.StringIO()
    fictional.write(fictional.MASSBIO, iter(first), out)
    assert out.getvalue().count("\n") == 501
