"""What a cell says: texts, addresses, languages and lists, as people write them in a spreadsheet.

Each reader gives a value or raises Invalid with the reason; none of them guesses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from math import isfinite

from communique.domain import address as addresses
from communique.domain.text import abbreviated
from communique.errors import Invalid
from communique.facts import Fact
from communique.roster.columns import folded
from communique.roster.records import Cell

LONGEST = 500  # characters: a name or a role longer than this is a slip
MOST_DIGITS = 10**15  # a spreadsheet keeps no more of a number
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}")
_BREAKS = re.compile(r"(?:_x000[dD]_|[\t\n\v\f\r\x85\u2028\u2029\xa0\u202f\u2007])+")
# Nobody sees them, and they change no word: they come with what was copied from a page or a mail.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
# What programs write where there is nothing. `Null` and `Nan` are people's names.
BLANKS = frozenset(
    {"NULL", "null", "(null)", "<null>", "\\N", "N/A", "n/a", "N/D", "n/d", "S/O", "s/o", "NaN"}
    | {"nan", "None", "-", "--", "---", "–", "—", "…", ".", "?", "*", "#N/A", "#N/D", "#VALUE!"}
    | {"#VALEUR!", "#REF!", "#NAME?", "#NOM?", "#DIV/0!", "#NUM!", "#NOMBRE!", "#NULL!", "#NUL!"}
)
_YES_NO = frozenset({"oui", "non", "yes", "no", "true", "false", "vrai", "faux"})
_TICKS = _YES_NO | {"y", "n", "o", "x", "0", "1", "✓", "✔", "☑"}


# The same inside a text, where a cell begins for a program that reads with another delimiter.
_INSIDE = re.compile(r"""([,;\t|][\s"]*)('*)(?=[=+\-@＝＋－＠])""")


def protected(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: an apostrophe goes before `= + - @`.

    It does so behind every delimiter as well, since `Foo;=1+1` is two cells to whoever opens a
    comma's file with semicolons.
    """
    text = _INSIDE.sub(r"\1'\2", text)
    return f"'{text}" if _FORMULA.match(text) else text


def unprotected(text: str) -> str:
    """The inverse of `protected`."""
    text = text[1:] if text.startswith("'") and _FORMULA.match(text) else text
    return _INSIDE.sub(lambda found: found[1] + found[2][1:], text)


def text(cell: Cell, what: str) -> str:
    """One line of text in NFC, empty for what only stands for nothing.

    Breaks are blanks, and a number is written without the `.0` that Excel gives it.
    """
    if type(cell) is str:
        written = cell.strip()
        if (
            written.isprintable()  # the usual case
            and len(written) <= LONGEST
            and (written.isascii() or unicodedata.is_normalized("NFC", written))
            and "'" not in written
            and "_x000" not in written
        ):
            return "" if written in BLANKS else written
    return _unusual(cell, what)


def _unusual(cell: Cell, what: str) -> str:
    if isinstance(cell, float):
        written = _digits(cell, what)
    else:
        written = _BREAKS.sub(" ", _UNSEEN.sub("", str(cell))).strip()
    written = unicodedata.normalize("NFC", unprotected(written).strip())
    if written in BLANKS:
        return ""
    for character in written if not written.isprintable() else ():
        _meant(character, what)
    if len(written) > LONGEST:
        raise Invalid("cell_too_long", what=Fact(what), longest=LONGEST)
    return written


def _digits(number: float, what: str) -> str:
    if not isfinite(number):
        raise Invalid("number_unusable", what=Fact(what))
    if not number.is_integer():
        return str(number)
    if abs(number) >= MOST_DIGITS:
        raise Invalid("number_shortened", number=f"{number:.5E}")
    return str(int(number))


def _meant(character: str, what: str) -> None:
    """Raises Invalid, naming the character, if nobody can have meant it in a text of one line."""
    category = unicodedata.category(character)
    number = ord(character)
    if category == "Cs":  # half of a character: what could not be read in the file's encoding
        raise Invalid("cell_not_in_encoding", what=Fact(what), octet=f"{number & 0xFF:02X}")
    if category == "Cc":
        raise Invalid("text_control_character", what=Fact(what), character=number)
    if category == "Co" or number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF:
        raise Invalid("cell_private_character", what=Fact(what), character=number)
    if category == "Cf" and character not in "\u200c\u200d":  # joiners are part of many scripts
        name = unicodedata.name(character, "").lower()
        raise Invalid("cell_unseen_character", what=Fact(what), character=number, name=name)


def reference(cell: Cell) -> str:
    """An association's own number for a member. Raises Invalid for what a spreadsheet shortened."""
    written = text(cell, "the_reference")
    if _SHORTENED.fullmatch(written):
        raise Invalid("number_shortened", number=written)
    return written


def company(cell: Cell) -> str:
    """The name of a company, its blanks made one; empty if there is none."""
    return " ".join(text(cell, "the_member_name").split())


def says_yes_or_no(written: str) -> bool:
    """Whether a cell answers a question, and names nothing."""
    return written.casefold() in _YES_NO


def ticked_off(column: Sequence[str]) -> bool:
    """Whether a column answers a question, or ticks people off: it names nothing."""
    found = {one.casefold() for one in column}
    return found <= _YES_NO or (len(column) > 2 and found <= _TICKS)


_USUAL_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9.-]*[A-Za-z0-9]")
_NAMED = re.compile(r"[^<>]*<\s*([^<>]+?)\s*>[;,.]?")
_SCHEME = re.compile(r"(?:mailto|smtp|e-?mail|courriel)\s*:\s*", re.IGNORECASE)
_REMARK = re.compile(r"(\S+@\S+)\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_BETWEEN = re.compile(r"[\s;,/|]+|\b(?:et|ou|and|or)\b", re.IGNORECASE)


def address(cell: Cell) -> tuple[str, str]:
    """The one address that a cell holds, out of what people write around it; its key first.

    Raises Invalid, also for two addresses: nobody can say which of them is meant.
    """
    written = str(cell).strip()
    if not _USUAL_ADDRESS.fullmatch(written):
        written = _bare(written)
        if written in BLANKS:
            written = ""
    return addresses.spelled(written)


def _bare(written: str) -> str:
    if len(written) > LONGEST:
        raise Invalid("cell_too_long", what=Fact("the_address"), longest=LONGEST)
    for character in written:
        if unicodedata.category(character) == "Cs":
            raise Invalid(
                "cell_not_in_encoding",
                what=Fact("the_address"),
                octet=f"{ord(character) & 0xFF:02X}",
            )
    written = _BREAKS.sub(" ", _UNSEEN.sub("", written)).strip().replace("＠", "@")
    written = _SCHEME.sub("", written.lstrip("'"), count=1)
    if form := _NAMED.fullmatch(written):
        written = _SCHEME.sub("", form[1], count=1)
    elif form := _REMARK.fullmatch(written):
        written = form[1]
    written = written.strip(" '\"<>").rstrip(".;,")
    several = [one for one in _BETWEEN.split(written) if "@" in one.strip("@")]
    if len(several) > 1:
        raise Invalid(
            "address_several",
            text=abbreviated(written),
            addresses=[abbreviated(one) for one in several[:3]],
        )
    return written


def lists(cell: Cell, known: Collection[str]) -> tuple[str, ...]:
    """Keys of lists, separated by blanks, commas, semicolons or bars."""
    keys = tuple(dict.fromkeys(re.findall(r"[^\s,;|]+", text(cell, "the_lists").casefold())))
    for key in keys:
        if key not in known:
            raise Invalid("cell_list_unknown", list=abbreviated(key), known=list(known))
    return keys


_LANGUAGE_WORDS = re.compile(r"[^\W\d_]+")
_IN = re.compile(r"(?:en|in|au|langue|language)[\s:]+(?=\w{4})", re.IGNORECASE)
# ISO 639-2, both kinds of codes, and how speakers are called in French and English.
_CODES: Mapping[str, str] = {
    code: language
    for language, codes in {
        "fr": "fra fre francophone francophones canadienfrancais",
        "en": "eng anglophone anglophones",
        "es": "spa hispanophone hispanophones",
        "pt": "por lusophone lusophones",
        "de": "deu ger germanophone germanophones",
        "it": "ita italophone italophones",
        "nl": "nld dut neerlandophone neerlandophones",
    }.items()
    for code in codes.split()
}


def language(cell: Cell, languages: Collection[str]) -> str:
    """One of `languages`: its code, its name, its speakers' or its initial; "" if empty.

    A region may follow. What names two of them is refused.
    """
    return _language(text(cell, "the_language"), tuple(languages))


@lru_cache(maxsize=4096)
def _language(written: str, languages: tuple[str, ...]) -> str:
    if not written or written in languages:
        return written
    names = _language_names(languages)
    if whole := names.get(folded(written)):
        return whole
    words = [folded(one) for one in _LANGUAGE_WORDS.findall(_IN.sub("", written))]
    found = {names[one] for one in words if one in names}
    if len(found) > 1:
        raise Invalid("language_of_several", written=abbreviated(written))
    if found and words[0] in names:  # `French (Canada)`, `fr_CA`: what follows is where
        return found.pop()
    raise Invalid("language_not_spoken", written=abbreviated(written), languages=list(languages))


@cache
def _language_names(languages: tuple[str, ...]) -> Mapping[str, str]:
    """Their codes, their folded names in French, in English and in each of them, and initials."""
    from babel import Locale  # noqa: PLC0415 - half of the time that reading a small file takes

    names = {code: one for code, one in _CODES.items() if one in languages}
    initials: dict[str, set[str]] = {}
    for one in languages:
        names[one] = one
        for other in ("fr", "en", *languages):
            name = folded(str(Locale(one).get_language_name(other)))
            names[name] = one
            initials.setdefault(name[:1], set()).add(one)
    return {letter: found.pop() for letter, found in initials.items() if len(found) == 1} | names
