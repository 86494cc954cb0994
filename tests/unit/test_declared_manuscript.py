"""A release's folder is read whole, and what is wrong in it is named by file and line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from communique.declared import manuscript, transcript
from communique.domain.release import Audience, Edition, Filter, Release
from communique.errors import NotAllowed, Problems

KINDS = TemporaryDirectory()
SHIPPED = Path(__file__).parents[2] / "templates"
TEMPLATES = Path(KINDS.name)
for kind in ("announcement", "activity", "advantage"):
    (TEMPLATES / kind).mkdir()
COMMON = """\
kind = "activity"
parties = ["north", "south"]
agreement = "north-south"
link = "https://www.north.example/a"

[[audience]]
association = "north"
lists = ["members"]

[[audience]]
association = "south"
lists = ["members", "partners"]
only.territories = ["Québec"]
only.sectors = ["Agri-food"]
"""
FRENCH = """\
+++
subject = "L’objet"
preheader = "L’aperçu"
+++

Premier paragraphe.

+++ n’est plus une clôture ici.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spring-2019"
    made.mkdir()
    (made / "release.toml").write_text(COMMON, encoding="utf-8")
    (made / "fr.md").write_text(FRENCH, encoding="utf-8")
    return made


def wrong_with(folder: Path) -> list[str]:
    with pytest.raises(Problems) as caught:
        manuscript.read(folder, TEMPLATES)
    return [str(one).replace(f"{folder}/", "") for one in caught.value.problems]


def test_a_folder_becomes_a_release(folder: Path) -> None:
    assert manuscript.read(folder, TEMPLATES) == Release(
        key="spring-2019",
        kind="activity",
        parties=("north", "south"),
        editions=(
            Edition(
                "fr",
                "L’objet",
                "L’aperçu",
                "Premier paragraphe.\n\n+++ n’est plus une clôture ici.\n",
                source=str(folder / "fr.md"),
                first_line=6,
            ),
        ),
        audiences=(
            Audience("north", ("members",)),
            Audience(
                "south",
                ("members", "partners"),
                Filter(sectors=("Agri-food",), territories=("Québec",)),
            ),
        ),
        link="https://www.north.example/a",
        agreement="north-south",
    )


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(folder: Path) -> None:
    before = manuscript.read(folder, TEMPLATES)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert manuscript.read(folder, TEMPLATES) == before


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind = ", "kin = ", "release.toml:1: unknown key `kin`; did you mean “kind”?"),
        (
            '"activity"',
            '"party"',
            "release.toml:1: `kind`: there is no kind “party”; it can be: act",
        ),
        ('"activity"', "3", "release.toml:1: `kind` must be text, in quotes"),
        (
            '["north", "south"]',
            "[]",
            "release.toml:2: `parties` must be a list of one text or more",
        ),
        (
            '["north", "south"]',
            '"north"',
            "release.toml:2: `parties` must be a list of one text or more",
        ),
        ("https://www", "ftp://www", "release.toml:4: `link`: “ftp://www.north.example/a” is not"),
        ("https://www.", "https://[", "release.toml:4: `link`: “https://[north.example/a” is not"),
        ('"north-south"', '"a\\u2028b"', "release.toml:3: `agreement` holds a control character"),
        ("only.territories", "only.regions", "release.toml:13: unknown key `regions`; it can be"),
        ('["Québec"]', '"Québec"', "release.toml:13: `territories` must be a list of one"),
        ('association = "south"\n', "", "release.toml:10: `association` is missing"),
        ('lists = ["members"]\n', "", "release.toml:6: `lists` is missing"),
        ('n = "south"', 'n = "north"', "release.toml:11: “north” has more than one [[audience]]"),
        ('= ["members"]', "= members", "release.toml:8: is not TOML: Invalid value"),
    ],
)
def test_what_is_wrong_in_common_is_named_by_line(
    folder: Path, old: str, new: str, expected: str
) -> None:
    assert old in COMMON
    (folder / "release.toml").write_text(COMMON.replace(old, new, 1), encoding="utf-8")
    problems = wrong_with(folder)
    assert len(problems) == 1 or old == "kind = "
    assert problems[0].startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bonjour.\n", "fr.md:1: the front matter is missing or does not end"),
        ("+++\nsubject = 'x'\n", "fr.md:1: the front matter is missing or does not end"),
        ("+++\nsubjet = 'x'\n+++\nx\n", "fr.md:2: unknown key `subjet`; did you mean “subject”"),
        ("+++\npreheader = 'x'\n+++\nx\n", "fr.md:2: `subject` is missing"),
        ("+++\n+++\nx\n", "fr.md:2: `subject` is missing"),
        ("+++\n\nsubject = x\n+++\nx\n", "fr.md:3: is not TOML"),
        ("+++\nsubject = ' '\n+++\nx\n", "fr.md:2: `subject` is empty"),
        ("+++\nsubject = 'x'\n+++\n \n\n", "fr.md:3: the edition has no body"),
        ("", "fr.md:1: the front matter is missing or does not end"),
    ],
)
def test_what_is_wrong_in_an_edition_is_named_by_line(
    folder: Path, text: str, expected: str
) -> None:
    (folder / "fr.md").write_text(text, encoding="utf-8")
    assert wrong_with(folder)[0].startswith(expected)


def test_a_file_that_is_not_utf_8_names_the_line(folder: Path) -> None:
    (folder / "fr.md").write_bytes(FRENCH.encode("cp1252"))
    assert wrong_with(folder) == ["fr.md:2: is not UTF-8 text — save it as UTF-8"]


