"""What newsrooms' feeds are held to: the rules of Atom, RSS and JSON Feed, on what is written.

No validator of feeds is well kept as a library, so their rules stand here as tables, each with
where it is from.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from tests.newsroom_site import ENGLISH, FRENCH, NEWS, Rooms, rooms_at

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[Rooms]:
    """With a few stories: with all there may be, with little, with what XML escapes."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with rooms_at(url, tmp_path / "desk") as rooms:
        bare = replace(FRENCH, subject="R & D : « < 5 % »", preheader="")
        quoted = {"quotations": [{"words": "Bon.", "name": "Aude", "title": "", "association": ""}]}
        for key, editions in (
            ("spring", NEWS.editions),
            ("summer", (bare, ENGLISH)),
            ("autumn", (replace(FRENCH, fields=quoted), replace(ENGLISH, fields=quoted))),
        ):
            rooms.office.clock.forward(minutes=1)
            await rooms.public(replace(NEWS, key=key, editions=editions))
        yield rooms


def one(element: Any, name: str) -> str:
    """The text of what must stand there once."""
    [found] = element.findall(name)
    return found.text or ""


def texts(elements: list[Any], name: str) -> list[str]:
    return [one(each, name) for each in elements]


def instant(text: str) -> bool:
    """Whether it is a date of RFC 3339, with its offset."""
    return "T" in text and datetime.fromisoformat(text).tzinfo is not None


