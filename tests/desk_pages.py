"""The desk's pages as tests and pictures visit them: some people of Harfang and one of Massif.

Who is signed in is said by a cookie that names one of `PEOPLE`; what each may do follows from their
role, as everywhere. Nothing here knows what any test expects.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from fastapi import FastAPI
from tests.contract.desks import HARFANG, MASSIF, Fill, Office, nothing, office_at

from communique.desk import Desk
from communique.domain.account import permitted
from communique.domain.actor import OPERATOR, Actor, ActorKind
from communique.domain.association import Person, Role
from communique.web import build
from communique.web.desk.asking import SECURE, Session

SITE = "https://desk.test"

HOUSE = replace(
    HARFANG,
    people=(
        *HARFANG.people,
        Person("Maude Gagnier", "maude@harfang.example", roles=(Role.OWNER,)),
    ),
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session, as a page knows one."""

    actor: Actor
    language: str = "en"
    theme: str = ""
    csrf: str = "proof-of-this-session"


def signed(name: str, account: int, **roles: Role) -> SignedIn:
    """Somebody with a role at each of these associations."""
    grants = {key: permitted([role]) for key, role in roles.items()}
    return SignedIn(Actor(ActorKind.PERSON, name, account, grants))


PEOPLE: Mapping[str, SignedIn] = {
    "viewer": signed("Luc Bé", 1, harfang=Role.VIEWER),
    "editor": signed("Ève Côté", 2, harfang=Role.EDITOR),
    "approver": signed("Aude Roy", 3, harfang=Role.APPROVER),
    "owner": signed("Maude Gagnier", 4, harfang=Role.OWNER),
    "both": signed("Noé Lafleur", 5, harfang=Role.OWNER, massif=Role.OWNER),
    "other": signed("Hope Ames", 6, massif=Role.OWNER),
    "operator": SignedIn(OPERATOR),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a desk, and what its store holds. Each client is somebody's browser."""

    office: Office
    app: FastAPI
    signed: dict[str, SignedIn] = field(default_factory=lambda: dict(PEOPLE))
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def of(self, who: str = "") -> httpx.AsyncClient:
        """The browser of one of `PEOPLE`; of a stranger, if it is nobody's. It follows nothing."""
        if who not in self.clients:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            cookies = {SECURE: who} if who else {}
            self.clients[who] = httpx.AsyncClient(
                transport=transport, base_url=SITE, cookies=cookies, headers={"Origin": SITE}
            )
        return self.clients[who]

    async def get(self, who: str, path: str) -> httpx.Response:
        """Ask for a page."""
        return await self.of(who).get(path)

    async def post(self, who: str, path: str, **fields: str) -> httpx.Response:
        """Send a form of our own page."""
        proof = {"csrf": self.signed[who].csrf} if who in self.signed else {}
        return await self.of(who).post(path, data={**proof, **fields})

    def speaks(self, who: str, language: str, theme: str = "") -> None:
        """Have somebody choose a language, and a theme."""
        self.signed[who] = replace(self.signed[who], language=language, theme=theme)


@asynccontextmanager
async def pages_at(
    url: str, home: Path, *, state: str = "desk pages", fill: Fill = nothing
) -> AsyncIterator[Pages]:
    """The pages over the empty database at `url`, with what `fill` adds to both associations."""

    async def filled(office: Office) -> None:
        await office.sync(HOUSE, MASSIF)
        await fill(office)

    async with office_at(url, home, state=state, fill=filled) as office:
        people = dict(PEOPLE)

        async def who(_desk: Desk, token: str) -> Session | None:
            return people.get(token)

        found = Pages(office, build(office.desk, lambda: True, who=who), people)
        try:
            yield found
        finally:
            for one in found.clients.values():
                await one.aclose()


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
