"""A database of version 205e8f3: nothing in it is lost, and what had begun ends as it would have.

Whatever the schema becomes, these people, words and mails stand. What they are compared with was
made by that version itself (`tools/old_database.py`), and is never made anew to suit a change here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, Table, func, select
from tests.contract.desks import ALL, Office, entry, office_over, once
from tests.contract.kept import put
from tests.old import loading

from communique.desk import Policy, approving, consenting, drafting, inspecting, scheduling
from communique.desk.inspecting import Standing
from communique.domain.actor import OPERATOR
from communique.domain.consent import Extent, Word, place
from communique.domain.event import Event
from communique.domain.log import Line, LogFilter
from communique.domain.member import Contact
from communique.domain.release import State
from communique.ports import Outgoing
from communique.settings import Settings
from communique.store.migrations import newest, upgrade
from communique.wiring.keys import keyring

OLD = loading.read("205e8f3")
SHOWN, THEN, LEDGER = OLD["shown"], OLD["then"], OLD["tables"]["consents"]
NOES = OLD["tables"]["suppressions"]
UNSUBSCRIBED = [  # what was a suppression then, and is a person's own no by now
    one
    for one in (dict(zip(NOES["columns"], row, strict=True)) for row in NOES["rows"])
    if one["reason"] == "unsubscribed"
]
UNFINISHED, PAUSED, PENDING, APPROVED = "two-shores", "lanterns", "survey", "jubilee"
MISSED, DRAFT = "ice-road", "notes"
MOVED = {"release_events": "events"}  # where a table's rows are by now
CALLED = {"pick up": "pick_up", "refuse to send": "void"}  # what a verb of then is by now
DEFERRED = "thi-mai@algues.example"
RESENT = "dez@gannet.example"  # nobody knows whether the first copy arrived


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The old desk as it stood when its service stopped, under the code of today."""
    home = tmp_path / "desk"
    put(database_url, (await once(database_url, "old", upgraded)).content)
    loading.write_templates(OLD, home / "templates")
    settings = Settings(_env_file=None, home=home, keys=SecretStr(OLD["keys"]))
    policy = Policy(batch_size=OLD["batch_size"], public_url=OLD["public_url"])
    async with office_over(database_url, home, policy=policy, keyring=keyring(settings)) as office:
        office.clock.at = datetime.fromisoformat(OLD["stopped_at"])
        yield office


async def upgraded(url: str) -> None:
    loading.load(url, OLD)
    assert upgrade(url) == (OLD["revision"], newest())


# What the desk is asked, each in one place.


async def approve(office: Office, key: str) -> None:
    await approving.approve(office.desk, OPERATOR, key, "quay", "Rosalind O’Dell")


async def resume(office: Office, key: str) -> None:
    await scheduling.resume(office.desk, OPERATOR, key)


async def schedule(office: Office, key: str, send_at: str) -> None:
    await scheduling.schedule(office.desk, OPERATOR, key, send_at)


async def submit(office: Office, key: str) -> None:
    await drafting.submit(office.desk, OPERATOR, key)


async def standing(office: Office, key: str) -> Standing:
    return await inspecting.standing(office.desk, OPERATOR, key)


async def opened_by(office: Office, token: str) -> list[str]:
    """Whom an unsubscribe link opens: the association, the list and the address."""
    invited = await consenting.unsubscribe_link(office.desk, token)
    assert invited is not None
    return [invited.association.key, invited.list_key, invited.contact.address]


async def go_on(office: Office, key: str) -> list[Outgoing]:
    """Pick up and work what is due at the instants at which the old version did; the mails."""
    before = len(office.transport.mails)
    for instant in THEN[key]["at"]:
        office.clock.at = datetime.fromisoformat(instant)
        await office.pick_up()
        await office.work()
    return office.transport.mails[before:]


# What is shown, in the old version's words.


def standing_as_then(seen: Standing) -> dict[str, Any]:
    return {
        "state": seen.release.state.value,
        "reason": seen.release.reason,
        "sums": {state.value: count for state, count in seen.summary.states.items()},
        "skipped": dict(seen.summary.skipped),
        "open": seen.summary.open,
        "missing": list(seen.missing),
        "counting": [[one.association, one.person, one.word.value] for one in seen.counting],
    }


