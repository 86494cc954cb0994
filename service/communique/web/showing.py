"""Showing a page: its words in French or English, an association's colours, strict headers.

A page runs no script and loads nothing; its one style is allowed by its hash. Every response
carries HEADERS, so that a token in an address gets into no cache, referrer or search engine.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from communique.domain.look import NEUTRAL, Look

LANGUAGES = ("fr", "en")

CLOSED = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action "
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{CLOSED}'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}

_PAGES = Environment(
    loader=PackageLoader("communique.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _words(language: str) -> dict[str, Any]:
    source = (files("communique.web") / "pages" / f"{language}.toml").read_text(encoding="utf-8")
    words: dict[str, Any] = _as_markup(tomllib.loads(source))
    return words


def _as_markup(value: Any) -> Any:
    """Words are HTML; `Markup.format` escapes whatever is put into their blanks."""
    if isinstance(value, dict):
        return {name: _as_markup(one) for name, one in value.items()}
    return Markup(value)  # noqa: S704 - our own file


WORDS: Mapping[str, Mapping[str, Any]] = {language: _words(language) for language in LANGUAGES}


# What tells these words from those of another day, for the evidence of what was said to them.
VERSIONS: Mapping[str, str] = {
    language: hashlib.sha256(
        (files("communique.web") / "pages" / f"{language}.toml").read_bytes()
    ).hexdigest()[:12]
    for language in LANGUAGES
}


def page(
    name: str, language: str, look: Look = NEUTRAL, /, *, status: int = 200, **values: object
) -> HTMLResponse:
    """The page of that name, in that language."""
    style, policy = _style(look)
    html = _PAGES.get_template(f"{name}.html").render(
        t=WORDS[language], words=WORDS, language=language, look=look, style=style, **values
    )
    return HTMLResponse(html, status, {**HEADERS, "Content-Security-Policy": policy})


def notice(request: Request, name: str, status: int = 200) -> HTMLResponse:
    """A page on no association's behalf: in the browser's language, in both if it asks neither."""
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else preferred(request.headers.get("Accept-Language"))
    languages = (language,) if language else LANGUAGES
    return page("notice", languages[0], status=status, notice=name, languages=languages)


def preferred(header: str | None, ours: Collection[str] = LANGUAGES) -> str | None:
    """The language of ours that an Accept-Language header likes best (RFC 9110 §12.5.4), if any."""
    weights: dict[str, float] = {}
    for choice in (header or "").split(","):
        tag, _, parameter = choice.partition(";")
        name, _, weight = parameter.strip().partition("=")
        language = tag.strip().lower().partition("-")[0]
        if language in ours:
            try:
                liking = float(weight) if name == "q" else 1.0
            except ValueError:
                continue
            weights[language] = max(liking, weights.get(language, 0.0))
    best = max(weights, key=weights.__getitem__, default=None)
    return best if best and weights[best] > 0 else None


@lru_cache(maxsize=64)  # associations are few, and their colours change seldom
def _style(look: Look) -> tuple[Markup, str]:
    """The style of every page in these colours, and the policy that allows it and nothing else."""
    style = _PAGES.get_template("style.css").render(look=look)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"{CLOSED}'self'; style-src 'sha256-{digest}'; img-src data:"
    return Markup(style), policy  # noqa: S704 - our own file; colours are escaped
