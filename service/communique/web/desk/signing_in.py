"""Signing in: a letter with a link and six digits, and the same browser that asked for it.

Reading a page spends nothing: what opens links on its way to somebody finds a page with a button,
and the button does nothing in a browser that did not ask. What the browser keeps until then, to
whom the letter went and where it was going, is in one cookie.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import Response

from communique.desk import inspecting, inviting, sessions, signing_in
from communique.desk.sessions import Visit
from communique.desk.signing_in import SignedIn
from communique.domain.actor import SERVICE
from communique.domain.text import abbreviated, in_language
from communique.errors import CommuniqueError, Invalid, NotAllowed
from communique.web import asked, limiting
from communique.web.desk import asking, showing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Door, Pages
from communique.web.desk.saying import WORDS

pages = Pages()

KEPT = 15 * 60  # seconds that a browser keeps what it asked: as long as a letter is good
LONGEST = 1500  # octets of what goes into a cookie of 4,096, each of two
WRONG = "sign_in_code_wrong"


@pages.get("/sign-in", Door.OPEN)
async def form(ask: Asking) -> Response:
    """Where one says who one is. Whoever is signed in goes on to where they were going, unless
    that is another association's, which has a letter of its own.
    """
    going = _next(ask.query("next"))
    if ask.session and _whose(going) not in ask.session.closed:
        return showing.go(asking.own(going))
    return await _form(ask, going, ask.session.address if ask.session else "")


async def _form(
    ask: Asking, going: str, address: str, errors: dict[str, str] | None = None
) -> Response:
    besides = ""
    if ask.session and _whose(going) in ask.session.closed:
        known = await inspecting.association(ask.desk, SERVICE, _whose(going))
        besides = in_language(known.names, ask.language)
    return showing.page(
        ask,
        "sign_in.html",
        status=422 if errors else 200,
        errors=errors or {},
        address=address,
        next=going,
        besides=besides,
    )


@pages.post("/sign-in", Door.OPEN)
async def wish(ask: Asking) -> Response:
    """Have a letter sent; the answer is the same whoever has that address, or nobody (P6)."""
    address, going = ask.value("address"), _next(ask.value("next"))
    try:
        token = await signing_in.ask(ask.desk, address, _origin(ask), ask.language, _whose(going))
    except Invalid as error:
        return await _form(ask, going, address, {"address": showing.told(ask, error)})
    except NotAllowed:
        return _too_many(ask)
    return _keep(ask, showing.go(f"/desk/sign-in/sent?lang={ask.language}"), token, address, going)


@pages.get("/sign-in/sent", Door.OPEN)
async def sent(ask: Asking) -> Response:
    """Where the letter went, and the field for its code."""
    kept = _kept(ask)
    return _sent(ask, kept, {}) if kept else showing.go("/desk/sign-in")


@pages.post("/sign-in/code", Door.OPEN)
async def code(ask: Asking) -> Response:
    """Sign in by the six digits."""
    kept, typed = _kept(ask), ask.value("code")
    if not kept:
        return _over(ask)
    try:
        entered = await signing_in.by_code(ask.desk, kept["token"], typed, _visit(ask))
    except NotAllowed as error:
        if error.code == WRONG and error.fields["left"]:
            wrong = WORDS[ask.language]("signing_in.wrong", n=error.fields["left"])
            return _sent(ask, kept, {"code": wrong})
        return _over(ask, error)
    return _enter(ask, entered, kept["next"])


@pages.get("/sign-in/{link}", Door.OPEN)
async def link(ask: Asking) -> Response:
    """The page that a letter's link opens: a button, or where to type the code instead."""
    return showing.page(ask, "sign_in_link.html", ours=bool(_kept(ask)))


@pages.post("/sign-in/{link}", Door.OPEN)
async def by_link(ask: Asking) -> Response:
    """Sign in by the link, in the browser that asked."""
    kept = _kept(ask)
    if not kept:
        return _over(ask)
    try:
        entered = await signing_in.by_link(ask.desk, kept["token"], ask.path("link"), _visit(ask))
    except NotAllowed as error:
        return _over(ask, error)
    return _enter(ask, entered, kept["next"])


@pages.get("/open/{token}", Door.OPEN)
async def opening(ask: Asking) -> Response:
    """The page that the operator's link opens."""
    if not await signing_in.opens(ask.desk, ask.path("token")):
        return _over(ask)
    return showing.page(ask, "opening.html")


