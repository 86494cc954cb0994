"""A pass: a member's proof that an advantage is theirs. Valid or not, and nothing else of them.

It is the delivery of an advantage to somebody, looked at now. What a partner is shown or told of it
is decided here, and nowhere else (P6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from communique.domain.advantage import Advantage
from communique.domain.member import Member
from communique.domain.release import Filter

TWICE = timedelta(minutes=1)  # in which a second press is the first one's
TAKEN_BACK_WITHIN = timedelta(minutes=10)
FEWEST = 5  # holders of whose uses a partner may hear the sum, and what that is rounded down to


@dataclass(frozen=True, slots=True)
class Use:
    """Once that an advantage was given for a pass."""

    id: int
    at: datetime

    def stands_for(self, now: datetime) -> bool:
        """Whether a press at `now` is still this one, by accident."""
        return now - self.at < TWICE

    def may_be_taken_back(self, now: datetime) -> bool:
        """Whether whoever gave it may still say that they did not."""
        return now - self.at < TAKEN_BACK_WITHIN


@dataclass(frozen=True, slots=True)
class Pass:
    """A delivery of an advantage, and who its reader is by now."""

    delivery: int
    release: int
    association: str  # whose member they are
    language: str  # of the message
    called_off: bool  # the release was cancelled
    agreement: str | None
    content_hash: str
    member_id: int
    member: Member
    named: bool  # they have their company's name shown
    used: int
    last_use: Use | None


class Standing(StrEnum):
    """Whether a pass is valid. Its holder sees why not; whoever scans it never does."""

    VALID = "valid"
    NOT_YET = "not_yet"
    OVER = "over"
    NOT_A_MEMBER = "not_a_member"  # any more
    NOT_MEANT = "not_meant"  # for members such as theirs
    CALLED_OFF = "called_off"


def standing(
    one: Pass, advantage: Advantage, only: Filter, today: date, *, in_force: bool
) -> Standing:
    """Whether a pass is valid on a day, which is its association's.

    `only` is what the audience asked of members; `in_force`, whether the agreement holds. That
    somebody reads no messages any more is no reason: who wants no mail is a member still.
    """
    if not _is_member(one.member, today):
        return Standing.NOT_A_MEMBER
    if one.called_off:
        return Standing.CALLED_OFF
    if today > advantage.ends or not in_force:
        return Standing.OVER
    if not (_is_meant(advantage, one) and _was_asked(only, one.member)):
        return Standing.NOT_MEANT
    if advantage.starts and today < advantage.starts:
        return Standing.NOT_YET
    return Standing.VALID


def _is_member(member: Member, today: date) -> bool:
    return (member.since is None or member.since <= today) and (
        member.until is None or today <= member.until
    )


def _is_meant(advantage: Advantage, one: Pass) -> bool:
    """Whether what it says of itself speaks of such a member."""
    asked = (
        (advantage.members_of, one.association),
        (advantage.kinds, one.member.kind),
        (advantage.sectors, one.member.sector),
    )
    return all(_among(values, value) for values, value in asked)


def _was_asked(only: Filter, member: Member) -> bool:
    """Whether it would be offered to such a member still."""
    asked = (
        (only.sectors, member.sector),
        (only.territories, member.territory),
        (only.kinds, member.kind),
    )
    long_enough = only.since is None or (member.since is not None and member.since <= only.since)
    return long_enough and all(_among(values, value) for values, value in asked)


def _among(values: Sequence[str], value: str) -> bool:
    return not values or value in values


@dataclass(frozen=True, slots=True)
class CompanyUses:
    """How often the people of one member used an advantage, by day."""

    company: str  # empty: it is gone, for it was the only person's who was erased
    days: Mapping[date, int] = field(hash=False)

    @property
    def used(self) -> int:
        """In all."""
        return sum(self.days.values())


@dataclass(frozen=True, slots=True)
class Sum:
    """How often an association's members used an advantage, and how many passes that were."""

    association: str
    used: int
    holders: int

    @property
    def for_partner(self) -> int | None:
        """What a partner may hear of it: in whole fives, once five people used it; else None.

        So neither a sum nor what two sums differ by is ever one person's.
        """
        return self.used - self.used % FEWEST if self.holders >= FEWEST else None
