"""Placing: which places on lists somebody gets by an import, and how long consent holds there.

Pure. What has lapsed, or is to lapse, is told apart from the rest: it must not hold again, or
longer, in silence (P11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from communique.domain.association import Association
from communique.domain.consent import Basis, lapses_on
from communique.domain.member import Company, KnownPerson, ListPlace
from communique.domain.merging import written


def places(
    association: Association,
    today: date,
    wanted: Mapping[str, date | None],
    known: KnownPerson | None,
    company: Company,
) -> tuple[list[ListPlace], list[ListPlace]]:
    """The places that are new or other than before; and those of them that had lapsed."""
    before = known.places if known else {}
    found = []
    for key in dict.fromkeys((*wanted, *before)):
        was = before.get(key)
        basis = was.basis if was else association.list_named(key).basis
        since = wanted.get(key) or (was.since if was else company.since) or today
        lapses = lapses_on(basis, since, company.until)
        now = ListPlace(key, basis, since, lapses, was.said_no if was else False)
        if now != was:
            found.append(now)
    revived = [
        one
        for one in found
        if (was := before.get(one.list_key))
        and not was.said_no
        and not was.holds(today)
        and one.holds(today)
    ]
    return found, revived


def by_now(known: Mapping[str, KnownPerson], here: Mapping[int, Company]) -> dict[str, KnownPerson]:
    """People with their consent as the same import's word on their companies leaves it.

    What it has written shows already; what a dry run only foresees does not.
    """
    return {
        key: replace(
            one,
            places={
                place.list_key: replace(
                    place,
                    lapses_on=lapses_on(place.basis, place.since, here[one.member_id].until),
                )
                for place in one.places.values()
            },
        )
        if here[one.member_id].changed
        else one
        for key, one in known.items()
    }


def prolonged(
    known: KnownPerson | None, places: Sequence[ListPlace], today: date
) -> list[ListPlace]:
    """Those of these that rest on a membership that ends, and would on one that ends later.

    It may be the same company, spelled otherwise, of which no line says here that it leaves.
    """
    before = known.places if known else {}
    return [
        one
        for one in places
        if (was := before.get(one.list_key))
        and was.lapses_on
        and was.holds(today)
        and not was.said_no
        and one.basis is Basis.MEMBERSHIP
        and (one.lapses_on is None or one.lapses_on > was.lapses_on)
    ]


def lapsed(
    known: KnownPerson | None, wanted: Collection[str], places: Sequence[ListPlace], today: date
) -> bool:
    """Whether they are on one of these lists with a consent that holds no more."""
    now = {**(known.places if known else {}), **{one.list_key: one for one in places}}
    return any(not now[key].holds(today) for key in wanted)


def said_no(known: KnownPerson | None, wanted: Collection[str]) -> bool:
    """Whether they said no to one of these lists, or to all there is."""
    return known is not None and (
        known.said_no or any(known.places[key].said_no for key in wanted if key in known.places)
    )


def since(known: KnownPerson | None, place: ListPlace) -> str:
    """From when a place counted before, as people read it; empty for a new one."""
    was = known.places.get(place.list_key) if known else None
    return written(was.since) if was else ""


def ended(known: KnownPerson | None, place: ListPlace, today: date) -> str:
    """When consent lapsed, or is to lapse."""
    was = known.places.get(place.list_key) if known else None
    if was is None:
        return ""
    return f"{'lapses' if was.holds(today) else 'lapsed'} {written(was.lapses_on)}"
