"""Kinds are folders with fields: what is wrong in them is named, and what they say is shown."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from communique.declared import kinds, load, manuscript, transcript
from communique.domain.activity import Activity
from communique.domain.association import Association
from communique.domain.content import Frozen, Variant, freeze
from communique.domain.kind import Each, Field, KindDefinition, Type
from communique.domain.mail import MessageIdentity
from communique.domain.release import Audience, Edition, Release
from communique.errors import CommuniqueError, Invalid, Problems
from communique.messages import Press
from communique.messages.catalog import sample, templates
from communique.messages.checking import check
from communique.messages.mime import plain_text
from communique.messages.render import prepare

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SAMPLES = sorted(one.name for one in (ROOT / "releases").iterdir())
DATE = datetime(2019, 5, 30, 13, tzinfo=UTC)
MARKS = MessageIdentity(
    "abc@lists.example", "https://desk.example/u/1.2.abc", "bounce@desk.example"
)
ALL = {one.key: one for one in load(ROOT / "subscribers").associations}


def shipped(key: str) -> Release:
    return manuscript.read(ROOT / "releases" / key, TEMPLATES)


def frozen(release: Release, associations: Mapping[str, Association] = ALL) -> Frozen:
    used = [associations[key] for key in release.parties]
    return freeze(release, used, templates(TEMPLATES, release.kind)).read()


def shown(
    release: Release, host: str, language: str, associations: Mapping[str, Association] = ALL
) -> tuple[str, str]:
    """The text and the HTML that the sample reader gets."""
    reader = sample(TEMPLATES, release.kind, language)._replace(language=language)
    variant = Variant(frozen(release, associations), host, language, DATE)
    made = prepare(variant).render(reader, MARKS)
    return plain_text(made.text).replace("\xa0", " "), plain_text(made.html).replace("&nbsp;", " ")


@pytest.mark.parametrize("key", SAMPLES)
def test_each_shipped_release_can_be_sent_and_is_written_back_as_it_was(
    key: str, tmp_path: Path
) -> None:
    release = shipped(key)
    assert check(frozen(release), release.editions) == ()
    transcript.write(release, tmp_path / key, TEMPLATES)
    again = manuscript.read(tmp_path / key, TEMPLATES)
    assert again == replace(
        release,
        editions=tuple(
            replace(one, source=new.source, first_line=new.first_line)
            for one, new in zip(release.editions, again.editions, strict=True)
        ),
    )
    assert any(one.fields for one in release.editions)


@pytest.mark.parametrize(
    ("language", "dateline", "public", "facts"),
    [
        (
            "fr",
            "PHILADELPHIE, le 3 juin 2019 –",
            "Rendu public le 30 mai 2019.",
            ["San Diego en 2017", "Plus de 1 100 entreprises", "pour trois ans"],
        ),
        (
            "en",
            "PHILADELPHIA, June 3, 2019 –",
            "Made public on May 30, 2019.",
            ["San Diego in 2017", "More than 1,100 member companies", "for three years"],
        ),
    ],
)
def test_an_announcement_is_a_press_release(
    language: str, dateline: str, public: str, facts: list[str]
) -> None:
    text, html = shown(shipped("memorandum-2019"), "massbio", language)
    for part in (text, html.replace("<strong>", "").replace("</strong>", "")):
        for words in (dateline, public, *facts, "Harriet Penwarden"):
            assert words in part
        assert "press@massbio.example" in part
        assert "presse@bioquebec.example" in part
        for one in ALL.values():
            assert " ".join(one.about[language].split()) in " ".join(
                part.replace("\xa0", " ").split()
            )


def with_press(release: Release) -> tuple[Release, dict[str, Association]]:
    """The same, which goes to a list of the press as well."""
    host = ALL["massbio"]
    journalists = replace(host.lists[0], key="journalists", press=True)
    told = {**ALL, "massbio": replace(host, lists=(*host.lists, journalists))}
    audience = Audience("massbio", ("members", "journalists"))
    return replace(release, audiences=(Audience("bioquebec", ("members",)), audience)), told


@pytest.mark.parametrize("careless", [False, True])
def test_notes_to_editors_reach_lists_of_the_press_and_nobody_else(
    careless: bool,
) -> None:
    """Even where a template shows them to everybody, and whatever the reader's list is."""
    release, told = with_press(shipped("memorandum-2019"))
    files = dict(templates(TEMPLATES, release.kind))
    if careless:
        for part in ("announcement/body.html", "announcement/body.txt"):
            files[part] = files[part].replace(
                "{{ edition.body }}", "{{ edition.body }} {{ fields.notes }}"
            )
    content = freeze(release, list(told.values()), files).read()
    assert check(content, release.editions) == ()
    marked = {"fr": "porte-parole", "en": "Spokespeople"}
    seen = set()
    for host, association in told.items():
        for language in ("fr", "en"):
            composer = Press(TEMPLATES).composer(Variant(content, host, language, DATE))
            for one in association.lists:
                reader = sample(TEMPLATES, "announcement", language)._replace(
                    language=language, list_key=one.key
                )
                if marked[language].encode() in composer.compose(reader, MARKS):
                    seen.add((host, language, one.key))
    assert seen == {("massbio", language, "journalists") for language in ("fr", "en")}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ["jeudi 3 octobre 2019, 17 h 30 – 20 h", "Heure de l’Est", "Gratuit pour"]),
        ("en", ["Thursday, October 3, 2019, 5:30\u202fPM – 8:00\u202fPM", "Eastern Time"]),
    ],
)
def test_an_activity_shows_its_hour_once_where_all_clocks_agree(
    language: str, expected: list[str]
) -> None:
    for part in shown(shipped("boston-evening-2019"), "bioquebec", language):
        for words in (*expected, "Cambridge, MA 02100", "80"):
            assert words in part
        assert part.count(expected[0]) == 1
        assert "https://www.massbio.example/boston-evening/register" in part


