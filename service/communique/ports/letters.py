"""Letters as they are kept: written once, sent by one at a time, and told of afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from communique.domain.delivery import NextStep
from communique.domain.letter import Posted
from communique.domain.scope import Scope


class Letters(Protocol):
    """Letters, and what came of them."""

    async def post(self, new: Sequence[Posted]) -> int:
        """Keep those that nobody wrote before; how many."""

    async def of(self, scope: Scope, purpose: str) -> tuple[Posted, ...]: ...
    async def in_trouble(self, scope: Scope) -> tuple[Posted, ...]: ...
    async def any_due(self, now: datetime) -> bool: ...
    async def claim(self, now: datetime, until: datetime, limit: int) -> tuple[Posted, ...]:
        """Take some that are due; nobody else does before `until`."""

    async def settle(
        self, taken: Posted, step: NextStep, *, attempts: int, unknowns: int, at: datetime
    ) -> None:
        """Write what came of one, if it is still the taker's."""

    async def withdraw(
        self, purpose: str, keep: Collection[tuple[str, str]], why: str, at: datetime
    ) -> int:
        """End those that did not go, but for what is to `keep`: about what, and whose."""
