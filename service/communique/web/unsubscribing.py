"""The unsubscribe page, and at the same address the one-click POST of RFC 8058.

A GET never changes anything: scanners follow links, people press a button. The link is all that
is asked for (16 CFR 316.5), and what is chosen holds at once.
"""

from __future__ import annotations

from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from communique.desk import Desk, consenting
from communique.desk.consenting import UnsubscribeLink
from communique.domain import when
from communique.domain.actor import RECIPIENT
from communique.domain.address import parse
from communique.domain.association import Association, ListDefinition
from communique.domain.consent import Basis, Extent
from communique.domain.text import in_language
from communique.errors import NotFound
from communique.web import showing
from communique.web.look import look

LARGEST = 16 * 1024  # octets of a body; what is asked for fits in a hundred
SCOPES = {scope.value: scope for scope in Extent}


def router(desk: Desk) -> APIRouter:
    """The route of `/u/{token}`; a token may be anything, as links get broken in many ways."""
    routes = APIRouter()

    @routes.api_route("/u/{token:path}", methods=["GET", "HEAD", "POST"])
    async def link(request: Request, token: str) -> Response:
        if request.method == "POST":
            return await _leave(desk, request, token)
        return await _show(desk, request, token)

    return routes


async def _show(desk: Desk, request: Request, token: str, *, again: bool = False) -> Response:
    """The page that asks what to leave; `again` if the answer was none of the choices."""
    invited = await _if_known(consenting.unsubscribe_link(desk, token))
    if invited is None:
        return _unknown(request)
    return _page(
        "unsubscribe",
        request,
        invited,
        status=422 if again else 200,
        again=again,
        because=_because(desk, invited),
        scopes=list(Extent),
        languages=showing.LANGUAGES,
    )


async def _leave(desk: Desk, request: Request, token: str) -> Response:
    """Do what a mail program or the page's form asks for, at once."""
    form = await _form(request)
    if form.get("List-Unsubscribe") == "One-Click":
        invited = await _if_known(
            consenting.unsubscribe(desk, RECIPIENT, token, Extent.LIST, "one-click")
        )
        if invited is None:
            return _unknown(request)
        return PlainTextResponse("unsubscribed\n", headers=showing.HEADERS)
    scope = SCOPES.get(str(form.get("scope")))
    if scope is None:
        return await _show(desk, request, token, again=True)
    invited = await _if_known(consenting.unsubscribe(desk, RECIPIENT, token, scope, "page"))
    return _confirm(request, invited, scope) if invited else _unknown(request)


async def _if_known(asking: Awaitable[UnsubscribeLink | None]) -> UnsubscribeLink | None:
    """None also for a genuine token whose subscriber is gone: to its holder it is the same."""
    try:
        return await asking
    except NotFound:
        return None


async def _form(request: Request) -> FormData:
    """The fields of a body in either of the forms that RFC 8058 §3.2 names; no files."""
    try:
        return await Request(request.scope, _bounded(request.receive)).form(
            max_files=0, max_fields=8, max_part_size=LARGEST
        )
    except ClientDisconnect as error:
        raise HTTPException(400) from error


def _bounded(receive: Receive) -> Receive:
    """`receive`, up to `LARGEST` octets of body."""
    left = LARGEST

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return bounded


def _unknown(request: Request) -> Response:
    return showing.notice(request, "link", 404)


def _confirm(request: Request, invited: UnsubscribeLink, scope: Extent) -> Response:
    """The page that says what will no longer come, and what still may."""
    language = _language(request, invited)
    others = [
        showing.WORDS[language]["quoted"].format(list=_name(invited.association, key, language))
        for key in invited.contact.lists
        if key != invited.list_key
    ]
    return _page("unsubscribed", request, invited, scope=scope, others=others)


def _page(
    template: str,
    request: Request,
    invited: UnsubscribeLink,
    *,
    status: int = 200,
    **values: object,
) -> Response:
    language = _language(request, invited)
    association = invited.association
    definition = _definition(association, invited.list_key)
    return showing.page(
        template,
        language,
        look(association.brand),
        status=status,
        association=association,
        name=in_language(association.names, language),
        contact=invited.contact,
        address=masked(invited.contact.address),
        list=_name(association, invited.list_key, language),
        purpose=in_language(definition.purposes, language) if definition else "",
        **values,
    )


def _language(request: Request, invited: UnsubscribeLink) -> str:
    """What the link asks for, else the subscriber's language, else the association's."""
    wanted = (
        request.query_params.get("lang", ""),
        invited.contact.language,
        *invited.association.languages,
    )
    return next((one for one in wanted if one in showing.LANGUAGES), showing.LANGUAGES[0])


def masked(address: str) -> str:
    """An address that its owner knows again, and that nobody else learns from the page."""
    known = parse(address)
    return f"{known.local[0]}•••@{known.display.rpartition('@')[2]}"


def _definition(association: Association, key: str) -> ListDefinition | None:
    return next((one for one in association.lists if one.key == key), None)


def _because(desk: Desk, invited: UnsubscribeLink) -> str:
    """Why they are written to: the name of a sentence."""
    definition = _definition(invited.association, invited.list_key)
    member = invited.contact.member
    if definition is None or not member.name:
        return "listed"
    today = when.day(desk.clock.now(), invited.association.time_zone)
    if definition.basis is Basis.MEMBERSHIP and member.until and member.until < today:
        return "past_membership"
    return definition.basis.value


def _name(association: Association, key: str, language: str) -> str:
    """A list's name; its key if it is declared no longer."""
    definition = _definition(association, key)
    return in_language(definition.names, language) if definition else key
