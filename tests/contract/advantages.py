"""An advantage that Massif gives to the members of both, at a desk with a kind of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from tests.contract.desks import HARFANG, LICHEN, MASSIF, PACT, SPRING, Office, entry, office_at

from communique.desk import proving
from communique.domain.association import Term
from communique.domain.member import Member
from communique.domain.release import Edition, Release
from communique.ports import Outgoing
from communique.web import build
from communique.web.limiting import Limits, Rate

ODILE, LUC, HOPE = "odile@lichen.example", "luc@tourbe.example", "hope@granit.example"
TOURBE = Member("18", "Tourbe inc.", "devices", "QC", "company", since=date(2021, 5, 1))
GRANIT = Member("9", "Granit Labs", "therapeutics", "MA", "company", since=date(2019, 1, 1))
LASTS = replace(PACT, terms=(*PACT.terms, Term(date(2027, 6, 4), date(2027, 12, 31))))

KIND = """
nature = "advantage"
names = { fr = "Avantage", en = "Advantage" }
[[field]]
key = "given_by"
type = "associations"
required = true
labels = { fr = "Accordé par", en = "Given by" }
[[field]]
key = "ends"
type = "day"
required = true
labels = { fr = "Jusqu’au", en = "Until" }
[[field]]
key = "starts"
type = "day"
labels = { fr = "À partir du", en = "From" }
[[field]]
key = "members_of"
type = "associations"
labels = { fr = "Membres de", en = "Members of" }
[[field]]
key = "kinds"
type = "texts"
labels = { fr = "Catégories", en = "Kinds" }
[[field]]
key = "sectors"
type = "texts"
labels = { fr = "Secteurs", en = "Sectors" }
[[field]]
key = "offer"
type = "text"
each = "edition"
required = true
labels = { fr = "Offre", en = "Offer" }
[[field]]
key = "claim"
type = "prose"
each = "edition"
labels = { fr = "Comment", en = "How" }
[[field]]
key = "conditions"
type = "prose"
each = "edition"
labels = { fr = "Conditions", en = "Conditions" }
"""
BODY = """{% extends "_base/body.html" %}
{% block body %}
<p>{{ fields.offer }}</p>
<p><a href="{{ pass_url }}">{{ association.name }}</a></p>
{% endblock %}
"""
TEXT = """{% extends "_base/body.txt" %}
{% block body %}
{{ fields.offer }}
{{ pass_url }}
{% endblock %}
"""
OFFERS = {"fr": "Deux nuits à Boston au prix d’une", "en": "Two nights in Boston for one"}
HOTEL = replace(
    SPRING,
    key="hotel",
    kind="offer",
    agreement="pact",
    editions=tuple(
        Edition(one, f"{words} !", "Un avant-goût", "Texte.\n", fields={"offer": words})
        for one, words in OFFERS.items()
    ),
    fields={"given_by": ["massif"], "ends": "2027-09-30"},
)
WIDE = Limits(of_one=Rate(10_000, 1), in_all=Rate(10_000, 1))


@dataclass(frozen=True, slots=True)
class Counter:
    """A desk whose advantage has gone out, and the pages at which its passes are shown."""

    office: Office
    app: FastAPI
    client: httpx.AsyncClient
    pauses: list[float]

    async def held(self, address: str = ODILE, key: str = "hotel") -> str:
        """Where the link in somebody's message leads."""
        [line] = [
            one
            for one in (await self.office.lines()).values()
            if (one.address, one.release) == (address, key)
        ]
        return f"/p/{self.office.desk.keyring.conceal(proving.HOLDER, line.delivery_id)}"

    async def scan(self, address: str = ODILE) -> str:
        """Where the code of somebody's pass leads."""
        keyring = self.office.desk.keyring
        number = keyring.reveal(proving.HOLDER, (await self.held(address)).removeprefix("/p/"))
        assert number is not None
        return f"/v/{keyring.conceal(proving.SCAN, number)}"

    async def look(self, path: str, **headers: str) -> httpx.Response:
        """A page, in English."""
        return await self.client.get(path, headers={"Accept-Language": "en", **headers})


async def begin(office: Office) -> None:
    """Have a desk the kind, and an agreement that lasts."""
    await office.sync(HARFANG, MASSIF, agreements=[LASTS])
    write_kind(office.home)


def write_kind(home: Path) -> None:
    """Write the kind's folder."""
    folder = home / "templates" / "offer"
    folder.mkdir()
    for name, text in (
        ("kind.toml", KIND),
        ("body.html", BODY),
        ("body.txt", TEXT),
        ("subject.txt", '{% extends "_base/subject.txt" %}\n'),
    ):
        (folder / name).write_text(text, encoding="utf-8")


async def people(office: Office) -> None:
    """Admit those whom it goes to."""
    await office.admit(
        "harfang", entry(ODILE, member=LICHEN), entry(LUC, member=TOURBE, language="en")
    )
    await office.admit("massif", entry(HOPE, member=GRANIT, language="en"))


async def offering(office: Office, release: Release = HOTEL) -> None:
    """Have the advantage gone out to them."""
    await begin(office)
    await people(office)
    await office.picked_up(release)
    await office.work()


_SENT: list[Outgoing] = []  # what has gone out where that state was made


async def _offered(office: Office) -> None:
    await offering(office)
    _SENT[:] = office.transport.mails


@asynccontextmanager
async def counter_at(
    url: str, home: Path, *, release: Release = HOTEL, limits: Limits = WIDE, **more: Any
) -> AsyncIterator[Counter]:
    """Such a desk over the empty database at `url`."""
    usual = release == HOTEL and not more
    if usual:
        more = {"state": "an advantage has gone out", "fill": _offered}
    async with office_at(url, home, **more) as office:
        if usual:
            write_kind(office.home)
            office.transport.mails += _SENT
        else:
            await offering(office, release)
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        app = build(office.desk, lambda: True, limits=limits, pause=pause)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
            yield Counter(office, app, client, pauses)
