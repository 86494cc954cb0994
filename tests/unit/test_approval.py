"""Whether every party has approved: its last word, on exactly this content."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from communique.domain.approval import Approval, Word, still_missing

AT = datetime(2027, 6, 3, tzinfo=UTC)
PARTIES = ("harfang", "massif")


def said(association: str, word: Word, content_hash: str = "this", at: datetime = AT) -> Approval:
    return Approval(association, "somebody", word, content_hash, at)


def test_without_a_word_everybody_is_missing_in_the_parties_order() -> None:
    assert still_missing(PARTIES, [], "this", AT) == PARTIES
    assert still_missing(PARTIES[::-1], [], "this", AT) == PARTIES[::-1]


@pytest.mark.parametrize("words", [*itertools.product(Word, repeat=3)])
def test_a_partys_last_word_counts(words: tuple[Word, ...]) -> None:
    missing = still_missing(["harfang"], [said("harfang", word) for word in words], "this", AT)
    assert missing == (() if words[-1] is Word.APPROVED else ("harfang",))


def test_a_word_on_another_content_counts_for_nothing() -> None:
    before = [said(party, Word.APPROVED, "before") for party in PARTIES]
    assert still_missing(PARTIES, before, "this", AT) == PARTIES
    later_no = [said("harfang", Word.APPROVED), said("harfang", Word.REJECTED, "other")]
    assert still_missing(PARTIES, later_no, "this", AT) == ("massif",)


def test_a_word_said_before_the_last_submission_counts_for_nothing() -> None:
    moment = timedelta(microseconds=1)
    words = [said("harfang", Word.APPROVED, at=AT - moment), said("massif", Word.APPROVED)]
    assert still_missing(PARTIES, words, "this", AT) == ("harfang",)
    assert still_missing(PARTIES, words, "this", AT + moment) == PARTIES


def test_nobody_speaks_for_another() -> None:
    words = [said("harfang", Word.APPROVED), said("stranger", Word.APPROVED)]
    assert still_missing(PARTIES, words, "this", AT) == ("massif",)
