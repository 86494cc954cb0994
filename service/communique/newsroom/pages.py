"""The pages of a newsroom, in its association's colours and in French or English words.

They run no script and load nothing. What associations wrote is escaped, but for a story's body,
which was cleaned when it was made.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from communique.desk.newsroom import Shown
from communique.domain import when
from communique.domain.kind import Nature
from communique.domain.look import Look, look
from communique.domain.newsroom import Count, Headline, Shelf, Story
from communique.newsroom import days, structured
from communique.newsroom.addresses import Asked, Feed, Form, Front, List, One
from communique.newsroom.site import Site

LANGUAGES = ("fr", "en")  # that pages have words in
_FEEDS = {
    Form.ATOM: "application/atom+xml",
    Form.RSS: "application/rss+xml",
    Form.JSON: "application/feed+json",
}

_PAGES = Environment(
    loader=PackageLoader("communique.newsroom", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _words(language: str) -> dict[str, Any]:
    source = (files("communique.newsroom") / "pages" / f"{language}.toml").read_bytes()
    found: dict[str, Any] = _as_markup(tomllib.loads(source.decode()))
    return found


def _as_markup(value: Any) -> Any:
    """Words are HTML; `Markup.format` escapes whatever is put into their blanks."""
    if isinstance(value, dict):
        return {name: _as_markup(one) for name, one in value.items()}
    return Markup(value)  # noqa: S704 - our own file


WORDS: Mapping[str, Mapping[str, Any]] = {one: _words(one) for one in LANGUAGES}


def words(language: str) -> Mapping[str, Any]:
    """The words of a page; English where we have none in its language."""
    return WORDS.get(language, WORDS["en"])


def title(site: Site, language: str) -> str:
    """What the newsroom is called, as plain text."""
    return _plain(words(language)["title"].format(association=site.name(language)))


def purpose(site: Site, language: str) -> str:
    """What is in it, as plain text."""
    return _plain(words(language)["purpose"].format(association=site.name(language)))


def _plain(text: Markup) -> str:
    return text.unescape()


def authors(site: Site, story: Story) -> list[str]:
    """Who says it: the association and its partners, by name."""
    partners = story.parts.get("partners", ())
    return [site.name(story.headline.language), *(one["name"] for one in partners)]


def where(activity: Mapping[str, Any]) -> Iterator[str]:
    """Where an activity is, as a line has it."""
    for part in ("place", "address"):
        if activity.get(part):
            yield " ".join(activity[part].split())


# Pages


def front(site: Site) -> bytes:
    """A newsroom in no language: each leads to its own."""
    here = Front()
    choices = [
        (one, words(one)["language"], site.here.between(here, List(one)))
        for one in site.association.languages
    ]
    return _page(site, "front", here, site.association.language, choices=choices, alternates=[])


def listed(site: Site, asked: List, shown: Shown) -> bytes:
    """A list of headlines by month, activities to come before them."""
    return _page(
        site,
        "list",
        asked,
        asked.language,
        heading=_heading(site, asked),
        months=list(_months(site, asked, shown.headlines)),
        upcoming=[_entry(site, asked, one) for one in shown.upcoming],
        older=_older(site, asked, shown),
        newest=site.here.between(asked, List(asked.language, asked.shelf)) if asked.after else "",
        years=list(_years(site, asked, shown.counts)),
        activities=asked.shelf.nature == Nature.ACTIVITY,
        alternates=_lists_elsewhere(site, asked),
    )


def whole(site: Site, asked: One, story: Story) -> bytes:
    """A story, and what programs read of it."""
    head = story.headline
    data = [structured.article(site, story), structured.event(site, story)]
    return _page(
        site,
        "story",
        asked,
        asked.language,
        story=story,
        head=head,
        body=Markup(story.html),  # noqa: S704 - cleaned when it was made
        public=days.public(head.public_at, site.association.time_zone, asked.language),
        dated=days.dated(story),
        activity=_activity(site, story),
        later=site.here.between(asked, site.of(story.later.headline)) if story.later else "",
        called_off=bool(structured.stands(story).get("called_off")),
        data=[structured.as_script(one) for one in data if one],
        graph={
            "og:type": "article",
            **structured.graph(site, head.title, head.summary, site.link(head), asked.language),
            "article:published_time": head.public_at.isoformat(),
        },
        alternates=[
            (one, site.here.between(asked, One(one, asked.year, asked.key)), one)
            for one in story.others
        ],
    )


def withdrawn(site: Site, asked: One, story: Story) -> bytes:
    """That there was a story and is none any more. It says nothing of what it said."""
    return _page(
        site,
        "withdrawn",
        asked,
        asked.language,
        day=days.public(story.withdrawn_at or site.now, site.association.time_zone, asked.language),
        alternates=[],
    )


def body(site: Site, story: Story) -> Markup:
    """A story as feeds carry it: body, quotations and what stands below, without a page around."""
    made = _PAGES.get_template("body.html").render(
        t=words(story.headline.language),
        story=story,
        body=Markup(story.html),  # noqa: S704 - cleaned when it was made
        dated=days.dated(story),
        activity=_activity(site, story),
        language=story.headline.language,
    )
    return Markup(made)  # noqa: S704 - the template escapes all else


def _page(site: Site, name: str, asked: Asked, language: str, /, **values: Any) -> bytes:
    association = site.association
    style, _ = styled(look(association.brand))
    known = {
        "graph": structured.graph(
            site, title(site, language), purpose(site, language), site.absolute(asked), language
        ),
        "data": [],
    }
    made = _PAGES.get_template(f"{name}.html").render(
        t=words(language),
        language=language,
        named={one: words(one)["language"] for one in association.languages},
        style=style,
        association=association,
        name=site.name(language),
        newsroom=title(site, language),
        purpose=purpose(site, language),
        canonical=site.absolute(asked),
        home=site.here.between(asked, List(language)),
        shelves=_shelves(site, asked, language),
        feeds=[(_FEEDS[one], site.here.between(asked, Feed(language, one)), one) for one in _FEEDS],
        calendar=site.here.between(asked, Feed(language, Form.CALENDAR)),
        elsewhere=[
            (one, href, site.absolute(_in(asked, one))) for one, href, _ in values["alternates"]
        ],
        **{**known, **values},
    )
    return made.encode()


def _in(asked: Asked, language: str) -> Asked:
    """The same in another language."""
    match asked:
        case One(_, year, key):
            return One(language, year, key)
        case List(_, shelf):
            return List(language, shelf)
    return asked


def _lists_elsewhere(site: Site, asked: List) -> list[tuple[str, str, str]]:
    others = [one for one in site.association.languages if one != asked.language]
    # A year may have nothing in another language: that language's front always is there.
    shelf = Shelf(nature=asked.shelf.nature)
    return [(one, site.here.between(asked, List(one, shelf)), one) for one in others]


def _shelves(site: Site, asked: Asked, language: str) -> list[tuple[str, str, bool]]:
    """The ways to all news and its parts: their name, address, and whether one is there."""
    found = []
    for nature in (None, Nature.ANNOUNCEMENT, Nature.ACTIVITY):
        there = List(language, Shelf(nature=nature))
        current = isinstance(asked, List) and asked.shelf == there.shelf
        name = words(language)["shelf"][nature or "all"]
        found.append((name, site.here.between(asked, there), current))
    return found


def _heading(site: Site, asked: List) -> Markup:
    heading: Markup = words(asked.language)["heading"][
        "year" if asked.shelf.year else asked.shelf.nature or "all"
    ].format(association=site.name(asked.language), year=asked.shelf.year)
    return heading


def _months(
    site: Site, asked: List, headlines: Sequence[Headline]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The headlines by the month in which they became public, in the association's zone."""

    def month(one: Headline) -> date:
        return when.day(one.public_at, site.association.time_zone).replace(day=1)

    for first, each in groupby(headlines, month):
        yield days.month(first, asked.language), [_entry(site, asked, one) for one in each]


