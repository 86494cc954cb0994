"""What mail is sent to: Postfix's `smtp-sink` or our own, near by or at the end of a long line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from bench.children import BenchmarkFailed, Child, free_port
from bench.sink import Taken

INSTALL = """\
  Debian, Ubuntu:  apt-get install --no-install-recommends postfix   (choose “No configuration”)
  Fedora:          dnf install postfix
Of Postfix only smtp-sink and smtp-source are used; no mail system is set up or started."""


class Sink(StrEnum):
    """Who takes the mail."""

    POSTFIX = "postfix"
    BUILTIN = "builtin"


def postfix(program: str) -> str | None:
    """Where one of Postfix's test programs is. Only root's PATH has the folder it is usually in."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/lib/postfix/sbin")


@contextmanager
def listening(sink: Sink, folder: Path) -> Iterator[Child]:
    """A sink on a port of its own."""
    port = free_port()
    if sink is Sink.BUILTIN:
        words = [sys.executable, "-m", "bench.sink", str(port)]
    else:
        program = postfix("smtp-sink")
        if program is None:
            raise BenchmarkFailed("smtp-sink is not installed", remedy=f"\n{INSTALL}")
        # Postfix's programs refuse to run as root without another user to become.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        words = [program, *user, f"127.0.0.1:{port}", "1000"]
    with Child(words, folder / "sink.log", port=port) as child:
        yield child.until_listening()


@contextmanager
def delayed(sink: Child, milliseconds: float, folder: Path) -> Iterator[Child]:
    """A longer way to a sink: a round trip takes so many milliseconds more."""
    port = free_port()
    words = [sys.executable, "-m", "bench.delay", str(port), str(sink.port), str(milliseconds / 2)]
    with Child(words, folder / "delay.log", port=port) as child:
        yield child.until_listening()


def taken(sink: Child) -> Taken:
    """End our own sink; what it took."""
    sink.stop()
    return Taken(**json.loads(sink.said))
