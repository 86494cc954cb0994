"""Hours as people mean them: a local time in a zone, and the instants it stands for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from communique.domain.release import Schedule
from communique.errors import Invalid

# Spelled out, so that “2 months” is never taken for two minutes.
_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconde"), timedelta(seconds=1)),
    **dict.fromkeys(("min", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "heure"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "j", "jour"), timedelta(days=1)),
    **dict.fromkeys(("week", "semaine"), timedelta(weeks=1)),
}
_IN = re.compile(r"(?:in|dans) (\d{1,20}) ?([^\W\d_]+)", re.IGNORECASE)


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
    there = meant.astimezone(UTC)
    if there.astimezone(meant.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(
            "hour_leapt_over", hour=f"{local:%H:%M}", zone=zone_name, day=f"{local:%Y-%m-%d}"
        )
    return there


def read(text: str, zone_name: str, now: datetime) -> datetime:
    """The instant that a person wrote: `2027-06-03 09:00` (in the zone), ISO 8601 with an offset,
    `now`, or `in 10 minutes`, `in 3 jours`. Raises Invalid.
    """
    text = text.strip()
    if text.casefold() == "now":
        return now
    try:
        if relative := _IN.fullmatch(text):
            return now + int(relative[1]) * _unit(relative[2])
        return _written(text, zone_name)
    except OverflowError as error:
        raise Invalid("hour_beyond_calendar", text=text) from error


def _unit(word: str) -> timedelta:
    known = word.casefold()
    if known not in _UNITS and len(known) > 2:
        known = known.removesuffix("s")
    if known not in _UNITS:
        raise Invalid("time_unit_unknown", unit=word)
    return _UNITS[known]


def _written(text: str, zone_name: str) -> datetime:
    try:
        written = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("hour_unreadable", text=text) from error
    if _is_a_day(text):
        raise Invalid("hour_missing", text=text, day=f"{written:%Y-%m-%d}")
    return written.astimezone(UTC) if written.tzinfo else instant(written, zone_name)


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def day(moment: datetime, zone_name: str) -> date:
    """Which day it is in a zone at an instant."""
    return moment.astimezone(zone(zone_name)).date()


def described(schedule: Schedule) -> str:
    """The hour as people mean it, with its zone: `2027-06-03 09:00 America/Toronto`."""
    local = schedule.send_at.astimezone(zone(schedule.zone))
    everywhere = ", and at that local hour elsewhere" if schedule.wall else ""
    return f"{local:%Y-%m-%d %H:%M} {schedule.zone}{everywhere}"


def due(schedule: Schedule, zone_name: str) -> datetime:
    """When a release goes to an association in this zone: at its instant, or at the local hour."""
    if not schedule.wall:
        return schedule.send_at
    local = schedule.send_at.astimezone(zone(schedule.zone)).replace(tzinfo=None)
    return instant(local, zone_name)