def test_an_activity_shows_the_local_hours_of_both_associations() -> None:
    """Also across midnight: 23 h in Cambridge is the next day in Paris."""
    abroad = {**ALL, "bioquebec": replace(ALL["bioquebec"], time_zone="Europe/Paris")}
    release = shipped("boston-evening-2019")
    late = {**release.fields, "starts": "2019-10-03T17:00", "ends": "2019-10-03T19:30"}
    text, _ = shown(replace(release, fields=late), "bioquebec", "fr", abroad)
    assert "jeudi 3 octobre 2019, 17 h – 19 h 30\nHeure de l’Est · MassBio" in text
    assert (
        "jeudi 3 octobre 2019, 23 h – vendredi 4 octobre 2019, 1 h 30\n"
        "Heure de l’Europe centrale · BIOQuébec"
    ) in text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"starts": "2019-10-03", "ends": "2019-10-05", "all_day": True},
            "Thursday, October 3, 2019 – Saturday, October 5, 2019\n\n",
        ),
        (
            {"starts": "2019-10-03", "ends": "2019-10-03", "all_day": True},
            "Thursday, October 3, 2019\n\n",
        ),
        (
            {"online": "https://www.massbio.example/live"},
            "TAKE PART ONLINE\nhttps://www.massbio.example/live",
        ),
    ],
)
def test_an_activity_may_last_days_or_be_online(fields: dict[str, Any], expected: str) -> None:
    release = shipped("boston-evening-2019")
    release = replace(release, fields={**release.fields, **fields})
    assert check(frozen(release), release.editions) == ()
    assert expected in shown(release, "massbio", "en")[0]


def test_an_advantage_tells_who_gives_it_and_until_when_and_has_a_pass_where_there_is_one() -> None:
    release = shipped("boston-welcome-2019")
    for part in shown(release, "bioquebec", "fr"):
        assert "1er juillet 2019" in part
        assert "30 juin 2020" in part
        assert "MassBio" in part
        assert "laissez-passer prouve" not in part
    reader = sample(TEMPLATES, "advantage", "fr")._replace(language="fr")
    marks = MARKS._replace(pass_url="https://desk.example/p/7")
    made = prepare(Variant(frozen(release), "bioquebec", "fr", DATE)).render(reader, marks)
    assert 'href="https://desk.example/p/7"' in plain_text(made.html)
    assert "\nhttps://desk.example/p/7\n" in plain_text(made.text)


