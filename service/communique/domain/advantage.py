"""An advantage: who gives it, to whose members, from which day until which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from communique.domain.agreement import times
from communique.domain.association import Agreement
from communique.domain.release import Fields
from communique.domain.when import zone
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


def over_at(advantage: Advantage, zone_name: str) -> datetime:
    """The instant, in UTC, at which its last day is over in a zone."""
    midnight = datetime.combine(advantage.ends, time.max, zone(zone_name)).astimezone(UTC)
    return midnight + timedelta(microseconds=1)


def first_day_without(agreement: Agreement, first: date, advantage: Advantage) -> date | None:
    """The first day of an advantage, offered from the day `first` on, on which its agreement holds
    no more; None if it holds throughout.
    """
    begins = max(first, advantage.starts or first)
    for one in times(agreement):
        if one.starts <= begins <= one.ends:
            return None if advantage.ends <= one.ends else one.ends + timedelta(days=1)
    return begins if begins <= advantage.ends else None
