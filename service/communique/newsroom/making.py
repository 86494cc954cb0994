"""What is asked for, made: its story or list is read, and becomes octets in a thread.

The same for whoever asks: no address, header, cookie or hour of a reader shapes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from communique.desk import Desk
from communique.desk import newsroom as reading
from communique.domain import when
from communique.newsroom import calendars, feeds, maps, pages
from communique.newsroom.addresses import Asked, Feed, Form, Front, List, Map, One
from communique.newsroom.site import Site

HTML, XML = "text/html; charset=utf-8", "application/xml; charset=utf-8"
TYPES = {
    Form.ATOM: "application/atom+xml; charset=utf-8",
    Form.RSS: "application/rss+xml; charset=utf-8",
    Form.JSON: "application/feed+json; charset=utf-8",
    Form.CALENDAR: "text/calendar; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A page or a feed, whole. `gone` says that its story was withdrawn."""

    type: str
    content: bytes
    modified: datetime
    gone: bool = False

    @property
    def tag(self) -> str:
        """What tells it from any other: a strong entity tag (RFC 9110 §8.8.3)."""
        return f'"{sha256(self.content).hexdigest()[:24]}"'


async def make(desk: Desk, site: Site, asked: Asked) -> Made | None:
    """What was asked for; None where there is nothing, whatever there will be."""
    room = site.room
    if getattr(asked, "language", None) not in (None, *room.association.languages):
        return None

    # What is to come is another every day.
    today = when.midnight(site.now, room.association.time_zone)

    async def made(type_: str, write: Callable[..., bytes], *values: Any) -> Made:
        modified = max(room.changed_at, today) if isinstance(asked, List) else room.changed_at
        return Made(type_, await asyncio.to_thread(write, site, *values), modified)

    match asked:
        case Front():
            return await made(HTML, pages.front)
        case List():
            shown = await reading.shown(desk, room, asked.language, asked.shelf, asked.after)
            if not shown.headlines and (asked.after or asked.shelf.year is not None):
                return None
            return await made(HTML, pages.listed, asked, shown)
        case One():
            return await _one(desk, site, asked)
        case Feed(language, Form.CALENDAR):
            stories = await reading.activities(desk, room, language)
            return await made(TYPES[Form.CALENDAR], calendars.written, asked, stories)
        case Feed(language, form):
            stories = await reading.latest(desk, room, language)
            return await made(TYPES[form], feeds.WRITERS[form], asked, stories)
        case Map(None):
            return await made(XML, maps.index, await reading.years(desk, room))
        case Map(int(year)):
            found = await reading.addresses(desk, room, year)
            return await made(XML, maps.of_year, year, found) if found else None
    return None


async def _one(desk: Desk, site: Site, asked: One) -> Made | None:
    story = await reading.story(desk, site.room, asked.language, asked.key)
    if story is None or story.headline.year != asked.year:
        return None
    if story.withdrawn_at:
        content = await asyncio.to_thread(pages.withdrawn, site, asked, story)
        return Made(HTML, content, story.withdrawn_at, gone=True)
    content = await asyncio.to_thread(pages.whole, site, asked, story)
    if "activity" in story.parts:  # it says what was announced of it later
        return Made(HTML, content, site.room.changed_at)
    return Made(HTML, content, max(story.made_at, site.room.declared_at))