def _entry(site: Site, asked: Asked, one: Headline) -> dict[str, Any]:
    zone, starts = site.association.time_zone, one.starts
    return {
        "title": one.title,
        "summary": one.summary,
        "href": site.here.between(asked, site.of(one)),
        "machine": one.public_at.isoformat(timespec="seconds"),
        "day": days.short(when.day(one.public_at, zone), one.language),
        "activity": one.nature == Nature.ACTIVITY,
        "starts": days.short(when.day(starts, zone), one.language, year=True) if starts else "",
        "starts_machine": starts.isoformat(timespec="seconds") if starts else "",
        "since": one.since,
    }


def _older(site: Site, asked: List, shown: Shown) -> str:
    if not shown.more:
        return ""
    last = shown.headlines[-1].key
    return site.here.between(asked, List(asked.language, asked.shelf, last))


def _years(
    site: Site, asked: List, counts: Sequence[Count]
) -> Iterator[tuple[int, str, int, bool]]:
    for year, each in groupby(counts, lambda one: one.year):
        there = List(asked.language, Shelf(year=year))
        current = asked.shelf.year == year
        yield year, site.here.between(asked, there), sum(one.stories for one in each), current


def _activity(site: Site, story: Story) -> dict[str, Any] | None:
    """An activity's parts, its hours in words."""
    activity = story.parts.get("activity")
    if not activity:
        return None
    language, until = story.headline.language, activity.get("register_by")
    return {
        **activity,
        "when": days.span(activity["starts"], activity["ends"], activity["zone"], language),
        "there": days.there(story.headline.starts, activity, site.association.time_zone, language),
        "until": days.said(until, language) if until else "",
        "spoken": [named(one, language) for one in activity.get("languages", ())],
    }


def named(code: str, language: str) -> str:
    """What a language is called in another, or in the same: “anglais”, on a page in French."""
    try:
        return Locale.parse(code).get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


@lru_cache(maxsize=64)
def styled(colours: Look) -> tuple[Markup, str]:
    """The style of every page in these colours, and its hash as a policy allows it."""
    style = _PAGES.get_template("style.css").render(look=colours)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Markup(style), f"'sha256-{digest}'"  # noqa: S704 - our own; colours are escaped
