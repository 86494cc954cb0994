"""`communique subscribers`: takes in the spreadsheets that people have, and loses nobody."""

from __future__ import annotations

import contextlib
import csv
import re
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.desks import (
    Home,
    until,
)
from tests.json_shapes import wrong_with

BAD = {
    13: (";;;;;sans arobase;fr", "@"),
    202: ("Aulnaie inc.;;Ève;Roy;;;fr", "address"),
    500: (";Laval;Ève;Roy;;eve.roy@aulnaie.example;fr", "member"),
    733: ("Aulnaie inc.;;Ève;Roy;31 juin 2020;eve.roy@aulnaie.example;fr", "31 juin 2020"),
    1001: ("Aulnaie inc.;;Ève;Roy;;eve.roy@aulnaie.example;klingon", "klingon"),
}


def spreadsheet(path: Path) -> None:
    """A thousand lines as Excel writes them in Québec, five of them bad."""
    lines = ["Entreprise;Territoire;Prénom;Nom;Membre depuis;Courriel;Langue"]
    for line in range(2, 1002):
        good = f"Érablière nº {line};Montréal;Zoé;D’Août;2015-04-01;zoe.{line}@erabliere.example;fr"
        lines.append(BAD[line][0] if line in BAD else good)
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


def test_five_bad_lines_among_a_thousand_are_told_and_no_good_one_is_lost(home: Home) -> None:
    file, report = home.folder / "membres.csv", home.folder / "à corriger.csv"
    spreadsheet(file)
    words = ("subscribers", "import", file, "-a", "bioquebec", "-l", "members")
    before = home.dump()
    tried = home.run(*words, "--dry-run", "--json", code=3).json()
    assert tried["admitted"]["added"] == 995
    assert home.dump() == before

    done = home.run(*words, "--report", report, code=3)
    assert re.search(r"^added +995 *$", done.out, re.MULTILINE)
    assert re.search(r"^bad lines +5 *$", done.out, re.MULTILINE)
    assert "cp1252, semicolon" in done.err.lower() or "windows-1252" in done.err.lower()
    for line, (_, reason) in BAD.items():
        [told] = re.findall(rf"^ *{line} .*$", done.out, re.MULTILINE)
        assert reason in told
    with report.open(encoding="utf-8-sig", newline="") as opened:
        assert [int(row["line"]) for row in csv.DictReader(opened)] == list(BAD)

    again = home.run(*words, "--json", code=3).json()
    assert (again["admitted"]["added"], again["admitted"]["changed"]) == (0, 0)
    assert again["admitted"]["unchanged"] == 995
    assert again["bad"]["count"] == 5
    assert [one["line"] for one in again["bad"]["first"]] == list(BAD)


def test_a_report_never_takes_the_place_of_the_spreadsheet(home: Home) -> None:
    file, other = home.folder / "membres.csv", home.folder / "same.csv"
    spreadsheet(file)
    other.symlink_to(file)
    owned, before = home.dump(), file.read_bytes()
    words = ("subscribers", "import", file, "-a", "bioquebec", "-l", "members")
    for report in ("membres.csv", home.folder / "subscribers/../membres.csv", other):
        for more in ((), ("--dry-run",)):
            assert "--report" in home.run(*words, "--report", report, *more, code=1).err
    assert file.read_bytes() == before
    kept = home.folder / "kept.csv"
    kept.write_text("mine", encoding="utf-8")
    asked = home.run(*words, "--report", kept, typed="n\n", code=1)
    assert "which is there already" in asked.err
    assert kept.read_text(encoding="utf-8") == "mine"
    assert home.dump() == owned


def test_an_address_that_is_suppressed_stays_so_whatever_is_imported(home: Home) -> None:
    file = home.folder / "membres.csv"
    spreadsheet(file)
    address = "zoe.7@erabliere.example"
    words = ("subscribers", "suppress", address, "-a", "bioquebec", "--why", "a letter")
    home.run(*words, "--anyway", typed="y\n")
    done = home.run(
        *("subscribers", "import", file, "-a", "bioquebec", "-l", "members", "--json"), code=3
    )
    assert done.json()["admitted"]["suppressed"] == 1
    words = ("-a", "bioquebec", "--member", "Érablière nº 7", "--limit", "500", "--json")
    people = home.run("subscribers", "list", *words).json()["subscribers"]
    [reach] = {one["address"]: one["suppressions"] for one in people}[address]
    assert (reach["scope"], reach["reason"]) == ("all", "suppressed")
    assert sum(bool(one["suppressions"]) for one in people) == 1


