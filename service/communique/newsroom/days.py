"""Days and hours in words: by CLDR, in French as people in Québec write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

from communique.domain import when
from communique.domain.newsroom import Story
from communique.wording.typography import clock

_LOCALES = {"fr": "fr_CA"}


def public(moment: datetime, zone: str, language: str) -> tuple[str, str]:
    """The day of an instant in a zone: in words, and for programs."""
    return long(when.day(moment, zone), language), moment.isoformat(timespec="seconds")


def long(day: date, language: str) -> str:
    """`9 juin 2026`, `June 9, 2026`."""
    shown = format_date(day, "long", locale=_locale(language))
    if language == "fr" and day.day == 1:
        return re.sub(r"\b1 ", "1er ", shown, count=1)  # CLDR has no ordinals
    return shown


def short(day: date, language: str, *, year: bool = False) -> str:
    """The same as a column has it."""
    if language == "fr":
        number = "1er" if day.day == 1 else str(day.day)
        return f"{number} {format_date(day, 'MMM y' if year else 'MMM', locale='fr_CA')}"
    return format_date(day, "MMM d, y" if year else "MMM d", locale=_locale(language))


def month(day: date, language: str) -> str:
    """`Juin 2026`, as a heading."""
    name = format_date(day, "LLLL y", locale=_locale(language))
    return name[:1].upper() + name[1:]


def dated(story: Story) -> str:
    """The place and the day that a story speaks from, if it says so."""
    place, text = story.parts.get("place", ""), story.parts.get("dated", "")
    language = story.headline.language
    day = long(date.fromisoformat(text), language) if text else ""
    if place and day and language == "fr":
        return f"{place}, le {day}"
    return ", ".join(filter(None, (place, day)))


def span(starts: str, ends: str, zone: str, language: str) -> str:
    """From when until when something is, in the zone that it is meant in."""
    one, other = moment(starts), moment(ends)
    first = said(starts, language)
    if not isinstance(one, datetime) or not isinstance(other, datetime):
        return first if one == other else f"{first} – {said(ends, language)}"
    last = _hour(other, language) if one.date() == other.date() else said(ends, language)
    until = f" – {last}" if one != other else ""
    return f"{first}{until} ({_zone(one, zone, language)})"


def there(instant: datetime | None, activity: Mapping[str, Any], zone: str, language: str) -> str:
    """When that begins by the clocks of a zone, if they show another hour."""
    starts = moment(activity["starts"])
    if not isinstance(starts, datetime) or instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if local == starts:
        return ""
    return f"{said(local.isoformat(), language)} ({_zone(local, zone, language)})"


def said(text: str, language: str) -> str:
    """A day, or a local hour, in words."""
    found = moment(text)
    if isinstance(found, datetime):
        return f"{long(found.date(), language)}, {_hour(found, language)}"
    return long(found, language)


def moment(text: str) -> date | datetime:
    """A day, or a local hour, as a field has it."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _hour(local: datetime, language: str) -> str:
    """`9 h 30` in French, elsewhere as CLDR has it."""
    if language == "fr":
        return clock(local)
    return format_time(local, "short", locale=_locale(language))


def _zone(local: datetime, zone: str, language: str) -> str:
    """By which clocks: `heure avancée de l’Est`, `Eastern Daylight Time`."""
    return get_timezone_name(local.replace(tzinfo=ZoneInfo(zone)), locale=_locale(language))


def _locale(language: str) -> str:
    return _LOCALES.get(language, language)
