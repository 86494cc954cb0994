"""A worker's own notes of what it is handing over, so that its death leaves little unknown.

Results reach the store in groups; a killed process would lose the group in hand, and everybody
in it would get a copy. A line here costs a few microseconds and outlives the process (not the
machine: nothing is fsynced, so after a reboot the notes are not believed). The store stays the only
truth: a note is used once, at the next start, and only where the store still knows its claim.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from communique.domain.delivery import Claim, DeliveryState, Left, Result, Step
from communique.domain.mail import Reader
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Reply, Scope, Unknown

log = logging.getLogger(__name__)

BOOT = Path("/proc/sys/kernel/random/boot_id")
OUTCOMES: dict[str, type[Outcome]] = {
    one.__name__: one for one in (Accepted, Deferred, Refused, Unknown)
}


class Journal:
    """One worker's; see `ports.Journal`. Lines: `boot ID`, `claim TOKEN`, `begun ID`, `ended …`."""

    COMPACT_AT = 4 * 1024 * 1024  # octets

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._size = 0
        self._tokens: dict[int, int] = {}  # claims not yet known to be over, by token: how many
        self._open: dict[int, list[bytes]] = {}  # lines that still matter, by delivery

    def left(self) -> Left:
        """What the last worker here left behind."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]  # a line cut short was never written
        except FileNotFoundError:
            return Left(believed=False)
        tokens: set[int] = set()
        begun: set[int] = set()
        ended: dict[int, Result] = {}
        for line in lines[1:]:
            kind, _, rest = line.partition(b" ")
            match kind:
                case b"claim":
                    tokens.add(int(rest))
                case b"begun":
                    begun.add(int(rest))
                case b"ended":
                    result = _result(json.loads(rest))
                    ended[result.claim.delivery_id] = result
        believed = lines[:1] == [_boot()]
        return Left(believed, frozenset(tokens), frozenset(begun), tuple(ended.values()))

    def start(self) -> None:
        """Begin with a clean page; what was left must have been dealt with."""
        self._write_anew([])

    def claimed(self, token: int, count: int) -> None:
        """A claim of so many deliveries was committed with this token."""
        self._tokens[token] = count
        self._append(b"claim %d\n" % token)

    def begun(self, claim: Claim) -> bool:
        """The content is about to be handed over; False if that cannot be noted, so it must not."""
        line = b"begun %d\n" % claim.delivery_id
        try:
            self._append(line)
        except OSError as error:
            log.error("nothing is handed over, for it cannot be noted: %s", error)
            return False
        self._open[claim.delivery_id] = [line]
        return True

    def ended(self, result: Result) -> None:
        """The end is known; the store will have it with its group."""
        line = b"ended %s\n" % json.dumps(_document(result)).encode()
        try:
            self._append(line)
        except OSError as error:  # the store will have it all the same, if we live
            log.error("an end could not be noted: %s", error)
        self._open.setdefault(result.claim.delivery_id, []).append(line)

    def forget(self, results: Sequence[Result]) -> None:
        """The store has these."""
        for result in results:
            self._open.pop(result.claim.delivery_id, None)
            token = result.claim.token
            left = self._tokens.get(token, 1) - 1
            if left:
                self._tokens[token] = left
            else:
                self._tokens.pop(token, None)
        if self._size > self.COMPACT_AT:
            claims = [b"claim %d\n" % token for token in self._tokens]
            self._write_anew([*claims, *(line for lines in self._open.values() for line in lines)])

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, line: bytes) -> None:
        if self._file >= 0:
            self._size += os.write(self._file, line)

    def _write_anew(self, lines: Iterable[bytes]) -> None:
        self.close()
        draft = self._path.with_suffix(".new")
        content = b"".join([_boot() + b"\n", *lines])
        draft.write_bytes(content)
        draft.replace(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._size = len(content)


def _boot() -> bytes:
    """Which run of the machine this is; its own for each call where nobody can say."""
    try:
        return b"boot " + BOOT.read_bytes().strip()
    except OSError:
        return b"boot unknown " + os.urandom(8).hex().encode()


def _document(result: Result) -> dict[str, Any]:
    claim, outcome = result.claim, result.outcome
    return {
        "claim": {**asdict(claim), "reader": asdict(claim.reader)},
        "state": result.step.state.value,
        "due_at": result.step.due_at.isoformat() if result.step.due_at else None,
        "reason": result.step.reason,
        "outcome": type(outcome).__name__ if outcome else None,
        "said": _said(outcome) if outcome else {},
        "transport": result.transport,
        "started_at": result.started_at.isoformat(),
        "seconds": result.seconds,
    }


def _said(outcome: Outcome) -> dict[str, Any]:
    reply = outcome.reply
    said: dict[str, Any] = {"scope": outcome.scope.value}
    said["reply"] = [reply.code, reply.enhanced, reply.text] if reply else None
    if not isinstance(outcome, Accepted):
        said["reason"] = outcome.reason
    if isinstance(outcome, Refused):
        said["hard"] = outcome.hard
    return said


def _result(document: dict[str, Any]) -> Result:
    outcome: Outcome | None = None
    if document["outcome"]:
        said = document["said"]
        reply = Reply(*said["reply"]) if said["reply"] else None
        outcome = OUTCOMES[document["outcome"]](
            **{**said, "scope": Scope(said["scope"]), "reply": reply}
        )
    due_at = document["due_at"]
    claim = document["claim"]
    return Result(
        claim=Claim(**{**claim, "reader": Reader(**claim["reader"])}),
        step=Step(
            DeliveryState(document["state"]),
            datetime.fromisoformat(due_at) if due_at else None,
            document["reason"],
        ),
        outcome=outcome,
        transport=document["transport"],
        started_at=datetime.fromisoformat(document["started_at"]),
        seconds=document["seconds"],
    )
