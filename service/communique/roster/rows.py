"""Spreadsheets as rows of cells, whatever they were saved as: CSV in its many forms, XLSX or ODS.

A CSV is read as a stream in bounded memory. A workbook is held whole, which is why whoever is not
sure of a file reads it in a process of its own (`reader`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Protocol

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from communique.domain.text import abbreviated
from communique.errors import Invalid
from communique.roster import encodings, kinds
from communique.roster.records import DELIMITERS, Cell, Records, Row, directive

MOST_CELLS = 5_000_000  # in the rectangle that what has a value spans
TOP = 20  # rows within which the headings stand

Fit = Callable[[Sequence[Sequence[Cell]]], tuple[int, int]]  # how well rows look like a roster's
TellsNo = Callable[[str, Iterator[Row]], bool]  # whether a sheet says that people said no


class Rows(Protocol):
    """An open spreadsheet. `position` moves from 0 to `size` while rows are read, for a bar."""

    @property
    def form(self) -> str:
        """What it was saved as, for people."""

    @property
    def samples(self) -> tuple[str, ...]:
        """Words whose letters are beyond ASCII, to see by whether it is read rightly."""

    @property
    def others(self) -> tuple[str, ...]:
        """The names of the other sheets that people see in it."""

    @property
    def sheet(self) -> str:
        """The name of the sheet that is read; empty where there are none."""

    @property
    def size(self) -> int:
        """Octets of a CSV, rows of a workbook."""

    @property
    def position(self) -> int:
        """How much of `size` was read."""

    @property
    def exact(self) -> bool:
        """Whether a row can have more cells than there are headings, if it was written wrongly."""

    def top(self) -> list[Row]:
        """The rows among which the headings stand."""

    def rows(self, width: int | None) -> Iterator[Row]:
        """Every record from the first, blank ones included; none may fill more than `width`."""


def open_rows(
    file: BinaryIO, fit: Fit, tells_no: TellsNo, *, encoding: str | None, sheet: str | None
) -> Rows:
    """The rows of an open file. `fit` is what tells delimiters and sheets apart by.

    Where nobody chose a sheet, none is left unread that `tells_no`: somebody has to (P11).
    Raises Invalid, saying what the file is instead, or what has to be chosen.
    """
    kind = kinds.told(file)
    if kind is kinds.Kind.TEXT:
        if sheet is not None:
            raise Invalid("sheet_unknown", sheet=abbreviated(sheet), sheets=[])
        return Csv(file, fit, encoding)
    return Workbook(file, kind, fit, tells_no, sheet)


class Csv:
    """Text with delimiters."""

    others = ()
    sheet = ""
    exact = True

    def __init__(self, file: BinaryIO, fit: Fit, encoding: str | None) -> None:
        self._octets = file
        self._encoding = encodings.decide(file, encoding)
        self.samples = self._encoding.samples
        self.size = file.seek(0, 2)
        named = directive(self._text().readline(100))
        self._first_line = 2 if named else 1
        self._delimiter = named or max(DELIMITERS, key=lambda one: fit(self._cells(one)))

    @property
    def form(self) -> str:
        """Encoding and delimiter."""
        return f"CSV, {self._encoding.name}, {DELIMITERS[self._delimiter]}"

    @property
    def position(self) -> int:
        """Octets read so far, as far as the buffer went."""
        return self._octets.tell()

    def top(self) -> list[Row]:
        """The first rows, of any width."""
        return list(islice(self.rows(None), TOP))

    def rows(self, width: int | None) -> Iterator[Row]:
        """Every record from the first."""
        return iter(self._records(self._delimiter, width))

    def _cells(self, delimiter: str) -> list[Sequence[Cell]]:
        return [row.cells for row in islice(self._records(delimiter, None), TOP)]

    def _records(self, delimiter: str, width: int | None) -> Records:
        text = self._text()
        if self._first_line > 1:
            text.readline()
        records = Records(text, delimiter, self._first_line)
        records.width = width
        return records

    def _text(self) -> TextIOWrapper:
        self._octets.seek(0)
        # What is not good in the encoding is the trouble of the line that uses it: the cells that
        # hold such halves of characters are refused.
        errors = "strict" if self._encoding.codec.startswith("utf-16") else "surrogateescape"
        return _Borrowed(self._octets, self._encoding.codec, errors, newline="")


class _Borrowed(TextIOWrapper):
    """Text over a file that is not its own to close."""

    def close(self) -> None:
        """Leave the file as it is."""


class Workbook:
    """One sheet of a workbook."""

    exact = False
    samples = ()

    def __init__(
        self, file: BinaryIO, kind: kinds.Kind, fit: Fit, tells_no: TellsNo, chosen: str | None
    ) -> None:
        self.position = 0
        file.seek(0)
        try:
            with CalamineWorkbook.from_filelike(file) as workbook:
                every = [
                    one for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet
                ]
                seen = [
                    one.name
                    for one in every
                    if one.visible is SheetVisibleEnum.Visible or one.name == chosen
                ]
                if not seen:
                    raise Invalid("workbook_without_sheet")
                self._name = _chosen(seen, chosen)
                self._sheet = workbook.get_sheet_by_name(self._name)
                if chosen is None and len(seen) > 1:
                    self._prefer(workbook, seen, fit)
                if chosen is None:
                    self._ask(workbook, [one.name for one in every], tells_no)
        except PasswordError as error:
            raise Invalid("workbook_protected") from error
        except CalamineError as error:
            raise Invalid("workbook_damaged") from error
        self.sheet = self._name
        self.others = tuple(one for one in seen if one != self._name)
        self.form = f"{kind}, sheet “{abbreviated(self._name, 40)}”" if self.others else str(kind)
        self.size = self._sheet.end[0] + 1 if self._sheet.end else 0
        if self._sheet.end and self.size * (self._sheet.end[1] + 1) > MOST_CELLS:
            raise Invalid("workbook_too_many_cells", most=MOST_CELLS)

    def _prefer(self, workbook: CalamineWorkbook, seen: Sequence[str], fit: Fit) -> None:
        """The first sheet that looks like a roster, where the very first does not."""
        for name in seen:
            sheet = workbook.get_sheet_by_name(name)
            if fit([row.cells for row in islice(_rows(sheet), TOP)])[0]:
                self._name, self._sheet = name, sheet
                return

    def _ask(self, workbook: CalamineWorkbook, names: Sequence[str], tells_no: TellsNo) -> None:
        """Leave no sheet unread, be it hidden, in which people may have said no. Raises Invalid."""
        unread = [
            abbreviated(one, 40)
            for one in names
            if one != self._name and tells_no(one, _rows(workbook.get_sheet_by_name(one)))
        ]
        if unread:
            raise Invalid("sheets_may_be_no", sheet=abbreviated(self._name, 40), sheets=unread)

    def top(self) -> list[Row]:
        """The first rows."""
        return list(islice(_rows(self._sheet), TOP))

    def rows(self, width: int | None) -> Iterator[Row]:
        """Every row; those above the first that has a value are counted."""
        for row in _rows(self._sheet):
            self.position = row.line
            yield row


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        yield Row(line, cells)


def _chosen(sheets: Sequence[str], chosen: str | None) -> str:
    """A sheet by its name or, if none is called so, by its number."""
    if chosen is None:
        return sheets[0]
    folded = chosen.strip().casefold()
    named = [one for one in sheets if one == chosen] or [
        one for one in sheets if one.strip().casefold() == folded
    ]
    if len(named) == 1:
        return named[0]
    if not named and chosen.isdecimal() and 1 <= int(chosen) <= len(sheets):
        return sheets[int(chosen) - 1]
    raise Invalid("sheet_unknown", sheet=abbreviated(chosen), sheets=list(sheets))
