"""The calendar entry that an activity's message carries (RFC 5545), and feeds are made of.

Made once for all readers of a variant, from frozen content and the hour of its release, never from
a clock: a copy has the same octets (P3). It is published (RFC 5546 §3.2.1), so nobody is asked for
an answer; a later release of the same activity replaces it, for it has its UID and a higher
SEQUENCE, and one that calls it off is a CANCEL (§3.2.5), which takes it out of people's calendars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from communique.domain.activity import Activity
from communique.domain.content import Frozen, Variant
from communique.domain.kind import Each, KindDefinition, Nature, Type
from communique.domain.text import in_language
from communique.domain.when import zone
from communique.errors import TemplateInvalid
from communique.messages import fields
from communique.messages.article import title
from communique.messages.mime import Part, attached

if TYPE_CHECKING:
    import icalendar

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
_PRODUCT = "-//Communique//Activities//EN"
_DAY = timedelta(days=1)
_NOT_DESCRIBED = {
    *("place", "starts", "ends", "zone", "all_day", "address", "territory"),
    *("follows", "sequence", "called_off"),
}


def parts(variant: Variant) -> Sequence[Part]:
    """What goes beside the text of an activity's message; nothing of any other.

    Raises TemplateInvalid where its subject says nothing without a reader.
    """
    activity = of(variant.content)
    if activity is None:
        return ()
    method = CANCEL if activity.called_off else PUBLISH
    octets = document([entry(variant, activity)], method)
    name = f"{variant.content.key[:48]}.ics"
    return [attached(name, f"text/calendar; charset=utf-8; method={method}", octets)]


def of(content: Frozen) -> Activity | None:
    """The activity that a release announces; None where it announces none.

    Raises TemplateInvalid where its fields do not tell when it is.
    """
    kind = fields.declared(content.templates, content.kind)
    if kind.nature is not Nature.ACTIVITY or "starts" not in content.fields:
        return None
    try:
        return Activity.of(content.fields)
    except (KeyError, ValueError, TypeError) as error:
        raise TemplateInvalid("kind_unreadable", reason=repr(error)) from error


def document(entries: Sequence[tuple[icalendar.Event, Activity]], method: str) -> bytes:
    """A whole calendar object, its lines at most 75 octets and ended by CRLF."""
    import icalendar  # noqa: PLC0415 - it takes a fifth of a second, and most releases need none

    made = icalendar.Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    zones: dict[str, list[Activity]] = {}
    for _, activity in entries:
        if isinstance(activity.starts, datetime):
            zones.setdefault(activity.zone, []).append(activity)
    for name, there in sorted(zones.items()):
        first = min(one.begins_at for one in there).year
        made.add_component(clocks(name, first, max(one.over_at for one in there).year))
    for event, _ in entries:
        made.add_component(event)
    return bytes(made.to_ical())


def entry(variant: Variant, activity: Activity) -> tuple[icalendar.Event, Activity]:
    """The entry of an activity, in the words of a variant. Raises TemplateInvalid."""
    import icalendar  # noqa: PLC0415 - as above

    content, host, language = variant.content, variant.host, variant.language
    event = icalendar.Event()
    first = content.association(content.parties[0])
    event.add("uid", activity.uid(content.key, first.list_domain))
    event.add("dtstamp", variant.date.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", activity.sequence)
    event.add("dtstart", _at(activity.starts, activity.zone))
    event.add("dtend", _end(activity))
    event.add("summary", title(variant))
    event.add("status", "CANCELLED" if activity.called_off else "CONFIRMED")
    organizer = icalendar.vCalAddress(f"mailto:{host.contact}")
    organizer.params["CN"] = in_language(host.names, language).replace('"', "”")
    event["organizer"] = organizer
    edition = content.edition(language)
    written = edition.fields if edition else {}
    place = [written.get("place"), *activity.address.split("\n"), activity.territory]
    if where := ", ".join(one for one in place if one) or activity.online:
        event.add("location", where)
    kind = fields.declared(content.templates, content.kind)
    if about := "\n".join(_described(kind, content, language)):
        event.add("description", about)
    if link := activity.register or content.link or activity.online:
        event.add("url", link)
    return event, activity


def _described(kind: KindDefinition, content: Frozen, language: str) -> Iterator[str]:
    """What else there is to know, a line each."""
    edition = content.edition(language)
    for one in kind.fields:
        written = content.fields if one.each is Each.RELEASE else edition.fields if edition else {}
        value = written.get(one.key)
        if one.key in _NOT_DESCRIBED or one.press or value is None:
            continue
        if one.type in (Type.TEXT, Type.LINK, Type.NUMBER) and one.labels:
            yield f"{in_language(one.labels, language)}: {value}"
    if content.link:
        yield content.link


def _at(moment: date | datetime, zone_name: str) -> date | datetime:
    return moment.replace(tzinfo=zone(zone_name)) if isinstance(moment, datetime) else moment


def _end(activity: Activity) -> date | datetime:
    """The hour at which it ends, or the day after its last (RFC 5545 §3.6.1)."""
    ends = _at(activity.ends, activity.zone)
    return ends if isinstance(ends, datetime) else ends + _DAY


def clocks(name: str, first: int, last: int) -> icalendar.Timezone:
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
