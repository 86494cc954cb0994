"""What hides a part of a message from whoever reads it: attributes, styles, and where it stands.

Only what plainly hides: a mail program that shows it nevertheless is no reason to hide it. What
nobody can tell beforehand, such as where an animation ends, is taken to hide as well.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from typing import NamedTuple

_NOT_SHOWN = frozenset(
    {"head", "title", "style", "script", "template", "noscript", "datalist", "select", "textarea"}
    | {"iframe", "object", "audio", "video", "canvas", "svg", "math", "map", "noframes", "noembed"}
    | {"option", "optgroup", "progress", "meter", "rp"}
)
_FOLDED = frozenset({"details", "dialog"})  # unless they are open
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.)|\Z)", re.DOTALL | re.IGNORECASE)
_NOTHING = r"[+-]?0*\.?0*(?:px|pt|r?em|ex|ch|%|in|cm|mm|v[wh])?"
_SLIGHT = r"0?\.0\d*|\d(?:\.\d+)?%"
_NONE = re.compile(_NOTHING)
_TINY = re.compile(r"[01](?:\.\d+)?(?:px|pt)|0?\.[0-3]\d*r?em|(?:\d|1\d)(?:\.\d+)?%")
_SLIVER = re.compile(rf"[01](?:\.\d+)?(?:px|pt)|{_NOTHING}")
_RELATIVE = re.compile(r"[\d.]+(?:em|%)|inherit|smaller|larger|unset")
_FAR = re.compile(
    r"-(?:\d{3,}(?:\.\d+)?(?:px|pt)|\d{2,}(?:\.\d+)?(?:r?em|%|v[wh]))|calc\([^)]{0,99}-|var\("
)
_AWAY = re.compile(r"\d{4,}(?:\.\d+)?(?:px|pt)|\d{3,}(?:\.\d+)?(?:r?em|%|v[wh])")
_OFF = ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top", "margin")
_SIDES = ("height", "max-height", "width", "max-width")
# What hides by itself, by property; the whole value is such.
_HIDES = {
    name: re.compile(pattern)
    for names, pattern in {
        "display": r"none|var\(.*",
        "visibility": r"hidden|collapse|var\(.*",
        "content-visibility": "hidden",
        "mso-hide": "all",
        "opacity|zoom|scale": rf"{_NOTHING}|{_SLIGHT}|(?:var|calc)\(.*",
        "clip-path|mask|mask-image|animation|animation-name": "(?!none$).+",
        "filter": r".*(?:opacity|blur|brightness|contrast)\(.*",
        "transform": r".*(?:scale[xy]?\(\s*0?\.?0\d*\s*[,)]|translate\w*\(.{0,99}-\d{3}|"
        r"rotate[xy]\(\s*-?(?:90|270)deg).*",
        "translate": r".*-\d{3}.*",
        "letter-spacing": r"-(?:0?\.[5-9]\d*|[1-9][\d.]*)r?em|-\d{2,}(?:\.\d+)?p[xt]",
    }.items()
    for name in names.split("|")
}
_HEX = re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-f])")
_PARTS = re.compile(
    r"(rgb|hsl)a?\(\s*([\d.]+)(?:deg)?[\s,]+([\d.]+)(%?)[\s,]+([\d.]+)%?(?:[\s,/]+([\d.]+%?))?\s*\)"
)
_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_UNDER = re.compile(r"@(?:media|supports|layer|container)\b[^{};]*\{", re.IGNORECASE)
_WORD = re.compile(r"@(?:[\w-]|\\[0-9a-f]{1,6}\s?|\\.)+", re.IGNORECASE)
# Of an element that nobody points at, and so of most at most times.
_AT_REST = re.compile(r":not\(\s*:[\w-]+\s*\)|:(?:any-)?link\b", re.IGNORECASE)
_NAMED = {
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ghostwhite": (248, 248, 255),
    "mintcream": (245, 255, 250),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
}
_ALIKE = 12  # of 255: no eye tells such colours apart at the size of a letter

Colour = tuple[int, int, int] | str  # one that is not known here is known by its word


class Look(NamedTuple):
    """How an element looks, as far as it hides what is in it."""

    gone: bool = False  # with all that is in it
    tiny: bool = False  # as long as nothing in it is larger
    ink: Colour = (0, 0, 0)
    paper: Colour = (255, 255, 255)

    @property
    def hidden(self) -> bool:
        """Whether a text that stands there is not to be seen."""
        if self.gone or self.tiny or self.ink == self.paper:
            return True
        return (
            isinstance(self.ink, tuple)
            and isinstance(self.paper, tuple)
            and all(abs(a - b) < _ALIKE for a, b in zip(self.ink, self.paper, strict=True))
        )


DEFAULT = Look()


def look(tag: str, attributes: Mapping[str, str], around: Look) -> Look:
    """How an element looks within another."""
    style = _declared(attributes.get("style", ""))
    ink, paper = around.ink, around.paper
    gone = around.gone or _is_gone(tag, attributes) or _hides(style)
    given = style.get("-webkit-text-fill-color") or style.get("color")
    given = given or (attributes.get("color", "") if tag == "font" else attributes.get("text", ""))
    if given and given not in ("inherit", "currentcolor"):
        ink = _colour(given)
        gone = gone or _clear(given)
    for background in (
        attributes.get("bgcolor", ""),
        style.get("background", ""),
        style.get("background-color", ""),
    ):
        if background == "currentcolor":
            paper = ink
        elif background and background not in ("none", "inherit") and not _clear(background):
            paper = _colour(background)
    tiny = around.tiny
    size = style.get("font-size") or _size(style.get("font", ""))
    if size:
        small = bool(_NONE.fullmatch(size) or _TINY.fullmatch(size))
        tiny = small or (tiny and bool(_RELATIVE.fullmatch(size)))
    return Look(gone, tiny, ink, paper)


def unwrapped(html: str) -> str:
    """The same with the rules for some screens, and for links at rest, as rules for all of them."""
    return _SHEET.sub(lambda sheet: f"{sheet[1]}{_bare(sheet[2])}{sheet[3]}", html)


def _bare(sheet: str) -> str:
    sheet = _WORD.sub(lambda word: _unescaped(word[0]), _COMMENT.sub("", sheet))
    sheet = _AT_REST.sub("", sheet)
    while begun := _UNDER.search(sheet):
        depth, end = 1, begun.end()
        while depth and end < len(sheet):
            depth += (sheet[end] == "{") - (sheet[end] == "}")
            end += 1
        within = sheet[begun.end() : end if depth else end - 1]
        sheet = f"{sheet[: begun.start()]}{within}{sheet[end:]}"
    return sheet


def _unescaped(text: str) -> str:
    """A text of CSS with what it escapes as it is meant: `\\64isplay` is `display`."""

    def meant(escape: re.Match[str]) -> str:
        code = int(escape[1], 16) if escape[1] else 0
        if escape[1]:
            return chr(code) if 0 < code < 0x110000 else "\N{REPLACEMENT CHARACTER}"
        return escape[2] or ""

    return _ESCAPE.sub(meant, text) if "\\" in text else text


def _declared(style: str) -> dict[str, str]:
    """What a style says, by property: the last, or what is `!important`."""
    found: dict[str, str] = {}
    final: set[str] = set()
    for one in _COMMENT.sub("", style).split(";"):
        name, colon, value = _unescaped(one).lower().partition(":")
        name, value = name.strip(), " ".join(value.split())
        value, important, _ = value.partition("!")
        if colon and (important or name not in final):
            found[name] = value.strip()
            final |= {name} if important else set()
    return found


def _is_gone(tag: str, attributes: Mapping[str, str]) -> bool:
    return (
        tag in _NOT_SHOWN
        or (tag in _FOLDED and "open" not in attributes)
        or "hidden" in attributes
        or "popover" in attributes
        or attributes.get("aria-hidden", "").lower() == "true"  # who has it read out hears nothing
    )


def _hides(style: Mapping[str, str]) -> bool:
    def given(name: str) -> str:
        return style.get(name, "")

    cut = any(
        value not in ("", "visible")
        for name, value in style.items()
        if name in ("overflow", "overflow-x", "overflow-y")
    )
    moved = given("position") in ("absolute", "fixed", "relative")
    return (
        any(
            value and name in _HIDES and _HIDES[name].fullmatch(value)
            for name, value in style.items()
        )
        or (cut and any(given(one) and _SLIVER.fullmatch(given(one)) for one in _SIDES))
        or any(_FAR.search(given(one)) for one in _OFF)
        or (moved and any(_AWAY.fullmatch(given(one)) for one in _OFF[:4]))
        or (given("clip") not in ("", "auto") and given("position") in ("absolute", "fixed"))
    )


def _size(font: str) -> str:
    """The size that the shorthand `font` gives."""
    found = re.search(r"(?:^| )([\d.]+(?:px|pt|r?em|%)?)(?= |/)", font)
    return found[1] if found else ""


def _colour(value: str) -> Colour:
    """What a colour is made of; its word for one that is not known here."""
    value = value.strip().lower()
    if named := _NAMED.get(value.split(" ")[0]):
        return named
    if found := _HEX.search(value):
        digits = found[0][1:]
        digits = "".join(one * 2 for one in digits) if len(digits) < 6 else digits
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if parts := _PARTS.search(value):
        one, two, three = float(parts[2]), float(parts[3]), float(parts[5])
        if parts[1] == "hsl":
            shades = colorsys.hls_to_rgb(one / 360 % 1, min(three, 100) / 100, min(two, 100) / 100)
            one, two, three = (255 * each for each in shades)
        elif parts[4]:
            one, two, three = one * 2.55, two * 2.55, three * 2.55
        return round(one), round(two), round(three)
    return value


def _clear(value: str) -> bool:
    """Whether one sees through a colour."""
    if value == "transparent":
        return True
    if found := _HEX.search(value):
        digits = found[0][1:]
        return len(digits) in (4, 8) and not digits[3 if len(digits) == 4 else 6 :].strip("0")
    parts = _PARTS.search(value)
    return bool(parts and parts[6] and _NONE.fullmatch(parts[6]))
