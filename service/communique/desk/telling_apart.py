"""Telling apart: whose an address is that lines of a spreadsheet give to several people."""

from __future__ import annotations

from collections.abc import Sequence

from communique.domain.member import BadLine, Entry, KnownPerson
from communique.domain.merging import SHOWN, Contradiction, Name, apart, name_of, of_one
from communique.errors import Invalid


def whose(
    lines: Sequence[Entry], known: KnownPerson | None
) -> tuple[Sequence[Entry], list[Contradiction], list[BadLine]]:
    """The lines that speak of whoever has an address; what is doubtful of them; and those that are
    held back.

    Somebody of another name may have an address by now that its owner moved from. Where nobody is
    known, and as many lines give one name as another, nobody can tell whose it is (P11).
    """
    has = _called(known)
    bad = []
    rest = []
    for one in lines:
        if one.former and apart(name_of(one), has):
            now = str(one.subscriber.address)
            error = Invalid("address_of_who_moved", address=one.former, now=now)
            bad.append(_held_back(one, error, one.former))
        else:
            rest.append(one)
    theirs, doubts = of_one(rest, has)
    if rest and not theirs and not any(has):
        names = sorted({" ".join(filter(None, name_of(one))) for one in rest} - {""})
        error = Invalid("address_of_several_names", names=names[:SHOWN])
        bad += [_held_back(one, error, str(one.subscriber.address)) for one in rest]
    return theirs, doubts, bad


def _called(known: KnownPerson | None) -> Name:
    """The name that files know somebody by, whatever the desk made of it since."""
    if known is None:
        return "", ""
    person, said = known.subscriber, known.corrected
    return (
        said.get("given_name", person.given_name),
        said.get("family_name", person.family_name),
    )


def _held_back(one: Entry, error: Invalid, address: str) -> BadLine:
    return BadLine(one.line, error.message, address, (error.code,), facts=(error.fact,))
