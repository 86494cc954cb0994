"""What programs read in a page: schema.org as JSON-LD, and Open Graph.

JSON stands in a `script` element that no browser runs; nothing in it can end that element.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from communique.domain.newsroom import Story
from communique.newsroom.addresses import One
from communique.newsroom.site import Site

_ESCAPED = {one: f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def as_script(document: Mapping[str, Any]) -> Markup:
    """A document as it may stand within `script`, whatever its texts say."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return Markup(text)  # noqa: S704 - escaped above


def article(site: Site, story: Story) -> dict[str, Any]:
    """A story as schema.org's NewsArticle."""
    head, address = story.headline, site.link(story.headline)
    publisher = _publisher(site, head.language)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": head.title,
        "description": head.summary,
        "inLanguage": head.language,
        "datePublished": head.public_at.isoformat(),
        "dateModified": story.made_at.isoformat(),
        "url": address,
        "mainEntityOfPage": address,
        "publisher": publisher,
        "author": [publisher, *map(_partner, story.parts.get("partners", ()))],
    }
    if place := story.parts.get("place"):
        found["dateline"] = place
    if others := story.others:
        found["workTranslation"] = [
            {"@id": site.absolute(One(one, head.year, head.key)), "inLanguage": one}
            for one in others
        ]
    return _said(found)


def event(site: Site, story: Story) -> dict[str, Any] | None:
    """An activity as schema.org's Event; None for any other story."""
    head, written, activity = story.headline, story.parts.get("activity"), stands(story)
    if not written or head.starts is None:
        return None
    online = bool(activity.get("online"))
    address = activity.get("address", "")
    mode = "Mixed" if online and address else "Online" if online else "Offline"
    moved = activity["starts"] != written["starts"]
    status = "EventRescheduled" if moved else "EventScheduled"
    if activity.get("called_off"):
        status = "EventCancelled"
    places: list[dict[str, Any]] = []
    if address or activity.get("place"):
        places.append(
            _said(
                {
                    "@type": "Place",
                    "name": activity.get("place") or address,
                    "address": " ".join(address.split()),
                }
            )
        )
    if online:
        where = activity.get("register") or site.link(head)
        places.append({"@type": "VirtualLocation", "url": where})
    return _said(
        {
            "@context": "https://schema.org",
            "@type": "Event",
            "name": head.title,
            "description": head.summary,
            "startDate": activity["starts"],
            "endDate": activity["ends"],
            "previousStartDate": written["starts"] if moved else "",
            "eventStatus": f"https://schema.org/{status}",
            "eventAttendanceMode": f"https://schema.org/{mode}EventAttendanceMode",
            "location": places[0] if len(places) == 1 else places,
            "organizer": [
                _publisher(site, head.language),
                *map(_partner, story.parts.get("partners", ())),
            ],
            "inLanguage": activity.get("languages") or head.language,
            "url": site.link(head),
            "offers": _said({"@type": "Offer", "url": activity.get("register", "")})
            if activity.get("register")
            else {},
        }
    )


def stands(story: Story) -> Mapping[str, Any]:
    """An activity's parts as they were announced last; none of any other story."""
    if story.later:
        return story.later.activity
    activity: Mapping[str, Any] = story.parts.get("activity") or {}
    return activity


def graph(site: Site, title: str, description: str, address: str, language: str) -> dict[str, str]:
    """A page's Open Graph properties (ogp.me)."""
    logo = site.association.brand.logo
    return {
        "og:site_name": site.name(language),
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:locale": language,
        **({"og:image": logo} if logo else {}),
    }


def _publisher(site: Site, language: str) -> dict[str, Any]:
    return _said(
        {
            "@type": "Organization",
            "name": site.name(language),
            "url": site.association.web,
            "logo": site.association.brand.logo or "",
        }
    )


def _partner(one: Mapping[str, str]) -> dict[str, Any]:
    return _said({"@type": "Organization", "name": one["name"], "url": one.get("web", "")})


def _said(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is not said."""
    return {name: value for name, value in document.items() if value or value == 0}