def test_an_announcement_without_fields_is_made_as_ever() -> None:
    bare = replace(
        shipped("memorandum-2019"),
        fields={},
        editions=tuple(replace(one, fields={}) for one in shipped("memorandum-2019").editions),
    )
    assert check(frozen(bare), bare.editions) == ()
    text, _ = shown(bare, "massbio", "en")
    assert "–\n" not in text
    assert "IN BRIEF" not in text


# What is wrong is named with file, line and remedy.


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A copy of the sample desk to spoil."""
    for name in ("templates", "releases"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def spoilt(desk: Path, file: str, old: str, new: str) -> list[str]:
    path = desk / "releases" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        manuscript.read(path.parent, desk / "templates")
    return [str(one).replace(f"{desk}/", "") for one in caught.value.problems]


EVENING, WELCOME, MEMO = "boston-evening-2019", "boston-welcome-2019", "memorandum-2019"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (f"{EVENING}/release.toml", 'starts = "2019-10-03 17:30"\n', "", ":8: `starts` is missing"),
        (f"{EVENING}/release.toml", "2019-10-03 17:30", "2019-10-33 17:30", ":9: `starts` must be"),
        (f"{EVENING}/release.toml", "2019-10-03 17:30", "…", ":9: `starts` must be a local hour"),
        (f"{EVENING}/release.toml", "2019-10-03 20:00", "2019-10-03 17:00", ":10: `ends`: it ends"),
        (f"{EVENING}/release.toml", "by = 2019-09-26", "by = 2019-10-04", ":20: `register_by`: on"),
        (f"{EVENING}/release.toml", "America/New_York", "America/Boston", ":11: `zone`: “Americ"),
        (f"{EVENING}/release.toml", "America/New_York", "EST", ":11: `zone`: “EST” is no place"),
        (f"{EVENING}/release.toml", "places =", "place =", ":18: unknown key `place`; did you me"),
        (f"{EVENING}/release.toml", "places = 80", "places = -1", ":18: `places` must be from 0 "),
        (f"{EVENING}/release.toml", "places = 80", f"places = {10**30}", ":18: `places` must be "),
        (
            f"{EVENING}/release.toml",
            '"2019-10-03 17:30"',
            "2019-10-03",
            ":9: `starts` says no hour",
        ),
        (
            f"{EVENING}/release.toml",
            "[fields]",
            "[fields]\nall_day = true",
            ":10: `starts` says an",
        ),
        (f"{EVENING}/release.toml", 'register = "https', 'register = "ftp', ":19: `register`: “f"),
        (f"{EVENING}/release.toml", "2019-10-03 17:30", "2019-03-10 02:30", ":9: `starts`: there"),
        (
            f"{EVENING}/fr.md",
            "who = ",
            "whom = ",
            "fr.md:5: unknown key `whom`; did you",
        ),
        (f"{WELCOME}/release.toml", 'by = ["massbio"]', 'by = ["massbi"]', ":9: `given_by`: “mas"),
        (f"{WELCOME}/release.toml", "ends = 2020-06-30", "ends = 2019-06-30", ":12: `ends`: it en"),
        (f"{WELCOME}/fr.md", 'offer = "Cinq', 'offer = "…" #', "fr.md:4: `offer` still has the …"),
        (
            f"{WELCOME}/en.md",
            "Parking is",
            "{{ x }}",
            "en.md:9: `conditions` is shown as",
        ),
        (f"{MEMO}/release.toml", "2019-06-03", '"3 June"', ":10: `dated` must be a day"),
        (f"{MEMO}/fr.md", 'name = "Harriet Penwarden"\n', "", ":21: `name` is missing"),
        (f"{MEMO}/fr.md", 'n = "massbio"', 'n = "mass"', "`quotations`: “mass” is no party"),
    ],
)
def test_what_is_wrong_with_a_field_is_named_with_its_line(
    begun: Path, file: str, old: str, new: str, expected: str
) -> None:
    found = spoilt(begun, file, old, new)
    assert len(found) == 1, found
    assert expected in found[0]


def test_a_folder_of_ones_own_is_a_kind(begun: Path) -> None:
    club = begun / "templates" / "journal-club"
    shutil.copytree(begun / "templates" / "announcement", club)
    (club / "kind.toml").write_text(
        'nature = "announcement"\nnames.en = "Journal club"\n\n[[field]]\nkey = "form"\n'
        'type = "choice"\neach = "edition"\nrequired = true\n\n[[field.choice]]\nkey = "visit"\n'
        'labels.en = "A visit"\nlabels.fr = "Une visite"\n',
        encoding="utf-8",
    )
    for part, text in (("html", "<p>{{ fields.form }}</p>"), ("txt", "{{ fields.form }}")):
        (club / f"body.{part}").write_text(
            f'{{% extends "_base/body.{part}" %}}{{% block body %}}{text}{{% endblock %}}',
            encoding="utf-8",
        )
    assert "journal-club" in kinds.known(begun / "templates")
    release = Release(
        "club",
        "journal-club",
        ("massbio",),
        (Edition("fr", "Objet", "", "Corps\n"),),
        (Audience("massbio", ("members",)),),
    )
    transcript.write(release, begun / "releases" / "club", begun / "templates")
    written = begun / "releases" / "club" / "fr.md"
    assert 'form = "…"  # form (visit), comme "…"' in written.read_text(encoding="utf-8")
    written.write_text(written.read_text(encoding="utf-8").replace('"…"  #', '"visit" #'))
    read = manuscript.read(written.parent, begun / "templates")
    content = freeze(read, [ALL["massbio"]], templates(begun / "templates", read.kind)).read()
    reader = sample(begun / "templates", read.kind, "fr")._replace(language="fr")
    made = prepare(Variant(content, "massbio", "fr", DATE)).render(reader, MARKS)
    assert "Une visite" in plain_text(made.text)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('nature = "activity"', 'nature = "party"', "kind.toml:4: `nature`: there is no “party”"),
        ('type = "zone"', 'type = "text"', "its nature wants the field `zone` of the type “zone”"),
        ('key = "price"', 'key = "who"', "kind.toml:79: there are two fields with the key “who”"),
        ('key = "price"', 'key = "subject"', "“subject” cannot be the key of a field"),
        ('key = "price"', 'kee = "price"', "unknown key `kee`; did you mean “key”?"),
    ],
)
def test_what_is_wrong_with_a_kind_is_named_with_its_line(
    begun: Path, old: str, new: str, expected: str
) -> None:
    path = begun / "templates" / "activity" / "kind.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems: list[CommuniqueError] = []
    kinds.read(begun / "templates", "activity", problems)
    assert len(problems) == 1, problems
    assert expected in str(problems[0])
    assert problems[0].line


def test_what_changed_in_a_kind_since_a_release_was_filed_is_found_when_it_is_submitted() -> None:
    release = replace(shipped("memorandum-2019"), fields={"dated": "3 June", "shoe": "x"})
    with pytest.raises(Problems) as caught:
        check(frozen(release), release.editions)
    assert sorted(map(str, caught.value.problems)) == [
        "`dated` must be a day, without quotes: 2025-06-03",
        "the kind “announcement” has no field `shoe`; it has dated, made_public",
    ]


@pytest.mark.parametrize("type_", Type)
def test_no_value_of_another_type_passes(type_: Type) -> None:
    field = Field("x", type_, Each.RELEASE, choices={"a": {"en": "A"}})
    wrongs: tuple[Any, ...] = (None, {}, 1.5, "", [], [""], "a\nb\x07")
    for wrong in wrongs:
        with pytest.raises(Invalid):
            field.check(wrong)


def test_an_activity_is_over_when_its_last_day_is_where_it_is() -> None:
    days = {
        "starts": "2019-11-02",
        "ends": "2019-11-03",
        "all_day": True,
        "zone": "America/Toronto",
    }
    activity = Activity.of(days)
    assert activity.begins_at == datetime(2019, 11, 2, 4, tzinfo=UTC)
    assert activity.over_at == datetime(2019, 11, 4, 5, tzinfo=UTC)  # the clocks went back


def test_a_kind_of_an_old_desk_has_no_fields(tmp_path: Path) -> None:
    (tmp_path / "activity").mkdir()
    problems: list[CommuniqueError] = []
    assert kinds.read(tmp_path, "activity", problems) == KindDefinition("activity")
    assert kinds.known(tmp_path) == ("activity",)
    assert not problems
