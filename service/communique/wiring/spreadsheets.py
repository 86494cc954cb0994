"""Files that people keep, read apart from the desk; loaded by who reads one."""

from __future__ import annotations

from pathlib import Path

from communique.roster import Reading, Spreadsheet
from communique.settings import surroundings


def spreadsheet(path: Path, reading: Reading) -> Spreadsheet:
    """A file that people keep, read by a process that knows none of our settings."""
    return Spreadsheet(path, reading, environment=surroundings())
