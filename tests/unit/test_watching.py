"""Who is gone: beats that stand still, by the observer's clock alone, and processes that ended."""

from __future__ import annotations

import pytest

from communique.domain.watching import Process, Watch


def looked(watch: Watch, looks: list[tuple[float, dict[int, int]]]) -> list[set[int]]:
    return [set(watch.look(beats, now)) for now, beats in looks]


def test_who_stands_still_is_gone_after_its_time_and_who_beats_is_not() -> None:
    watch = Watch(after=10)
    looks = [(float(second), {1: second, 2: 5}) for second in range(100, 114)]
    assert looked(watch, looks) == [set()] * 10 + [{2}] * 4


def test_who_beats_again_lives() -> None:
    watch = Watch(after=4)
    still = [(float(second), {1: 7}) for second in range(6)]
    assert looked(watch, still)[-1] == {1}
    assert watch.look({1: 8}, 6.0) == set()
    assert watch.look({1: 8}, 7.0) == set()


def test_any_other_beat_is_a_sign_of_life() -> None:
    """After a restored backup it may be a lower one."""
    watch = Watch(after=2)
    assert looked(watch, [(0.5 * n, {1: -n}) for n in range(40)]) == [set()] * 40


def test_a_newcomer_is_given_its_time_however_long_the_others_were_watched() -> None:
    watch = Watch(after=4)
    looked(watch, [(float(second), {1: second}) for second in range(50)])
    assert watch.look({1: 50, 2: 0}, 50.0) == set()
    assert watch.look({1: 51, 2: 0}, 51.0) == set()


@pytest.mark.parametrize("asleep", [60.0, 86_400.0])
def test_who_slept_takes_nobody_for_dead_on_waking(asleep: float) -> None:
    """A machine was suspended, or the database away: the others could not beat either."""
    watch = Watch(after=10)
    looked(watch, [(float(second), {1: second}) for second in range(5)])
    assert watch.look({1: 4}, 4 + asleep) == set()
    assert watch.look({1: 4}, 5 + asleep) == set()
    assert watch.look({1: 5}, 6 + asleep) == set()


def test_who_left_is_forgotten() -> None:
    watch = Watch(after=4)
    looked(watch, [(float(second), {1: 7}) for second in range(4)])
    assert watch.look({}, 4.0) == set()
    assert watch.look({1: 7}, 5.0) == set()


ONE = Process("one", "boot", 17, 4_711)


@pytest.mark.parametrize(
    ("process", "runs"),
    [
        (ONE, True),
        (Process("one", "boot", 18, 4_711), False),  # no such process
        (Process("one", "boot", 17, 4_710), False),  # its number is another's by now
        (Process("two", "boot", 18, 1), None),  # elsewhere, who knows
        (Process("one", "another boot", 18, 1), None),  # a machine may share its name
        (Process("one", "boot", 19, 4_711), None),  # another user's, who hides when it began
    ],
)
def test_whether_a_process_runs_is_told_only_where_that_can_be_seen(
    process: Process, runs: bool | None
) -> None:
    assert process.runs(ONE, {17: 4_711, 19: None}) is runs
