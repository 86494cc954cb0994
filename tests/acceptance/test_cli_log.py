"""`communique log`: what it tells is what happened, in every form in which it is asked for."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.acceptance.desks import (
    RELEASE,
    SMALL,
    Home,
    copy,
    pasted,
    small,
)
from tests.json_shapes import wrong_with

from communique.domain.address import domain_name


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
    zones = {"bioquebec": "America/Toronto", "massbio": "America/New_York"}
    lines = after.log()
    for line in lines:
        line["zone"] = zones[line["association"]]
        there = datetime.fromisoformat(line["at"]).astimezone(ZoneInfo(line["zone"]))
        line["local_at"] = f"{there:%Y-%m-%d %H:%M:%S}"
    assert rows == [
        {name: "" if line[name] is None else _protected(line[name]) for name in rows[0]}
        for line in lines
    ]
    excel = after.run("log", "--excel").out
    assert excel.startswith("\ufeffdelivery_id;at;")
    opened = io.StringIO(excel.removeprefix("\ufeff"), newline="")
    assert list(csv.DictReader(opened, delimiter=";")) == rows


def test_the_log_tells_and_is_told_times_by_an_associations_clock(
    after: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the schedule does, wherever this machine is; and says which zone it is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        told = after.run("log", "-a", "massbio").out
        [first, *_] = lines = after.log("-a", "massbio")
        one = after.run("log", "show", next(x["delivery_id"] for x in lines if x["attempts"])).out
        person = after.run("subscribers", "show", first["address"], "-a", "massbio").out
        shown = re.findall(r"\d\d:\d\d:\d\d (\w+)", told + one + person)
        assert len(shown) > 10
        assert set(shown) <= {"EST", "EDT"}
        newest = max(x["at"] for x in lines)
        there = datetime.fromisoformat(newest).astimezone(ZoneInfo("America/New_York"))
        hour = f"{there:%Y-%m-%dT%H:%M:%S.%f}"
        assert [x for x in lines if x["at"] >= newest] == after.log(
            "-a", "massbio", "--since", hour
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_person_is_found_by_name_and_who_did_not_get_it_by_the_reason(after: Home) -> None:
    lines = after.log()
    one = next(line for line in lines if line["name"].count(" ") == 1 and line["name"].isascii())
    found = after.log("--name", one["name"].upper())
    assert one in found
    assert {line["name"] for line in found} == {one["name"]}
    skipped = [line for line in lines if line["state"] == "skipped"]
    assert skipped
    reason = skipped[0]["reason"]
    alike = after.log("--reason", reason.replace("_", " "))
    assert alike == [line for line in lines if line["reason"] == reason]
    assert "no delivery matches" in after.run("log", "--reason", "the moon").err


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
    home.run("release", "schedule", SMALL, "--at", "now")
    with home.start("serve") as service:
        home.until_ended(SMALL)
        assert service.terminate() == 0
    assert not home.log("--copies")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(
            "UPDATE deliveries SET unknowns = 1, attempts = 2 WHERE id = "
            "(SELECT min(id) FROM deliveries WHERE state = 'sent')"
        )
    done = home.run("log", "summary", SMALL)
    assert pasted(home, done.err) == 1
    [line] = home.log("--copies", "--release", SMALL)
    assert line["attempts"] == 2


def test_following_what_is_not_there_ends_at_once_and_csv_is_not_for_following(home: Home) -> None:
    assert "no release “nope”" in home.run("log", "--follow", "--release", "nope", code=1).err
    assert "--follow" in home.run("log", "--follow", "--csv", code=2).err


def test_the_log_of_all_releases_names_each(after: Home) -> None:
    heading, first, *_ = after.run("log").out.splitlines()
    assert heading.split()[:4] == ["no", "when", "release", "address"]
    assert f" {RELEASE} " in first
    assert "release" not in after.run("log", "--release", RELEASE).out.splitlines()[0]


def test_what_failed_is_tried_again_once_it_was_counted_and_asked(
    delivered: Path, tmp_path: Path
) -> None:
    home = copy(delivered, tmp_path / "desk")
    reason = "550 5.7.1 Not welcome"
    with contextlib.closing(sqlite3.connect(home.database)) as connection:
        connection.execute(
            "UPDATE deliveries SET state = 'failed', reason = ? WHERE id IN"
            " (SELECT id FROM deliveries WHERE state = 'sent' ORDER BY id LIMIT 3)",
            [reason],
        )
        connection.commit()
    words = ("release", "retry", RELEASE)
    counted = home.run(*words, "--dry-run", "--json").json()
    assert not wrong_with("release_retry", counted)
    assert home.standing()["summary"]["states"]["failed"] == 3
    home.run(*words, typed="n\n", code=1)
    assert home.standing()["release"]["state"] == "sent"
    home.run(*words, "--yes")
    standing = home.standing()
    assert standing["release"]["state"] == "sending"
    assert standing["summary"]["states"]["queued"] == 3
