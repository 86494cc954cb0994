"""Reads the spreadsheet that an association already has: good lines, and what is wrong with others.

Every line that is not blank comes out, as an Entry or a BadLine, as it is read: memory does not
grow with a CSV (P9).

A file that anybody may have made is better read by `reader`, which does this in another process.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Self

from communique.domain.text import abbreviated
from communique.errors import FileInvalid, Invalid
from communique.roster import cells, columns, export, numbering, refusals, stems
from communique.roster.lines import Interpreter, Line, Reading, Values, line
from communique.roster.records import Cell, Row
from communique.roster.rows import TOP, open_rows

SAMPLE = 200  # rows below the headings that show what a column holds
TOGETHER = 200  # rows that are interpreted at once
_UNFIT: dict[str, columns.Unfit] = {
    "member": cells.ticked_off,
    "role": columns.honorifics,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a spreadsheet is and what its columns are taken for, for people to look at first."""

    form: str  # what it was saved as: encoding and delimiter, or a workbook and its sheet
    line: int  # where the headings stand
    columns: dict[str, str]  # which heading is taken for which field
    remembered: tuple[str, ...]  # of these headings, which the association declares
    noes: tuple[str, ...]  # the headings under which people are found who said no elsewhere
    ignored: tuple[str, ...]  # the headings that are taken for nothing
    persons: tuple[str, ...]  # of these, the headings of what numbers people
    doubts: dict[str, tuple[str, ...]]  # fields that several columns might be: none is taken
    samples: tuple[str, ...]  # words with accents, to see by whether it is read rightly
    others: tuple[str, ...]  # the sheets that are not read
    exported: bool  # an export of ours: its empty cells under “Lists” say that there is none
    size: int  # how far `position` goes: octets of a CSV, rows of a workbook
    # Each column, where the file is only looked at: how it is chosen, what it is taken for
    # (`columns.NO`: who said no; empty: nothing), and some of what stands in it.
    seen: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    trouble: dict[str, Any] | None = None  # why it cannot be read so, likewise: a fact, plain

    def plain(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self)


