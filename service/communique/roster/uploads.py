"""Files that somebody uploads: kept in a private folder until they are taken in, or given up.

What was answered about a file stands beside it, so that one can go on another day; so do the
findings of its check. Who has nothing to do with the desk's folder sees none of it. A spreadsheet
is gone once it is taken in, its report after a month, and what nobody goes on with after a week.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO

from communique.domain.finding import Finding, Kind
from communique.domain.text import abbreviated, one_line
from communique.errors import FileInvalid, NotAllowed, NotFound
from communique.facts import fact

LARGEST = 32 << 20  # octets of a file: 200,000 lines of XLSX take half of it
MOST = 20  # files of one association that nobody has taken in
GIVEN_UP = timedelta(days=7)
REPORTED = timedelta(days=30)

_FILE, _STATE, _FINDINGS = "file", "state.json", "findings.jsonl"
_KEY = re.compile(r"[0-9a-f]{24}")
_CHUNK = 1 << 18


class Stage(StrEnum):
    """How far a file is."""

    NEW = "new"  # what its columns are is looked at
    CHECKING = "checking"
    CHECKED = "checked"  # what it would change is known
    TAKING = "taking"
    DONE = "done"
    BROKEN = "broken"  # stopped in the middle: what is in by then stays


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said of a file: what a command has options for."""

    lists: tuple[str, ...] = ()
    match: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)  # field to heading
    ignored: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    dates: str = ""
    company: str = ""
    alone: bool = False
    other_name: str = ""
    revive: bool = False
    at_most: Mapping[str, int] = field(default_factory=dict)  # of each list, how many leave


@dataclass(frozen=True, slots=True)
class Upload:
    """One file, who brought it, how far it is and what came of it."""

    key: str
    association: str
    name: str  # as its owner calls it
    by: str
    at: datetime
    stage: Stage = Stage.NEW
    answers: Answers = Answers()
    layout: Mapping[str, Any] | None = None  # as it was looked at, with these answers
    found: Mapping[str, Any] | None = None  # the sums of its check, or of taking it in
    trouble: Mapping[str, Any] | None = None  # a fact, in plain values


