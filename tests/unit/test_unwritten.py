"""What nobody wrote, or wrote and did not import, reaches no member unsaid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import HARFANG

from communique.cli.manuscripts import stale
from communique.declared import manuscript, starter, transcript
from communique.domain.release import Audience, Edition, Release
from communique.domain.skeleton import sequel, unwritten

TEMPLATES = Path(str(starter.templates()))


@pytest.fixture
def begun(tmp_path: Path) -> Release:
    """A release as `release new` begins it, and as it is imported."""
    bare = Release(
        "autumn",
        "announcement",
        ("harfang",),
        (Edition("fr", "", "", ""), Edition("en", "", "", ""), Edition("de", "", "", "")),
        (Audience("harfang", ("members",)),),
    )
    transcript.write(bare, tmp_path / "autumn", TEMPLATES)
    return manuscript.read(tmp_path / "autumn", TEMPLATES)


def test_what_an_edition_began_with_is_known_again(begun: Release) -> None:
    for edition in begun.editions:
        assert unwritten(edition) == ("subject", "preheader", "body")


def test_each_part_counts_and_its_tags_may_stay(begun: Release) -> None:
    edition = replace(begun.editions[0], subject="x")
    assert unwritten(edition) == ("preheader", "body")
    body = '{% if member.territory == "Montréal" %}\nÀ nous.\n{% endif %}\n'
    assert unwritten(replace(edition, preheader="", body=body)) == ()


@pytest.mark.parametrize("called_off", [False, True])
def test_what_follows_says_so_in_its_subject_and_nothing_that_invites_stays(
    called_off: bool,
) -> None:
    first = Edition("fr", "Soirée à Boston", "Venez.", "Venez nombreux.\n")
    moved = replace(sequel(first, called_off=False), preheader="", body=first.body)
    then = sequel(moved, called_off=called_off)
    assert then.subject == ("Annulé : " if called_off else "Modifié : ") + first.subject
    assert ("Venez nombreux" in then.body) is not called_off
    assert unwritten(then) == ("preheader", "body")
    assert unwritten(moved) == ()


def test_an_edition_that_was_edited_since_is_warned_of(begun: Release) -> None:
    assert stale(begun) == []
    path = Path(begun.editions[0].source)
    path.write_text(path.read_text(encoding="utf-8") + "Encore.\n", encoding="utf-8")
    (warning,) = map(str, stale(begun))
    assert warning.startswith(f"{path.name} changed on disk since the import")
    assert f"release import {path.parent}" in warning
    (path.parent / "it.md").write_text("x", encoding="utf-8")
    assert "cannot be read by now" in str(stale(begun)[0])


def test_of_files_that_are_elsewhere_nothing_is_said(begun: Release) -> None:
    moved = tuple(replace(one, source="/nowhere/autumn/fr.md") for one in begun.editions)
    assert stale(replace(begun, editions=moved)) == []
    assert stale(replace(begun, editions=(Edition("fr", "a", "b", "c"),))) == []


@pytest.mark.parametrize(
    ("list_domain", "aligned"),
    [
        ("avis.harfang.example", True),
        ("harfang.example", True),
        ("harfang.test", False),
        ("lists.other.example", False),
    ],
)
def test_a_list_domain_that_can_never_align_is_known(list_domain: str, aligned: bool) -> None:
    assert replace(HARFANG, list_domain=list_domain).aligned is aligned
