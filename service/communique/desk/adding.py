"""Adding: somebody new of whom one line speaks, and says no no, becomes what that line says.

So it is with nearly all people of a first import. There is nothing to weigh (see `admitting` for
those others), so nothing is made of the line but the row that it becomes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from communique.desk import placing
from communique.desk.admitting import Decided, Rules
from communique.domain.member import Admitted, Company, ListPlace, Newcomer
from communique.domain.plain import Day, Plain, day

New = tuple[Plain, Company]


def apart(
    people: Iterable[Sequence[Plain]], known: Collection[str], companies: Mapping[str, Company]
) -> tuple[list[New], list[Sequence[Plain]]]:
    """Those people, each with their company, and the others."""
    new: list[New] = []
    others = []
    for lines in people:
        one = lines[0]
        company = companies.get(one.company)
        if (
            len(lines) > 1
            or company is None
            or company.id is None
            or one.key in known
            or one.noes
            or one.mute
        ):
            others.append(lines)
        else:
            new.append((one, company))
    return new, others


def decide(rules: Rules, new: Iterable[New], suppressed: Collection[str], decided: Decided) -> None:
    """What each of them becomes, beside what is `decided` of others. Pure."""
    alike: dict[tuple[str, Day, date | None, date | None], tuple[list[Newcomer], bool]] = {}
    added = barred = lapses = 0
    for one, company in new:
        consent = (one.lists, one.consent_since, company.since, company.until)
        if consent not in alike:
            places, lapsed = _places(rules, one, company)
            alike[consent] = decided.newcomers.setdefault(places, []), lapsed
        newcomers, lapsed = alike[consent]
        newcomers.append(
            Newcomer(
                one.key,
                company.id or 0,
                one.address,
                one.given_name,
                one.family_name,
                one.language,
                one.role,
            )
        )
        added += 1
        barred += one.key in suppressed
        lapses += lapsed
    decided.lines += added
    decided.admitted += Admitted(added=added, suppressed=barred, lapsed=lapses)


def _places(rules: Rules, one: Plain, company: Company) -> tuple[tuple[ListPlace, ...], bool]:
    """Their places, and whether the consent for one of these holds no more."""
    since = day(one.consent_since)
    wanted = dict.fromkeys(sorted(one.lists.split() or rules.lists), since)
    places, _ = placing.places(rules.association, rules.today, wanted, None, company)
    return tuple(places), placing.lapsed(None, wanted, places, rules.today)
