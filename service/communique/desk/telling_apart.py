"""Telling apart: whose an address is that lines of a spreadsheet give to several people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from communique.domain.member import BadLine, Entry, KnownPerson
from communique.domain.merging import SHOWN, Contradiction, Name, alike, apart, name_of, of_one
from communique.errors import Invalid

# Titles, and what stands before family names: no two people are one for these.
_COMMON = frozenset(
    {"m", "mr", "mrs", "ms", "mme", "mlle", "miss", "dr", "dre", "me", "prof", "pr", "jr", "sr"}
    | {"de", "du", "des", "d", "la", "le", "l", "les", "van", "von", "der", "den", "st", "ste"}
)


def whose(
    lines: Sequence[Entry], known: KnownPerson | None, *, renamed: bool = False
) -> tuple[Sequence[Entry], list[Contradiction], list[BadLine]]:
    """The lines that speak of whoever has an address; what is doubtful of them; and those that are
    held back.

    Somebody of another name may have an address by now that its owner moved from; or one that is
    whoever's it falls to, such as `president@`, unless those of another name are known to have been
    `renamed`. Where nobody is known, and as many lines give one name as another, nobody can tell
    whose it is (P11).
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
    if known and not renamed and another(theirs, known):
        error = Invalid("address_of_another", name=" ".join(filter(None, _now(known))))
        bad += [_held_back(one, error, str(one.subscriber.address)) for one in theirs]
        theirs = ()
    return theirs, doubts, bad


def another(lines: Sequence[Entry], known: KnownPerson) -> bool:
    """Whether lines of one person speak of another than has their address here.

    They have no word of their names in common, nor letters that begin one.
    """
    names = [one for line in lines if any(one := name_of(line))]
    return (
        bool(names)
        and all(alike(one, names[0]) for one in names)
        and all(_other(one, has) for one in names for has in {_called(known), _now(known)})
    )


def _other(one: Name, has: Name) -> bool:
    return (
        apart(one, has) and _words(one).isdisjoint(_words(has)) and not any(map(_begins, one, has))
    )


def _words(name: Name) -> set[str]:
    """The words of a name without accents, but for those that many have."""
    letters = unicodedata.normalize("NFKD", " ".join(name).casefold())
    text = "".join(one for one in letters if not unicodedata.combining(one))
    return set(re.findall(r"\w+", text)) - _COMMON


def _begins(one: str, other: str) -> bool:
    one, other = (text.strip(" .").casefold() for text in (one, other))
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _now(known: KnownPerson) -> Name:
    return known.subscriber.given_name, known.subscriber.family_name


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
