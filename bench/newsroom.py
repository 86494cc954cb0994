"""How fast a newsroom of 2,000 releases is served: `python -m bench.newsroom`.

The pages' own application over SQLite, asked in this process, without a socket. Each address is
asked for when nothing of it is kept (`made`), again (`kept`), and with what a browser has (`304`).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert

from communique.declared import load, starter
from communique.desk import Desk, syncing
from communique.domain.actor import OPERATOR
from communique.domain.association import Newsroom
from communique.domain.token import Key, Keyring
from communique.messages.press import Press
from communique.store import Database
from communique.store.migrations import upgrade
from communique.store.newsroom_tables import articles, newsrooms, publications
from communique.store.tables import contents, releases
from communique.web import build

STORIES, ROUNDS = 2000, 30
FIRST = datetime(2019, 5, 30, 13, tzinfo=UTC)
PATHS = (
    *("fr/", "fr/2024/", "fr/annonces/", "fr/after/news-1200", "fr/2024/news-1000"),
    *("fr/atom.xml", "fr/rss.xml", "fr/feed.json", "fr/calendar.ics", "sitemap-2024.xml"),
)


class _Clock:
    def now(self) -> datetime:
        """A fixed instant."""
        return FIRST + timedelta(days=STORIES * 2)


async def fill(desk: Desk, home: Path) -> None:
    """An association with a newsroom of `STORIES`, each of 6 KB, in one language."""
    found = load(home / "subscribers")
    opened = [replace(one, newsroom=Newsroom(date(2019, 1, 1))) for one in found.associations]
    await syncing.sync(desk, OPERATOR, opened, [])
    store = desk.store
    assert isinstance(store, Database)  # noqa: S101 - made below
    days = [FIRST + timedelta(days=2 * number) for number in range(STORIES)]
    body = "<p>Une phrase qui tient sur une ligne, puis une autre.</p>\n" * 100
    lists: dict[str, list[str]] = {one: [] for one in ("quotations", "partners", "about", "more")}
    parts = {**lists, "press": None, "link": ""}
    async with store.begin() as transaction:
        run = transaction.connection.execute
        await run(insert(contents).values(hash="x", document="{}", frozen_at=FIRST))
        common = {"kind": "announcement", "parties": [], "link": "", "state": "sent", "wall": False}
        keys = [f"news-{number}" for number in range(STORIES)]
        await run(
            insert(releases),
            [
                {"id": number + 1, "key": key, "created_at": FIRST, **common}
                for number, key in enumerate(keys)
            ],
        )
        place = {"association_key": "bioquebec"}
        await run(
            insert(publications),
            [
                {"release_id": n + 1, "content_hash": "x", "public_at": at, "published_at": at}
                | place
                for n, at in enumerate(days)
            ],
        )
        await run(
            insert(articles),
            [
                {"release_id": n + 1, "language": "fr", "key": keys[n], "nature": "announcement"}
                | {"year": at.year, "public_at": at, "title": f"Nouvelle {n}", "summary": "Bref."}
                | {"html": body, "parts": parts, "made_at": at}
                | place
                for n, at in enumerate(days)
            ],
        )
        await run(insert(newsrooms).values(version=1, changed_at=days[-1], **place))


async def measure(desk: Desk) -> dict[str, list[float]]:
    """Milliseconds of every request, by how it was asked for."""
    found: dict[str, list[float]] = {"made": [], "kept": [], "304": []}

    async def ask(client: httpx.AsyncClient, path: str, how: str, tag: str = "") -> str:
        headers = {"If-None-Match": tag} if tag else {}
        begun = time.perf_counter()
        answer = await client.get(f"/n/bioquebec/{path}", headers=headers)
        found[how].append((time.perf_counter() - begun) * 1000)
        if answer.status_code != (304 if tag else 200):
            raise SystemExit(f"{path}: {answer.status_code}")
        return str(answer.headers["etag"])

    for _ in range(ROUNDS):
        transport = httpx.ASGITransport(build(desk, lambda: True))  # which has kept nothing
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as client:
            for path in PATHS:
                tag = await ask(client, path, "made")
                await ask(client, path, "kept")
                await ask(client, path, "304", tag)
    return found


async def main() -> None:
    """Fill, measure, and say what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "desk"
        starter.begin(home)
        url = f"sqlite+aiosqlite:///{folder}/bench.sqlite"
        await asyncio.to_thread(upgrade, url)
        store = Database(url)
        desk = Desk(store, Press(home / "templates"), Keyring((Key("a", b"k" * 32),)), _Clock())
        try:
            await fill(desk, home)
            found = await measure(desk)
        finally:
            await store.close()
    print(f"{STORIES} stories, {ROUNDS} rounds over {len(PATHS)} addresses, SQLite")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for how, times in found.items():
        times.sort()
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
        print(f"{how:>5}: p50 {p50:6.1f} ms, p95 {p95:6.1f} ms, most {times[-1]:6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
