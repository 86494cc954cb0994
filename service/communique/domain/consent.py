"""Consent: why a person may be written to, and until when (CASL s.10; docs/mail.md §4)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class Basis(StrEnum):
    """What a list's consent rests on."""

    EXPRESS = "express"  # the person said so; it does not lapse
    MEMBERSHIP = "membership"  # implied while a member, and two years after it ends
    INQUIRY = "inquiry"  # implied for six months after an inquiry
    BUSINESS = "business"  # implied for two years after a purchase or contract


MONTHS = {Basis.MEMBERSHIP: 24, Basis.INQUIRY: 6, Basis.BUSINESS: 24}


def lapses_on(basis: Basis, since: date, membership_ended: date | None) -> date | None:
    """The first day on which this consent no longer holds, or None if it does not lapse.

    A membership's clock starts when the membership ends (CASL s.10(14)).
    """
    if basis is Basis.EXPRESS:
        return None
    start = membership_ended if basis is Basis.MEMBERSHIP else since
    return _months_later(start, MONTHS[basis]) if start else None


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:  # the 31st, or 29 February, in a month without one: the next month's first
        return day.replace(year=day.year + years, month=month + 2, day=1)