@pages.post("/open/{token}", Door.OPEN)
async def by_opening(ask: Asking) -> Response:
    """Open the desk as the operator."""
    try:
        entered = await signing_in.by_opening(ask.desk, ask.path("token"), _visit(ask))
    except NotAllowed as error:
        return _over(ask, error)
    return _enter(ask, entered, "")


@pages.get("/invitation/{token}", Door.OPEN)
async def invitation(ask: Asking) -> Response:
    """Who invites to what, as what."""
    one = await inviting.shown(ask.desk, ask.path("token"))
    if one is None:
        return _over(ask, kind="invitation")
    # Its link was signed here: whoever holds it may know whose it is.
    known = await inspecting.association(ask.desk, SERVICE, one.association)
    return showing.page(ask, "invitation.html", invitation=one, to=known)


@pages.post("/invitation/{token}", Door.OPEN)
async def accept(ask: Asking) -> Response:
    """Take it: a code goes to the address that was invited, wherever the link came to."""
    try:
        token = await signing_in.accept(ask.desk, ask.path("token"), _origin(ask), ask.language)
    except NotAllowed as error:
        return _too_many(ask) if error.code == "asked_too_often" else _over(ask, error)
    return _keep(ask, showing.go(f"/desk/sign-in/sent?lang={ask.language}"), token, "", "")


@pages.post("/sign-out", Door.SIGNED_IN)
async def leave(ask: Asking) -> Response:
    """Sign out here."""
    await sessions.leave(ask.desk, asking.token(ask.request))
    response = showing.go(f"/desk/signed-out?lang={ask.language}")
    asking.forget(ask.request, response, asking.SESSION)
    return response


@pages.get("/signed-out", Door.OPEN)
async def left(ask: Asking) -> Response:
    """That one is not signed in any more."""
    return showing.page(ask, "signed_out.html")


def _sent(ask: Asking, kept: dict[str, str], errors: dict[str, str]) -> Response:
    address = abbreviated(kept["to"])
    return showing.page(
        ask,
        "sign_in_sent.html",
        status=422 if errors else 200,
        address=address,
        next=kept["next"],
        errors=errors,
    )


def _over(ask: Asking, error: CommuniqueError | None = None, kind: str = "over") -> Response:
    """What opened something does not any more, or not here."""
    if error is not None and error.code == "sign_in_code_rests":
        kind = "rests"
    return showing.page(ask, "sign_in_over.html", status=410, kind=kind)


def _too_many(ask: Asking) -> Response:
    response = showing.page(ask, "sign_in_over.html", status=429, kind="many")
    response.headers["Retry-After"] = str(KEPT)
    return response


def _origin(ask: Asking) -> str:
    """Whoever asks for letters, as they are counted: one machine has 64 bits of IPv6."""
    return limiting.network(asked.origin(ask.request))


def _visit(ask: Asking) -> Visit:
    request = ask.request
    return Visit(
        asked.origin(request), request.headers.get("User-Agent", "")[:500], asking.token(request)
    )


def _enter(ask: Asking, entered: SignedIn, going: str) -> Response:
    """Give the browser its session; on to where it was going."""
    where = f"/desk/{entered.association}/" if entered.association else asking.own(going)
    response = showing.go(where)
    asking.keep(
        ask.request, response, asking.SESSION, entered.token, ask.desk.policy.session_lifetime
    )
    asking.forget(ask.request, response, asking.ASKED)
    return response


def _keep(ask: Asking, response: Response, token: str, address: str, going: str) -> Response:
    to = address if len(quote(address, safe="")) <= LONGEST else ""
    value = urlencode({"token": token, "to": to, "next": going})
    asking.keep(ask.request, response, asking.ASKED, value, signing_in.LASTS)
    return response


def _kept(ask: Asking) -> dict[str, str] | None:
    """What this browser asked, if it asked not long ago."""
    found = dict(parse_qsl(asking.kept(ask.request, asking.ASKED), keep_blank_values=True))
    return found if set(found) == {"token", "to", "next"} else None


def _next(address: str) -> str:
    """Where one was going, if that is more than where the desk begins anyway, and no more than a
    browser keeps: without what is in the cookie nobody signs in.
    """
    known = asking.own(address)
    return "" if known == "/desk/" or len(quote(known, safe="")) > LONGEST else known


def _whose(address: str) -> str:
    """The key of the association that a page of the desk is of, if it is of any."""
    parts = urlsplit(address).path.split("/")
    return parts[2] if len(parts) > 3 else ""
