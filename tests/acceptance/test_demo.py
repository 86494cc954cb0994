"""The demo: one command, a whole release, and a desk to go on with."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any
from unittest import mock

from tests.acceptance import nursery
from tests.acceptance.desks import PATIENCE, RELEASE, Done, Home

from communique.cli import demonstration
from communique.cli.demonstration import Demo
from communique.cli.rehearsing import EVENING, WELCOME
from communique.declared import starter


class Children:
    """Stands for `subprocess`: what the demo starts are processes as ever, of the nursery."""

    DEVNULL = subprocess.DEVNULL

    @staticmethod
    def Popen(  # noqa: N802 - its name there
        command: list[str], env: dict[str, str], stdout: IO[bytes], stderr: IO[bytes]
    ) -> nursery.Born:
        return nursery.start(command[1:3], command[3:], Path.cwd(), env, stdout, stderr)

    @staticmethod
    def run(
        command: list[str], *, env: dict[str, str], capture_output: bool = False, **_: Any
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = Children.Popen(command, env, out, err).wait(PATIENCE)
            for one in (out, err):
                one.seek(0)
            said, wrong = out.read().decode(), err.read().decode()
        assert not (capture_output and code), wrong
        if not capture_output:
            sys.stdout.write(said)
            sys.stderr.write(wrong)
        return subprocess.CompletedProcess(command, code, said, wrong)


def demo(folder: Path) -> Done:
    """Run the demo as a stranger would."""
    with mock.patch.object(demonstration, "subprocess", Children):
        return Home(folder.parent).run("demo", "--folder", folder.name)


def test_the_demo_sends_a_whole_release_and_is_made_anew_when_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "left over").touch()
    Demo(folder).settle()
    done = demo(folder)
    assert not (folder / "left over").exists()

    home = Home(folder)
    standing = home.standing()
    states = standing["summary"]["states"]
    assert standing["release"]["state"] == "sent"
    assert sum(states.values()) == home.audience() > 1300
    others = [home.standing(key) for key in (EVENING, WELCOME)]
    assert [one["release"]["state"] for one in others] == ["sent", "sent"]
    sent = sum(one["summary"]["states"]["sent"] for one in (standing, *others))
    assert len(home.mailbox()) == sent
    carried = [one for one in home.mailbox() if b"text/calendar" in one.content]
    assert len(carried) == others[0]["summary"]["states"]["sent"]
    for house, language, title, members_only in (
        ("bioquebec", "fr", "Une soirée à Boston", "un bureau et une salle"),
        ("massbio", "en", "An evening in Boston", "a desk and a room"),
    ):
        room = folder / "newsroom" / house
        assert (room / "index.html").as_uri() in done.out
        news = "".join(one.read_text("utf-8") for one in (room / language).rglob("*.html"))
        assert title in news
        assert members_only not in news
        assert "<dd><ul><li>" in news, "what is in brief is a list"
    for state, count in {**states, "snapshot": home.audience()}.items():
        assert re.search(rf"^{state} +{count:,} *$", done.out, re.MULTILINE)
    assert done.out.count("$ communique log show") == 3
    assert {one.suffix for one in (folder / "preview").iterdir()} == {".html", ".txt", ".eml"}
    assert "What to type next" in done.out
    assert f"export COMMUNIQUE_HOME={folder} " in done.out, "it holds from any folder"
    assert f"communique release show {RELEASE}" in done.out
    assert re.search(r"http://127\.0\.0\.1:8025/desk/open/[\w-]{43}$", done.out.strip())
    home.log("--limit", "3")
    assert Demo(folder).untouched(), "so that `make demo` may be run again, and after a look too"


def test_a_demo_that_somebody_worked_in_is_not_deleted_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    starter.begin(folder)
    Demo(folder).settle()
    ours = folder / "releases" / "ours.md"
    ours.write_text("three hours of work")
    for typed in ("", "n\n"):
        done = Home(tmp_path).run("demo", "--folder", folder, typed=typed, code=1)
        assert "Delete all of it?" in done.err
        assert "--folder" in done.err
        assert ours.read_text() == "three hours of work"
    with mock.patch.object(sys, "stdin", io.StringIO("y\n")):
        Demo(folder).begin()
    assert not ours.exists()


def test_the_demo_touches_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    done = Home(tmp_path).run("demo", "--folder", tmp_path, code=1)
    assert "--folder" in done.err
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
