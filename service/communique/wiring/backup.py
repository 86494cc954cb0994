"""Backing up and restoring a desk: its database, its keys, and what people wrote into files.

A backup is a tar file, which any other program can open; nothing that is here is ever lost by
restoring one.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from communique import __version__
from communique.declared import starter
from communique.errors import FileInvalid, NotAllowed
from communique.settings import Settings
from communique.store import Database, backup, dumping

FORMAT = 1
ABOUT, KEYS = "backup.json", "keys"
SQLITE, POSTGRESQL = "communique.sqlite", "communique.pgdump"  # whichever the desk has
FOLDERS = ("subscribers", "templates", "releases")

Tell = Callable[[int, int], None]  # how much is done, and of how much


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in one."""

    made_at: datetime
    version: str  # of the program that made it
    revision: str  # of the schema
    parts: tuple[str, ...]
    schema: str = ""  # of PostgreSQL, in which its tables are


def make(settings: Settings, to: BinaryIO, tell: Tell = lambda *_: None) -> Backup:
    """Write a backup of one moment. Raises StoreUnavailable."""
    database = Database(settings.url())
    made_at, schema = datetime.now(UTC), ""
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.data_folder) as scratch:
        copied = Path(scratch) / _store(database)
        if database.file:
            revision = backup.copy(database.url, copied, made_at, tell)
        else:
            revision, schema = dumping.dump(database.url, copied, Path(scratch))
        here = {copied.name: copied, KEYS: settings.data_folder / KEYS}
        here |= {name: settings.home.resolve() / name for name in FOLDERS}
        parts = tuple(name for name, path in here.items() if path.exists())
        about = {
            "format": FORMAT,
            "version": __version__,
            "revision": revision,
            "made_at": made_at.isoformat(),
            "parts": parts,
            "schema": schema,
        }
        with tarfile.open(fileobj=to, mode="w|") as archive:
            _write(archive, ABOUT, json.dumps(about, indent=1).encode())
            for name in parts:
                archive.add(here[name], name, filter=_plain)
    return Backup(made_at, __version__, revision, parts, schema)


def _store(database: Database) -> str:
    return SQLITE if database.file else POSTGRESQL


def _plain(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders only, and nobody's name."""
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    return one if one.isfile() or one.isdir() else None


def _write(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:*") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise FileInvalid("backup_unreadable", reason=str(error), file=file) from error
    except FileNotFoundError as error:
        raise FileInvalid("backup_missing", file=file) from error


def read(file: Path) -> Backup:
    """What is in a backup. Raises FileInvalid."""
    with _opened(file) as archive:
        return _about(archive, file)


def _about(archive: tarfile.TarFile, file: Path) -> Backup:
    try:
        entry = archive.extractfile(ABOUT)
        about = json.loads(entry.read()) if entry else {}
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']}")
        made_at = datetime.fromisoformat(about["made_at"])
        parts = tuple(about["parts"])
        return Backup(made_at, about["version"], about["revision"], parts, about.get("schema", ""))
    except (KeyError, ValueError, TypeError) as error:
        raise FileInvalid("backup_unreadable", reason=str(error), file=file) from error


def in_the_way(settings: Settings, found: Backup) -> dict[str, Path]:
    """Of its parts, those that are here already, by name; of a database on a server, its schema.

    Raises NotAllowed where the desk cannot have what is in it, and StoreUnavailable.
    """
    places = _places(settings, found)
    database = Database(settings.url())
    return {
        name: places[name]
        for name in found.parts
        if (
            dumping.taken(database.url, found.schema)
            if name == POSTGRESQL
            else _is_there(places[name])
        )
    }


def _places(settings: Settings, found: Backup) -> dict[str, Path]:
    database = Database(settings.url())
    store = _store(database)
    if store not in found.parts and {SQLITE, POSTGRESQL} & set(found.parts):
        raise NotAllowed(
            "backup_of_other_database", kind="SQLite" if SQLITE in found.parts else "PostgreSQL"
        )
    folders = {name: settings.home.resolve() / name for name in FOLDERS}
    place = database.file or Path(found.schema)
    return {store: place, KEYS: settings.data_folder / KEYS, **folders}


def _is_there(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def restore(settings: Settings, file: Path, *, replace: bool = False) -> dict[str, Path]:
    """Put a backup's parts in their places; where what was in the way is now, by name.

    Raises NotAllowed where something is in the way, unless it is to be replaced: then it is moved
    aside, and never removed. Whoever calls this knows that no service runs. A database on a server
    is put back first: if that fails, nothing else was touched.
    """
    with _opened(file) as archive:
        found = _about(archive, file)
        places, there = _places(settings, found), in_the_way(settings, found)
        if there and not replace:
            raise NotAllowed(
                "restore_would_replace",
                names=list(there),
            )
        settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_folder) as scratch:
            # All of it first: what cannot be read whole changes nothing.
            archive.extractall(scratch, filter="data")
            moved = _aside(there)
            if POSTGRESQL in found.parts:
                _load(settings, found, Path(scratch), moved.get(POSTGRESQL))
            _move_aside({name: one for name, one in there.items() if name != POSTGRESQL}, moved)
            for name in found.parts:
                if name == POSTGRESQL:
                    continue
                places[name].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if places[name].is_dir():  # it is empty
                    places[name].rmdir()
                os.replace(Path(scratch) / name, places[name])
                if name in (SQLITE, KEYS):
                    places[name].chmod(0o600)
    ignored = settings.home / ".gitignore"
    if (
        ignored.parent.is_dir() and not ignored.exists()
    ):  # keys and people's addresses are in nobody's repository
        ignored.write_text(starter.IGNORED, encoding="utf-8")
    return moved


def _load(settings: Settings, found: Backup, scratch: Path, aside: Path | None) -> None:
    dumping.load(
        Database(settings.url()).url,
        scratch / POSTGRESQL,
        found.schema,
        datetime.now(UTC),
        scratch,
        aside.name if aside else "",
    )


def _aside(there: dict[str, Path]) -> dict[str, Path]:
    mark = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return {name: path.with_name(f"{path.name}.before-{mark}") for name, path in there.items()}


def _move_aside(there: dict[str, Path], moved: dict[str, Path]) -> None:
    for name, path in there.items():
        for end in ("", "-wal", "-shm"):  # a database's log belongs to it
            part = path.with_name(path.name + end)
            if part.exists() and (not end or name == SQLITE):
                part.rename(f"{moved[name]}{end}")
