"""Every page of the desk in a real browser: open to everybody, as wide as its window, and obeyed.

axe looks at each page that there is, in one language by day on a wide screen and in the other by
night on a narrow one: a page that is added is looked at without a word here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Page
from tests.browser.pictures import Walk, visits, walking

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const rules = {"target-size": {enabled: true}};
  const found = await axe.run(document, {resultTypes: ["violations"], rules});
  return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(" | ")}`);
}"""
LOOKS = [("en", "light", 1440), ("fr", "dark", 360)]


@pytest.fixture
async def walk(browser: Browser) -> AsyncIterator[Walk]:
    async with walking(browser) as walk:
        yield walk


async def wrong_with(page: Page) -> list[str]:
    """What axe finds, and whether a page is wider than its window."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = await page.evaluate(RUN)
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than its window")
    return [str(one) for one in found]


def by_whom() -> dict[str, list[str]]:
    """The addresses that each of them looks at: one window serves for all."""
    found: dict[str, list[str]] = {}
    for who, address in visits():
        found.setdefault(who, []).append(address)
    return found


def listen(page: Page, said: list[str]) -> None:
    """Keep what the browser says of a page: a policy that it broke, a script that failed."""

    def console(one: ConsoleMessage) -> None:
        said.append(one.text)

    def failed(one: Error) -> None:
        said.append(str(one))

    page.on("console", console)
    page.on("pageerror", failed)


async def test_every_page_is_open_to_everybody(walk: Walk) -> None:
    assert AXE.is_file(), "it comes from npm: `python -m tools.front_end`, which `make test` runs"
    wrong: dict[str, list[str]] = {}
    for (language, theme, width), (who, seen) in product(LOOKS, by_whom().items()):
        async with walk.signed_in(who, language, theme, width) as context:
            page = await context.new_page()
            said: list[str] = []
            listen(page, said)
            for address in seen:
                said.clear()
                answer = await page.goto(walk.url + address)
                assert answer is not None
                if "sandbox" in answer.headers.get("content-security-policy", ""):
                    continue  # a message, in which no script looks about: test_message_looks
                found = await wrong_with(page)
                # What is over, or not there, is a page as well, of which the browser tells.
                if answer.ok:
                    found += said
                if found:
                    wrong[f"{address} {language} {theme} {width}"] = found
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())


async def test_the_keyboard_alone_goes_through_home(walk: Walk) -> None:
    async with walk.signed_in("owner", "en", "light", 1440) as context:
        page = await context.new_page()
        await page.goto(f"{walk.url}/desk/harfang/")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to content"
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk/harfang/#main")
        async with walk.signed_in("viewer", "en", "light", 360) as narrow:
            small = await narrow.new_page()
            await small.goto(f"{walk.url}/desk/harfang/")
            await small.get_by_role("button", name="Menu").press("Enter")
            await small.get_by_role("button", name="Français").wait_for()
