"""A pass from the link in a message to the counter, as its holder and whoever scans it meet it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from tests.browser.conftest import serving
from tests.browser.test_unsubscribe_page import FAINT, plain
from tests.contract.advantages import ODILE, Counter, counter_at
from tests.contract.desks import LICHEN, TODAY, entry


@dataclass(frozen=True, slots=True)
class Open:
    """A counter whose pages are served."""

    counter: Counter
    url: str


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'communique.sqlite'}"
    async with counter_at(url, tmp_path / "desk") as counter, serving(counter.app) as address:
        yield Open(counter, address)


async def test_from_the_link_to_the_counter_and_to_the_end_of_a_membership(
    opened: Open, browser: Browser
) -> None:
    counter = opened.counter
    holder = await (await browser.new_context(locale="fr-CA")).new_page()
    await holder.goto(opened.url + await counter.held())
    assert await holder.locator("h1").inner_text() == "Deux nuits à Boston au prix d’une"
    await holder.get_by_role("img", name="Code QR de votre laissez-passer").wait_for()
    await holder.get_by_role("button", name="Montrer aussi").click()
    await holder.get_by_role("button", name="Ne plus le montrer").wait_for()
    typed = await holder.locator(".typed").inner_text()
    scan = opened.url + re.sub(r"^https?://[^/]+", "", typed)

    giver = await (await browser.new_context(locale="en-US")).new_page()
    await giver.goto(scan)
    shown = plain(await giver.locator("main").inner_text())
    for words in ("Valid", "Snowy Owl", "Lichen & Cie", "September 30, 2027", "Not yet"):
        assert words in shown
    await giver.get_by_role("button", name="Used: count it").click()
    await giver.get_by_role("button", name="Take it back").wait_for()
    assert "Once" in await giver.locator("dl").inner_text()
    await giver.reload()  # a look, and no second press
    assert "Once" in await giver.locator("dl").inner_text()

    gone = replace(LICHEN, until=TODAY - timedelta(days=1))
    await counter.office.admit("harfang", entry(ODILE, member=gone))
    await giver.goto(scan)
    assert await giver.locator("h1").inner_text() == "Not valid"
    await holder.reload()
    await holder.get_by_text("votre adhésion auprès de Harfang a pris fin").wait_for()
    for page in (holder, giver):
        assert not await page.context.cookies()
        await page.context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_pages_fit_a_narrow_window_and_can_be_read(
    opened: Open, browser: Browser, language: str, dark: bool
) -> None:
    context = await browser.new_context(
        color_scheme="dark" if dark else "light",
        viewport={"width": 320, "height": 800},
        java_script_enabled=True,
    )
    page = await context.new_page()
    for path in (await opened.counter.held(), await opened.counter.scan(), "/v/none"):
        await page.goto(f"{opened.url}{path}?lang={language}")
        await check(page)
    await context.close()


async def check(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert await page.evaluate(FAINT) == []
