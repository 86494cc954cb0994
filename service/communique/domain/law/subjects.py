"""Subjects that pass for an answer, or for what was passed on: nobody wrote before.

Mail programs begin such a subject in their own language, behind whatever a gateway put before it,
and with how many there were; whoever would mislead writes it in letters that only look the same.
"""

from __future__ import annotations

import re
import unicodedata

_WORDS = (
    *(
        "re",
        "ré",
        "rep",
        "rép",
        "réponse",
        "reply",
        "fw",
        "fwd",
        "tr",
        "aw",
        "wg",
        "antw",
        "sv",
        "vs",
    ),
    *("vb", "rv", "res", "rif", "enc", "odp", "ang", "automatic reply", "auto-reply"),
    *("réponse automatique", "out of office", "absence du bureau", "undeliverable", "non remis"),
)
_WORD = "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))
_ANSWER = re.compile(
    rf"(?:(?:subject|objet|sujet)\s*:\s*)?(?:{_WORD})"
    r"\s*(?:[\[(]\s*\d+\s*[\])]\s*|[*^]\s*\d*\s*)?[:;>]",
    re.IGNORECASE,
)
_TAG = re.compile(r"[\[(][^\])]{0,30}[\])]")  # of a gateway
# What looks like a letter of these words (Cyrillic, Greek), or like a colon, and is none.
_ALIKE = str.maketrans(
    {
        one: letter
        for letter, ones in {
            "e": "\u0435\u0415\u0450\u0400\u0451\u0401\u025b\u0395",
            "a": "\u0430\u0410\u0391",
            "o": "\u043e\u041e\u03bf\u039f",
            "p": "\u0440\u0420\u03a1",
            "s": "\u0455\u0405",
            "t": "\u0442\u0422\u03a4",
            ":": "\u02d0\u05c3\u16ec\u205a\u2236\ua789",
        }.items()
        for one in ones
    }
)


def answering(subject: str) -> str:
    """What a subject begins with that passes for an answer's; empty for none."""
    plain = unicodedata.normalize("NFKC", subject)
    plain = "".join(one for one in plain if unicodedata.category(one) != "Cf").translate(_ALIKE)
    at = 0
    while at < len(plain):
        if tag := _TAG.match(plain, at):
            at = tag.end()
        elif not (plain[at].isalnum() or plain[at] == "{"):  # a blank, a quotation mark, a picture
            at += 1
        else:
            break
    begins = _ANSWER.match(plain, at)
    return plain[: begins.end()].strip() if begins else ""
