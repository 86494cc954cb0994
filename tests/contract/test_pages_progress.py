"""The page of how a release goes: its sums and groups, what may be done, and that it is live."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from tests import desk_releases
from tests.contract.desks import NOW
from tests.contract.test_desk_reading import statements
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import scheduling
from communique.desk.stepping import report
from communique.domain.actor import OPERATOR
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.release import State
from communique.store.tables import deliveries
from communique.web.desk import showing
from communique.web.desk.live import Live

HOME = "/desk/harfang/releases"


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    fill, home = desk_releases.fill, tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of progress", fill=fill) as one:
        live(one).every = 3600  # it looks when it is told to
        yield one


def live(pages: Pages) -> Live:
    found: Live = pages.app.state.live
    return found


async def shown(pages: Pages, key: str, who: str = "owner", status: int = 200) -> str:
    answer = await pages.get(who, f"{HOME}/{key}")
    assert answer.status_code == status, text_of(answer.text)[:600]
    return answer.text


async def test_it_says_how_it_stands_and_what_to_do(pages: Pages) -> None:
    text = text_of(await shown(pages, "bulletin/progress"))
    assert "2 failed" in text
    assert "Addresses that do not exist" in text
    assert "Correct the address, or take it off the list." in text
    text = text_of(await shown(pages, "advantages/progress"))
    assert "20 of 24 accepted and 4 wait for another try." in text
    assert "Mailboxes that are full: 4." in text
    html = await shown(pages, "advantages/progress")
    assert 'data-live="/desk/harfang/releases/advantages/progress/live"' in html
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in html
    assert "data-live" not in await shown(pages, "bulletin/progress")
    assert "Nothing was sent of it yet." in text_of(await shown(pages, "breakfast/progress"))
    pages.speaks("owner", "fr")
    assert "Adresses qui n’existent pas" in text_of(await shown(pages, "bulletin/progress"))


async def test_how_long_it_takes_is_told_by_its_pace(pages: Pages) -> None:
    async with pages.office.database.begin() as transaction:
        release = await pages.office.release("advantages")
        await transaction.connection.execute(
            update(deliveries)
            .where(deliveries.c.release_id == release.id, deliveries.c.state == "deferred")
            .values(state="queued")
        )
    text = text_of(await shown(pages, "advantages/progress"))  # 20 in 6 minutes
    assert "About 1 minute left, at 3 a minute." in text
    pages.office.clock.at = NOW - timedelta(minutes=6)
    assert "can be told in a few seconds" in text_of(await shown(pages, "advantages/progress"))


async def test_these_are_tried_again_and_no_others_after_a_count(pages: Pages) -> None:
    html = await shown(pages, "bulletin/progress")
    links = re.findall(r'href="([^"]*/bulletin/retry\?[^"]*)"', html)
    again = next(one for one in links if "state=failed" in one).replace("&amp;", "&")
    answer = await pages.get("owner", again)
    assert "Try 2 people again?" in text_of(answer.text)
    fields = dict(
        re.findall(r'type="hidden" name="(count|state|cause)" value="([^"]*)"', answer.text)
    )
    assert fields["count"] == "2"
    wrong = await pages.post("owner", f"{HOME}/bulletin/retry", **fields | {"count": "3"})
    assert wrong.status_code == 409
    stood = await pages.office.stands("bulletin")
    done = await pages.post("owner", f"{HOME}/bulletin/retry", **fields)
    assert done.status_code == 303
    now = await pages.office.stands("bulletin")
    changed = {one for one in now if now[one] != stood[one]}
    assert changed == {"p3@lichen.example", "p5@lichen.example"}


async def test_it_is_paused_and_goes_on_from_there(pages: Pages) -> None:
    for verb, state in (("pause", State.PAUSED), ("resume", State.SENDING)):
        answer = await pages.post("owner", f"{HOME}/advantages/{verb}", to="progress")
        assert answer.headers["location"].startswith(f"{HOME}/advantages/progress?said=")
        assert await pages.office.state("advantages") is state
    html = await shown(pages, "advantages/progress", "viewer")
    assert "/pause" not in html
    assert "/retry" not in await shown(pages, "bulletin/progress", "viewer")


async def test_of_a_partners_people_it_says_no_more_than_a_number(pages: Pages) -> None:
    for who in ("viewer", "owner", "operator"):
        html = await shown(pages, "advantages/progress", who)
        assert "rock.example" not in html
        assert "Massif writes to its own people: fewer than 5" in text_of(html)
    assert (await pages.get("other", f"{HOME}/advantages/progress")).status_code == 404
    for path in ("nowhere/progress", "nowhere/progress/live"):
        assert (await pages.get("owner", f"{HOME}/{path}")).status_code == 404


# What is live.


async def following(
    pages: Pages, who: str = "viewer", key: str = "advantages"
) -> asyncio.Task[httpx.Response]:
    """Open a stream, and wait until it is fed."""
    before = live(pages).open
    task = asyncio.create_task(pages.get(who, f"{HOME}/{key}/progress/live"))
    while live(pages).open == before:
        assert not task.done(), task.result().text
        await asyncio.sleep(0.001)
    return task


async def accepted(pages: Pages, key: str = "advantages") -> None:
    """One more of those who wait has it: no event, another sum."""
    release = await pages.office.release(key)
    first = (
        deliveries.select()
        .with_only_columns(deliveries.c.id)
        .where(deliveries.c.release_id == release.id, deliveries.c.state == "deferred")
        .limit(1)
    )
    async with pages.office.database.begin() as transaction:
        one = (await transaction.connection.execute(first)).scalar_one()
        await transaction.connection.execute(
            update(deliveries).where(deliveries.c.id == one).values(state="sent", due_at=None)
        )


async def told_again(pages: Pages) -> None:
    """Wait until all who are fed were told what changed."""
    feed = live(pages)
    while not feed._drawn or any(one.news.is_set() for one in feed._streams):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)


def events(answer: httpx.Response) -> list[str]:
    return re.findall(r"^event: (\w+)$", answer.text, re.MULTILINE)


async def test_a_page_is_told_of_sums_and_of_another_state(pages: Pages) -> None:
    one = await following(pages)
    await accepted(pages)
    await live(pages).look()
    await told_again(pages)
    await scheduling.pause(pages.office.desk, OPERATOR, "advantages", "Wait.")
    await live(pages).look()
    answer = await one
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events(answer)[0] == "part"
    assert events(answer)[-1] == "moved"
    assert "20 of 24 accepted" in answer.text
    assert "21 of 24 accepted" in answer.text
    assert "csrf" not in answer.text, "nothing of it is one reader's alone"
    assert live(pages).open == 0


async def test_nothing_is_sent_where_nothing_changed(pages: Pages) -> None:
    one = await following(pages)
    for _ in range(3):
        await live(pages).look()
    await scheduling.pause(pages.office.desk, OPERATOR, "advantages", "Wait.")
    await live(pages).look()
    assert events(await one) == ["part", "moved"]


async def test_a_page_ends_with_its_readers_session(pages: Pages) -> None:
    gone, stays = await following(pages, "viewer"), await following(pages, "editor")
    viewer = pages.signed.pop("viewer")
    async with pages.office.database.begin() as transaction:
        subject = Subject(SubjectKind.ACCOUNT, "luc@harfang.example", 1)
        await report(
            pages.office.desk, transaction, subject, Verb.SIGN_OUT, viewer.actor, association=None
        )
    await live(pages).look()
    assert events(await gone)[-1] == "over"
    assert not stays.done()
    await scheduling.pause(pages.office.desk, OPERATOR, "advantages", "Wait.")
    await live(pages).look()
    assert events(await stays)[-1] == "moved"


async def test_many_open_pages_cost_one_look_and_one_drawing(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    block = showing.block

    def counted(*args: Any, **values: Any) -> str:
        drawn.append("once")
        return block(*args, **values)

    monkeypatch.setattr(showing, "block", counted)
    costs = []
    streams = []
    for more in (1, 19):
        streams += [await following(pages, "viewer") for _ in range(more)]
        await accepted(pages)
        with statements(pages.office.database) as seen:
            await live(pages).look()
            await told_again(pages)
        costs.append(len(seen))
    assert costs[0] == costs[1]
    assert len(drawn) == 3, "for all of them once at first, and once for each change"
    await scheduling.pause(pages.office.desk, OPERATOR, "advantages", "Wait.")
    await live(pages).look()
    assert {events(one)[-1] for one in await asyncio.gather(*streams)} == {"moved"}


async def test_who_comes_back_is_told_how_it_stands_by_then(pages: Pages) -> None:
    other = await following(pages, "editor", "bulletin")  # keeps the reader going meanwhile
    live(pages).lasts = 0
    first = await pages.get("viewer", f"{HOME}/advantages/progress/live")
    assert "20 of 24 accepted" in first.text
    await accepted(pages)
    await live(pages).look()
    again = await pages.get("viewer", f"{HOME}/advantages/progress/live")
    assert "21 of 24 accepted" in again.text
    other.cancel()


async def test_streams_are_bounded_in_number_and_time(pages: Pages) -> None:
    live(pages).lasts = 0
    answer = await pages.get("viewer", f"{HOME}/advantages/progress/live")
    assert events(answer) == ["part"]
    live(pages).most = 0
    answer = await pages.get("viewer", f"{HOME}/advantages/progress/live")
    assert answer.text.startswith("retry: 15000\n\n")
    assert events(answer) == ["part"]
    assert live(pages).open == 0
