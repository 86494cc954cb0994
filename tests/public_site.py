"""A desk with two people and one release under way, and its public pages, as tests visit them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from communique.desk import Desk, expanding, subscribing
from communique.domain.address import parse
from communique.domain.association import Association, Brand, ListDefinition, Sender
from communique.domain.consent import Basis
from communique.domain.delivery import DeliveryState
from communique.domain.log import LogFilter
from communique.domain.member import Entry, Member, Subscriber
from communique.domain.release import Audience, Edition, Kind, Release, Schedule
from communique.domain.token import Key, Keyring
from communique.store import Database
from communique.store.migrations import upgrade
from communique.store.tables import consents, deliveries, subscribers, suppressions
from communique.web import build

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
HARFANG = Association(
    key="harfang",
    names={"fr": "Harfang <Québec>", "en": "Snowy Owl"},
    sender=Sender({"fr": "Harfang"}, "avis@harfang.example", "info@harfang.example"),
    list_domain="avis.harfang.example",
    postal_address="1, rue du Nord, Québec (Québec)",
    phone="+1 418 555-0100",
    web="https://www.harfang.example",
    contact="info@harfang.example",
    time_zone="America/Toronto",
    languages=("fr", "en"),
    jurisdiction="CA-QC",
    brand=Brand("#12395b", "#1f8a70"),
    lists=(
        ListDefinition(
            "members",
            {"fr": "Avis aux membres", "en": "Member notices"},
            {"fr": "Ce qui concerne les membres.", "en": "What concerns members."},
            Basis.MEMBERSHIP,
        ),
        ListDefinition(
            "partners",
            {"fr": "Nouvelles des partenaires", "en": "News from partners"},
            {"fr": "Sur demande.", "en": "For those who asked."},
            Basis.EXPRESS,
        ),
    ),
)
MEMBER = Member("17", "Lichen & Cie", since=date(2020, 1, 1))


class At:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class NoPress:
    """These pages render no message."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nothing here asks for {name}")


@dataclass
class Health:
    """What the service says of itself."""

    good: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of a desk, and what its store holds. `token` is Odile's, for the members' list."""

    desk: Desk
    database: Database
    token: str
    app: FastAPI
    client: httpx.AsyncClient  # starts without cookies, follows no redirect
    health: Health

    @property
    def path(self) -> str:
        """Where Odile's unsubscribe link leads."""
        return f"/u/{self.token}"

    async def rows(self) -> list[tuple[Any, ...]]:
        """Every row that a click could add or change."""
        async with self.database.read() as transaction:
            return [
                tuple(row)
                for table in (suppressions, consents, subscribers, deliveries)
                for row in await transaction.connection.execute(select(table).order_by(table.c.id))
            ]

    async def suppressed(self) -> list[tuple[Any, ...]]:
        """Who must not be written to: address, scope, list, source."""
        columns = (
            suppressions.c.address_key,
            suppressions.c.scope,
            suppressions.c.list_key,
            suppressions.c.source,
        )
        async with self.database.read() as transaction:
            return [tuple(row) for row in await transaction.connection.execute(select(*columns))]

    async def states(self) -> dict[str, DeliveryState]:
        """Where each person's delivery stands."""
        async with self.database.read() as transaction:
            return {
                line.address: line.state
                async for line in transaction.log.lines(LogFilter(release="printemps"))
            }


@asynccontextmanager
async def site_at(url: str, *, language: str = "fr") -> AsyncIterator[Site]:
    """A site over the empty database at `url`; `language` is Odile's."""
    upgrade(url)
    database = Database(url)
    desk = Desk(database, NoPress(), Keyring((Key("a", b"k" * 32),)), At())
    try:
        async with database.begin() as transaction:
            await transaction.associations.save(HARFANG, NOW)
            await transaction.associations.save(replace(HARFANG, key="massif"), NOW)
        people = [
            entry(2, "odile@lichen.example", language),
            entry(3, "luc@lichen.example", "fr"),
        ]
        await subscribing.import_entries(desk, "harfang", [], people, "roster.csv")
        await _queue(desk)
        async with database.read() as transaction:
            odile = await transaction.subscribers.by_address("harfang", "odile@lichen.example")
        assert odile is not None
        token = desk.keyring.sign("unsubscribe", "harfang", "members", odile.id)
        health = Health()
        app = build(desk, lambda: health.good)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
            yield Site(desk, database, token, app, client, health)
    finally:
        await database.close()


def entry(line: int, address: str, language: str, member: Member = MEMBER) -> Entry:
    """A person on both lists."""
    person = Subscriber(parse(address), address.partition("@")[0].title(), "Tremblay", language)
    return Entry(line, member, person, ("members", "partners"))


async def _queue(desk: Desk) -> None:
    """Expand a joint release: a delivery is queued for each person."""
    draft = Release(
        key="printemps",
        kind=Kind.ANNOUNCEMENT,
        parties=("harfang", "massif"),
        editions=(Edition("fr", "Printemps", "", "Bonjour."),),
        audiences=(Audience("harfang", ("members", "partners")),),
        schedule=Schedule(NOW, "America/Toronto"),
    )
    async with desk.store.begin() as transaction:
        release = await transaction.releases.save(draft, NOW)
        await expanding.expand(desk, transaction, replace(draft, id=release.id))
