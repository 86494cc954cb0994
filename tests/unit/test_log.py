"""Sums of the log: they add up whatever they hold (P1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from communique.domain.delivery import DeliveryState
from communique.domain.log import Summary

COUNTS = st.dictionaries(st.sampled_from(DeliveryState), st.integers(0, 10**6))


@given(COUNTS)
def test_the_snapshot_is_the_sum_of_all_states(states: dict[DeliveryState, int]) -> None:
    open_ = states.get(DeliveryState.QUEUED, 0) + states.get(DeliveryState.SENDING, 0)
    summary = Summary(states, open=open_)
    assert summary.snapshot == sum(states.values())
    assert summary.ended + summary.open == summary.snapshot


def test_an_empty_release_has_an_empty_sum() -> None:
    assert (Summary({}).snapshot, Summary({}).ended, Summary({}).skipped) == (0, 0, {})
