"""Hearing: which noes the lines of a spreadsheet say of one person, and which of them are new."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from communique.domain.consent import Basis, Extent
from communique.domain.member import Entry, KnownPerson, No, Refusal

Part = tuple[Extent, str]  # how far a no reaches, and which list that is


def noes(
    lines: Sequence[Entry],
    known: KnownPerson | None,
    *,
    suppressed: bool,
    early: Collection[Part] = (),
) -> tuple[list[Refusal], list[tuple[str, No]]]:
    """Every no of their lines, good or not; and what does not stand yet, by address key.

    `early` are the parts of a no that are kept of an address that nobody has yet.
    """
    key = lines[0].subscriber.address.key
    said: dict[No, str] = {}
    told = []
    for line in lines:
        if line.noes:
            words = "; ".join(one.said for one in line.noes)
            lapse = all(one.lapse for one in line.noes)
            told.append(Refusal(line.line, str(line.subscriber.address), words, lapse))
        for one in line.noes:
            said.setdefault(replace(one, said=""), one.said)
    new = [
        (key, replace(no, said=words))
        for no, words in said.items()
        if not _stands(no, known, suppressed=suppressed, early=early)
    ]
    return told, new


def _stands(
    no: No, known: KnownPerson | None, *, suppressed: bool, early: Collection[Part]
) -> bool:
    if no.lapse:  # it takes away what rests on the membership, and no more
        return known is None or not any(
            one.basis is Basis.MEMBERSHIP and not one.said_no for one in known.places.values()
        )
    if no.cause or known is None:
        # Of somebody who is not here yet, their address keeps the no, if they do not come by it.
        return suppressed or (no.extent, no.list_key) in early
    if suppressed and no.ours and no.extent is Extent.ALL:
        return True
    if no.extent is Extent.LIST:
        place = known.places.get(no.list_key)
        return bool(place and place.said_no)
    return known.said_no if no.extent is Extent.ALL else known.no_joint
