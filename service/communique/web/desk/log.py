"""The delivery log: found by person, company, address or reply; by pages, and as a file of all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from fastapi import Response
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from communique import views
from communique.desk import inspecting, searching
from communique.desk.searching import Found
from communique.domain.actor import Permission
from communique.domain.delivery import DeliveryState
from communique.domain.log import Line, LogFilter
from communique.domain.text import in_language
from communique.web.desk import replies, showing, sought
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.web.desk.sought import Sought

pages = Pages()

# In the order in which one asks for them: what went wrong first.
STATES = ("failed", "unknown", "deferred", "sending", "queued", "skipped", "sent")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the log as the page has it."""

    line: Line
    hour: str
    name: Markup
    member: Markup
    title: str
    language: str  # of the title, where it is another than the reader's
    reply: Markup
    href: str


@pages.get("/{association}/log", Permission.READ)
async def log(ask: Asking) -> Response:
    """Whom what was sent to, and what became of it: the newest first, or what is looked for."""
    asked = sought.read(ask)
    found = await searching.page(
        ask.desk,
        ask.actor,
        asked.within(ask.here.key, ask.here.time_zone),
        after=number_of(ask.query("after")),
        before=number_of(ask.query("before")),
    )
    titles = {key: title_of(ask, named)[0] for key, named in found.titles.items()}
    at = ask.at("log")
    response = showing.page(
        ask,
        "log.html",
        status=422 if asked.wrong else 200,
        asked=asked,
        chips=[
            (name, words, asked.address(at, name))
            for name, words in sought.chips(ask, asked, titles)
        ],
        states=STATES,
        recent=[(key, titles.get(key, key)) for key in found.recent],
        days=_days(ask, asked, found),
        heading=_heading(ask, asked, found, titles),
        lead="" if asked.state else _lead(ask, found),
        clear=at,
        newer=asked.address(at, before=str(found.newer)) if found.newer else "",
        older=asked.address(at, after=str(found.older)) if found.older else "",
        files=[(name, asked.address(ask.at(f"log/export/{name}"))) for name in ("excel", "csv")],
        any=bool(found.lines),
    )
    if ask.part:
        response.headers["HX-Replace-Url"] = asked.address(at)
    return response


@pages.get("/{association}/log/export/{form}", Permission.READ)
async def export(ask: Asking) -> Response:
    """All that is looked for as a file, which is sent as it is read."""
    asked = sought.read(ask)
    only = asked.within(ask.here.key, ask.here.time_zone)
    await inspecting.require(ask.desk, ask.actor, only)  # before anything of it is sent
    excel = ask.path("form") == "excel"
    day = f"{ask.hours.local(ask.now):%Y-%m-%d}"
    name = "-".join(filter(None, ("log", ask.here.key, asked.release, day)))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(
        _pieces(ask, only, excel=excel),
        media_type="text/csv; charset=utf-8",
        headers={**showing.HEADERS, **headers},
    )


async def _pieces(ask: Asking, only: LogFilter, *, excel: bool) -> AsyncIterator[str]:
    zones = {ask.here.key: ask.here.time_zone}
    async with (
        aclosing(searching.everything(ask.desk, ask.actor, only)) as lines,
        aclosing(views.log_table(lines, zones, excel=excel)) as pieces,
    ):
        async for piece in pieces:
            yield piece


def _days(ask: Asking, asked: Sought, found: Found) -> list[tuple[str, list[Row]]]:
    """The lines by the day on which their release began, so that the newest stay on top."""
    hours, at = ask.hours, asked.address("", "after", "before")

    def day(line: Line) -> date:
        return hours.local(line.began or line.at).date()

    def row(line: Line) -> Row:
        same = hours.local(line.at).date() == day(line)
        clock = hours.clock(line.at)
        hour = clock if same else f"{hours.month_day(line.at)}, {clock}"
        title, language = title_of(ask, found.titles.get(line.release, {}))
        return Row(
            line,
            hour,
            sought.marked(line.name or line.address, asked.q),
            sought.marked(line.member, asked.q),
            title or line.release,
            language if language != ask.language else "",
            replies.reply(ask, line),
            ask.at(f"log/{line.delivery_id}") + at,
        )

    days = ((hours.day(one), lines) for one, lines in groupby(found.lines, key=day))
    return [(one[:1].upper() + one[1:], [row(line) for line in lines]) for one, lines in days]


def title_of(ask: Asking, named: Mapping[str, str]) -> tuple[str, str]:
    """What a release is called in the reader's language, else in its first; and in which."""
    said = {language: subject for language, subject in named.items() if subject.strip()}
    if not said:
        return "", ""
    return in_language(said, ask.language), ask.language if ask.language in said else next(
        iter(said)
    )


def _heading(ask: Asking, asked: Sought, found: Found, titles: Mapping[str, str]) -> Markup:
    """What was looked for, and how many there are: only where that is known without a count."""
    t = WORDS[ask.language]
    if not asked.asked:
        return t("log.title.all")
    what = sought.told(ask, asked, titles)
    if not found.lines:
        return t("log.title.none", what=what)
    count = len(found.lines) if found.whole else None
    if found.sums:
        states = found.sums.states
        count = states.get(asked.state, 0) if asked.state else found.sums.snapshot
    if count is not None:
        return t("log.title.count", what=what, count=count)
    return t("log.title.more", what=what, most=searching.PAGE)


def _lead(ask: Asking, found: Found) -> Markup:
    """Where all are known, how many are in which state."""
    t = WORDS[ask.language]
    if found.sums:
        counts: Mapping[DeliveryState, int] = found.sums.states
    elif found.whole and found.lines:
        counts = dict.fromkeys(DeliveryState, 0)
        for line in found.lines:
            counts[line.state] += 1
    else:
        return Markup("")
    parts: list[object] = [
        t(f"log.sums.{state.value}", n=counts[state])
        for state in DeliveryState
        if counts.get(state)
    ]
    return t.join(parts) + "." if parts else Markup("")


def number_of(text: str) -> int | None:
    """A delivery's number, as an address has it."""
    return int(text) if text.isdecimal() and len(text) < 16 else None
