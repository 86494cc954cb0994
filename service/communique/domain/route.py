"""By which way mail leaves: the host that each transport leads to, and where it was another (P11).

Pure; no secret is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from communique.domain.association import Association

MAILBOX = ""  # in the place of a host: the built-in mailbox, from which nothing leaves


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A transport that leads elsewhere than it did, and whose mail goes by it."""

    transport: str
    associations: tuple[str, ...]
    before: str
    now: str

    @property
    def stays(self) -> bool:
        """Whether what left by a relay would leave no more, though it counted as sent."""
        return self.now == MAILBOX


def rerouted(
    before: Mapping[str, str], now: Mapping[str, str], associations: Iterable[Association]
) -> list[Rerouted]:
    """The transports of these associations that lead elsewhere than before, by name.

    `before` and `now` have the host that each leads to.
    """
    users: dict[str, list[str]] = {}
    for one in associations:
        users.setdefault(one.transport, []).append(one.key)
    return [
        Rerouted(name, tuple(users[name]), before[name], now[name])
        for name in sorted(users)
        if name in before and name in now and before[name] != now[name]
    ]
