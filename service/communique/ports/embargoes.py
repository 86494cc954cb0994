"""What `desk` needs to know of which hour the press was told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from communique.domain.delivery import Ticket


class Embargoes(Protocol):
    """Which hour the press was told, batch by batch."""

    async def told(
        self, release_id: int, press: Collection[tuple[str, str]], until: datetime
    ) -> int:
        """How many of these lists have it, or may, with another hour."""

    async def ends(self, release_ids: Collection[int]) -> Mapping[int, datetime | None]: ...
    async def hours(self, release_id: int) -> tuple[Mapping[int, datetime], int]:
        """What is told in each batch of the press, by its number; and the newest number."""

    async def tell_anew(self, ticket: Ticket, until: datetime) -> None:
        """Put whoever waits in a batch, and was surely not handed it, into one with that hour."""
