"""Showing a page of the desk: all of it, or the one part of it that is asked for.

A page is a template, its block of that part the part. Nothing is loaded but our own style, type and
scripts, and none of these stands in a page: the policy that goes with each allows no other.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from communique import facts
from communique.domain.actor import ActorKind, Permission
from communique.domain.look import DARK, LIGHT, apart, look
from communique.domain.release import Release
from communique.domain.text import in_language
from communique.errors import CommuniqueError
from communique.facts import Fact, Why, worded
from communique.web.desk import static
from communique.web.desk.asking import CSRF, Asking
from communique.web.desk.saying import LANGUAGES, NAMES, WORDS
from communique.wording import Remedy, french

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    # Not `no-referrer`: with it a browser hides from us that a form is our own.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# The places of the desk, in the order in which they stand, and the key that goes there after `g`.
PLACES = (("", "h"), ("releases", "r"), ("people", "p"), ("log", "l"), ("settings", "s"))
# What stands at one of these places, under an address of its own.
WITHIN: Mapping[str, tuple[str, ...]] = {"people": ("lists", "import")}

_PAGES = Environment(
    loader=PackageLoader("communique.web.desk", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_BLANK = re.compile(r"\{\w+(?::path)?\}")
_PATHS: set[str] = set()  # below /desk: those that there are pages of


def place(paths: set[str]) -> None:
    """Say which pages there are: no link leads where there is nothing."""
    _PATHS.update(paths)


def there(path: str) -> bool:
    """Whether there are pages of that path below /desk, as a route declares it."""
    return path in _PATHS


def page(
    ask: Asking, template: str, *, status: int = 200, nonce: str = "", **values: Any
) -> HTMLResponse:
    """A page; or, where a browser asks for a part by its id, that block (`-` is `_` there).

    With a `nonce`, a script of ours may have the page take styles that bear it.
    """
    made = _PAGES.get_template(template)
    known = {**_known(ask), "keeps": None, "nonce": nonce, **values}
    # Made anew for each page, so that a macro knows the reader's language and clock by itself.
    known["ui"] = _PAGES.get_template("ui.html").make_module(known)
    part = ask.part.replace("-", "_")
    if part in made.blocks:
        html = "".join(made.blocks[part](made.new_context(known)))
    else:
        html = made.render(known)
    headers = {**HEADERS, "Vary": "HX-Request"}
    if nonce:
        styles = f"style-src 'self' 'nonce-{nonce}'"
        headers["Content-Security-Policy"] = POLICY.replace("style-src 'self'", styles)
    return HTMLResponse(html, status, headers)


def block(ask: Asking, template: str, name: str, **values: Any) -> str:
    """One part of a page, by the name of its block."""
    made = _PAGES.get_template(template)
    known = {**_known(ask), **values}
    known["ui"] = _PAGES.get_template("ui.html").make_module(known)
    return "".join(made.blocks[name](made.new_context(known)))


def trouble(ask: Asking, kind: str, status: int, **values: Any) -> HTMLResponse:
    """The page that says why there is not the one that was asked for."""
    error = values.pop("error", None)
    why = told(ask, error) if error else ""
    return page(ask, "trouble.html", status=status, kind=kind, why=why, **values)


def told(ask: Asking, error: CommuniqueError) -> str:
    """An error in the reader's language, in the words that it has everywhere, as sentences."""
    if ask.language == "fr":
        said, remedy = error.said(french.WORDS), french.ADVICE.get(error.code, "")
        advice = french.REMEDIES[error.remedy.name] if isinstance(error.remedy, Remedy) else remedy
        return _sentences(said, worded(advice, error.fields, french.WORDS) if advice else "")
    return _sentences(error.message, error.advice or "")


def _sentences(*texts: str) -> str:
    """Each with its capital and its full stop."""
    told = (one[:1].upper() + one[1:] for one in texts if one)
    return " ".join(one if one.endswith((".", "?", "!", "…")) else f"{one}." for one in told)


class Going(RedirectResponse):
    """To another page, where a word is told to whoever did something, and to nobody else."""

    told = ("", "")  # its key, and of how many


def go(address: str, said: str = "", n: int | None = None) -> Going:
    """To another page, where `said` is told, the key of a word: what was just done, to how many.

    An address holds a key and a number and no text, and both under the seal of a session, so that
    nobody can put words into our mouth.
    """
    if said:
        count = {} if n is None else {"n": n}
        address += ("&" if "?" in address else "?") + urlencode({"said": said, **count})
    going = Going(address, 303, HEADERS)
    going.told = (said, "" if n is None else str(n))
    return going


