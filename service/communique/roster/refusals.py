"""Columns by which another program says that somebody is not to be written to, and our own.

They are found by what their headings say, in French or English. A cell is a no where it means one:
`yes` under “Unsubscribed”, `no` under “Opt-in”, `cleaned` under “Status”, any date under
“Unsub time”. What such a cell may mean otherwise is a no as well: that harms nobody in silence,
since every one is told with its column, and the column can be left out (P11).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from communique.domain.consent import Extent
from communique.domain.member import Cause, No
from communique.domain.text import abbreviated
from communique.roster.columns import REACHES, UNWRITTEN, folded


class Reading(Enum):
    """How the cells of a column are to be read."""

    OURS = "ours"  # what an export of ours says
    NO = "no"  # a yes is a no
    YES = "yes"  # a no is a no
    STATUS = "status"  # a word is


_OURS = frozenset(map(folded, UNWRITTEN))
_STATUS = re.compile(
    r"(e?mail|courriel|marketing|subscri\w*|abonne\w*|optin|contact|member)*"
    r"(status|statut|state|etat)(del?a?(bonnement|dresse|inscription))?"
)
_BOUNCED = re.compile(r"bounce|cleaned|rebond|nonremis|invalidemail|courrielinvalide|undeliverable")
_NO = re.compile(
    r"unsub|optedout|optout|donot(e?mail|send|contact|write)|dontemail|noe?mails?$|nobulk|"
    r"blocklist|blacklist|suppress|complain|spam|desabonn|desinscri|desincri|"
    r"nepas(envoyer|contacter|ecrire|solliciter)|pasdecourriel|refus|optedoutof|retraitduconsentement"
)
_YES = re.compile(
    r"optin|optedin|subscribed|subscribetonewsletter|abonnee?|accepts?(e?mail)?marketing|"
    r"(e?mail|marketing|courriel)*consent(ement)?(given|courriel|e?mail|marketing)?|newsletter|"
    r"infolettre|(souhaitez|desirez|voulez)vous\w*recevoir\w*|acceptez\w*recevoir\w*|"
    r"(wouldyoulike|doyouwant|doyouwish)to\w*receive\w*|jaccepte\w*|iagree\w*"
)
_FALSE = frozenset({"", "no", "n", "non", "false", "faux", "0", "none", "never", "jamais", "na"})
_STATUSES = re.compile(
    r"unsub\w*|optedout|optout|nonsub\w*|notsub\w*|donot\w*|desabonn\w*|desinscri\w*|retire\w*|"
    r"suppress\w*|blocked|bloque\w*|blacklist\w*|blocklist\w*|refus\w*|spam\w*|complain\w*|plainte|"
    r"archived|archive\w*|unconfirmed|pending|nonconfirme\w*|enattente"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that says no, and where it stands."""

    position: int
    heading: str
    reading: Reading


def found(headings: Sequence[str], taken: Collection[int]) -> tuple[Column, ...]:
    """The columns that say no, of those that are not `taken` for something else."""
    columns = []
    for position, heading in enumerate(headings):
        if position not in taken and (reading := _reading(folded(heading))):
            columns.append(Column(position, heading, reading))
    return tuple(columns)


def _reading(heading: str) -> Reading | None:
    if heading in _OURS:
        return Reading.OURS
    if _STATUS.fullmatch(heading):
        return Reading.STATUS
    if _YES.fullmatch(heading):
        return Reading.YES
    return Reading.NO if _NO.search(heading) or _BOUNCED.search(heading) else None


def read(column: Column, written: str, lists: Collection[str]) -> tuple[No, ...]:
    """What a cell says: nothing, or a no with where it stands."""
    word = folded(written)
    if not word:
        return ()
    said = f"{abbreviated(column.heading, 40)}: {abbreviated(written, 40)}"
    match column.reading:
        case Reading.OURS:
            return tuple(_ours(one.strip(), lists, said) for one in written.split(","))
        case Reading.STATUS:
            if _BOUNCED.search(word):
                return (No(said, cause=Cause.HARD_BOUNCE),)
            return (No(said),) if _STATUSES.fullmatch(word) else ()
        case Reading.YES:
            return (No(said),) if word in _FALSE else ()
    if word in _FALSE or "://" in written or re.fullmatch(r"0+", word):
        return ()
    bounced = _BOUNCED.search(folded(column.heading))
    return (No(said, cause=Cause.HARD_BOUNCE if bounced else None),)


def _ours(written: str, lists: Collection[str], said: str) -> No:
    """One of the things that an export says; what is not among them is a no to all."""
    for extent, words in REACHES.items():
        for word in words:
            if extent is Extent.LIST:
                for key in lists:
                    if folded(written) == folded(word.format(list=key)):
                        return No(said, Extent.LIST, key, ours=True)
            elif folded(written) == folded(word):
                return No(said, extent, ours=True)
    return No(said)
