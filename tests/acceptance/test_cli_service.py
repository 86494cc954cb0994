"""`serve`, `status` and `check` say what runs, what waits, and whose mail goes where."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sqlite3

from tests.acceptance.desks import (
    PATIENCE,
    RELEASE,
    SMALL,
    Home,
    Relay,
    free_port,
    pasted,
    small,
    until,
)
from tests.json_shapes import wrong_with


def test_following_shows_attempts_as_they_come_and_watching_ends_by_itself(home: Home) -> None:
    small(home)
    home.run("release", "schedule", SMALL, "--at", "now")
    followed = home.folder / "followed.jsonl"
    with home.start("log", "--follow", "--json", out=followed) as follow:
        follow.until_said("following")
        with home.start("status", "--watch") as watch:
            watch.until_said(NOBODY)  # it has seen the release before that goes
            with home.start("serve") as service:
                sent = home.until_ended(SMALL)["summary"]["states"]["sent"]
                assert sent == 8
                until(lambda: followed.read_bytes().count(b"\n") >= sent)
                assert watch.wait() == 0
                assert SMALL in watch.said
                assert service.terminate() == 0
        assert follow.interrupt() == 0
    shown = [one for one in followed.read_text(encoding="utf-8").splitlines() if one]
    assert len(shown) == sent
    assert not [wrong for one in shown for wrong in wrong_with("log", json.loads(one))]
    assert {one["address"] for one in home.log("--state", "sent")} == {
        re.findall(r'"address": "([^"]+)"', one)[0] for one in shown
    }


def test_a_service_started_by_who_ignores_ctrl_c_hears_it_here(home: Home) -> None:
    """A script's background is such a place; so these tests can be run in one."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with home.start("serve") as service:
            service.until_said("ready;")
            assert service.interrupt() == 0
        with home.start("log", "--follow") as follow:
            follow.until_said("following")
            assert follow.interrupt() == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_serve_says_where_the_mailbox_listens(home: Home) -> None:
    elsewhere = Home(home.folder, home.environment | {"COMMUNIQUE_MAILBOX_HOST": "localhost"})
    with elsewhere.start("serve") as service:
        assert "(localhost:" in service.until_said("ready;")
        assert service.terminate() == 0


def through(home: Home, association: str, transport: str) -> None:
    """Give an association a relay of its own."""
    file = home.folder / f"subscribers/{association}/association.toml"
    text = file.read_text("utf-8")
    file.write_text(f'transport = "{transport}"\n' + text, encoding="utf-8")
    home.run("sync")


def test_serve_says_whose_mail_stays_here_and_whose_leaves(home: Home) -> None:
    with home.start("serve") as service:
        said = service.until_said("ready;")
        assert "nothing leaves this machine until a relay is configured" in said
        assert service.terminate() == 0
    with Relay(home.folder / "relay").listening() as relay:
        own = {name.replace("DEFAULT", "OWN"): value for name, value in relay.settings.items()}
        home = Home(home.folder, home.environment | own)
        through(home, "massbio", "own")
        with home.start("serve") as service:
            said = service.until_said("ready;")
            assert "the mail of bioquebec stays in it; that of massbio leaves" in said
            assert "nothing leaves" not in said
            assert service.terminate() == 0
        through(home, "bioquebec", "own")
        with home.start("serve") as service:
            said = service.until_said("ready;")
            assert "nobody's mail goes to it; that of bioquebec, massbio leaves" in said
            assert service.terminate() == 0


def test_check_says_whose_mail_stays_here_and_which_relay_nobody_uses(home: Home) -> None:
    told = home.run("check").out
    assert re.search("^! +relay default +the built-in mailbox listens while", told, re.MULTILINE)
    for key in ("bioquebec", "massbio"):
        assert re.search(
            rf"^ok +association {key} +sends into the built-in mailbox: "
            "nothing leaves this machine *$",
            told,
            re.MULTILINE,
        )
    with Relay(home.folder / "relay").listening() as relay:
        default, massboi = (
            {name.replace("DEFAULT", one): value for name, value in relay.settings.items()}
            for one in ("DEFAULT", "MASSBOI")
        )
        told = Home(home.folder, home.environment | default | massboi).run("check").out
    assert re.search(r"^! +relay massboi +no association sends through it *$", told, re.MULTILINE)
    assert "nothing leaves" not in told
    assert re.search(
        r"^! +public pages +links to unsubscribe lead to news.*find", told, re.MULTILINE
    )