def test_an_import_that_is_interrupted_says_how_many_are_in_and_can_be_repeated(
    home: Home,
) -> None:
    file, total = home.folder / "many.csv", 30_000
    lines = (f"Lichen {n},person.{n}@lichen.example" for n in range(total))
    file.write_text("\n".join(["Company,Email", *lines]), encoding="utf-8")
    words = ("subscribers", "import", str(file), "-a", "massbio", "-l", "members")

    def there() -> int:
        with contextlib.closing(sqlite3.connect(home.database)) as connection:
            return int(
                connection.execute(
                    "SELECT count(*) FROM subscribers WHERE address LIKE 'person.%'"
                ).fetchone()[0]
            )

    with home.start(*words) as importing:
        until(there)
        assert importing.interrupt() == 130
        said = importing.said
    assert "Traceback" not in said
    [told] = re.findall(r"broken off: ([\d,]+) of 30,000 good lines are in", said)
    assert there() == int(told.replace(",", ""))
    assert there() < total
    home.run(*words)
    assert there() == total


def test_a_list_is_made_to_match_a_file_once_somebody_said_so(home: Home) -> None:
    file, report = home.folder / "whole.csv", home.folder / "report.csv"
    heading, *rest = ["Company,Email", *(f"Lichen,p{n}@lichen.example" for n in range(9))]
    words = ("subscribers", "import", file, "-a", "massbio", "-l", "members")
    file.write_text("\n".join([heading, *rest]), encoding="utf-8")
    home.run(*words, "--match", "--at-most", "99999", "--yes")  # from here on they are the list
    file.write_text("\n".join([heading, *rest[:4]]), encoding="utf-8")
    before = home.dump()
    tried = home.run(*words, "--match", "--dry-run", "--report", report)
    assert "5 of the 9 on the list members are not in the file, and would leave it" in tried.err
    assert "--at-most 5" in tried.err
    assert "leaves members: p4@lichen.example" in tried.err
    with report.open(encoding="utf-8-sig", newline="") as opened:
        told = [(row["kind"], row["address"], row["field"]) for row in csv.DictReader(opened)]
    assert told == [("leaves", f"p{n}@lichen.example", "list members") for n in range(4, 9)]
    assert "add --at-most 5" in home.run(*words, "--match", code=1).err
    assert "add --match" in home.run(*words, "--at-most", "5", code=1).err
    asked = home.run(*words, "--match", "--at-most", "5", typed="n\n", code=1)
    assert "nobody was taken in" in asked.err
    assert home.dump() == before
    done = home.run(*words, "--match", "--at-most", "5", typed="y\n")
    assert re.search(r"^left members +5 *$", done.out, re.MULTILINE)
    listed = home.run("subscribers", "list", "-a", "massbio", "-l", "members", "--json").json()
    assert listed["total"] == 4
    again = home.run(*words, "--match", "--json").json()
    assert (again["matched"][0]["leaving"], again["leavers"]["count"]) == (0, 0)


def test_an_export_takes_no_files_place_unasked(home: Home) -> None:
    words = ("subscribers", "export", "-a", "bioquebec", "--out")
    book, there = home.folder / "membres.XLSX", home.folder / "there.csv"
    for one in (book, there):
        one.write_text("mine", encoding="utf-8")
    assert "name it .csv" in home.run(*words, book, code=1).err
    home.run(*words, there, typed="n\n", code=1)
    assert (book.read_text(), there.read_text()) == ("mine", "mine")
    home.run(*words, there, typed="y\n")
    home.run(*words, there, "--yes")
    assert there.read_text(encoding="utf-8").startswith("Reference,")


def test_an_address_that_nobody_has_is_not_called_suppressed(home: Home) -> None:
    [person] = home.run("subscribers", "list", "-a", "bioquebec", "--limit", "1", "--json").json()[
        "subscribers"
    ]
    words = ("-a", "bioquebec", "--why", "a letter")
    before = home.dump()
    for more in ((), ("--yes",)):
        done = home.run("subscribers", "suppress", "nobody@nowhere.example", *words, *more, code=1)
        assert "bioquebec has no subscriber of the address “nobody@nowhere.example”" in done.err
        assert "--anyway" in done.err
        assert "suppressed" not in done.out
    done = home.run("subscribers", "suppress", person["address"], *words, typed="n\n", code=1)
    for known in (person["address"], person["family_name"], person["member"]["name"]):
        assert known in done.out
    assert home.dump() == before

    done = home.run("subscribers", "suppress", person["address"].upper(), *words, "-y")
    assert done.out.startswith("suppressed: ")
    assert person["member"]["name"] in done.out
    done = home.run("subscribers", "suppress", "nobody@nowhere.example", *words, "--anyway", "-y")
    assert "whom bioquebec does not know yet" in done.out
    done = home.run("subscribers", "suppress", "nobody@nowhere.example", *words, "--anyway", "-y")
    assert done.out.startswith("was suppressed already: ")


