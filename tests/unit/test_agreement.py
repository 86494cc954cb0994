"""An agreement in time: on each of its days and beside them, and what is due of it when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.agreement import (
    REMINDERS,
    Ending,
    Standing,
    ending,
    outlook,
    require_appended,
    successor,
    times,
)
from communique.domain.association import Agreement, Term
from communique.errors import NotAllowed

DAY = timedelta(days=1)
FIRST = Term(date(2019, 6, 3), date(2022, 6, 2))
SECOND = Term(date(2022, 6, 3), date(2025, 6, 2))  # follows with no day between
LATER = Term(date(2025, 9, 1), date(2028, 8, 31))
PACT = Agreement("pact", {}, ("a", "b"), (FIRST, SECOND))
PAUSED = replace(PACT, terms=(FIRST, SECOND, LATER))


@pytest.mark.parametrize(
    ("agreement", "on", "standing", "until", "then"),
    [
        (PACT, FIRST.starts - DAY, Standing.TO_COME, None, FIRST.starts),
        (PACT, FIRST.starts, Standing.IN_FORCE, SECOND.ends, None),
        (PACT, SECOND.starts, Standing.IN_FORCE, SECOND.ends, None),
        (PACT, SECOND.ends, Standing.IN_FORCE, SECOND.ends, None),
        (PACT, SECOND.ends + DAY, Standing.EXPIRED, SECOND.ends, None),
        (PAUSED, SECOND.ends + DAY, Standing.BETWEEN, SECOND.ends, LATER.starts),
        (PAUSED, LATER.starts - DAY, Standing.BETWEEN, SECOND.ends, LATER.starts),
        (PAUSED, LATER.starts, Standing.IN_FORCE, LATER.ends, None),
        (replace(PACT, ended=SECOND.ends), SECOND.ends - DAY, Standing.IN_FORCE, None, None),
        (replace(PACT, ended=SECOND.ends), SECOND.ends, Standing.ENDED, None, None),
        (replace(PACT, ended=FIRST.starts), FIRST.starts - DAY, Standing.ENDED, None, None),
    ],
)
def test_how_an_agreement_looks_on_a_day(
    agreement: Agreement, on: date, standing: Standing, until: date | None, then: date | None
) -> None:
    seen = outlook(agreement, on)
    assert seen.standing is standing
    assert (seen.next.starts if seen.next else None) == then
    if not agreement.ended:
        assert (seen.time.ends if seen.time else None) == until


def test_terms_with_no_day_between_are_one_time_and_none_outlasts_the_end() -> None:
    assert times(PAUSED) == (Term(FIRST.starts, SECOND.ends), LATER)
    ended = replace(PAUSED, ended=date(2020, 1, 1))
    assert times(ended) == (Term(FIRST.starts, date(2019, 12, 31)),)


@given(st.dates(date(2018, 1, 1), date(2030, 1, 1)), st.none() | st.dates(date(2018, 1, 1)))
def test_it_looks_in_force_on_exactly_the_days_on_which_it_is(on: date, ended: date | None) -> None:
    """What is shown, and what decides at a release's hour, are of one mind."""
    agreement = replace(PAUSED, ended=ended)
    assert (outlook(agreement, on).standing is Standing.IN_FORCE) == agreement.in_force(on)


def test_of_several_reminders_that_are_due_only_the_latest_is() -> None:
    last = SECOND.ends
    assert ending(PACT, last - 181 * DAY) is None
    assert ending(PACT, last - 180 * DAY) == Ending(SECOND, 180, 180)
    assert ending(PACT, last - 91 * DAY) == Ending(SECOND, 180, 91)
    assert ending(PACT, last - 90 * DAY) == Ending(SECOND, 90, 90)
    assert ending(PACT, last - 31 * DAY) == Ending(SECOND, 90, 31)
    assert ending(PACT, last - 30 * DAY) == Ending(SECOND, 30, 30)
    assert ending(PACT, last - 8 * DAY) == Ending(SECOND, 30, 8)
    assert ending(PACT, last - 7 * DAY) == Ending(SECOND, 7, 7)
    assert ending(PACT, last) == Ending(SECOND, 7, 0)
    assert ending(PACT, last + DAY) is None
    assert REMINDERS == (180, 90, 30, 7)


def test_nobody_is_reminded_where_a_term_follows_or_they_ended_it_themselves() -> None:
    assert ending(PAUSED, SECOND.ends - DAY) is None
    assert ending(replace(PACT, ended=SECOND.ends), SECOND.ends - 2 * DAY) is None
    assert ending(replace(PACT, terms=()), SECOND.ends) is None


@pytest.mark.parametrize(
    ("last", "next_"),
    [
        (SECOND, Term(date(2025, 6, 3), date(2028, 6, 2))),
        (Term(date(2024, 2, 29), date(2028, 2, 28)), Term(date(2028, 2, 29), date(2032, 2, 28))),
        (Term(date(2020, 2, 29), date(2024, 2, 28)), Term(date(2024, 2, 29), date(2028, 2, 28))),
        (Term(date(2027, 1, 1), date(2027, 4, 10)), Term(date(2027, 4, 11), date(2027, 7, 19))),
    ],
)
def test_the_next_term_follows_at_once_and_is_as_long(last: Term, next_: Term) -> None:
    assert successor(last) == next_


def test_a_term_to_the_last_day_there_is_overflows_nowhere() -> None:
    last = Term(date(2025, 6, 3), date.max)
    for_ever = replace(PACT, terms=(*PACT.terms, last, LATER))
    assert times(for_ever)[-1].ends == date.max
    assert successor(last).starts == date.max
    assert successor(Term(date(5000, 1, 1), date(9000, 12, 31))).ends <= date.max


def test_a_term_is_appended_on_the_day_after_or_with_a_gap_that_is_meant() -> None:
    require_appended(PACT, Term(date(2025, 6, 3), date(2028, 6, 2)))
    require_appended(PACT, LATER, gap=True)
    for term, code in (
        (Term(date(2025, 6, 2), date(2028, 6, 2)), "term_overlaps"),
        (Term(date(2025, 6, 4), date(2028, 6, 2)), "term_leaves_gap"),
        (Term(date(2025, 6, 3), date(2025, 6, 2)), "term_ends_first"),
    ):
        with pytest.raises(NotAllowed) as caught:
            require_appended(PACT, term)
        assert caught.value.code == code
    for_ever = replace(PACT, terms=(*PACT.terms, Term(date(2025, 6, 3), date.max)))
    with pytest.raises(NotAllowed) as caught:
        require_appended(for_ever, LATER)
    assert caught.value.code == "agreement_never_ends"
    with pytest.raises(NotAllowed, match="was ended early"):
        require_appended(replace(PACT, ended=SECOND.ends), LATER, gap=True)