def test_all_that_is_wrong_is_named_at_once(folder: Path) -> None:
    (folder / "release.toml").unlink()
    (folder / "fr.md").write_text("x", encoding="utf-8")
    (folder / "notes.md").write_text(FRENCH, encoding="utf-8")
    assert [one.split(" — ")[0] for one in wrong_with(folder)] == [
        "release.toml: is missing",
        "fr.md:1: the front matter is missing or does not end",
        "notes.md: an edition's file is named by its language, as fr.md",
    ]


def test_a_folder_without_editions_or_with_a_bad_name_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "Spring 2019"
    folder.mkdir()
    (folder / "release.toml").write_text(COMMON, encoding="utf-8")
    found = " ".join(wrong_with(folder))
    assert "lower-case letters" in found
    assert "no edition" in found
    assert "no such folder" in wrong_with(tmp_path / "nowhere")[0]


def test_what_is_written_is_read_back(folder: Path, tmp_path: Path) -> None:
    release = manuscript.read(folder, TEMPLATES)
    again = tmp_path / "copy" / release.key
    transcript.write(release, again, TEMPLATES)
    source = str(again / "fr.md")
    assert manuscript.read(again, TEMPLATES) == replace(
        release, editions=(replace(release.editions[0], source=source),)
    )


def test_what_somebody_wrote_gets_no_text_to_replace(folder: Path, tmp_path: Path) -> None:
    release = manuscript.read(folder, TEMPLATES)
    bare = replace(release.editions[0], preheader="")
    transcript.write(replace(release, editions=(bare,)), tmp_path / "copy", TEMPLATES)
    assert manuscript.read(tmp_path / "copy", TEMPLATES).editions[0].preheader == ""


def test_a_new_release_begins_with_texts_to_replace(tmp_path: Path) -> None:
    folder = tmp_path / "autumn"
    blank = tuple(Edition(language, "", "", "") for language in ("fr", "en"))
    audiences = (Audience("north", ("members",)),)
    transcript.write(
        Release("autumn", "announcement", ("north",), blank, audiences), folder, TEMPLATES
    )
    release = manuscript.read(folder, TEMPLATES)
    assert [one.language for one in release.editions] == ["en", "fr"]
    assert all("{% if member.territory" in one.body for one in release.editions)
    written = (folder / "release.toml").read_text(encoding="utf-8")
    assert "# only.territories" in written
    assert "Montréal" not in written, "which may be no place of theirs"
    assert "agreement" not in written, "one party has none with itself"


def test_a_new_release_of_several_says_where_its_agreement_goes(tmp_path: Path) -> None:
    folder = tmp_path / "autumn"
    blank = (Edition("fr", "", "", ""),)
    audiences = (Audience("north", ("members",)),)
    two = Release("autumn", "announcement", ("north", "south"), blank, audiences)
    transcript.write(two, folder, TEMPLATES)
    written = (folder / "release.toml").read_text(encoding="utf-8")
    assert "\n# agreement = " in written
    assert manuscript.read(folder, TEMPLATES).agreement is None


def test_nothing_is_written_over(folder: Path) -> None:
    before = (folder / "fr.md").read_bytes()
    release = manuscript.read(folder, TEMPLATES)
    (folder / "release.toml").unlink()
    with pytest.raises(NotAllowed, match="already"):
        transcript.write(release, folder, TEMPLATES)
    assert (folder / "fr.md").read_bytes() == before
    assert not (folder / "release.toml").exists()


@pytest.mark.parametrize(
    ("name", "language"),
    [("Bad Name", "fr"), ("..", "fr"), ("autumn", "../../fr"), ("autumn", "français")],
)
def test_nothing_begins_that_could_not_be_read_or_would_leave_its_folder(
    tmp_path: Path, name: str, language: str
) -> None:
    folder = tmp_path / "desk" / "releases" / name
    edition = Edition(language, "", "", "")
    release = Release(name, "announcement", ("north",), (edition,), ())
    with pytest.raises(Problems):
        transcript.write(release, folder, TEMPLATES)
    assert not list(tmp_path.rglob("*.*"))


USING = COMMON.replace('lists = ["members"]', 'use = "visitors"', 1)


def test_an_audience_is_used_by_its_name_and_written_so(folder: Path) -> None:
    (folder / "release.toml").write_text(USING, encoding="utf-8")
    release = manuscript.read(folder, TEMPLATES)
    assert release.audiences[0] == Audience("north", (), use="visitors")
    filed = replace(
        release, audiences=(Audience("north", ("members",), use="visitors"), release.audiences[1])
    )
    transcript.write(filed, folder.parent / "again" / "spring-2019", TEMPLATES)
    again = manuscript.read(folder.parent / "again" / "spring-2019", TEMPLATES)
    assert again.audiences == release.audiences


def test_what_is_used_by_name_is_not_said_twice(folder: Path) -> None:
    more = 'use = "visitors"\nlists = ["members"]\nwithout = ["board"]'
    text = USING.replace('use = "visitors"', more)
    (folder / "release.toml").write_text(text, encoding="utf-8")
    assert wrong_with(folder) == [
        f"release.toml:{line}: what is used by name says `{key}` already — leave it out, or leave "
        "out `use`"
        for line, key in ((9, "lists"), (10, "without"))
    ]


def test_a_new_folder_is_labelled_in_the_language_that_is_spoken(tmp_path: Path) -> None:
    bare = Release("evening", "activity", ("harfang",), (Edition("fr", "", "", ""),), ())
    for language, label in (("en", "# Begins, as"), ("fr", "# Début, comme")):
        transcript.write(bare, tmp_path / language / "evening", SHIPPED, language=language)
        assert label in (tmp_path / language / "evening" / "release.toml").read_text("utf-8")
        said = (tmp_path / language / "evening" / "fr.md").read_text("utf-8")
        assert "# Qui peut venir" in said, "an edition is written in its own"
