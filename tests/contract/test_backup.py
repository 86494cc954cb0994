"""Backing a desk up and restoring it: of one moment, nobody else's to read, and nothing is lost."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.desks import ALONE, Office, office_at

from communique.declared import starter
from communique.desk import custody
from communique.domain.lineage import Doubt
from communique.errors import FileInvalid, NotAllowed, StoreUnavailable
from communique.settings import Settings
from communique.store import Database
from communique.wiring import backup as backups

A = "a@lichen.example"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    home = tmp_path / "desk"
    (home / "var").mkdir(parents=True)
    url = f"sqlite+aiosqlite:///{home / 'var' / 'communique.sqlite'}"
    async with office_at(url, home) as office:
        await office.admit("harfang", A)
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


def test_postgresql_is_left_to_its_own_programs(tmp_path: Path) -> None:
    home = tmp_path / "desk"
    starter.begin(home)
    url = SecretStr("postgresql+psycopg://nobody@nowhere.invalid/desk")
    current = Settings(_env_file=None, home=home, database_url=url)
    (home / "var").mkdir(exist_ok=True)
    with pytest.raises(StoreUnavailable) as refused:
        backups.make(current, io.BytesIO())
    assert "pg_dump" in str(refused.value)
