"""What hides a part of a message from whoever reads it: attributes, styles, and where it stands.

Only what plainly hides: a mail program that shows it nevertheless is no reason to hide it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_NOT_SHOWN = frozenset(
    {"head", "title", "style", "script", "template", "noscript", "datalist", "select", "textarea"}
    | {"iframe", "object", "audio", "video", "canvas", "svg", "math", "map"}
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NOTHING = re.compile(r"[+-]?0*\.?0*(?:px|pt|r?em|ex|ch|%|in|cm|mm|v[wh])?")
_TINY = re.compile(r"[01](?:\.\d+)?(?:px|pt)|0?\.[0-3]\d*r?em|(?:\d|1\d)(?:\.\d+)?%")
_SLIGHT = re.compile(r"0?\.0\d*|\d(?:\.\d+)?%")
_RELATIVE = re.compile(r"[\d.]+(?:em|%)|inherit|smaller|larger|unset")
_FAR = re.compile(r"-(?:\d{3,}(?:\.\d+)?(?:px|pt)|\d{2,}(?:\.\d+)?(?:r?em|%|v[wh]))")
_OFF = ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top", "margin")
_SIDES = ("height", "max-height", "width", "max-width")
_HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)")
_SHEET = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_UNDER = re.compile(r"@(?:media|supports|layer|container)\b[^{};]*\{", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0)}
_ALIKE = 12  # of 255: no eye tells such colours apart at the size of a letter

Colour = tuple[int, int, int]


class Look(NamedTuple):
    """How an element looks, as far as it hides what is in it."""

    gone: bool = False  # with all that is in it
    tiny: bool = False  # as long as nothing in it is larger
    ink: Colour | None = (0, 0, 0)  # None: not known
    paper: Colour | None = (255, 255, 255)

    @property
    def hidden(self) -> bool:
        """Whether a text that stands there is not to be seen."""
        if self.gone or self.tiny:
            return True
        return (
            self.ink is not None
            and self.paper is not None
            and all(abs(a - b) < _ALIKE for a, b in zip(self.ink, self.paper, strict=True))
        )


DEFAULT = Look()


def look(tag: str, attributes: Mapping[str, str], around: Look) -> Look:
    """How an element looks within another."""
    style = _declared(attributes.get("style", ""))
    ink, paper = around.ink, around.paper
    if (background := attributes.get("bgcolor")) is not None:
        paper = _colour(background)
    for name in ("background", "background-color"):
        given = style.get(name, "")
        if given and given not in ("none", "transparent", "inherit"):
            paper = _colour(given)
    gone = around.gone or tag in _NOT_SHOWN or "hidden" in attributes or _hides(style)
    if (given := style.get("color", "")) and given != "inherit":
        ink = _colour(given)
        gone = gone or given == "transparent" or _clear(given)
    tiny = around.tiny
    size = style.get("font-size") or _size(style.get("font", ""))
    if size:
        small = bool(_NOTHING.fullmatch(size) or _TINY.fullmatch(size))
        tiny = small or (tiny and bool(_RELATIVE.fullmatch(size)))
    return Look(gone, tiny, ink, paper)


def unwrapped(html: str) -> str:
    """The same with the rules for some screens only as rules for all of them."""
    return _SHEET.sub(lambda sheet: f"{sheet[1]}{_bare(sheet[2])}{sheet[3]}", html)


def _bare(sheet: str) -> str:
    sheet = _COMMENT.sub("", sheet)
    while begun := _UNDER.search(sheet):
        depth, end = 1, begun.end()
        while depth and end < len(sheet):
            depth += (sheet[end] == "{") - (sheet[end] == "}")
            end += 1
        within = sheet[begun.end() : end if depth else end - 1]
        sheet = f"{sheet[: begun.start()]}{within}{sheet[end:]}"
    return sheet


def _declared(style: str) -> dict[str, str]:
    """What a style says, by property: the last, or what is `!important`."""
    found: dict[str, str] = {}
    final: set[str] = set()
    for one in _COMMENT.sub("", style).lower().split(";"):
        name, colon, value = one.partition(":")
        name, value = name.strip(), " ".join(value.split())
        value, important, _ = value.partition("!")
        if colon and (important or name not in final):
            found[name] = value.strip()
            final |= {name} if important else set()
    return found


def _hides(style: Mapping[str, str]) -> bool:
    def given(name: str) -> str:
        return style.get(name, "")

    return (
        given("display") == "none"
        or given("visibility") in ("hidden", "collapse")
        or given("content-visibility") == "hidden"
        or given("mso-hide") == "all"
        or _is_nothing(given("opacity"))
        or bool(_SLIGHT.fullmatch(given("opacity")))
        or ("hidden" in given("overflow") and any(_is_nothing(given(one)) for one in _SIDES))
        or any(_FAR.search(given(one)) for one in _OFF)
        or (given("clip") not in ("", "auto") and given("position") in ("absolute", "fixed"))
        or bool(re.search(r"inset\((?:50|100)%|circle\(0", given("clip-path")))
        or bool(
            re.search(r"scale[xy]?\(\s*0?\.?0*\s*[,)]|translate\w*\(.*-\d{3}", given("transform"))
        )
    )


def _is_nothing(value: str) -> bool:
    return bool(value) and bool(_NOTHING.fullmatch(value))


def _size(font: str) -> str:
    """The size that the shorthand `font` gives."""
    found = re.search(r"(?:^| )([\d.]+(?:px|pt|r?em|%)?)(?= |/)", font)
    return found[1] if found else ""


def _colour(value: str) -> Colour | None:
    """What a colour is made of; None for one that is not known here."""
    value = value.strip().lower()
    if named := _NAMED.get(value.split(" ")[0]):
        return named
    if found := _HEX.search(value):
        digits = found[0][1:]
        digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if parts := _RGB.search(value):
        return int(parts[1]), int(parts[2]), int(parts[3])
    return None


def _clear(value: str) -> bool:
    parts = _RGB.search(value)
    return bool(parts and parts[4] and _is_nothing(parts[4]))
