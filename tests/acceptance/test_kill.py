"""A service that dies in the middle of a send: nobody is lost, and every copy is owned up to."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.desks import PATIENCE, RELEASE, Home, Relay, until

THIRD = 130  # of some 400


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay outside the service that stops answering when it holds about a third."""
    with Relay(tmp_path / "relay", hold=THIRD).listening() as relay:
        yield relay


@pytest.fixture
def sending(desk: Home, relay: Relay) -> Home:
    """A desk with either engine, sending through that relay, and in small steps."""
    steps = {"COMMUNIQUE_BATCH_SIZE": "40"}
    return Home(desk.folder, desk.environment | relay.settings | steps)


def by_recipient(relay_: Relay | Home) -> dict[str, list[Any]]:
    found = defaultdict(list)
    received = relay_.received() if isinstance(relay_, Relay) else relay_.mailbox()
    for one in received:
        [recipient] = one.recipients
        found[recipient].append(one)
    return found


def accounted(home: Home, arrived: dict[str, list[Any]]) -> list[str]:
    """Check that everybody is accounted for, and every copy is; who received one."""
    summary = home.standing()["summary"]
    assert summary["open"] == 0
    lines = {one["address"]: one for one in home.log("--release", RELEASE)}
    assert len(lines) == sum(summary["states"].values()) == home.audience() > 2.5 * THIRD
    sent = {address for address, one in lines.items() if one["state"] == "sent"}
    assert set(arrived) == sent, "nobody is missing, and nobody was written to who is not in it"
    assert summary["states"]["sent"] == len(sent)
    copied = sorted(address for address, received in arrived.items() if len(received) > 1)
    for address in copied:
        attempts = home.attempts(lines[address]["delivery_id"])
        assert len(arrived[address]) <= len(attempts)
        assert "unknown" in [one["outcome"] for one in attempts]
        assert len({one.content for one in arrived[address]}) == 1
        assert len({one.message["Message-ID"] for one in arrived[address]}) == 1
    assert summary["copies"] >= len(copied)
    return copied


def test_killed_while_the_relay_has_not_answered_it_forgets_nobody_and_owns_up_to_copies(
    sending: Home, relay: Relay
) -> None:
    sending.announce()
    with sending.start("serve") as service:
        assert relay.holds.wait(PATIENCE)
        sending.until(lambda now: now["summary"]["states"].get("sent"))
        service.kill()
    relay.let_go()
    before = sending.standing()["summary"]
    assert before["states"]["sending"] > 0
    assert 0 < before["states"]["sent"] < before["open"]

    with sending.start("serve") as service:
        sending.until_ended()
        assert service.terminate() == 0
    copied = accounted(sending, by_recipient(relay))
    assert copied, "the messages whose reply was held back came twice, and must be owned up to"


def test_killed_with_its_own_mailbox_in_the_middle_of_the_send_it_forgets_nobody(
    local: Home,
) -> None:
    home = local
    home.announce()
    new = home.folder / "var" / "mailbox" / "new"
    with home.start("serve") as service:
        until(lambda: new.exists() and sum(1 for _ in new.iterdir()) >= THIRD)
        service.kill()
    assert home.standing()["release"]["state"] == "sending"

    with home.start("serve") as service:
        home.until_ended()
        assert service.terminate() == 0
    accounted(home, by_recipient(home))


def test_asked_to_end_in_the_middle_it_finishes_what_is_in_flight_and_makes_no_copy(
    sending: Home, relay: Relay
) -> None:
    sending.announce()
    with sending.start("serve") as service:
        assert relay.holds.wait(PATIENCE)
        service.ask_to_end()
        service.until_said("stopping")
        relay.let_go()
        assert service.wait() == 0
    before = sending.standing()["summary"]
    assert before["states"]["sent"] == len(relay.received())
    assert set(before["states"]) == {"sent", "queued", "skipped"}, "nothing is left in hand"
    assert not before["copies"]

    with sending.start("serve") as service:
        sending.until_ended()
        assert service.terminate() == 0
    assert accounted(sending, by_recipient(relay)) == []
    assert not sending.standing()["summary"]["copies"]


def test_a_paused_release_waits_while_another_goes_and_goes_on_where_it_was(
    sending: Home, relay: Relay
) -> None:
    second = sending.folder / "releases" / "second"
    shutil.copytree(sending.folder / "releases" / RELEASE, second)
    written = (second / "release.toml").read_text(encoding="utf-8")
    (second / "release.toml").write_text(
        written.replace('["bioquebec", "massbio"]', '["bioquebec"]').rpartition("[[audience]]")[0],
        encoding="utf-8",
    )
    for path in second.glob("*.md"):  # nor does anybody of the other party say a word in it
        edition = path.read_text(encoding="utf-8")
        path.write_text(edition.replace('association = "massbio"\n', ""), encoding="utf-8")
    sending.run("release", "import", "releases/second")
    sending.announce()
    with sending.start("serve") as service:
        assert relay.holds.wait(PATIENCE)
        sending.run("release", "pause", RELEASE, "--why", "a second look")
        relay.let_go()
        paused = sending.until(lambda now: not now["summary"]["states"].get("sending"))
        assert paused["release"]["state"] == "paused"
        assert paused["release"]["reason"] == "a second look"
        assert paused["summary"]["states"]["queued"] > 0
        before = len(relay.received())
        assert paused["summary"]["states"]["sent"] == before

        sending.announce("second")
        other = sending.until_ended("second")
        sent = other["summary"]["states"]["sent"]
        assert len(relay.received()) == before + sent, "meanwhile, nothing of the paused one went"
        assert sending.standing()["summary"] == paused["summary"]

        sending.run("release", "resume", RELEASE)
        sending.until_ended()
        assert service.terminate() == 0
    mark = f"Feedback-ID: {RELEASE}:".encode()
    of_the_first = [one for one in relay.received() if mark in one.content]
    assert len(of_the_first) == sending.standing()["summary"]["states"]["sent"]
    assert len({one.recipients for one in of_the_first}) == len(of_the_first)


def test_a_release_cancelled_while_it_is_sent_reaches_nobody_else(
    sending: Home, relay: Relay
) -> None:
    sending.announce()
    with sending.start("serve") as service:
        assert relay.holds.wait(PATIENCE)
        said = sending.run("release", "cancel", RELEASE, "--yes", "--json").json()
        assert said["release"]["state"] == "cancelled"
        assert said["summary"]["skipped"]["cancelled"] > 0
        time.sleep(1.5)  # another process may take a second to know (P5)
        relay.let_go()
        cancelled = sending.until(lambda now: not now["summary"]["open"])
        assert service.terminate() == 0
    summary = cancelled["summary"]
    assert sum(summary["states"].values()) == sending.audience()
    in_hand = 20  # more than there are connections
    assert summary["states"]["sent"] == len(relay.received()) <= THIRD + in_hand
    sending.run("release", "resume", RELEASE, code=1)
