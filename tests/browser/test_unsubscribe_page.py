"""The unsubscribe page as a person meets it: in a fresh browser, with or without a mouse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from playwright.async_api import Browser, Page
from tests.browser.conftest import Served

from communique.domain.delivery import DeliveryState

REFUSED = "the server responded with a status of 422"  # what a browser says of any such page
Visit = Callable[..., AbstractAsyncContextManager[Page]]

# Every text with less contrast to what is painted behind it than WCAG 2.2 §1.4.3 asks.
FAINT = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = colour => {
    const [r, g, b] = numbers(colour).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    const colour = getComputedStyle(element).backgroundColor;
    return numbers(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const contrast = element => {
    const [dark, light] = [getComputedStyle(element).color, behind(element)]
      .map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const written = element => [...element.childNodes].some(
    node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return [...document.body.querySelectorAll("*")]
    .filter(element => written(element) && contrast(element) < 4.5)
    .map(element => `${element.localName}: ${element.textContent.trim()}`);
}"""


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """A page in a fresh session. Whatever its console complains of fails the test."""

    @asynccontextmanager
    async def visiting(
        *, width: int = 1280, dark: bool = False, javascript: bool = True
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(
            locale="en-CA",
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        try:
            yield page
            assert [one for one in complaints if REFUSED not in one] == []
            assert not await context.cookies()
        finally:
            await context.close()

    return visiting


async def test_keys_alone_take_a_person_off_the_list(served: Served, visit: Visit) -> None:
    async with visit() as page:
        await page.goto(served.link)
        assert await page.title() == "Se désabonner – Harfang <Québec>"
        for wanted in ("English", "La liste « Avis aux membres » seulement", "Me désabonner"):
            await page.keyboard.press("Tab")
            assert await focused(page) == wanted
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=C’est fait")
        assert page.url.startswith(served.link)
        said = plain(await page.locator("main").inner_text())
    assert "n’enverra plus à o•••@lichen.example les messages destinés à la liste" in said
    assert "« Nouvelles des partenaires »" in said
    assert await served.site.said_no() == [("odile@lichen.example", "list", "members", "page")]
    assert await served.site.states() == {
        "odile@lichen.example": DeliveryState.SKIPPED,
        "luc@lichen.example": DeliveryState.QUEUED,
    }


async def focused(page: Page) -> str:
    """What a screen reader calls the thing that keys go to."""
    said = await page.evaluate(
        "() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent"
    )
    return plain(str(said))


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


async def test_arrow_keys_reach_every_choice(served: Served, visit: Visit) -> None:
    async with visit() as page:
        await page.goto(f"{served.link}?lang=en")
        await page.locator("input:checked").focus()
        await page.keyboard.press("ArrowDown")
        assert await focused(page) == "Joint announcements"
        await page.keyboard.press("ArrowDown")
        assert await focused(page) == "Everything Snowy Owl sends"
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=All done")
    assert await served.site.said_no() == [("odile@lichen.example", "all", "", "page")]


async def test_it_works_without_javascript_by_pressing_anywhere_in_a_choice(
    served: Served, visit: Visit
) -> None:
    async with visit(javascript=False, width=360) as page:
        await page.goto(served.link)
        await page.locator("#joint-is").click(force=True)  # the words below the label
        await page.get_by_role("button", name="Me désabonner").click()
        await page.get_by_role("heading", name="C’est fait").wait_for()
    assert await served.site.said_no() == [("odile@lichen.example", "joint", "", "page")]


async def test_opening_reloading_and_changing_the_language_change_nothing(
    served: Served, visit: Visit
) -> None:
    before = await served.site.rows()
    async with visit() as page:
        await page.goto(served.link)
        assert await page.locator("html").get_attribute("lang") == "fr"
        await page.reload()
        await page.get_by_role("link", name="English").click()
        await page.get_by_role("heading", name="Unsubscribe").wait_for()
        assert await page.locator("html").get_attribute("lang") == "en"
        await page.get_by_role("link", name="Français").click()
        await page.get_by_role("heading", name="Se désabonner").wait_for()
    assert await served.site.rows() == before


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_page_fits_a_narrow_window_and_can_be_read(
    served: Served, visit: Visit, language: str, dark: bool
) -> None:
    async with visit(width=320, dark=dark) as page:
        await page.goto(f"{served.link}?lang={language}")
        await check(page)
        await page.locator("input").evaluate_all("all => all.forEach(one => one.value = 'x')")
        async with page.expect_response(lambda answer: answer.status == 422):
            await page.locator("button").click()
        await page.get_by_role("alert").wait_for()
        await check(page)
        await page.locator("button").click()
        await page.wait_for_selector("main li")
        await check(page)
        await page.goto(f"{served.url}/?lang={language}")
        await check(page)


async def check(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert await page.evaluate(FAINT) == []
