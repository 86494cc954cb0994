"""Staying: somebody who is here, of whom one line says only what is known, stays as they are.

So it is with nearly all people of a file that is imported again. There is nothing to weigh (see
`admitting` for the others), so nothing is made of the line but a count.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from communique.desk import placing
from communique.desk.admitting import Rules
from communique.domain.member import Admitted, Company, KnownPerson, ListPlace
from communique.domain.plain import Day, Single, day

# What a line says of lists, what their company is, and the places that they have.
_Consent = tuple[str, Day, Day, Day, tuple[ListPlace, ...]]
_Stands = tuple[bool, bool]  # whether they said no to one of these lists, and whether one lapsed


def apart(
    rules: Rules,
    singles: Sequence[Single],
    known: Mapping[str, KnownPerson],
    suppressed: Collection[str],
) -> tuple[Admitted, list[str]]:
    """How many of these, who are all known, stay as they are, and the keys of the others. Pure."""
    seen: dict[_Consent, _Stands | None] = {}
    others: list[str] = []
    unchanged = barred = lapsed = 0
    rows = json.loads(f"[{','.join(one.newcomer for one in singles)}]")
    for one, (key, company, _, *said) in zip(singles, rows, strict=True):
        here = known[key]
        stands = None
        if not here.corrected and company == here.member_id and said == _as_said(here):
            stands = _stands(rules, one, here, seen)
        if stands is None:
            others.append(key)
            continue
        said_no, over = stands
        unchanged += 1
        barred += key in suppressed or here.said_no or said_no
        lapsed += over
    return Admitted(unchanged=unchanged, suppressed=barred, lapsed=lapsed), others


def _as_said(here: KnownPerson) -> list[str]:
    """Who they are, as a file says it of somebody new."""
    person = here.subscriber
    return [person.given_name, person.family_name, person.language, person.role]


def _stands(
    rules: Rules, one: Single, here: KnownPerson, seen: dict[_Consent, _Stands | None]
) -> _Stands | None:
    """How it stands with their consent; None where there is something to weigh."""
    theirs = tuple(here.places.values())
    consent = (one.lists, one.consent_since, one.since, one.until, theirs)
    if consent not in seen:
        seen[consent] = _consents(rules, one, here)
    return seen[consent]


def _consents(rules: Rules, one: Single, here: KnownPerson) -> _Stands | None:
    company = Company(one.company, since=day(one.since), until=day(one.until))
    wanted: Collection[str] = one.lists.split() or rules.lists
    days = dict.fromkeys(sorted(wanted), day(one.consent_since))
    places, _ = placing.places(rules.association, rules.today, days, here, company)
    if places:
        return None
    said_no = any(here.places[key].said_no for key in wanted)
    return said_no, placing.lapsed(here, wanted, places, rules.today)
