"""Every page of the desk, declared with what it needs of whoever asks; and that asked first.

A page is one function of an `Asking`. Before it runs, it is known who asks, that they may, and, of
a form, that our own page sent it. What is another association's is answered like what is not there.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import quote

from fastapi import Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from communique.desk import Desk, inspecting
from communique.domain.actor import ActorKind, Permission
from communique.domain.association import Association
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound, StoreUnavailable
from communique.web import asked
from communique.web.desk import asking, showing
from communique.web.desk.asking import Asking, Who

log = logging.getLogger(__name__)

FORM = 256 * 1024  # octets of a form: a release's text, and more than a page asks for
FIELDS = 500


class Door(Enum):
    """What a page asks of whoever comes, where it is no association's."""

    OPEN = "open"  # anybody: signing in
    SIGNED_IN = "signed in"  # whoever they are


Needs = Door | Permission
Page = Callable[[Asking], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page: how it is asked for, what that needs, and what answers."""

    method: str
    path: str  # below /desk
    needs: Needs
    answer: Page
    most: int = FORM  # octets of what it is sent
    files: int = 0

    @property
    def of_association(self) -> bool:
        """Whether it is a page of one association."""
        return self.path.startswith("/{association}/")


class Pages:
    """The pages of one noun: `pages = Pages()`, and each function says which it is.

    `@pages.get("/{association}/log", Permission.READ)`.
    """

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str, needs: Needs) -> Callable[[Page], Page]:
        """A page to look at: it changes nothing."""
        return self._route("GET", path, needs, FORM, 0)

    def post(
        self, path: str, needs: Needs, *, most: int = FORM, files: int = 0
    ) -> Callable[[Page], Page]:
        """What a form does: it answers with another page to go to, or with what is wrong in it."""
        return self._route("POST", path, needs, most, files)

    def _route(
        self, method: str, path: str, needs: Needs, most: int, files: int
    ) -> Callable[[Page], Page]:
        if isinstance(needs, Permission) != path.startswith("/{association}/"):
            raise ValueError(
                f"{path} needs a permission where, and only where, it is an association's"
            )

        def declared(page: Page) -> Page:
            self.routes.append(Route(method, path, needs, page, most, files))
            return page

        return declared


def endpoint(desk: Desk, who: Who, route: Route) -> Callable[[Request], Awaitable[Response]]:
    """What answers a request for that route."""

    async def answered(request: Request) -> Response:
        ask = Asking(desk, request, who=who)
        try:
            session = await who(desk, asking.token(request))
            ask = replace(ask, session=session)
            return showing.seal(ask, await _admitted(ask, route))
        except HTTPException as error:
            return showing.trouble(ask, _KINDS.get(error.status_code, "unclear"), error.status_code)
        except CommuniqueError as error:
            return _told(ask, error)
        except Exception:
            log.exception("a page of the desk failed")
            return showing.trouble(ask, "broken", 500)

    return answered


async def _admitted(ask: Asking, route: Route) -> Response:
    """Ask everything that the route needs, in the order in which each tells least."""
    if route.method == "POST" and not asking.from_here(ask.request, ask.desk.policy.public_url):
        return showing.trouble(ask, "elsewhere", 403)
    if route.needs is not Door.OPEN and ask.session is None:
        return _sign_in(ask)
    if isinstance(route.needs, Permission):
        if ask.session and ask.path("association") in ask.session.closed:
            return _sign_in(ask)
        ask = replace(ask, association=await _association(ask))
        if not ask.may(route.needs):
            return showing.trouble(ask, "small", 403, needs=route.needs.value)
    if route.method == "POST":
        fields = await asked.form(ask.request, most=route.most, fields=FIELDS, files=route.files)
        ask = replace(ask, fields=fields)
        try:
            if route.needs is not Door.OPEN and not _proven(ask, fields):
                return showing.trouble(ask, "stale", 403)
            return await route.answer(ask)
        finally:
            await fields.close()  # its files, which lie where temporary ones do
    return await route.answer(ask)


def _proven(ask: Asking, fields: FormData) -> bool:
    """Whether a form was made for this session. What is open needs none, and comes from here."""
    return ask.session is not None and asking.proven(ask.session, fields)


async def _association(ask: Asking) -> Association:
    """The one in the address. One that they have no part in is not looked for."""
    assert ask.session is not None  # noqa: S101 - asked before
    key, actor = ask.path("association"), ask.session.actor
    if actor.kind is not ActorKind.OPERATOR and key not in actor.grants:
        raise HTTPException(404)
    return await inspecting.association(ask.desk, actor, key)


def _sign_in(ask: Asking) -> Response:
    """Where one signs in, and from where one comes back to what was asked for."""
    request = ask.request
    if request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        wanted = "/desk/"
    address = f"/desk/sign-in?next={quote(wanted)}"
    if request.headers.get("HX-Request") == "true":  # the whole page goes there, not a part of it
        return Response(status_code=401, headers={**showing.HEADERS, "HX-Redirect": address})
    return showing.go(address)


_KINDS = {404: "missing", 405: "missing", 413: "large"}


def _told(ask: Asking, error: CommuniqueError) -> Response:
    """An error that a page did not word itself, on a page of its own."""
    if isinstance(error, NotFound):
        return showing.trouble(ask, "missing", 404)
    if isinstance(error, StoreUnavailable):
        log.error("a page of the desk could not be served: %s", error)
        response = showing.trouble(ask, "busy", 503)
        response.headers["Retry-After"] = "30"
        return response
    if isinstance(error, (NotAllowed, Invalid)):
        return showing.trouble(ask, "refused", 409, error=error)
    log.error("a page of the desk could not do what it was asked: %s", error)
    return showing.trouble(ask, "refused", 409, error=error)


def missing(desk: Desk, who: Who) -> Callable[[Request], Awaitable[Response]]:
    """What answers for a page that there is none of: to a stranger, like any other."""

    async def nothing(ask: Asking) -> Response:
        return showing.trouble(ask, "missing", 404)

    return endpoint(desk, who, Route("GET", "/{rest}", Door.SIGNED_IN, nothing))


def walked(nouns: Iterable[Pages]) -> list[Route]:
    """Every route of these, the more exact first: `/you` is asked before any association."""
    routes = [one for noun in nouns for one in noun.routes]
    return sorted(routes, key=lambda one: (one.of_association, one.path.count("{")))
