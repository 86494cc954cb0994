"""An edition's body: Markdown to clean HTML, and to plain text that reads well.

Raw HTML in a body is shown, never obeyed; what comes out passes an allow-list all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from communique.rendering.names import fill

WIDTH = 72

_TAGS = {
    *("p", "h1", "h2", "h3", "h4", "strong", "em", "code", "pre", "a", "ul", "ol", "li"),
    *("blockquote", "br", "hr", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_KEPT_IN_URL = re.compile(r"%EE%[89AB][0-9A-F]%[89AB][0-9A-F]|%EF%[89AB][0-9A-F]%[89AB][0-9A-F]")
_TAG_LINE = re.compile(r"^[ \t]*([\ue000-\uf8ff])[ \t]*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"<p>([\ue000-\uf8ff\s]+)</p>")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    normalize = parser.normalizeLink

    def normalize_around_kept(url: str) -> str:
        """Percent-encode a link, but for the characters that stand for personal values."""
        return _KEPT_IN_URL.sub(
            lambda match: bytes.fromhex(match[0].replace("%", "")).decode(), normalize(url)
        )

    parser.normalizeLink = normalize_around_kept  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def spaced(body: str, is_tag: Callable[[str], bool]) -> str:
    """Give each kept tag that is alone on its line a paragraph of its own."""
    return _TAG_LINE.sub(lambda m: f"\n\n{m[1]}\n\n" if is_tag(m[1]) else m[0], body)


def to_html(body: str, is_tag: Callable[[str], bool]) -> str:
    """Clean HTML. A paragraph of nothing but kept tags is no paragraph."""
    html = _CLEANER.clean(_PARSER.render(spaced(body, is_tag)))
    return _PARAGRAPH.sub(lambda m: m[1] if is_tag(m[1]) else m[0], html)


def to_text(body: str, is_tag: Callable[[str], bool]) -> str:
    """Plain text in lines of at most 72 characters, as far as its words allow."""
    tokens = _PARSER.parse(spaced(body, is_tag))
    return _Text(tokens, is_tag).blocks(WIDTH, "\n\n").rstrip("\n ") + "\n"


class _Text:
    """Walks the tokens of a body once. Each block ends in its own blank line, so that a section
    that a reader does not get leaves no hole.
    """

    def __init__(self, tokens: Sequence[Token], is_tag: Callable[[str], bool]) -> None:
        self._tokens = iter(tokens)
        self._is_tag = is_tag

    def blocks(self, width: int, gap: str, closing: str = "") -> str:
        """The blocks up to the token of type `closing`, or to the end."""
        written = ""
        for token in self._tokens:
            match token.type:
                case kind if kind == closing:
                    break
                case "heading_open":
                    written += self._heading(token, width) + gap
                case "paragraph_open":
                    text = _inline(self._next_inline())
                    written += text if self._is_tag(text) else _filled(text, width) + gap
                case "bullet_list_open" | "ordered_list_open":
                    written += self._items(token, width) + gap
                case "blockquote_open":
                    quoted = self.blocks(width - 2, "\n\n", "blockquote_close").rstrip("\n")
                    written += _led(quoted, "> ", "> ") + gap
                case "fence" | "code_block":
                    written += _led(token.content.rstrip("\n"), "    ", "    ") + gap
                case "hr":
                    written += "-" * min(width, 24) + gap
                case "table_open":
                    written += self._table() + gap
        return written

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
                text = self.blocks(width - len(bullet), "\n", "list_item_close").rstrip("\n")
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
    links: list[tuple[str, int]] = []
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                written += child.content
            case "softbreak":
                written += " "
            case "hardbreak":
                written += "\n"
            case "link_open":
                links.append((str(child.attrGet("href") or ""), len(written)))
            case "link_close":
                url, start = links.pop()
                label = written[start:]
                if label not in (url, url.removeprefix("mailto:"), url.removeprefix("tel:")):
                    written += f" <{url}>"
    return written


def _filled(text: str, width: int) -> str:
    return "\n".join("\n".join(fill(line, width)) for line in text.split("\n"))


def _led(text: str, first: str, then: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        f"{then if index else first}{line}".rstrip(" ") for index, line in enumerate(lines)
    )
