"""A worker's own notes of what it is handing over, so that its death leaves little unknown.

Results reach the store in groups; a killed process would lose the group in hand, and everybody
in it would get a copy. A line here is copied into a page of memory that is a file's: it outlives
the process (not the machine: nothing is fsynced, so after a reboot the notes are not believed). The
store stays the only truth: a note is used once, at the next start, and only where the store still
knows its claim.
"""

from __future__ import annotations

import ast
import errno
import logging
import mmap
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from communique.domain.delivery import Claim, DeliveryState, Left, Result, Step
from communique.domain.mail import Reader
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Reply, Scope, Unknown
from communique.errors import StoreUnavailable

log = logging.getLogger(__name__)

BOOT = Path("/proc/sys/kernel/random/boot_id")


class Journal:
    """One worker's; see `ports.Journal`. A heading, then a line for each step:

    `claim TOKEN`, `begun TOKEN DELIVERY`, `ended RESULT`, `over TOKEN`. The rest of the page is
    zeros, which are written first: a page that is there has its room on the disk.
    """

    PAGE = 1024 * 1024  # octets; a new page is begun with what still matters of the old

    def __init__(self, path: Path) -> None:
        self._path = path
        self._page: mmap.mmap | None = None
        self._end = 0  # of the lines in it
        self._tokens: dict[int, int] = {}  # how many of a claim are not yet known to be over
        self._open: dict[int, list[bytes]] = {}  # lines that still matter, by delivery

    def left(self) -> Left:
        """What the last worker here left behind."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]  # a line cut short was never written
        except FileNotFoundError:
            return Left(believed=False)
        if lines[:1] != [_heading()]:
            return Left(believed=False)
        if b"\0" in lines[-1]:  # nor was one that was being copied
            lines.pop()
        try:
            return _read(lines[1:])
        except (ValueError, TypeError, KeyError, SyntaxError) as error:
            log.error("%s is damaged, and not believed: %s", self._path, error)
            return Left(believed=False)

    def start(self) -> None:
        """Begin with a clean page; what was left must have been dealt with."""
        self._turn([])

    def claimed(self, token: int, count: int) -> None:
        """A claim of so many deliveries is about to be committed. Raises StoreUnavailable."""
        try:
            self._append(b"claim %d\n" % token)
        except OSError as error:
            raise StoreUnavailable(
                f"nothing is claimed, for it cannot be noted: {error.strerror}",
                file=self._path,
                remedy="make room on the disk; nothing is lost meanwhile",
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
        line = b"ended %s\n" % ascii(_document(result)).encode()
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
        """Let go of the file; with nothing open, it is a clean page."""
        if self._page is None:
            return
        self._page.close()
        self._page = None
        nothing_open = not self._open and not self._tokens
        os.truncate(self._path, len(_heading()) + 1 if nothing_open else self._end)

    def _append(self, line: bytes) -> None:
        """Write a whole line, or nothing. Raises OSError."""
        if self._page is None:
            raise OSError(errno.EBADF, "the journal is not open")
        if self._end + len(line) > len(self._page):
            claims = [b"claim %d\n" % token for token in self._tokens]
            self._turn([*claims, *(one for lines in self._open.values() for one in lines)], line)
            return
        end = self._end + len(line)
        self._page[self._end : end] = line
        self._end = end

    def _turn(self, lines: Iterable[bytes], last: bytes = b"") -> None:
        """Go on with these lines on a new page. Until it is there whole, the old one stays."""
        content = b"".join([_heading() + b"\n", *lines, last])
        draft = self._path.with_suffix(".new")
        draft.write_bytes(content.ljust(max(self.PAGE, 2 * len(content)), b"\0"))
        file = os.open(draft, os.O_RDWR)
        try:
            page = mmap.mmap(file, 0)
        finally:
            os.close(file)
        try:
            draft.replace(self._path)
        except OSError:
            page.close()
            raise
        if self._page is not None:
            self._page.close()
        self._page, self._end = page, len(content)


def _read(lines: Iterable[bytes]) -> Left:
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
            case b"over":
                tokens.discard(int(rest))
            case _:
                raise ValueError(f"a line of no known kind: {line[:80]!r}")
    return Left(
        True,
        frozenset(tokens),
        frozenset((token, delivery) for token, delivery in begun if token in tokens),
        tuple(result for result in ended.values() if result.claim.token in tokens),
    )


def _heading() -> bytes:
    """The form of the notes, and which run of the machine: another's are not believed."""
    try:
        return b"journal 2 boot " + BOOT.read_bytes().strip()
    except OSError:
        return b"journal 2 boot unknown " + os.urandom(8).hex().encode()


def _document(result: Result) -> list[Any]:
    """A result in literals, in the order of `_result`: written for every message, so flat."""
    claim, step, outcome = result.claim, result.step, result.outcome
    reply = outcome.reply if outcome else None
    return [
        *claim[:-1],
        claim.reader.address,
        step.state.value,
        step.due_at.isoformat() if step.due_at else None,
        step.reason,
        type(outcome).__name__ if outcome else None,
        outcome.scope.value if outcome else None,
        "" if outcome is None or isinstance(outcome, Accepted) else outcome.reason,
        isinstance(outcome, Refused) and outcome.hard,
        [reply.code, reply.enhanced, reply.text] if reply else None,
        result.transport,
        result.started_at.isoformat(),
        result.seconds,
    ]


def _result(document: list[Any]) -> Result:
    """The inverse of `_document`. Of the reader it knows the address: nothing is sent again."""
    *claimed, address, state, due_at, why = document[:11]
    kind, scope, reason, hard, said, transport, started_at, seconds = document[11:]
    delivery_id, release_id, association, subscriber_id, token, attempt, unknowns = claimed
    reader = Reader(address, "", "", "", "", "", "", "", "", "")
    return Result(
        claim=Claim(
            delivery_id, release_id, association, subscriber_id, token, attempt, unknowns, reader
        ),
        step=Step(DeliveryState(state), datetime.fromisoformat(due_at) if due_at else None, why),
        outcome=_outcome(kind, Scope(scope), reason, Reply(*said) if said else None, hard=hard)
        if kind
        else None,
        transport=transport,
        started_at=datetime.fromisoformat(started_at),
        seconds=seconds,
    )


def _outcome(kind: str, scope: Scope, reason: str, reply: Reply | None, *, hard: bool) -> Outcome:
    match kind:
        case "Accepted":
            return Accepted(reply or Reply(250, None, ""), scope)
        case "Deferred":
            return Deferred(reason, scope, reply)
        case "Refused":
            return Refused(reason, scope, reply, hard)
        case _:
            return Unknown(reason, scope, reply)
