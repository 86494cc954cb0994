"""A worker's own notes of what it is handing over, so that its death leaves little unknown.

Results reach the store in groups; a killed process would lose the group in hand, and everybody
in it would get a copy. A line here is written at once: it outlives the process (not the machine:
nothing is fsynced, so after a reboot the notes are not believed). The store stays the only truth:
a note is used once, at the next start, and only where the store still knows its claim.
"""

from __future__ import annotations

import ast
import errno
import fcntl
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from communique.domain.delivery import Claim, DeliveryState, JournalRemains, NextStep, Result
from communique.domain.mail import Recipient
from communique.domain.outcome import (
    OUTCOMES,
    Accepted,
    Deferred,
    Outcome,
    Refused,
    Reply,
    Scope,
    Unknown,
)
from communique.errors import StoreUnavailable

log = logging.getLogger(__name__)

BOOT = Path("/proc/sys/kernel/random/boot_id")

SENT = NextStep(DeliveryState.SENT, None)

_NAME = re.compile(r"journal(-[1-9]\d*)?")


class Journal:
    """One worker's; see `ports.Journal`. A heading, then a line for each step:

    `claim TOKEN`, `begun TOKEN DELIVERY`, `sent RESULT` or `ended RESULT`, `over TOKEN`. Its file
    is locked while it is open, which tells the living worker's from a dead one's.
    """

    SIZE = 1024 * 1024  # octets; then the file is begun anew with what still matters

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "journal-1"
        self._file: int | None = None
        self._size = 0  # of what was written whole
        self._limit = 0  # when to begin anew; none may be written before `start`
        self._told: Collection[Path] = ()  # by `others`, while that is dealt with
        self._tokens: dict[int, int] = {}  # how many of a claim are not yet known to be over
        self._open: dict[int, list[bytes]] = {}  # lines that still matter, by delivery

    def open(self) -> JournalRemains:
        """Take the first of `journal-1`, `journal-2`, … that no living worker has.

        Returns what the last worker there left behind. Raises StoreUnavailable.
        """
        try:
            for number in count(1):
                self._path = self._folder / f"journal-{number}"
                self._file = _locked(self._path)
                if self._file is not None:
                    break
            return read(self._path)
        except OSError as error:
            raise StoreUnavailable(
                "journal_unusable", reason=error.strerror, file=self._path
            ) from error

    def of(self, nodes: Collection[int]) -> Sequence[JournalRemains]:
        """What nodes taken for dead have noted in this folder, though they may only be frozen.

        Not what `others` has told already.
        """
        found = (_readable(path) for path in self._beside() if path not in self._told)
        return [one.of(nodes) for one in found if one.believed]

    @contextmanager
    def others(self) -> Iterator[Sequence[JournalRemains]]:
        """What other workers left in the folder that are gone; removed with the end of the block.

        Where it raises, all is kept. `journal` is the one of a version that knew of no other.
        """
        files = {path: _lockable(path) for path in self._beside()}
        dead = {path: file for path, file in files.items() if file is not None}
        self._told = dead.keys()
        try:
            yield [_readable(path) for path in dead]
            for path in dead:
                path.with_suffix(".new").unlink(missing_ok=True)
                path.unlink(missing_ok=True)
        finally:
            self._told = ()
            for file in dead.values():
                os.close(file)

    def _beside(self) -> list[Path]:
        return sorted(one for one in self._folder.glob("journal*") if _NAME.fullmatch(one.name))

    def start(self) -> None:
        """Begin with an empty file; what was left must have been dealt with."""
        self._begin_anew(b"")

    def claimed(self, token: int, count: int) -> None:
        """A claim of so many deliveries is about to be committed. Raises StoreUnavailable."""
        try:
            if self._limit and not self._is_whole():
                log.error("%s was changed by somebody else, and is begun anew", self._path)
                self._size = self._limit
            self._append(b"claim %d\n" % token)
        except OSError as error:
            raise StoreUnavailable(
                "journal_not_written", reason=error.strerror, file=self._path
            ) from error
        self._tokens[token] = count

    def begun(self, claim: Claim) -> bool:
        """The content is about to be handed over; False if that cannot be noted, so it must not."""
        line = b"begun %d %d\n" % (claim.token, claim.delivery_id)
        try:
            self._append(line)
        except OSError as error:
            log.error("nothing is handed over, for it cannot be noted: %s", error)
            return False
        self._open[claim.delivery_id] = [line]
        return True

    def ended(self, result: Result) -> None:
        """The end is known; the store will have it with its group."""
        line = _line(result)
        try:
            self._append(line)
        except OSError as error:  # the store will have it all the same, if we live
            log.error("an end could not be noted: %s", error)
        self._open.setdefault(result.claim.delivery_id, []).append(line)

    def forget(self, results: Sequence[Result]) -> None:
        """The store has these. Never raises: what is kept for too long does no harm."""
        for result in results:
            self._open.pop(result.claim.delivery_id, None)
            token = result.claim.token
            self._tokens[token] = self._tokens.get(token, 0) - 1
            if self._tokens[token] > 0:
                continue
            del self._tokens[token]
            try:
                self._append(b"over %d\n" % token)
            except OSError as error:
                log.error("the end of a claim could not be noted: %s", error)

    def close(self) -> None:
        """Let go of the file; with nothing open, nothing but its heading is left in it."""
        if self._file is None:
            return
        if self._limit and not self._open and not self._tokens:
            os.truncate(self._file, len(_heading()) + 1)
        os.close(self._file)
        self._file, self._limit = None, 0

    def _append(self, line: bytes) -> None:
        """Write a whole line, or none that counts. Raises OSError."""
        file, size = self._file, self._size + len(line)
        if file is None or not self._limit:
            raise OSError(errno.EBADF, "the journal is not open")
        if size > self._limit:
            self._begin_anew(line)
        elif os.write(file, line) == len(line):
            self._size = size
        else:  # a line cut short counts for nothing, and none may follow it here
            self._size = self._limit
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _is_whole(self) -> bool:
        """Whether the file is still in its place, and holds what was written and no more."""
        assert self._file is not None  # noqa: S101 - asked between `start` and `close`
        return os.fstat(self._file).st_size == self._size and _is_at(self._file, self._path)

    def _begin_anew(self, last: bytes) -> None:
        """Go on with what still matters in a new file. Until it is whole, the old one stays."""
        if self._file is None:
            raise OSError(errno.EBADF, "the journal is not open")
        if not _is_at(self._file, self._path):  # removed: may we still have its place?
            file = _locked(self._path)
            if file is None:
                raise OSError(errno.EBUSY, "another worker has the journal's place")
            os.close(self._file)
            self._file = file
        claims = [b"claim %d\n" % token for token in self._tokens]
        lines = [one for lines in self._open.values() for one in lines]
        content = b"".join([_heading(), b"\n", *claims, *lines, last])
        draft = self._path.with_suffix(".new")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.write(file, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            draft.replace(self._path)
        except OSError:
            os.close(file)
            draft.unlink(missing_ok=True)
            raise
        os.close(self._file)
        self._file, self._size, self._limit = file, len(content), max(self.SIZE, 2 * len(content))


def _locked(path: Path) -> int | None:
    """The file at `path`, made if it is not there, and locked; None if another has the lock.

    Raises OSError.
    """
    while True:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        if _is_at(file, path):
            return file
        os.close(file)  # its holder began it anew just now


def _lockable(path: Path) -> int | None:
    """The same of somebody else's file, which may be closed to us: then it stays as it is."""
    try:
        return _locked(path)
    except OSError:
        return None


def _readable(path: Path) -> JournalRemains:
    """What a file comes to; one that is closed to us is as one that was lost."""
    try:
        return read(path)
    except OSError:
        return JournalRemains(believed=False)


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def read(path: Path) -> JournalRemains:
    """What the notes in a file come to, if they are to be believed. Raises OSError."""
    try:
        # A line cut short was never written. What a version before ended was followed by zeros.
        with path.open("rb") as file:
            lines = file.read().split(b"\n")[:-1]
            last = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except FileNotFoundError:
        return JournalRemains(believed=False)
    if lines[:1] not in ([_heading()], [_heading(b"2")]):
        return JournalRemains(believed=False)
    if b"\0" in lines[-1]:  # nor was one that was being copied
        lines.pop()
    try:
        return replace(_read(lines[1:]), last=last)
    except (ValueError, TypeError, KeyError, SyntaxError) as error:
        log.error("%s is damaged, and not believed: %s", path, error)
        return JournalRemains(believed=False)


def _read(lines: Iterable[bytes]) -> JournalRemains:
    """What the lines come to; of claims that are over, the store knows all there is to know.

    Raises ValueError or its like where a line is not ours.
    """
    tokens: set[int] = set()
    begun: set[tuple[int, int]] = set()
    ended: dict[int, Result] = {}
    for line in lines:
        kind, _, rest = line.partition(b" ")
        match kind:
            case b"claim":
                tokens.add(int(rest))
            case b"begun":
                token, delivery = rest.split(b" ")
                begun.add((int(token), int(delivery)))
            case b"ended":
                result = _result(ast.literal_eval(rest.decode("ascii")))
                ended[result.claim.delivery_id] = result
            case b"sent":
                result = _sent(*ast.literal_eval(rest.decode("ascii")))
                ended[result.claim.delivery_id] = result
            case b"over":
                tokens.discard(int(rest))
            case _:
                raise ValueError(f"a line of no known kind: {line[:80]!r}")
    return JournalRemains(
        True,
        frozenset(tokens),
        frozenset((token, delivery) for token, delivery in begun if token in tokens),
        tuple(result for result in ended.values() if result.claim.token in tokens),
    )


def _heading(form: bytes = b"3") -> bytes:
    """The form of the notes, and which run of the machine: another's are not believed."""
    try:
        return b"journal %s boot %s" % (form, BOOT.read_bytes().strip())
    except OSError:
        return b"journal %s boot unknown %s" % (form, os.urandom(8).hex().encode())


def _line(result: Result) -> bytes:
    """A result as it is noted: most are sent, and need little said."""
    claim, step, outcome, transport, started_at, seconds = result
    if step == SENT and type(outcome) is Accepted:
        reply, at = outcome.reply, started_at.timestamp()
        said = (transport, at, seconds, reply.code, reply.enhanced, reply.text)
        return b"sent %s\n" % ascii((*claim[:-1], claim.reader.address, *said)).encode()
    return b"ended %s\n" % ascii(_document(result)).encode()


def _sent(*values: Any) -> Result:
    """What a line of a message that was sent says."""
    *claimed, address, transport, started_at, seconds, code, enhanced, text = values
    return Result(
        _claim(claimed, address),
        SENT,
        Accepted(Reply(code, enhanced, text)),
        transport,
        datetime.fromtimestamp(started_at, UTC),
        seconds,
    )


def _claim(claimed: list[Any], address: str) -> Claim:
    """Of the reader it knows the address: nothing is sent again."""
    return Claim._make([*claimed, Recipient(address, "", "", "", "", "", "", "", "", "")])


def _document(result: Result) -> list[Any]:
    """A result in literals, in the order of `_result`."""
    claim, step, outcome = result.claim, result.step, result.outcome
    reply = outcome.reply if outcome else None
    return [
        *claim[:-1],
        claim.reader.address,
        step.state.value,
        step.due_at.isoformat() if step.due_at else None,
        step.reason,
        outcome.name if outcome else None,
        outcome.scope.value if outcome else None,
        "" if outcome is None or isinstance(outcome, Accepted) else outcome.reason,
        isinstance(outcome, Refused) and outcome.hard,
        [reply.code, reply.enhanced, reply.text] if reply else None,
        result.transport,
        result.started_at.isoformat(),
        result.seconds,
    ]


def _result(document: list[Any]) -> Result:
    """The inverse of `_document`."""
    *claimed, address, state, due_at, why = document[:11]
    kind, scope, reason, hard, said, transport, started_at, seconds = document[11:]
    return Result(
        claim=_claim(claimed, address),
        step=NextStep(
            DeliveryState(state), datetime.fromisoformat(due_at) if due_at else None, why
        ),
        outcome=_outcome(kind, Scope(scope), reason, Reply(*said) if said else None, hard=hard)
        if kind
        else None,
        transport=transport,
        started_at=datetime.fromisoformat(started_at),
        seconds=seconds,
    )


def _outcome(name: str, scope: Scope, reason: str, reply: Reply | None, *, hard: bool) -> Outcome:
    kind = OUTCOMES[name.lower()]  # form 2 had the names of classes
    if kind is Accepted:
        return Accepted(reply or Reply(250, None, ""), scope)
    if kind is Deferred:
        return Deferred(reason, scope, reply)
    if kind is Refused:
        return Refused(reason, scope, reply, hard)
    return Unknown(reason, scope, reply)
