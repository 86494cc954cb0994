"""Columns by which another program says that somebody is not to be written to, and our own.

They are found by what their headings say, in French or English (`stems`). A cell is a no where it
means one: `yes` under “Unsubscribed”, `no` under “Opt-in”, `cleaned` under “Status”, any date under
“Unsub time”. So is what is neither known as blank or no nor known as yes, such as a tick nobody
knows or `?`: that harms nobody in silence, since every one is told with its column, and the column
can be left out (P11). Columns that may say so and are not known how are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from communique.domain.consent import Extent
from communique.domain.member import Cause, No
from communique.domain.text import abbreviated
from communique.roster import stems
from communique.roster.columns import REACHES, UNWRITTEN, folded


class Reading(Enum):
    """How the cells of a column are to be read."""

    OURS = "ours"  # what an export of ours says
    NO = "no"  # whatever is no `no` is a no
    YES = "yes"  # whatever is no yes is a no
    STATUS = "status"  # some words are: it may be a status of anything


_OURS = frozenset(map(folded, UNWRITTEN))
_STATUS = re.compile(
    r"(e?mail|courriel|marketing|subscri\w*|abonne\w*|optin|contact|member(ship)?)*"
    r"(status|statut|state|etat)(del?a?(bonnement|dresse|inscription)|d?adhesion|d[eu]?membre|membre)?"
)
# Of these, one that is of the membership and not of mail.
_OF_MEMBERSHIP = re.compile(
    r"(contact|member(ship)?)*(status|statut|state|etat)(d?adhesion|d[eu]?membre|membre)?"
)
_YES = re.compile(
    r"subscribetonewsletter|jaccepte\w*|iagree\w*|"
    r"(souhaitez|desirez|voulez)vous\w*recevoir\w*|acceptez\w*recevoir\w*|"
    r"(wouldyoulike|doyouwant|doyouwish)to\w*receive\w*"
)
# A heading of nothing but these, and of one of the first at least, is of a yes.
_OF_A_YES = re.compile(
    r"e?mails?|courriels?|marketing|opt ?in|opted ?in|consent\w*|permission|autorisation|casl|lcap|"
    r"gdpr|rgpd|newsletters?|infolettres?|subscri(?:bed?|bers?|ptions?)|abonn(?:ee?s?|ements?)|"
    r"autorise|accepte?s?|allows?"
)
_BESIDE = re.compile(
    r"status|statut|etat|state|given|donnee?s?|received|recue?s?|obtenue?s?|obtained|express?|"
    r"explicite?|des?|du|d|l|la|les?|l|aux?|a|to|par|by|pour|for|e|in|our|nos|notre|all|tous"
)
_STATES = frozenset({"status", "statut", "etat", "state"})
# These are of a yes where their status is said, and of an address or of a price elsewhere.
_OF_ITS_STATUS = frozenset(
    {"email", "emails", "mail", "mails", "courriel", "courriels", "marketing", "subscription"}
    | {"subscriptions", "abonnement", "abonnements"}
)
# What may be of a yes, and is asked for where it is not one of the above: but no proof of a yes.
_ASKED = stems.pattern(
    (
        *("consent", "permission.", "casl.", "lcap.", "gdpr.", "rgpd.", "opt in", "subscri"),
        *("abonn", "newsletter", "infolettre"),
    )
)
_PROOF = re.compile(
    r"\b(time|ip|date|day|depuis|since|source|method\w*|link|lien|url|id|text\w*|version|how|form\w*|"
    r"number|numero|identifi\w+|"
    r"notes?|reference|preuve|proof|type|timestamp|le|on|at|heure|hour|page)\b"
)
# A yes or a no under these may be about who is written to.
_OF_MAIL = re.compile(
    r"\b(?:e ?mails?|courriels?|messages?|contact\w*|marketing|mailings?|envois?|envoye\w*|send\w*|"
    r"communi(?:cation|que)\w*|communicate|news|nouvelles|bulletins?|opt|optin|ok|receive\w*|recevoir|"
    r"recoi\w*|diffusion|publipostage|promo\w*|sollicit\w*|write|writable|ecrire|invit\w*)\b"
)
_YES_OR_NO = frozenset({"yes", "y", "oui", "o", "true", "vrai", "1", "0", "x", "ok"})
_BOUNCED = stems.pattern(stems.of(stems.BOUNCED))
_NEGATIVE = stems.pattern(stems.of(stems.NEGATIVE))
_LAPSED = stems.pattern(stems.of(stems.LAPSED))
_YESES = stems.pattern(stems.YESES)
# What stands in a box that is not ticked, and where nothing stands.
_FALSE = frozenset({"no", "n", "non", "false", "faux", "none", "never", "jamais", "na", "nd", "so"})
_NOT_KNOWN = frozenset({"na", "nd", "so"})
_NO_STATUS = frozenset({"no", "non", "false", "faux"})
_EMPTY = frozenset("-–—☐□○.") | {"--", "---"}
_TICKED = frozenset("✓✔☑√●■•✅")


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
        if position not in taken and (reading := _reading(heading)):
            columns.append(Column(position, heading, reading))
    return tuple(columns)


def asked(
    headings: Sequence[str], taken: Collection[int], sample: Sequence[Sequence[str]] = ()
) -> tuple[str, ...]:
    """Of the columns that are not `taken`, those that may say no, and nobody knows how.

    They are called so, or hold nothing in the `sample` but yes and no, and are about mail.
    """
    return tuple(
        heading
        for position, heading in enumerate(headings)
        if position not in taken
        and (words := stems.worded(heading))
        and not _PROOF.search(words)
        and (_ASKED.search(words) or (of_mail(heading) and _yes_or_no(position, sample)))
    )


def of_mail(heading: str) -> bool:
    """Whether a yes or a no in a column may be about who is written to."""
    return bool(_OF_MAIL.search(stems.worded(heading)))


def no_word(cell: object) -> bool:
    """Whether a cell is nothing but a no."""
    return cell is False or (isinstance(cell, str) and stems.worded(cell) in _FALSE - _NOT_KNOWN)


def _yes_or_no(position: int, sample: Sequence[Sequence[str]]) -> bool:
    """Whether the column says yes and no, and nothing else."""
    cells = {stems.worded(row[position]) for row in sample if position < len(row)}
    ticks = {row[position].strip() for row in sample if position < len(row)} & _TICKED
    return bool(cells - {""} or ticks) and cells <= _FALSE | _YES_OR_NO | {""}


def _reading(heading: str) -> Reading | None:
    word, words = folded(heading), stems.worded(heading)
    if word in _OURS:
        return Reading.OURS
    if _YES.fullmatch(word) or _is_of_a_yes(words):
        return Reading.YES
    if _STATUS.fullmatch(word):
        return Reading.STATUS
    return Reading.NO if stems.telling(heading) else None


def _is_of_a_yes(words: str) -> bool:
    every = words.replace("opt in", "optin").replace("opted in", "optedin").split()
    rest = [one for one in every if not _BESIDE.fullmatch(one)]
    if not rest or not all(map(_OF_A_YES.fullmatch, rest)):
        return False
    return not _OF_ITS_STATUS.issuperset(rest) or not _STATES.isdisjoint(every)


def read(column: Column, written: str, lists: Collection[str]) -> tuple[No, ...]:
    """What a cell says: nothing, or a no with where it stands."""
    written = written.strip()
    if not written:
        return ()
    said = f"{abbreviated(column.heading, 40)}: {abbreviated(written, 40)}"
    words = stems.worded(written)
    match column.reading:
        case Reading.OURS:
            return tuple(_ours(one.strip(), lists, said) for one in written.split(","))
        case Reading.NO:
            if _says_no(written, words):
                return ()
            bounced = _BOUNCED.search(stems.worded(column.heading))
            return (No(said, cause=Cause.HARD_BOUNCE if bounced else None),)
        case Reading.YES if _says_yes(written, words):
            return ()
    if _BOUNCED.search(words):
        return (No(said, cause=Cause.HARD_BOUNCE),)
    if _OF_MEMBERSHIP.fullmatch(folded(column.heading)) and _lapsed(words):
        return (No(said, Extent.LIST, lapse=True),)
    if column.reading is Reading.YES or words in _NO_STATUS or _negative(words):
        return (No(said),)
    return ()


def _lapsed(words: str) -> bool:
    """Whether a status says that a membership is over, and nothing that is a no besides."""
    return bool(_LAPSED.search(words)) and not _negative(_LAPSED.sub(" ", words))


def _negative(words: str) -> bool:
    return stems.telling(words) or bool(_NEGATIVE.search(words))


def _says_no(written: str, words: str) -> bool:
    """Whether a cell says no, or nothing, where a yes would be a no."""
    if not words:
        return written in _EMPTY
    return folded(written) in _FALSE or "://" in written or bool(re.fullmatch(r"[0 ]+", words))


def _says_yes(written: str, words: str) -> bool:
    """Whether a cell says yes, and nothing beside it that makes this doubtful."""
    if not words:
        return written in _TICKED
    if _negative(words) or not stems.NOES.isdisjoint(words.split()):
        return False
    return bool(_YESES.match(words) or re.search(r"\b(?:19|20)\d\d\b", words) or words == "1 0")


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
