"""A real browser at a real server. Where there is no browser, the tests fail and say so."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright, expect
from tests.public_site import Site, site_at

expect.set_options(timeout=60_000)  # of a machine that others keep busy

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Served:
    """A site, and the address it is served at."""

    site: Site
    url: str

    @property
    def link(self) -> str:
        """Odile's unsubscribe link."""
        return f"{self.url}{self.site.path}"


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve on a port of the system's choice."""
    # Whoever comes before the server is up waits in the socket's queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, access_log=False, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """The public pages of a desk on SQLite; Odile reads French."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with site_at(url, tmp_path / "desk") as site, serving(site.app) as address:
        yield Served(site, address)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, as it comes from the system, without a window."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail(f"these tests need a browser: install one of {', '.join(names)}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        await browser.close()
