"""One delivery's page: its story, why it went to that person, and the message as it was sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from tests import desk_releases
from tests.contract.desks import ALL, Office, entry
from tests.desk_pages import Pages, pages_at, text_of

from communique.desk import composing, erasing, recounting
from communique.desk.consenting import say_no
from communique.desk.previewing import NOBODY
from communique.domain.actor import OPERATOR
from communique.domain.log import LogFilter
from communique.domain.member import Cause, Suppression
from communique.domain.outcome import Answer, Deferred, Refused, Reply, Scope, Unknown
from communique.domain.release import State

LOG = "/desk/harfang/log"
HEAR: dict[str, Answer] = {
    "p3@lichen.example": Refused(
        "550 5.1.1 at RCPT TO",
        Scope.RECIPIENT,
        Reply(550, "5.1.1", "No <b>such</b> user"),
        hard=False,
    ),
    "p5@lichen.example": Refused("550 5.1.1 at RCPT TO", Scope.RECIPIENT),
    "p7@lichen.example": Unknown("no reply after the content"),
    "p9@lichen.example": Deferred(
        "452 4.2.2 at RCPT TO", Scope.RECIPIENT, Reply(452, "4.2.2", "Mailbox full"), asked=True
    ),
}


async def fill(office: Office) -> None:
    """One release of both, of which some did not arrive, and one said no before."""
    await desk_releases.admit(office)
    await office.admit("harfang", entry("no@lichen.example", name="Noémie"))
    await office.say_no("no@lichen.example")
    office.clock.forward(minutes=5)
    await desk_releases.send(office, replace(desk_releases.mission(), key="mission"), HEAR)


@pytest.fixture
async def pages(database_url: str, tmp_path: Path) -> AsyncIterator[Pages]:
    home = tmp_path / "desk"
    async with pages_at(database_url, home, state="pages of a delivery", fill=fill) as one:
        yield one


async def number(pages: Pages, address: str) -> int:
    async with pages.office.database.read() as transaction:
        lines = transaction.log.lines(ALL, LogFilter(release="mission", address=address))
        return [one.delivery_id async for one in lines].pop()


async def shown(
    pages: Pages, address: str, more: str = "", who: str = "owner", status: int = 200
) -> str:
    answer = await pages.get(who, f"{LOG}/{await number(pages, address)}{more}")
    assert answer.status_code == status, text_of(answer.text)[:600]
    return unescape(answer.text)


async def test_each_state_tells_its_story_and_what_it_means(pages: Pages) -> None:
    for address, said in (
        (
            "p1@lichen.example",
            ("reached Pia1 Roy’s server", "Accepted on the first try", "250 2.0.0 queued"),
        ),
        (
            "p3@lichen.example",
            ("did not reach Pia3 Roy", "550 5.1.1 No", "knows no such mailbox", "Refused for good"),
        ),
        ("p7@lichen.example", ("may or may not have reached", "The same message goes once more")),
        ("p9@lichen.example", ("will be tried again", "Their mailbox is full", "The next try is")),
        (
            "no@lichen.example",
            (
                "did not go to",
                "said no to everything: on the page that a message links to",
                "No message was made for them",
            ),
        ),
    ):
        text = text_of(await shown(pages, address))
        for one in said:
            assert one in text, (address, one)
    pages.speaks("owner", "fr")
    text = text_of(await shown(pages, "p3@lichen.example"))
    assert "n’a pas atteint Pia3 Roy" in text
    assert "ne connaît pas cette boîte aux lettres" in text


async def test_it_tells_why_it_went_to_them(pages: Pages) -> None:
    text = text_of(await shown(pages, "p1@lichen.example"))
    assert "on Member notices, in French" in text
    assert "the membership of Lichen & Cie" in text
    assert "roster.csv, 3 June, written down by the operator at the machine" in text
    assert "May be written to for this list" in text
    await pages.office.say_no("p1@lichen.example")
    text = text_of(await shown(pages, "p1@lichen.example"))
    assert "May not be written to for this list: said no" in text


async def test_the_message_is_that_which_was_sent_to_the_octet(pages: Pages) -> None:
    """What is shown is made by the same functions; only what is theirs alone is left out."""
    office = pages.office
    later = replace(desk_releases.mission(("Neuf", "Nine")), key="later")
    await desk_releases.send(office, later, {})
    [mail] = office.transport.to("p1@lichen.example")
    async with office.database.read() as transaction:
        only = LogFilter(release="later", address="p1@lichen.example")
        [one] = [line.delivery_id async for line in transaction.log.lines(ALL, only)]
        handed = await transaction.log.handed(ALL, one)
        release = await transaction.releases.get(ALL, "later")
        frozen = await transaction.releases.content(ALL, release.content_hash or "")
        host = await transaction.associations.get(ALL, "harfang")
    job = recounting._job(office.desk, release, frozen.read(), host, {})
    marks = composing.marks(office.desk.keyring, job, handed.claim)
    assert recounting.composed(office.desk, job, handed.claim, marks) == mail.content
    assert marks.envelope_sender == mail.sender
    # Whatever is edited, declared and set since.
    await office.sync(replace(host, postal_address="Elsewhere", list_domain="new.example"))
    office.clock.forward(days=3)
    got = await recounting.message(office.desk, OPERATOR, "harfang", one)
    assert (got.size, got.marks) == (len(mail.content), marks)
    token = marks.unsubscribe_url.rpartition("/")[2]
    assert token.encode() in mail.content.replace(b"=\r\n", b"")
    for path in ("", "?as=text", "/message"):
        answer = await pages.get("owner", f"{LOG}/{one}{path}")
        assert token not in answer.text, path
    assert f"/u/{NOBODY}" in got.preview.html
    assert token.encode() not in got.preview.content.replace(b"=\r\n", b"")


async def test_the_message_stands_in_a_sandbox(pages: Pages) -> None:
    html = await shown(pages, "p1@lichen.example")
    [frame] = re.findall(r'<iframe src="([^"]+)"[^>]* sandbox>', html)
    answer = await pages.get("viewer", frame)
    policy = answer.headers["content-security-policy"]
    assert policy.endswith("sandbox")
    assert "script" not in policy
    assert "Huit visites" in answer.text
    assert "Message-ID" in html
    assert "List-Unsubscribe" in html


async def test_who_may_retries_one_person_after_a_page_that_says_what_it_means(
    pages: Pages,
) -> None:
    path = f"{LOG}/{await number(pages, 'p3@lichen.example')}/retry"
    assert "/retry" not in await shown(pages, "p3@lichen.example", who="viewer")
    assert "/retry" in await shown(pages, "p3@lichen.example")
    assert (await pages.post("viewer", path)).status_code == 403
    text = text_of(await shown(pages, "p3@lichen.example", "/retry"))
    assert "Try Pia3 Roy again?" in text
    assert "550 5.1.1 No" in text
    stood = await pages.office.stands("mission")
    answer = await pages.post("owner", path)
    assert answer.status_code == 303
    text = text_of((await pages.get("owner", answer.headers["location"])).text)
    assert "It is tried again from now on." in text
    now = await pages.office.stands("mission")
    changed = {address for address, state in now.items() if state != stood[address]}
    assert changed == {"p3@lichen.example"}
    assert await pages.office.state("mission") is State.SENDING
    assert (await pages.post("owner", path)).status_code == 409, "it waits now"


async def test_who_said_no_is_not_tried_again_and_is_told_why(pages: Pages) -> None:
    await pages.office.say_no("p3@lichen.example")
    html = await shown(pages, "p3@lichen.example")
    assert "/retry" not in html
    await shown(pages, "p3@lichen.example", "/retry", status=409)
    sent = await shown(pages, "p1@lichen.example", "/retry", status=409)
    assert "Nothing was changed" in text_of(sent)


async def test_what_suppresses_them_is_told_with_who_may_lift_it(pages: Pages) -> None:
    for cause, said in (
        (Cause.HARD_BOUNCE, "their server said that nobody has it"),
        (Cause.COMPLAINT, "Only they can undo that."),
    ):
        one = Suppression("harfang", "p3@lichen.example", cause, "550 5.1.1")
        async with pages.office.database.begin() as transaction:
            await say_no(pages.office.desk, transaction, one, OPERATOR)
        assert said in text_of(await shown(pages, "p3@lichen.example"))


async def test_next_and_previous_stay_within_the_search(pages: Pages) -> None:
    html = await shown(pages, "p3@lichen.example", "?q=pia3&state=failed")
    assert 'rel="next"' not in html
    assert 'rel="prev"' not in html
    assert f'href="{LOG}?q=pia3&state=failed"' in html
    html = await shown(pages, "p3@lichen.example", "?q=pia")
    assert 'rel="next"' in html
    assert 'rel="prev"' in html


async def test_nobody_of_a_partners_has_a_page(pages: Pages) -> None:
    theirs = await number(pages, "m1@rock.example")
    for who in ("owner", "viewer", "operator"):
        for more in ("", "/message", "/retry"):
            if who == "viewer" and more == "/retry":
                continue
            answer = await pages.get(who, f"{LOG}/{theirs}{more}")
            assert answer.status_code == 404, (who, more)
            assert "rock" not in answer.text
        for wrong in ("0", "999999", "x", "9" * 40):
            assert (await pages.get(who, f"{LOG}/{wrong}")).status_code == 404, wrong


async def test_who_was_erased_is_nobody(pages: Pages) -> None:
    one = await number(pages, "p1@lichen.example")
    await erasing.forget(pages.office.desk, OPERATOR, "harfang", "p1@lichen.example")
    text = text_of((await pages.get("owner", f"{LOG}/{one}")).text)
    assert "Pia1" not in text
    assert "p1@" not in text
    assert "They were erased since" in text
    assert "It cannot be made again" in text
    assert (await pages.get("owner", f"{LOG}/{one}/message")).status_code == 404


async def test_replies_are_markup_for_nobody(pages: Pages) -> None:
    answer = await pages.get("owner", f"{LOG}/{await number(pages, 'p3@lichen.example')}")
    assert "No <b>such</b>" not in answer.text
