"""Schedulers and workers as processes of their own at one PostgreSQL: P1 to P3, and the rates."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.desks import Home, Process, shared_copy, until
from tests.acceptance.kills import CONNECTIONS, Witness, account
from tests.acceptance.several import Cluster, Server, cluster, ended, filled, own_server
from tests.postgres import Postgres

PEOPLE = int(os.environ.get("PEOPLE", "300"))  # 20,000 take two minutes of two cores
RATE = 100
FEW_A_BATCH = {"COMMUNIQUE_BATCH_SIZE": "25"}  # so that there are some for every worker


@pytest.fixture
def witness() -> Iterator[Witness]:
    with Witness().listening() as witness:
        yield witness


@pytest.fixture(scope="module")
def model(postgresql: Postgres, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A desk with all these people, its release filed: its folder and its database."""
    name, url = postgresql.create()
    return filled(tmp_path_factory.mktemp("model") / "desk", url, PEOPLE).folder, name


@pytest.fixture
def desk(postgresql: Postgres, model: tuple[Path, str], tmp_path: Path) -> Iterator[Home]:
    """One like it."""
    with shared_copy(postgresql, model[1], model[0], tmp_path / "desk") as home:
        yield Home(home.folder, home.environment | FEW_A_BATCH)


@pytest.fixture
def several(desk: Home, witness: Witness) -> Iterator[Cluster]:
    with cluster(desk, witness) as cluster_:
        yield cluster_


def test_three_schedulers_and_four_workers_send_to_everybody_once(
    several: Cluster, witness: Witness
) -> None:
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
        cluster(filled(tmp_path / "desk", server.url, PEOPLE), witness, **FEW_A_BATCH) as several,
    ):
        schedulers, workers = several.start_all(1, 2)
        restarted = _restart_at(witness, PEOPLE // 3, server)
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

    witness.at("dot", PEOPLE // 5, act)


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


def test_a_rate_is_that_of_all_workers_together(desk: Home, witness: Witness) -> None:
    """100 a second stay 100: a busy machine can only make it slower."""
    with cluster(desk, witness, COMMUNIQUE_TRANSPORTS__DEFAULT__RATE=f"{RATE}") as several:
        several.start_all(1, 2)
        several.home.announce()
        until(lambda: witness.arrivals)
        began = time.monotonic()
        until(lambda: len(witness.arrivals) == PEOPLE)
        least = (PEOPLE - RATE) / RATE - 1
        assert time.monotonic() - began >= least > 0, "a second's worth may go at once"
        several.home.until_ended()


def test_failures_alike_pause_the_release_whoever_met_them(desk: Home, witness: Witness) -> None:
    """What is tried meanwhile is bounded by a rate, for it may take a second until all know."""
    witness.refuse("554 5.2.0 it is not well")
    with cluster(desk, witness, COMMUNIQUE_TRANSPORTS__DEFAULT__RATE="50") as several:
        several.start_all(1, 2)
        several.home.announce()
        paused = several.home.until(lambda now: now["release"]["state"] == "paused")
        assert "alike" in paused["release"]["reason"]
        failed = several.home.until(lambda now: not now["summary"]["states"].get("sending"))
        assert failed["summary"]["states"]["failed"] < PEOPLE / 2
