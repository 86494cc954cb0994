"""docs/promises.md, each promise whole: one release of two associations and what may befall it.

Elsewhere each guard behind a promise is held by tests of its own:

| promise | here | and its guards |
|---|---|---|
| P1 accounted | `test_p1_…` | `test_store_log`, `test_store_claims` (settle, called off) |
| P2 nobody lost | `test_p2_…` | `test_store_claims` (recovery), `tests/acceptance/test_kill` |
| P3 copies owned up to | `test_p3_…` | `test_desk_sending` (bytes), `test_store_claims` (late) |
| P4 only what was approved | `test_p4_…` | `test_desk_releases`, `test_release` (hash) |
| P5 no means no | `test_p5_…` | `test_store_{claims,snapshot}`, `test_desk_sending` (races) |
| P6 apart | `test_p6_…` | `test_store_people` (every call) |
| P7 one bad apple | `test_p7_…` | `test_desk_sending`, `test_desk_scheduling` |
| P8 never late by surprise | `test_p8_…` | `test_desk_scheduling` |
| P9 bounded | `test_p9_…` | |
"""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from tests.contract.desks import ALL, ALONE, NOW, Office, entry, office_at
from tests.contract.fakes import OK, Scripted

from communique import roster
from communique.cli.log import write_log
from communique.cli.subscribers import write_subscribers
from communique.desk import consenting
from communique.domain.actor import RECIPIENT
from communique.domain.consent import Extent
from communique.domain.delivery import DeliveryState
from communique.domain.log import LogFilter
from communique.domain.outcome import Answer, Deferred, NotTried, Refused, Scope, Unknown
from communique.domain.release import State
from communique.ports import Outgoing
from communique.store.tables import contents, editions, lists, subscribers, subscriptions

HARFANGS = [f"h{number}@lichen.example" for number in range(6)]
MASSIFS = [f"m{number}@basalt.example" for number in range(4)]


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", *HARFANGS)
        await office.admit("massif", *(entry(one, language="en") for one in MASSIFS))
        yield office


def over(office: Office, transport: Scripted) -> Office:
    return replace(office, desk=replace(office.desk, transports={"default": transport}))


async def test_p1_the_sums_add_up_at_every_message(office: Office) -> None:
    answers: list[Answer] = [
        OK,
        Deferred("busy", Scope.RECIPIENT),
        Refused("gone", Scope.RECIPIENT, hard=True),
        Unknown("no reply"),
        NotTried("not now", 60),
    ]
    looks = []

    class Looking(Scripted):
        async def carry(self, mail: Outgoing) -> Answer:
            looks.append(await office.summary())
            return answers[len(looks) % len(answers)]

    await office.picked_up()
    for _ in range(12):
        await over(office, Looking()).work()
        summary = await office.summary()
        looks.append(summary)
        assert (await office.state() is State.SENT) == (summary.open == 0)
        office.clock.forward(hours=5)
    assert await office.state() is State.SENT
    assert {one.snapshot for one in looks} == {len(HARFANGS) + len(MASSIFS)}


async def test_p2_whoever_was_in_hand_at_a_crash_is_written_to_all_the_same(
    office: Office,
) -> None:
    tickets = await office.picked_up()
    for ticket in tickets:
        await office.claim(ticket, limit=3, joint=True)  # and then the process was gone
    async with office.database.begin() as transaction:
        await transaction.claims.recover(NOW, reason="crash", everything=True)
    await office.work()
    assert await office.state() is State.SENT
    assert sorted(one.recipient for one in office.transport.mails) == HARFANGS + MASSIFS


async def test_p3_a_copy_has_the_same_bytes_and_the_log_says_so(office: Office) -> None:
    lost = Scripted(lambda mail: Unknown("no reply") if mail.recipient == HARFANGS[0] else OK)
    await office.picked_up()
    await over(office, lost).work()
    office.clock.forward(minutes=7)
    await office.work()
    (first,), (second,) = lost.to(HARFANGS[0]), office.transport.to(HARFANGS[0])
    assert first.content == second.content
    assert len(office.transport.mails) == 1  # nobody else got one
    assert (await office.summary()).copies == 1
    ids = {message_from_bytes(one.content)["Message-ID"] for one in lost.mails}
    assert len(ids) == len(lost.mails)


async def test_p4_what_is_sent_is_the_content_that_every_party_approved(office: Office) -> None:
    await office.picked_up()
    for template in (office.home / "templates").rglob("*.html"):
        template.write_text("changed after the pick-up", encoding="utf-8")
    await office.work()
    bodies = {
        one.recipient: message_from_bytes(one.content, policy=policy.default).get_body()
        for one in office.transport.mails
    }
    assert len(bodies) == len(HARFANGS + MASSIFS)
    for address, body in bodies.items():
        assert body is not None
        text = body.get_content()
        assert "changed after" not in text
        assert ("Bonjour" if address in HARFANGS else "Hello") in text


async def test_p4_a_frozen_content_that_was_tampered_with_is_not_sent(office: Office) -> None:
    await office.picked_up()
    async with office.database.begin() as transaction:
        document = (await transaction.connection.execute(select(contents.c.document))).scalar_one()
        await transaction.connection.execute(
            update(contents).values(document=document.replace("Bonjour", "Bonsoir"))
        )
    await office.work()
    assert office.transport.mails == []
    release = await office.release()
    assert release.state is State.PAUSED
    assert "is not what was approved" in str(release.reason)


