"""Hours as people mean them: a local time in a zone, and the instants it stands for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from communique.domain.dates import WEEK, leading
from communique.domain.release import Schedule
from communique.errors import Invalid
from communique.facts import Fact

MINUTE = "%Y-%m-%d %H:%M"

# Spelled out, so that “2 months” is never taken for two minutes.
_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconde"), timedelta(seconds=1)),
    **dict.fromkeys(("min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "heure"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "j", "jour"), timedelta(days=1)),
    **dict.fromkeys(("week", "semaine"), timedelta(weeks=1)),
}
_IN = re.compile(
    r"(?:in|dans) (?:(?P<count>\d{1,20}) ?|(?:an?|une?) )(?P<unit>[^\W\d_]+)", re.IGNORECASE
)


# A day by its name, counted from today, or its place in the week.
_DAYS = {"today": 0, "aujourd'hui": 0, "aujourd’hui": 0, "tomorrow": 1, "demain": 1}
# `9:00`, `9h`, `9 h 30`, `9am`, with or without a day before it.
_CLOCK = re.compile(
    r"(?:(?!at\s|à\s|a\s)(?P<day>\S+?),?\s+)?(?:(?:at|à|a)\s+)?"
    r"(?P<hour>\d{1,2})(?:(?P<h>\s?h\s?)(?P<past>\d{2})?|:(?P<minute>\d{2}))?"
    r"\s?(?P<half>[ap]\.?m\.?)?"
)
# EST is one offset all year, so in June it is not the hour in Boston; PST8PDT knows no place's law.
_ABBREVIATION = re.compile(r"(?!UTC|GMT)[A-Z]{2,4}(\d[A-Z]{2,4})?")


def place(name: str) -> str:
    """The name of a zone that follows a place's clocks. Raises Invalid for `EST` and the like."""
    if _ABBREVIATION.fullmatch(name.strip().upper()):
        raise Invalid("time_zone_abbreviated", zone=name)
    return zone(name).key


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("time_zone_unknown", zone=name) from error


