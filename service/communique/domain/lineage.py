"""Whether a database is the one that was last served here, or another that looks like it (P3).

A copy, a backup that was put back and a database that lost its last commits are from within as good
as the real one. So where it is, and a mark that rises with whatever is claimed and recorded, are
known on two sides: in the database, and in the memory of each service beside it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

# Where a database of a server is, as `Lineage.whereabouts` says it.
_AT_SERVER = re.compile(r"server (?P<server>\S*) database (?P<database>\S+)")


class Doubt(StrEnum):
    """Why a database sends nothing until a person says that it may."""

    ELSEWHERE = "elsewhere"  # it was copied or moved here
    OLDER = "older"  # it lacks what was done here last
    FOREIGN = "foreign"  # what was done last, was not done from this folder
    RESTORED = "restored"  # it was put back from a backup
    REROUTED = "rerouted"  # its mail would leave otherwise than before; noted nowhere
    REPLACED = "replaced"  # another took its place while a service ran


@dataclass(frozen=True, slots=True)
class Lineage:
    """One life of a database, which begins when it is made, and anew when a person says go on."""

    id: str  # made by chance
    whereabouts: str  # where on its machine or server it was then
    begun_at: datetime
    doubt: Doubt | None = None
    doubted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recollection:
    """What a service remembers of the database that it served; kept beside it.

    `marks` begin with the last of which it is certain; of the others it was not told whether they
    were committed. `event` is the newest that it saw.
    """

    lineage: str
    id: str  # of the memory, under which the database has its mark
    marks: tuple[int, ...]
    event: int
    boot: str  # the run of the machine in which it was written

    MOST = 16  # marks: so many commits in a row of which nobody was told are never found

    def noting(self, mark: int) -> Recollection:
        """With a mark that is about to be committed."""
        return replace(self, marks=(self.marks[0], *self.marks[1:][-self.MOST :], mark))

    def certain(self, mark: int) -> Recollection:
        """With a mark that is committed: what was before it is past."""
        if mark <= self.marks[0]:
            return self
        return replace(self, marks=(mark, *(one for one in self.marks if one > mark)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a database says of itself."""

    lineages: Sequence[Lineage]  # the oldest first
    whereabouts: str
    marks: Mapping[str, int]  # of each memory in its last life, by its id
    event: int  # the newest


def moved(before: str, now: str) -> bool:
    """Whether a database that was there `before` is for certain another than the one here `now`.

    Not where a part is not known: that of a server, to whom it does not tell its number.
    """
    if not before or "nowhere" in (before, now):
        return False
    was, here = _AT_SERVER.fullmatch(before), _AT_SERVER.fullmatch(now)
    if was and here:
        servers = {was["server"], here["server"]} - {""}
        return was["database"] != here["database"] or len(servers) > 1
    return before != now


def judge(
    memory: Recollection | None, found: Evidence, *, boot: str, must_remember: bool
) -> Doubt | None:
    """Why this database may not be the one that was last served here; None if it is.

    `must_remember` where whoever served it last has its memory in this very folder; where several
    machines serve one database, a new one need not.
    """
    if not found.lineages:  # one of a version that kept none
        return Doubt.OLDER if memory else None
    now = found.lineages[-1]
    if now.doubt:
        return now.doubt
    if now.whereabouts != found.whereabouts:
        return Doubt.ELSEWHERE
    if memory is None:
        return Doubt.FOREIGN if must_remember and found.marks else None
    if memory.lineage != now.id:
        # A person has said go on since, or it was made anew: then nobody has served it yet.
        known = any(one.id == memory.lineage for one in found.lineages)
        return None if known or not found.marks else Doubt.OLDER
    return _compared(memory, found.marks.get(memory.id, -1), found.event, boot)


def _compared(memory: Recollection, mark: int, event: int, boot: str) -> Doubt | None:
    if mark < memory.marks[0] or event < memory.event:
        return Doubt.OLDER
    if mark in memory.marks:
        return None
    if mark > memory.marks[-1]:
        # The machine went down before the memory was on its disk; or it is another's.
        return None if boot != memory.boot else Doubt.FOREIGN
    return Doubt.OLDER
