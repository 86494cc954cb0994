"""The editor in a real browser: it saves by itself, and keeps what it cannot save."""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import Browser, expect
from tests.browser.pictures import Walk, walking

from communique.desk import editing
from communique.domain import draft
from communique.domain.actor import OPERATOR
from communique.domain.release import Release

PATH = "/desk/harfang/releases/autumn/edit"


def french(release: Release) -> str:
    return next(one.body for one in release.editions if one.language == "fr")


async def theirs(walk: Walk, text: str) -> None:
    """Somebody else writes the French meanwhile."""
    release = await walk.pages.office.release("autumn")
    editions = tuple(
        replace(one, body=text) if one.language == "fr" else one for one in release.editions
    )
    made = replace(release, editions=editions)
    await editing.write(walk.pages.office.desk, OPERATOR, made, draft.parts(release))


async def test_what_is_typed_is_saved_or_kept_and_the_keyboard_goes_on(browser: Browser) -> None:
    async with walking(browser) as walk, walk.signed_in("editor", "en", "light", 1440) as window:
        page = await window.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(walk.url + PATH)
        state = page.locator("#saved")
        text = page.get_by_role("textbox", name="Texte", exact=True)

        # By itself, two seconds after the last key; with the marks that keys make.
        await text.fill("Bonjour à toutes.")
        await text.press("Control+a")
        await page.keyboard.press("Control+b")
        await expect(text).to_have_text("**Bonjour à toutes.**")
        bold = page.frame_locator("iframe").locator("strong").first
        await expect(bold).to_have_text("Bonjour à toutes.", timeout=20_000)
        await expect(state).to_have_text("Saved 11:06")
        assert french(await walk.pages.office.release("autumn")) == "**Bonjour à toutes.**\n"
        assert said == []  # the policy refused nothing: CodeMirror's styles bear its nonce
        await text.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "fr-f-place"

        # With no connection it is kept here, is said to be, and can be put back.
        await window.set_offline(True)
        await text.fill("Gardé ici.")
        await page.keyboard.press("Control+s")
        await expect(state).to_have_text(
            "Not saved: no connection. It is kept in this browser.", timeout=10_000
        )
        await window.set_offline(False)
        await page.reload()
        await page.get_by_role("button", name="Put it back").click()
        await expect(text).to_have_text("Gardé ici.")
        await text.focus()
        await page.keyboard.press("Control+s")
        await expect(state).to_have_text("Saved 11:06", timeout=20_000)
        assert french(await walk.pages.office.release("autumn")) == "Gardé ici.\n"

        # Somebody else wrote the same: nothing is lost, and both are shown.
        await theirs(walk, "Le leur.\n")
        await text.fill("Le mien.")
        await page.keyboard.press("Control+s")
        await expect(state).to_contain_text(
            "changed the same part. Save to see both.", timeout=20_000
        )
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("heading", name="Which to keep")).to_be_visible()
        await expect(text).to_have_text("Le mien.")
        await text.focus()
        await page.keyboard.type("! ")
        await page.keyboard.press("Control+s")  # which chooses nothing
        await expect(state).to_contain_text("changed the same part", timeout=20_000)
        assert french(await walk.pages.office.release("autumn")) == "Le leur.\n"
        await page.get_by_role("button", name="Save what I chose").click()
        await page.wait_for_url("**said=edit.said.saved**")
        assert french(await walk.pages.office.release("autumn")) == "! Le mien.\n"
