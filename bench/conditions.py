"""Under what conditions a benchmark was run: figures without these mean nothing."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.relays import Sink, postfix

LIBRARIES = ("communique", "aiosmtplib", "css-inline", "jinja2", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The machine, the versions, and what was asked for."""

    date: str  # ISO 8601, UTC
    cores: int  # that the benchmark may use
    processor: str
    memory: int  # octets
    system: str
    python: str
    versions: dict[str, str]
    sink: str
    connections: int
    message_octets: float  # on the wire, dots stuffed, of one message of ours
    html_octets: int  # of its HTML part, decoded
    load_before: float  # load average over a minute: what else the machine was doing

    def __str__(self) -> str:
        libraries = ", ".join(f"{name} {one}" for name, one in self.versions.items())
        return (
            f"{self.date}; {self.cores} cores ({self.processor}) that sender and sink share, "
            f"{self.memory / 2**30:.0f} GB, load {self.load_before:.1f} before; {self.system}; "
            f"Python {self.python}, {libraries}; sink: {self.sink}; "
            f"{self.connections} connections; messages of {self.message_octets:,.0f} octets "
            f"with {self.html_octets:,} of HTML"
        )


def conditions(
    sink: Sink, connections: int, message_octets: float, html_octets: int, load_before: float
) -> Conditions:
    """What holds here and now."""
    return Conditions(
        date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        cores=len(os.sched_getaffinity(0)),
        processor=_found(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo") or platform.machine(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions={name: version(name) for name in LIBRARIES} | {"SQLite": sqlite3.sqlite_version},
        sink=f"smtp-sink of Postfix {_postfix()}" if sink is Sink.POSTFIX else "bench.sink",
        connections=connections,
        message_octets=message_octets,
        html_octets=html_octets,
        load_before=load_before,
    )


def _found(pattern: str, file: str) -> str | None:
    found = re.search(pattern, Path(file).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else None


def _postfix() -> str:
    """Its version, where `postconf` is there to say it."""
    program = postfix("postconf")
    if program is None:
        return "of unknown version"
    said = subprocess.run(
        [program, "-d", "-h", "mail_version"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "of unknown version"
