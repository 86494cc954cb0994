"""The words by which people and programs say, in French or English, that somebody is not to be
written to: tables, and how a text is looked through for them.

A stem is the beginning of a word, or of several, without accents; `stop.` is that word alone. One
of six letters or more may stand inside a word (`donotbulkemail`, `nonabonne`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

# They say so wherever they stand: in a note, in a name.
PLAIN: dict[str, tuple[str, ...]] = {
    "en": (
        *("unsub", "opted out", "opt out", "optout", "not subscribed", "do not contact", "dnc."),
        *("do not email", "do not e mail", "do not mail", "do not send", "do not write"),
        *("do not allow", "do not bulk", "dont email", "don t email", "dont contact"),
        *("don t contact", "no mailing", "no bulk", "no emails", "blocklist", "blacklist"),
        *("consent withdrawn", "withdrew consent", "withdrawn consent"),
        *("stop writing", "stop sending", "stop email", "stop e mail", "stop mailing"),
        *("stop contact", "remove from", "asked to be removed", "wants to be removed"),
        *("take off the", "no longer wish", "no longer want", "does not want", "does not wish"),
    ),
    "fr": (
        *("desabonn", "desinscri", "desincri", "non abonne", "ne pas contacter", "ne pas envoyer"),
        *("ne pas ecrire", "ne pas solliciter", "ne pas autoriser", "ne plus contacter"),
        *("ne plus envoyer", "ne plus ecrire", "ne plus solliciter", "ne plus recevoir"),
        *("liste noire", "liste rouge", "pas d envoi", "pas de courriel", "aucun courriel"),
        *("aucun envoi", "retrait du consentement", "ne veut plus", "ne veut pas"),
        *("ne souhaite plus", "ne souhaite pas", "ne desire plus", "ne desire pas"),
        *("plus rien recevoir", "enlever de", "retirer de la liste", "retirer des", "oter de"),
        *("rayer de", "cesser d envoyer", "cesser d ecrire", "cesser les envois", "arreter de"),
    ),
}
# They say so of a column, of a status, of a whole sheet, or in a remark beside an address.
TELLING: dict[str, tuple[str, ...]] = {
    "en": (
        *("exclude", "excluded", "exclusion", "suppress", "complain", "spam", "withdr", "stop."),
        *("deceased", "inactive", "blocked", "opposition", "invalid", "refus", "rejected"),
        *("removed", "no email", "no mail.", "no contact", "left company"),
    ),
    "fr": (
        *("exclu", "refus", "retrait", "retire", "plainte", "stop.", "decede", "inactif"),
        *("bloque", "opposition", "invalide", "supprime", "radie", "resilie", "rejete"),
    ),
}
# They say so of an address that nobody has.
BOUNCED: dict[str, tuple[str, ...]] = {
    "en": ("bounce", "undeliverable", "invalid email", "hard bounce", "cleaned"),
    "fr": ("rebond", "non remis", "courriel invalide", "adresse invalide", "nettoye"),
}
# They say so of a status, or of a yes, and of nothing else.
NEGATIVE: dict[str, tuple[str, ...]] = {
    "en": (
        *("archived", "unconfirmed", "not confirmed", "pending", "expired", "cancel", "lapsed"),
        *("non sub", "non marketing", "disabled", "revoked", "denied", "declined"),
        *("left.", "departed", "resigned", "former.", "no longer"),
    ),
    "fr": (
        *("archive", "non confirme", "en attente", "expire", "annule", "desactive", "revoque"),
        *("parti.", "partie.", "partis.", "a quitte", "demission", "ancien.", "echu", "perime"),
    ),
}
# Of a status, these are of a membership that is over, and no word of the person's.
LAPSED: dict[str, tuple[str, ...]] = {
    "en": ("lapsed", "expired", "not renewed", "non renew", "unrenewed", "overdue"),
    "fr": ("echu", "expire", "perime", "non renouvel", "pas renouvel"),
}
# One such word in what is to be a yes makes it none.
NOES = frozenset(
    {"no", "non", "n", "not", "none", "never", "off", "false", "faux", "ne", "pas", "plus"}
    | {"aucun", "aucune", "sans", "jamais", "nul", "nulle"}
)
# What is a yes under “Opt-in” or “Consent”.
YESES = (
    *("yes.", "y.", "oui.", "o.", "true.", "vrai.", "1.", "x.", "ok.", "okay.", "on.", "opt"),
    *("subscrib", "abonne", "inscri", "accept", "agree", "confirm", "acti", "valid", "verifi"),
    *("grant", "given", "donne", "accord", "expres", "explicit", "impli", "tacit", "autoris"),
    *("authori", "enabled", "allow", "permi", "consent", "obtenu", "obtained", "signe", "single"),
    *("double", "deliverable", "j accepte", "i agree"),
)
# Words that look like a stem and are none.
_OTHERS = re.compile(r"\b(?:retraite\w*|exclusi[vf]\w*|unblocked|debloque\w*|refuges?)\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_ADDRESS = re.compile(r"[^\s()<>\[\]\"]*@[^\s()<>\[\]\"]*")
_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
INSIDE = 6  # letters: so many, and a stem may stand inside a word


def worded(text: str) -> str:
    """`text` as small words without accents, a blank between them."""
    text = _CAMEL.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        for accent in filter(unicodedata.combining, set(text)):
            text = text.replace(accent, "")
    return _SIGNS.sub(" ", text.casefold()).strip()


def pattern(stems: Sequence[str]) -> re.Pattern[str]:
    """What finds any of these stems in what is `worded`."""
    return re.compile("|".join(map(_one, dict.fromkeys(stems))))


def _one(stem: str) -> str:
    bare = stem.rstrip(".")
    begins = "" if len(bare.replace(" ", "")) >= INSIDE else r"\b"
    return begins + bare.replace(" ", " ?") + (r"\b" if bare != stem else "")


def of(*tables: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The stems of tables, in both languages."""
    return tuple(stem for table in tables for language in table.values() for stem in language)


