"""What a header and a line of history may hold, and names in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from communique.errors import Invalid
from communique.facts import Fact

# Unicode's private use area, within [] of a pattern: a font such as Wingdings draws there what it
# likes. Rendering keeps its characters for itself (docs/decisions/0003): no text may hold one.
PRIVATE_USE = "\ue000-\uf8ff"
OVERRIDES = frozenset("\u202d\u202e")
LINE_BREAKS = frozenset("\x85\u2028\u2029")


_FOLDS = str.maketrans({**dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'"), "œ": "oe", "æ": "ae"})
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """A text to be found by: without case, accents and the shape of an apostrophe."""
    text = text.lower()
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_FOLDS)))


def header_safe(text: str, what: str, of: str = "") -> str:
    """`text` in NFC, or Invalid if it holds a control character or any kind of line break.

    `what` it is, is a fact's code, and `of` its field. Whatever becomes a header passes here
    first, so that no value can add a header of its own.
    """
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # the usual case, and a hundred times as fast
        return text
    for character in text:
        # What overrides the direction lets a text be read otherwise than it is written.
        if (
            character in OVERRIDES
            or character in LINE_BREAKS
            or unicodedata.category(character) == "Cc"
        ):
            raise Invalid(
                "text_control_character",
                what=Fact(what, of=of) if of else Fact(what),
                character=ord(character),
            )
    return text


def seen(text: str) -> bool:
    """Whether anything of a text is to be seen: more than blanks and marks without a form."""
    return any(unicodedata.category(one)[0] not in "ZC" for one in text)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in `language`, else in the first language given (declaration order)."""
    return texts[language] if language in texts else next(iter(texts.values()))


def is_language(text: str) -> bool:
    """Whether a text is such as a language is written: `fr`, `en`; whether there is one or not."""
    return len(text) == 2 and text.isascii() and text.isalpha() and text.islower()


def one_line(text: str) -> str:
    """`text` as a line of history: each blank or break a space, what cannot be seen made visible.

    Nobody can write, in a comment or a reason, what looks like another's line (P10).
    """
    text = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


REMARK = 2000  # characters of what somebody says in their own words


def remark(text: str) -> str:
    """What somebody says of something, as a line of history. Raises Invalid for what is no remark
    but a document: every page and every history would carry it along.
    """
    text = one_line(text)
    if len(text) > REMARK:
        raise Invalid("remark_too_long", count=len(text), most=REMARK)
    return text


def abbreviated(text: str, width: int = 80) -> str:
    """`text` fit for one line of a message: cut to `width`, what cannot be seen made visible."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: width + 1])
    return text if len(text) <= width else f"{text[: width - 1]}…"
