"""A spreadsheet read in a process of its own, so that no file can harm whoever reads it (P7, P9).

A workbook of two kilobytes may ask for half a terabyte, make its library panic, or never end; and
whatever a file is, parsing holds the interpreter that messages are sent by. Here only lines arrive,
and no faster than they are taken.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Self

import communique
from communique.domain.member import BadLine
from communique.domain.plain import Plain, entry
from communique.errors import FileInvalid
from communique.facts import unplain
from communique.roster import frames, reading
from communique.roster.lines import Line, Reading, good_or_bad
from communique.roster.spreadsheet import Layout


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost."""

    memory: int = 1 << 30  # octets of address space; 200,000 lines of XLSX take a quarter of it
    seconds: int = 60  # of CPU, and as many more for each 30 MB
    silence: int = 120  # seconds without a line before the reader counts as stuck


LIMITS = Limits()
_ROOT = str(Path(communique.__file__).parents[1])
# The same code as ours, wherever that was found, and nothing from the folder that we are run in.
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from {0} import main; main()"


class Spreadsheet:
    """An open spreadsheet. Iterate to read it, from the top each time.

    Everything here waits for another process: never call it in an event loop's own thread.
    That process has `environment`, or ours. Raises FileInvalid.
    """

    def __init__(
        self,
        path: Path,
        reading: Reading,
        limits: Limits = LIMITS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.path = path
        self._environment = environment
        self.position = 0
        self._reading = replace(reading, name=reading.name or path.name)
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: frames.Frames | None = None
        self._fresh = False  # whether the process has said what the file is, and nothing else
        self._seconds = limits.seconds  # that the process may use of CPU, by the file's size
        self._taking = Lock()
        self._closed = False
        self._layout: Layout | None = None
        self._file = _regular(path)

    def open(self) -> Layout:
        """What it is and what its columns are taken for."""
        if self._layout is None:
            self._begin()
        if self._layout is None:
            raise ValueError("closed")
        return self._layout

    def __iter__(self) -> Iterator[Line]:
        return (one if isinstance(one, BadLine) else entry(one) for one in self.plain())

    def plain(self) -> Iterator[Plain | BadLine]:
        """The same, good lines as plain values."""
        if not self._fresh:
            self._begin()
        self._fresh = False
        while (frame := self._next()) and frame[0] == frames.LINES:
            self.position = frame[1]
            yield from map(good_or_bad, frame[2])
        self.position = self.open().size

    def _begin(self) -> None:
        with self._taking:
            self._end()
            if self._closed:
                return
            self._process = self._start()
        frame = self._next()
        if frame:
            self._layout = Layout(**frame[1])
            self._fresh = True

    def _start(self) -> subprocess.Popen[bytes]:
        size = os.fstat(self._file).st_size
        self._seconds = self._limits.seconds * (1 + (size >> 20) // 30)
        os.lseek(self._file, 0, os.SEEK_SET)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _RUN.format(reading.__name__), _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._file,),
            env=self._environment,
            process_group=0,  # a terminal's Ctrl-C is for whoever asked, who then ends this one
        )
        if self._closed:  # meanwhile, when there was no process to kill yet
            process.kill()
        told = reading.request(self._file, self._reading, self._limits.memory, self._seconds)
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101 - likewise
        try:
            with process.stdin as stdin:
                stdin.write(told)
        except BrokenPipeError:
            pass  # it is gone already, and its end says why
        self._frames = frames.Frames(process.stdout.fileno())
        return process

    def _next(self) -> tuple[Any, ...] | None:
        """The next frame. Raises FileInvalid for what went wrong, None if it was closed."""
        with self._taking:
            if self._closed or self._frames is None or self._process is None:
                return None
            try:
                frame = self._frames.next(self._limits.silence)
            except frames.Silent:
                self._process.kill()
                raise FileInvalid(
                    "reader_too_slow", seconds=self._limits.silence, file=self.path
                ) from None
            if frame is None:
                self._tell_end(self._process.wait())
                return None
        if frame[0] == frames.TROUBLE:
            _, code, told, number = frame
            fields = {name: unplain(value) for name, value in told.items()}
            raise FileInvalid(code, file=self.path, line=number, **fields)
        return frame

    def _tell_end(self, code: int) -> None:
        """Raises FileInvalid with what ended the process, unless that is who closed it."""
        if not self._closed:
            raise self._how_it_ended(code)

    def _how_it_ended(self, code: int) -> FileInvalid:
        megabytes = self._limits.memory >> 20
        if code == -signal.SIGXCPU:
            return FileInvalid("reader_too_slow", seconds=self._seconds, file=self.path)
        if code == -signal.SIGABRT:  # so ends what was refused memory
            return FileInvalid("reader_out_of_memory", megabytes=megabytes, file=self.path)
        if code == -signal.SIGKILL:
            return FileInvalid("reader_killed", file=self.path)
        reason = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return FileInvalid("reader_failed", reason=reason, file=self.path)

    def _end(self) -> None:
        """End the process, if there is one; to be called by who has the turn."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = self._frames = None

    def close(self) -> None:
        """Let go of the file, and end the process: whoever waits for it is let go first."""
        if self._closed:
            return
        self._closed = True
        if process := self._process:
            process.kill()
        with self._taking:
            self._end()
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _regular(path: Path) -> int:
    """The file, opened. What is no file (a pipe, a device) is not waited for."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise FileInvalid("spreadsheet_not_a_file", file=path)
    except OSError as error:
        raise FileInvalid(
            "file_unreadable", reason=error.strerror or str(error), file=path
        ) from error
    return opened