def seal(ask: Asking, response: Response) -> Response:
    """The same, with what it has told where it leads under the seal of who asked."""
    if isinstance(response, Going) and response.told[0]:
        told = f"said={response.told[0]}"
        before, _, after = response.headers["location"].rpartition(told)
        response.headers["location"] = f"{before}{told}~{_seal(ask, *response.told)}{after}"
    return response


def _seal(ask: Asking, key: str, n: str) -> str:
    """What only a page of this session knows to write."""
    secret = ask.session.csrf if ask.session else ""
    return hmac.new(secret.encode(), f"{key} {n}".encode(), "sha256").hexdigest()[:16]


def just_said(ask: Asking) -> Markup | None:
    """What the page before had told here, as this very session did it."""
    t, n = WORDS[ask.language], ask.query("n")
    key, _, sealed = ask.query("said").partition("~")
    ours = ask.session and hmac.compare_digest(sealed.encode(), _seal(ask, key, n).encode())
    if not ours or key not in t:
        return None
    return t(key, n=int(n) if n else None)


def _known(ask: Asking) -> dict[str, Any]:
    """What every page and every macro knows."""
    request, association = ask.request, ask.association
    return {
        "ask": ask,
        "t": WORDS[ask.language],
        "language": ask.language,
        "languages": {one: NAMES[one] for one in LANGUAGES if one != ask.language},
        "hours": ask.hours,
        "session": ask.session,
        "association": association,
        "name": in_language(association.names, ask.language) if association else "",
        "named": partial(_named, ask.language),
        "look": look(association.brand) if association else None,
        "brands": _brands(ask),
        "at": ask.at if association else None,
        "places": [(name, key) for name, key in PLACES if there(f"/{{association}}/{name}")],
        "there": there,
        "within": WITHIN,
        "page_at": partial(_page_at, ask),
        "titled": partial(_titled, ask.language),
        "reason": partial(_reason, ask.language),
        "path": request.url.path,
        "self_address": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "said": just_said(ask),
        "csrf": ask.session.csrf if ask.session else "",
        "csrf_field": CSRF,
        "can": _can(ask),
        "operator": ask.session is not None and ask.session.actor.kind is ActorKind.OPERATOR,
        "may": ask.may if association and ask.session else (lambda _: False),
        "P": Permission,
        "static": static.built(),
    }


def _page_at(ask: Asking, page: str, *blanks: str) -> str:
    """The address of a page of this association, if there is such a page: else nothing.

    `page_at("releases/{}", release.key)`.
    """
    known = {_BLANK.sub("{}", one) for one in _PATHS}
    filled = page.format(*(quote(one, safe="") for one in blanks))
    return ask.at(filled) if f"/{{}}/{page}" in known else ""


def _titled(language: str, release: Release) -> Markup:
    """What a release is called: its subject in the reader's language, said to be in another."""
    subjects = {one.language: one.subject for one in release.editions}
    if language in subjects or not subjects:
        return escape(subjects.get(language, release.key))
    other = next(iter(subjects))
    return Markup('<span lang="{}">{}</span>').format(other, subjects[other])


def _reason(language: str, why: Why | None) -> str:
    """Why something was done: in a person's own words, or ours in the reader's language."""
    if not isinstance(why, Fact):
        return _sentences(why or "")
    if language == "fr":
        return _sentences(*facts.told(why, french.WORDS, french.ADVICE).split(" — "))
    return _sentences(*facts.told(why).split(" — "))


def _named(language: str, names: Mapping[str, str]) -> str:
    return in_language(names, language)


def _brands(ask: Asking) -> tuple[str, str]:
    """The association's colour as it can be seen on our light and on our dark ground."""
    if ask.association is None:
        return ("", "")
    primary = ask.association.brand.primary
    return apart(primary, LIGHT), apart(primary, DARK)


def _can(ask: Asking) -> str:
    """What whoever is signed in may do here, in words: what one may, not what one is called."""
    if ask.session is None or ask.association is None:
        return ""
    t = WORDS[ask.language]
    more = [one.value for one in Permission if one is not Permission.READ and ask.may(one)]
    text = t.join([t(f"frame.can.{one}") for one in more or ["read"]])
    return text[:1].upper() + text[1:]
