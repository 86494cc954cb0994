"""Whether a due release goes: a decision, as a value. What the world says comes as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from communique.domain.release import Release, Schedule, State
from communique.domain.when import in_utc
from communique.facts import Fact


@dataclass(frozen=True, slots=True)
class Go:
    """Every party approved exactly this, and its hour has come."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Its hour has not come, or somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Miss:
    """It must not go any more unless somebody says so (P8); what was approved still is."""

    why: Fact


@dataclass(frozen=True, slots=True)
class Void:
    """It is not what was approved, or would reach nobody: back to its authors (P4)."""

    why: Fact


Decision = Go | NotYet | Miss | Void


def timely(release: Release, now: datetime, late_after: timedelta) -> Go | NotYet | Miss:
    """What the hour says, before anything else is asked."""
    planned = release.schedule
    if release.state is not State.APPROVED or planned is None or planned.send_at > now:
        return NotYet()
    late = _late(planned, now, late_after)
    return Miss(late) if late else Go()


def _late(planned: Schedule, now: datetime, late_after: timedelta) -> Fact | None:
    if planned.deliver_by and now >= planned.deliver_by:
        return Fact("deliver_by_passed", hour=in_utc(planned.deliver_by))
    if now > planned.send_at + late_after:
        return Fact("nothing_ran_at_its_hour", hour=in_utc(planned.send_at))
    return None


NOBODY = Fact("release_without_reader")


def meant(missing: Sequence[Fact], *, anybody: bool, doubts: Sequence[Fact]) -> Go | Void:
    """What the parties and the lists say: `missing` have not approved, `anybody` is written to."""
    if missing:
        return Void(Fact("not_approved_by", parties=missing))
    if not anybody:
        return Void(Fact("nobody_to_write_to", doubts=doubts) if doubts else NOBODY)
    return Go()
