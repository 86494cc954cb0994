"""Feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, each with the newest stories whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from feedgen.feed import FeedGenerator

from communique.domain.newsroom import Story
from communique.newsroom import pages
from communique.newsroom.addresses import Feed, Form
from communique.newsroom.site import Site

_TYPES = {Form.ATOM: "atom+xml", Form.RSS: "rss+xml"}

Writer = Callable[[Site, Feed, Sequence[Story]], bytes]

# What no XML may hold (XML 1.0 §2.2), such as the line breaks that some programs paste.
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The feed as Atom."""
    return bytes(_generated(site, asked, stories).atom_str())


def rss(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The feed as RSS."""
    return bytes(_generated(site, asked, stories).rss_str())


def _generated(site: Site, asked: Feed, stories: Sequence[Story]) -> FeedGenerator:
    language = asked.language
    feed = FeedGenerator()
    feed.id(site.front(language))
    feed.title(pages.title(site, language))
    feed.subtitle(pages.purpose(site, language))
    feed.author({"name": site.name(language)})
    feed.language(language)
    feed.generator("Communiqué")
    feed.updated(site.room.changed_at)
    feed.lastBuildDate(site.room.changed_at)
    feed.link(href=site.absolute(asked), rel="self", type=f"application/{_TYPES[asked.form]}")
    feed.link(href=site.front(language), rel="alternate")  # RSS takes the last for its own
    for story in stories:
        head, entry = story.headline, feed.add_entry(order="append")
        address = site.link(head)
        entry.id(address)
        entry.guid(address, permalink=True)
        entry.link(href=address, rel="alternate")
        entry.title(_xml(head.title))
        entry.summary(_xml(head.summary))
        entry.content(_xml(str(pages.body(site, story))), type="html")
        entry.published(head.public_at)
        entry.updated(story.made_at)
        for author in pages.authors(site, story):
            entry.author({"name": _xml(author)})
    return feed


def _xml(text: str) -> str:
    """A text as XML can have it: one that cannot be told must not take the feed from all others."""
    return _NOT_XML.sub(" ", text)


def as_json(site: Site, asked: Feed, stories: Sequence[Story]) -> bytes:
    """The feed as JSON Feed (jsonfeed.org/version/1.1)."""
    language = asked.language
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": pages.title(site, language),
        "description": pages.purpose(site, language),
        "home_page_url": site.front(language),
        "feed_url": site.absolute(asked),
        "language": language,
        "authors": [{"name": site.name(language), "url": site.association.web}],
        "items": [
            {
                "id": site.link(one.headline),
                "url": site.link(one.headline),
                "title": one.headline.title,
                "summary": one.headline.summary,
                "content_html": str(pages.body(site, one)),
                "date_published": one.headline.public_at.isoformat(),
                "date_modified": one.made_at.isoformat(),
                "authors": [{"name": author} for author in pages.authors(site, one)],
                "tags": [one.headline.nature],
                "language": language,
            }
            for one in stories
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


WRITERS: Mapping[Form, Writer] = {Form.ATOM: atom, Form.RSS: rss, Form.JSON: as_json}
