"""`subscribers/` as files: what is read, and that each mistake is named with its file and line."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from communique.declared.associations import Declared, load
from communique.domain.association import ApprovalRule, Role, from_document, to_document
from communique.domain.audience import SavedAudience
from communique.domain.consent import Basis
from communique.domain.release import Filter
from communique.errors import FileInvalid, Problems
from communique.wording import Remedy

ASSOCIATION = """\
languages = ["fr", "en"]
names.fr = "Nordet"
names.en = "Nor’easter"
time_zone = "America/Toronto"
jurisdiction = "CA-QC"
requires_french = true
postal_address = "1, rue de l’Exemple, Laval (Québec)"
phone = "+1 514 555-0199"
web = "https://nordet.example"
contact = "info@nordet.example"
list_domain = "avis.nordet.example"

[sender]
names.fr = "Nordet"
names.en = "Nor’easter"
address = "avis@nordet.example"
reply_to = "info@nordet.example"

[brand]
primary = "#102030"
accent = "#405060"

[[person]]
name = "Ève Roy"
address = "eve@nordet.example"
approves = true

[[person]]
name = "Luc Roy"
address = "luc@nordet.example"
"""

LISTS = """\
[[list]]
key = "members"
basis = "membership"
names.fr = "Membres"
names.en = "Members"
purposes.fr = "Avis"
purposes.en = "Notices"
"""

KEPT = """\
[[audience]]
key = "all"
names.fr = "Tous"
names.en = "All"
lists = ["members"]
only.territories = ["QC"]
only.since = 2020-01-01
"""
AGREEMENTS = """\
[[agreement]]
key = "north-south"
names.fr = "Entente"
names.en = "Agreement"
parties = ["nordet", "suroit"]
[[agreement.term]]
starts = 2019-06-03
ends = 2022-06-02
[[agreement.term]]
starts = 2022-06-03
ends = 2025-06-02
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two associations and their agreement, all good."""
    for key in ("nordet", "suroit"):
        (tmp_path / key).mkdir()
        (tmp_path / key / "association.toml").write_text(ASSOCIATION, encoding="utf-8")
        (tmp_path / key / "lists.toml").write_text(LISTS, encoding="utf-8")
    (tmp_path / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    """Each problem, as `file:line: message`, the file relative to the folder."""
    with pytest.raises(Problems) as raised:
        load(folder)
    return [str(one).removeprefix(f"{folder}{os.sep}") for one in raised.value.problems]


def test_the_shipped_associations_can_be_read() -> None:
    shipped = load(Path(__file__).parents[2] / "subscribers")
    assert [one.key for one in shipped.associations] == ["bioquebec", "massbio"]
    quebec, massachusetts = shipped.associations
    assert quebec.language == "fr"
    assert quebec.requires_french
    assert massachusetts.language == "en"
    assert [one.key for one in quebec.lists] == ["members", "partners-news"]
    assert all(association.people[0].approves for association in shipped.associations)
    (agreement,) = shipped.agreements
    assert agreement.in_force(date(2019, 6, 3))
    assert agreement.in_force(date(2026, 11, 22))
    assert not agreement.in_force(date(2017, 6, 18))
    assert not agreement.in_force(date(2028, 6, 3))


def test_what_its_spreadsheets_call_a_column_is_declared(folder: Path) -> None:
    file = folder / "nordet" / "association.toml"
    assert load(folder).associations[0].columns == {}
    with file.open("a", encoding="utf-8") as opened:
        opened.write('[columns]\n"Courriel pro" = "address"\n"Cie" = "member"\n')
    nordet = load(folder).associations[0]
    assert nordet.columns == {"Courriel pro": "address", "Cie": "member"}
    assert from_document(to_document(nordet)) == nordet
    document = to_document(nordet)
    del document["columns"]  # as an earlier version kept it
    assert from_document(document).columns == {}
    edit(file, '"Cie" = "member"', '"Cie" = "company"')
    [said] = problems(folder)
    assert "`company`" in said
    assert "member" in said


def test_everything_declared_arrives(folder: Path) -> None:
    declared = load(folder)
    nordet = declared.associations[0]
    assert nordet.key == "nordet"
    assert nordet.names == {"fr": "Nordet", "en": "Nor’easter"}
    assert list(nordet.sender.names) == ["fr", "en"]
    assert nordet.brand.ink_on_primary == "#ffffff"
    assert nordet.brand.logo is None
    assert nordet.transport == "default"
    assert [one.name for one in nordet.people if one.approves] == ["Ève Roy"]
    assert nordet.lists[0].basis is Basis.MEMBERSHIP
    assert declared.agreements[0].parties == ("nordet", "suroit")
    assert declared.agreements[0].terms[1].starts == date(2022, 6, 3)
    assert from_document(to_document(nordet)) == nordet


def test_what_people_do_is_declared_and_who_only_approves_is_an_approver(folder: Path) -> None:
    file = folder / "nordet" / "association.toml"
    assert [one.roles for one in load(folder).associations[0].people] == [(Role.APPROVER,), ()]
    edit(file, "approves = true", 'approves = true\nroles = ["owner", "editor"]\nlanguage = "en"')
    nordet = load(folder).associations[0]
    assert nordet.people[0].roles == (Role.EDITOR, Role.APPROVER, Role.OWNER)
    assert [one.language for one in nordet.people] == ["en", ""]
    assert from_document(to_document(nordet)) == nordet
    document = to_document(nordet)
    document["people"] = [  # as an earlier version kept them
        {"name": "Ève Roy", "address": "eve@nordet.example", "approves": True},
        {"name": "Luc Roy", "address": "luc@nordet.example", "approves": False},
    ]
    assert [one.roles for one in from_document(document).people] == [(Role.APPROVER,), ()]
    edit(file, '"owner", "editor"', '"ownr"')
    edit(file, 'language = "en"', 'language = "de"')
    assert problems(folder) == [
        f"{A}:27: `roles`: “ownr” is no role of a person; did you mean “owner”?",
        f"{A}:28: `language`: the association does not write in “de”, but in fr, en",
    ]


def test_how_approvals_are_given_is_one_rule_or_several(folder: Path) -> None:
    file = folder / "nordet" / "association.toml"
    assert load(folder).associations[0].approvals == ()
    edit(file, "jurisdiction", 'approvals = "signed-in"\njurisdiction')
    assert load(folder).associations[0].approvals == (ApprovalRule.SIGNED_IN,)
    edit(file, '"signed-in"', '["author-alone", "signed-in"]')
    nordet = load(folder).associations[0]
    assert nordet.approvals == (ApprovalRule.SIGNED_IN, ApprovalRule.AUTHOR_ALONE)
    assert from_document(to_document(nordet)) == nordet
    edit(file, '"author-alone", "signed-in"', '"sign-in"')
    [wrong] = problems(folder)
    assert wrong.startswith(f"{A}:")
    assert wrong.endswith(
        "`approvals`: “sign-in” is no rule for approvals; did you mean “signed-in”?"
    )


def test_an_agreement_may_be_ended_early(folder: Path) -> None:
    assert load(folder).agreements[0].ended is None
    edit(folder / "agreements.toml", "parties", "ended = 2024-01-01\nparties")
    assert load(folder).agreements[0].ended == date(2024, 1, 1)


def test_domains_are_kept_as_a_labels(folder: Path) -> None:
    edit(folder / "nordet" / "association.toml", "info@nordet.example", "info@Évé.example")
    edit(folder / "nordet" / "association.toml", "avis.nordet.example", "avis.Évé.example")
    nordet = load(folder).associations[0]
    assert nordet.contact == "info@xn--v-9fab.example"
    assert nordet.list_domain == "avis.xn--v-9fab.example"


def test_a_byte_order_mark_of_notepad_is_no_mistake(folder: Path) -> None:
    file = folder / "nordet" / "lists.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert isinstance(load(folder), Declared)


def test_an_association_alone_needs_no_agreement(folder: Path) -> None:
    (folder / "agreements.toml").unlink()
    assert load(folder).agreements == ()


def test_hidden_folders_and_stray_files_are_none_of_ours(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "notes.txt").write_text("call Ève")
    assert [one.key for one in load(folder).associations] == ["nordet", "suroit"]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_nothing_declared_says_how_to_begin(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "subscribers")
    with pytest.raises(FileInvalid) as raised:
        load(tmp_path / "subscribers")
    assert raised.value.file == tmp_path / "subscribers"
    assert raised.value.remedy is Remedy.BEGIN_DESK


ADDRESS = "1, rue de l’Exemple, Laval (Québec)"
A, L, G = "nordet/association.toml", "nordet/lists.toml", "agreements.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        # files
        (A, "[brand]", "[brand", f"{A}:19: is not TOML: "),
        (A, "Ève Roy", "\\q", f"{A}:24: is not TOML: "),
        # keys
        (A, 'contact = "info@nordet.example"\n', "", f"{A}:1: `contact` is missing"),
        (A, "contact =", "contcat =", f"{A}:10: unknown key `contcat`; did you mean “contact”?"),
        (A, 'reply_to = "info@nordet.example"\n', "", f"{A}:13: `reply_to` is missing"),
        (A, "accent", "acccent", f"{A}:21: unknown key `acccent`; did you mean “accent”?"),
        (A, "approves", "approvs", f"{A}:26: unknown key `approvs`; did you mean “approves”?"),
        (A, 'address = "luc@nordet.example"', "", f"{A}:28: `address` is missing"),
        (A, "[sender]", "[sendre]", f"{A}:13: unknown key `sendre`; did you mean “sender”?"),
        (L, "[[list]]", "[[lists]]", f"{L}:1: unknown key `lists`; did you mean “list”?"),
        # kinds of values
        (A, '"CA-QC"', "12", f"{A}:5: `jurisdiction` must be text, in quotes"),
        (A, "= true", '= "yes"', f"{A}:6: `requires_french` must be true or false"),
        (A, '["fr", "en"]', '"fr"', f"{A}:1: `languages` must be a list of one text or more"),
        (A, "[brand]", "[[brand]]", f"{A}:19: `brand` must be a table"),
        (L, "[[list]]", "[list]", f"{L}:1: `list` must be tables, each begun with [[list]]"),
        (
            L,
            'names.fr = "Membres"\nnames.en = "Members"',
            'names = "Membres"',
            f"{L}:4: `names` must be given by language: names.fr =",
        ),
        (G, "2019-06-03", '"2019-06-03"', f"{G}:7: `starts` must be a day, without quotes"),
        (G, "2019-06-03", "2019-06-03T00:00:00Z", f"{G}:7: `starts` must be a day"),
        # values
        (
            A,
            "America/Toronto",
            "America/Torronto",
            f"{A}:4: `time_zone`: there is no time zone “America/Torronto”; did you mean “America/",
        ),
        (A, "America/Toronto", "America", f"{A}:4: `time_zone`: there is no time zone “America”"),
        (A, "America/Toronto", "../etc", f"{A}:4: `time_zone`: there is no time zone “../etc”"),
        (A, "eve@nordet", "evenordet", f"{A}:25: `address`: “evenordet.example” has no @"),
        (A, "avis@nordet", "é@nordet", f"{A}:16: `address`: “é@nordet.example” has letters"),
        (A, "avis.nordet.example", "nordet", f"{A}:11: `list_domain`: “nordet” is not the name"),
        (A, "#102030", "navy", f"{A}:20: `primary`: “navy” is not a colour such as #"),
        (
            A,
            "CA-QC",
            "Québec",
            f"{A}:5: `jurisdiction`: “Québec” is not a jurisdiction in ISO 3166",
        ),
        (A, '"fr", "en"', '"fr", "english"', f"{A}:1: `languages`: “english” is not a language"),
        (
            A,
            '"fr", "en"',
            '"fr", "en-CA"',
            f"{A}:1: `languages`: “en-CA” says more than a language",
        ),
        (A, '"fr", "en"', '"fr", "en", "fr"', f"{A}:1: `languages` says one thing twice"),
        (A, 'names.en = "Nor’easter"\n', "", f"{A}:2: `en` is missing"),
        (A, "Nor’easter", "Nor’\\neaster", f"{A}:3: `en` holds a control character (U+000A)"),
        (A, "Nordet", "\\u2028", f"{A}:2: `fr` holds a control character (U+2028)"),
        (A, "Nordet", "\uf028", f"{A}:2: `fr` holds a private-use character (U+F028) — paste it"),
        (A, "Laval", "\ue000", f"{A}:7: `postal_address` holds a private-use character (U+E000)"),
        (A, "Nordet", "  ", f"{A}:2: `fr` is empty"),
        (A, "Nordet", "\\u00a0\\u200b", f"{A}:2: `fr` is empty"),
        (A, "Nordet", "\\u202eNordet", f"{A}:2: `fr` holds a control character (U+202E)"),
        (A, ADDRESS, ".", f"{A}:7: `postal_address`: “.” leads no letter to anybody"),
        (A, "+1 514 555-0199", "call us", f"{A}:8: `phone`: “call us” is not a phone number"),
        (A, "https://nordet", "nordet", f"{A}:9: `web`: “nordet.example” is not a web address"),
        (A, "https://nordet", "https://[", f"{A}:9: `web`: “https://[.example” is not a web"),
        (A, "https://nordet", "https://ex _ample", f"{A}:9: `web`: “https://ex _ample.example” is"),
        (A, "https://nordet", "https://ma<b", f"{A}:9: `web`: “https://ma<b.example” is not a web"),
        (A, "https://nordet", "https://é:x@", f"{A}:9: `web`: “https://é:x@.example” is not a web"),
        (A, "luc@nordet", "EVE@nordet", f"{A}:30: Ève Roy already has this address"),
        (A, "Luc Roy", "ève roy", f"{A}:29: there are two people called ève roy"),
        (A, "approves = true", "", f"{A}:23: nobody can approve a release for it — give a"),
        (L, '"members"', '"Membres 1"', f"{L}:2: `key`: “Membres 1” is not a key: lower-case"),
        (L, "membership", "member", f"{L}:3: `basis`: “member” is no basis of consent; did you"),
        (L, LISTS, "", f"{L}:1: there is no [[list]]"),
        (L, LISTS, LISTS + LISTS, f"{L}:9: there are two lists with the key “members”"),
        (
            L,
            LISTS,
            LISTS + KEPT.replace('"members"', '"membres"'),
            f"{L}:12: `lists`: no list “membres” is",
        ),
        (L, LISTS, LISTS + KEPT.replace('"all"', '"Tous"'), f"{L}:9: `key`: “Tous” is not a key"),
        (L, LISTS, LISTS + KEPT + KEPT, f"{L}:16: there are two audiences with the key “all”"),
        (
            L,
            LISTS,
            f'{LISTS}{KEPT}without = ["members"]\n',
            f"{L}:15: the list “members” is gone to and left out at once",
        ),
        (L, LISTS, LISTS + KEPT.replace("2020-01-01", "2020"), f"{L}:14: `since` must be a day"),
        (
            L,
            LISTS,
            f"{LISTS}{KEPT}withuot = []\n",
            f"{L}:15: unknown key `withuot`; did you mean “with",
        ),
        (
            G,
            '"suroit"',
            '"suroi"',
            f"{G}:5: `parties`: no association “suroi” is declared; did you",
        ),
        (G, "parties", "ended = 2024\nparties", f"{G}:5: `ended` must be a day, without quotes"),
        (G, ', "suroit"', "", f"{G}:5: an agreement has at least two parties"),
        (G, 'names.en = "Agreement"\n', "", f"{G}:3: `en` is missing"),
        (G, AGREEMENTS, AGREEMENTS + AGREEMENTS, f"{G}:13: there are two agreements with the key"),
        (G, "2025-06-02", "2022-06-02", f"{G}:11: the term ends before it starts"),
        (G, "2022-06-03", "2022-06-02", f"{G}:10: the term starts before the one above has ended"),
        (
            G,
            AGREEMENTS[AGREEMENTS.index("[[agreement.term]]") :],
            "",
            f"{G}:1: there is no [[agreement.term]]",
        ),
    ],
)
def test_one_mistake_is_one_problem_with_file_and_line(
    folder: Path, file: str, old: str, new: str, expected: str
) -> None:
    edit(folder / file, old, new)
    found = problems(folder)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://nordet.example", "https://nordet.example"),
        ("http://localhost:8000/a?b=c%20d#e", "http://localhost:8000/a?b=c%20d#e"),
        ("https://www.bioquébec.example", "https://www.xn--bioqubec-f1a.example"),
        (
            "https://Bioquébec.example:8443/été?où=là#ça",
            "https://xn--bioqubec-f1a.example:8443/%C3%A9t%C3%A9?o%C3%B9=l%C3%A0#%C3%A7a",
        ),
        ("https://nordet.example/100%25-é<b>", "https://nordet.example/100%25-%C3%A9%3Cb%3E"),
    ],
)
def test_an_address_of_the_web_is_kept_as_any_header_and_browser_can_carry_it(
    folder: Path, written: str, kept: str
) -> None:
    edit(folder / A, "https://nordet.example", written)
    assert load(folder).associations[0].web == kept


def test_a_language_more_asks_for_every_text_in_it(folder: Path) -> None:
    edit(folder / A, '"fr", "en"', '"fr", "en", "es"')
    assert problems(folder) == [
        f"{G}:3: `es` is missing",
        f"{A}:2: `es` is missing",
        f"{A}:14: `es` is missing",
        f"{L}:4: `es` is missing",
        f"{L}:6: `es` is missing",
    ]


def test_whoever_requires_french_speaks_it(folder: Path) -> None:
    edit(folder / A, '["fr", "en"]', '["en"]')
    first, *others = problems(folder)
    assert first.startswith(f"{A}:1: it requires French and does not speak it")
    assert all("unknown key `fr`" in one for one in others)


def test_a_text_of_several_lines_does_not_shift_the_lines_below(folder: Path) -> None:
    edit(folder / A, '"Nordet"', '"""Nord\\\ncontact = \\\net"""')
    edit(folder / A, "info@nordet.example", "nobody")
    assert problems(folder) == [f"{A}:12: `contact`: “nobody” has no @"]


def test_a_file_in_another_encoding_says_on_which_line(folder: Path) -> None:
    (folder / A).write_bytes(ASSOCIATION.encode("cp1252"))
    (found,) = problems(folder)
    assert found == f"{A}:3: is not UTF-8 text — save it as UTF-8"


def test_a_file_that_is_missing_is_one_problem(folder: Path) -> None:
    (folder / L).unlink()
    assert problems(folder) == [f"{L}: is missing"]


def test_a_folder_where_a_file_should_be_is_one_problem(folder: Path) -> None:
    (folder / L).unlink()
    (folder / L).mkdir()
    (found,) = problems(folder)
    assert found == f"{L}: is no file of text"


def test_a_folder_whose_name_is_no_key_is_to_be_renamed(folder: Path) -> None:
    (folder / "suroit").rename(folder / "Suroît 2")
    found = problems(folder)
    assert found[0].startswith("Suroît 2: “Suroît 2” is not a key")
    assert "rename the folder" in found[0]
    assert "no association “suroit” is declared" in found[1]


def test_all_problems_of_all_files_are_told_at_once(folder: Path) -> None:
    edit(folder / A, "America/Toronto", "Mars/Base")
    edit(folder / A, "#102030", "navy")
    edit(folder / A, "contact =", "contcat =")
    edit(folder / L, "membership", "whim")
    edit(folder / "suroit" / "lists.toml", "[[list]]", "[[list")
    edit(folder / G, '"suroit"', '"nowhere"')
    found = problems(folder)
    assert [one.split(": ")[0] for one in found] == [
        f"{G}:5",
        f"{A}:4",
        f"{A}:10",
        f"{A}:20",
        f"{L}:3",
        "suroit/lists.toml:1",
    ]


def test_the_same_files_give_the_same_values(folder: Path) -> None:
    first, second = load(folder), load(folder)
    assert first == second
    assert replace(first.associations[0], phone="+1 514 555-0100") != second.associations[0]


def test_an_audience_is_kept_by_name_beside_the_lists(folder: Path) -> None:
    file = folder / "nordet" / "lists.toml"
    file.write_text(LISTS + KEPT, encoding="utf-8")
    nordet, suroit = load(folder).associations
    only = Filter(territories=("QC",), since=date(2020, 1, 1))
    kept = SavedAudience("all", {"fr": "Tous", "en": "All"}, ("members",), only)
    assert (nordet.audiences, suroit.audiences) == ((kept,), ())
    assert from_document(json.loads(json.dumps(to_document(nordet)))) == nordet
