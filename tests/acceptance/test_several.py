"""Schedulers and workers as processes of their own at one PostgreSQL: P1 to P3, and the rates."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.desks import Process, until
from tests.acceptance.kills import CONNECTIONS, Witness, account
from tests.acceptance.several import Cluster, Server, cluster, ended, fill, own_server

PEOPLE = int(os.environ.get("PEOPLE", "4000"))  # 20,000 take two minutes of two cores
FEW = 1_000


@pytest.fixture
def witness() -> Iterator[Witness]:
    with Witness().listening() as witness:
        yield witness


@pytest.fixture
def several(tmp_path: Path, postgresql_url: str, witness: Witness) -> Iterator[Cluster]:
    with cluster(tmp_path / "desk", postgresql_url, witness) as cluster_:
        yield cluster_


def test_three_schedulers_and_four_workers_send_to_everybody_once(
    several: Cluster, witness: Witness
) -> None:
    fill(several.home, PEOPLE)
    schedulers, workers = several.start_all(3, 4)
    several.home.announce()
    several.home.until_ended()
    arrived = Counter(one.recipient for one in witness.arrivals)
    assert (len(arrived), set(arrived.values())) == (PEOPLE, {1})
    picked_up = [one for one in schedulers if "picked up" in one.said]
    assert len(picked_up) == 1, "of three that could, one did"
    assert ended([*schedulers, *workers]) == [0] * 7
    assert account(several.home, witness).copies == 0


def test_a_worker_that_is_killed_leaves_its_batches_to_the_others(
    several: Cluster, witness: Witness
) -> None:
    """Of what it had in hand, only what was being handed over may come twice (P3)."""
    fill(several.home, FEW)
    _, workers = several.start_all(1, 2)
    _hold_and_send(witness, workers[0], signal.SIGKILL)
    several.home.announce()
    workers[0].wait()
    witness.let_go()
    several.home.until_ended()
    assert account(several.home, witness).copies <= CONNECTIONS


def test_a_worker_that_is_frozen_and_woken_begins_no_more_and_its_late_results_are_refused(
    several: Cluster, witness: Witness
) -> None:
    """The others take it for dead; what it was handing over when it froze may come twice (P3)."""
    fill(several.home, FEW)
    _, workers = several.start_all(1, 2)
    frozen = workers[0]
    _hold_and_send(witness, frozen, signal.SIGSTOP)
    several.home.announce()
    until(lambda: witness.holds)
    witness.let_go()
    several.home.until_ended()
    frozen.send(signal.SIGCONT)
    frozen.until_said("taken for dead")
    assert ended([frozen]) == [0]
    tally = account(several.home, witness)
    assert tally.copies <= CONNECTIONS


@pytest.mark.usefixtures("postgresql")  # which prepares the library that starts one
def test_when_the_database_restarts_in_mid_send_nobody_is_lost_and_nobody_need_do_anything(
    tmp_path: Path, witness: Witness
) -> None:
    with (
        own_server() as server,
        cluster(tmp_path / "desk", server.url, witness) as several,
    ):
        fill(several.home, FEW)
        schedulers, workers = several.start_all(1, 2)
        restarted = _restart_at(witness, FEW // 3, server)
        several.home.announce()
        until(restarted)
        several.home.until_ended()
        assert ended([*schedulers, *workers]) == [0, 0, 0]
        assert account(several.home, witness).copies == 0


def _hold_and_send(witness: Witness, worker: Process, what: signal.Signals) -> None:
    """When a fifth has arrived, answer nobody any more, and send a worker a signal."""

    def act() -> None:
        witness.hold()
        worker.send(what)

    witness.at("dot", FEW // 5, act)


def _restart_at(witness: Witness, count: int, server: Server) -> Callable[[], bool]:
    """Restart the database when so many arrived; whether it is back."""
    reached: list[bool] = []
    witness.at("dot", count, lambda: reached.append(True))

    def restarted() -> bool:
        if reached:
            server.crash()
            server.start()
        return bool(reached)

    return restarted


def test_a_rate_is_that_of_all_workers_together(
    tmp_path: Path, postgresql_url: str, witness: Witness
) -> None:
    """500 a second stay 500: a busy machine can only make it slower."""
    rate = {"COMMUNIQUE_TRANSPORTS__DEFAULT__RATE": "500"}
    with cluster(tmp_path / "desk", postgresql_url, witness, **rate) as several:
        fill(several.home, FEW)
        several.start_all(1, 4)
        several.home.announce()
        until(lambda: witness.arrivals)
        began = time.monotonic()
        until(lambda: len(witness.arrivals) == FEW)
        assert time.monotonic() - began >= (FEW - 500) / 500 - 1, "a second's worth may go at once"
        several.home.until_ended()


def test_failures_alike_pause_the_release_whoever_met_them(
    several: Cluster, witness: Witness
) -> None:
    fill(several.home, FEW)
    witness.refuse("554 5.2.0 it is not well")
    several.start_all(1, 4)
    several.home.announce()
    paused = several.home.until(lambda now: now["release"]["state"] == "paused")
    assert "alike" in paused["release"]["reason"]
    failed = several.home.until(lambda now: not now["summary"]["states"].get("sending"))
    assert failed["summary"]["states"]["failed"] < FEW / 2
