"""What readers of a release fail for alike: a few times it is theirs, often enough the release's.

docs/decisions/0017. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FEW = 5  # so many alike pause nothing, however short the list is
MANY = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """How a release fares since a person last said go on.

    `alike` counts those who failed, by what for; `meant` are kinds that a person has seen and said
    go on.
    """

    accepted: int = 0
    alike: Mapping[str, int] = field(default_factory=dict)
    meant: frozenset[str] = frozenset()

    def too_many(self, kind: str, *, alike: int = 0, accepted: int = 0) -> bool:
        """Whether so many fail for this that the release is to be paused.

        `alike` and `accepted` are those that are not counted here yet.
        """
        alike += self.alike.get(kind, 0)
        most = 2 * alike > alike + self.accepted + accepted
        if kind in self.meant:  # what was to mend it did not
            return alike > MANY and most
        noticeable = 100 * alike > alike + self.accepted + accepted
        return (alike > MANY and noticeable) or (alike > FEW and most)

    def updated(self, newer: Tally) -> Tally:
        """With what is newer of some kinds."""
        return Tally(newer.accepted, {**self.alike, **newer.alike}, self.meant | newer.meant)

    @property
    def troubles(self) -> frozenset[str]:
        """What too many fail for."""
        return frozenset(kind for kind in self.alike if self.too_many(kind))
