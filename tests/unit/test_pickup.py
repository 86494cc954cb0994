"""Whether a due release goes, and what it says if it does not (P4, P8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from communique.domain.pickup import Go, Miss, NotYet, Void, meant, timely
from communique.domain.release import Release, Schedule, State
from communique.facts import Fact

HOUR = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
LATE = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
APPROVED = Release(
    "spring",
    "announcement",
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
            "it was due at 2027-06-03 13:00 UTC and nothing ran to send it",
        ),
    ],
)
def test_it_goes_from_its_hour_on_and_not_when_that_is_long_past(
    now: datetime, decision: object
) -> None:
    found = timely(APPROVED, now, LATE)
    assert (str(found.why) if isinstance(found, Miss) else found) == decision


def test_after_its_deliver_by_it_is_missed() -> None:
    until = HOUR + timedelta(minutes=5)
    bounded = replace(APPROVED, schedule=Schedule(HOUR, "UTC", deliver_by=until))
    assert timely(bounded, until - MOMENT, LATE) == Go()
    missed = timely(bounded, until, LATE)
    assert isinstance(missed, Miss)
    assert str(missed.why) == "its deliver-by, 2027-06-03 13:05 UTC, has passed"


@pytest.mark.parametrize("state", sorted(set(State) - {State.APPROVED}))
def test_what_is_not_approved_does_not_go(state: State) -> None:
    assert timely(replace(APPROVED, state=state), HOUR, LATE) == NotYet()


def test_what_has_no_hour_does_not_go() -> None:
    assert timely(replace(APPROVED, schedule=None), HOUR, LATE) == NotYet()


def test_without_every_partys_word_or_anybody_to_write_to_it_goes_back() -> None:
    assert meant([], anybody=True, doubts=[]) == Go()
    lacking = meant([Fact("party_alone", association="massif")], anybody=True, doubts=[])
    assert isinstance(lacking, Void)
    assert str(lacking.why) == "not approved by massif"
    nobody = [Fact("nobody_written_to", association=one) for one in ("harfang", "massif")]
    empty = meant([], anybody=False, doubts=nobody)
    assert empty == Void(Fact("nobody_to_write_to", doubts=nobody))
    told = "nobody at harfang would be written to; nobody at massif would be written to"
    assert str(empty.why) == f"there is nobody to write to: {told}"
