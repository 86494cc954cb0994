"""What the command line says of itself: help with examples, completion, and how a command ends."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.desks import RELEASE, Done, Home
from tests.acceptance.test_cli import COMMANDS

from communique.cli import completing
from communique.declared import starter


def examples(told: str) -> list[str]:
    """The command lines that a help shows, each whole."""
    lines = told.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.startswith("    communique ")]


def called(words: list[str]) -> tuple[Any, list[str]]:
    """The command that is called, and what it is given."""
    most = max(n for n in range(len(words) + 1) if tuple(words[:n]) in COMMANDS)
    return COMMANDS[tuple(words[:most])], words[most:]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_help_shows_an_example_that_can_be_typed(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    home = Home(tmp_path)
    (tmp_path / "members.csv").touch()
    lines = examples(home.run(*words, "--help").out)
    assert lines
    for line in lines:
        program, *typed = shlex.split(line.partition(" | ")[0].partition(" > ")[0])
        command, given = called(typed)
        assert program == "communique"
        if words and not hasattr(COMMANDS[words], "commands"):
            assert tuple(typed[: len(words)]) == words, "it shows the command that was asked about"
        if "--help" not in given:
            with contextlib.chdir(tmp_path):
                command.make_context("communique", given)


def test_the_top_says_how_a_command_ends(tmp_path: Path) -> None:
    assert "Exit status: 0 if it was done" in Home(tmp_path).run("--help").out


def test_how_a_command_ended_tells_what_kind_of_end_it_was(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk")
    starter.begin(home.folder)
    home.run("sync")
    home.run("release", "show", "nope", code=1)
    home.run("release", "sho", code=2)
    home.run("release", "show", code=2)
    away = Home(home.folder, {"COMMUNIQUE_DATABASE_URL": "postgresql+psycopg://127.0.0.1:1/none"})
    home.run("status")
    assert "error" in away.run("status", code=4).err


@pytest.fixture(scope="module")
def known(filled: Path) -> Home:
    return Home(filled)


def completed(home: Home, typed: str) -> list[str]:
    """What bash is offered for what was typed so far."""
    words = shlex.split(typed) + ([""] if typed.endswith(" ") else [])
    asking = Home(
        home.folder,
        home.environment
        | {
            "_COMMUNIQUE_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(words) - 1),
        },
    )
    done: Done = asking.run()
    assert not done.err
    return done.out.split()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("communique release show ", [RELEASE]),
        ("communique release approve memo", [RELEASE]),
        ("communique release approve x", []),
        ("communique release approve x --as ma", ["massbio"]),
        ("communique log --release ", [RELEASE]),
        ("communique log --association ", ["bioquebec", "massbio"]),
        ("communique subscribers list -a massbio --list mem", ["members"]),
        ("communique agreements show ", ["quebec-massachusetts"]),
        ("communique agreements check q", ["quebec-massachusetts"]),
        ("communique rel", ["release"]),
    ],
)
def test_a_shell_completes_the_keys_of_the_desk_here(
    typed: str, offered: list[str], known: Home
) -> None:
    assert completed(known, typed) == offered


def test_what_a_terminal_cannot_show_ends_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "communique", "settings"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1", "COMMUNIQUE_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2026" in done.stdout


def test_where_no_desk_is_a_shell_is_told_nothing_and_nothing_is_made(tmp_path: Path) -> None:
    nowhere = Home(tmp_path)
    assert completed(nowhere, "communique release show ") == []
    assert not list(tmp_path.iterdir())
    (tmp_path / "subscribers").mkdir()
    assert completed(nowhere, "communique log -a ") == []
    assert [one.name for one in tmp_path.iterdir()] == ["subscribers"]


def test_what_cannot_be_read_just_now_completes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMMUNIQUE_LATE_AFTER", "not a time")
    assert completing.releases("") == completing.associations("") == completing.lists("") == []
