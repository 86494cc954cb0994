"""Who may do what, and what a line of history may hold (P10)."""

from __future__ import annotations

import pytest

from communique.domain.actor import Actor, ActorKind, Permission
from communique.domain.text import one_line


def test_a_grant_holds_at_its_association_alone() -> None:
    grants = {"harfang": frozenset({Permission.APPROVE})}
    aude = Actor(ActorKind.PERSON, "Aude Roy", 7, grants)
    assert aude.may(Permission.APPROVE, "harfang")
    assert not aude.may(Permission.APPROVE, "massif")
    assert aude == Actor(ActorKind.PERSON, "Aude Roy", 7), "whatever they may do by now"


@pytest.mark.parametrize(
    "line_break", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_no_comment_can_look_like_a_second_line(line_break: str) -> None:
    forged = f"no{line_break}2027-06-03 09:00  approve → approved, Hope Ames"
    assert one_line(forged) == "no 2027-06-03 09:00 approve → approved, Hope Ames"


def test_no_run_of_blanks_can_push_words_onto_a_line_of_their_own() -> None:
    assert one_line("  no" + " " * 200 + "\N{NO-BREAK SPACE}\tyes ") == "no yes"


@pytest.mark.parametrize(
    "hidden", ["\x1b", "\x00", "\x08", "\x7f", "\u202e", "\u2066", "\ue000", "\u200b"]
)
def test_what_cannot_be_seen_is_made_visible(hidden: str) -> None:
    assert one_line(f"a{hidden}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_what_people_write_stays_as_it_is() -> None:
    assert one_line("« Voilà ! » 东京 🎉") == "« Voilà ! » 东京 🎉"
