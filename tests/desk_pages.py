"""The desk's pages as tests and pictures visit them: some people of Harfang and one of Massif.

Who is signed in is said by a cookie that names one of `PEOPLE`; what each may do follows from their
role, as everywhere. Nothing here knows what any test expects.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from tests.contract.desks import HARFANG, MASSIF, NOW, Fill, Office, nothing, office_at

from communique.desk import Desk, sessions
from communique.domain.account import Account, Duty, Session
from communique.domain.association import Person, Role
from communique.web import build
from communique.web.desk.asking import SECURE, SESSION

SITE = "https://desk.test"

HOUSE = replace(
    HARFANG,
    people=(
        *HARFANG.people,
        Person("Maude Gagnier", "maude@harfang.example", roles=(Role.OWNER,)),
    ),
)


def signed(name: str, account: int, **roles: Role) -> Session:
    """The session of somebody with a role at each of these associations."""
    duties = tuple(Duty(key, name, (role,)) for key, role in roles.items())
    known = Account(account, f"{name.split(maxsplit=1)[0].lower()}@harfang.example", duties, "en")
    return session(known)


def session(account: Account | None) -> Session:
    """A session of that account; of none, the operator's."""
    ends = NOW + timedelta(days=30)
    return Session(
        account.id if account else 0,
        account,
        NOW,
        NOW,
        ends,
        csrf="proof-of-this-session",
        chosen_language="en",
        opens=tuple(one.association for one in account.duties) if account else (),
    )


PEOPLE: Mapping[str, Session] = {
    "viewer": signed("Luc Bé", 1, harfang=Role.VIEWER),
    "editor": signed("Ève Côté", 2, harfang=Role.EDITOR),
    "approver": signed("Aude Roy", 3, harfang=Role.APPROVER),
    "owner": signed("Maude Gagnier", 4, harfang=Role.OWNER),
    "both": signed("Noé Lafleur", 5, harfang=Role.OWNER, massif=Role.OWNER),
    "other": signed("Hope Ames", 6, massif=Role.OWNER),
    "operator": session(None),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a desk, and what its store holds. Each client is somebody's browser."""

    office: Office
    app: FastAPI
    signed: dict[str, Session] = field(default_factory=lambda: dict(PEOPLE))
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def of(self, who: str = "") -> httpx.AsyncClient:
        """The browser of one of `PEOPLE`; of a stranger, if it is nobody's. It follows nothing."""
        if who not in self.clients:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            cookies = {SECURE + SESSION: who} if who else {}
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
        one = self.signed[who]
        account = one.account and replace(one.account, language=language, theme=theme)
        self.signed[who] = replace(
            one, account=account, chosen_language=language, chosen_theme=theme
        )


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

        async def who(desk: Desk, token: str) -> Session | None:
            return people.get(token) or await sessions.who(desk, token)

        found = Pages(
            office, build(office.desk, lambda: True, who=who, uploads=home / "uploads"), people
        )
        try:
            yield found
        finally:
            for one in found.clients.values():
                await one.aclose()


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
    return re.sub(r" (?=[,.;])", "", said)
