"""Addresses in prose: what becomes a link by itself, and what was meant as one and is none.

A reader can follow `https://…` and write to `name@…` wherever they stand. Whatever else an author
meant as a link, a tag or a comment would reach members as it was typed, so it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from communique.domain.address import domain_name, parse
from communique.errors import Invalid
from communique.facts import Fact
from communique.messages.places import SCHEMES

BARE = "bare"  # the info of a link whose text is its address

_ADDRESS = re.compile(
    r"""(?<![\w@/.+-])https?://[^\s<>"«»“”]+"""
    r"""|(?<![\w.!#$%&'*+/=?^`{|}~@-])[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+(?![\w@-])""",
    re.IGNORECASE,
)
_ENDS = ".,;:!?…'’*_~"  # of the sentence around it, not of the address
_PAIRS = {")": "(", "]": "["}


def bare_links(state: StateCore) -> None:
    """Make links of the addresses that stand in prose."""
    for token in state.tokens:
        if token.type != "inline" or not any(
            "://" in one.content or "@" in one.content for one in token.children or ()
        ):
            continue
        children: list[Token] = []
        linked = 0
        for child in token.children or ():
            linked += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.info == "auto":
                child.info = BARE
            children += _linked(child, state) if child.type == "text" and not linked else [child]
        token.children = children


def _linked(text: Token, state: StateCore) -> Iterator[Token]:
    end = 0
    for found in _ADDRESS.finditer(text.content):
        address = _trimmed(found[0])
        url = state.md.normalizeLink(address if "://" in address else f"mailto:{address}")
        if not state.md.validateLink(url) or address.endswith("://"):
            continue
        yield _text(text.content[end : found.start()], text.level)
        yield Token("link_open", "a", 1, attrs={"href": url}, level=text.level, info=BARE)
        yield _text(address, text.level + 1)
        yield Token("link_close", "a", -1, level=text.level, info=BARE)
        end = found.start() + len(address)
    yield _text(text.content[end:], text.level)


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


def _trimmed(address: str) -> str:
    """An address without what ends the sentence, or the brackets, that it stands in."""
    while True:
        last = address[-1]
        opens = _PAIRS.get(last)
        if last not in _ENDS and not (opens and address.count(opens) < address.count(last)):
            return address
        address = address[:-1]


class Meant(NamedTuple):
    """Something that was meant otherwise than it is read; `line` counts from 1."""

    line: int
    code: str
    text: str


_MEANT = (
    ("edition_html", re.compile(r"<!--|-->|</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")),
    ("edition_link_meant", re.compile(r"\[[^\[\]]*\]\(\S?[^()\n]*\)?")),
    (
        "edition_link_meant",
        re.compile(
            r"\[[^\[\]]*\]\s\((?:[a-z]+:|www\.|[^\s()]+@|[^\s()]+\.[a-z]{2,}[/)])[^()\n]*\)?",
            re.IGNORECASE,
        ),
    ),
    ("edition_reference_unknown", re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]")),
    ("edition_address_bare", re.compile(r"(?<![\w/.@-])www\.[\w-]+\.[\w.-]*\w", re.IGNORECASE)),
    (
        "edition_address_bare",
        re.compile(r"\b(?:https?:/{0,2}(?=[\s]|$)|https?:/(?!/)\S+|https?//:?\S+)"),
    ),
)


def meant(tokens: Sequence[Token]) -> Iterator[Meant]:
    """What was meant as a link, a tag or a comment and is none, in the order that it stands in.

    `tokens` are those of a parser that has not joined what was escaped with what was not.
    """
    for token in tokens:
        if token.type != "inline":
            continue
        # What is code, a link already, or escaped, is meant as it is: it stands as a blank.
        prose = ""
        linked = 0
        for child in token.children or ():
            linked += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type in ("softbreak", "hardbreak"):
                prose += "\n"
            else:
                prose += child.content if child.type == "text" and not linked else "\x00"
        yield from in_line(prose, token.map[0] + 1 if token.map else 1)


def in_line(prose: str, first: int = 1) -> Iterator[Meant]:
    """The same of text that has no markup."""
    found = []
    taken: list[tuple[int, int]] = []
    for code, pattern in _MEANT:
        for one in pattern.finditer(prose):
            if not any(start < one.end() and one.start() < end for start, end in taken):
                taken.append(one.span())
                line = first + prose.count("\n", 0, one.start())
                found.append((one.start(), Meant(line, code, one[0].replace("\x00", "…"))))
    yield from (each for _, each in sorted(found, key=lambda one: one[0]))


def dead(url: str, value: str) -> Fact | None:
    """What to do about a link that nobody can follow; None if it can be followed.

    `value` stands in it for what is not yet known: of what begins with that, it is to be hoped.
    """
    scheme, _, rest = url.partition(":")
    if url.startswith(value):
        return None
    match scheme.lower():
        case "http" | "https":
            host = _HOST.match(rest)
            works = host is not None and (value in host[1] or _is_domain(host[1]))
            hint = Fact("hint_web_address")
        case "mailto":
            names = rest.partition("?")[0].split(",")
            works = all(value in name or _is_mailbox(name) for name in names)
            hint = Fact("hint_mailto")
        case "tel":
            works = value in rest or any(one.isdigit() for one in rest)
            hint = Fact("hint_tel")
        case _ if _SCHEME.match(url):
            works, hint = False, Fact("hint_schemes", known=[f"{one}:" for one in SCHEMES])
        case _:
            works, hint = False, Fact("hint_whole_address")
            shown = url.replace(value, "…")
            if "." in url:
                whole = f"mailto:{shown}" if "@" in url else f"https://{shown}"
                hint = Fact("hint_address_as", whole=whole)
    return None if works else hint


_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:", re.IGNORECASE)
_HOST = re.compile(r"//(\[[0-9a-f:.]+\]|[^\s/?#:@]+)(?=[/?#:]|$)", re.IGNORECASE)


def _is_domain(host: str) -> bool:
    try:
        return host.startswith("[") or "." in domain_name(host)
    except Invalid:
        return bool(re.fullmatch(r"[0-9.]+", host)) and host.count(".") == 3


def _is_mailbox(name: str) -> bool:
    try:
        return bool(parse(unquote(name)))
    except Invalid:
        return False
