"""Processes that the benchmark starts: each has a log, is measured through /proc, and is ended.

Every one is ended by its own number, whatever happens, Ctrl-C included. Never any other process.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from communique.errors import CommuniqueError

PATIENCE = 60.0  # seconds without any progress after which there will be none
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkFailed(CommuniqueError):
    """The benchmark cannot go on."""


class Interrupts:
    """Turns Ctrl-C and SIGTERM into KeyboardInterrupt, but not while a process is being started.

    Else one could come between the start of a process and our knowing its number, and leave it.
    """

    def __init__(self) -> None:
        self._held = False
        self._came = False

    def listen(self) -> None:
        """From now on, for the whole program."""
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if not self._held:
            raise KeyboardInterrupt
        self._came = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let one that comes meanwhile wait for the end of this."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._came:
            raise KeyboardInterrupt


interrupts = Interrupts()


@dataclass(frozen=True, slots=True)
class Used:
    """What a process used until it ended: seconds, seconds of CPU, octets of memory at most."""

    seconds: float
    cpu_seconds: float
    peak_memory: int


class Child:
    """One process; leave the block and it is gone."""

    def __init__(
        self, words: Sequence[str], log: Path, *, folder: Path | None = None, port: int = 0
    ) -> None:
        self.name = Path(words[2] if words[1:2] == ["-m"] else words[0]).name
        self.log = log
        self.port = port
        self._words = words
        self._folder = folder
        self._begun = 0.0
        self._started: subprocess.Popen[bytes] | None = None

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._started is not None, "entered before it is asked"  # noqa: S101
        return self._started

    def __enter__(self) -> Self:
        try:
            with self.log.open("wb") as output, interrupts.held():
                self._begun = time.perf_counter()
                # In a session of its own: Ctrl-C reaches us alone, and we end it in good order.
                self._started = subprocess.Popen(
                    self._words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self._folder,
                    start_new_session=True,
                )
            return self
        except KeyboardInterrupt:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end, and see to it. Raises BenchmarkFailed if it had to be killed."""
        if self._started is None:
            return
        self._started.terminate()  # does nothing to one that has ended
        try:
            self._started.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise self.failed(f"did not stop within {PATIENCE:.0f} s") from error
        finally:
            self._started.kill()
            self._started.wait()

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """Raise BenchmarkFailed if it has ended by itself."""
        if (code := self._process.poll()) is not None:
            raise self.failed(f"ended with {code}")

    def failed(self, how: str) -> BenchmarkFailed:
        """The error to raise, with the last of what it said: its log is gone with its folder."""
        last = "\n".join(self.said.splitlines()[-5:])
        return BenchmarkFailed(f"{self.name} {how}" + (f"\n{last}" if last else ""))

    def until(self, look: Callable[[], bool], what: str) -> Self:
        """Wait for something that it is about to do."""
        deadline = time.monotonic() + PATIENCE
        while not look():
            self.check()
            if time.monotonic() > deadline:
                raise self.failed(f"did not {what} within {PATIENCE:.0f} s")
            time.sleep(0.02)
        return self

    def until_listening(self) -> Self:
        """Wait until its port can be connected to."""
        return self.until(lambda: listens(self.port), "listen")

    def ended(self, within: float) -> Used:
        """Wait until it has ended well by itself; what it used."""
        deadline, memory = time.monotonic() + within, 0
        while True:
            # What wait4 says of memory would be ours, from before the process became its program.
            with contextlib.suppress(BenchmarkFailed):
                memory = self.peak_memory
            ended, status, used = os.wait4(self._process.pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > deadline:
                raise self.failed(f"did not end within {within:.0f} s")
            time.sleep(0.005)
        seconds = time.perf_counter() - self._begun
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.returncode:
            raise self.failed(f"ended with {self._process.returncode}")
        return Used(seconds, used.ru_utime + used.ru_stime, memory)

    @property
    def cpu(self) -> float:
        """Seconds of CPU that all its threads have used, in user and system mode (proc(5))."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def peak_memory(self) -> int:
        """The most octets of memory that it ever held (VmHWM)."""
        return peak_memory(self._process.pid)


def peak_memory(process: int | str = "self") -> int:
    """The most octets of memory that a process ever held (VmHWM, proc(5))."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise BenchmarkFailed(f"process {process} has ended")
    return int(found[1]) * 1024


def listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
