"""A calendar feed (RFC 5545, RFC 7986): an association's activities in one language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from communique.domain.newsroom import Story
from communique.messages.calendar import clocks
from communique.newsroom import days, pages
from communique.newsroom.addresses import Feed
from communique.newsroom.site import Site

REFRESH = timedelta(hours=6)


def written(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The calendar. Each activity is in it once, as it was last announced, and is the same entry
    as the one that its messages carry.
    """
    language = asked.language
    calendar = Calendar()
    calendar.add("prodid", "-//Communiqué//Newsroom//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", pages.title(site, language))
    calendar.add("x-wr-calname", pages.title(site, language))
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    told = [one for one in stories if "activity" in one.parts]
    told.sort(key=lambda one: int(one.parts["activity"]["sequence"]))
    latest = {one.parts["activity"]["uid"]: one for one in told}
    for name, first, last in _years(one.parts["activity"] for one in latest.values()):
        calendar.add_component(clocks(name, first, last))
    for story in latest.values():
        calendar.add_component(_event(site, story))
    return bytes(calendar.to_ical())


def _years(activities: Iterable[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """The zones that hours are meant in, each with its first and its last year."""
    found: dict[str, list[int]] = {}
    for one in activities:
        moments = [days.moment(one[key]) for key in ("starts", "ends")]
        if isinstance(moments[0], datetime):
            found.setdefault(one["zone"], []).extend(each.year for each in moments)
    return [(name, min(years), max(years)) for name, years in sorted(found.items())]


def _event(site: Site, story: Story) -> Event:
    head, activity = story.headline, story.parts["activity"]
    event = Event()
    event.add("uid", activity["uid"])
    event.add("sequence", activity["sequence"])
    event.add("status", "CANCELLED" if activity["called_off"] else "CONFIRMED")
    event.add("dtstamp", story.made_at)
    event.add("dtstart", _moment(activity["starts"], activity["zone"]))
    ends = _moment(activity["ends"], activity["zone"])
    event.add("dtend", ends if isinstance(ends, datetime) else ends + timedelta(days=1))
    event.add("summary", head.title)
    event.add("description", f"{head.summary}\n\n{site.link(head)}")
    event.add("url", site.link(head))
    if where := ", ".join(pages.where(activity)):
        event.add("location", where)
    return event


def _moment(text: str, zone: str) -> date | datetime:
    """A day, or a local hour in its zone."""
    found = days.moment(text)
    return found.replace(tzinfo=ZoneInfo(zone)) if isinstance(found, datetime) else found
