"""The newsrooms in a browser: pages, feeds and maps, each kept once it was made.

What tells whether a page is still what it was is one row: whoever has it is told so (RFC 9110 §13),
without making it anew. No answer depends on whose it is, or on the name that a browser calls us by.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from communique.desk import Desk
from communique.desk import newsroom as reading
from communique.domain import when
from communique.domain.look import look
from communique.domain.newsroom import AT, Room
from communique.newsroom import Front, List, Made, Map, Site, home, make, parse, styled
from communique.newsroom import here as place
from communique.web import showing

AT_ONCE = 2  # made or looked up at one time: the desk itself reads from the same store (P7)
KEPT = 16 * 1024 * 1024  # octets of pages

Stamp = tuple[int, datetime, date]  # what a page that was made is still true for


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that was made, and for what it was."""

    stamp: Stamp
    made: Made
    tag: str


class Shelf:
    """The pages that were made, as many as there is room for; the longest unread gives way."""

    def __init__(self, room: int = KEPT) -> None:
        self._room = room
        self._pages: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._octets = 0

    def find(self, key: tuple[str, str], stamp: Stamp) -> Kept | None:
        """The page at an address, if it is what would be made now."""
        kept = self._pages.get(key)
        if kept is None or kept.stamp != stamp:
            return None
        self._pages.move_to_end(key)
        return kept

    def keep(self, key: tuple[str, str], kept: Kept) -> None:
        """Have a page again."""
        if before := self._pages.pop(key, None):
            self._octets -= len(before.made.content)
        self._pages[key] = kept
        self._octets += len(kept.made.content)
        while self._octets > self._room:
            _, gone = self._pages.popitem(last=False)
            self._octets -= len(gone.made.content)


def router(desk: Desk) -> APIRouter:
    """The routes below `/n/`, and `/robots.txt`."""
    routes = APIRouter()
    shelf = Shelf()
    turn = asyncio.Semaphore(AT_ONCE)

    @routes.api_route(f"/{AT}/{{association}}/{{path:path}}", methods=["GET", "HEAD"])
    async def page(request: Request, association: str, path: str) -> Response:
        if "\0" in association + path:  # PostgreSQL takes no text with it
            raise HTTPException(404)
        async with turn:
            room = await reading.room(desk, association)
            if room is None:
                raise HTTPException(404)
            asked = parse(path)
            if asked is None:
                return _elsewhere(request, path)
            if isinstance(asked, Front):
                return _front(request, room)
            now = desk.clock.now()
            here = (association, path)
            stamp = (room.version, room.declared_at, when.day(now, room.association.time_zone))
            kept = shelf.find(here, stamp)
            if kept is None:
                url = desk.policy.public_url
                site = Site(room, place(url, association), home(url, room), now)
                made = await make(desk, site, asked)
                if made is None:
                    raise HTTPException(404)
                kept = Kept(stamp, made, made.tag)
                shelf.keep(here, kept)
        return _answer(request, room, kept)

    @routes.api_route(f"/{AT}/{{association}}", methods=["GET", "HEAD"])
    async def without_slash(association: str) -> Response:
        if "\0" in association:
            raise HTTPException(404)
        async with turn:
            if await reading.room(desk, association) is None:
                raise HTTPException(404)
        return RedirectResponse(f"{association}/", 308)

    @routes.api_route("/robots.txt", methods=["GET", "HEAD"])
    async def robots() -> Response:
        async with turn:
            rooms = await reading.rooms(desk)
        url = desk.policy.public_url
        maps = [f"Sitemap: {place(url, one.association.key).absolute(Map())}" for one in rooms]
        lines = ["User-agent: *", "Disallow: /u/", *maps]
        return Response("\n".join([*lines, ""]), media_type="text/plain")

    return routes


def _front(request: Request, room: Room) -> Response:
    """To the language that a browser likes best, of those that the association speaks."""
    spoken = room.association.languages
    liked = showing.preferred(request.headers.get("Accept-Language"), spoken)
    response = RedirectResponse(f"{liked or spoken[0]}/", 303)
    response.headers.update({"Vary": "Accept-Language", "Cache-Control": "no-cache"})
    return response


def _elsewhere(request: Request, path: str) -> Response:
    """A folder without its last stroke leads there; anything else is nowhere."""
    if not path.endswith("/") and isinstance(parse(f"{path}/"), List):
        return RedirectResponse(f"{path.rpartition('/')[2]}/", 308)
    raise HTTPException(404)


def _answer(request: Request, room: Room, kept: Kept) -> Response:
    headers = {
        **showing.HEADERS,
        "Cache-Control": "public, no-cache",  # kept by anybody, and asked for anew each time
        "Content-Security-Policy": _policy(room),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "ETag": kept.tag,
        "Last-Modified": format_datetime(kept.made.modified.astimezone(UTC), usegmt=True),
    }
    del headers["X-Robots-Tag"]
    if not kept.made.gone and _has(request.headers, kept):
        return Response(status_code=304, headers=headers)
    status = 410 if kept.made.gone else 200
    return Response(kept.made.content, status, headers, kept.made.type)


def _has(asked: Mapping[str, str], kept: Kept) -> bool:
    """Whether a browser has it already (RFC 9110 §13.2.2)."""
    if (tags := asked.get("if-none-match")) is not None:
        known = {one.strip().removeprefix("W/") for one in tags.split(",")}
        return "*" in known or kept.tag in known
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
        return since.tzinfo is not None and kept.made.modified.replace(microsecond=0) <= since
    except (ValueError, OverflowError):  # no day, or none that any calendar has in UTC
        return False


def _policy(room: Room) -> str:
    _, style = styled(look(room.association.brand))
    return f"{showing.CLOSED}'none'; style-src {style}; img-src data:"