class Sheet:
    """An open spreadsheet, its headings understood. Iterate to read it, from the top each time.

    Raises FileInvalid.
    """

    def __init__(self, file: Path | BinaryIO, reading: Reading) -> None:
        self.path = file if isinstance(file, Path) else None
        line_number: int | None = None
        try:
            self._file: BinaryIO = file.open("rb") if isinstance(file, Path) else file
        except OSError as error:
            raise FileInvalid(
                "file_unreadable", reason=error.strerror or str(error), file=self.path
            ) from error
        try:
            self._state = _state(self._file)
            self._reading = reading
            # By whatever heading: it is only counted how many of them a row has.
            alike = {heading: heading for heading in reading.remembered}
            self._named_columns = {**alike, **reading.columns}
            self._rows = open_rows(
                *(self._file, self._fit, _tells_no),
                encoding=reading.encoding,
                sheet=reading.sheet,
            )
            header = self._find_header(self._rows.top())
            line_number = header.line
            self._layout(header)
        except Invalid as error:
            self.close()
            near = error.fields.get("near", line_number)
            raise FileInvalid.of(error, file=self.path, line=near) from error
        except BaseException:
            self.close()
            raise

    def _fit(self, rows: Sequence[Sequence[Cell]]) -> tuple[int, int]:
        """How many fields the best row of some names, and how many columns that has."""
        return max(
            (
                (columns.recognised(_texts(one), self._named_columns), len(one))
                for one in rows
                if len(one)
            ),
            default=(0, 0),
        )

    def _find_header(self, top: Sequence[Row]) -> Row:
        filled = [row for row in top if not _blank(row)]
        if not filled:
            raise Invalid("spreadsheet_empty")
        best = max(filled, key=lambda row: self._fit([row.cells])[0])
        if self._fit([best.cells])[0]:
            return best
        if problem := filled[0].problem:
            raise Invalid(problem.code, **problem.fields, near=filled[0].line)
        if any("@" in str(cell) for row in filled for cell in row.cells):
            raise Invalid("headings_missing", near=filled[0].line)
        return filled[0]

    def _layout(self, header: Row) -> None:
        headings = _texts(header.cells)
        while headings and not headings[-1]:
            headings.pop()
        self._width = len(headings)
        self._header = header.line
        below = (row for row in self._rows.rows(None) if row.line > header.line)
        sample = [_texts(row.cells) for row in islice(below, SAMPLE)]
        trouble = None
        try:
            placed, remembered, noes = self._place(headings, sample)
        except Invalid as error:
            if not self._reading.looking:
                raise
            trouble = error.fact.plain()
            placed, remembered, noes = columns.Columns(columns.plain(headings), {}), (), ()
        taken = {*placed.places.values(), *(one.position for one in noes)}
        self.layout = Layout(
            self._rows.form,
            header.line,
            {field: _shown(headings[position]) for field, position in placed.places.items()},
            tuple(_shown(one) for one in remembered),
            tuple(_shown(one.heading) for one in noes),
            tuple(_shown(h) for n, h in enumerate(headings) if h and n not in taken),
            numbering.of_people(headings, taken),
            dict(placed.doubts),
            self._rows.samples,
            self._rows.others,
            export.is_heading(headings),
            self._rows.size,
            columns.seen(headings, placed.places, {one.position for one in noes}, sample)
            if self._reading.looking
            else (),
            trouble,
        )

    def _place(
        self, headings: Sequence[str], sample: Sequence[Sequence[str]]
    ) -> tuple[columns.Columns, Collection[str], Sequence[refusals.Column]]:
        """What each column is taken for; and from then on, lines are made by it."""
        chosen = self._reading.columns
        wanted = {
            heading: field
            for heading, field in self._reading.remembered.items()
            if field not in chosen  # who says otherwise of this file is heard
        }
        remembered = columns.remembered(headings, wanted)
        placed = columns.place(
            headings,
            {**remembered, **chosen},
            ignored=self._reading.ignored,
            sample=sample,
            unfit=_UNFIT,
        )
        if not {"reference"} & {*remembered, *chosen} and numbering.is_of_people(
            placed.places, sample
        ):
            heading = headings[placed.places["reference"]]
            raise Invalid("column_numbers_people", heading=_shown(heading))
        left_out = columns.positions(headings, self._reading.ignored)
        noes = refusals.found(headings, {*placed.places.values(), *left_out})
        taken = {*placed.places.values(), *(one.position for one in noes)}
        unused = {
            n: _shown(h)
            for n, h in enumerate(headings)
            if h and n not in taken and n not in left_out
        }
        if asked := refusals.asked(headings, taken | left_out, sample):
            raise Invalid("columns_may_be_no", headings=[_shown(one) for one in asked])
        named = self._named()
        if named and not noes:
            raise Invalid("file_named_no", name=abbreviated(named))
        self._interpreter = Interpreter(placed.places, self._reading, noes, unused, named)
        return placed, remembered.values(), noes

    def _named(self) -> str:
        """The name of the file, or of its sheet, if that says that all in it said no."""
        name = self._reading.name or (self.path.name if self.path else "")
        for one in (name.rpartition(".")[0] or name, self._rows.sheet):
            if stems.telling(one):
                return one
        return ""

    @property
    def position(self) -> int:
        """How much of the layout's `size` was read so far."""
        return self._rows.position

    def __iter__(self) -> Iterator[Line]:
        return map(line, self.values())

    def values(self) -> Iterator[Values]:
        """The lines as plain tuples. Raises FileInvalid if the file changed meanwhile."""
        rows = self._rows.rows(self._width if self._rows.exact else None)
        wanted = (row for row in rows if row.line > self._header and not _blank(row))
        while some := list(islice(wanted, TOGETHER)):
            yield from self._interpreter.many(some)
        if _state(self._file) != self._state:
            raise FileInvalid("file_changed", file=self.path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _tells_no(name: str, rows: Iterator[Row]) -> bool:
    """Whether a sheet says that some in it are not to be written to: by name, or in a column."""
    filled = (row for row in rows if not _blank(row))
    top = list(islice(filled, TOP))
    if not top or stems.telling(name):
        return bool(top)
    header = max(top, key=lambda row: columns.recognised(_texts(row.cells)))
    headings = _texts(header.cells)
    if not any("@" in str(cell) for row in top for cell in row.cells):
        return False
    noes = refusals.found(headings, ())
    return any(
        refusals.read(one, str(row.cells[one.position]), ())
        for row in chain(top, filled)
        for one in noes
        if row.line > header.line and one.position < len(row.cells)
    )


def _state(file: BinaryIO) -> tuple[int, int]:
    now = os.fstat(file.fileno())
    return now.st_size, now.st_mtime_ns


def _texts(row: Sequence[Cell]) -> list[str]:
    """Cells as texts of one line, whatever they hold: to know columns by."""
    return [" ".join(str(cell).split()) for cell in row]


def _shown(heading: str) -> str:
    return abbreviated(heading, columns.LONGEST_SHOWN)


def _blank(row: Row) -> bool:
    if row.problem:
        return False
    for cell in row.cells:
        if cell != "" and (type(cell) is not str or not cell.isspace()):
            return False
    return True
