"""An edition's body: Markdown to clean HTML, and to plain text that reads well.

Raw HTML in a body is shown, never obeyed; what comes out passes an allow-list all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from communique.facts import Fact
from communique.messages import linking
from communique.messages.kept import KEPT
from communique.messages.linking import BARE, Meant, bare_links, dead
from communique.messages.names import fill
from communique.messages.places import SCHEMES
from communique.wording.typography import french

WIDTH = 72

_TAGS = {
    *("p", "h1", "h2", "h3", "h4", "strong", "em", "code", "pre", "a", "ul", "ol", "li"),
    *("blockquote", "br", "hr", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={
        "a": {"href", "title"},
        "ol": {"start"},
        "th": {"align"},
        "td": {"align"},
    },
    url_schemes=set(SCHEMES),
    link_rel=None,
)
_KEPT_IN_URL_1 = re.compile(r"%EE%[89AB][0-9A-F]%[89AB][0-9A-F]|%EF%[89AB][0-9A-F]%[89AB][0-9A-F]")
VALUE = "\uf8ff"  # stands for a value in a body that is still in the template language
_TAG_LINE = re.compile(rf"^[ \t]*({KEPT.pattern})[ \t]*$", re.MULTILINE)
# What has markup of its own, whole: no link begins in it.
_LINKED = re.compile(r"(<a\b.*?</a>|<code\b.*?</code>|<pre\b.*?</pre>|<[^>]*>)", re.DOTALL)
_PARAGRAPH = re.compile(rf"<p>((?:{KEPT.pattern}|\s)+)</p>")


def _parser(typography: Callable[[str], str] | None = None, *, old: bool = False) -> MarkdownIt:
    """Markdown as it is read from format 2 on; `old`: as formats 0 and 1 had it."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    normalize = parser.normalizeLink

    def normalize_1(url: str) -> str:
        """As formats 0 and 1 had it: a value within a host was lost, and %EF%BC%9F not kept."""
        return _KEPT_IN_URL_1.sub(
            lambda match: bytes.fromhex(match[0].replace("%", "")).decode(), normalize(url)
        )

    def normalize_around_kept(url: str) -> str:
        """Percent-encode a link, but for the characters that stand for personal values."""
        mark = "zq"
        while mark in url.lower():
            mark += "q"
        marked = normalize(KEPT.sub(lambda kept: f"{mark}{ord(kept[0]):x}z", url))
        return re.sub(f"{mark}([0-9a-f]{{4}})z", lambda kept: chr(int(kept[1], 16)), marked)

    def set_text(state: StateCore) -> None:
        """Set the prose as its language wants it; code and links' targets are no text."""
        for token in state.tokens:
            for child in token.children or ():
                if child.type == "text" and typography:
                    child.content = typography(child.content)

    # markdown-it's own way to change it: a method that is meant to be replaced.
    parser.normalizeLink = normalize_1 if old else normalize_around_kept  # type: ignore[method-assign]  # see above
    if not old:
        parser.core.ruler.push("bare_links", bare_links)
        parser.core.ruler.push("alignment", _align)
    parser.core.ruler.push("typography", set_text)
    return parser


