"""What is public of associations, and what is to become so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from communique.domain.newsroom import Count, Headline, Later, Publication, Room, Shelf, Story
from communique.domain.scope import Scope


class Newsroom(Protocol):
    """Publications are the desk's alone; whatever else is read here was made public."""

    async def plan(self, publications_: Collection[Publication]) -> None: ...
    async def due(self, now: datetime, limit: int) -> Sequence[Publication]: ...
    async def of(self, release_id: int) -> tuple[Publication, ...]: ...
    async def listed(
        self, scope: Scope, *, association: str | None, after: datetime | None, limit: int
    ) -> tuple[Publication, ...]: ...
    async def move(self, release_id: int, association: str, public_at: datetime) -> None: ...
    async def publish(self, one: Publication, stories: Collection[Story], at: datetime) -> bool:
        """Make it public; whether it was not so already, and still was to be."""

    async def withdraw(
        self, release_id: int, keys: Collection[str], at: datetime | None, now: datetime
    ) -> None:
        """Take a release out of these newsrooms; with no instant `at`, put it back."""

    async def rooms(self, key: str | None = None) -> tuple[Room, ...]: ...
    async def counts(self, association: str, language: str) -> tuple[Count, ...]: ...
    async def headlines(
        self, association: str, language: str, shelf: Shelf, *, after: str | None, limit: int
    ) -> tuple[Headline, ...]:
        """The newest of a shelf, or those that became public before the one `after`."""

    async def activities(
        self, association: str, language: str, *, ending_after: datetime, limit: int
    ) -> tuple[Headline, ...]: ...
    async def story(self, association: str, language: str, key: str) -> Story | None:
        """One whole, withdrawn or not."""

    async def later(
        self, association: str, language: str, activity: Mapping[str, Any]
    ) -> Later | None:
        """The last story of an activity, if one is later than that of these parts."""

    async def stories(
        self, association: str, language: str, shelf: Shelf, *, limit: int
    ) -> tuple[Story, ...]: ...
    async def places(self, association: str) -> tuple[tuple[str, int, str], ...]:
        """The language, year and key of every story, withdrawn or not."""

    async def addresses(self, association: str, year: int) -> tuple[tuple[str, str, datetime], ...]:
        """The key, language and instant of making of every story of a year."""
