"""Whether a due release goes: a decision, as a value. What the world says comes as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from communique.domain.release import Release, Schedule, State


@dataclass(frozen=True, slots=True)
class Go:
    """Every party approved exactly this, and its hour has come."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Its hour has not come, or somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Miss:
    """It must not go any more unless somebody says so (P8); what was approved still is."""

    why: str


@dataclass(frozen=True, slots=True)
class Void:
    """It is not what was approved, or would reach nobody: back to its authors (P4)."""

    why: str


Decision = Go | NotYet | Miss | Void


def timely(release: Release, now: datetime, late_after: timedelta) -> Go | NotYet | Miss:
    """What the hour says, before anything else is asked."""
    planned = release.schedule
    if release.state is not State.APPROVED or planned is None or planned.send_at > now:
        return NotYet()
    late = _late(planned, now, late_after)
    return Miss(late) if late else Go()


def _late(planned: Schedule, now: datetime, late_after: timedelta) -> str:
    if planned.deliver_by and now >= planned.deliver_by:
        return f"its deliver-by, {planned.deliver_by:%Y-%m-%d %H:%M} UTC, has passed"
    if now > planned.send_at + late_after:
        return f"it was due at {planned.send_at:%Y-%m-%d %H:%M} UTC and nothing ran to send it"
    return ""


def meant(missing: Sequence[str], *, anybody: bool, doubts: Sequence[str]) -> Go | Void:
    """What the parties and the lists say: `missing` have not approved, `anybody` is written to."""
    if missing:
        return Void(f"not approved by {', '.join(missing)}")
    if not anybody:
        return Void(f"there is nobody to write to: {'; '.join(doubts)}")
    return Go()
