"""The newsrooms of a desk's two associations, as a browser visits them. Massif reads French too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from tests.contract.desks import HARFANG as HOUSE
from tests.contract.desks import MASSIF as MOUNTAIN
from tests.contract.desks import SPRING, Office, office_at

from communique.desk import publishing
from communique.domain.actor import SERVICE
from communique.domain.association import Newsroom, PressContact
from communique.domain.release import Edition, Release
from communique.web import build

SINCE = Newsroom(date(2027, 1, 1))
HARFANG = replace(
    HOUSE,
    newsroom=SINCE,
    about={"fr": "Harfang réunit ceux du Nord.", "en": "Harfang is those of the North."},
    press_contact=PressContact("Aude Roy", "presse@harfang.example", "+1 418 555-0101"),
)
MASSIF = replace(MOUNTAIN, newsroom=SINCE, about={"en": "Massif is those of the mountains."})
BODY = """Ici, **{{ association.name }}**.

{% if subscriber.role %}
Secret {{ subscriber.role }}.
{% endif %}

Fin.
"""
FRENCH = Edition("fr", "Trois ans de plus", "Un avant-goût", BODY)
ENGLISH = Edition("en", "Three more years", "A foretaste", BODY)
NEWS = replace(SPRING, editions=(FRENCH, ENGLISH))


@dataclass(frozen=True, slots=True)
class Rooms:
    """The pages of two newsrooms, and the desk behind them."""

    office: Office
    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page below `/n/`."""
        return await self.client.get(f"/n/{path}", headers=headers)

    async def text(self, path: str) -> str:
        """A page that is there."""
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def publish(self) -> None:
        """What the chore does."""
        await publishing.publish_due(self.office.desk, SERVICE)

    async def public(self, release: Release = NEWS, **changes: Any) -> Release:
        """Bring a release all the way to the newsrooms."""
        made = replace(release, **changes)
        await self.office.picked_up(made)
        await self.publish()
        return await self.office.release(made.key)


@asynccontextmanager
async def rooms_at(url: str, home: Path) -> AsyncIterator[Rooms]:
    """Newsrooms over the empty database at `url`; somebody reads at each association."""

    async def fill(office: Office) -> None:
        await office.sync(HARFANG, MASSIF)
        await office.admit("harfang", "odile@lichen.example")
        await office.admit("massif", "hal@lichen.example")

    async with office_at(url, home, state="newsrooms", fill=fill) as office:
        app = build(office.desk, lambda: True)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
            yield Rooms(office, client)


def links(html: str) -> list[str]:
    """Every address that a page leads to."""
    return re.findall(r'(?:href|src)="([^"]*)"', html)
