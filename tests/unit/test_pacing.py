"""Rates, windows and rests, with time as a number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.pacing import HOLD, LONGEST_REST, Bucket, Grant, Rate, Rest, Window


def test_a_bucket_lets_a_burst_of_one_second_through_and_then_the_rate() -> None:
    bucket = Bucket.full(Rate(10, 1), now=0)
    for _ in range(10):
        assert bucket.wait == 0
        bucket = bucket.taken()
    assert bucket.wait == pytest.approx(0.1)
    assert bucket.refilled(0.1).wait == pytest.approx(0)


def test_a_slow_rate_lets_one_through_at_once() -> None:
    bucket = Bucket.full(Rate(100, 3600), now=0).taken()
    assert bucket.wait == pytest.approx(36)


def test_turns_that_are_reserved_come_one_after_the_other() -> None:
    bucket = Bucket.full(Rate(1, 1), now=0).taken()
    waits = []
    for _ in range(3):
        waits.append(bucket.wait)
        bucket = bucket.taken()
    assert waits == pytest.approx([1, 2, 3])


@given(
    st.floats(0.1, 1000),
    st.floats(0.1, 3600),
    st.lists(st.floats(0, 100), max_size=60),
)
def test_no_span_of_time_lets_more_through_than_its_rate_and_one_burst(
    amount: float, period: float, pauses: list[float]
) -> None:
    rate = Rate(amount, period)
    bucket, now, times = Bucket.full(rate, 0), 0.0, []
    for pause in pauses:
        now += pause
        bucket = bucket.refilled(now)
        times.append(now + bucket.wait)
        bucket = bucket.taken()
    for start in range(len(times)):
        for end in range(start, len(times)):
            allowed = rate.burst + (times[end] - times[start]) * rate.per_second
            assert end - start + 1 <= allowed * (1 + 1e-9) + 1e-6


def test_a_bucket_that_filled_up_again_is_forgettable() -> None:
    bucket = Bucket.full(Rate(1, 1), 0)
    assert bucket.is_full
    assert not bucket.taken().is_full
    assert bucket.taken().refilled(1).is_full
    assert bucket.refilled(1e9).level == bucket.level


def test_a_window_grows_by_one_up_to_its_limit() -> None:
    window = Window(limit=3)
    sizes = [(window := window.grown(0)).size for _ in range(4)]
    assert sizes == [2, 3, 3, 3]


def test_a_window_halves_on_trouble_and_holds_before_it_grows_again() -> None:
    window = Window(limit=10, size=9).shrunk(0)
    assert window.size == 4
    assert window.grown(HOLD - 1).size == 4
    assert window.grown(HOLD).size == 5
    assert Window(limit=10, size=1).shrunk(0).size == 1


def test_a_window_fits_what_the_relay_was_seen_to_bear() -> None:
    assert Window(limit=10, size=8).fitted(3, 0).size == 3
    assert Window(limit=10, size=8).fitted(30, 0).size == 10
    assert Window(limit=10, size=8).fitted(0, 0).size == 1


def test_rests_double_up_to_a_quarter_of_an_hour() -> None:
    rest, now, lengths = Rest(), 0.0, []
    for _ in range(9):
        rest = rest.lengthened(now, 5, "down")
        lengths.append(rest.length)
        now = rest.until
    assert lengths[:4] == [5, 10, 20, 40]
    assert lengths[-1] == LONGEST_REST
    assert rest.left(now) == 0


def test_trouble_during_a_rest_does_not_make_it_longer() -> None:
    rest = Rest().lengthened(0, 5, "down")
    assert rest.lengthened(3, 5, "still down") is rest


def test_what_is_granted_at_once_is_what_the_bucket_holds() -> None:
    full = Bucket.full(Rate(10), now=0)
    bucket, grant = full.granted(4)
    assert (bucket.level, grant) == (6, Grant(4))
    bucket, grant = bucket.granted(9)
    assert (bucket.level, grant.count) == (0, 6)
    assert grant.wait == pytest.approx(0.3)
    assert bucket.granted(0) == (bucket, Grant(0))


def test_a_wait_for_a_grant_is_never_longer_than_until_the_bucket_is_full() -> None:
    empty = replace(Bucket.full(Rate(10), now=0), level=0.0)
    assert empty.granted(1000)[1] == Grant(0, wait=1)
    slow = replace(Bucket.full(Rate(1, 60), now=0), level=0.5)
    assert slow.granted(5)[1] == Grant(0, wait=30)


@given(st.floats(0.1, 1000), st.lists(st.tuples(st.floats(0, 3), st.integers(0, 500))))
def test_who_waits_as_told_gets_some_and_all_together_no_more_than_the_rate(
    amount: float, asked: list[tuple[float, int]]
) -> None:
    rate = Rate(amount)
    bucket, now, granted = Bucket.full(rate, 0), 0.0, 0
    for pause, wanted in asked:
        now += pause
        bucket, grant = bucket.refilled(now).granted(wanted)
        granted += grant.count
        assert 0 <= bucket.level <= rate.burst
        assert grant.count == wanted or grant.wait > 0
        if grant.wait:
            assert bucket.refilled(now + grant.wait + 1e-6).granted(1)[1].count == 1
    assert granted <= rate.burst + amount * now + 0.001