def absolute(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def alternates(element: Any) -> list[tuple[str | None, str | None]]:
    """The type and language of each alternate link: no two are alike (RFC 4287 §4.1.1)."""
    return [
        (link.get("type"), link.get("hreflang"))
        for link in element.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]


Rule = Callable[[Any], bool]

OF_ATOM: Mapping[str, Rule] = {
    "§4.1.1 one id, which is an absolute IRI": lambda feed: absolute(one(feed, f"{ATOM}id")),
    "§4.1.1 one title": lambda feed: bool(one(feed, f"{ATOM}title")),
    "§4.1.1, §3.3 one updated, a date": lambda feed: instant(one(feed, f"{ATOM}updated")),
    "§4.1.1 an author": lambda feed: bool(feed.findall(f"{ATOM}author/{ATOM}name")),
    "§4.1.1 a link to itself": lambda feed: (
        [each.get("rel") for each in feed.findall(f"{ATOM}link")].count("self") == 1
    ),
    "§4.1.1 one generator and subtitle at most": lambda feed: (
        len(feed.findall(f"{ATOM}generator")) <= 1 and len(feed.findall(f"{ATOM}subtitle")) == 1
    ),
    "§4.1.1 no two alternates alike": lambda feed: (
        len(found := alternates(feed)) == len(set(found)) == 1
    ),
    "§4.2.7.1 absolute links": lambda feed: all(
        absolute(link.get("href", "")) for link in feed.iter(f"{ATOM}link")
    ),
    "§2 a language": lambda feed: feed.get(f"{XML}lang") == "fr",
    "§4.1.2 an id each, no two alike": lambda feed: (
        len(set(found := texts(feed.findall(f"{ATOM}entry"), f"{ATOM}id"))) == len(found) == 3
        and all(map(absolute, found))
    ),
    "§4.1.2 a title each": lambda feed: all(texts(feed.findall(f"{ATOM}entry"), f"{ATOM}title")),
    "§4.1.2 updated each, a date": lambda feed: all(
        map(instant, texts(feed.findall(f"{ATOM}entry"), f"{ATOM}updated"))
    ),
    "§4.2.9 published each, and not after": lambda feed: all(
        instant(one(each, f"{ATOM}published"))
        and one(each, f"{ATOM}published") <= one(each, f"{ATOM}updated")
        for each in feed.findall(f"{ATOM}entry")
    ),
    "§4.1.3 content of a type that it is": lambda feed: all(
        content.get("type") == "html" and content.text for content in feed.iter(f"{ATOM}content")
    ),
    "§3.2.1 a name of each person": lambda feed: all(
        one(each, f"{ATOM}name") for each in feed.iter(f"{ATOM}author")
    ),
    "§3 nothing that is not Atom's": lambda feed: all(
        each.tag.startswith(ATOM) for each in feed.iter()
    ),
}

ITEMS = "channel/item"
OF_RSS: Mapping[str, Rule] = {
    "RSS 2.0, version": lambda rss: rss.tag == "rss" and rss.get("version") == "2.0",
    "RSS 2.0, title, link and description of the channel": lambda rss: all(
        one(rss, f"channel/{name}") for name in ("title", "link", "description")
    ),
    "RSS 2.0, absolute links": lambda rss: all(absolute(each.text) for each in rss.iter("link")),
    "RSS 2.0, lastBuildDate as RFC 822 has it": lambda rss: (
        parsedate_to_datetime(one(rss, "channel/lastBuildDate")).tzinfo is not None
    ),
    "RSS 2.0, a title or description each": lambda rss: all(
        one(each, "title") and one(each, "description") is not None for each in rss.findall(ITEMS)
    ),
    "RSS 2.0, dates as RFC 822 has them": lambda rss: all(
        parsedate_to_datetime(each).tzinfo is not None
        for each in texts(rss.findall(ITEMS), "pubDate")
    ),
    "common profile, a guid each, no two alike": lambda rss: (
        len(set(found := texts(rss.findall(ITEMS), "guid"))) == len(found) == 3
    ),
    "RSS 2.0, a guid that is a permanent link is an address": lambda rss: all(
        absolute(each.text) for each in rss.iter("guid") if each.get("isPermaLink") != "false"
    ),
    "common profile, a link to itself": lambda rss: (
        [
            (link.get("rel"), link.get("type"), absolute(link.get("href")))
            for link in rss.findall(f"channel/{ATOM}link")
            if link.get("rel") == "self"
        ]
        == [("self", "application/rss+xml", True)]
    ),
    "RSS 2.0, an author is an address of mail": lambda rss: all(
        "@" in each.text for each in rss.iter("author")
    ),
    "RSS 2.0, a language": lambda rss: one(rss, "channel/language") == "fr",
}

OF_JSON: Mapping[str, Rule] = {
    "version": lambda feed: feed["version"] == "https://jsonfeed.org/version/1.1",
    "a title": lambda feed: isinstance(feed["title"], str) and feed["title"] != "",
    "items": lambda feed: isinstance(feed["items"], list) and len(feed["items"]) == 3,
    "absolute addresses": lambda feed: all(
        map(absolute, (feed["home_page_url"], feed["feed_url"]))
    ),
    "no `author`, which 1.1 has given up": lambda feed: all(
        "author" not in each for each in (feed, *feed["items"])
    ),
    "authors have a name, an address or a picture": lambda feed: all(
        person.keys() & {"name", "url", "avatar"}
        for each in (feed, *feed["items"])
        for person in each["authors"]
    ),
    "an id each, a text, no two alike": lambda feed: (
        len({one["id"] for one in feed["items"]}) == len(feed["items"])
        and all(isinstance(one["id"], str) for one in feed["items"])
    ),
    "words each": lambda feed: all(
        each.get("content_html") or each.get("content_text") for each in feed["items"]
    ),
    "dates as RFC 3339 has them": lambda feed: all(
        instant(each[name])
        for each in feed["items"]
        for name in ("date_published", "date_modified")
    ),
    "tags are texts": lambda feed: all(
        isinstance(tag, str) for each in feed["items"] for tag in each["tags"]
    ),
    "a language": lambda feed: feed["language"] == "fr",
    "nothing that the version does not know": lambda feed: (
        feed.keys()
        <= {
            *("version", "title", "home_page_url", "feed_url", "description", "user_comment"),
            *("next_url", "icon", "favicon", "authors", "language", "expired", "hubs", "items"),
        }
        and all(
            each.keys()
            <= {
                *("id", "url", "external_url", "title", "content_html", "content_text", "summary"),
                *("image", "banner_image", "date_published", "date_modified", "authors", "tags"),
                *("language", "attachments"),
            }
            for each in feed["items"]
        )
    ),
}


async def test_each_feed_keeps_the_rules_of_its_form(rooms: Rooms) -> None:
    broken = []
    for name, read, rules in (
        ("atom.xml", etree.fromstring, OF_ATOM),
        ("rss.xml", etree.fromstring, OF_RSS),
        ("feed.json", json.loads, OF_JSON),
    ):
        answer = await rooms.get(f"harfang/fr/{name}")
        written: Any = read(answer.content)
        for rule, holds in rules.items():
            try:
                kept = holds(written)
            except (ValueError, TypeError, KeyError):
                kept = False
            if not kept:
                broken.append(f"{name}: {rule}")
    assert not broken


async def test_each_is_served_as_what_it_is(rooms: Rooms) -> None:
    """RFC 4287 §7, RFC 8259 §11; RSS has no type of its own that is registered."""
    for name, type_ in (
        ("atom.xml", "application/atom+xml"),
        ("rss.xml", "application/rss+xml"),
        ("feed.json", "application/feed+json"),
    ):
        answer = await rooms.get(f"massif/en/{name}")
        assert answer.headers["content-type"] == f"{type_}; charset=utf-8"
