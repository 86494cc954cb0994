"""Agreements in time: whether one holds on a day, until when, what comes next, what is due then.

A day is a party's own: the last day of a term is over where its clocks say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from communique.domain.association import Agreement, Term
from communique.errors import NotAllowed

# How many days before its last day the parties are reminded that none follows, once each.
REMINDERS = (180, 90, 30, 7)

_DAY = timedelta(days=1)


class Beyond(StrEnum):
    """What is done about an hour at which a release's agreement does not hold."""

    ASK = "ask"  # a person says that it is meant: the next term is signed, say, and not written yet
    REFUSE = "refuse"


class Standing(StrEnum):
    """Where an agreement stands on a day."""

    IN_FORCE = "in_force"
    TO_COME = "to_come"  # its first term has not begun
    BETWEEN = "between"  # none of its terms runs, and another is to come
    EXPIRED = "expired"  # its last term is over
    ENDED = "ended"  # its parties ended it before that


@dataclass(frozen=True, slots=True)
class Outlook:
    """An agreement as it looks on a day: the time that it is in or was in last, and the next.

    Terms that follow each other with no day between are one time.
    """

    on: date
    standing: Standing
    time: Term | None
    next: Term | None


@dataclass(frozen=True, slots=True)
class Ending:
    """That the last term ends and none follows. `days` is the reminder that is due, of several."""

    term: Term
    days: int
    left: int  # days from now to the last

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.term.ends


def times(agreement: Agreement) -> tuple[Term, ...]:
    """What its terms come to: those with no day between are one, and none outlasts its end."""
    found: list[Term] = []
    for term in sorted(agreement.terms, key=lambda one: one.starts):
        starts, ends = term.starts, term.ends
        if agreement.ended and ends >= agreement.ended:
            ends = agreement.ended - _DAY
        if ends < starts:
            continue
        if found and starts <= _next(found[-1].ends):
            found[-1] = Term(found[-1].starts, max(found[-1].ends, ends))
        else:
            found.append(Term(starts, ends))
    return tuple(found)


def outlook(agreement: Agreement, on: date) -> Outlook:
    """How it looks on a day."""
    known = times(agreement)
    begun = [one for one in known if one.starts <= on]
    later = next((one for one in known if one.starts > on), None)
    time = begun[-1] if begun else None
    if time and on <= time.ends:
        standing = Standing.IN_FORCE
    elif agreement.ended and (agreement.ended <= on or not known):
        standing = Standing.ENDED
    elif later:
        standing = Standing.BETWEEN if time else Standing.TO_COME
    else:
        standing = Standing.EXPIRED
    return Outlook(on, standing, time, later)


def ending(agreement: Agreement, on: date) -> Ending | None:
    """The reminder that is due on a day: the latest of those that are, and none of the others.

    None where no end is near, or where its parties ended it themselves.
    """
    term = last_term(agreement)
    if term is None or (agreement.ended and agreement.ended <= term.ends):
        return None
    left = (term.ends - on).days
    due = [one for one in REMINDERS if left <= one]
    return Ending(term, min(due), left) if due and left >= 0 else None


def last_term(agreement: Agreement) -> Term | None:
    """The last of its terms, whatever came of it."""
    return max(agreement.terms, key=lambda one: one.ends, default=None)


def successor(last: Term) -> Term:
    """The term that would follow a last one: from the next day on, and as long as that."""
    starts = _next(last.ends)
    years = starts.year - last.starts.year
    if years and (starts.month, starts.day) == (last.starts.month, last.starts.day):
        return Term(starts, _years_on(starts, years) - _DAY)
    return Term(starts, starts + min(last.ends - last.starts, date.max - starts))


def _next(day: date) -> date:
    """The day after; the last that there is has none."""
    return day if day == date.max else day + _DAY


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=min(day.year + years, date.max.year))
    except ValueError:  # the 29th of February
        return date(day.year + years, 3, 1)


def require_appended(agreement: Agreement, new: Term, *, gap: bool = False) -> None:
    """Raises NotAllowed unless a term can come after all the others, on the day after the last.

    With a `gap`, days may lie between, on which nothing of it holds.
    """
    if new.ends < new.starts:
        raise NotAllowed("term_ends_first", starts=str(new.starts), ends=str(new.ends))
    term = last_term(agreement)
    if term is None:
        return
    last = term.ends
    if agreement.ended:
        raise NotAllowed("agreement_was_ended", agreement=agreement.key, ended=str(agreement.ended))
    if last == date.max:
        raise NotAllowed("agreement_never_ends", agreement=agreement.key, last=str(last))
    if new.starts <= last:
        raise NotAllowed(
            "term_overlaps", starts=str(new.starts), last=str(last), first=str(last + _DAY)
        )
    if new.starts > last + _DAY and not gap:
        raise NotAllowed(
            "term_leaves_gap",
            first=str(last + _DAY),
            last=str(new.starts - _DAY),
            starts=str(last + _DAY),
        )
