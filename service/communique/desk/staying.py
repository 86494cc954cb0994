"""Staying: somebody who is here, of whom one line says only what is known, stays as they are.

So it is with nearly all people of a file that is imported again. There is nothing to weigh (see
`admitting` for the others), so nothing is made of the line but a count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from communique.desk import placing
from communique.desk.admitting import Group, Rules
from communique.domain.member import Admitted, Company, KnownPerson, ListPlace
from communique.domain.plain import Day, Plain, day

# What a line says of lists, what their company is, and the places that they have.
_Consent = tuple[str, Day, date | None, date | None, tuple[ListPlace, ...]]
_Stands = tuple[bool, bool]  # whether they said no to one of these lists, and whether one lapsed


def apart(rules: Rules, group: Group) -> tuple[Admitted, list[Sequence[Plain]]]:
    """How many of a group stay as they are, and the lines of each of the others. Pure."""
    seen: dict[_Consent, _Stands | None] = {}
    others: list[Sequence[Plain]] = []
    unchanged = suppressed = lapsed = 0
    for lines in group.people:
        known = group.known.get(lines[0].key)
        stands = _stands(rules, group, lines, known, seen) if known else None
        if known is None or stands is None:
            others.append(lines)
            continue
        said_no, over = stands
        unchanged += 1
        suppressed += lines[0].key in group.suppressed or known.said_no or said_no
        lapsed += over
    return Admitted(unchanged=unchanged, suppressed=suppressed, lapsed=lapsed), others


def _stands(
    rules: Rules,
    group: Group,
    lines: Sequence[Plain],
    known: KnownPerson,
    seen: dict[_Consent, _Stands | None],
) -> _Stands | None:
    """How it stands with their consent; None where there is something to weigh."""
    one, person = lines[0], known.subscriber
    company = group.keyed.get(one.company)
    if (
        len(lines) > 1
        or company is None
        or company.id != known.member_id
        or company.changed
        or one.noes
        or one.mute
        or one.former
        or known.corrected
        or one.given_name != person.given_name
        or one.family_name != person.family_name
        or one.language != person.language
        or one.role != person.role
    ):
        return None
    theirs = tuple(known.places.values())
    consent = (one.lists, one.consent_since, company.since, company.until, theirs)
    if consent not in seen:
        seen[consent] = _consents(rules, one, known, company)
    return seen[consent]


def _consents(rules: Rules, one: Plain, known: KnownPerson, company: Company) -> _Stands | None:
    wanted: Collection[str] = one.lists.split() or rules.lists
    days = dict.fromkeys(sorted(wanted), day(one.consent_since))
    places, _ = placing.places(rules.association, rules.today, days, known, company)
    if places:
        return None
    said_no = any(known.places[key].said_no for key in wanted)
    return said_no, placing.lapsed(known, wanted, places, rules.today)
