"""Whether every party has approved: its last word, on exactly this content and submission."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from communique.domain.actor import OPERATOR
from communique.domain.approval import Approval, ApprovalWord, counting, still_missing

AT = datetime(2027, 6, 3, tzinfo=UTC)
PARTIES = ("harfang", "massif")


def said(
    association: str,
    word: ApprovalWord,
    content_hash: str = "this",
    submission: int = 1,
    at: datetime = AT,
) -> Approval:
    return Approval(association, "somebody", word, content_hash, submission, at, OPERATOR)


def test_without_a_word_everybody_is_missing_in_the_parties_order() -> None:
    assert still_missing(PARTIES, [], "this", 1) == PARTIES
    assert still_missing(PARTIES[::-1], [], "this", 1) == PARTIES[::-1]


@pytest.mark.parametrize("words", [*itertools.product(ApprovalWord, repeat=3)])
def test_a_partys_last_word_counts(words: tuple[ApprovalWord, ...]) -> None:
    missing = still_missing(["harfang"], [said("harfang", word) for word in words], "this", 1)
    assert missing == (() if words[-1] is ApprovalWord.APPROVED else ("harfang",))


def test_a_word_on_another_content_counts_for_nothing() -> None:
    before = [said(party, ApprovalWord.APPROVED, "before") for party in PARTIES]
    assert still_missing(PARTIES, before, "this", 1) == PARTIES
    later_no = [
        said("harfang", ApprovalWord.APPROVED),
        said("harfang", ApprovalWord.REJECTED, "other"),
    ]
    assert still_missing(PARTIES, later_no, "this", 1) == ("massif",)


def test_a_word_said_of_an_earlier_submission_counts_for_nothing() -> None:
    words = [
        said("harfang", ApprovalWord.APPROVED),
        said("massif", ApprovalWord.APPROVED, submission=2),
    ]
    assert still_missing(PARTIES, words, "this", 2) == ("harfang",)
    assert still_missing(PARTIES, words, "this", 3) == PARTIES


def test_no_clock_decides_which_word_counts() -> None:
    """Two machines' clocks may differ by more than it takes to approve."""
    early = [said(party, ApprovalWord.APPROVED, at=AT - timedelta(days=1)) for party in PARTIES]
    assert still_missing(PARTIES, early, "this", 1) == ()


def test_of_what_was_never_submitted_no_word_counts() -> None:
    assert counting([said("harfang", ApprovalWord.APPROVED)], None, 0) == ()


def test_nobody_speaks_for_another() -> None:
    words = [said("harfang", ApprovalWord.APPROVED), said("stranger", ApprovalWord.APPROVED)]
    assert still_missing(PARTIES, words, "this", 1) == ("massif",)
