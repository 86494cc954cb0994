"""Adding: somebody new of whom one line speaks, and says no no, becomes what that line says.

So it is with nearly all people of a first import. There is nothing to weigh (see `admitting` for
those others), so nothing is made of the line: who gets which places is decided for all alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from communique.desk import placing
from communique.desk.admitting import Decided, Rules
from communique.domain.member import Admitted, Company, ListPlace, Newcomer
from communique.domain.plain import Day, Single, day

_Consent = tuple[str, Day, Day, Day]  # what a line says of lists, and what their company is


def decide(
    rules: Rules, new: Iterable[Single], suppressed: Collection[str], decided: Decided
) -> None:
    """What each of them becomes, beside what is `decided` of others. Pure."""
    alike: dict[_Consent, tuple[list[Newcomer | str], bool]] = {}
    added = barred = lapses = 0
    for key, _, newcomer, lists, consent_since, _, since, until in new:
        consent = (lists, consent_since, since, until)
        if (theirs := alike.get(consent)) is None:
            places, lapsed = _places(rules, consent)
            theirs = alike[consent] = decided.newcomers.setdefault(places, []), lapsed
        theirs[0].append(newcomer)
        lapses += theirs[1]
        added += 1
        barred += key in suppressed
    decided.lines += added
    decided.admitted += Admitted(added=added, suppressed=barred, lapsed=lapses)


def _places(rules: Rules, consent: _Consent) -> tuple[tuple[ListPlace, ...], bool]:
    """Their places, and whether the consent for one of these holds no more."""
    lists, consent_since, since, until = consent
    company = Company(None, since=day(since), until=day(until))
    wanted = dict.fromkeys(sorted(lists.split() or rules.lists), day(consent_since))
    places, _ = placing.places(rules.association, rules.today, wanted, None, company)
    return tuple(places), placing.lapsed(None, wanted, places, rules.today)
