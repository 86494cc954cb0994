"""The unsubscribe page, and at the same address the one-click POST of RFC 8058.

A GET never changes anything: scanners follow links, people press a button. The link is all that
is asked for (16 CFR 316.5), and what is chosen holds at once.
"""

from __future__ import annotations

from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from markupsafe import Markup

from communique.desk import Desk, allowing, consenting, previewing
from communique.desk.consenting import UnsubscribeLink
from communique.domain import when
from communique.domain.actor import RECIPIENT
from communique.domain.address import parse
from communique.domain.association import Association, ListDefinition
from communique.domain.consent import Basis, Evidence, Extent
from communique.domain.delivery import SkipReason
from communique.domain.look import look
from communique.domain.member import Reach
from communique.domain.text import in_language
from communique.errors import NotFound
from communique.web import asked, showing

SCOPES = {scope.value: scope for scope in Extent}


def router(desk: Desk) -> APIRouter:
    """The route of `/u/{token}`; a token may be anything, as links get broken in many ways."""
    routes = APIRouter()

    @routes.api_route("/u/{token:path}", methods=["GET", "HEAD", "POST"])
    async def link(request: Request, token: str) -> Response:
        token = token.rstrip(asked.AROUND)
        if token == previewing.NOBODY:
            return showing.notice(request, "trial")
        if request.method == "POST":
            return await _leave(desk, request, token)
        return await _show(desk, request, token)

    return routes


async def _show(desk: Desk, request: Request, token: str, *, again: bool = False) -> Response:
    """The page that says where they stand and asks what to leave; `again` if they chose nothing."""
    invited = await _if_known(consenting.unsubscribe_link(desk, token))
    if not isinstance(invited, UnsubscribeLink):
        return _unknown(request, invited)
    stands = {(one.scope, one.list_key) for one in _noes(invited)}
    left = {Extent.LIST} if (Extent.LIST, invited.list_key) in stands else set()
    left |= {extent for extent, _ in stands if extent is not Extent.LIST}
    return _page(
        "unsubscribe",
        request,
        invited,
        status=422 if again else 200,
        again=again,
        because=_because(desk, invited),
        scopes=[] if Extent.ALL in left else [one for one in Extent if one not in left],
        languages=showing.LANGUAGES,
    )


async def _leave(desk: Desk, request: Request, token: str) -> Response:
    """Do what a mail program or the page's form asks for, at once."""
    form = await asked.form(request)
    origin = asked.origin(request)
    if asked.value(form, "List-Unsubscribe") == "One-Click":
        said = consenting.unsubscribe(
            desk,
            RECIPIENT,
            token,
            Extent.LIST,
            "one-click",
            wording="List-Unsubscribe=One-Click",
            version="RFC 8058",
            origin=origin,
        )
        invited = await _if_known(said)
        if invited is None:
            return _unknown(request)
        return PlainTextResponse("unsubscribed\n", headers=showing.HEADERS)
    if back := asked.value(form, "back"):
        return await _come_back(desk, request, token, back, origin)
    scope = SCOPES.get(asked.value(form, "scope"))
    invited = await _if_known(consenting.unsubscribe_link(desk, token))
    if not isinstance(invited, UnsubscribeLink):
        return _unknown(request, invited)
    if scope is None:
        return await _show(desk, request, token, again=True)
    language = _language(request, invited)
    said = consenting.unsubscribe(
        desk,
        RECIPIENT,
        token,
        scope,
        "page",
        wording=_label("scope", scope, invited, invited.list_key, language),
        version=showing.VERSIONS[language],
        origin=origin,
    )
    left = await _if_known(said)
    return (
        _confirm(request, left, scope)
        if isinstance(left, UnsubscribeLink)
        else _unknown(request, left)
    )


async def _come_back(desk: Desk, request: Request, token: str, back: str, origin: str) -> Response:
    """Do what one of the page's buttons says: let something come again."""
    name, _, list_key = back.partition(":")
    extent = SCOPES.get(name)
    invited = await _if_known(consenting.unsubscribe_link(desk, token))
    if not isinstance(invited, UnsubscribeLink):
        return _unknown(request, invited)
    unmeant = list_key not in invited.places if extent is Extent.LIST else bool(list_key)
    if extent is None or unmeant:
        return await _show(desk, request, token, again=True)
    language = _language(request, invited)
    evidence = Evidence(
        "page",
        language,
        _label("back", extent, invited, list_key, language),
        showing.VERSIONS[language],
        origin,
    )
    await allowing.take_back(desk, RECIPIENT, token, extent, list_key, evidence)
    stands = await _if_known(consenting.unsubscribe_link(desk, token))
    if not isinstance(stands, UnsubscribeLink):
        return _unknown(request, stands)
    return _page("back", request, stands, scope=extent, back=_list(stands, list_key, language))


def _label(
    table: str, extent: Extent, invited: UnsubscribeLink, list_key: str, language: str
) -> str:
    """The words of a choice as it is shown: what its owner agreed to, or not."""
    words = showing.WORDS[language][table][extent.value]
    if table == "scope":
        words = words["label"]
    name = in_language(invited.association.names, language)
    shown: Markup = words.format(association=name, list=_list(invited, list_key, language))
    return shown.striptags()


def _list(invited: UnsubscribeLink, list_key: str, language: str) -> str:
    return _name(invited.association, list_key, language) if list_key else ""


def _noes(invited: UnsubscribeLink) -> list[Reach]:
    """What they said no to, which they can take back here; a complaint is a no to everything."""
    theirs = {
        (one.scope, one.list_key): one
        for one in invited.contact.suppressions
        if one.reason is not SkipReason.SUPPRESSED
    }
    return list(theirs.values())


class Gone:
    """Somebody who was erased: their link is genuine, and nothing is kept that it could change."""


async def _if_known(asking: Awaitable[UnsubscribeLink | None]) -> UnsubscribeLink | Gone | None:
    """None also for a genuine token whose subscriber never was: to its holder it is the same."""
    try:
        return await asking
    except NotFound as error:
        return Gone() if error.code == "subscriber_erased" else None


def _unknown(request: Request, invited: Gone | UnsubscribeLink | None = None) -> Response:
    if isinstance(invited, Gone):
        return showing.notice(request, "erased")
    return showing.notice(request, "link", 404)


def _confirm(request: Request, invited: UnsubscribeLink, scope: Extent) -> Response:
    """The page that says what will no longer come, and what still may."""
    language = _language(request, invited)
    others = [
        showing.WORDS[language]["quoted"].format(list=_name(invited.association, key, language))
        for key in invited.contact.lists
        if key != invited.list_key and Extent.LIST not in invited.places[key].said_no
    ]
    key = invited.list_key if scope is Extent.LIST else ""
    return _page("unsubscribed", request, invited, scope=scope, others=others, back=key)


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
    noes = [
        (one.scope.value, one.list_key, _list(invited, one.list_key, language))
        for one in _noes(invited)
    ]
    reasons = {one.reason for one in invited.contact.suppressions}
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
        noes=noes,
        barred=SkipReason.SUPPRESSED in reasons,
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
    if definition is None:
        return "listed"
    if definition.basis is Basis.MEMBERSHIP:
        if not member.name:
            return "listed"
        today = when.day(desk.clock.now(), invited.association.time_zone)
        if member.until and member.until < today:
            return "past_membership"
    return definition.basis.value


def _name(association: Association, key: str, language: str) -> str:
    """A list's name; its key if it is declared no longer."""
    definition = _definition(association, key)
    return in_language(definition.names, language) if definition else key
