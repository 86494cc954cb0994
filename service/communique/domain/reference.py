"""A company's reference: its association's own number for it, or one made up from its name."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_MARKS = re.compile(r"[\u0300-\u036f'’]")
_OTHERS = re.compile(r"[^a-z0-9]+")
_SHORTENED = re.compile(r"\d[.,]?\d*[eE]\+\d+")


def made_up(name: str) -> str:
    """A reference for a company that its association gave none: the same for the same name.

    Letters without their accents; with a digest where these do not tell the name in full.
    """
    letters = _letters(name)
    slug = _joined(letters)
    told = letters.isascii() or all(one.isascii() for one in letters if one.isalnum())
    return slug if slug and len(slug) <= 60 and told else made_up_apart(name)


def made_up_apart(name: str) -> str:
    """One that no other name has: for `Canal+` where `Canal` is there already."""
    return f"{_slug(name)[:48]}-{sha256(name.encode()).hexdigest()[:10]}".lstrip("-")


def is_made_up(reference: str, name: str) -> bool:
    """Whether it may have been made from that name, so that nobody outside knows it."""
    start = re.escape(_slug(name)[:48])
    return bool(reference == _slug(name) or re.fullmatch(rf"{start}-?[0-9a-f]{{10}}", reference))


def shortened(reference: str) -> bool:
    """Whether a spreadsheet shortened a long number to `1.23E+11`: many numbers look like it."""
    return bool(_SHORTENED.fullmatch(reference))


def _letters(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).casefold()
    return _MARKS.sub("", text)


def _slug(name: str) -> str:
    return _joined(_letters(name))


def _joined(letters: str) -> str:
    return _OTHERS.sub("-", letters).strip("-")
