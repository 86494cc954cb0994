"""Dates as people write them, in French and English, in a spreadsheet or out of a database.

What may be read in two ways is refused unless somebody said which one the file has.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from math import isfinite

from communique.domain.text import abbreviated
from communique.errors import Invalid
from communique.facts import Fact
from communique.roster.records import Cell

_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173; less is a year, or a mistake
_NO_DAYS = frozenset(
    {date(1, 1, 1), _EXCEL_DAY_ZERO, date(1899, 12, 31)}
)  # what programs call none
_NO_DAYS_WRITTEN = frozenset({"0000-00-00", "00/00/0000", "00-00-0000", "0"})
LONGEST = 60  # characters of a date in words
YEARS_AHEAD = 100  # what lies beyond means that there is no end

_HOUR = (
    r"(?:[T ]\s*\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?)?"
    r"(?:\s*(?:Z|UTC|GMT|[A-Z]{3,4}|[+-]\d{2}:?\d{2}))?"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_HOUR}", re.IGNORECASE)
_TOGETHER = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}){_HOUR}", re.IGNORECASE)
_NO_CENTURY = re.compile(rf"\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2}}{_HOUR}", re.IGNORECASE)
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th|e)?[\s-]+(?:de\s+)?([a-z]+)\.?,?[\s-]+(?:de\s+)?(\d{4})"
)
_MONTH_DAY = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH_YEAR = re.compile(r"(?:(\d{1,2})[-/.]|([a-z]+)\.?[\s-]+)(\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_YEAR = re.compile(r"(?:18|19|20)\d\d")

_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january janvier jan janv",
            "february fevrier feb fev fevr",
            "march mars mar",
            "april avril apr avr",
            "may mai",
            "june juin jun",
            "july juillet jul juil",
            "august aout aug",
            "september septembre sep sept",
            "october octobre oct",
            "november novembre nov",
            "december decembre dec",
        ),
        start=1,
    )
    for name in names.split()
}


class DayOrder(StrEnum):
    """Which number comes first in 03/06/2024."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Side(Enum):
    """Which day a month or a year alone stands for."""

    START = "start"
    END = "end"


def day(
    cell: Cell, what: str, order: DayOrder | None = None, side: Side = Side.START
) -> date | None:
    """A date, from a cell that is one or in words or figures; None if it is empty or says none.

    2019 and 06/2019 are their first day, or the last one where an end is asked for.

    03/06/2024 is read in the `order` that somebody said the file has. Without one it is refused:
    it is June to some readers and March to others. So is 13/06/2024, although it can only be June:
    the next line of the same file may be 03/06/2024, and one file has one order.
    """
    match cell:
        case datetime():
            found: date | None = cell.date()
        case date():
            found = cell
        case bool():
            found = _written(str(cell), what, order, side)
        case int() | float():
            found = _number(cell, what, order, side)
        case _:
            found = _written(str(cell).strip(), what, order, side)
    return None if found in _NO_DAYS else found


def _number(cell: float, what: str, order: DayOrder | None, side: Side) -> date | None:
    if not isfinite(cell):
        raise Invalid("number_unusable", what=Fact(what))
    if int(cell) in _EXCEL_DAYS:
        return _EXCEL_DAY_ZERO + timedelta(days=int(cell))
    return _written(str(int(cell)) if cell == int(cell) else str(cell), what, order, side)


def _written(text: str, what: str, order: DayOrder | None, side: Side) -> date | None:
    if not text or text in _NO_DAYS_WRITTEN:
        return None

    def exactly(year: str, month: str | int, number: str) -> date:
        return _in_calendar(int(year), int(month), int(number), what, text)

    if form := _YEAR_FIRST.fullmatch(text):
        if form[1] == "0000":
            return None
        return exactly(form[1], form[3], form[4])
    if form := _TOGETHER.fullmatch(text):
        return exactly(*form.groups())
    if text.isdecimal() and int(text) in _EXCEL_DAYS and len(text) == 5:
        return _EXCEL_DAY_ZERO + timedelta(days=int(text))
    if form := _YEAR_LAST.fullmatch(text):
        first, second, year = form.groups()
        match order:
            case DayOrder.DAY_FIRST:
                return exactly(year, second, first)
            case DayOrder.MONTH_FIRST:
                return exactly(year, first, second)
        raise Invalid("date_order_unknown", what=Fact(what), written=abbreviated(text))
    if _NO_CENTURY.fullmatch(text):
        raise Invalid("date_without_century", what=Fact(what), written=abbreviated(text))
    return _in_words(text, what, side)


def _in_words(text: str, what: str, side: Side) -> date:
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).casefold()
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    if (form := _DAY_MONTH.fullmatch(plain)) and form[2] in _MONTHS:
        return _in_calendar(int(form[3]), _MONTHS[form[2]], int(form[1]), what, text)
    if (form := _MONTH_DAY.fullmatch(plain)) and form[1] in _MONTHS:
        return _in_calendar(int(form[3]), _MONTHS[form[1]], int(form[2]), what, text)
    year = month = 0
    if form := _YEAR_MONTH.fullmatch(plain):
        year, month = int(form[1]), int(form[2])
    elif form := _MONTH_YEAR.fullmatch(plain):
        year, month = int(form[3]), int(form[1]) if form[1] else _MONTHS.get(form[2], 0)
    elif _YEAR.fullmatch(plain):
        return date(int(plain), 1, 1) if side is Side.START else date(int(plain), 12, 31)
    if not year or not 1 <= month <= 12:
        raise Invalid("date_unreadable", what=Fact(what), written=abbreviated(text))
    last = calendar.monthrange(year, month)[1]
    return date(year, month, 1 if side is Side.START else last)


def _in_calendar(year: int, month: int, number: int, what: str, written: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Invalid(
            "date_not_in_calendar", what=Fact(what), written=abbreviated(written)
        ) from None
