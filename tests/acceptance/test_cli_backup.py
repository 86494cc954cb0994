"""Backing up and restoring, as people do it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.acceptance.desks import Home
from tests.json_shapes import wrong_with

from communique.declared import starter


def test_the_commands_say_what_they_do_and_overwrite_nothing(tmp_path: Path) -> None:
    starter.begin(tmp_path / "desk")
    home, file = Home(tmp_path / "desk"), tmp_path / "b.tar"
    home.run("sync")
    umask = os.umask(0)
    try:
        shown: Any = home.run("backup", file, "--json").json()
    finally:
        os.umask(umask)
    assert not wrong_with("backup", shown)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert "name a new file" in home.run("backup", file, code=1).err
    assert file.read_bytes() == before

    assert "--replace" in home.run("restore", file, "--dry-run").err
    home.run("restore", file, code=1)
    new = Home(tmp_path / "new")
    new.folder.mkdir()
    new.run("restore", file)
    checked = new.run("check", "--json", code=1).json()
    assert not next(one["ok"] for one in checked if one["step"] == "sending")
    assert "db adopt" in new.run("status").err
    seen = new.run("db", "adopt", "--dry-run", "--json").json()
    assert not wrong_with("db_adopt", seen)
    new.run("db", "adopt", "--yes")
    assert "db adopt" not in new.run("status").err
    shown = new.run("restore", file, "--replace", "--json").json()
    assert not wrong_with("restore", shown)
    assert "communique.sqlite" in shown["moved"]
    for words in (("backup", "--help"), ("restore", "--help"), ("db", "adopt", "--help")):
        assert "communique " in home.run(*words).out


def test_a_desk_restored_without_its_relay_says_so_and_yes_alone_does_not_have_it_send(
    tmp_path: Path,
) -> None:
    starter.begin(tmp_path / "desk")
    home, file = Home(tmp_path / "desk"), tmp_path / "b.tar"
    home.run("sync")
    with closing(sqlite3.connect(home.database)) as database, database:
        # As `serve` leaves it, with COMMUNIQUE_TRANSPORTS__DEFAULT__HOST in `.env`.
        database.execute("INSERT INTO routes VALUES ('default', 'smtp.relay.example')")
    home.run("backup", file)
    new = Home(tmp_path / "new")
    new.folder.mkdir()
    lost = "left through smtp.relay.example; as it is set now, it stays in the built-in mailbox"
    said = new.run("restore", file).err
    assert lost in said
    assert "put yours back first" in said
    shown: Any = new.run("restore", file, "--replace", "--json").json()
    assert not wrong_with("restore", shown)
    assert [one["transport"] for one in shown["rerouted"]] == ["default"]
    assert lost in new.run("status").err
    seen: Any = new.run("db", "adopt", "--dry-run", "--json").json()
    assert not wrong_with("db_adopt", seen)
    assert [(one["before"], one["now"]) for one in seen["rerouted"]] == [
        ("smtp.relay.example", None)
    ]
    refused = new.run("db", "adopt", "--yes", code=1).err
    assert lost in refused
    assert "--as-set" in refused
    relay = {
        "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST": "smtp.relay.example",
        "COMMUNIQUE_PUBLIC_URL": "https://news.massbio.example",
    }
    assert lost not in replace(new, environment=relay).run("status").err
    new.run("db", "adopt", "--yes", "--as-set")
    assert lost not in new.run("status").err
