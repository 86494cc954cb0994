"""The pages of a pass to an advantage: its holder's, and the one that whoever gives it scans.

A GET never changes anything: scanners and previews follow links, people press a button. What is
scanned shows valid or not, of which association, for which advantage, until when, used how often,
and the company's name if the holder ticked that; and it is the same octet for octet, whoever the
holder is. Whatever is not valid is answered alike, in text, status and time (P6).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from communique.desk import Desk, previewing, proving
from communique.desk.proving import Proof
from communique.domain.actor import RECIPIENT
from communique.domain.look import look
from communique.domain.passes import Standing
from communique.domain.text import in_language
from communique.newsroom.days import long
from communique.web import asked, codes, showing
from communique.web.limiting import USUAL, Limiter, Limits

READING_OR_POST = ["GET", "HEAD", "POST"]
LENGTH = 40  # of a token
# Seconds after which what is scanned is answered, or after twice as many, or thrice: longer than
# it takes to find a pass, so that nobody learns from it what was found.
FLOOR = 0.25
SAID = ("used", "again", "back", "late")

Pause = Callable[[float], Awaitable[None]]


def router(desk: Desk, limits: Limits = USUAL, pause: Pause = asyncio.sleep) -> APIRouter:
    """The routes of `/p/{token}`, its holder's, and `/v/{token}`, which is scanned."""
    routes = APIRouter()
    limiter = Limiter(limits)

    @routes.api_route("/p/{token:path}", methods=READING_OR_POST)
    async def holder(request: Request, token: str) -> Response:
        token = _bare(token)
        if token == previewing.NOBODY:
            return showing.notice(request, "pass_trial")
        if wait := limiter.admit(asked.origin(request)):
            return _later(request, wait)
        if request.method == "POST":
            form = await asked.form(request)
            async with limiter.turn:
                return await _tick(desk, request, token, shown=asked.value(form, "name") == "yes")
        async with limiter.turn:
            found = await proving.held(desk, RECIPIENT, token)
        return await _shown(desk, request, found)

    @routes.api_route("/v/{token:path}", methods=READING_OR_POST)
    async def giver(request: Request, token: str) -> Response:
        begun = asyncio.get_running_loop().time()
        if wait := limiter.admit(asked.origin(request)):
            return _later(request, wait)
        pressed = await asked.form(request) if request.method == "POST" else None
        async with limiter.turn:
            if pressed is None:
                found = await proving.scanned(desk, RECIPIENT, _bare(token))
                answer = await _scanned(desk, request, found)
            else:
                answer = await _press(desk, request, _bare(token), asked.value(pressed, "back"))
        taken = asyncio.get_running_loop().time() - begun
        await pause(left(taken))
        return answer

    return routes


def left(taken: float) -> float:
    """Seconds until what took so many may be answered."""
    return FLOOR * max(1, math.ceil(taken / FLOOR)) - taken


def _bare(token: str) -> str:
    """A token without what may stand behind a link; one that is none stays none."""
    return token if token[LENGTH:].strip(asked.AROUND) else token[:LENGTH]


def _later(request: Request, wait: float) -> Response:
    response = showing.notice(request, "slowly", 429)
    response.headers["Retry-After"] = str(math.ceil(wait))
    return response


# The holder's


async def _tick(desk: Desk, request: Request, token: str, *, shown: bool) -> Response:
    """Show the company's name to whoever scans it, or no more."""
    language = _asked_language(request)
    found = await proving.held(desk, RECIPIENT, token)
    if found is None:
        return _invalid(request)
    language = language or _holders_language(found)
    await proving.show_company(
        desk,
        RECIPIENT,
        token,
        shown=shown,
        language=language,
        version=showing.VERSIONS[language],
    )
    return _see(lang=language)


