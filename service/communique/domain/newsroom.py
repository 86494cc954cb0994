"""What anybody may read of an association: its stories, each a release in its words and a language.

A story is made once, when its release becomes public, from the content that every party approved;
it stays as it is whatever is edited, synced or upgraded since, until somebody withdraws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from communique.domain.association import Association

PAGE = 50  # headlines in one list
FEED = 30  # stories in one feed, whole


@dataclass(frozen=True, slots=True)
class Room:
    """An association's newsroom, and what tells that anything on its pages may have changed."""

    association: Association
    version: int  # grows with every story that comes or goes
    declared_at: datetime  # when the association was last synced
    changed_at: datetime  # the later of that and of the last that came or went


AT = "n"  # below the desk's public address


def root(public_url: str, association: Association) -> str:
    """Where the world finds an association's newsroom: on its own site, if it says so."""
    own = association.newsroom
    if own and own.address:
        return own.address.rstrip("/")
    return f"{public_url.rstrip('/')}/{AT}/{association.key}"


def all_news(public_url: str, association: Association, language: str) -> str:
    """Where all its news in a language is; empty if it has no newsroom."""
    return f"{root(public_url, association)}/{language}/" if association.newsroom else ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A release's place in one association's newsroom, before and after it is public.

    `public_at` is the instant before which nothing shows it; None of the rest: not yet, not ever.
    """

    release_id: int
    release: str  # its key
    association: str
    content_hash: str
    public_at: datetime
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def public(self) -> bool:
        """Whether anybody may read it now."""
        return self.published_at is not None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Headline:
    """A story in a list. `starts` and `ends` are an activity's, and so is what became of it since:
    it was `moved` or `called_off` by another story.
    """

    key: str
    language: str
    nature: str
    year: int  # of the day on which it became public, in the association's zone
    public_at: datetime
    title: str
    summary: str
    starts: datetime | None = None
    ends: datetime | None = None
    since: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """What was announced last of an activity: where it stands, and its parts."""

    headline: Headline
    activity: Mapping[str, Any] = field(hash=False)

    @property
    def called_off(self) -> bool:
        """Whether it does not take place."""
        return bool(self.activity["called_off"])


@dataclass(frozen=True, slots=True)
class Story:
    """A story whole. `html` is clean; `parts` are plain JSON values, as `publishing` names them."""

    headline: Headline
    html: str
    parts: Mapping[str, Any] = field(hash=False)
    made_at: datetime  # when it became public
    others: tuple[str, ...] = ()  # the languages that it is to be had in besides
    withdrawn_at: datetime | None = None
    later: Later | None = None  # of an activity that another release tells of since


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which stories of one language are asked for; None asks nothing."""

    year: int | None = None
    nature: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many stories of a nature became public in a year."""

    year: int
    nature: str
    stories: int
