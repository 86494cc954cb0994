"""QR codes as inline SVG: a page with one loads nothing (ISO/IEC 18004)."""

from __future__ import annotations

import asyncio
from functools import lru_cache

import segno
from markupsafe import Markup

BORDER = 4  # modules of white around it, which readers need


async def drawn(url: str) -> Markup:
    """The code of an address, in a thread: to choose its pattern takes some milliseconds (P7)."""
    return await asyncio.to_thread(_drawn, url)


@lru_cache(maxsize=64)
def _drawn(url: str) -> Markup:
    code = segno.make(url, error="m", micro=False)
    svg = code.svg_inline(border=BORDER, omitsize=True, dark="#000", light="#fff")
    return Markup(svg)  # noqa: S704 - a library's drawing of an address that we made
