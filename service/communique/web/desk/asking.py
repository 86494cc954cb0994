"""Who asks for a page of the desk, at which association, in what language; and what they sent.

All of it is found before a page's own code runs; a page is handed one `Asking`, and hands it on.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import unquote, urlsplit

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from communique.desk import Desk
from communique.domain.actor import Actor, ActorKind, Permission
from communique.domain.association import Association
from communique.web import showing
from communique.web.desk.hours import Hours
from communique.web.desk.saying import LANGUAGES

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SESSION, ASKED = "desk", "desk-asked"  # cookies: who is signed in, and who is about to be
SECURE = "__Host-"  # before their names, but where there is no TLS
CSRF = "csrf"  # the field of a form that proves it to be of our page


class Session(Protocol):
    """Whoever is signed in, as `desk.sessions` knows them."""

    @property
    def actor(self) -> Actor: ...
    @property
    def language(self) -> str: ...
    @property
    def theme(self) -> str: ...
    @property
    def csrf(self) -> str: ...
    @property
    def closed(self) -> Collection[str]: ...
    @property
    def address(self) -> str: ...


Who = Callable[[Desk, str], Awaitable[Session | None]]  # by the token that a cookie holds


@dataclass(frozen=True, slots=True)
class Asking:
    """One request: who makes it, where, and what they typed."""

    desk: Desk
    request: Request
    session: Session | None = None
    association: Association | None = None  # whose pages they are on
    fields: FormData = field(default_factory=FormData)  # of a POST
    who: Who | None = None  # what knows a session, for whoever asks again later

    @property
    def actor(self) -> Actor:
        """Who asks; on an association's pages with what they may there, and nowhere else."""
        assert self.session is not None  # noqa: S101 - a route that has no session says so
        actor = self.session.actor
        if self.association is None or actor.kind is ActorKind.OPERATOR:
            return actor
        here = self.association.key
        return replace(actor.known_at(here), grants={here: actor.grants.get(here, frozenset())})

    @property
    def here(self) -> Association:
        """The association whose pages these are."""
        assert self.association is not None  # noqa: S101 - a route of no association asks for none
        return self.association

    def may(self, permission: Permission) -> bool:
        """Whether they may do that here."""
        return self.session is not None and self.actor.may(permission, self.here.key)

    @property
    def language(self) -> str:
        """What a person chose; before they are known, what they ask for, else their browser."""
        if self.session and self.session.language in LANGUAGES:
            return self.session.language
        asked = self.query("lang")
        if asked in LANGUAGES:
            return asked
        return showing.preferred(self.request.headers.get("Accept-Language"), LANGUAGES) or "en"

    @property
    def theme(self) -> str:
        """`light`, `dark`, or nothing: as the system is."""
        chosen = self.session.theme if self.session else ""
        return chosen if chosen in ("light", "dark") else ""

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    @property
    def hours(self) -> Hours:
        """How this reader is told an hour."""
        return Hours(
            self.language, self.association.time_zone if self.association else "UTC", self.now
        )

    @property
    def part(self) -> str:
        """The id of the one part of the page that is asked for; empty: all of it."""
        headers = self.request.headers
        if headers.get("HX-Request") != "true" or headers.get("HX-Boosted") == "true":
            return ""
        return headers.get("HX-Target", "") if "HX-History-Restore-Request" not in headers else ""

    def at(self, path: str = "") -> str:
        """The address of a page of this association: `at("releases")`."""
        return f"/desk/{self.here.key}/{path}"

    def path(self, name: str) -> str:
        """What the address has in a place: `{release}`."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """What the address asks for behind its `?`; empty if it does not."""
        return self.request.query_params.get(name, "").strip()

    def value(self, name: str) -> str:
        """What was typed into a field, without the blanks around it."""
        value = self.fields.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def values(self, name: str) -> list[str]:
        """What was chosen of several."""
        return [one for one in self.fields.getlist(name) if isinstance(one, str)]

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen, if one was."""
        value = self.fields.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    @property
    def back(self) -> str:
        """The page of the desk that a form came from, so that one goes back there."""
        return own(self.value("next"))


def own(address: str) -> str:
    """An address, if it is one of the desk's own pages; else that where the desk begins.

    Nobody is led from here to another site, whatever a link says.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/desk/"
    fine = (
        not parts.scheme
        and not parts.netloc
        and parts.path.startswith("/desk/")
        and "\\" not in address
        and "//" not in parts.path
        and not {".", ".."} & set(unquote(parts.path).split("/"))
        and address.isprintable()
    )
    return address if fine else "/desk/"


def plain(request: Request) -> bool:
    """Whether the browser asks on this machine itself, without TLS: no cookie is secure then."""
    return request.url.scheme == "http" and (request.url.hostname or "") in LOOPBACK


def token(request: Request) -> str:
    """The session's token that a browser holds, if it holds one."""
    return kept(request, SESSION)


def kept(request: Request, name: str) -> str:
    """What a cookie of ours holds; empty where there is none."""
    return request.cookies.get(_named(request, name), "")


def keep(request: Request, response: Response, name: str, value: str, lasts: timedelta) -> None:
    """Have a browser keep that, for us alone, so long. A link in a letter brings it along."""
    _set(request, response, name, value, int(lasts.total_seconds()))


def forget(request: Request, response: Response, name: str) -> None:
    """Have a browser keep it no longer."""
    _set(request, response, name, "", 0)


def _set(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _named(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=not plain(request),
        httponly=True,
        samesite="lax",
    )


def _named(request: Request, name: str) -> str:
    return name if plain(request) else SECURE + name


def from_here(request: Request, public_url: str) -> bool:
    """Whether a form was sent by a page of this very site, as the browser says itself.

    Behind a proxy that does not say so, only the address by which people come tells of TLS.
    """
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None and fetched != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return fetched is not None
    here = f"{request.url.scheme}://{request.headers.get('Host', '')}"
    public = urlsplit(public_url)
    return origin in (here, f"{public.scheme}://{public.netloc}")


def proven(session: Session, fields: Mapping[str, object]) -> bool:
    """Whether a form holds what only our page of this session could have put there."""
    given = fields.get(CSRF, "")
    return isinstance(given, str) and hmac.compare_digest(given.encode(), session.csrf.encode())
