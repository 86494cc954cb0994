"""A service that dies, is asked to end, or is stopped, at each named stage (docs/mail.md §6)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.desks import (
    APPROVERS,
    PUBLIC,
    RELEASE,
    Home,
    Process,
    copy,
    distributed,
    shared_copy,
)
from tests.acceptance.kills import (
    CONNECTIONS,
    Witness,
    account,
    finish,
    launch,
    small_desk,
)
from tests.postgres import Postgres

from communique.declared import starter

PEOPLE = 30  # at each of two associations
SMALL = {
    "COMMUNIQUE_PORT": "0",
    "COMMUNIQUE_MAILBOX_PORT": "0",
    "COMMUNIQUE_PUBLIC_URL": PUBLIC,
    "COMMUNIQUE_BATCH_SIZE": "15",
    "COMMUNIQUE_WORKERS": "1",
}


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with few people, its release filed."""
    return small_desk(tmp_path_factory.mktemp("filed") / "desk", SMALL, PEOPLE).folder


@pytest.fixture(scope="module")
def small(filed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That desk, once every party has approved the release, which is due."""
    home = Home(copy(filed, tmp_path_factory.mktemp("small") / "desk").folder, SMALL)
    home.announce()
    return home.folder


@pytest.fixture
def witness() -> Iterator[Witness]:
    with Witness().listening() as witness:
        yield witness


@pytest.fixture(scope="module")
def small_shared(
    postgresql: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The same at a PostgreSQL for several: its folder, and its database."""
    name, url = postgresql.create()
    environment = SMALL | distributed(url)
    home = small_desk(tmp_path_factory.mktemp("shared") / "desk", environment, PEOPLE)
    home.announce()
    return home.folder, name


@pytest.fixture(params=["local", "distributed"])
def announced(request: pytest.FixtureRequest, tmp_path: Path, witness: Witness) -> Iterator[Home]:
    """That desk with either engine, sending through the relay that witnesses."""
    if request.param == "local":
        small: Path = request.getfixturevalue("small")
        yield Home(copy(small, tmp_path / "desk").folder, SMALL | witness.settings)
        return
    folder, model = request.getfixturevalue("small_shared")
    server: Postgres = request.getfixturevalue("postgresql")
    with shared_copy(server, model, folder, tmp_path / "desk") as home:
        yield Home(home.folder, SMALL | home.environment | witness.settings)


def states(home: Home) -> dict[str, int]:
    """Counts by state, which add up at every instant (P1)."""
    found: dict[str, int] = home.glance()["summary"]["states"]
    assert sum(found.values()) in (0, home.audience())
    return found


# Making ready, and deciding.


def test_killed_during_a_migration_it_has_changed_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "desk", SMALL)
    starter.begin(home.folder)
    with launch(home, "db upgrade", "after table", "5") as command:
        assert command.wait() == -signal.SIGKILL
    assert not [line for line in home.dump() if line.startswith("CREATE")]
    home.run("db", "upgrade")
    assert home.run("release", "list", "--json").json() == []


def test_killed_while_a_party_approves_it_has_approved_or_has_not(
    filed: Path, tmp_path: Path, witness: Witness
) -> None:
    home = Home(copy(filed, tmp_path / "desk").folder, SMALL | witness.settings)
    home.run("release", "submit", RELEASE)
    for party, name in APPROVERS.items():
        yes = f"release approve {RELEASE} --as {party} --by '{name}'"
        for step in ("inside releases.approve", "after releases.approve"):
            assert home.standing()["release"]["state"] == "in_review"
            with launch(home, yes, step) as command:
                assert command.wait() == -signal.SIGKILL, (party, step)
    assert home.standing()["release"]["state"] == "approved"
    home.run("release", "schedule", RELEASE, "--at", "now")
    finish(home)
    assert account(home, witness).copies == 0


# What must leave nothing unknown: nobody was being written to.


def test_killed_before_anything_is_handed_over_it_makes_no_copy_and_calls_nothing_unknown(
    announced: Home, witness: Witness
) -> None:
    """One service after the other dies one step further on, all in the same release."""
    for step in (
        "inside releases.move",
        "inside snapshot.expand",
        "after snapshot.expand",
        "inside claims.claim",
        "after claims.claim",
        "before rendering",
    ):
        with launch(announced, "serve", step) as service:
            assert service.wait() == -signal.SIGKILL, step
        witness.buried()
        assert set(states(announced)) <= {"queued", "sending", "skipped"}, step
        assert witness.arrivals == [], step
    finish(announced)
    tally = account(announced, witness)
    assert (tally.copies, tally.unknown) == (0, 0)


