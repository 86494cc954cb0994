"""What there is to tell of a spreadsheet, a row each, in the order in which it is read best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from communique.domain.member import (
    BadLine,
    Difference,
    Duplicate,
    Followed,
    Leaver,
    Mover,
    Refusal,
)
from communique.domain.merging import Contradiction
from communique.facts import Fact


class Kind(StrEnum):
    """What a finding is about. They are told in this order."""

    BAD = "bad"  # a line that cannot be taken in
    NO = "no"  # somebody who said no elsewhere
    CONTRADICTION = "contradiction"  # lines that do not agree
    LAPSED = "lapsed"  # what makes consent hold again, or longer; done only where it was asked for
    MOVES = "moves"  # somebody new who may be one that is here, at another address
    MOVED = "moved"  # a line with an address that somebody moved from, which is theirs
    LEAVES = "leaves"  # somebody who is on a list, and not in the file that it is to match
    REPEATED = "repeated"  # one more line for a person
    CHANGE = "change"  # a field that is another now


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell. `line` is 0 where it is no line's; what does not apply is empty."""

    kind: Kind
    line: int
    whom: str  # an address as written, or a company's name
    field: str = ""
    old: str = ""  # for a repeated line: the first one's number
    new: str = ""
    reason: str = ""  # what is wrong, in words; for a contradiction: who says what
    facts: tuple[Fact, ...] = ()  # what is wrong, for a door that has words of its own


def finding(
    one: BadLine | Refusal | Duplicate | Contradiction | Difference | Leaver | Mover | Followed,
    kind: Kind = Kind.CHANGE,
) -> Finding:
    """What there is to tell of it; `kind` is that of a Difference."""
    match one:
        case BadLine():
            return Finding(Kind.BAD, one.line, one.address, reason=one.reason, facts=one.facts)
        case Refusal():
            return Finding(Kind.NO, one.line, one.address, reason=one.said)
        case Duplicate():
            return Finding(Kind.REPEATED, one.line, str(one.address), old=str(one.first))
        case Contradiction():
            line = min(line for _, line in one.said)
            return Finding(
                Kind.CONTRADICTION, line, one.whom, one.field, new=one.holds, reason=one.told
            )
        case Mover():
            return Finding(Kind.MOVES, one.line, one.whom, "address", one.old, one.new)
        case Followed():
            return Finding(Kind.MOVED, one.line, one.old, "address", one.old, one.new)
        case Leaver():
            return Finding(Kind.LEAVES, 0, one.address, field=f"list {one.list_key}")
        case Difference():
            return Finding(kind, 0, one.whom, one.field, one.old, one.new)
