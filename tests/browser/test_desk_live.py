"""A release’s progress in a real browser: its parts come again, and it ends with a session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select, update
from tests.browser.pictures import Walk, walking

from communique.desk import scheduling
from communique.desk.stepping import report
from communique.domain.actor import OPERATOR
from communique.domain.event import Subject, SubjectKind, Verb
from communique.store.tables import deliveries


@pytest.fixture
async def walk(browser: Browser) -> AsyncIterator[Walk]:
    async with walking(browser) as walk:
        walk.pages.app.state.live.every = 0.05
        yield walk


async def test_a_page_follows_what_is_sent_and_ends_with_its_session(walk: Walk) -> None:
    office = walk.pages.office
    release = await office.release("advantages")
    theirs = (
        deliveries.c.release_id == release.id,
        deliveries.c.state == "deferred",
        deliveries.c.association_key == "harfang",
    )
    async with walk.signed_in("owner", "en", "light", 1440) as context:
        page = await context.new_page()
        await page.goto(f"{walk.url}/desk/harfang/releases/advantages/progress")
        told, pause = page.locator("#live-told"), page.get_by_role("button", name="Pause")
        await expect(told).to_contain_text("22 of 26 accepted")
        await pause.focus()
        async with office.database.begin() as transaction:
            first = select(deliveries.c.id).where(*theirs).limit(1)
            one = (await transaction.connection.execute(first)).scalar_one()
            await transaction.connection.execute(
                update(deliveries).where(deliveries.c.id == one).values(state="sent", due_at=None)
            )
        await expect(told).to_contain_text("23 of 26 accepted")
        await expect(page.locator(".k-sent b")).to_have_text("23")
        await expect(pause).to_be_focused()
        await scheduling.pause(office.desk, OPERATOR, "advantages", "A link leads nowhere.")
        await expect(page.get_by_role("button", name="Go on sending")).to_be_visible()
        actor = walk.pages.signed.pop("owner").actor
        async with office.database.begin() as transaction:
            who = Subject(SubjectKind.ACCOUNT, "maude@harfang.example", actor.account or 0)
            await report(office.desk, transaction, who, Verb.SIGN_OUT, actor, association=None)
        await expect(page).to_have_url(
            f"{walk.url}/desk/sign-in?next=/desk/harfang/releases/advantages/progress"
        )
