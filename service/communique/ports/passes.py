"""Passes to advantages: what proves membership now, and how often each was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from communique.domain.passes import CompanyUses, Pass, Sum, Use
from communique.domain.scope import Scope


class Passes(Protocol):
    """One for each delivery of an advantage."""

    async def get(self, scope: Scope, delivery_id: int) -> Pass | None:
        """None where there is none, and of who was erased; it takes as long."""

    async def hold(self, delivery_id: int) -> None:
        """Have nobody else use it until the transaction ends."""

    async def use(self, one: Pass, day: date, at: datetime) -> Use: ...
    async def take_back(self, use: Use, at: datetime) -> None: ...
    async def name(
        self, one: Pass, *, shown: bool, language: str, version: str, at: datetime
    ) -> None:
        """Have the company's name shown with it, or no more."""

    async def by_company(
        self, scope: Scope, release_id: int
    ) -> Mapping[str, Sequence[CompanyUses]]:
        """By association, which companies used it: an association's own, for itself."""

    async def sums(self, scope: Scope, release_id: int) -> Mapping[str, Sum]:
        """How often, by association. What a partner hears of it is `Sum.for_partner`."""
