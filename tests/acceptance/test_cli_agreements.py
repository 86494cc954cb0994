"""What associations agreed on, as whoever administers it sees it on the command line."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from unittest import mock

import pytest
from tests.acceptance.desks import RELEASE, Home, copy
from tests.json_shapes import wrong_with

from communique.declared.renewing import Renewal
from communique.errors import NotAllowed

PACT = "quebec-massachusetts"


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Home:
    return copy(filled, tmp_path / "desk")


def test_an_agreement_is_listed_and_told_whole(home: Home) -> None:
    listed = home.run("agreements", "list", "--on", "2026-11-26").out
    for part in (PACT, "bioquebec, massbio", "in force", "2028-06-02"):
        assert part in listed
    told = home.run("agreements", "show", PACT, "--on", "2026-11-26").out
    for part in (
        "2017-06-19 – 2019-06-02",
        "in force, until 2028-06-02, both days included, and no term follows",
        "releases of none but bioquebec and massbio",
        RELEASE,
        "has no hour yet",
    ):
        assert part in told
    assert "expired" in home.run("agreements", "show", PACT, "--on", "2028-06-03").out
    assert "to come" in home.run("agreements", "list", "--on", "2017-06-18").out
    assert "no agreement “nope”" in home.run("agreements", "show", "nope", code=1).err


def test_a_day_without_a_term_is_told_with_what_comes_then(home: Home) -> None:
    file = home.folder / "subscribers" / "agreements.toml"
    more = "\n[[agreement.term]]\nstarts = 2029-01-01\nends = 2031-12-31\n"
    file.write_text(file.read_text("utf-8") + more, encoding="utf-8")
    home.run("sync")
    told = home.run("agreements", "show", PACT, "--on", "2028-12-31").out
    assert "between, then 2029-01-01 – 2031-12-31" in told
    [one] = home.run("agreements", "list", "--on", "2028-12-31", "--json").json()
    assert {each["standing"] for each in one["standing"]} == {"between"}
    assert {each["next"]["starts"] for each in one["standing"]} == {"2029-01-01"}


def test_what_an_end_cuts_off_ends_check_with_1_and_says_what_helps(home: Home) -> None:
    assert "nothing to look at" in home.run("agreements", "check").err
    file = home.folder / "subscribers" / "agreements.toml"
    key = f'key = "{PACT}"\n'
    text = file.read_text("utf-8")
    file.write_text(text.replace(key, f"{key}ended = 2026-01-01\n"), encoding="utf-8")
    home.run("release", "schedule", RELEASE, "--at", "in 3 days")
    before = home.run("sync", "--dry-run")
    assert f"warning: “{RELEASE}” (draft) cites “{PACT}”, which is not in force at" in before.err
    assert len(home.run("sync", "--dry-run", "--json").json()["cuts"]) == 2
    home.run("sync")
    done = home.run("agreements", "check", code=1)
    assert "it holds no more from 2026-01-01 on" in done.out
    assert f"“{RELEASE}” (draft) cites “{PACT}”, which is not in force at massbio" in done.out
    assert f"`communique release schedule {RELEASE} --at HOUR`" in done.out
    assert "not in force on" in home.run("agreements", "show", PACT).out
    found = home.run("agreements", "check", PACT, "--json", code=1).json()
    assert not wrong_with("agreements_check", found)
    assert [one["ok"] for one in found] == [True, False, False]
    assert found[1]["problem"]["remedy_code"] == "move_hour_or_renew"


def test_an_hour_beyond_the_last_day_is_asked_about(home: Home) -> None:
    when = ("release", "schedule", RELEASE, "--at", "2028-06-03 09:00")
    asked = home.run(*when, code=1, typed="n\n").err
    assert f"“{PACT}” is not in force at bioquebec on 2028-06-03 and at massbio on" in asked
    assert "Set this hour all the same?" in asked
    refused = home.run(*when, "--json", code=1)
    assert "hour_outside_agreement" in refused.err
    assert home.standing()["release"]["schedule"] is None
    assert "warning" in home.run(*when, typed="y\n").err
    home.run("release", "unschedule", RELEASE)
    home.run(*when, "--yes", "--json")
    strict = Home(home.folder, home.environment | {"COMMUNIQUE_BEYOND_TERM": "refuse"})
    assert "is not in force" in strict.run(*when, "--yes", code=1).err


def test_a_reminder_that_nobody_got_is_said_wherever_somebody_looks(home: Home) -> None:
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        at = "2027-12-04T12:00:00.000000Z"
        connection.execute(
            "INSERT INTO letters (purpose, about, association_key, address, name, language, given, "
            "message_id, written_at, state, attempts, reason) VALUES ('agreement_ends', ?, "
            "'massbio', 'harriet@massbio.example', 'Harriet', 'en', ?, 'x', ?, 'failed', 1, ?)",
            (
                f"{PACT} 2028-06-02 180",
                '{"values": {}, "days": {}}',
                at,
                "550 5.1.1 no such person",
            ),
        )
    told = "did not reach harriet@massbio.example of massbio: 550 5.1.1 no such person"
    assert told in home.run("status").err
    assert told in home.run("check").out
    assert told in home.run("agreements", "check", code=1).out
    assert "harriet@massbio.example" in home.run("agreements", "show", PACT).out
    shown = home.run("agreements", "show", PACT, "--json").json()
    assert not wrong_with("agreements_show", shown)
    assert shown["reminders"][0]["state"] == "failed"


def test_renewing_writes_the_term_and_begins_its_announcement(home: Home) -> None:
    file = home.folder / "subscribers" / "agreements.toml"
    before = file.read_text("utf-8")
    term = ("agreements", "renew", PACT, "--ends", "2031-06-02", "--starts")
    for starts, told in (
        ("2028-06-02", "the last term runs until 2028-06-02 "),
        ("2028-06-04", "from 2028-06-03 to 2028-06-03 no term would hold"),
        ("2031-06-03", "ends before it starts"),
    ):
        assert told in home.run(*term, starts, code=1).err.replace(",", " ")
    assert '--starts "2028-06-03"`, or add --gap' in home.run(*term, "2028-06-04", code=1).err
    shown = home.run(*term, "2028-06-03", "--dry-run")
    assert "+starts = 2028-06-03\n+ends = 2031-06-02" in shown.out
    assert file.read_text("utf-8") == before
    assert not (home.folder / "releases" / f"{PACT}-2028").exists()
    assert (
        "there is no agreement"
        in home.run("agreements", "renew", "x", *term[3:], "2028-06-03", code=1).err
    )

    # Where the file cannot be kept, nothing is left of it.
    with mock.patch.object(
        Renewal, "keep", side_effect=NotAllowed("file_changed_meanwhile", file=file)
    ):
        home.run(*term, "2028-06-03", code=1)
    assert not (home.folder / "releases" / f"{PACT}-2028").exists()
    assert file.read_text("utf-8") == before

    done = home.run(*term, "2028-06-03")
    assert file.read_text("utf-8").startswith(before)
    assert f"releases/{PACT}-2028/fr.md" in done.out
    assert "term 2028-06-03 – 2031-06-02" in home.run("sync").out
    told = home.run("agreements", "show", PACT, "--on", "2028-06-03").out
    assert "in force, until 2031-06-02" in told
    home.run("release", "import", f"releases/{PACT}-2028")
    assert home.standing(f"{PACT}-2028")["release"]["agreement"] == PACT
    refused = home.run("release", "submit", f"{PACT}-2028", code=1).err
    assert "still has the body that it began with" in refused
    again = home.run(*term, "2028-06-03", code=1).err
    assert "the last term runs until 2031-06-02" in again
