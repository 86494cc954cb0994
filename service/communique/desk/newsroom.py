"""The newsroom: what anybody may read, as it stands. Changes nothing, and knows of no reader.

All that is read here was made public; of what was not, no count and no instant tells (P6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from communique.desk import Desk
from communique.domain.kind import Nature
from communique.domain.newsroom import FEED, PAGE, Count, Headline, Room, Shelf, Story

UPCOMING = 50  # activities on one page; a calendar has as many as are to come, up to this
CALENDAR = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """A list of headlines, and the ways on from it."""

    headlines: tuple[Headline, ...]
    more: bool  # whether older ones are on this shelf
    counts: tuple[Count, ...]
    upcoming: tuple[Headline, ...] = ()  # activities that are not over


async def rooms(desk: Desk) -> tuple[Room, ...]:
    """Every newsroom that is open."""
    async with desk.store.read() as transaction:
        found = await transaction.newsroom.rooms()
    return tuple(one for one in found if one.association.newsroom)


async def room(desk: Desk, key: str) -> Room | None:
    """The newsroom of an association; None alike if it has none, or there is none such."""
    async with desk.store.read() as transaction:
        found = await transaction.newsroom.rooms(key)
    return next((one for one in found if one.association.newsroom), None)


async def shown(
    desk: Desk, room: Room, language: str, shelf: Shelf, after: str | None = None
) -> Shown:
    """One page of a shelf; with the first page of all, and of activities, those to come."""
    key = room.association.key
    async with desk.store.read() as transaction:
        counts = await transaction.newsroom.counts(key, language)
        found = await transaction.newsroom.headlines(
            key, language, shelf, after=after, limit=PAGE + 1
        )
        upcoming: tuple[Headline, ...] = ()
        if after is None and shelf.year is None and shelf.nature != Nature.ANNOUNCEMENT:
            upcoming = await transaction.newsroom.activities(
                key, language, ending_after=desk.clock.now(), limit=UPCOMING
            )
    return Shown(found[:PAGE], len(found) > PAGE, counts, upcoming)


async def story(desk: Desk, room: Room, language: str, key: str) -> Story | None:
    """One story whole; also one that was withdrawn, which says so."""
    association = room.association.key
    async with desk.store.read() as transaction:
        found = await transaction.newsroom.story(association, language, key)
        if found is None:
            return None
        later = None
        if (activity := found.parts.get("activity")) and not found.withdrawn_at:
            later = await transaction.newsroom.later(association, language, activity)
    # It may have been made in a language that the association speaks no more.
    spoken = tuple(one for one in found.others if one in room.association.languages)
    return replace(found, others=spoken, later=later)


async def latest(desk: Desk, room: Room, language: str) -> tuple[Story, ...]:
    """The newest stories, whole: what feeds carry."""
    async with desk.store.read() as transaction:
        return await transaction.newsroom.stories(
            room.association.key, language, Shelf(), limit=FEED
        )


async def activities(desk: Desk, room: Room, language: str) -> tuple[Story, ...]:
    """The newest activities, whole: what a calendar carries."""
    async with desk.store.read() as transaction:
        return await transaction.newsroom.stories(
            room.association.key, language, Shelf(nature=Nature.ACTIVITY), limit=CALENDAR
        )


async def years(desk: Desk, room: Room) -> tuple[int, ...]:
    """The years in which anything became public, in whatever language."""
    key, spoken = room.association.key, room.association.languages
    async with desk.store.read() as transaction:
        found = {
            one.year
            for language in spoken
            for one in await transaction.newsroom.counts(key, language)
        }
    return tuple(sorted(found, reverse=True))


async def places(desk: Desk, room: Room) -> tuple[tuple[str, int, str], ...]:
    """The language, year and key of every page of a story, those that say it was withdrawn too."""
    async with desk.store.read() as transaction:
        return await transaction.newsroom.places(room.association.key)


async def addresses(desk: Desk, room: Room, year: int) -> tuple[tuple[str, str, datetime], ...]:
    """The key, language and instant of making of every story of a year."""
    async with desk.store.read() as transaction:
        found = await transaction.newsroom.addresses(room.association.key, year)
    return tuple(one for one in found if one[1] in room.association.languages)
