"""What the services at one database have in common: who they are, and how fast they go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from communique.domain.pacing import Grant, Rate, Resting
from communique.domain.tally import Tally
from communique.domain.watching import Node, Process


class Nodes(Protocol):
    """The services that run at this database."""

    async def enter(
        self, process: Process, *, engine: str, roles: Sequence[str], at: datetime
    ) -> int: ...
    async def beat(self, node: int) -> bool: ...
    async def leave(self, node: int) -> None: ...
    async def all(self, *, hold: bool = False) -> tuple[Node, ...]: ...
    async def elsewhere(self) -> frozenset[int]:
        """Those that entered before this database was copied or moved here."""

    async def remove(self, beats: Mapping[int, int]) -> frozenset[int]: ...


class Chores(Protocol):
    """Work that comes round, done by one node each time."""

    async def claim(self, name: str, every: timedelta) -> bool: ...


class Paces(Protocol):
    """How fast a transport may be sent through, by all together."""

    async def take(self, transport: str, rate: Rate, wanted: int, *, domain: str = "") -> Grant: ...


class Rests(Protocol):
    """Transports, and domains at them, that rest for every worker alike."""

    async def put(self, transport: str, domain: str, seconds: float, reason: str) -> None: ...
    async def all(self) -> tuple[Resting, ...]: ...


class Failures(Protocol):
    """What readers of a release failed for alike, whoever met it."""

    async def add(self, release_id: int, alike: Mapping[str, int], accepted: int) -> Tally: ...
    async def of(self, release_id: int) -> Tally: ...
    async def go_on(self, release_id: int, meant: Collection[str]) -> None:
        """Count anew: a person has seen what they fail for of these kinds."""
