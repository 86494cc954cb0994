"""Whether a due release goes, and what it says if it does not (P4, P8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from communique.domain.pickup import Go, Miss, NotYet, Void, meant, timely
from communique.domain.release import Kind, Release, Schedule, State

HOUR = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
LATE = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
APPROVED = Release(
    "spring",
    Kind.ANNOUNCEMENT,
    ("harfang",),
    (),
    (),
    schedule=Schedule(HOUR, "UTC"),
    state=State.APPROVED,
)


@pytest.mark.parametrize(
    ("now", "decision"),
    [
        (HOUR - MOMENT, NotYet()),
        (HOUR, Go()),
        (HOUR + LATE, Go()),
        (
            HOUR + LATE + MOMENT,
            Miss("it was due at 2027-06-03 13:00 UTC and nothing ran to send it"),
        ),
    ],
)
def test_it_goes_from_its_hour_on_and_not_when_that_is_long_past(
    now: datetime, decision: object
) -> None:
    assert timely(APPROVED, now, LATE) == decision


def test_after_its_deliver_by_it_is_missed() -> None:
    until = HOUR + timedelta(minutes=5)
    bounded = replace(APPROVED, schedule=Schedule(HOUR, "UTC", deliver_by=until))
    assert timely(bounded, until - MOMENT, LATE) == Go()
    missed = timely(bounded, until, LATE)
    assert missed == Miss("its deliver-by, 2027-06-03 13:05 UTC, has passed")


@pytest.mark.parametrize("state", sorted(set(State) - {State.APPROVED}))
def test_what_is_not_approved_does_not_go(state: State) -> None:
    assert timely(replace(APPROVED, state=state), HOUR, LATE) == NotYet()


def test_what_has_no_hour_does_not_go() -> None:
    assert timely(replace(APPROVED, schedule=None), HOUR, LATE) == NotYet()


def test_without_every_partys_word_or_anybody_to_write_to_it_goes_back() -> None:
    assert meant([], anybody=True, doubts=[]) == Go()
    assert meant(["massif"], anybody=True, doubts=[]) == Void("not approved by massif")
    empty = meant([], anybody=False, doubts=["nobody is on it", "nor there"])
    assert empty == Void("there is nobody to write to: nobody is on it; nor there")
