"""The command line teaches, answers scripts, and begins and ends as people expect it to."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.acceptance.desks import (
    PATIENCE,
    RELEASE,
    SMALL,
    Home,
    Relay,
    interruptible,
    pasted,
    small,
)
from tests.json_shapes import SCHEMA, named, wrong_with

from communique.cli.top import Later, app
from communique.declared import starter


def commands(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command, by the words that lead to it."""
    command = command.load() if isinstance(command, Later) else command
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


# These answer in JSON in tests of their own, as they need a desk of their own.
ELSEWHERE = {
    ("backup",),
    ("restore",),
    ("advantages", "report"),
    ("db", "adopt"),
    ("desk", "dismiss"),
    ("desk", "invite"),
    ("desk", "open"),
    ("desk", "people"),
    ("desk", "revoke"),
    ("desk", "sessions"),
    ("newsroom", "export"),
    ("newsroom", "list"),
    ("newsroom", "publish"),
    ("newsroom", "withdraw"),
    ("release", "call-off"),
    ("release", "check"),
    ("release", "correct"),
    ("release", "embargo"),
    ("release", "retry"),
    ("release", "update"),
    ("subscribers", "audiences"),
    ("subscribers", "show"),
}


def tour() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Every command that answers in JSON, in an order that works, with what it needs."""
    speak = ("--as", "bioquebec", "--by", "Solange Marchessault")
    return {
        ("release", "pause"): (SMALL,),
        ("release", "resume"): (SMALL,),
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
        ("release", "withdraw"): (RELEASE, *speak),
        ("release", "schedule"): (RELEASE, "--at", "in 3 days"),
        ("release", "unschedule"): (RELEASE,),
        ("release", "copy"): (RELEASE, "releases/again"),
        ("release", "delete"): ("again", "--yes"),
        ("release", "reject"): (RELEASE, *speak, "--comment", "one more look"),
        ("release", "cancel"): (RELEASE, "--yes"),
        ("agreements", "list"): (),
        ("agreements", "show"): ("quebec-massachusetts",),
        ("agreements", "check"): (),
        ("agreements", "renew"): (
            *("quebec-massachusetts", "--starts", "2028-06-03"),
            *("--ends", "2031-06-02", "--dry-run"),
        ),
        ("log",): (),
        ("log", "summary"): (SMALL,),
        ("log", "show"): ("1",),
        ("status",): (),
        ("check",): (),
        ("db", "upgrade"): (),
    }


def test_whatever_answers_in_json_answers_in_the_shape_that_is_promised_and_alone(
    home: Home, tmp_path: Path
) -> None:
    small(home)
    with Relay(tmp_path / "relay", hold=3).listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        stops = tour()
        able = {
            words
            for words, command in COMMANDS.items()
            if any("--json" in parameter.opts for parameter in command.params)
        }
        assert set(stops) == able - ELSEWHERE
        assert {named(*words) for words in able} <= SCHEMA["$defs"].keys()
        sending.run("release", "schedule", SMALL, "--at", "now")
        with sending.start("serve") as service:
            assert relay.holds.wait(PATIENCE)
            for words, more in stops.items():
                done = sending.run(*words, *more, "--json")
                shown = done.lines() if words == ("log",) else [done.json()]
                assert shown
                for one in shown:
                    assert not wrong_with(named(*words), one), words
                assert not done.err, words
                if words == ("release", "resume"):
                    relay.let_go()
            assert service.terminate() == 0


def test_an_empty_desk_says_what_to_do_next(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk")
    starter.begin(home.folder)
    assert "`communique sync`" in home.run("associations").err
    assert "`communique release new" in home.run("release", "list").err
    assert "`communique sync`" in home.run("agreements", "list").err
    assert "`communique sync`" in home.run("agreements", "check").err
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


HEAVY = {"aiosmtplib", "alembic", "asyncio", "jinja2", "pydantic", "sqlalchemy"}
RENDERING = {"babel.dates", "css_inline", "jinja2", "markdown_it", "nh3"}
SERVING = {"aiosmtpd", "alembic", "apscheduler", "fastapi", "psycopg", "python_calamine", "uvicorn"}


@pytest.mark.parametrize(
    ("word", "unused"),
    [
        ("--version", HEAVY | SERVING | {"rich"}),
        ("--help", HEAVY | SERVING | {"rich"}),
        ("status", SERVING | RENDERING | {"aiosmtplib"}),
    ],
)
def test_a_command_loads_only_what_it_uses(word: str, unused: set[str], home: Home) -> None:
    program = """
import atexit, gc, sys
atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "", file=sys.stderr))
from communique.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, word],
        env=os.environ | home.variables,
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert "frozen" in loaded, "collecting garbage at the end is a quarter of what a command takes"
    assert not loaded & unused


@pytest.mark.parametrize("module", ["pathlib", "communique.cli.serving", "pydantic"])
def test_an_interrupt_while_a_command_begins_is_quiet(module: str, tmp_path: Path) -> None:
    program = """
import importlib.abc, os, signal, sys

class Struck(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == os.environ["STRIKE"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.modules.pop("pathlib", None)
sys.meta_path.insert(0, Struck())
from communique.cli import main
main()
"""
    with interruptible():
        done = subprocess.run(
            [sys.executable, "-c", program, "status"],
            env=os.environ | {"STRIKE": module},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


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


def test_tables_have_headings(after: Home) -> None:
    assert after.run("log").out.split()[0] == "no"


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


def test_every_setting_is_explained_where_there_is_no_manual(tmp_path: Path) -> None:
    home = Home(tmp_path, {"COMMUNIQUE_LATE_AFTER": "1h"})
    said = home.run("status", code=1).err
    assert pasted(home, said) == 1
    told = home.run("settings").out
    assert "`COMMUNIQUE_LATE_AFTER`" in told
    assert "`COMMUNIQUE_TRANSPORTS__<NAME>__HOST`" in told
