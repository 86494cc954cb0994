"""What pages call a language: by its name in the language of the page."""

from __future__ import annotations

import pytest

from communique.newsroom.pages import named


@pytest.mark.parametrize(
    ("code", "language", "said"),
    [
        ("en", "fr", "anglais"),
        ("fr", "fr", "français"),
        ("fr", "en", "French"),
        ("es", "fr", "espagnol"),  # which no page of ours is in
        ("zz", "fr", "zz"),
    ],
)
def test_a_language_is_named_in_that_of_the_page(code: str, language: str, said: str) -> None:
    assert named(code, language) == said
