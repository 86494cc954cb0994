"""Hours as people mean them: a local time in a zone, and the instants it stands for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from communique.domain.release import Schedule
from communique.errors import Invalid

_IN = re.compile(r"in (\d+) ?(s|m|h|d)\w*|now", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"“{name}” is not the name of a time zone", remedy="write it like America/Toronto"
        ) from error


def instant(local: datetime, zone_name: str) -> datetime:
    """The UTC instant of a local time. Raises Invalid for an hour that the clocks leap over.

    An hour that comes twice is taken the first time.
    """
    meant = local.replace(tzinfo=zone(zone_name), fold=0)
    there = meant.astimezone(UTC)
    if there.astimezone(meant.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid(
            f"there is no {local:%H:%M} in {zone_name} on {local:%Y-%m-%d}: the clocks go forward",
            remedy="choose an hour before or after the change",
        )
    return there


def read(text: str, zone_name: str, now: datetime) -> datetime:
    """The instant that a person wrote: `2027-06-03 09:00` (in the zone), ISO 8601 with an offset,
    `now`, or `in 10 minutes`. Raises Invalid.
    """
    text = text.strip()
    if relative := _IN.fullmatch(text):
        if not relative[1]:
            return now
        return now + timedelta(**{_UNITS[relative[2].lower()]: int(relative[1])})
    try:
        written = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"“{text}” is not a date and an hour",
            remedy="write it like “2027-06-03 09:00” or “in 10 minutes”",
        ) from error
    return written.astimezone(UTC) if written.tzinfo else instant(written, zone_name)


def due(schedule: Schedule, zone_name: str) -> datetime:
    """When a release goes to an association in this zone: at its instant, or at the local hour."""
    if not schedule.wall:
        return schedule.send_at
    local = schedule.send_at.astimezone(zone(schedule.zone)).replace(tzinfo=None)
    return instant(local, zone_name)