def left(home: Home, *reaches: tuple[str, str]) -> list[Any]:
    """As many people of massbio as there are reaches, each of whom left that much."""
    words = ("-a", "massbio", "--limit", str(len(reaches) + 1), "--json")
    people: list[Any] = home.run("subscribers", "list", *words).json()["subscribers"]
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        for person, (scope, list_key) in zip(people, reaches, strict=False):
            if scope == "list":
                connection.execute(
                    "UPDATE subscriptions SET no_since = '2026-01-01T00:00:00.000000Z' WHERE "
                    "subscriber_id = ? AND list_id = (SELECT id FROM lists WHERE association_key = "
                    "'massbio' AND key = ?)",
                    (person["id"], list_key),
                )
            else:
                connection.execute(
                    f"UPDATE subscribers SET no_{scope}_since = '2026-01-01T00:00:00.000000Z' "
                    "WHERE id = ?",
                    (person["id"],),
                )
    return people


def test_whoever_left_one_list_or_joint_releases_does_not_look_untouched(home: Home) -> None:
    people = left(home, ("list", "members"), ("joint", ""), ("all", ""))
    words = ("subscribers", "list", "-a", "massbio", "--limit", "4")
    told = home.run(*words).out.splitlines()[1:]
    for line, what in zip(told, ("list members", "joint releases", "all"), strict=False):
        assert re.search(rf"\b{what}: unsubscribed *$", line)
    assert "unsubscribed" not in told[3]
    listed = home.run(*words, "--json").json()["subscribers"]
    assert [one["address"] for one in listed] == [one["address"] for one in people]
    assert [
        [(each["scope"], each["list_key"], each["reason"]) for each in one["suppressions"]]
        for one in listed
    ] == [
        [("list", "members", "unsubscribed")],
        [("joint", "", "unsubscribed")],
        [("all", "", "unsubscribed")],
        [],
    ]


@pytest.mark.parametrize(
    ("options", "heading", "words"),
    [
        ((), "Do not send", ["list members", "joint releases", "anything", ""]),
        (
            ("--french",),
            "Ne pas envoyer",
            ["liste members", "communiqués conjoints", "tout message", ""],
        ),
    ],
    ids=["English", "French"],
)
def test_an_export_marks_whoever_must_not_be_written(
    home: Home, options: tuple[str, ...], heading: str, words: list[str]
) -> None:
    people = left(home, ("list", "members"), ("joint", ""), ("all", ""))
    file = home.folder / "people.csv"
    home.run("subscribers", "export", "-a", "massbio", "-o", file, *options)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    marks = [
        (next(filter(None, map(row.get, ("Email", "Courriel")))), row[heading]) for row in rows
    ]
    assert marks[:4] == [(one["address"], word) for one, word in zip(people, words, strict=True)]
    assert sum(bool(mark) for _, mark in marks) == 3
    before = home.dump()
    done = home.run("subscribers", "import", file, "-a", "massbio", "-l", "members")
    assert f"who said no: {heading}" in done.err
    require_no_change(home, before)


def require_no_change(home: Home, before: list[str]) -> None:
    """Nothing is another but the audit, which has one line more: that an import changed nothing."""
    after = home.dump()
    [said] = [line for line in after if line not in before]
    assert said.startswith('INSERT INTO "events"')
    assert '"added": 0, "changed": 0' in said
    assert [line for line in after if line != said] == before