def instant(local: datetime, zone_name: str) -> datetime:
    """The UTC instant of a local time. Raises Invalid for an hour that the clocks leap over.

    An hour that comes twice is taken the first time.
    """
    meant = local.replace(tzinfo=zone(zone_name), fold=0)
    try:
        there = meant.astimezone(UTC)
    except OverflowError as error:
        raise Invalid("hour_beyond_calendar", text=f"{local:%Y-%m-%d %H:%M}") from error
    if there.astimezone(meant.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(
            "hour_leapt_over", hour=f"{local:%H:%M}", zone=zone_name, day=f"{local:%Y-%m-%d}"
        )
    return there


def read(text: str, zone_name: str, now: datetime) -> datetime:
    """The instant that a person wrote: `2027-06-03 09:00` (in the zone), ISO 8601 with an offset,
    `now`, `in 10 minutes`, `dans une heure`, or a clock's hour, of the day that is named or else
    the next: `9:00`, `9 h 30`, `demain 9h`, `Monday 9am`, `4 décembre 2026, 9 h`. Raises Invalid,
    also where the clocks go back and the hour comes twice.
    """
    text = text.strip()
    if text.casefold() in ("now", "maintenant"):
        return now
    try:
        if relative := _IN.fullmatch(text):
            return now + int(relative["count"] or 1) * _unit(relative["unit"])
        return _written(text, zone_name, now)
    except OverflowError as error:
        raise Invalid("hour_beyond_calendar", text=text) from error


def typed(day: str, hour: str) -> str:
    """A day and an hour, as two fields have them, in one text for `read`. There, 9 is 9 o'clock."""
    return f"{day.strip()} {_of_clock(hour)}".strip()


def clock(text: str) -> time:
    """The time of day that a person wrote: `18:00`, `18 h`, `9 h 30`, `6pm`; 9 is 9 o'clock.

    Raises Invalid.
    """
    found = _CLOCK.fullmatch(_of_clock(text).casefold())
    if found is None or found["day"]:
        raise Invalid("hour_unreadable", text=text)
    return _clock(found, text)


def _of_clock(hour: str) -> str:
    hour = hour.strip()
    return f"{hour}:00" if re.fullmatch(r"\d{1,2}", hour) else hour


def _unit(word: str) -> timedelta:
    known = word.casefold()
    if known not in _UNITS and len(known) > 2:
        known = known.removesuffix("s")
    if known not in _UNITS:
        raise Invalid("time_unit_unknown", unit=word)
    return _UNITS[known]


def _written(text: str, zone_name: str, now: datetime) -> datetime:
    try:
        written = datetime.fromisoformat(text)
    except ValueError as error:
        if named := leading(text):
            return _on(*named, text, zone_name)
        if clock := _CLOCK.fullmatch(text.casefold()):
            return _by_clock(clock, text, zone_name, now)
        *_, last = text.split() or [""]
        if last not in ("AM", "PM") and _ABBREVIATION.fullmatch(last):
            raise Invalid("time_zone_abbreviated", zone=last) from error
        raise Invalid("hour_unreadable", text=text) from error
    if _is_a_day(text):
        raise Invalid("hour_missing", text=text, day=f"{written:%Y-%m-%d}")
    return written.astimezone(UTC) if written.tzinfo else _once(written, zone_name)


def _on(day: date, rest: str, text: str, zone_name: str) -> datetime:
    """An hour of a day that was written out."""
    if not rest:
        raise Invalid("hour_missing", text=text, day=f"{day}")
    clock = _CLOCK.fullmatch(rest)
    if clock is None or clock["day"]:
        raise Invalid("hour_unreadable", text=text)
    return _once(datetime.combine(day, _clock(clock, text)), zone_name)


def _by_clock(clock: re.Match[str], text: str, zone_name: str, now: datetime) -> datetime:
    there = now.astimezone(zone(zone_name))
    at = _clock(clock, text)
    named = clock["day"]
    if named in _DAYS:
        return _once(datetime.combine(there.date() + timedelta(days=_DAYS[named]), at), zone_name)
    weekday = next((n for n, names in enumerate(WEEK) if named in names), None)
    if named is None or weekday is not None:
        ahead = 0 if weekday is None else (weekday - there.weekday()) % 7
        meant = datetime.combine(there.date() + timedelta(days=ahead), at)
        if meant < there.replace(tzinfo=None):  # that is over
            meant += timedelta(days=1 if weekday is None else 7)
        return _once(meant, zone_name)
    try:
        return _once(datetime.combine(date.fromisoformat(named), at), zone_name)
    except ValueError as error:
        raise Invalid("hour_unreadable", text=text) from error


def _clock(clock: re.Match[str], text: str) -> time:
    """The time of day. A number alone is none, and neither is 13 o'clock in the afternoon."""
    hour, half = int(clock["hour"]), (clock["half"] or "").replace(".", "")
    told = clock["h"] or clock["minute"] or half
    if not told or (half and (clock["h"] or not 1 <= hour <= 12)):
        raise Invalid("hour_unreadable", text=text)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(clock["minute"] or clock["past"] or 0))
    except ValueError as error:
        raise Invalid("hour_unreadable", text=text) from error


def _once(local: datetime, zone_name: str) -> datetime:
    """The instant of a local time that comes once: a person says which, where it comes twice."""
    first = instant(local, zone_name)
    second = local.replace(tzinfo=zone(zone_name), fold=1)
    if second.astimezone(UTC) != first:
        early = first.astimezone(zone(zone_name))
        raise Invalid(
            "hour_twice",
            hour=f"{local:%H:%M}",
            zone=zone_name,
            day=f"{local:%Y-%m-%d}",
            choices=[one.isoformat(timespec="minutes") for one in (early, second)],
        )
    return first


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def day(moment: datetime, zone_name: str) -> date:
    """Which day it is in a zone at an instant."""
    return moment.astimezone(zone(zone_name)).date()


def midnight(moment: datetime, zone_name: str) -> datetime:
    """When the day began in a zone that it is there at an instant."""
    return instant(datetime.combine(day(moment, zone_name), time()), zone_name)


def described(schedule: Schedule) -> Fact:
    """The hour as people mean it, with its zone: `2027-06-03 09:00 America/Toronto`."""
    local = schedule.send_at.astimezone(zone(schedule.zone))
    code = "hour_in_each_zone" if schedule.wall else "hour_in_zone"
    return Fact(code, hour=f"{local:{MINUTE}}", zone=schedule.zone)


def in_utc(moment: datetime) -> Fact:
    """The same of an instant that was meant in no zone."""
    return Fact("hour_in_zone", hour=f"{moment.astimezone(UTC):{MINUTE}}", zone="UTC")


def due(schedule: Schedule, zone_name: str) -> datetime:
    """When a release goes to an association in this zone: at its instant, or at the local hour."""
    if not schedule.wall:
        return schedule.send_at
    local = schedule.send_at.astimezone(zone(schedule.zone)).replace(tzinfo=None)
    return instant(local, zone_name)