_PLAIN = pattern(of(PLAIN))
_TELLING = pattern(of(PLAIN, TELLING, BOUNCED))
_DEATH = ("decede", "deceased")
_DEAD = pattern(_DEATH)
# The same without a pattern, for many texts at once; a blank in a stem may be missing in a text.
_ANY = {stem.rstrip(".") for stem in (*of(PLAIN), *_DEATH, "stop.")}
_SPLIT = tuple(bare.replace(" ", "") for bare in _ANY if " " in bare)
_WHOLE = tuple(bare if len(bare) >= INSIDE else f" {bare}" for bare in _ANY if " " not in bare)


def plainly(text: str) -> bool:
    """Whether any text says so, wherever it stands. A link to unsubscribe by says nothing."""
    return "://" not in text and bool(_PLAIN.search(worded(text)))


def telling(text: str) -> bool:
    """Whether a heading, a status, a remark or the name of a sheet says so."""
    return bool(_TELLING.search(_OTHERS.sub(" ", worded(text))))


def perhaps(texts: Iterable[str]) -> bool:
    """Whether one of these might say so, plainly or in a name: if not, none of them does."""
    together = "\n".join(texts)
    if "(" in together or "[" in together or "://" in together:
        return True
    words = f" {worded(together)}"
    letters = words.replace(" ", "")
    return any(one in letters for one in _SPLIT) or any(one in words for one in _WHOLE)


@lru_cache(1024)
def in_a_name(text: str) -> bool:
    """Whether what stands for a name says so: in itself, or in brackets."""
    asides = " ".join(" ".join(filter(None, one)) for one in _ASIDE.findall(text))
    alone = worded(text)
    dead = bool(_DEAD.search(alone))
    return dead or alone == "stop" or plainly(text) or bool(asides and telling(asides))


def beside_an_address(text: str) -> bool:
    """Whether what is written around an address says so."""
    return telling(_ADDRESS.sub(" ", text))
