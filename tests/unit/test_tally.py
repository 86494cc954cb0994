"""When readers who fail alike pause their release."""

from __future__ import annotations

import pytest

from communique.domain.tally import FEW, MANY, Tally

KIND = "554 5.7.1"


@pytest.mark.parametrize(
    ("alike", "accepted", "pauses"),
    [
        (2, 0, False),  # two bad addresses, however short the list
        (FEW, 0, False),
        (FEW + 1, 0, True),  # nothing else came of it: that is no few bad addresses
        (FEW + 1, FEW + 1, False),
        (MANY, MANY, False),
        (MANY + 1, 40, True),
        (MANY + 1, 2_000, True),
        (MANY + 1, 2_100, False),  # one in a hundred, of however many
        (300, 100_000, False),
    ],
)
def test_too_many_is_a_matter_of_how_many_did_not_fail(
    alike: int, accepted: int, pauses: bool
) -> None:
    assert Tally(accepted, {KIND: alike}).too_many(KIND) is pauses
    assert Tally().too_many(KIND, alike=alike, accepted=accepted) is pauses
    assert Tally(accepted, {KIND: alike}).troubles == ({KIND} if pauses else set())


@pytest.mark.parametrize(
    ("alike", "accepted", "pauses"),
    [(MANY, 0, False), (MANY + 1, 0, True), (MANY + 1, MANY + 1, False), (1_000, 1_001, False)],
)
def test_what_a_person_has_seen_pauses_again_only_if_most_fail_for_it(
    alike: int, accepted: int, pauses: bool
) -> None:
    meant = Tally(accepted, {KIND: alike}, frozenset({KIND}))
    assert meant.too_many(KIND) is pauses


def test_kinds_are_counted_apart() -> None:
    tally = Tally(0, {"550 5.7.1": FEW, "554 5.7.1": FEW})
    assert not tally.troubles
    assert tally.updated(Tally(1, {"554 5.7.1": 9})).troubles == {"554 5.7.1"}
