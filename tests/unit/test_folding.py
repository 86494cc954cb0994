"""What is searched for is found however it is typed, and by the words that people are shown."""

from __future__ import annotations

import pytest

from communique.cli.log import _kept_as
from communique.domain.text import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L’Écuyer", "l'ecuyer"),
        ("Gaëtan", "GAETAN"),
        ("Île-aux-Cerfs", "Ile-aux-Cerfs"),
        ("Sacré-Cœur", "sacre-coeur"),
        ("Zoe\u0301", "Zoé"),
    ],
)
def test_what_only_case_accents_or_an_apostrophe_tell_apart_is_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert folded(one) != folded(f"{other}s")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("désabonné", ("unsubscribed",)),
        ("desabonne", ("unsubscribed",)),
        ("consentement échu", ("consent_lapsed",)),
        ("5.1.1", ()),
    ],
)
def test_a_reason_is_found_by_the_words_of_either_language(
    typed: str, kept: tuple[str, ...]
) -> None:
    assert _kept_as(typed) == kept
