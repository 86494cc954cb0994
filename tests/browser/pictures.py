"""A picture of every page of the desk: `make screenshots`, into `build/screenshots/`.

In each language, light and dark, narrow and wide. Look at each: no test sees that a page is calm.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, async_playwright
from tests.browser.conftest import QUIET, serving
from tests.desk_pages import Pages, pages_at
from tests.desk_seed import addresses, keep, seed

from communique.web.desk import ROUTES
from communique.web.desk.asking import SESSION

WIDTHS = (360, 1440)
THEMES = ("light", "dark")
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Walk:
    """The pages of a seeded desk, served, and a browser."""

    pages: Pages
    url: str
    browser: Browser

    @asynccontextmanager
    async def signed_in(
        self, who: str, language: str, theme: str, width: int
    ) -> AsyncIterator[BrowserContext]:
        """A window of that width, of one of the desk's people; of a stranger, if of nobody."""
        if who:
            self.pages.speaks(who, language, theme)
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            locale=f"{language}-CA",
            reduced_motion="reduce",
        )
        if who:
            await context.add_cookies([{"name": SESSION, "value": who, "url": self.url}])
        try:
            yield context
        finally:  # or whatever streams to it keeps the server waiting
            await context.close()


@asynccontextmanager
async def walking(browser: Browser) -> AsyncIterator[Walk]:
    """A desk that has something on every page."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/communique.sqlite"
        async with (
            pages_at(url, Path(folder) / "desk", state="desk of pictures", fill=seed) as pages,
            serving(pages.app) as address,
        ):
            await keep(pages.office)
            pages.office.clock.forward(hours=2, minutes=6)  # it all began before
            yield Walk(pages, address, browser)


def visits() -> Iterator[tuple[str, str]]:
    """Who looks, and at which address: what is open as a stranger, all else as an owner."""
    for address in addresses(ROUTES):
        yield ("" if address.startswith("/desk/sign-in") else "owner"), address


async def take(folder: Path, only: str) -> None:
    """Take them all, or those whose address has that in it."""
    async with async_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        async with walking(browser) as walk:
            for language, theme, width in product(LANGUAGES, THEMES, WIDTHS):
                for who, address in visits():
                    if only not in address:
                        continue
                    async with walk.signed_in(who, language, theme, width) as context:
                        page = await context.new_page()
                        await page.goto(walk.url + address)
                        await page.evaluate("document.fonts.ready")
                        name = address.removeprefix("/desk/").strip("/").replace("/", "-") or "desk"
                        file = folder / f"{name.split('?')[0]}-{language}-{theme}-{width}.png"
                        await page.screenshot(path=file, full_page=True)
        await browser.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--only", default="", help="part of an address")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(chosen.folder, chosen.only))
    print(f"The pictures are in {chosen.folder}.")


if __name__ == "__main__":
    main()
