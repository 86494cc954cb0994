"""Consent ends when the law says (CASL s.10), to the day, and when its owner says no."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.actor import RECIPIENT
from communique.domain.consent import (
    MONTHS,
    Basis,
    ConsentEvent,
    Evidence,
    Extent,
    Place,
    Word,
    lapses_on,
    place,
)
from communique.domain.delivery import SkipReason

SINCE = date(2020, 1, 31)
NOON = datetime(2027, 6, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("basis", "since", "ended", "lapses"),
    [
        (Basis.EXPRESS, SINCE, date(2021, 1, 1), None),
        (Basis.MEMBERSHIP, SINCE, None, None),
        (Basis.MEMBERSHIP, SINCE, date(2027, 6, 3), date(2029, 6, 3)),
        (Basis.MEMBERSHIP, SINCE, date(2028, 2, 29), date(2030, 3, 1)),
        (Basis.MEMBERSHIP, SINCE, date(2027, 12, 31), date(2029, 12, 31)),
        (Basis.BUSINESS, date(2027, 6, 3), date(2021, 1, 1), date(2029, 6, 3)),
        (Basis.INQUIRY, date(2027, 6, 3), None, date(2027, 12, 3)),
        (Basis.INQUIRY, date(2027, 8, 31), None, date(2028, 3, 1)),
        (Basis.INQUIRY, date(2027, 7, 31), None, date(2028, 1, 31)),
        (Basis.INQUIRY, date(2027, 12, 31), None, date(2028, 7, 1)),
    ],
)
def test_a_consent_lapses_on_its_day(
    basis: Basis, since: date, ended: date | None, lapses: date | None
) -> None:
    assert lapses_on(basis, since, ended) == lapses


@given(st.sampled_from(sorted(MONTHS)), st.dates(date(1950, 1, 1), date(2200, 1, 1)))
def test_no_consent_lapses_before_its_months_are_over(basis: Basis, day: date) -> None:
    lapses = lapses_on(basis, day, day)
    assert lapses is not None
    months = (lapses.year - day.year) * 12 + lapses.month - day.month
    assert (months == MONTHS[basis] and lapses.day == day.day) or (
        months == MONTHS[basis] + 1 and lapses.day == 1
    )
    assert lapses - day >= timedelta(days=28 * MONTHS[basis])


# A place is the fold of what was said.


def test_a_place_that_nobody_was_put_on_is_none() -> None:
    assert place([], "members", Basis.EXPRESS, None) == Place()
    assert Place().why_not(SINCE, joint=False) is SkipReason.UNSUBSCRIBED


def test_only_the_same_reach_takes_a_no_back() -> None:
    def said(word: Word, extent: Extent, since: date | None = None) -> ConsentEvent:
        key = "members" if extent is Extent.LIST else ""
        evidence = Evidence("page")
        return ConsentEvent(
            "harfang", 1, word, RECIPIENT, evidence, NOON, extent, key, Basis.EXPRESS, since
        )

    given = said(Word.GIVEN, Extent.LIST, SINCE)
    noes = [said(Word.WITHDRAWN, one) for one in Extent]
    for back in Extent:
        events = [given, *noes, said(Word.CONFIRMED, back, SINCE)]
        stands = place(events, "members", Basis.EXPRESS, None)
        assert stands.said_no == set(Extent) - {back}
    assert place([given, said(Word.LAPSED, Extent.LIST)], "members", Basis.EXPRESS, None) == (
        Place(SINCE)
    )