async def _shown(desk: Desk, request: Request, found: Proof | None) -> Response:
    if found is None:
        return _invalid(request)
    language = _asked_language(request) or _holders_language(found)
    url = f"{desk.policy.public_url.rstrip('/')}/v/{found.scan}"
    return _page(
        "pass",
        language,
        found,
        claim=await _prose(desk, found, language, "claim"),
        conditions=await _prose(desk, found, language, "conditions"),
        why=found.standing.value,
        is_valid=found.is_valid,
        soon=found.standing is Standing.NOT_YET,
        code=await codes.drawn(url),
        url=url,
        company=found.pass_.member.name,
        ticked=found.pass_.named,
        languages=showing.LANGUAGES,
    )


def _holders_language(found: Proof) -> str:
    """The message's, else the association's."""
    wanted = (found.pass_.language, *found.association.languages)
    return next((one for one in wanted if one in showing.LANGUAGES), showing.LANGUAGES[0])


# Whoever scans it


async def _press(desk: Desk, request: Request, token: str, back: str) -> Response:
    """Count one use, or take the one of that mark back; then show the page anew."""
    if back:
        taken = await proving.take_back(desk, RECIPIENT, token, back)
        said, mark = None if taken is None else "back" if taken else "late", ""
    else:
        pressed = await proving.use(desk, RECIPIENT, token)
        said, mark = None, ""
        if pressed:
            said, mark = "used" if pressed.counted else "again", pressed.mark
    if said is None:
        return _invalid(request)
    language = _asked_language(request)
    words = {"lang": language, "said": said, "use": mark}
    return _see(**{name: one for name, one in words.items() if one})


async def _scanned(desk: Desk, request: Request, found: Proof | None) -> Response:
    if found is None:
        return _invalid(request)
    # Never the holder's own: which language somebody reads is theirs to tell.
    spoken = [one for one in found.association.languages if one in showing.LANGUAGES]
    preferred = showing.preferred(request.headers.get("Accept-Language"))
    language = _asked_language(request) or preferred or (*spoken, showing.LANGUAGES[0])[0]
    said, mark = (request.query_params.get(name, "") for name in ("said", "use"))
    return _page(
        "scan",
        language,
        found,
        conditions=await _prose(desk, found, language, "conditions"),
        said=said if said in SAID else "",
        back=mark if mark and proving.revocable(desk, found, mark) else "",
        used=found.used,
        company=found.company,
        languages=showing.LANGUAGES,
    )


def _invalid(request: Request) -> Response:
    return showing.notice(request, "pass_invalid", 404)


# Both


def _see(**query: str) -> Response:
    """To the page itself: what is loaded anew then is a look, and no second press."""
    return RedirectResponse(f"?{urlencode(query)}", status_code=303, headers=dict(showing.HEADERS))


def _asked_language(request: Request) -> str:
    asks = request.query_params.get("lang", "")
    return asks if asks in showing.LANGUAGES else ""


def _page(template: str, language: str, found: Proof, **values: object) -> Response:
    association, advantage = found.association, found.advantage
    givers = [
        in_language(found.content.association(key).names, language) for key in advantage.given_by
    ]
    return showing.page(
        template,
        language,
        look(association.brand),
        association=association,
        name=in_language(association.names, language),
        offer=_offer(found, language),
        givers=givers,
        starts=long(advantage.starts, language) if advantage.starts else "",
        ends=long(advantage.ends, language),
        status=200,
        **values,
    )


async def _prose(desk: Desk, found: Proof, language: str, field: str) -> Markup:
    """A field of prose in the words of an edition, if it is written there."""
    known = found.content.edition(language) or found.content.editions[0]
    text = str(known.fields.get(field) or "")
    made = await asyncio.to_thread(desk.press.prose, text, known.language) if text else ""
    return Markup(made)  # noqa: S704 - cleaned where it is made


def _offer(found: Proof, language: str) -> str:
    """What is offered, in a language or else in the first that there is: never a reader's name."""
    editions = found.content.editions
    known = found.content.edition(language) or editions[0]
    if offer := known.fields.get("offer"):
        return str(offer)
    return known.subject if "{" not in known.subject else found.content.key
