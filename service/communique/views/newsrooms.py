"""Newsrooms and what is public in them, as programs are shown them."""

from __future__ import annotations

from communique.domain.newsroom import Publication, Room
from communique.views.form import View, day, instant


def newsroom(one: Room, address: str) -> View:
    """An open newsroom, and where it is."""
    own = one.association.newsroom
    return {
        "association": one.association.key,
        "since": day(own.since if own else None),
        "address": address,
        "languages": list(one.association.languages),
    }


def publication(one: Publication) -> View:
    """A release's place in one newsroom."""
    return {
        "release": one.release,
        "association": one.association,
        "public": one.public,
        "public_at": instant(one.public_at),
        "published_at": instant(one.published_at),
        "withdrawn_at": instant(one.withdrawn_at),
        "content_hash": one.content_hash,
    }
