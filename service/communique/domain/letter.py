"""A letter: one message that is no release, such as a sign-in link, a confirmation, a reminder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from communique.domain.association import Association
from communique.domain.delivery import DeliveryState

Days = Mapping[str, date]  # by name


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter is made of. Whoever writes it chooses its Message-ID: a copy has the same.

    In templates: `person.name`, `person.address`, and `letter.…` for each of `values` and `days`.
    """

    purpose: str  # its folder of templates
    association: Association  # in whose name it goes out
    language: str
    name: str  # of the person it is to; may be empty
    address: str
    values: Mapping[str, str]
    message_id: str  # without angle brackets
    date: datetime
    days: Days = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter as it is kept until it is gone, and afterwards to tell that it was.

    What it is `about`, for a purpose, is told to an address once. Its states are a delivery's: it
    is open while it has `due_at`, and `skipped` where it has nothing to say any more.
    """

    purpose: str
    about: str
    association: str
    language: str
    name: str
    address: str
    values: Mapping[str, str]
    days: Days
    message_id: str
    written_at: datetime
    state: DeliveryState = DeliveryState.QUEUED
    due_at: datetime | None = None
    attempts: int = 0
    unknowns: int = 0
    reason: str = ""
    ended_at: datetime | None = None
    id: int = 0
