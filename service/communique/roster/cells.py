"""What a cell says: texts, dates, languages and lists, as people write them in a spreadsheet.

Each reader gives a value or raises Invalid with the reason; none of them guesses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from babel import Locale

from communique.domain.text import abbreviated, header_safe
from communique.errors import Invalid
from communique.roster.columns import folded
from communique.roster.rows import Cell

LONGEST = 500  # characters: a name or a role longer than this is a slip
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(10_000, 100_000)  # 1927 to 2173; less is a year, or a mistake
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


# The same inside a text, where a cell begins for a program that reads with another delimiter.
_INSIDE = re.compile(r"""([,;\t|][\s"]*)('*)(?=[=+\-@＝＋－＠])""")


def protected(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: an apostrophe goes before `= + - @`.

    It does so behind every delimiter as well, since `Foo;=1+1` is two cells to whoever opens a
    comma's file with semicolons.
    """
    text = _INSIDE.sub(r"\1'\2", text)
    return f"'{text}" if _FORMULA.match(text) else text


def unprotected(text: str) -> str:
    """The inverse of `protected`."""
    text = text[1:] if text.startswith("'") and _FORMULA.match(text) else text
    return _INSIDE.sub(lambda found: found[1] + found[2][1:], text)


def text(cell: Cell, what: str, *, required: bool = False) -> str:
    """One line of text in NFC. A number is written without the `.0` that Excel gives it."""
    written = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    written = unprotected(header_safe(written.strip(), what)).strip()
    if required and not written:
        raise Invalid("cell_empty", what=what)
    if len(written) > LONGEST:
        raise Invalid("cell_too_long", what=what, longest=LONGEST)
    return written


# What a column of yes and no says: it is no company's name.
_YES_OR_NO = frozenset({"yes", "no", "oui", "non", "true", "false", "vrai", "faux"})


def company(cell: Cell, *, numbered: bool) -> str:
    """The name of a company, its blanks made one; empty if there is none.

    One that has a number besides may be called `Oui`.
    """
    name = " ".join(text(cell, "the member’s name").split())
    if not numbered and folded(name) in _YES_OR_NO:
        raise Invalid("company_yes_or_no", written=name)
    return name


class DayOrder(StrEnum):
    """Which number comes first in 03/06/2024."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def day(cell: Cell, what: str, order: DayOrder | None = None) -> date | None:
    """A date, from a cell that is one, or written 2024-06-03; None if it is empty.

    03/06/2024 is read in the `order` that somebody said the file has. Without one it is refused:
    it is June to some readers and March to others. So is 13/06/2024, although it can only be June:
    the next line of the same file may be 03/06/2024, and one file has one order.
    """
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case int() | float() if int(cell) in _EXCEL_DAYS:
            return _EXCEL_DAY_ZERO + timedelta(days=int(cell))
    written = text(cell, what)
    if not written:
        return None
    if form := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ][\d:.]+)?", written):
        year, month, number = map(int, form.groups())
        return _in_calendar(year, month, number, what, written)
    if form := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", written):
        first, second, year = map(int, form.groups())
        match order:
            case DayOrder.DAY_FIRST:
                return _in_calendar(year, second, first, what, written)
            case DayOrder.MONTH_FIRST:
                return _in_calendar(year, first, second, what, written)
        raise Invalid("date_order_unknown", what=what, written=abbreviated(written))
    if re.fullmatch(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}", written):
        raise Invalid("date_without_century", what=what, written=abbreviated(written))
    raise Invalid("date_unreadable", what=what, written=abbreviated(written))


def _in_calendar(year: int, month: int, number: int, what: str, written: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Invalid("date_not_in_calendar", what=what, written=abbreviated(written)) from None


def language(cell: Cell, languages: Collection[str]) -> str:
    """One of `languages`, from its code, with or without a region, or its name; "" if empty."""
    written = text(cell, "the language")
    if not written:
        return ""
    code = re.split("[-_]", written.casefold())[0]
    found = code if code in languages else _language_names(tuple(languages)).get(folded(written))
    if found is None:
        raise Invalid(
            "language_not_spoken", written=abbreviated(written), languages=list(languages)
        )
    return found


@cache
def _language_names(languages: tuple[str, ...]) -> Mapping[str, str]:
    """Their folded names, in French, in English and in each of them."""
    return {
        folded(str(Locale(one).get_language_name(other))): one
        for one in languages
        for other in ("fr", "en", *languages)
    }


def lists(cell: Cell, known: Collection[str]) -> tuple[str, ...]:
    """Keys of lists, separated by blanks, commas, semicolons or bars."""
    keys = tuple(dict.fromkeys(re.findall(r"[^\s,;|]+", text(cell, "the lists").casefold())))
    for key in keys:
        if key not in known:
            raise Invalid("cell_list_unknown", list=abbreviated(key), known=list(known))
    return keys