def event_as_then(event: Event) -> list[Any]:
    return [event.verb.value, event.state, event.at, str(event.detail)]


def line_as_then(line: Line) -> list[Any]:
    return [
        line.release,
        line.association,
        line.address,
        line.state.value,
        line.reason,
        line.attempts,
        line.code,
    ]


def contact_as_then(contact: Contact) -> list[Any]:
    return [
        contact.association,
        contact.address,
        contact.name,
        list(contact.lists),
        [[one.scope.value, one.reason.value, one.list_key] for one in contact.suppressions],
    ]


def mail_as_then(mail: Outgoing, like: dict[str, Any]) -> dict[str, Any]:
    """A mail as the old version noted its own; the parts of it that `like` has."""
    whole = {
        "recipient": mail.recipient,
        "sender": mail.sender,
        "message_id": message_from_bytes(mail.content)["Message-ID"],
        "sha256": hashlib.sha256(mail.content).hexdigest(),
        "content": mail.content.decode("ascii").split("\r\n"),
    }
    return {name: whole[name] for name in like}


def by_recipient(mails: Sequence[Outgoing]) -> dict[str, Outgoing]:
    found = {one.recipient: one for one in mails}
    assert len(found) == len(mails), "somebody was written to twice"
    return found


async def require_sent_as_then(office: Office, key: str, *, envelopes: bool = True) -> None:
    """Let a release go on to its end: the old version's mails, to the byte, and its sums (P1).

    `envelopes` compares the senders as well, which hold the number of a delivery: one that was
    there keeps its own, one made from now on has what the database gives.
    """
    mails = by_recipient(await go_on(office, key))
    expected = {one["recipient"]: dict(one) for one in THEN[key]["mails"]}
    if not envelopes:
        for one in expected.values():
            del one["sender"]
    assert {who: mail_as_then(mail, expected[who]) for who, mail in mails.items()} == expected
    seen = await standing(office, key)
    assert seen.release.state is State.SENT
    assert (standing_as_then(seen)["sums"], seen.summary.open) == (THEN[key]["sums"], 0)
    sent = len(office.transport.mails)
    await office.work()
    assert len(office.transport.mails) == sent


async def reflected(office: Office) -> dict[str, Table]:
    schema = MetaData()
    async with office.database.read() as transaction:
        await transaction.connection.run_sync(schema.reflect)
    return dict(schema.tables)


async def consents(office: Office) -> list[list[Any]]:
    """The ledger, but for its instants, which each database gives as another type."""
    ledger = (await reflected(office))["consents"]
    names = [name for name in LEDGER["columns"] if name != "at"]
    async with office.database.read() as transaction:
        query = select(*(ledger.c[name] for name in names)).order_by(ledger.c.id)
        return [list(row) for row in await transaction.connection.execute(query)]


# Nothing is lost. (Each of these takes a database of its own, so they are few.)


async def test_no_row_of_it_is_lost_and_what_was_approved_stands_to_the_letter(
    office: Office,
) -> None:
    tables = await reflected(office)
    counts = {}
    async with office.database.read() as transaction:
        for name in OLD["tables"]:
            query = select(func.count()).select_from(tables[MOVED.get(name, name)])
            counts[name] = (await transaction.connection.execute(query)).scalar_one()
        contents = tables["contents"].c
        frozen = (
            await transaction.connection.execute(select(contents.hash, contents.document))
        ).all()
    kept = {name: len(each["rows"]) for name, each in OLD["tables"].items()}
    assert counts == kept | {"suppressions": kept["suppressions"] - len(UNSUBSCRIBED)}
    documents = {hash_: document for hash_, document, *_ in OLD["tables"]["contents"]["rows"]}
    assert {row.hash: row.document for row in frozen} == documents
    assert all(hashlib.sha256(row.document.encode()).hexdigest() == row.hash for row in frozen)


async def test_releases_and_the_log_are_shown_as_they_stood(office: Office) -> None:
    for key, then in SHOWN["releases"].items():
        seen = await standing(office, key)
        assert standing_as_then(seen) | {"history": then["history"]} == then
        assert [event_as_then(one) for one in seen.history] == [
            [CALLED.get(verb, verb), state, datetime.fromisoformat(at), detail]
            for verb, state, at, detail in then["history"]
        ]
    lines = [
        line_as_then(one) async for one in inspecting.lines(office.desk, OPERATOR, LogFilter())
    ]
    assert sorted(lines, key=json.dumps) == sorted(SHOWN["lines"], key=json.dumps)


