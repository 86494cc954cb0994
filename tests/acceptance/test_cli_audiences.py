"""Audiences by name, as whoever writes releases meets them on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acceptance.desks import RELEASE, Home, copy
from tests.json_shapes import wrong_with

KEPT = """
[[audience]]
key = "visitors"
names.fr = "De passage"
names.en = "Visitors"
lists = ["members"]
without = ["partners-news"]
only.languages = ["en"]
"""


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Home:
    home = copy(filled, tmp_path / "desk")
    file = home.folder / "subscribers" / "massbio" / "lists.toml"
    file.write_text(file.read_text("utf-8") + KEPT, encoding="utf-8")
    return home


def test_an_audience_is_declared_counted_and_used(home: Home) -> None:
    assert "long-standing" in home.run("subscribers", "audiences", "-a", "bioquebec").out
    assert "audience massbio/visitors" in home.run("sync").out
    table = home.run("subscribers", "audiences").out
    assert "members; without partners-news; only languages: en" in table
    shown = home.run("subscribers", "audiences", "-a", "massbio", "--json").json()
    assert not wrong_with("subscribers_audiences", shown)
    sample, one = shown["audiences"]
    assert 0 < sample["forecast"]["goes"] < sample["forecast"]["listed"]
    seen = one["forecast"]
    assert seen["goes"] + sum(seen["left_out"].values()) == seen["listed"]

    home.run("release", "new", "releases/visit", "-p", "massbio", "--use", "visitors")
    written = (home.folder / "releases" / "visit" / "release.toml").read_text("utf-8")
    assert 'use = "visitors"' in written
    asked = home.run("release", "new", "releases/other", "--use", "visitor", code=1).err
    assert "no audience “visitor” (known: long-standing, visitors)" in asked
    filed = home.run("release", "import", "releases/visit", "--json").json()["release"]
    assert [one["use"] for one in filed["audiences"]] == ["visitors"]
    told = home.run("release", "show", "visit").out
    for part in ("kept as", "visitors", "without", "partners-news"):
        assert part in told


def test_check_says_what_submitting_would_and_changes_nothing(home: Home) -> None:
    checked = home.run("release", "check", RELEASE)
    assert f"nothing stands in the way of “{RELEASE}”" in checked.err
    shown = home.run("release", "check", RELEASE, "--json").json()
    assert not wrong_with("release_check", shown)
    assert shown["release"]["state"] == "draft"
    file = home.folder / "releases" / RELEASE / "en.md"
    text = file.read_text("utf-8").replace('subject = "', 'subject = "Re: ', 1)
    file.write_text(text, encoding="utf-8")
    home.run("release", "import", f"releases/{RELEASE}")
    refused = home.run("release", "check", RELEASE, "--json", code=1)
    assert "can-spam-subject" in refused.err
    assert '"rules"' in refused.err