def _align(state: StateCore) -> None:
    """Give each cell its column's alignment in the one form that every mail program knows."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open"):
            style = str(token.attrs.pop("style", ""))
            if style or token.type == "th_open":
                token.attrSet("align", style.removeprefix("text-align:") or "left")


_PARSER = _parser()
# By language; others are set as they were written.
_PARSERS = {"fr": _parser(french)}
_OLD_PARSER = _parser(old=True)
_AS_TYPED = _parser(old=True).disable("text_join")  # what is escaped stays apart
_OLD_PARSERS = {"fr": _parser(french, old=True)}


_END = re.compile(rf"\n+({KEPT.pattern}*)$")

# The tags that a text is made of, if it is made of kept tags and blanks only; else none.
Tags = Callable[[str], Sequence[str]]


def to_html(body: str, tags: Tags, language: str, *, old: bool = False) -> str:
    """Clean HTML. A paragraph of nothing but kept tags is no paragraph."""
    parser, tokens = _parsed(_spaced(body, tags), language, old)
    html = _CLEANER.clean(parser.renderer.render(tokens, parser.options, {}))
    return _PARAGRAPH.sub(lambda m: m[1] if tags(m[1]) else m[0], html)


def to_text(body: str, tags: Tags, language: str, *, old: bool = False, apart: bool = True) -> str:
    """Plain text in lines of at most 72 characters, as far as its words allow.

    Up to format 4 (not `apart`), a last paragraph that was a value stood behind the one before.
    """
    _, tokens = _parsed(_spaced(body, tags), language, old)
    return _Text(tokens, tags, apart=apart).blocks(WIDTH, "\n\n") + "\n"


def linked(html: str, address: Callable[[str], bool]) -> str:
    """Clean HTML in which each kept value that is an `address` is a link, where it is not one."""
    return "".join(
        piece
        if piece.startswith("<")
        else KEPT.sub(lambda m: f'<a href="{m[0]}">{m[0]}</a>' if address(m[0]) else m[0], piece)
        for piece in _LINKED.split(html)
    )


@lru_cache(maxsize=1)  # a body becomes HTML and then text, or the other way round
def _parsed(body: str, language: str, old: bool) -> tuple[MarkdownIt, Sequence[Token]]:
    parser = _OLD_PARSERS.get(language, _OLD_PARSER) if old else _PARSERS.get(language, _PARSER)
    return parser, parser.parse(body)


class Link(NamedTuple):
    """A link as an author wrote it, `line` counted from 1 within the body."""

    line: int
    url: str
    image: bool

    @property
    def hint(self) -> Fact | None:
        """What to do about one that cannot be followed; None if it can."""
        return dead(self.url, VALUE)


def links(body: str) -> Iterator[Link]:
    """Every link of a body, in order; `VALUE` stands in it for what is not yet known."""
    tokens = _PARSER.parse(body)
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        before = ""
        for child in token.children or ():
            match child.type:
                case "softbreak" | "hardbreak":
                    line += 1
                case "link_open":
                    yield Link(line, str(child.attrGet("href") or ""), before.endswith("!"))
            before = child.content if child.type == "text" else ""


def meant(body: str) -> Iterator[Meant]:
    """What is no link, and was meant as one; and tags and comments of HTML."""
    return linking.meant(_AS_TYPED.parse(body))


def _spaced(body: str, tags: Tags) -> str:
    """Give each kept tag that is alone on its line a paragraph of its own."""
    return _TAG_LINE.sub(lambda m: f"\n\n{m[1]}\n\n" if tags(m[1]) else m[0], body)


class _Gaps:
    """Writes blocks with a gap between any two, so that a section left out leaves no hole.

    A gap comes before a block where an earlier one is there whenever it is; at the end of a section
    that nothing certain comes before, it comes after.
    """

    def __init__(self, gap: str, tags: Tags | None = None) -> None:
        self._gap = gap
        self._tags = tags  # what tells tags from values; None: all that is kept is taken for a tag
        self._written = [False]  # whether a block is there, by depth of sections
        self._text = ""

    def block(self, text: str) -> None:
        self._text += f"{self._gap if any(self._written) else ''}{text}"
        self._written[-1] = True

    def tag(self, character: str, tag: str) -> None:
        if tag == "if":
            self._written.append(False)
        else:
            if self._written.pop() and not any(self._written):
                self._text += self._gap
            if tag != "endif":
                self._written.append(False)
        self._text += character

    def __str__(self) -> str:
        # Of what stands last only: breaks elsewhere would be looked at over and over.
        last = self._last()
        return self._text[:last] + _END.sub(r"\1", self._text[last:])

    def _last(self) -> int:
        """Where the breaks and kept tags begin that the text ends in."""
        at = len(self._text)
        while at and (self._text[at - 1] == "\n" or self._is_tag(self._text[at - 1])):
            at -= 1
        return at

    def _is_tag(self, character: str) -> bool:
        return bool(KEPT.match(character)) and (self._tags is None or bool(self._tags(character)))


class _Text:
    """Walks the tokens of a body once."""

    def __init__(self, tokens: Sequence[Token], tags: Tags, *, apart: bool) -> None:
        self._tokens = iter(tokens)
        self._tags = tags
        self._apart = apart

    def blocks(self, width: int, gap: str, closing: str = "") -> str:
        """The blocks up to the token of type `closing`, or to the end."""
        written = _Gaps(gap, self._tags if self._apart else None)
        for token in self._tokens:
            match token.type:
                case kind if kind == closing:
                    break
                case "heading_open":
                    written.block(self._heading(token, width))
                case "paragraph_open":
                    text = _inline(self._next_inline())
                    if tags := self._tags(text):
                        for character, tag in zip("".join(text.split()), tags, strict=True):
                            written.tag(character, tag)
                    else:
                        written.block(_filled(text, width))
                case "bullet_list_open" | "ordered_list_open":
                    written.block(self._items(token, width))
                case "blockquote_open":
                    quoted = self.blocks(width - 2, "\n\n", "blockquote_close")
                    written.block(_led(quoted, "> ", "> "))
                case "fence" | "code_block":
                    written.block(_led(token.content.rstrip("\n"), "    ", "    "))
                case "hr":
                    written.block("-" * min(width, 24))
                case "table_open":
                    written.block(self._table())
        return str(written)

    def _heading(self, token: Token, width: int) -> str:
        text = _inline(self._next_inline())
        lines = _filled(text, width)
        rule = {"h1": "=", "h2": "-"}.get(token.tag)
        if rule is None:
            return lines
        return f"{lines}\n{rule * max(map(len, lines.splitlines()))}"

    def _items(self, opening: Token, width: int) -> str:
        ordered = opening.type == "ordered_list_open"
        number = int(opening.attrGet("start") or 1)
        closing = opening.type.replace("open", "close")
        items = []
        for token in self._tokens:
            if token.type == closing:
                break
            if token.type == "list_item_open":
                bullet = f"{number}. " if ordered else "- "
                number += 1
                text = self.blocks(width - len(bullet), "\n", "list_item_close")
                items.append(_led(text, bullet, " " * len(bullet)))
        return "\n".join(items)

    def _table(self) -> str:
        rows: list[list[str]] = []
        for token in self._tokens:
            match token.type:
                case "table_close":
                    break
                case "tr_open":
                    rows.append([])
                case "inline":
                    rows[-1].append(_inline(token))
        return "\n".join(" | ".join(row) for row in rows)

    def _next_inline(self) -> Token:
        return next(token for token in self._tokens if token.type == "inline")


def _inline(token: Token) -> str:
    """The words of a block; a link's address follows it in angle brackets."""
    written = ""
    links: list[tuple[str, int, bool]] = []
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                written += child.content
            case "softbreak":
                written += " "
            case "hardbreak":
                written += "\n"
            case "link_open":
                bare = child.info == BARE
                links.append((str(child.attrGet("href") or ""), len(written), bare))
            case "link_close":
                url, start, bare = links.pop()
                label = written[start:]
                if not bare and label not in (
                    url,
                    url.removeprefix("mailto:"),
                    url.removeprefix("tel:"),
                ):
                    written += f" <{url}>"
    return written


def _filled(text: str, width: int) -> str:
    return "\n".join("\n".join(fill(line, width)) for line in text.split("\n"))


def _led(text: str, first: str, then: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"{then if index else first}{line}".rstrip(" ") for index, line in enumerate(lines)
    )
