"""A further term is written into a file that people keep: nothing else in it moves or is lost."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path

import pytest
from tests.contract.desks import HARFANG, MASSIF, PACT

from communique.declared import renewing, transcript
from communique.declared.renewing import Renewal
from communique.domain.association import Term
from communique.domain.skeleton import unwritten
from communique.errors import FileInvalid, NotAllowed

SUBSCRIBERS = Path(__file__).parents[2] / "subscribers"
TEMPLATES = Path(__file__).parents[2] / "templates"
TERM = Term(date(2028, 6, 3), date(2031, 6, 2))
LINES = ["[[agreement.term]]", "starts = 2028-06-03", "ends = 2031-06-02"]
PACT_IN_FILE = """\
# What we agreed on.

[[agreement]] # the first
key = "pact"   # never change it
names.fr = "Protocole"
parties = ["a",
           "b"]

# Signed on a rainy day.
[[agreement.term]]
starts = 2025-06-03   # a Tuesday
ends = 2028-06-02
"""
OTHER = """\

# The other one, since then.
[[agreement]]
key = "other"
names.fr = "Entente"
parties = ["a", "c"]
[[agreement.term]]
starts = 2020-01-01
ends = 2021-01-01
"""


def renewed(folder: Path, text: str, key: str = "pact") -> str:
    file = folder / "agreements.toml"
    file.write_bytes(text.encode())
    Renewal(folder, key, TERM).keep()
    return file.read_bytes().decode()


def added(before: str, now: str) -> list[str]:
    """The lines that came, each of the others being where it was."""
    rest = iter(before.splitlines())
    expected = next(rest, None)
    new = []
    for line in now.splitlines():
        if line == expected:
            expected = next(rest, None)
        else:
            new.append(line)
    assert expected is None, f"{expected!r} is gone, or moved"
    return new


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (PACT_IN_FILE, "ends = 2028-06-02"),
        (PACT_IN_FILE + OTHER, "ends = 2028-06-02"),
        (PACT_IN_FILE + "# of that term\n" + OTHER, "# of that term"),
        (PACT_IN_FILE + "\n# at the end\n", "ends = 2028-06-02"),
        (PACT_IN_FILE.rstrip("\n"), "ends = 2028-06-02"),
        (PACT_IN_FILE.replace("\n", "\r\n") + OTHER.replace("\n", "\r\n"), "ends = 2028-06-02"),
        ("\ufeff" + PACT_IN_FILE, "ends = 2028-06-02"),
    ],
    ids=["alone", "another below", "a remark", "a remark at the end", "no end", "CRLF", "BOM"],
)
def test_only_the_lines_of_the_term_are_new_and_they_stand_below_the_last(
    tmp_path: Path, text: str, after: str
) -> None:
    now = renewed(tmp_path, text)
    assert [one for one in added(text, now) if one] == LINES
    lines = now.splitlines()
    at = lines.index(LINES[0], lines.index(after))
    assert [one for one in lines[lines.index(after) + 1 : at] if one] == []
    assert lines[at : at + 3] == LINES
    assert ("\r\n" in now) == ("\r\n" in text)
    assert now.count("\n") == now.count("\r\n") or "\r\n" not in now
    if "other" in text:
        assert lines[at + 3 : at + 5] == ["", "# The other one, since then."]


def test_the_shipped_file_stays_as_it_is(tmp_path: Path) -> None:
    before = (SUBSCRIBERS / "agreements.toml").read_text(encoding="utf-8")
    now = renewed(tmp_path, before, "quebec-massachusetts")
    assert now == before + "\n" + "\n".join(LINES) + "\n"


def test_a_list_of_terms_on_one_line_gets_one_more(tmp_path: Path) -> None:
    before = (
        '[[agreement]]\nkey = "pact" # here\nterm = [{ starts = 2020-01-01, ends = 2028-06-02 }]\n'
    )
    now = renewed(tmp_path, before)
    [one] = tomllib.loads(now)["agreement"]
    assert one["term"][1] == {"starts": TERM.starts, "ends": TERM.ends}
    assert '"pact" # here' in now


def test_a_file_in_which_a_term_cannot_be_put_is_left_alone(tmp_path: Path) -> None:
    before = """\
[[agreement]]
key = "pact"
term = [
  { starts = 2020-01-01, ends = 2028-06-02 } # no comma
  # the last so far
]
"""
    with pytest.raises(FileInvalid, match="term"):
        renewed(tmp_path, before)
    assert (tmp_path / "agreements.toml").read_text() == before


def test_it_is_shown_before_and_kept_whole_with_its_rights_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "agreements.toml"
    file.write_text(PACT_IN_FILE, encoding="utf-8")
    file.chmod(0o640)
    renewal = Renewal(tmp_path, "pact", TERM)
    assert [one for one in renewal.difference if one[0] == "+" and one[1:2] != "+"] == [
        "+",
        *(f"+{one}" for one in LINES),
    ]
    assert file.read_text(encoding="utf-8") == PACT_IN_FILE
    file.write_text(PACT_IN_FILE + OTHER, encoding="utf-8")  # somebody else, meanwhile
    with pytest.raises(NotAllowed, match="somebody else just changed the file"):
        renewal.keep()
    assert file.read_text(encoding="utf-8") == PACT_IN_FILE + OTHER
    Renewal(tmp_path, "pact", TERM).keep()
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["agreements.toml"]


def test_the_release_has_the_facts_in_each_language_and_is_not_written_yet(tmp_path: Path) -> None:
    release = renewing.announcing(PACT, TERM, (HARFANG, MASSIF), "pact-2028")
    assert (release.parties, release.agreement) == (("harfang", "massif"), "pact")
    assert [(one.association, one.lists) for one in release.audiences] == [
        ("harfang", ("members",)),
        ("massif", ("members",)),
    ]
    french, english = release.editions
    assert french.subject == "Protocole : reconduction jusqu’au 2 juin 2031"
    assert "Harfang et Massif reconduisent « Protocole »" in french.body
    assert "from June 3, 2028 to June 2, 2031" in english.body
    assert unwritten(french) == unwritten(english) == ("body",)
    transcript.write(release, tmp_path / "pact-2028", TEMPLATES)
    assert sorted(os.listdir(tmp_path / "pact-2028")) == ["en.md", "fr.md", "release.toml"]


def test_every_line_keeps_the_end_and_the_spacing_that_it_had(tmp_path: Path) -> None:
    """Whatever programs wrote it, one after the other."""
    ends = ("\r\n", "\n", "\n", "\r\n")
    lines = [*PACT_IN_FILE.splitlines(), *OTHER.splitlines()]
    lines[1] = "   "
    before = "".join(line + ends[place % 4] for place, line in enumerate(lines))
    now = renewed(tmp_path, before)
    rest = iter(now.splitlines(keepends=True))
    assert all(line in rest for line in before.splitlines(keepends=True))
    assert len(now.splitlines()) == len(lines) + 4
