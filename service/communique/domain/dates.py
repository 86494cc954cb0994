"""Days as people write them, in French or in English: 21 décembre 2026, December 21, 2026."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from communique.errors import Invalid

WEEK = (
    ("monday", "lundi"),
    ("tuesday", "mardi"),
    ("wednesday", "mercredi"),
    ("thursday", "jeudi"),
    ("friday", "vendredi"),
    ("saturday", "samedi"),
    ("sunday", "dimanche"),
)
_MONTHS = (
    ("january", "jan", "janvier", "janv"),
    ("february", "feb", "fevrier", "fevr"),
    ("march", "mar", "mars"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juin"),
    ("july", "jul", "juillet", "juil"),
    ("august", "aug", "aout"),
    ("september", "sep", "sept", "septembre"),
    ("october", "oct", "octobre"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WORD = r"[^\W\d_]+"
_DAY = re.compile(
    rf"(?:(?:le\s+)?(?P<weekday>{_WORD}),?\s+)?"
    rf"(?:(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?P<month>{_WORD})\.?,?"
    rf"|(?P<month_first>{_WORD})\.?\s+(?P<day_then>\d{{1,2}})(?:st|nd|rd|th)?,?)"
    r"\s+(?P<year>\d{4})(?!\d)"
)


def read(text: str) -> date:
    """The day of a text that says nothing else. Raises Invalid."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    if (found := leading(text)) and not found[1]:
        return found[0]
    raise Invalid("day_unreadable", text=text)


def leading(text: str) -> tuple[date, str] | None:
    """The day, by the name of its month, that a text begins with, and what comes after it.

    Raises Invalid for a day that is another of the week than it says.
    """
    plain = _plain(text)
    if not (found := _DAY.match(plain)):
        return None
    month = _MONTH.get(found["month"] or found["month_first"])
    weekday = found["weekday"]
    named = next((n for n, names in enumerate(WEEK) if weekday in names), None)
    if month is None or (weekday not in (None, "le") and named is None):
        return None
    try:
        day = date(int(found["year"]), month, int(found["day"] or found["day_then"]))
    except ValueError as error:
        raise Invalid("day_unreadable", text=text) from error
    if named is not None and named != day.weekday():
        raise Invalid("day_of_another_name", text=text, day=f"{day}")
    return day, plain[found.end() :].strip(" ,")


def _plain(text: str) -> str:
    """Without case and accents, and with plain spaces."""
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))
