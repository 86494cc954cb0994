"""A calendar feed (RFC 5545, RFC 7986): an association's activities in one language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from communique.domain.newsroom import Story
from communique.newsroom import days, pages
from communique.newsroom.addresses import Feed
from communique.newsroom.site import Site

REFRESH = timedelta(hours=6)


def written(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The calendar. An activity keeps its identity whatever is published of it later."""
    language = asked.language
    calendar = Calendar()
    calendar.add("prodid", "-//Communiqué//Newsroom//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", pages.title(site, language))
    calendar.add("x-wr-calname", pages.title(site, language))
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for story in stories:
        if "activity" in story.parts:
            calendar.add_component(_event(site, story))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(site: Site, story: Story) -> Event:
    head, activity = story.headline, story.parts["activity"]
    event = Event()
    event.add("uid", f"{head.key}@{site.association.list_domain}")
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