@pytest.mark.parametrize("options", [(), ("--french", "--excel")], ids=["plain", "for Excel"])
def test_what_is_exported_changes_nothing_when_it_is_imported_again(
    home: Home, options: tuple[str, ...]
) -> None:
    shown = home.run("subscribers", "list", "-a", "massbio", "--json").json()["subscribers"]
    kept = [["Company", "Email"], *([one["member"]["name"], one["address"]] for one in shown[1:])]
    with (home.folder / "kept.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(kept)
    match = ("-a", "massbio", "--list", "members", "--match", "--at-most", "1", "--yes")
    home.run("subscribers", "import", home.folder / "kept.csv", *match)
    for association in ("bioquebec", "massbio"):
        file = home.folder / f"{association}.csv"
        home.run("subscribers", "export", "-a", association, "-o", file, *options)
        before = home.dump()
        words = ("-a", association, "--json")  # which list a line is on stands in it
        done = home.run("subscribers", "import", file, *words).json()
        assert (done["admitted"]["added"], done["admitted"]["changed"]) == (0, 0)
        assert done["admitted"]["unchanged"] > 200
        assert (done["bad"]["count"], done["duplicates"]["count"]) == (0, 0)
        require_no_change(home, before)


def test_all_subscribers_are_given_to_scripts_and_fifty_to_people(home: Home) -> None:
    everybody = home.run("subscribers", "list", "-a", "bioquebec", "--json").json()
    assert len(everybody["subscribers"]) == everybody["total"] > 200
    words = ("subscribers", "list", "-a", "bioquebec", "--limit", "3", "--json")
    assert len(home.run(*words).json()["subscribers"]) == 3
    assert "50 of" in home.run("subscribers", "list", "-a", "bioquebec").err


def test_a_spreadsheet_with_slashes_in_its_dates_comes_in_once_its_order_is_said(
    home: Home,
) -> None:
    file = home.folder / "membres.csv"
    file.write_text(
        "Company,Email,Email,Since\nL inc.,,a@lichen.example,13/04/2020\n", encoding="utf-8"
    )
    words = ("subscribers", "import", file, "-a", "massbio", "-l", "members")
    [typed] = re.findall(r" or (--column \S+)", home.run(*words, code=1).err)
    assert "--dates" in home.run(*words, *shlex.split(typed), code=3).err
    home.run(*words, *shlex.split(typed), "--dates", "day-first")
    listed = home.run("subscribers", "list", "-a", "massbio", "--member", "L inc.", "--json").json()
    assert "2020-04-13" in [one["member"]["since"] for one in listed["subscribers"]]


def test_one_person_is_shown_put_right_moved_taken_off_let_back_and_erased(home: Home) -> None:
    [person] = home.run("subscribers", "list", "-a", "massbio", "--limit", "1", "--json").json()[
        "subscribers"
    ]
    old, new, whose = person["address"], "moved.here@labo.example", ("-a", "massbio")
    dry = ("--dry-run",)
    before = home.dump()
    for words in (
        ("edit", old, *whose, "--given-name", "Zoé", *dry),
        ("move", old, new, *whose, *dry),
        ("leave", old, *whose, "--list", "members", "--why", "a letter", *dry),
        ("forget", old, *whose, *dry),
    ):
        assert "would" in home.run("subscribers", *words).out
    assert home.dump() == before
    assert "Zoé" in home.run("subscribers", "edit", old, *whose, "--given-name", "Zoé").out
    assert f"moved to {new}" in home.run("subscribers", "move", old, new, *whose).out
    why = ("--why", "a letter")
    assert (
        f"{old} (now {new}) left list members"
        in home.run("subscribers", "leave", old, *whose, "-l", "members", *why).out
    )
    refused = home.run("subscribers", "allow", new, *whose, *why, code=1).err
    assert "they said no themselves: members (unsubscribed)" in refused
    assert "--said-yes" in refused
    yes = ("--said-yes", "2020-01-01", "-l", "members")
    assert (
        "after that yes of 2020-01-01"
        in home.run("subscribers", "allow", new, *whose, *why, *yes, code=1).err
    )
    story = home.run("subscribers", "show", new, *whose, "--json").json()
    assert not wrong_with("subscribers_show", story)
    assert [one["word"] for one in story["said"]][-1] == "withdrawn"
    assert [one["verb"] for one in story["events"]] == ["edit", "move", "unsubscribe"]
    shown = home.run("subscribers", "show", new, *whose).out
    assert "unsubscribed" in shown
    home.run("subscribers", "forget", new, *whose, typed="n\n", code=1)
    assert "erased" in home.run("subscribers", "forget", new, *whose, "-y").out
    assert "they were erased at massbio" in home.run("subscribers", "show", new, *whose, code=1).err


def test_what_a_spreadsheet_calls_its_columns_is_declared_once(home: Home) -> None:
    file = home.folder / "membres.csv"
    file.write_text("Cie,Courriel pro\nL inc.,a@lichen.example\n", encoding="utf-8")
    words = ("subscribers", "import", file, "-a", "massbio", "-l", "members")
    home.run(*words, code=1)
    with (home.folder / "subscribers/massbio/association.toml").open("a", encoding="utf-8") as out:
        out.write('\n[columns]\n"Courriel pro" = "address"\n"Cie" = "member"\n')
    home.run("sync")
    told = home.run(*words).err
    assert "Courriel pro → address" in told
    assert "as association.toml declares it: Courriel pro, Cie" in told
    told = home.run("associations", "massbio", "--json").json()
    assert told["columns"] == {"Courriel pro": "address", "Cie": "member"}
