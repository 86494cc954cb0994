"""A copy is the first message to the byte, whatever was set, edited or synced between them (P3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import ALONE, HARFANG, LISTS, Office, entry, office_at
from tests.contract.fakes import OK, Scripted

from communique.declared import starter
from communique.desk import Desk, Policy
from communique.domain.agreement import Beyond
from communique.domain.association import Sender
from communique.domain.outcome import Answer, Scope, Unknown
from communique.domain.token import Key, Keyring
from communique.messages.press import Press
from communique.ports import Outgoing
from communique.store.tables import releases

A = "a@lichen.example"
LOST = Unknown("connection lost after the dot", Scope.RECIPIENT, None)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", A)
        yield office


def once_lost() -> Scripted:
    """Of the first message the end is not known, of the next it is."""
    answers: Iterator[Answer] = iter([LOST, OK])

    def answer(_: Outgoing) -> Answer:
        return next(answers)

    return Scripted(answer)


def otherwise(desk: Desk, tmp_path: Path) -> Desk:
    """The same desk with everything that can be set set differently.

    A field of Desk or of Policy that comes to be must be turned here as well.
    """
    starter.begin(tmp_path / "other")
    for path in (tmp_path / "other" / "templates").rglob("*.j2"):
        path.write_text("other " + path.read_text(encoding="utf-8"), encoding="utf-8")
    policy = Policy(
        late_after=timedelta(hours=3),
        batch_size=7,
        lease=timedelta(minutes=33),
        reply_within=1.0,
        public_url="https://elsewhere.example/desk/",
        beyond_term=Beyond.REFUSE,
        session_idle=timedelta(minutes=9),
        session_lifetime=timedelta(days=3),
    )
    assert all(getattr(policy, one.name) != getattr(Policy(), one.name) for one in fields(Policy))
    assert {one.name for one in fields(Desk)} == {
        *("store", "press", "keyring", "clock", "transports", "routes", "policy"),
    }
    new = Key("b", b"n" * 32)
    return replace(
        desk,
        press=Press(tmp_path / "other" / "templates"),
        keyring=Keyring((new, *desk.keyring.keys)),
        policy=policy,
        routes={"default": "elsewhere.example"},
    )


async def change_all_that_is_declared(office: Office) -> None:
    """Sync an association that has changed in all that shows, and file its people anew."""
    await office.sync(
        replace(
            HARFANG,
            names={"fr": "Autre", "en": "Other"},
            sender=Sender({"fr": "Autre"}, "autre@autre.example", "reponse@autre.example"),
            list_domain="listes.autre.example",
            postal_address="2, rue du Sud",
            phone="+1 418 555-0199",
            web="https://autre.example",
            contact="autre@autre.example",
            lists=tuple(replace(one, names={"fr": "Autrement"}) for one in LISTS),
        )
    )
    await office.admit("harfang", entry(A, language="en", name="Autrement"))


async def test_a_copy_has_the_same_bytes_whatever_was_set_meanwhile(
    office: Office, tmp_path: Path
) -> None:
    transport = once_lost()
    through = replace(office, desk=replace(office.desk, transports={"default": transport}))
    await through.picked_up(ALONE)
    await through.work()
    assert await office.stands() == {A: "unknown"}

    await change_all_that_is_declared(office)
    other = replace(through, desk=otherwise(through.desk, tmp_path))
    office.clock.forward(hours=1)
    await other.work()
    first, copy = transport.mails
    assert (copy.sender, copy.recipient) == (first.sender, first.recipient)
    assert copy.content == first.content
    assert await office.stands() == {A: "sent"}

    # What is begun under the new settings shows that they would have made another message.
    again = replace(ALONE, key="again")
    anew = replace(other, desk=replace(other.desk, transports={"default": office.transport}))
    await anew.picked_up(again)
    await anew.work()
    [mail] = office.transport.mails
    assert b"https://elsewhere.example/desk/u/" in mail.content
    assert ".b." in mail.sender
    assert b"elsewhere" not in copy.content
    assert ".b." not in copy.sender


async def test_a_release_of_a_version_that_kept_nothing_goes_as_is_set_now(office: Office) -> None:
    await office.picked_up(ALONE)
    async with office.database.begin() as transaction:
        nothing = update(releases).values(public_url=None, key_id=None)
        await transaction.connection.execute(nothing)
    await office.work()
    [mail] = office.transport.mails
    assert f"{office.desk.policy.public_url}/u/".encode() in mail.content


async def test_where_the_key_of_then_is_lost_the_first_one_signs(office: Office) -> None:
    """Whoever declared it lost was told that its links are dead."""
    await office.picked_up(ALONE)
    keyring = Keyring((Key("b", b"n" * 32),), frozenset({"a"}))
    await replace(office, desk=replace(office.desk, keyring=keyring)).work()
    [mail] = office.transport.mails
    assert ".b." in mail.sender