@pytest.mark.parametrize("scope", Extent)
async def test_p5_whoever_says_no_after_the_pick_up_is_not_written_to(
    office: Office, scope: Extent
) -> None:
    await office.picked_up()
    token = await office.token("harfang", HARFANGS[2])
    await consenting.unsubscribe(office.desk, RECIPIENT, token, scope)
    await office.work()
    assert office.transport.to(HARFANGS[2]) == []
    assert (await office.stands())[HARFANGS[2]] == "skipped: unsubscribed"
    assert (await office.summary()).skipped == {"unsubscribed": 1}
    assert await office.state() is State.SENT


async def test_p6_an_associations_mail_and_log_name_nobody_of_the_other(office: Office) -> None:
    await office.picked_up()
    await office.work()
    for mail in office.transport.mails:
        others = MASSIFS if mail.recipient in HARFANGS else HARFANGS
        assert not any(one.encode() in mail.content for one in others)
        host = "harfang" if mail.recipient in HARFANGS else "massif"
        message = message_from_bytes(mail.content, policy=policy.default)
        assert str(message["From"]).endswith(f"@{host}.example>")
    async with office.database.read() as transaction:
        ours = LogFilter(association="massif")
        assert [line.address async for line in transaction.log.lines(ALL, ours)] == MASSIFS


async def test_p7_one_reader_one_site_and_one_release_keep_nobody_else(office: Office) -> None:
    await office.admit("harfang", entry(HARFANGS[1], name="H\r\nBcc: x"))
    trouble = Deferred("the domain rests", Scope.SITE, retry_after=600)
    slow = Scripted(lambda mail: trouble if mail.recipient == HARFANGS[3] else OK)
    broken = await office.approved(replace(ALONE, key="broken"))
    async with office.database.begin() as transaction:
        await transaction.connection.execute(
            update(editions).where(editions.c.release_id == broken.id).values(body="not approved")
        )
    await office.picked_up()
    await over(office, slow).work()
    stands = await office.stands()
    assert stands.pop(HARFANGS[1]) == "failed"
    assert stands.pop(HARFANGS[3]) == "deferred"
    assert set(stands.values()) == {"sent"}
    assert await office.state("broken") is State.DRAFT


async def test_p8_what_is_late_asks_and_reaches_nobody(office: Office) -> None:
    await office.approved()
    office.clock.forward(hours=9)  # the machine was off until the evening
    assert await office.pick_up() == []
    await office.work()
    release = await office.release()
    assert release.state is State.MISSED
    assert release.reason
    assert office.transport.mails == []
    assert (await office.summary()).snapshot == 0


async def test_p9_a_snapshot_of_many_takes_no_more_memory_than_one_of_few(office: Office) -> None:
    """And so do writing its log and roster as CSV. (A million is measured by the bench.)"""

    async def taken(people: int, key: str) -> int:
        await _crowd(office, people)
        await office.approved(replace(ALONE, key=key))
        tracemalloc.start()
        await office.pick_up()
        async with office.database.read() as transaction:
            count = 0
            async for _ in transaction.log.lines(ALL, LogFilter(release=key)):
                count += 1
        assert count >= people
        await write_log(office.desk, LogFilter(release=key), Nowhere())
        with roster.table(Nowhere(), roster.heading()) as rows:
            await write_subscribers(office.desk, "harfang", None, rows)
        assert rows.count >= people
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    few = await taken(50, "few")
    few = min(few, await taken(200, "some"))
    many = await taken(6000, "many")
    assert many < few + 3_000_000
    assert (await office.summary("many")).states[DeliveryState.QUEUED] >= 6000


class Nowhere(StringIO):
    """Takes whatever is written, and keeps nothing."""

    def write(self, text: str) -> int:
        """It is gone."""
        return len(text)


async def _crowd(office: Office, people: int) -> None:
    """Subscribers straight into the store: a roster of thousands is not what is looked at."""
    known = await office.count(subscribers)
    async with office.database.begin() as transaction:
        connection = transaction.connection
        model = await transaction.subscribers.by_address(ALL, "harfang", HARFANGS[0])
        assert model is not None
        member = select(subscribers.c.member_id).where(subscribers.c.id == model.id)
        member_id = (await connection.execute(member)).scalar_one()
        rows = [
            {
                "association_key": "harfang",
                "member_id": member_id,
                "address": f"c{number}@lichen.example",
                "address_key": f"c{number}@lichen.example",
                "given_name": "C",
                "family_name": "Roy",
                "language": "fr",
                "role": "",
            }
            for number in range(known, known + people)
        ]
        await connection.execute(insert(subscribers), rows)
        members_list = (
            await connection.execute(
                select(lists.c.id).where(
                    lists.c.association_key == "harfang", lists.c.key == "members"
                )
            )
        ).scalar_one()
        new = await connection.execute(
            select(subscribers.c.id).where(
                subscribers.c.association_key == "harfang",
                subscribers.c.address.startswith("c"),
                subscribers.c.id.not_in(select(subscriptions.c.subscriber_id)),
            )
        )
        await connection.execute(
            insert(subscriptions),
            [
                {"list_id": members_list, "subscriber_id": one, "since": NOW.date()}
                for one in new.scalars()
            ],
        )
