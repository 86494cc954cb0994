"""Lists: how many may be written to, how many not and why; and one list with its people.

A list and an audience are declared in a file, and shown with it: nothing of them is edited here.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import date

from fastapi import Response
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from communique import roster
from communique.desk import addressing, inspecting, seeking
from communique.domain import when
from communique.domain.actor import Permission
from communique.domain.association import Association
from communique.domain.audience import SavedAudience
from communique.domain.member import Contact
from communique.domain.text import in_language
from communique.web.desk import fields, people, showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

GROUP = 500  # people of an export who are written at once


@pages.get("/{association}/lists", Permission.READ)
async def listed(ask: Asking) -> Response:
    """The lists and audiences of one association, each with its sums."""
    lists = await seeking.lists(ask.desk, ask.actor, ask.here.key)
    audiences = await addressing.saved(ask.desk, ask.actor, ask.here.key)
    return showing.page(
        ask,
        "lists.html",
        lists=lists,
        audiences=audiences,
        told=lambda one: _told(ask, one),
        named_of={one.key: in_language(one.names, ask.language) for one in ask.here.lists},
        file=_file(ask.here),
        around=people.tabs(ask),
    )


@pages.get("/{association}/lists/{list}", Permission.READ)
async def one(ask: Asking) -> Response:
    """One list: what it is, whom a release to it would go to, and its people."""
    key = ask.path("list")
    [standing] = await seeking.lists(ask.desk, ask.actor, ask.here.key, key)
    found = await people.find(ask, f"lists/{key}", key)
    return showing.page(
        ask,
        "list.html",
        list=standing.definition,
        forecast=standing.forecast,
        found=found,
        file=_file(ask.here),
        reason_at={
            reason.value: people.address(ask, f"lists/{key}", state=name)
            for name, (_, reason) in people.FILTERS.items()
            if reason
        },
        **people.shown(ask, f"lists/{key}", found),
    )


@pages.get("/{association}/lists/{list}/export", Permission.EDIT)
async def export(ask: Asking) -> Response:
    """The people of one list as CSV; importing it again changes nothing."""
    definition = ask.here.list_named(ask.path("list"))
    french = ask.language == "fr"  # Excel there reads semicolons
    today = when.day(ask.now, ask.here.time_zone)
    return StreamingResponse(
        _csv(ask, definition.key, ";" if french else ","),
        media_type="text/csv; charset=utf-8",
        headers={**showing.HEADERS, "Content-Disposition": _named(ask, definition.key, today)},
    )


async def _csv(ask: Asking, list_key: str, delimiter: str) -> AsyncIterator[bytes]:
    """Group by group, each written in a thread: neither memory nor anybody's patience grows."""
    language = ask.language
    first = True
    group: list[Contact] = []
    found = inspecting.subscribers(ask.desk, ask.actor, ask.here.key, list_key)
    async with aclosing(found) as everybody:
        async for contact in everybody:
            group.append(contact)
            if len(group) == GROUP:
                yield await asyncio.to_thread(_rows, group, language, delimiter, head=first)
                first, group = False, []
    if first or group:
        yield await asyncio.to_thread(_rows, group, language, delimiter, head=first)


def _rows(group: Sequence[Contact], language: str, delimiter: str, *, head: bool) -> bytes:
    out = io.StringIO()
    rows = roster.CsvWriter(out, roster.heading(language), delimiter)
    if not head:
        rows.count = 1  # the heading stands above those before
    elif not group:
        rows.head()
    for contact in group:
        rows.add(roster.as_row(roster.as_entry(contact), language))
    text = out.getvalue()
    return (("\ufeff" if head else "") + text).encode()


def _named(ask: Asking, list_key: str, today: date) -> str:
    """What the file is called: keys are plain letters, digits and hyphens."""
    return f'attachment; filename="{ask.here.key}-{list_key}-{today.isoformat()}.csv"'


def _file(association: Association) -> Markup:
    """The file that declares an association's lists, as whoever writes it knows it."""
    return Markup("subscribers/<wbr>{}/<wbr>lists.toml").format(association.key)


def _told(ask: Asking, audience: SavedAudience) -> str:
    """Which people of its lists an audience has, in a sentence."""
    t, only = WORDS[ask.language], audience.only
    narrowed: list[object] = [*only.sectors, *only.territories, *only.kinds]
    narrowed += [fields.language_named(one, ask.language) for one in only.languages]
    if only.since:
        narrowed.append(t("lists.audience.since", day=ask.hours.month_day(only.since)))
    names = {one.key: in_language(one.names, ask.language) for one in ask.here.lists}
    told = [t("lists.audience.of", lists=t.join([names.get(k, k) for k in audience.lists]))]
    if audience.without:
        without = t.join([names.get(k, k) for k in audience.without])
        told.append(t("lists.audience.without", lists=without))
    if narrowed:
        told.append(t("lists.audience.only", what=t.join(narrowed)))
    return " ".join(map(str, told))