def test_killed_between_the_reply_and_the_next_claim_it_knows_who_has_the_message(
    tmp_path: Path, witness: Witness
) -> None:
    """One person a batch and one association: but for what the relay answered, none is in hand."""
    announced = small_desk(tmp_path / "desk", SMALL | witness.settings, PEOPLE, ["bioquebec"])
    announced.announce()
    for step in (
        "inside results.record",  # after 250, before the commit
        "after results.record",
        "inside batches.settle",
        "after batches.settle",
    ):
        # The next batch waits until this one is wholly written, however long that takes.
        with launch(announced, "serve", step, COMMUNIQUE_BATCH_SIZE="1", TAIL="600") as service:
            assert service.wait() == -signal.SIGKILL, step
        witness.buried()
        now = states(announced)
        assert now.get("sent", 0) + now.get("sending", 0) == len(witness.arrivals), step
        assert now.get("sending", 0) == (step == "inside results.record")
    finish(Home(announced.folder, announced.environment | {"COMMUNIQUE_WORKERS": "8"}))
    tally = account(announced, witness)
    assert (tally.copies, tally.unknown) == (0, 0)


# What may: the sending stages proper.


@pytest.mark.parametrize(
    ("step", "nth"),
    [
        ("after begun", "3"),  # just before DATA: noted, and not written
        ("before ended", "12"),  # after the reply was read, before that is noted
        ("before a page", "2"),  # the first is the clean page of its start
    ],
)
def test_killed_at_a_step_of_sending_it_copies_no_more_than_was_in_flight(
    announced: Home, witness: Witness, step: str, nth: str
) -> None:
    with launch(announced, "serve", step, nth, PAGE="2000") as service:
        assert service.wait() == -signal.SIGKILL
    witness.buried()
    before = states(announced)
    assert before.get("sending") or before.get("queued")
    finish(announced)
    tally = account(announced, witness)
    assert tally.unknown <= 2 * CONNECTIONS


@pytest.mark.parametrize("stage", ["data", "body", "dot"])
def test_killed_at_a_stage_that_the_relay_sees_it_copies_no_more_than_was_in_flight(
    announced: Home, witness: Witness, stage: str
) -> None:
    with launch(announced, "serve", "never") as service:
        witness.at(stage, 15, lambda: service.send(signal.SIGKILL))
        assert service.wait() == -signal.SIGKILL
    witness.buried()
    finish(announced)
    tally = account(announced, witness)
    assert tally.unknown <= 2 * CONNECTIONS
    if stage == "dot":
        assert tally.copies >= 1, "the one whose reply never came, at least"


def test_killed_before_a_reply_then_set_otherwise_and_restored_it_sends_one_message_only(
    small: Path, tmp_path: Path, witness: Witness
) -> None:
    """The last link is another's, so is the first key, and its backup is put back within the hour.

    What went twice is one message; what was put back sends nothing at all.
    """
    home = Home(copy(small, tmp_path / "desk").folder, SMALL | witness.settings)
    backup = tmp_path / "backup.tar"
    home.run("backup", backup)
    with launch(home, "serve", "never") as service:
        witness.at("dot", 15, lambda: service.send(signal.SIGKILL))
        assert service.wait() == -signal.SIGKILL
    witness.buried()
    keys = (home.folder / "var" / "keys").read_text(encoding="ascii").strip()
    otherwise = {
        "COMMUNIQUE_PUBLIC_URL": "https://elsewhere.communique.example",
        "COMMUNIQUE_KEYS": f"new:{'5a' * 32} {keys}",
    }
    finish(Home(home.folder, home.environment | otherwise))
    assert account(home, witness).copies >= 1, "the one whose reply never came, at least"

    arrived = len(witness.arrivals)
    home.run("restore", backup, "--replace")
    with home.start("serve") as service:
        assert "communique db adopt" in service.until_said("ready")
        assert home.run("status", "--json").json()[0]["held"] == "restored"
        home.run("db", "adopt", "--yes")
        home.until(lambda now: now["release"]["state"] == "missed")
        assert service.terminate() == 0
    assert len(witness.arrivals) == arrived


# Asked to end instead.


def test_asked_to_end_at_any_stage_it_finishes_what_is_in_flight_and_copies_nothing(
    announced: Home, witness: Witness
) -> None:
    """One service after the other is asked one step further on, all in the same release."""

    for step, nth in (
        ("inside claims.claim", "1"),
        ("before rendering", "3"),
        ("after begun", "2"),
        ("inside results.record", "1"),
    ):
        with launch(announced, "serve", step, nth, "SIGTERM") as service:
            ended(announced, witness, service)
    for stage in ("body", "dot"):
        with launch(announced, "serve", "never") as plain:
            witness.at(stage, 2, plain.ask_to_end)
            ended(announced, witness, plain)
    finish(announced)
    tally = account(announced, witness)
    assert (tally.copies, tally.unknown) == (0, 0)


def ended(home: Home, witness: Witness, service: Process) -> None:
    """Wait for a service that was asked to end: it leaves nothing in hand."""
    assert service.wait() == 0
    witness.buried()
    now = states(home)
    assert set(now) <= {"queued", "sent", "skipped"}
    assert now.get("sent", 0) == len(witness.arrivals)
