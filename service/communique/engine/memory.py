"""What a service remembers of the database that it served, in a file of one line beside it (P3).

Written at once and rarely fsynced: it outlives the process for certain, and the machine but for the
last moments, of which it is known that they may be missing.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

from communique.domain.lineage import Recollection
from communique.engine.journal import BOOT
from communique.errors import StoreUnavailable
from communique.facts import Fact

log = logging.getLogger(__name__)

SIZE = 512  # octets: what a disk writes whole, or not at all


class Memory:
    """One service's; see `ports.Memory`. Its file is `served-1`, or the next that nobody has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self._known: Recollection | None = None

    def recall(self) -> Recollection | None:
        """What is known; first of whoever served from here last. Raises StoreUnavailable."""
        if self._file is None:
            try:
                self._take()
            except OSError as error:
                raise _unusable(error.strerror) from error
        return self._known

    def _take(self) -> None:
        for number in count(1):
            path = self._folder / f"served-{number}"
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # a living service's
                os.close(file)
                continue
            self._file, self._known = file, _read(os.pread(file, SIZE, 0), path)
            return

    @property
    def boot(self) -> str:
        """This run of the machine."""
        try:
            return BOOT.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def begin(self, known: Recollection) -> None:
        """Remember this and nothing else, on disk. Raises StoreUnavailable."""
        self._keep(known)
        assert self._file is not None  # noqa: S101 - `_keep` raised otherwise
        os.fsync(self._file)

    def note(self, mark: int) -> None:
        """A mark is about to be committed. Raises StoreUnavailable: then it must not be."""
        if self._known:
            self._keep(self._known.noting(mark))

    def certain(self, mark: int) -> None:
        """A mark is committed. Raises StoreUnavailable."""
        if self._known:
            self._keep(self._known.certain(mark))

    def saw(self, event: int) -> None:
        """The database has an event of this number. Raises StoreUnavailable."""
        if self._known and event > self._known.event:
            self._keep(replace(self._known, event=event))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _keep(self, known: Recollection) -> None:
        fields = [known.lineage, known.id, known.marks, known.event, known.boot]
        line = json.dumps(fields).encode().ljust(SIZE - 1) + b"\n"
        if self._file is None:
            raise _unusable(Fact("memory_not_open"))
        try:
            os.pwrite(self._file, line, 0)
        except OSError as error:
            raise _unusable(error.strerror) from error
        self._known = known


def _unusable(why: str | Fact | None) -> StoreUnavailable:
    return StoreUnavailable("memory_unusable", reason=why)


def _read(octets: bytes, path: Path) -> Recollection | None:
    if not octets:
        return None
    try:
        lineage, id_, marks, event, boot = json.loads(octets)
        return Recollection(lineage, id_, tuple(marks), event, boot)
    except (ValueError, TypeError) as error:
        log.error("%s is damaged, and not believed: %s", path, error)
        return None
