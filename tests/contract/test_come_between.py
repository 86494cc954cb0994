"""Nothing comes between what is read of a person and what is done about it (P5, P11).

Somebody else's act is begun and not committed yet; then the desk's own, which is to see it. SQLite
has one writer, so there nothing could come between but what was read before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from tests.contract.desks import (
    ALL,
    ALONE,
    NOW,
    TODAY,
    Office,
    office_at,
    settled_or_blocked,
)

from communique.desk import allowing, consenting, correcting, erasing, inspecting, recording
from communique.desk.allowing import Yes
from communique.domain.actor import OPERATOR, RECIPIENT, SERVICE
from communique.domain.consent import Evidence, Extent, Word
from communique.domain.delivery import DeliveryState, NextStep, Result, Ticket
from communique.domain.member import Cause, Contact, Suppression
from communique.domain.outcome import Refused, Reply, Scope
from communique.errors import NotAllowed, NotFound
from communique.ports import Transaction
from communique.store.consent_tables import suppressions

OLD, OTHER, NEW = "ann@lichen.example", "anne@lichen.example", "ann@mousse.example"
NOBODY = Refused("550 5.1.1 nobody", Scope.RECIPIENT, Reply(550, "5.1.1", "nobody"), hard=True)

Act = Callable[[Transaction, Contact, Contact], Awaitable[None]]
T = TypeVar("T")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", OLD, OTHER)
        yield office


async def meanwhile(office: Office, act: Act, done: Awaitable[T]) -> T:
    """What comes of `done`, which is begun when `act` is not committed yet."""
    async with office.database.begin() as transaction:
        old, other = [
            await transaction.subscribers.by_address(ALL, "harfang", one) for one in (OLD, OTHER)
        ]
        assert old
        assert other
        await transaction.subscribers.hold_alone("harfang")  # as whoever does any of these
        await act(transaction, old, other)
        task = await settled_or_blocked(office.database, done)
    return await task


async def merged(transaction: Transaction, old: Contact, other: Contact) -> None:
    await transaction.subscribers.merge(old, other)


async def moved(transaction: Transaction, old: Contact, _: Contact) -> None:
    await transaction.subscribers.edit(old, address=NEW)


async def says_no(
    office: Office,
    transaction: Transaction,
    old: Contact,
    _: Contact,
    extent: Extent = Extent.ALL,
    key: str = "",
) -> None:
    host = await transaction.associations.get(ALL, "harfang")
    evidence = Evidence("page", "fr")
    word = Word.WITHDRAWN
    no = consenting.said(office.desk, word, old, host, RECIPIENT, evidence, extent, key)
    await consenting.say_no(office.desk, transaction, no, RECIPIENT)


async def barred(office: Office, address: str) -> bool:
    return (await office.contact("harfang", address)).suppressed


async def test_who_leaves_while_two_records_become_one_is_gone_from_the_one_that_stays(
    office: Office,
) -> None:
    token = await office.token("harfang", OLD)
    leaving = consenting.unsubscribe(office.desk, RECIPIENT, token, Extent.ALL)
    await meanwhile(office, merged, leaving)
    assert await barred(office, OTHER)


async def test_who_comes_back_while_two_records_become_one_is_back_as_the_one_that_stays(
    office: Office,
) -> None:
    await office.say_no(OTHER)
    token = await office.token("harfang", OLD)
    back = allowing.take_back(office.desk, RECIPIENT, token, Extent.ALL, "", Evidence("page", "fr"))
    await meanwhile(office, merged, back)
    assert not await barred(office, OTHER)


@pytest.mark.parametrize("how", ["suppressed", "by telephone"])
async def test_a_no_that_is_said_while_somebody_moves_is_theirs_at_the_new_address(
    office: Office, how: str
) -> None:
    if how == "suppressed":
        await meanwhile(
            office, moved, consenting.suppress(office.desk, OPERATOR, "harfang", OLD, "a letter")
        )
        assert await barred(office, NEW)
    else:
        leaving = consenting.leave(office.desk, OPERATOR, "harfang", OLD, "told us", Extent.ALL)
        await meanwhile(office, merged, leaving)
        assert await barred(office, OTHER)


async def test_a_no_that_is_said_while_its_record_is_merged_goes_along(office: Office) -> None:
    move = correcting.move(office.desk, OPERATOR, "harfang", OLD, OTHER, merge=True)
    await meanwhile(office, partial(says_no, office), move)
    assert await barred(office, OTHER)


async def test_what_is_lifted_is_what_whoever_asked_for_it_is_told(office: Office) -> None:
    async def suppress(transaction: Transaction, *_: Contact) -> None:
        no = Suppression("harfang", OLD, Cause.DESK, "they wrote to us just now")
        await consenting.say_no(office.desk, transaction, no, OPERATOR)

    async with office.database.begin() as transaction:
        await transaction.suppressions.add(
            Suppression("harfang", OLD, Cause.HARD_BOUNCE, "smtp"), NOW
        )
    allow = allowing.allow(office.desk, OPERATOR, "harfang", OLD, "it works again")
    allowed = await meanwhile(office, suppress, allow)
    told = {one.cause for one in allowed.lifted}
    left = {Cause(row["cause"]) for row in await office.rows(suppressions)}
    assert told | left == {Cause.DESK, Cause.HARD_BOUNCE}
    assert not told & left


async def test_a_yes_undoes_no_no_that_is_newer_though_it_came_just_now(office: Office) -> None:
    yes = Yes(TODAY - timedelta(days=1), Extent.LIST, "members")
    leaves = partial(says_no, office, extent=Extent.LIST, key="members")
    allow = allowing.allow(office.desk, OPERATOR, "harfang", OLD, "a letter", yes)
    with pytest.raises(NotAllowed, match="after that yes"):
        await meanwhile(office, leaves, allow)
    assert (await office.contact("harfang", OLD)).suppressions


async def test_who_is_erased_while_two_records_become_one_is_gone_as_both(office: Office) -> None:
    await meanwhile(office, merged, erasing.forget(office.desk, OPERATOR, "harfang", OLD))
    people = inspecting.subscribers(office.desk, OPERATOR, "harfang")
    assert [one.address async for one in people] == []


async def test_who_is_erased_while_somebody_corrects_them_gets_no_name_again(
    office: Office,
) -> None:
    async def erased(transaction: Transaction, old: Contact, _: Contact) -> None:
        await transaction.subscribers.erase(old, "#mark")

    edit = correcting.edit(office.desk, OPERATOR, "harfang", OLD, given_name="Anne")
    with pytest.raises(NotFound):
        await meanwhile(office, erased, edit)


async def test_a_group_with_bounces_waits_before_it_holds_what_a_no_is_to_end(
    office: Office,
) -> None:
    """Else each waits for the other, and one of them fails."""
    release = await office.queued(OLD, OTHER, release=ALONE)
    one, two = await office.claim(Ticket(release.id, 1), begun=False)
    failed = NextStep(DeliveryState.FAILED, None, "nobody")
    results = [Result(each, failed, NOBODY, "default", NOW, 0.1) for each in (one, two)]

    async def record() -> int:
        async with office.database.begin() as transaction:
            return len((await recording.write(office.desk, transaction, results)).counted)

    async with office.database.begin() as transaction:
        await transaction.subscribers.hold_alone("harfang")
        task = await settled_or_blocked(office.database, record())
        no = Suppression("harfang", OLD, Cause.COMPLAINT, "a report")
        await consenting.say_no(office.desk, transaction, no, SERVICE)
    assert await task == 1  # the other was not begun, and nothing of it counts
