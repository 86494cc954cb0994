"""What an association's pages look like: its colours, and ink that can be read on them.

A brand may be any colour; text on it always has a contrast of at least 4.5 (WCAG 2.2 §1.4.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from communique.domain.association import Brand

READABLE = 4.5
BLACK, WHITE = "#000000", "#ffffff"


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as `#rrggbb`: the masthead, the line below it, and the text on it."""

    primary: str
    accent: str
    ink: str


LIGHT, DARK = "#ffffff", "#191d21"  # the desk's own ground, which a brand stands on as an ornament
SEEN = 3.0  # the contrast of what is seen, and not read (WCAG 2.2 §1.4.11)

NEUTRAL = Look("#2b3442", "#7c8798", WHITE)


def look(brand: Brand) -> Look:
    """The look of a brand. Its own ink is used where it can be read."""
    return Look(brand.primary, brand.accent, ink_on(brand.primary, brand.ink_on_primary))


def ink_on(background: str, wanted: str) -> str:
    """`wanted` if it can be read on `background`; else black or white, one of which always can."""
    if contrast(background, wanted) >= READABLE:
        return wanted
    return max(BLACK, WHITE, key=lambda ink: contrast(background, ink))


def apart(colour: str, ground: str) -> str:
    """The colour, or one nearer to black or white that can be told from that ground."""
    towards = max(BLACK, WHITE, key=lambda ink: contrast(ground, ink))
    for step in range(21):
        mixed = _mixed(colour, towards, step / 20)
        if contrast(ground, mixed) >= SEEN:
            return mixed
    return towards


def _mixed(one: str, other: str, share: float) -> str:
    """A colour between two: `share` of the other."""
    pairs = (
        (int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for a, b in [(one, other)] for i in (1, 3, 5)
    )
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, “relative luminance”)."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
