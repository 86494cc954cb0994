"""Writes CSV that spreadsheets open as it was meant, and that `spreadsheet` reads back unchanged.

No cell is ever left for a spreadsheet to take for a formula (CSV injection).
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from communique.domain.address import parse
from communique.domain.member import Contact, Entry, Subscriber
from communique.roster.cells import protected
from communique.roster.columns import HEADINGS, REACHES, UNWRITTEN


class CsvWriter:
    """A table in CSV, written row by row: none is held, however many there are."""

    def __init__(self, out: TextIO, heading: Sequence[str], delimiter: str) -> None:
        self._writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
        self._heading = [protected(one) for one in heading]
        self.count = 0  # of rows

    def add(self, row: Sequence[object]) -> None:
        """Write a row; None becomes an empty cell."""
        if self.count == 0:
            self.head()
        self._writer.writerow(["" if cell is None else protected(str(cell)) for cell in row])
        self.count += 1

    def head(self) -> None:
        """Write the heading."""
        self._writer.writerow(self._heading)


@contextmanager
def table(out: TextIO, heading: Sequence[str], *, delimiter: str = ",") -> Iterator[CsvWriter]:
    """Any table. Its heading waits for a row or the end: a question that fails writes nothing."""
    rows = CsvWriter(out, heading, delimiter)
    yield rows
    if rows.count == 0:
        rows.head()


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


def heading(language: str = "en") -> list[str]:
    """What stands above subscribers with their members: in French if `language` is `fr`.

    The last column says what somebody must not be written; it is empty for the others.
    """
    position = _position(language)
    return [*(names[position][0] for names in HEADINGS.values()), UNWRITTEN[position]]


def is_heading(found: Sequence[str]) -> bool:
    """Whether such columns are all there: the file is an export of ours, whatever was added."""
    return any(set(heading(language)) <= set(found) for language in ("en", "fr"))


def as_entry(contact: Contact) -> Entry:
    """A subscriber as a line of a roster: admitting it again changes nothing."""
    person = Subscriber(
        parse(contact.address),
        contact.given_name,
        contact.family_name,
        contact.language,
        contact.role,
    )
    return Entry(0, contact.member, person, contact.lists, suppressions=contact.suppressions)


def as_row(entry: Entry, language: str = "en") -> list[object]:
    """A subscriber and their member, under `heading`."""
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
    return [*(values[field] for field in HEADINGS), _unwritten(entry, _position(language))]


def _position(language: str) -> int:
    return 1 if language == "fr" else 0


def _unwritten(entry: Entry, position: int) -> str:
    return ", ".join(
        REACHES[one.scope][position].format(list=one.list_key) for one in entry.suppressions
    )
