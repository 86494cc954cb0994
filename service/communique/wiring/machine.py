"""Which process this is, and which of this machine's processes still run.

Only what is certain is told: of a process elsewhere, nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from communique.domain.watching import Process

PROC = Path("/proc")


class Machine:
    """See `ports.Machine`; by Linux's /proc. Where there is none, nobody else can be judged."""

    def __init__(self) -> None:
        pid = os.getpid()
        self.process = Process(socket.gethostname(), _boot(), pid, _start(pid) or 0)

    def starts(self, pids: Iterable[int]) -> Mapping[int, int | None]:
        """When each of these processes began; those that run no more are left out.

        None for one that runs and hides when: another user's, where /proc is closed to others.
        """
        found = {pid: _start(pid) for pid in pids}
        return {pid: start for pid, start in found.items() if start is not None or _is_hidden(pid)}


def _boot() -> str:
    """One start of the kernel, and one space of process numbers: containers have their own."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink(PROC / 'self/ns/pid')}"
    except OSError:
        return f"unknown {os.urandom(8).hex()}"


def _is_hidden(pid: int) -> bool:
    """Whether something of that number runs that /proc does not show: the kernel owns up to it."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return not (PROC / str(pid)).exists()


def _start(pid: int) -> int | None:
    """In the kernel's ticks since it started; None where nothing of that number runs."""
    try:
        facts = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = facts.rpartition(")")[2].split()
    return None if state in "ZX" else int(rest[18])  # a zombie does nothing any more
