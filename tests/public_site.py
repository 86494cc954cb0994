"""The public pages of a desk with two people and one release under way, as tests visit them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from tests.contract.desks import HARFANG as HOUSE
from tests.contract.desks import MASSIF, SPRING, Office, entry, office_at

from communique.domain.consent import Word
from communique.domain.delivery import DeliveryState
from communique.domain.release import Audience
from communique.store.consent_tables import consents, suppressions
from communique.store.tables import deliveries, subscribers, subscriptions
from communique.web import build

HARFANG = replace(HOUSE, names={"fr": "Harfang <Québec>", "en": "Snowy Owl"})
BOTH = ("members", "partners")
PRINTEMPS = replace(SPRING, key="printemps", audiences=(Audience("harfang", BOTH),))


@dataclass
class Health:
    """What the service says of itself."""

    good: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of a desk, and what its store holds. `token` is Odile's, for the members' list."""

    office: Office
    token: str
    app: FastAPI
    client: httpx.AsyncClient  # starts without cookies, follows no redirect
    health: Health

    @property
    def path(self) -> str:
        """Where Odile's unsubscribe link leads."""
        return f"/u/{self.token}"

    async def rows(self) -> list[list[dict[str, Any]]]:
        """Every row that a click could add or change."""
        tables = (suppressions, consents, subscribers, subscriptions, deliveries)
        return [await self.office.rows(table) for table in tables]

    async def said_no(self) -> list[tuple[Any, ...]]:
        """Every no in the ledger: whose address, how far it reaches, which list, how it came."""
        people = {row["id"]: row["address_key"] for row in await self.office.rows(subscribers)}
        return [
            (people[row["subscriber_id"]], row["extent"], row["list_key"], row["source"])
            for row in await self.office.rows(consents)
            if row["word"] == Word.WITHDRAWN
        ]

    async def states(self) -> dict[str, DeliveryState]:
        """Where each person's delivery stands."""
        return {address: line.state for address, line in (await self.office.lines()).items()}


@asynccontextmanager
async def site_at(url: str, home: Path, *, language: str = "fr") -> AsyncIterator[Site]:
    """A site over the empty database at `url`; `language` is Odile's."""

    async def fill(office: Office) -> None:
        await office.sync(HARFANG, MASSIF)
        people = {"odile@lichen.example": language, "luc@lichen.example": "fr"}
        await office.admit(
            "harfang", *(entry(one, *BOTH, language=spoken) for one, spoken in people.items())
        )
        await office.picked_up(PRINTEMPS)

    async with office_at(url, home, state=f"site of {language}", fill=fill) as office:
        token = await office.token("harfang", "odile@lichen.example")
        health = Health()
        app = build(office.desk, lambda: health.good)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
            yield Site(office, token, app, client, health)
