"""Spreadsheets as rows of cells, whatever they were saved as: CSV in its many forms, or XLSX.

A CSV is read as a stream in bounded memory. One broken line never takes its neighbours with it. A
workbook is measured before it is opened, since a small ZIP can unpack to anything.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from io import TextIOWrapper
from pathlib import Path
from typing import IO, BinaryIO, Protocol, TextIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from communique.errors import FileInvalid
from communique.roster.columns import recognised

BLOCK = 1 << 20  # octets read at once
LONGEST_LINE = 1 << 16  # characters
LONGEST_RECORD = 30  # lines: a quotation mark still open then was never meant to be one
LARGEST_WORKBOOK = 200 << 20  # octets unpacked
MOST_CELLS = 5_000_000  # in the rectangle that a sheet spans, empty ones included
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
NEVER_CLOSED = "a quotation mark is opened and never closed"

# Where a cell or a row of a sheet says it stands: <c r="AB12" …>, <row r="12" …>.
_PLACE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\b[^<>]{0,256}?\sr\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']"""
)

Cell = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` is where it starts; `cells` is empty and `problem` set if it is broken."""

    line: int
    cells: tuple[Cell, ...]
    problem: str = ""


class Rows(Protocol):
    """An open spreadsheet. `position` moves from 0 to `size` while rows are read, for a bar."""

    @property
    def form(self) -> str:
        """What it was saved as, for people."""

    @property
    def size(self) -> int:
        """Octets of a CSV, rows of a workbook."""

    @property
    def position(self) -> int:
        """How much of `size` was read."""

    def __iter__(self) -> Iterator[Row]:
        """Every record from the first, blank ones included."""

    def close(self) -> None:
        """Let go of the file."""


def open_rows(path: Path) -> Rows:
    """Open a CSV or XLSX file, told apart by content. Raises FileInvalid, saying what it is not."""
    try:
        with path.open("rb") as file:
            magic = file.read(8)
        if magic.startswith(b"PK\x03\x04"):
            return Workbook(path)
        if magic.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileInvalid("workbook_old", file=path)
        return Csv(path)
    except OSError as error:
        raise FileInvalid(
            "file_unreadable", reason=error.strerror or str(error), file=path
        ) from error


class Csv:
    """Text with delimiters: UTF-8, UTF-16 with a BOM, or Windows-1252; comma, semicolon or tab."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.encoding = _encoding(file, path)
        self.size = path.stat().st_size
        self._octets = path.open("rb")
        self._file = TextIOWrapper(self._octets, encoding=self.encoding, newline="")
        self.delimiter, self._first_line = _delimiter(self._file)
        self._rewind()

    @property
    def form(self) -> str:
        """Encoding and delimiter."""
        return f"CSV, {self.encoding}, {DELIMITERS[self.delimiter]}"

    @property
    def position(self) -> int:
        """Octets read so far, as far as the buffer went."""
        return self._octets.tell()

    def __iter__(self) -> Iterator[Row]:
        self._rewind()
        yield from _records(self._file, self.delimiter, self._first_line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rewind(self) -> None:
        self._file.seek(0)
        for _ in range(1, self._first_line):
            self._file.readline()


def _encoding(file: BinaryIO, path: Path) -> str:
    """The encoding that the whole file is good in: a BOM decides, else UTF-8 if all of it is."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "cp1252"]
    decoders = {name: codecs.getincrementaldecoder(name)() for name in candidates}
    line, broken_at = 1, 0
    block = b"begin"
    while decoders and block:
        block = file.read(BLOCK)
        if b"\0" in block and candidates != ["utf-16"]:
            decoders.clear()
            broken_at = line + block.count(b"\n", 0, block.index(b"\0"))
        for name in list(decoders):
            try:
                decoders[name].decode(block, final=not block)
            except UnicodeDecodeError as error:
                del decoders[name]
                broken_at = broken_at or line + error.object.count(b"\n", 0, error.start)
        line += block.count(b"\n")
    if not decoders:
        raise FileInvalid(
            "file_encoding_unknown", encodings=" or ".join(candidates), file=path, line=broken_at
        )
    return next(iter(decoders))


def _delimiter(file: TextIO) -> tuple[str, int]:
    """What splits the header best, and the line where reading starts (after Excel's `sep=`)."""
    first = file.readline(LONGEST_LINE)
    if directive := re.fullmatch(r"\"?sep=([,;\t])\"?\s*", first):
        return directive[1], 2

    def fit(delimiter: str) -> tuple[int, int]:
        file.seek(0)
        header = next((row for row in _records(file, delimiter, 1) if any(row.cells)), None)
        cells = [str(cell) for cell in header.cells] if header else []
        return recognised(cells), len(cells)

    return max(DELIMITERS, key=fit), 1


def _records(file: TextIO, delimiter: str, line: int) -> Iterator[Row]:
    """The records from where `file` stands, the next line being number `line`.

    Lines are joined while a quotation mark is open. Where that leads nowhere, only the line that
    opened it is broken: those after it are read again by themselves.
    """
    header: list[str] | None = None
    waiting: deque[str] = deque()  # lines given back

    def following() -> str:
        return waiting.popleft() if waiting else _line(file)

    while text := following():
        lines = [text]
        cells, problem = _parse(lines, delimiter)
        while problem is NEVER_CLOSED and len(lines) < LONGEST_RECORD and (more := following()):
            lines.append(more)
            cells, problem = _parse(lines, delimiter)
        if header and any(cells) and not problem:
            problem = _misfit(cells, header)
        if problem and len(lines) > 1:
            problem = NEVER_CLOSED
            waiting.extendleft(reversed(lines[1:]))
            del lines[1:]
        if header is None and any(cells):
            header = cells
        yield Row(line, () if problem else tuple(cells), problem)
        line += len(lines)


def _parse(lines: list[str], delimiter: str) -> tuple[list[str], str]:
    """The cells of one record, or what is wrong with it."""
    if any(len(line) > LONGEST_LINE for line in lines):
        return [], f"the line is longer than {LONGEST_LINE:,} characters"
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), []), ""
    except csv.Error as error:
        if str(error) == "unexpected end of data":
            return [], NEVER_CLOSED
        return [], "a quotation mark is followed by more text: inside a cell it is written twice"


def _misfit(cells: list[str], header: list[str]) -> str:
    """What is wrong if the cells are not as many as the headings, empty ones at the end apart."""
    least = max(position for position, heading in enumerate(header, start=1) if heading)
    if len(cells) >= least and not any(cells[len(header) :]):
        return ""
    few_or_many = "few" if len(cells) < least else "many"
    return f"too {few_or_many} columns: {len(cells)}, and the header has {len(header)}"


def _line(file: TextIO) -> str:
    """The next line. Of one that is too long, the start only; the rest is passed over."""
    line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        rest = line
        while rest and not rest.endswith(("\r", "\n")):
            rest = file.readline(LONGEST_LINE)
    return line


class Workbook:
    """The first visible sheet of an XLSX file. It is held in memory, so its size is capped."""

    form = "XLSX"

    def __init__(self, path: Path) -> None:
        _measure(path)
        self.position = 0
        try:
            with CalamineWorkbook.from_path(path) as workbook:
                name = next(
                    one.name
                    for one in workbook.sheets_metadata
                    if one.typ is SheetTypeEnum.WorkSheet
                    and one.visible is SheetVisibleEnum.Visible
                )
                self._sheet = workbook.get_sheet_by_name(name)
        except (CalamineError, StopIteration) as error:
            raise FileInvalid("workbook_without_sheet", file=path) from error
        self.size = self._sheet.end[0] + 1 if self._sheet.end else 0

    def __iter__(self) -> Iterator[Row]:
        self.position = 0
        for line, cells in enumerate(self._sheet.iter_rows(), start=1):
            self.position = line
            yield Row(line, tuple(cells))

    def close(self) -> None:
        """Nothing is left open."""


def _measure(path: Path) -> None:
    """Unpack the whole archive to nowhere. Raises FileInvalid if it is broken or far too large.

    A reader of sheets allots the rectangle that they span, so a cell at XFD1048576 is a bomb too.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST_WORKBOOK:
                raise FileInvalid("workbook_too_large", megabytes=LARGEST_WORKBOOK >> 20, file=path)
            for one in archive.infolist():
                with archive.open(one) as part:  # read to its end, its size and CRC are checked
                    if _span(part) > MOST_CELLS:
                        raise FileInvalid("workbook_too_many_cells", most=MOST_CELLS, file=path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileInvalid("workbook_damaged", file=path) from error


def _span(part: IO[bytes]) -> int:
    """How many cells the rectangle from A1 to the last cell holds; 0 for what is not a sheet."""
    last, columns = 0, {b""}
    tail = b""
    while block := part.read(BLOCK):
        for column, row in _PLACE.findall(tail + block):
            last = max(last, int(row))
            columns.add(column)
        tail = block[-300:]
    return last * max(1, *(_column_number(column) for column in columns))


def _column_number(letters: bytes) -> int:
    return reduce(lambda number, letter: number * 26 + letter - ord("@"), letters, 0)