async def test_everybody_is_there_and_what_they_said_and_their_links_open(office: Office) -> None:
    contacts = [
        contact_as_then(one)
        for association in ("fjord", "quay")
        async for one in inspecting.subscribers(office.desk, OPERATOR, association)
    ]
    assert contacts == SHOWN["contacts"]
    assert await consents(office) == [
        [value for name, value in zip(LEDGER["columns"], row, strict=True) if name != "at"]
        for row in LEDGER["rows"]
    ]
    for token, *whom in OLD["links"]:
        assert await opened_by(office, token) == whom
    await office.admit("fjord", entry("new@algues.example", "membres"))
    newcomer = await office.contact("fjord", "new@algues.example")
    assert newcomer.id > len(contacts)


async def test_whoever_unsubscribed_withdrew_as_far_as_they_said_and_can_take_it_back(
    office: Office,
) -> None:
    assert UNSUBSCRIBED
    for one in UNSUBSCRIBED:
        association, extent = one["association_key"], Extent(one["scope"])
        contact = await office.contact(association, one["address_key"])
        async with office.database.read() as transaction:
            said = await transaction.consents.of(ALL, association, contact.id)
            places = await transaction.consents.places(ALL, association, contact.id)
            host = await transaction.associations.get(ALL, association)
            assert await transaction.suppressions.of(ALL, association, [one["address_key"]]) == ()
        told = [
            (each.extent, each.list_key, each.evidence.source)
            for each in said
            if each.word is Word.WITHDRAWN
        ]
        assert (extent, one["list_key"], one["source"]) in told
        for key, stands in places.items():
            basis = host.list_named(key).basis
            assert place(said, key, basis, contact.member.until) == stands
        reached = [one["list_key"]] if one["list_key"] else list(places)
        assert all(extent in places[key].said_no for key in reached)
        await office.say_no(
            contact.address, extent, one["list_key"], association, word=Word.CONFIRMED
        )
        again = await office.contact(association, one["address_key"])
        assert not [each for each in again.suppressions if each.scope is extent]


# What was begun ends as it would have.


async def test_the_unfinished_release_goes_on_and_finishes(office: Office) -> None:
    await require_sent_as_then(office, UNFINISHED)


async def test_of_the_unfinished_release_nobody_gets_a_copy_but_whom_we_do_not_know_of(
    office: Office,
) -> None:
    tried = {one["recipient"]: one for one in OLD["sent"]}
    lines = await office.lines(LogFilter(release=UNFINISHED))
    again = {who for who in tried if lines[who].due_at is not None}
    assert again == {RESENT, DEFERRED}
    mails = by_recipient(await go_on(office, UNFINISHED))
    assert mails.keys() & tried.keys() == again
    # And that copy is the same message, as a mailbox that has the first can tell (P3).
    for who in again:
        assert mail_as_then(mails[who], tried[who]) == tried[who]
    assert (await standing(office, UNFINISHED)).summary.copies == 1


async def test_the_paused_release_is_resumed_and_finishes(office: Office) -> None:
    await go_on(office, UNFINISHED)
    await resume(office, PAUSED)
    await require_sent_as_then(office, PAUSED)


async def test_the_approval_that_was_given_counts_and_the_release_goes(office: Office) -> None:
    await go_on(office, UNFINISHED)
    await approve(office, PENDING)
    seen = await standing(office, PENDING)
    assert (seen.release.state, seen.missing) == (State.APPROVED, ())
    assert [one.association for one in seen.counting] == ["fjord", "quay"]
    await require_sent_as_then(office, PENDING, envelopes=False)


async def test_what_was_approved_is_unchanged_and_goes_at_its_hour(office: Office) -> None:
    assert await inspecting.changed(office.desk, OPERATOR) == {}
    await go_on(office, UNFINISHED)
    await require_sent_as_then(office, APPROVED, envelopes=False)


async def test_what_is_not_under_way_can_be_set_going(office: Office) -> None:
    await schedule(office, MISSED, "2026-05-05T09:00")
    assert await office.state(MISSED) is State.APPROVED
    await submit(office, DRAFT)
    assert await office.state(DRAFT) is State.IN_REVIEW
