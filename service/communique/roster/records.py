"""CSV as records, as fast as the C reader, and no broken line takes its neighbours along.

Blocks of plain lines are read at once. Where quotation marks span lines or are astray, lines are
taken one by one: they are joined while a mark is open, however long the cell is; where that leads
nowhere, only the line that opened it is broken, and those after it are read again by themselves.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TextIO

from communique.errors import Invalid

LONGEST_LINE = 1 << 20  # characters; a cell of Excel has at most 32,767
LONGEST_RECORD = 4 << 20  # characters: a mark still open then was never meant to be one
LINES = 200  # read at once
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
NEVER_CLOSED = "quotation_never_closed"

csv.field_size_limit(LONGEST_RECORD)

Cell = str | int | float | bool | date | datetime | time | timedelta


class Row(NamedTuple):
    """One record. `line` is where it starts; `cells` is empty and `problem` set if it is broken."""

    line: int
    cells: Sequence[Cell]
    problem: Invalid | None = None


class Records:
    """The records of a text from where it stands, the next line being number `line`.

    `width` is how many columns a record may fill; unknown (None) until the headings are.
    """

    def __init__(self, file: TextIO, delimiter: str, line: int = 1) -> None:
        self._file = file
        self._delimiter = delimiter
        self._line = line
        self._waiting: deque[str] = deque()  # lines given back
        self.width: int | None = None

    def __iter__(self) -> Iterator[Row]:
        while lines := self._block():
            records = self._plain(lines)
            if records is None:
                self._waiting.extendleft(reversed(lines))
                for _ in lines:
                    if not self._waiting:
                        break
                    yield self._one()
                continue
            for cells in records:
                yield self._fitting(cells)

    def _block(self) -> list[str]:
        if self._waiting:
            lines = list(self._waiting)
            self._waiting.clear()
            return lines
        lines = []
        length = 0
        while len(lines) < LINES and length < LONGEST_LINE and (line := _line(self._file)):
            lines.append(line)
            length += len(line)
        return lines

    def _plain(self, lines: list[str]) -> list[list[str]] | None:
        """The records of lines each of which is one; None if they have to be looked at singly."""
        if max(map(len, lines)) > LONGEST_LINE:
            return None
        try:
            records = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        return records if len(records) == len(lines) else None

    def _fitting(self, cells: list[str]) -> Row:
        line, self._line = self._line, self._line + 1
        if problem := self._misfit(cells):
            return Row(line, (), problem)
        return Row(line, cells)

    def _misfit(self, cells: list[str]) -> Invalid | None:
        """What is wrong with cells beyond the headings. Missing at the end is empty."""
        if self.width is None or len(cells) <= self.width or not any(cells[self.width :]):
            return None
        return Invalid("line_too_wide", columns=len(cells), width=self.width)

    def _one(self) -> Row:
        line = self._line
        lines = [self._waiting.popleft()]
        cells, problem = self._parse(lines)
        length = len(lines[0])
        while _is_open(problem) and length < LONGEST_RECORD and (more := self._next()):
            lines.append(more)
            length += len(more)
            if '"' in more:
                cells, problem = self._parse(lines)
        problem = problem or self._misfit(cells)
        if problem and len(lines) > 1:
            problem = Invalid(NEVER_CLOSED)
            self._waiting.extendleft(reversed(lines[1:]))
            del lines[1:]
        self._line += len(lines)
        return Row(line, () if problem else cells, problem)

    def _next(self) -> str:
        return self._waiting.popleft() if self._waiting else _line(self._file)

    def _parse(self, lines: list[str]) -> tuple[list[str], Invalid | None]:
        """The cells of one record, or what is wrong with it."""
        if any(len(line) > LONGEST_LINE for line in lines):
            return [], Invalid("line_too_long", most=LONGEST_LINE)
        try:
            return next(csv.reader(lines, delimiter=self._delimiter, strict=True), []), None
        except csv.Error as error:
            ended = str(error) == "unexpected end of data"
            return [], Invalid(NEVER_CLOSED if ended else "quotation_followed")


def _is_open(problem: Invalid | None) -> bool:
    return problem is not None and problem.code == NEVER_CLOSED


def directive(first: str) -> str | None:
    """The delimiter that Excel's `sep=` names."""
    found = re.fullmatch(r"\"?sep=([,;\t|])\"?\s*", first)
    return found[1] if found else None


def _line(file: TextIO) -> str:
    """The next line. Of one that is too long, the start only; the rest is passed over."""
    line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        rest = line
        while rest and not rest.endswith(("\r", "\n")):
            rest = file.readline(LONGEST_LINE)
    return line
