"""The demo: one command, a whole release, and a desk to go on with."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

from tests.acceptance.desks import PATIENCE, RELEASE, Home

from communique.cli.demonstration import Demo
from communique.cli.rehearsing import EVENING, WELCOME
from communique.declared import starter


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo as a stranger would."""
    return subprocess.run(
        [sys.executable, "-m", "communique", "demo", "--folder", folder.name],
        cwd=folder.parent,
        text=True,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_demo_sends_a_whole_release_and_is_made_anew_when_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "left over").touch()
    Demo(folder).settle()
    done = demo(folder)
    assert done.returncode == 0, done.stderr
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
        assert (room / "index.html").as_uri() in done.stdout
        news = "".join(one.read_text("utf-8") for one in (room / language).rglob("*.html"))
        assert title in news
        assert members_only not in news
        assert "<dd><ul><li>" in news, "what is in brief is a list"
    for state, count in {**states, "snapshot": home.audience()}.items():
        assert re.search(rf"^{state} +{count:,} *$", done.stdout, re.MULTILINE)
    assert done.stdout.count("$ communique log show") == 3
    assert {one.suffix for one in (folder / "preview").iterdir()} == {".html", ".txt", ".eml"}
    assert "What to type next" in done.stdout
    assert f"export COMMUNIQUE_HOME={folder} " in done.stdout, "it holds from any folder"
    assert f"communique release show {RELEASE}" in done.stdout
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
