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
from communique.errors import FileInvalid, NotAllowed, StoreUnavailable
from communique.settings import Settings
from communique.store import Database, backup

FORMAT = 1
ABOUT, STORE, KEYS = "backup.json", "communique.sqlite", "keys"
FOLDERS = ("subscribers", "templates", "releases")

Tell = Callable[[int, int], None]  # how much is done, and of how much


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in one."""

    made_at: datetime
    version: str  # of the program that made it
    revision: str  # of the schema
    parts: tuple[str, ...]


def make(settings: Settings, to: BinaryIO, tell: Tell = lambda *_: None) -> Backup:
    """Write a backup of one moment. Raises StoreUnavailable."""
    url = Database(settings.url()).url
    made_at = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.data_folder) as scratch:
        copied = Path(scratch) / STORE
        revision = backup.copy(url, copied, made_at, tell)
        here = {STORE: copied, KEYS: settings.data_folder / KEYS}
        here |= {name: settings.home.resolve() / name for name in FOLDERS}
        parts = tuple(name for name, path in here.items() if path.exists())
        about = {
            "format": FORMAT,
            "version": __version__,
            "revision": revision,
            "made_at": made_at.isoformat(),
            "parts": parts,
        }
        with tarfile.open(fileobj=to, mode="w|") as archive:
            _write(archive, ABOUT, json.dumps(about, indent=1).encode())
            for name in parts:
                archive.add(here[name], name, filter=_plain)
    return Backup(made_at, __version__, revision, parts)


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
        return Backup(made_at, about["version"], about["revision"], tuple(about["parts"]))
    except (KeyError, ValueError, TypeError) as error:
        raise FileInvalid("backup_unreadable", reason=str(error), file=file) from error


def in_the_way(settings: Settings, found: Backup) -> dict[str, Path]:
    """Of its parts, those that are here already; by name."""
    places = _places(settings)
    return {name: places[name] for name in found.parts if _is_there(places[name])}


def _places(settings: Settings) -> dict[str, Path]:
    store = Database(settings.url()).file
    if store is None:
        raise StoreUnavailable("backup_not_of_sqlite")
    folders = {name: settings.home.resolve() / name for name in FOLDERS}
    return {STORE: store, KEYS: settings.data_folder / KEYS, **folders}


def _is_there(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def restore(settings: Settings, file: Path, *, replace: bool = False) -> dict[str, Path]:
    """Put a backup's parts in their places; where what was in the way is now, by name.

    Raises NotAllowed where something is in the way, unless it is to be replaced: then it is moved
    aside, and never removed. Whoever calls this knows that no service runs.
    """
    with _opened(file) as archive:
        found = _about(archive, file)
        places, there = _places(settings), in_the_way(settings, found)
        if there and not replace:
            raise NotAllowed(
                "restore_would_replace",
                names=list(there),
            )
        settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_folder) as scratch:
            # All of it first: what cannot be read whole changes nothing.
            archive.extractall(scratch, filter="data")
            moved = _move_aside(there)
            for name in found.parts:
                places[name].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if places[name].is_dir():  # it is empty
                    places[name].rmdir()
                os.replace(Path(scratch) / name, places[name])
                if name in (STORE, KEYS):
                    places[name].chmod(0o600)
    return moved


def _move_aside(there: dict[str, Path]) -> dict[str, Path]:
    mark = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    moved = {}
    for name, path in there.items():
        moved[name] = path.with_name(f"{path.name}.before-{mark}")
        for end in ("", "-wal", "-shm"):  # a database's log belongs to it
            part = path.with_name(path.name + end)
            if part.exists() and (not end or name == STORE):
                part.rename(f"{moved[name]}{end}")
    return moved