def test_check_warns_of_links_that_lead_to_this_machine_only(home: Home) -> None:
    with Relay(home.folder / "relay").listening() as relay:
        here = {"COMMUNIQUE_PUBLIC_URL": "https://localhost:8443"}
        told = Home(home.folder, home.environment | relay.settings | here).run("check").out
    assert re.search(
        r"^! +public pages .*to localhost, which is this machine itself", told, re.MULTILINE
    )


NOBODY = "no `communique serve` runs here: nothing goes until one is started"


def test_status_and_check_say_when_nothing_runs_that_would_send(home: Home) -> None:
    home = Home(home.folder, home.environment | {"COMMUNIQUE_MAILBOX_PORT": str(free_port())})
    small(home)
    home.run("release", "schedule", SMALL, "--at", "in 3 days")
    said = home.run("status").err
    assert "approved, goes at" in said
    assert NOBODY in said
    assert re.search(rf"^! +service +{NOBODY} *$", home.run("check").out, re.MULTILINE)
    with home.start("status", "--watch") as watch:
        watch.until_said(NOBODY)
        assert watch.interrupt()
    with home.start("serve") as service:
        service.until_said("ready;")
        assert NOBODY not in home.run("status").err
        assert NOBODY not in home.run("check").out
        assert service.terminate() == 0


def test_a_desk_where_nothing_is_to_go_needs_no_service(home: Home) -> None:
    assert NOBODY not in home.run("status").err
    small(home)
    assert NOBODY in home.run("status").err
    home.run("release", "cancel", SMALL, "--yes")
    assert NOBODY not in home.run("status").err


def test_a_service_that_logs_as_json_says_all_that_it_does_as_json(home: Home) -> None:
    small(home)
    home = Home(
        home.folder, home.environment | {"COMMUNIQUE_LOG_JSON": "true", "COMMUNIQUE_LANGUAGE": "fr"}
    )
    home.run("release", "schedule", SMALL, "--at", "now")
    with home.start("serve") as service:
        states = home.until_ended(SMALL)["summary"]["states"]
        service.until_said("finished")
        assert service.terminate() == 0
        said = [json.loads(line) for line in service.said.splitlines()]
    told = {one["message"]: one for one in said}
    assert {"ready; Ctrl-C stops", "stopped"} < set(told)
    assert told["picked up"]["release"] == SMALL
    assert told["picked up"]["snapshot"] == sum(states.values())
    assert {key: told["finished"][key] for key in states} == states


def test_check_names_keys_and_a_password_that_cannot_be_used_by_what_they_are(home: Home) -> None:
    assert re.search(r"^ok +signing keys +1 known *$", home.run("check").out, re.MULTILINE)
    relay = "COMMUNIQUE_TRANSPORTS__MASSBIO__"
    wrong = {
        "COMMUNIQUE_KEYS": "hush",
        f"{relay}USERNAME": "massbio",
        f"{relay}PASSWORD_FILE": "nowhere",
    }
    told = Home(home.folder, home.environment | wrong).run("check", code=1).out
    assert re.search(r"^✗ +signing keys +COMMUNIQUE_KEYS: a signing key is not", told, re.MULTILINE)
    assert re.search(
        rf"^✗ +relay massbio +{home.folder}/nowhere: the password .* cannot be read",
        told,
        re.MULTILINE,
    )
    assert re.search(r"^ok +database +SQLite", told, re.MULTILINE)
    assert "hush" not in told


def test_status_says_why_a_release_stands_still_and_what_to_type(home: Home) -> None:
    small(home)
    home.run("release", "schedule", SMALL, "--at", "now")
    with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute(
            "UPDATE releases SET state = 'missed', reason = 'nothing ran' WHERE key = ?", (SMALL,)
        )
    said = home.run("status").err
    assert f"{SMALL}: missed (“nothing ran”); next: `" in said
    assert pasted(home, said) == 1
    home.run("release", "cancel", SMALL, "--yes")
    home.announce()
    with Relay(home.folder / "relay", hold=3).listening() as relay:
        sending = Home(home.folder, home.environment | relay.settings)
        with sending.start("serve") as service:
            assert relay.holds.wait(PATIENCE)
            sending.run("release", "pause", RELEASE, "--why", "a wrong date")
            relay.let_go()
            assert service.terminate() == 0
        with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
            connection.execute(
                "UPDATE deliveries SET reason = 'not started' WHERE state = 'queued'"
            )
        said = sending.run("status").err
        assert f"{RELEASE}: paused (“a wrong date”); next: `" in said
        assert "not started" not in said
        assert pasted(sending, said) == 1
    assert home.standing()["release"]["state"] == "sending"
