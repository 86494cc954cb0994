"""Where a reader's value stands in a text, and what may stand there.

A value is known only when a message is made. In prose it is kept apart from what is around it; in
an address it is checked, since `javascript:…` may be somebody's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import quote

from communique.domain.address import in_its_script
from communique.facts import Fact
from communique.messages.kept import KEPT, MARKUP
from communique.messages.unrenderable import Unrenderable

SCHEMES = ("http", "https", "mailto", "tel")

_TARGET = re.compile(
    r"""\b(?:href|src|action)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_BEGUN = re.compile(rf"(?:{'|'.join(SCHEMES)}):", re.IGNORECASE)
_WHOLE = re.compile(r"(?:https?://[^/?#]|mailto:[^?]|tel:[+\d])", re.IGNORECASE)
_NOT_IN_A_URL = re.compile(r"""[\x00-\x20"<>\\^`{|}\x7f\u0085\u2028\u2029]""")
_HOST = re.compile(r"[A-Za-z0-9.-]*\bxn--[A-Za-z0-9.-]*[A-Za-z0-9]", re.IGNORECASE)
# Letters written from right to left, and marks that turn the direction of what follows.
_OTHER_WAY = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNUSUAL = re.compile(f"{_OTHER_WAY.pattern}|{_TURNS.pattern}")
_APART, _TOGETHER = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


class Place(StrEnum):
    """Where a value stands: what it is called in the code of a template."""

    PROSE = "prose"
    MARKUP = "markup"  # within a tag, and in no address
    ADDRESS = "address"  # begins an address, or is all of it
    IN_ADDRESS = "in_address"  # after the address's scheme


def places(flat: str, *, html: bool) -> Iterator[Place]:
    """The place of each kept character of a text, in order."""
    return _in_html(flat) if html else _in_text(flat)


def _in_html(flat: str) -> Iterator[Place]:
    for piece in MARKUP.finditer(flat):
        if KEPT.fullmatch(piece[0]):
            yield Place.PROSE
            continue
        targets = (
            [
                (one.start(one.lastindex or 0), one[one.lastindex or 0])
                for one in _TARGET.finditer(piece[0])
            ]
            if KEPT.search(piece[0])
            else []
        )
        for kept in KEPT.finditer(piece[0]):
            place = Place.MARKUP
            for start, target in targets:
                if start <= kept.start() < start + len(target):
                    begun = _BEGUN.match(KEPT.sub("", target[: kept.start() - start]).lstrip())
                    place = Place.IN_ADDRESS if begun else Place.ADDRESS
            yield place


def _in_text(flat: str) -> Iterator[Place]:
    for word in re.finditer(r"\S+", flat):
        url = word[0].find("://") if "://" in word[0] else word[0].find("mailto:")
        for kept in KEPT.finditer(word[0]):
            yield Place.IN_ADDRESS if 0 <= url < kept.start() else Place.PROSE


class NoAddress(Unrenderable):
    """A value begins an address and is none."""

    fact = Fact("value_no_address")


def address(value: str) -> str:
    """A value that is to begin an address. Raises NoAddress."""
    if not _WHOLE.match(value):
        raise NoAddress
    return in_address(value)


def in_address(value: str) -> str:
    """A value as it can stand within an address: what would end it is percent-encoded."""
    return _NOT_IN_A_URL.sub(lambda one: quote(one[0]), value)


def shown(value: str) -> str:
    """A value as readers see it: domains in their script, and apart from the text around it.

    What is shown stays what it is when it is shown again.
    """
    if value.isascii() and "xn--" not in value:
        return value  # as most are
    if "xn--" in value and "://" not in value:
        value = in_scripts(value)
    if not _UNUSUAL.search(value) or value.startswith(_APART):
        return value
    value = _TURNS.sub("", value)
    return f"{_APART}{value}{_TOGETHER}" if _OTHER_WAY.search(value) else value


def in_scripts(text: str) -> str:
    """A text with each domain as people write it."""
    return _HOST.sub(lambda host: in_its_script(host[0]), text) if "xn--" in text else text


def html_in_scripts(html: str) -> str:
    """The same of HTML: what is within tags stays as machines read it."""
    if "xn--" not in html:
        return html
    pieces, end = [], 0
    for markup in MARKUP.finditer(html):
        if markup[0].startswith("<"):
            pieces += [in_scripts(html[end : markup.start()]), markup[0]]
            end = markup.end()
    return "".join([*pieces, in_scripts(html[end:])])
