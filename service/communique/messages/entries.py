"""Calendar objects (RFC 5545), made of entries: what messages carry and what feeds hold.

Made of values alone, never of a clock: the same entries are the same octets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from communique.domain.when import zone

if TYPE_CHECKING:
    import icalendar

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity as a calendar has it: `starts` and `ends` at local hours in `zone`, or the first
    and the last day.
    """

    uid: str
    sequence: int
    called_off: bool
    stamped_at: datetime
    starts: date | datetime
    ends: date | datetime
    zone: str
    title: str
    where: str = ""
    about: str = ""
    link: str = ""
    organizer: tuple[str, str] | None = None  # name and address


def document(
    entries: Sequence[Entry], method: str, product: str, more: Mapping[str, Any] | None = None
) -> bytes:
    """A whole calendar object, its lines at most 75 octets and ended by CRLF.

    `more` are properties of it; a span of time stands as one.
    """
    import icalendar  # noqa: PLC0415 - it takes a fifth of a second, and most releases need none

    made = icalendar.Calendar()
    made.add("prodid", product)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    for name, value in (more or {}).items():
        span = {"value": "DURATION"} if isinstance(value, timedelta) else {}
        made.add(name, value, parameters=span)
    years: dict[str, list[int]] = {}
    for one in entries:
        for moment in (_at(one.starts, one.zone), _at(one.ends, one.zone)):
            if isinstance(moment, datetime):
                years.setdefault(one.zone, []).append(moment.astimezone(UTC).year)
    for name, those in sorted(years.items()):
        made.add_component(_clocks(name, min(those), max(those)))
    for one in entries:
        made.add_component(_event(one))
    return bytes(made.to_ical())


def _event(one: Entry) -> icalendar.Event:
    import icalendar  # noqa: PLC0415 - as above

    event = icalendar.Event()
    event.add("uid", one.uid)
    event.add("dtstamp", one.stamped_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", one.sequence)
    event.add("dtstart", _at(one.starts, one.zone))
    ends = _at(one.ends, one.zone)  # or the day after its last (RFC 5545 §3.6.1)
    event.add("dtend", ends if isinstance(ends, datetime) else ends + _DAY)
    event.add("summary", one.title)
    event.add("status", "CANCELLED" if one.called_off else "CONFIRMED")
    if one.organizer:
        name, address = one.organizer
        organizer = icalendar.vCalAddress(f"mailto:{address}")
        organizer.params["CN"] = name.replace('"', "”")
        event["organizer"] = organizer
    for key, value in (("location", one.where), ("description", one.about), ("url", one.link)):
        if value:
            event.add(key, value)
    return event


def _at(moment: date | datetime, zone_name: str) -> date | datetime:
    return moment.replace(tzinfo=zone(zone_name)) if isinstance(moment, datetime) else moment


def _clocks(name: str, first: int, last: int) -> icalendar.Timezone:
    """The rules of a zone in some years: each change of its clocks, in the time before it
    (RFC 5545 §3.6.5). A program that knows the zone by name needs none of it.
    """
    import icalendar  # noqa: PLC0415 - as above

    there = zone(name)
    made = icalendar.Timezone()
    made.add("tzid", name)
    begins = datetime(first, 1, 1, tzinfo=UTC)
    for instant in (begins, *_changes(there, begins, datetime(last + 1, 1, 1, tzinfo=UTC))):
        after = instant.astimezone(there)
        before = (instant - timedelta(seconds=1)).astimezone(there)
        came_from = before.utcoffset() or timedelta()
        daylight = bool(after.dst())
        rule = icalendar.TimezoneDaylight() if daylight else icalendar.TimezoneStandard()
        rule.add("dtstart", (instant + came_from).replace(tzinfo=None))
        rule.add("tzoffsetfrom", came_from)
        rule.add("tzoffsetto", after.utcoffset() or timedelta())
        rule.add("tzname", after.tzname() or name)
        made.add_component(rule)
    return made


def _changes(there: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants at which a zone's clocks change, to the second."""
    day = first
    while day < last:
        early, late = day, day + _DAY
        if early.astimezone(there).utcoffset() != late.astimezone(there).utcoffset():
            while late - early > timedelta(seconds=1):
                middle = early + timedelta(seconds=int((late - early).total_seconds() // 2))
                if middle.astimezone(there).utcoffset() == day.astimezone(there).utcoffset():
                    early = middle
                else:
                    late = middle
            yield late
        day += _DAY
