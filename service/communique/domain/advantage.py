"""An advantage: who gives it, to whose members, from which day until which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from communique.domain.release import Fields
from communique.errors import Invalid


@dataclass(frozen=True, slots=True)
class Advantage:
    """What a release of that nature says once. An empty tuple asks nothing."""

    given_by: tuple[str, ...]  # parties
    ends: date  # its last day
    starts: date | None = None  # its first day; None: from when it is announced
    members_of: tuple[str, ...] = ()  # parties
    kinds: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()

    @classmethod
    def of(cls, fields: Fields) -> Advantage:
        """The typed reading of a release's fields. Raises KeyError or ValueError where one that
        must be there is not, or is none.
        """
        starts = fields.get("starts")
        return cls(
            given_by=tuple(fields["given_by"]),
            ends=date.fromisoformat(fields["ends"]),
            starts=date.fromisoformat(starts) if starts else None,
            members_of=tuple(fields.get("members_of", ())),
            kinds=tuple(fields.get("kinds", ())),
            sectors=tuple(fields.get("sectors", ())),
        )


def problems(fields: Fields) -> Iterator[tuple[str, Invalid]]:
    """What does not fit together, with the key of a field. Each value by itself is right."""
    advantage = Advantage.of(fields)
    if advantage.starts and advantage.ends < advantage.starts:
        yield "ends", Invalid("ends_before_start", key="ends")
