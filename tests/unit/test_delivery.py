"""Where each outcome leads: the retry schedule, who gives up, and what is held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.delivery import (
    GIVE_UP_AFTER,
    MOST_NODES,
    TRIES,
    DeliveryState,
    NextStep,
    left_out,
    next_step,
    node_of,
    retry_delay,
    token_of,
)
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Reply, Scope, Unknown

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
OK = Accepted(Reply(250, "2.0.0", "ok"))


def step(
    outcome: Outcome,
    *,
    attempt: int = 1,
    unknowns: int = 0,
    give_up_at: datetime = NOW + GIVE_UP_AFTER,
    jitter: float = 0.0,
) -> NextStep:
    return next_step(
        outcome,
        attempt=attempt,
        unknowns=unknowns,
        now=NOW,
        give_up_at=give_up_at,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    ("attempt", "minutes"), [(1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 240), (30, 240)]
)
def test_a_retry_waits_as_long_as_mail_md_says(attempt: int, minutes: int) -> None:
    assert retry_delay(attempt, 0.0) == timedelta(minutes=minutes)
    later = step(Deferred("busy", Scope.RECIPIENT), attempt=attempt)
    assert later == NextStep(DeliveryState.DEFERRED, NOW + timedelta(minutes=minutes), "busy")


@given(st.integers(1, 50), st.floats(-1, 1))
def test_jitter_moves_a_retry_by_a_fifth_at_most(attempt: int, jitter: float) -> None:
    base = retry_delay(attempt, 0.0)
    assert 0.8 * base <= retry_delay(attempt, jitter) <= 1.2 * base


def test_what_is_accepted_is_sent() -> None:
    assert step(OK) == NextStep(DeliveryState.SENT, None)


def test_what_a_recipient_refuses_has_failed() -> None:
    assert step(Refused("no", Scope.RECIPIENT)) == NextStep(DeliveryState.FAILED, None, "no")


@pytest.mark.parametrize("kind", [Deferred, Refused])
def test_a_messages_trouble_waits_for_the_release_to_be_resumed(
    kind: type[Deferred] | type[Refused],
) -> None:
    assert step(kind("too big", Scope.MESSAGE)) == NextStep(DeliveryState.DEFERRED, NOW, "too big")


@pytest.mark.parametrize("attempt", [1, 7, 100])
def test_a_sites_trouble_never_runs_out_of_tries(attempt: int) -> None:
    later = step(Deferred("resting", Scope.SITE), attempt=attempt)
    assert later == NextStep(DeliveryState.DEFERRED, NOW + timedelta(minutes=1), "resting")


@pytest.mark.parametrize(
    ("kind", "attempt", "minutes"),
    [
        *[(Deferred, 1, 5), (Deferred, 2, 15), (Deferred, 5, 120), (Deferred, 100, 240)],
        *[(Refused, 1, 5), (Refused, 2, 15), (Refused, TRIES - 1, 30)],
    ],
)
def test_a_sites_trouble_met_with_one_recipient_is_met_no_more_often_than_theirs(
    kind: type[Deferred] | type[Refused], attempt: int, minutes: int
) -> None:
    later = step(kind("not welcome", Scope.SITE, asked=True), attempt=attempt)
    due_at = NOW + timedelta(minutes=minutes)
    assert later == NextStep(DeliveryState.DEFERRED, due_at, "not welcome")


def test_where_the_site_refuses_us_for_good_at_one_reader_a_few_tries_are_enough() -> None:
    no = Refused("not welcome", Scope.SITE, asked=True)
    assert step(no, attempt=TRIES) == NextStep(DeliveryState.FAILED, None, "gave_up: not welcome")
    assert step(no, attempt=TRIES, unknowns=1).state is DeliveryState.UNKNOWN
    before_anybody = Refused("not logged in", Scope.SITE)
    assert step(before_anybody, attempt=100).state is DeliveryState.DEFERRED


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 10), (2, 15)])
def test_of_a_sites_rest_and_the_schedule_the_longer_counts(attempt: int, minutes: int) -> None:
    busy = Deferred("busy", Scope.SITE, retry_after=600.0, asked=True)
    assert step(busy, attempt=attempt).due_at == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(("left", "wait"), [(60, 59), (3, 2), (2, 1), (1.5, 1)])
def test_a_sites_trouble_is_tried_a_last_time_before_it_is_given_up(
    left: float, wait: float
) -> None:
    """Nobody is blamed for it by giving up hours early, where the next retry would be too late."""
    busy = Deferred("not welcome", Scope.SITE, asked=True)
    later = step(busy, attempt=9, give_up_at=NOW + timedelta(minutes=left))
    assert later.due_at == NOW + timedelta(minutes=wait)
    assert step(busy, give_up_at=NOW + timedelta(seconds=59)).state is DeliveryState.FAILED


def test_a_transport_that_says_when_is_believed() -> None:
    later = step(Deferred("resting", Scope.SITE, retry_after=17.0), attempt=4)
    assert later.due_at == NOW + timedelta(seconds=17)


@pytest.mark.parametrize("scope", Scope)
def test_when_its_time_is_up_a_delivery_has_failed(scope: Scope) -> None:
    over = step(Deferred("busy", scope), give_up_at=NOW - timedelta(seconds=1))
    assert over == NextStep(DeliveryState.FAILED, None, "gave_up: busy")


def test_an_end_that_nobody_knows_is_resent_once_and_then_held() -> None:
    first = step(Unknown("no reply"))
    assert first == NextStep(DeliveryState.UNKNOWN, NOW + timedelta(minutes=5), "no reply")
    assert step(Unknown("no reply"), unknowns=1) == NextStep(
        DeliveryState.UNKNOWN, None, "no reply"
    )
    assert step(Unknown("no reply"), give_up_at=NOW).due_at is None


@given(
    st.sampled_from(
        [
            OK,
            Unknown("?"),
            *(
                kind("?", scope, asked=asked)
                for kind in (Deferred, Refused)
                for scope in Scope
                for asked in (True, False)
            ),
        ]
    ),
    st.integers(1, 40),
    st.integers(0, 3),
    st.integers(-9, 9000),
    st.floats(-1, 1),
)
def test_every_outcome_ends_or_is_due_before_it_is_given_up(
    outcome: Outcome, attempt: int, unknowns: int, minutes: int, jitter: float
) -> None:
    give_up_at = NOW + timedelta(minutes=minutes)
    to = step(outcome, attempt=attempt, unknowns=unknowns, give_up_at=give_up_at, jitter=jitter)
    assert to.state not in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SKIPPED)
    if to.state in (DeliveryState.SENT, DeliveryState.FAILED):
        assert to.due_at is None
    elif to.state is DeliveryState.DEFERRED:
        assert to.due_at is not None
        assert NOW <= to.due_at <= give_up_at


@given(st.integers(1, MOST_NODES), st.integers(0, 2**40 - 1))
def test_a_token_tells_whose_it_is_and_fits_into_a_column(node: int, chance: int) -> None:
    token = token_of(node, chance)
    assert node_of(token) == node
    assert 0 < token < 2**63
    assert token_of(node, chance ^ 1) != token


@pytest.mark.parametrize(("node", "chance"), [(0, 1), (MOST_NODES + 1, 1), (1, 2**40), (1, -1)])
def test_a_number_that_no_token_can_hold_is_refused(node: int, chance: int) -> None:
    with pytest.raises(ValueError, match="no token"):
        token_of(node, chance)


def test_who_may_have_it_already_is_not_called_skipped() -> None:
    """A no keeps the copy back; that it was never written to would be untrue."""
    assert left_out("unsubscribed", 0) == (DeliveryState.SKIPPED, None, "unsubscribed")
    assert left_out("unsubscribed", 1) == (
        DeliveryState.UNKNOWN,
        None,
        "its end is not known; not resent: unsubscribed",
    )
