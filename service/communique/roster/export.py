"""Writes CSV that spreadsheets open as it was meant, and that `spreadsheet` reads back unchanged.

No cell is ever left for a spreadsheet to take for a formula (CSV injection).
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from communique.domain.member import Entry
from communique.roster.cells import protected
from communique.roster.columns import HEADINGS, REACHES, UNWRITTEN


def write(
    out: TextIO, heading: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ","
) -> int:
    """Write any table; None becomes an empty cell. Returns the number of rows."""
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([protected(one) for one in heading])
    count = 0
    for row in rows:
        writer.writerow(["" if cell is None else protected(str(cell)) for cell in row])
        count += 1
    return count


def write_entries(
    out: TextIO, entries: Iterable[Entry], *, language: str = "en", delimiter: str = ","
) -> int:
    """Write subscribers with their members, under French headings if `language` is `fr`.

    The last column says what somebody must not be written; it is empty for the others.
    """
    position = 1 if language == "fr" else 0
    heading = [*(names[position][0] for names in HEADINGS.values()), UNWRITTEN[position]]
    rows = ([*_cells(entry), _unwritten(entry, position)] for entry in entries)
    return write(out, heading, rows, delimiter=delimiter)


def save_entries(
    path: Path,
    entries: Iterable[Entry],
    *,
    language: str = "en",
    delimiter: str = ",",
    bom: bool = False,
) -> int:
    """Write a file, whole or not at all. Excel takes UTF-8 for what it is only with `bom`."""
    with whole(path, bom=bom) as out:
        return write_entries(out, entries, language=language, delimiter=delimiter)


@contextmanager
def whole(path: Path, *, bom: bool = False) -> Iterator[TextIO]:
    """A file to write that takes its place at the end: until then, what was there stays."""
    encoding = "utf-8-sig" if bom else "utf-8"
    if path.exists() and not path.is_file():  # /dev/stdout: nothing can take its place
        with path.open("w", encoding=encoding, newline="") as out:
            yield out
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        error.filename = str(path)  # the name that a person knows
        raise
    try:
        with open(handle, "w", encoding=encoding, newline="") as out:
            yield out
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _cells(entry: Entry) -> list[object]:
    values = {
        "reference": entry.member.reference,
        "member": entry.member.name,
        "sector": entry.member.sector,
        "territory": entry.member.territory,
        "kind": entry.member.kind,
        "since": entry.member.since,
        "until": entry.member.until,
        "given_name": entry.subscriber.given_name,
        "family_name": entry.subscriber.family_name,
        "role": entry.subscriber.role,
        "address": entry.subscriber.address,
        "language": entry.subscriber.language,
        "lists": " ".join(entry.lists),
        "consent_since": entry.consent_since,
    }
    return [values[field] for field in HEADINGS]


def _unwritten(entry: Entry, position: int) -> str:
    return ", ".join(
        REACHES[one.scope][position].format(list=one.list_key) for one in entry.suppressions
    )