class Uploads:
    """All of them. Everything here reads and writes files: never call it in an event loop."""

    def __init__(self, folder: Path | None = None) -> None:
        """In that folder, which need not be there yet; else in one that is gone with this."""
        if folder is None:
            folder = Path(mkdtemp(prefix="communique-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._folder = folder

    def keep(self, association: str, name: str, file: BinaryIO, by: str, at: datetime) -> Upload:
        """Keep a new one. Raises FileInvalid for one that is empty or too large, NotAllowed where
        too many wait.
        """
        self.clean(at)
        waiting = [one for one in self.all(association) if one.stage is not Stage.DONE]
        if len(waiting) >= MOST:
            raise NotAllowed("uploads_too_many", count=len(waiting))
        upload = Upload(secrets.token_hex(12), association, _named(name), by, at)
        folder = self._of(upload)
        for one in (self._folder, folder.parent, folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._copy(file, folder / _FILE)
            self.write(upload)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def replace(self, upload: Upload, name: str, file: BinaryIO) -> Upload:
        """Put another file in the place of one; what was answered stays."""
        fresh = self._of(upload) / f"{_FILE}.new"
        try:
            self._copy(file, fresh)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        fresh.replace(self.file(upload))
        changed = replace(
            upload, name=_named(name), stage=Stage.NEW, layout=None, found=None, trouble=None
        )
        self.write(changed)
        return changed

    def get(self, association: str, key: str) -> Upload:
        """One of an association's. Raises NotFound."""
        if not _KEY.fullmatch(key):
            raise NotFound("upload_unknown")
        try:
            told = json.loads((self._folder / association / key / _STATE).read_bytes())
        except (OSError, ValueError) as error:
            raise NotFound("upload_unknown") from error
        return _read(told)

    def all(self, association: str) -> list[Upload]:
        """All of an association's, the newest first."""
        found = []
        for folder in self._folders(association):
            with suppress(NotFound):
                found.append(self.get(association, folder.name))
        return sorted(found, key=lambda one: one.at, reverse=True)

    def write(self, upload: Upload) -> None:
        """Keep how far it is."""
        told = json.dumps({**asdict(upload), "at": upload.at.isoformat()}, ensure_ascii=False)
        fresh = self._of(upload) / f"{_STATE}.new"
        with _private(fresh) as out:
            out.write(told.encode())
        fresh.replace(self._of(upload) / _STATE)

    def file(self, upload: Upload) -> Path:
        """Where the spreadsheet is."""
        return self._of(upload) / _FILE

    def let_go(self, upload: Upload) -> None:
        """Forget the spreadsheet itself: it is taken in."""
        self.file(upload).unlink(missing_ok=True)

    def discard(self, upload: Upload) -> None:
        """Forget it altogether."""
        shutil.rmtree(self._of(upload), ignore_errors=True)

    def clean(self, now: datetime) -> None:
        """Forget what nobody went on with, and reports that are old."""
        for association in self._folders():
            for one in self.all(association.name):
                if now - one.at > (REPORTED if one.stage is Stage.DONE else GIVEN_UP):
                    self.discard(one)
            for folder in self._folders(association.name):  # whose state nobody wrote
                old = now.timestamp() - folder.stat().st_mtime > GIVEN_UP.total_seconds()
                if old and not (folder / _STATE).exists():
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def noting(self, upload: Upload) -> Iterator[Noting]:
        """Write down what there is to tell; it takes the place of what was told before."""
        fresh = self._of(upload) / f"{_FINDINGS}.new"
        with _private(fresh) as out:
            yield Noting(out)
        fresh.replace(self._of(upload) / _FINDINGS)

    def noted(
        self, upload: Upload, kind: Kind | None = None, after: int = 0, most: int | None = None
    ) -> Iterator[Finding]:
        """What there is to tell of a kind, or all of it, without the first so many."""
        try:
            lines = (self._of(upload) / _FINDINGS).open("rb")
        except OSError:
            return
        with lines:
            count = 0
            for line in lines:
                told = json.loads(line)
                if kind and told[0] != kind.value:
                    continue
                count += 1
                if count > after:
                    yield _finding(told)
                if most is not None and count >= after + most:
                    return

    def _copy(self, file: BinaryIO, path: Path) -> None:
        size = 0
        with _private(path) as out:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise FileInvalid("upload_too_large", most=LARGEST >> 20)
                out.write(chunk)
        if not size:
            raise FileInvalid("spreadsheet_empty")

    def _of(self, upload: Upload) -> Path:
        return self._folder / upload.association / upload.key

    def _folders(self, association: str = "") -> Sequence[Path]:
        try:
            return [one for one in (self._folder / association).iterdir() if one.is_dir()]
        except OSError:
            return []


class Noting:
    """Where findings are written, one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def __call__(self, one: Finding) -> None:
        """Write one down."""
        told = [
            *(one.kind.value, one.line, one.whom, one.field, one.old, one.new, one.reason),
            [each.plain() for each in one.facts],
        ]
        self._out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _finding(told: list[Any]) -> Finding:
    kind, line, whom, field_, old, new, reason, facts = told
    return Finding(Kind(kind), line, whom, field_, old, new, reason, tuple(map(fact, facts)))


def _read(told: Mapping[str, Any]) -> Upload:
    answers = told["answers"]
    return Upload(
        **{
            **told,
            "at": datetime.fromisoformat(told["at"]),
            "stage": Stage(told["stage"]),
            "answers": Answers(
                **{
                    **answers,
                    "lists": tuple(answers["lists"]),
                    "ignored": tuple(answers["ignored"]),
                }
            ),
        }
    )


def _named(name: str) -> str:
    """What a file is called, without the folders that a browser may tell."""
    return abbreviated(one_line(re.split(r"[/\\]", name)[-1]), 120) or "?"


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file that its owner alone may read."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(path, flags, 0o600), "wb") as out:
        yield out
