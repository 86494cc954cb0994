"""Sitemaps (sitemaps.org): which pages there are, by year, each with its other languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from xml.sax.saxutils import quoteattr

from communique.newsroom.addresses import Map, One
from communique.newsroom.site import Site

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def index(site: Site, years: Collection[int]) -> bytes:
    """The map of each year."""
    at = site.room.changed_at.date().isoformat()
    each = "".join(
        f"<sitemap><loc>{_text(site.absolute(Map(year)))}</loc><lastmod>{at}</lastmod></sitemap>\n"
        for year in years
    )
    return f'{_HEAD}<sitemapindex xmlns="{_SPACE}">\n{each}</sitemapindex>\n'.encode()


def of_year(site: Site, year: int, found: Iterable[tuple[str, str, datetime]]) -> bytes:
    """The stories of a year."""
    editions: dict[str, dict[str, datetime]] = defaultdict(dict)
    for key, language, made_at in found:
        editions[key][language] = made_at
    lines = []
    for key, made in editions.items():
        places = {one: _text(site.absolute(One(one, year, key))) for one in made}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{one}" href="{place}"/>'
            for one, place in places.items()
        )
        lines += [
            f"<url><loc>{place}</loc><lastmod>{made[one]:%Y-%m-%dT%H:%M:%SZ}</lastmod>"
            f"{others if len(places) > 1 else ''}</url>\n"
            for one, place in places.items()
        ]
    space = f'xmlns="{_SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    return f"{_HEAD}<urlset {space}>\n{''.join(lines)}</urlset>\n".encode()


def _text(address: str) -> str:
    return quoteattr(address)[1:-1]
