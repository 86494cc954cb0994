"""Agreements, where they stand, and what rests on them, as programs are shown them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from communique.desk.agreeing import Finding, Resting
from communique.domain.agreement import Outlook
from communique.domain.association import Agreement, Term
from communique.domain.letter import Posted
from communique.errors import CommuniqueError
from communique.views.form import View, day, instant
from communique.views.problems import problem
from communique.views.releases import schedule


def agreement(one: Agreement) -> View:
    """An agreement as its file declares it."""
    return {
        "key": one.key,
        "names": dict(one.names),
        "parties": list(one.parties),
        "terms": [term(each) for each in one.terms],
        "ended": day(one.ended),
    }


def term(one: Term) -> View:
    """A term, both of whose days count."""
    return {"starts": day(one.starts), "ends": day(one.ends)}


def outlooks(of: Mapping[str, Outlook]) -> list[View]:
    """How it looks to each party on its day."""
    return [
        {
            "association": party,
            "on": day(one.on),
            "standing": one.standing.value,
            "time": term(one.time) if one.time else None,
            "next": term(one.next) if one.next else None,
        }
        for party, one in of.items()
    ]


def resting(one: Resting) -> View:
    """A release that cites it, and where it finds nothing in force."""
    at = one.release.schedule
    return {
        "release": one.release.key,
        "state": one.release.state.value,
        "schedule": schedule(at) if at else None,
        "cut_off": {association: day(on) for association, on in one.cut_off.items()},
    }


def letter(one: Posted) -> View:
    """A letter, and what came of it."""
    return {
        "purpose": one.purpose,
        "about": one.about,
        "association": one.association,
        "name": one.name,
        "address": one.address,
        "language": one.language,
        "state": one.state.value,
        "reason": one.reason,
        "attempts": one.attempts,
        "written_at": instant(one.written_at),
        "due_at": instant(one.due_at),
        "ended_at": instant(one.ended_at),
    }


def finding(one: Finding, advice: Callable[[CommuniqueError], str | None]) -> View:
    """What somebody should look at, with the `advice` of the door that says it."""
    return {
        "agreement": one.agreement,
        "ok": one.ok,
        "problem": problem(one.problem, advice(one.problem)),
    }
