"""A calendar feed (RFC 5545, RFC 7986): an association's activities in one language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from communique.domain.newsroom import Story
from communique.messages.entries import PUBLISH, Entry, document
from communique.newsroom import days, pages
from communique.newsroom.addresses import Feed
from communique.newsroom.site import Site

REFRESH = timedelta(hours=6)
_PRODUCT = "-//Communiqué//Newsroom//EN"


def written(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The calendar. Each activity is in it once, as it was last announced, and is the same entry
    as the one that its messages carry.
    """
    name = pages.title(site, asked.language)
    told = [one for one in stories if "activity" in one.parts]
    told.sort(key=lambda one: int(one.parts["activity"]["sequence"]))
    latest = {one.parts["activity"]["uid"]: one for one in told}
    about = {"name": name, "x-wr-calname": name, "refresh-interval": REFRESH}
    return document([_entry(site, one) for one in latest.values()], PUBLISH, _PRODUCT, about)


def _entry(site: Site, story: Story) -> Entry:
    head, activity = story.headline, story.parts["activity"]
    return Entry(
        uid=activity["uid"],
        sequence=activity["sequence"],
        called_off=activity["called_off"],
        stamped_at=story.made_at,
        starts=days.moment(activity["starts"]),
        ends=days.moment(activity["ends"]),
        zone=activity["zone"],
        title=activity.get("calendar") or head.title,
        where=", ".join(pages.where(activity)),
        about=f"{head.summary}\n\n{site.link(head)}",
        link=site.link(head),
    )
