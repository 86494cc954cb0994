"""The command line teaches, answers scripts, and takes in the spreadsheets that people have."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.acceptance.desks import RELEASE, Home, Relay, copy, free_port, until

from communique import starter
from communique.cli.app import app
from communique.domain.address import domain_name


def commands(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, by the words that lead to it."""
    yield words, command
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, *words, name)


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_does_and_what_each_option_means(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    command = COMMANDS[words]
    assert command.help
    told = Home(tmp_path).run(*words, "--help").out
    for parameter in command.params:
        if parameter.name != "help":
            assert parameter.help, f"{words}: {parameter.name} is not explained"
            assert parameter.help.split()[0].strip("`") in told


KEY = "fall-mission"
SMALL = """\
kind = "announcement"
parties = ["bioquebec"]
link = "https://www.bioquebec.example/mission"

[[audience]]
association = "bioquebec"
lists = ["members"]
only.territories = ["Ontario"]
"""
EDITION = """\
+++
subject = "{subject}"
preheader = "{subject}"
+++

{subject}
"""


def small(home: Home) -> None:
    """File and approve a release that goes to a handful of people."""
    folder = home.folder / "releases" / KEY
    folder.mkdir()
    (folder / "release.toml").write_text(SMALL, encoding="utf-8")
    for language, subject in (("fr", "Une mission cet automne"), ("en", "A mission this fall")):
        (folder / f"{language}.md").write_text(EDITION.format(subject=subject), encoding="utf-8")
    home.run("release", "import", f"releases/{KEY}")
    home.approve(KEY)


@pytest.fixture(scope="module")
def after(delivered: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A desk whose release is sent, and another one approved. Look only."""
    home = copy(delivered, tmp_path_factory.mktemp("after") / "desk")
    small(home)
    return home


def pasted(home: Home, said: str) -> int:
    """Run every command that was printed between backticks, as whoever reads it would; how many."""
    printed = re.findall(r"`communique ([^`]+)`", said)
    for one in printed:
        home.run(*shlex.split(one))
    return len(printed)


def tour() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Every command that answers in JSON, in an order that works, with what it needs."""
    speak = ("--as", "bioquebec", "--by", "Solange Marchessault")
    return {
        ("release", "pause"): (KEY,),
        ("release", "resume"): (KEY,),
        ("sync",): ("--dry-run",),
        ("associations",): (),
        ("subscribers", "import"): (
            *("subscribers/massbio/members.csv", "-a", "massbio"),
            *("-l", "members", "--dry-run"),
        ),
        ("subscribers", "list"): ("-a", "massbio"),
        ("release", "import"): (f"releases/{RELEASE}",),
        ("release", "list"): (),
        ("release", "show"): (RELEASE,),
        ("release", "preview"): (RELEASE, "-a", "massbio"),
        ("release", "send-test"): (
            RELEASE,
            "-a",
            "massbio",
            "--to",
            "june.abernethy@massbio.example",
        ),
        ("release", "submit"): (RELEASE,),
        ("release", "approve"): (RELEASE, *speak),
        ("release", "schedule"): (RELEASE, "--at", "in 3 days"),
        ("release", "reject"): (RELEASE, *speak, "--comment", "one more look"),
        ("release", "cancel"): (RELEASE, "--yes"),
        ("log",): (),
        ("log", "summary"): (KEY,),
        ("log", "show"): ("1",),
        ("status",): (),
        ("check",): (),
        ("db", "upgrade"): (),
    }


def test_whatever_answers_in_json_answers_in_json_alone(home: Home, tmp_path: Path) -> None:
    small(home)
    with Relay(tmp_path / "relay", hold=3).listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        stops = tour()
        able = {
            words
            for words, command in COMMANDS.items()
            if any("--json" in parameter.opts for parameter in command.params)
        }
        assert set(stops) == able
        sending.run("release", "schedule", KEY, "--at", "now")
        with sending.start("serve") as service:
            assert relay.holds.wait(60)
            for words, more in stops.items():
                done = sending.run(*words, *more, "--json")
                assert done.lines() if words == ("log",) else done.json() is not None
                assert not done.err, words
                if words == ("release", "resume"):
                    relay.let_go()
            assert service.terminate() == 0


def test_an_empty_desk_says_what_to_do_next(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk")
    starter.begin(home.folder)
    assert "`communique sync`" in home.run("associations").err
    assert "`communique release new" in home.run("release", "list").err
    assert "`communique serve`" in home.run("log").err
    assert "`communique release list`" in home.run("status").err
    home.run("sync")
    assert "nothing to change" in home.run("sync").err
    said = home.run("subscribers", "list", "-a", "massbio").err
    assert pasted(home, said) == 1
    assert home.run("subscribers", "list", "-a", "massbio", "--json").json()["total"] > 1000


def test_a_change_in_a_declaration_is_shown_before_it_is_made(home: Home) -> None:
    file = home.folder / "subscribers/massbio/association.toml"
    file.write_text(file.read_text("utf-8").replace("Suite 400", "Suite 500"), encoding="utf-8")
    before = home.dump()
    for _ in range(2):
        assert re.search(
            r"change +association massbio +postal_address", home.run("sync", "--dry-run").out
        )
    assert home.dump() == before
    home.run("sync")
    assert "nothing to change" in home.run("sync", "--dry-run").err


def test_the_log_filters_by_each_of_what_it_knows(after: Home) -> None:
    lines = after.log()
    total = len(lines)
    assert total > 1300
    one = next(line for line in lines if line["state"] == "sent")
    domain = one["address"].rpartition("@")[2]
    noon = max(line["at"] for line in lines)
    filters: dict[tuple[str, str], Callable[[Any], bool]] = {
        ("--release", RELEASE): lambda line: line["release"] == RELEASE,
        ("--association", "massbio"): lambda line: line["association"] == "massbio",
        ("--state", "skipped"): lambda line: line["state"] == "skipped",
        ("--domain", domain): lambda line: line["address"].endswith(domain),
        ("--member", one["member"][2:-2].upper()): lambda line: (
            one["member"][2:-2] in line["member"]
        ),
        ("--address", one["address"].upper()): lambda line: line["address"] == one["address"],
        ("--since", noon): lambda line: line["at"] >= noon,
        ("--until", noon): lambda line: line["at"] < noon,
    }
    for words, matches in filters.items():
        found = after.log(*words)
        assert found == [line for line in lines if matches(line)]
        assert 0 < len(found) <= total
    assert after.log(
        "--state", "sent", "--association", "bioquebec", "--address", one["address"]
    ) in (
        [],
        [one],
    )
    assert "no delivery matches" in after.run("log", "--domain", "nowhere.test").err


def test_the_log_as_csv_reads_back_as_it_is(after: Home) -> None:
    rows = list(csv.DictReader(io.StringIO(after.run("log", "--csv").out, newline="")))
    assert rows == [
        {name: "" if line[name] is None else _protected(line[name]) for name in rows[0]}
        for line in after.log()
    ]


def _protected(value: object) -> str:
    """Nothing in the sample could be taken for a formula, so that nothing is changed."""
    text = str(value)
    assert not text.startswith(("=", "+", "-", "@"))
    return text


def test_sums_add_up_to_the_snapshot_for_each_association_too(after: Home) -> None:
    sums = after.run("log", "summary", RELEASE, "--json").json()
    lines = after.log("--release", RELEASE)
    assert sum(sums["summary"]["states"].values()) == len(lines)
    assert sum(sums["summary"]["skipped"].values()) == sums["summary"]["states"]["skipped"]
    for key, one in sums["associations"].items():
        theirs = [line for line in lines if line["association"] == key]
        assert one["states"] == {
            state: sum(line["state"] == state for line in theirs) for state in one["states"]
        }
    assert "snapshot" in after.run("log", "summary", RELEASE).out


def test_one_delivery_is_told_with_every_attempt(after: Home) -> None:
    [line, *_] = after.log("--state", "sent")
    told = after.run("log", "show", str(line["delivery_id"])).out
    for what in (line["address"], line["member"], "accepted", "250 2.0.0 kept as"):
        assert what in told
    [left_out, *_] = after.log("--state", "skipped")
    told = after.run("log", "show", str(left_out["delivery_id"])).out
    assert left_out["reason"].replace("_", " ") in told
    assert "no attempt was made" in told


def test_following_shows_attempts_as_they_come_and_watching_ends_by_itself(home: Home) -> None:
    small(home)
    home.run("release", "schedule", KEY, "--at", "in 1 second")
    followed = home.folder / "followed.jsonl"
    with home.start("log", "--follow", "--json", out=followed) as follow:
        follow.until_said("following")
        with home.start("status", "--watch") as watch, home.start("serve") as service:
            sent = home.until_ended(KEY)["summary"]["states"]["sent"]
            assert sent == 8
            until(lambda: followed.read_bytes().count(b"\n") >= sent)
            assert watch.wait() == 0
            assert KEY in watch.said
            assert service.terminate() == 0
        assert follow.interrupt() == 0
    shown = [one for one in followed.read_text(encoding="utf-8").splitlines() if one]
    assert len(shown) == sent
    assert {one["address"] for one in home.log("--state", "sent")} == {
        re.findall(r'"address": "([^"]+)"', one)[0] for one in shown
    }


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
    tried = home.run(*words, "--dry-run", "--json", code=2).json()
    assert tried["admitted"]["added"] == 995
    assert home.dump() == before

    done = home.run(*words, "--report", report, code=2)
    assert re.search(r"^added +995 *$", done.out, re.MULTILINE)
    assert re.search(r"^bad lines +5 *$", done.out, re.MULTILINE)
    assert "cp1252, semicolon" in done.err.lower() or "windows-1252" in done.err.lower()
    for line, (_, reason) in BAD.items():
        [told] = re.findall(rf"^ *{line} .*$", done.out, re.MULTILINE)
        assert reason in told
    with report.open(encoding="utf-8-sig", newline="") as opened:
        assert [int(row["line"]) for row in csv.DictReader(opened)] == list(BAD)

    again = home.run(*words, "--json", code=2).json()
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
    assert home.dump() == owned


def test_an_address_that_is_suppressed_stays_so_whatever_is_imported(home: Home) -> None:
    file = home.folder / "membres.csv"
    spreadsheet(file)
    address = "zoe.7@erabliere.example"
    words = ("subscribers", "suppress", address, "-a", "bioquebec", "--why", "a letter")
    home.run(*words, "--anyway", typed="y\n")
    done = home.run(
        *("subscribers", "import", file, "-a", "bioquebec", "-l", "members", "--json"), code=2
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
    [told] = re.findall(r"interrupted: at least ([\d,]+) good lines are in", said)
    assert 0 <= there() - int(told.replace(",", "")) <= 500
    assert there() < total
    home.run(*words)
    assert there() == total


def test_an_interrupt_while_a_command_begins_is_quiet() -> None:
    program = """
import importlib.abc, os, signal, sys

class Struck(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "pathlib":
            os.kill(os.getpid(), signal.SIGINT)

sys.modules.pop("pathlib", None)
sys.meta_path.insert(0, Struck())
from communique.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


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
            connection.execute(
                "INSERT INTO suppressions (association_key, address_key, scope, list_key, reason, "
                "source, at) VALUES ('massbio', ?, ?, ?, 'unsubscribed', 'page', '2026-01-01')",
                (person["address"], scope, list_key),
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
    assert f"not used: {heading}" in done.err
    assert home.dump() == before


@pytest.mark.parametrize("options", [(), ("--french", "--excel")], ids=["plain", "for Excel"])
def test_what_is_exported_changes_nothing_when_it_is_imported_again(
    home: Home, options: tuple[str, ...]
) -> None:
    for association in ("bioquebec", "massbio"):
        file = home.folder / f"{association}.csv"
        home.run("subscribers", "export", "-a", association, "-o", file, *options)
        before = home.dump()
        words = ("-a", association, "-l", "members", "--json")
        done = home.run("subscribers", "import", file, *words).json()
        assert (done["admitted"]["added"], done["admitted"]["changed"]) == (0, 0)
        assert done["admitted"]["unchanged"] > 200
        assert (done["bad"]["count"], done["duplicates"]["count"]) == (0, 0)
        assert home.dump() == before


def test_a_preview_is_the_message_as_page_as_text_and_as_eml(home: Home) -> None:
    listed = home.run("subscribers", "list", "-a", "massbio", "--limit", "1", "--json").json()
    [reader] = listed["subscribers"]
    words = ("-a", "massbio", "--to", reader["address"], "-o", "out")
    done = home.run("release", "preview", RELEASE, *words)
    html, text, eml = (
        home.folder / "out" / f"{RELEASE}.massbio.{reader['language']}.{kind}"
        for kind in ("html", "txt", "eml")
    )
    assert {path.name for path in (home.folder / "out").iterdir()} == {
        html.name,
        text.name,
        eml.name,
    }
    assert all(path.name in done.out for path in (html, text, eml))
    message = message_from_bytes(eml.read_bytes(), policy=policy.default)
    assert reader["address"] in str(message["To"])
    assert reader["member"]["name"] in text.read_text(encoding="utf-8")
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "/u/preview" in str(message["List-Unsubscribe"]), "a preview unsubscribes nobody"


def test_a_test_goes_to_the_associations_own_people_and_to_nobody_else(
    home: Home, tmp_path: Path
) -> None:
    with Relay(tmp_path / "relay").listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        words = ("release", "send-test", RELEASE, "-a", "massbio", "--to")
        [member, *_] = home.run(
            "subscribers", "list", "-a", "massbio", "--limit", "1", "--json"
        ).json()["subscribers"]
        for address in (member["address"], "solange.marchessault@bioquebec.example"):
            assert "june.abernethy" in sending.run(*words, address, code=1).err
        assert not relay.received()
        sending.run(*words, "june.abernethy@massbio.example", "-l", "fr")
        [got] = relay.received()
    assert got.recipients == ("june.abernethy@massbio.example",)
    assert str(got.message["Subject"]).startswith("[Essai] BIOQuébec et MassBio")
    assert (
        "the built-in mailbox listens only while"
        in home.run(*words, "june.abernethy@massbio.example", code=1).err
    )


def test_a_new_release_is_a_folder_to_write_in_that_can_be_looked_at_at_once(home: Home) -> None:
    done = home.run("release", "new", "releases/autumn", "-l", "fr", "-l", "en")
    assert "releases/autumn/fr.md" in done.out
    assert "`communique release import releases/autumn`" in done.err
    assert "filed: “autumn” is draft" in home.run("release", "import", "releases/autumn").err
    home.run("release", "preview", "autumn", "-a", "massbio")


def test_every_party_approved_and_no_hour_yet_says_what_to_type(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    words = ("release", "approve", RELEASE, "--as")
    said = home.run(*words, "bioquebec", "--by", "Étienne Roberval").err
    assert "still to approve: massbio" in said
    said = home.run(*words, "massbio", "--by", "Theo Okonjo-Reyes").err
    assert f"communique release schedule {RELEASE} --at" in said
    home.run("release", "schedule", RELEASE, "--at", "2090-06-03 09:00", "--local-hour")
    assert (
        "2090-06-03 09:00:00 EDT, each at its local hour"
        in home.run("release", "show", RELEASE).out
    )


def test_every_next_step_that_is_printed_works_when_it_is_pasted(home: Home) -> None:
    said = home.run("release", "new", "releases/autumn").err
    assert pasted(home, said) == 1
    said = home.run("release", "import", f"releases/{RELEASE}").err
    assert not said.count("next:"), "nothing was changed"
    spoil = home.folder / "releases/autumn/fr.md"
    spoil.write_text(spoil.read_text("utf-8").replace("Objet", "L’objet"), encoding="utf-8")
    said = home.run("release", "import", "releases/autumn").err
    assert "--association bioquebec`" in said
    assert pasted(home, said) == 2, "previewed, and submitted"
    home.run("release", "reject", "autumn", "--as", "massbio", "--by", "Harriet Penwarden")
    said = home.run("release", "submit", "autumn").err
    assert home.standing("autumn")["release"]["content_hash"][:12] in said
    assert pasted(home, said) == 2, "approved by both"
    assert home.standing("autumn")["release"]["state"] == "approved"
    home.run("release", "import", f"releases/{RELEASE}")
    home.run("release", "submit", RELEASE)
    words = ("release", "approve", RELEASE, "--as")
    home.run(*words, "bioquebec", "--by", "Solange Marchessault")
    said = home.run(*words, "massbio", "--by", "Harriet Penwarden").err
    assert pasted(home, said) == 1
    assert home.standing()["release"]["schedule"]


def test_a_new_release_rests_on_the_one_agreement_that_its_parties_have(home: Home) -> None:
    def begun(name: str, *words: str) -> str:
        home.run("release", "new", f"releases/{name}", *words)
        return (home.folder / "releases" / name / "release.toml").read_text(encoding="utf-8")

    assert '\nagreement = "quebec-massachusetts"' in begun("both")
    home.run("release", "import", "releases/both")
    assert home.standing("both")["release"]["agreement"] == "quebec-massachusetts"
    assert "agreement =" not in begun("alone", "-p", "massbio")
    file = home.folder / "subscribers/agreements.toml"
    text = file.read_text(encoding="utf-8")
    second = text[text.index("[[agreement]]") :].replace("quebec-massachusetts", "second")
    file.write_text(f"{text}\n{second}", encoding="utf-8")
    assert "\n# agreement =" in begun("unclear")


def test_a_new_release_is_for_the_associations_that_this_desk_declares(home: Home) -> None:
    (home.folder / "subscribers/bioquebec").rename(home.folder / "subscribers/lanaudiere")
    (home.folder / "subscribers/agreements.toml").unlink()
    home.run("release", "new", "releases/mission", "-p", "lanaudiere")
    written = (home.folder / "releases/mission/release.toml").read_text(encoding="utf-8")
    assert 'parties = ["lanaudiere"]' in written
    said = home.run("release", "new", "releases/other", "-p", "bioquebec", code=1).err
    assert "lanaudiere" in said


def test_a_new_release_that_could_not_be_imported_is_not_begun(home: Home) -> None:
    before = sorted(home.folder.rglob("*"))
    for words, said in {
        ("releases/x", "-l", "../../x"): "language",
        ("releases/Bad Name",): "lower-case",
        ("releases/x", "--kind", "advantage"): "no templates",
    }.items():
        assert said in home.run("release", "new", *words, code=1).err
    assert sorted(home.folder.rglob("*")) == before


def test_a_folder_that_is_no_desk_stays_as_it_was(tmp_path: Path) -> None:
    for words in (("release", "list"), ("status",), ("log",), ("check",), ("sync",), ("serve",)):
        said = Home(tmp_path).run(*words, code=1).err
        assert "no desk here" in said
        assert "COMMUNIQUE_HOME" in said
    assert not list(tmp_path.iterdir())


def test_a_reader_that_has_had_enough_is_no_error(after: Home) -> None:
    program = f"{shlex.quote(sys.executable)} -m communique"
    for words in ("log --json", "log --csv", "log --limit 5000", "log"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {program} {words} | head -1 | cut -c 1-9"],
            env=os.environ | after.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        assert "Error" not in done.stderr


def test_all_subscribers_are_given_to_scripts_and_fifty_to_people(home: Home) -> None:
    everybody = home.run("subscribers", "list", "-a", "bioquebec", "--json").json()
    assert len(everybody["subscribers"]) == everybody["total"] > 200
    words = ("subscribers", "list", "-a", "bioquebec", "--limit", "3", "--json")
    assert len(home.run(*words).json()["subscribers"]) == 3
    assert "50 of" in home.run("subscribers", "list", "-a", "bioquebec").err


def test_an_address_is_found_and_shown_in_its_own_script(delivered: Path, tmp_path: Path) -> None:
    after = copy(delivered, tmp_path / "desk")
    wire = f"marie@{domain_name('étang-réactif.example')}"
    with contextlib.closing(sqlite3.connect(after.database)) as connection, connection:
        person = connection.execute("SELECT subscriber_id, id FROM deliveries LIMIT 1").fetchone()
        connection.execute(
            "UPDATE subscribers SET address = ?, address_key = ? WHERE id = ?",
            (wire, wire, person[0]),
        )
        connection.execute("UPDATE deliveries SET address = ? WHERE id = ?", (wire, person[1]))
    for words in (
        ("--domain", "étang-réactif.example"),
        ("--domain", "ÉTANG-RÉACTIF.example"),
        ("--domain", wire.partition("@")[2]),
        ("--address", "Marie@étang-réactif.example"),
    ):
        [line] = after.log(*words)
        assert line["address"] == wire
        assert "marie@étang-réactif.example" in after.run("log", *words).out
    told = after.run("log", "show", str(person[1])).out
    assert "<marie@étang-réactif.example>" in told


def test_the_log_lists_what_may_have_been_received_twice(home: Home) -> None:
    small(home)
    home.run("release", "schedule", KEY, "--at", "now")
    with home.start("serve") as service:
        home.until_ended(KEY)
        assert service.terminate() == 0
    assert not home.log("--copies")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(
            "UPDATE deliveries SET unknowns = 1, attempts = 2 WHERE id = "
            "(SELECT min(id) FROM deliveries WHERE state = 'sent')"
        )
    done = home.run("log", "summary", KEY)
    assert pasted(home, done.err) == 1
    [line] = home.log("--copies", "--release", KEY)
    assert line["attempts"] == 2


def test_following_what_is_not_there_ends_at_once_and_csv_is_not_for_following(home: Home) -> None:
    assert "no release “nope”" in home.run("log", "--follow", "--release", "nope", code=1).err
    assert "--follow" in home.run("log", "--follow", "--csv", code=2).err


def test_tables_have_headings(after: Home) -> None:
    assert after.run("log").out.split()[0] == "no"


def test_calling_off_asks_only_about_what_can_be_and_says_whom_it_concerns(
    delivered: Path, tmp_path: Path
) -> None:
    home = copy(delivered, tmp_path / "desk")
    said = home.run("release", "cancel", "nope", code=1).err
    assert "there is no release “nope”" in said
    assert "?" not in said
    said = home.run("release", "cancel", RELEASE, code=1).err
    assert "cannot cancel a release that is sent" in said
    assert "?" not in said
    small(home)
    said = home.run("release", "cancel", KEY, typed="n\n", code=1).err
    assert "is approved: nobody was written to yet." in said
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE releases SET state = 'paused' WHERE key = ?", (RELEASE,))
        connection.execute(
            "UPDATE deliveries SET state = 'queued', due_at = ended_at WHERE id IN "
            "(SELECT id FROM deliveries WHERE state = 'sent' LIMIT 7)"
        )
    snapshot = f"{home.audience():,}"
    said = home.run("release", "cancel", RELEASE, typed="n\n", code=1).err
    assert f"is paused: 7 of {snapshot} are still to be written to." in said
    assert home.standing()["release"]["state"] == "paused"
    assert "cancelled" in home.run("release", "cancel", RELEASE, typed="y\n").err


def test_pausing_what_is_only_approved_says_how_to_move_it_or_send_it_back(home: Home) -> None:
    home.approve()
    said = home.run("release", "pause", RELEASE, code=1).err
    moved, back = re.findall(r"`communique ([^`]+)`", said)
    assert home.standing()["release"]["state"] == "approved"
    home.run(*shlex.split(moved.replace("HOUR", "'in 3 days'")))
    assert home.standing()["release"]["schedule"]
    back = back.replace("PARTY", "massbio").replace("NAME", "'Harriet Penwarden'")
    home.run(*shlex.split(back))
    assert home.standing()["release"]["state"] == "draft"


def test_the_log_of_all_releases_names_each(after: Home) -> None:
    heading, first, *_ = after.run("log").out.splitlines()
    assert heading.split()[:4] == ["no", "when", "release", "address"]
    assert f" {RELEASE} " in first
    assert "release" not in after.run("log", "--release", RELEASE).out.splitlines()[0]


def test_an_address_stays_in_one_piece_where_there_is_little_room(
    after: Home,
) -> None:
    narrow = Home(after.folder, after.environment | {"COLUMNS": "80"})
    lines = after.log()[:20]
    tables: tuple[tuple[str, ...], ...] = (
        ("log", "--limit", "20"),
        ("subscribers", "list", "-a", "massbio", "--limit", "20"),
    )
    for words in tables:
        rows = narrow.run(*words).out.splitlines()
        assert sum("@" in row for row in rows) == 20
        told = rows[1 : 21 if words[0] == "log" else None]
        assert len(told) == 20, "in a pipe, each row is one line"
    terminal = Home(after.folder, narrow.environment | {"FORCE_COLOR": "1", "TERM": "xterm"})
    shown = terminal.run("log", "--limit", "20").out
    assert len(shown.splitlines()) > 25, "on a terminal, cells are folded"
    for line in lines:
        for whole in (line["address"], RELEASE.partition("-")[0]):
            assert whole in shown


def test_a_draft_says_that_it_is_not_submitted(home: Home) -> None:
    assert re.search(
        "content +not submitted *$", home.run("release", "show", RELEASE).out, re.MULTILINE
    )


def test_a_spreadsheet_with_slashes_in_its_dates_comes_in_once_its_order_is_said(
    home: Home,
) -> None:
    file = home.folder / "membres.csv"
    file.write_text(
        "Company,Email,Email,Since\nL inc.,,a@lichen.example,13/04/2020\n", encoding="utf-8"
    )
    words = ("subscribers", "import", file, "-a", "massbio", "-l", "members")
    [typed] = re.findall(r" or (--column \S+)", home.run(*words, code=1).err)
    assert "--dates" in home.run(*words, *shlex.split(typed), code=2).out
    home.run(*words, *shlex.split(typed), "--dates", "day-first")
    listed = home.run("subscribers", "list", "-a", "massbio", "--member", "L inc.", "--json").json()
    assert "2020-04-13" in [one["member"]["since"] for one in listed["subscribers"]]


def test_an_approval_can_name_the_content_that_was_read(home: Home) -> None:
    said = home.run("release", "submit", RELEASE).err
    [content] = set(re.findall(r"--content ([0-9a-f]{12})`", said))
    speak = ("release", "approve", RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    before = home.dump()
    home.run(*speak, "--content", "0" * 12, code=1)
    assert home.dump() == before
    assert "approved for massbio" in home.run(*speak, "--content", content).err


def test_the_last_yes_after_the_hour_says_that_a_new_one_is_needed(home: Home) -> None:
    home.run("release", "submit", RELEASE)
    home.run("release", "schedule", RELEASE, "--at", "in 1 hour")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE releases SET send_at = '2019' || substr(send_at, 5)")
    home.run("release", "approve", RELEASE, "--as", "massbio", "--by", "Harriet Penwarden")
    words = ("release", "approve", RELEASE, "--as", "bioquebec", "--by", "Solange Marchessault")
    said = home.run(*words).err
    assert "its hour has passed" in said
    assert "goes at" not in said
    assert pasted(home, said) == 1
    assert home.standing()["release"]["state"] == "approved"


def test_serve_says_where_the_mailbox_listens(home: Home) -> None:
    elsewhere = Home(home.folder, home.environment | {"COMMUNIQUE_MAILBOX_HOST": "localhost"})
    with elsewhere.start("serve") as service:
        assert "(localhost:" in service.until_said("ready;")
        assert service.terminate() == 0


def through(home: Home, association: str, transport: str) -> None:
    """Give an association a relay of its own."""
    file = home.folder / f"subscribers/{association}/association.toml"
    text = file.read_text("utf-8")
    file.write_text(f'transport = "{transport}"\n' + text, encoding="utf-8")
    home.run("sync")


def test_serve_says_whose_mail_stays_here_and_whose_leaves(home: Home) -> None:
    with home.start("serve") as service:
        said = service.until_said("ready;")
        assert "nothing leaves this machine until a relay is configured" in said
        assert service.terminate() == 0
    with Relay(home.folder / "relay").listening() as relay:
        own = {name.replace("DEFAULT", "OWN"): value for name, value in relay.settings.items()}
        home = Home(home.folder, home.environment | own)
        through(home, "massbio", "own")
        with home.start("serve") as service:
            said = service.until_said("ready;")
            assert "the mail of bioquebec stays in it; that of massbio leaves" in said
            assert "nothing leaves" not in said
            assert service.terminate() == 0
        through(home, "bioquebec", "own")
        with home.start("serve") as service:
            said = service.until_said("ready;")
            assert "nobody's mail goes to it; that of bioquebec, massbio leaves" in said
            assert service.terminate() == 0


def test_check_says_whose_mail_stays_here_and_which_relay_nobody_uses(home: Home) -> None:
    told = home.run("check", code=1).out
    for key in ("bioquebec", "massbio"):
        assert re.search(
            rf"^ok +association {key} +sends into the built-in mailbox: "
            "nothing leaves this machine *$",
            told,
            re.MULTILINE,
        )
    with Relay(home.folder / "relay").listening() as relay:
        default, massboi = (
            {name.replace("DEFAULT", one): value for name, value in relay.settings.items()}
            for one in ("DEFAULT", "MASSBOI")
        )
        told = Home(home.folder, home.environment | default | massboi).run("check").out
    assert re.search(r"^! +relay massboi +no association sends through it *$", told, re.MULTILINE)
    assert "nothing leaves" not in told


NOBODY = "no `communique serve` runs here: nothing goes until one is started"


def test_status_and_check_say_when_nothing_runs_that_would_send(home: Home) -> None:
    home = Home(home.folder, home.environment | {"COMMUNIQUE_MAILBOX_PORT": str(free_port())})
    small(home)
    home.run("release", "schedule", KEY, "--at", "in 3 days")
    said = home.run("status").err
    assert "approved, goes at" in said
    assert NOBODY in said
    assert re.search(rf"^! +service +{NOBODY} *$", home.run("check", code=1).out, re.MULTILINE)
    with home.start("status", "--watch") as watch:
        watch.until_said(NOBODY)
        assert watch.interrupt()
    with home.start("serve") as service:
        service.until_said("ready;")
        assert NOBODY not in home.run("status").err
        assert NOBODY not in home.run("check").out
        assert service.terminate() == 0


def test_a_desk_where_nothing_is_to_go_needs_no_service(home: Home) -> None:
    assert NOBODY not in home.run("status").err
    small(home)
    assert NOBODY in home.run("status").err
    home.run("release", "cancel", KEY, "--yes")
    assert NOBODY not in home.run("status").err


def test_a_service_that_logs_as_json_says_all_that_it_does_as_json(home: Home) -> None:
    small(home)
    home = Home(home.folder, home.environment | {"COMMUNIQUE_LOG_JSON": "true"})
    home.run("release", "schedule", KEY, "--at", "now")
    with home.start("serve") as service:
        states = home.until_ended(KEY)["summary"]["states"]
        service.until_said("finished")
        assert service.terminate() == 0
        said = [json.loads(line) for line in service.said.splitlines()]
    told = {one["message"]: one for one in said}
    assert {"ready; Ctrl-C stops", "stopped"} < set(told)
    assert told["picked up"]["release"] == KEY
    assert told["picked up"]["snapshot"] == sum(states.values())
    assert {key: told["finished"][key] for key in states} == states


def test_every_setting_is_explained_where_there_is_no_manual(tmp_path: Path) -> None:
    home = Home(tmp_path, {"COMMUNIQUE_LATE_AFTER": "1h"})
    said = home.run("status", code=1).err
    assert pasted(home, said) == 1
    told = home.run("settings").out
    assert "`COMMUNIQUE_LATE_AFTER`" in told
    assert "`COMMUNIQUE_TRANSPORTS__<NAME>__HOST`" in told


def test_check_names_keys_and_a_password_that_cannot_be_used_by_what_they_are(home: Home) -> None:
    assert re.search(r"^ok +signing keys +1 known *$", home.run("check", code=1).out, re.MULTILINE)
    relay = "COMMUNIQUE_TRANSPORTS__MASSBIO__"
    wrong = {
        "COMMUNIQUE_KEYS": "hush",
        f"{relay}USERNAME": "massbio",
        f"{relay}PASSWORD_FILE": "nowhere",
    }
    told = Home(home.folder, home.environment | wrong).run("check", code=1).out
    assert re.search(r"^✗ +signing keys +COMMUNIQUE_KEYS: a signing key is not", told, re.MULTILINE)
    assert re.search(
        r"^✗ +relay massbio +nowhere: the password .* cannot be read", told, re.MULTILINE
    )
    assert re.search(r"^ok +database +SQLite", told, re.MULTILINE)
    assert "hush" not in told


def test_status_says_why_a_release_stands_still_and_what_to_type(home: Home) -> None:
    small(home)
    home.run("release", "schedule", KEY, "--at", "now")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(
            "UPDATE releases SET state = 'missed', reason = 'nothing ran' WHERE key = ?", (KEY,)
        )
    said = home.run("status").err
    assert f"{KEY}: missed (“nothing ran”); next: `" in said
    assert pasted(home, said) == 1
    home.run("release", "cancel", KEY, "--yes")
    home.announce()
    with Relay(home.folder / "relay", hold=3).listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        with sending.start("serve") as service:
            assert relay.holds.wait(60)
            sending.run("release", "pause", RELEASE, "--why", "a wrong date")
            relay.let_go()
            assert service.terminate() == 0
        with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
            connection.execute(
                "UPDATE deliveries SET reason = 'not started' WHERE state = 'queued'"
            )
        said = sending.run("status").err
        assert f"{RELEASE}: paused (“a wrong date”); next: `" in said
        assert "not started" not in said
        assert pasted(sending, said) == 1
    assert home.standing()["release"]["state"] == "sending"
