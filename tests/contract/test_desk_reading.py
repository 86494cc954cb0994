"""What looking costs, and what checking holds up: statements, and other writers (P7)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update
from tests.contract.desks import (
    ALL,
    ALONE,
    APPROVERS,
    HARFANG,
    MASSIF,
    NOW,
    PACT,
    SPRING,
    Office,
    entry,
    office_at,
)

from communique.desk import Desk, approving, drafting, importing, inspecting, previewing
from communique.domain.actor import OPERATOR
from communique.domain.content import freeze
from communique.domain.delivery import DeliveryState
from communique.domain.event import Verb
from communique.domain.member import Entry
from communique.domain.release import Release, State
from communique.errors import CommuniqueError, NotAllowed
from communique.store import Database
from communique.store.tables import deliveries


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        await office.admit("harfang", "a@lichen.example")
        yield office


# What looking costs.


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement that the database is asked meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    engines = [one.sync_engine for one in (database._reading, database._writing)]
    for one in engines:
        event.listen(one, "before_cursor_execute", note)
    try:
        yield said
    finally:
        for one in engines:
            event.remove(one, "before_cursor_execute", note)


async def more(office: Office, numbers: range) -> None:
    """Releases that were submitted, and are approved, being sent and sent by turns."""
    templates = office.desk.press.templates("announcement")
    states = (State.APPROVED, State.SENDING, State.SENT, State.IN_REVIEW)
    async with office.database.begin() as transaction:
        for number in numbers:
            one = replace(ALONE, key=f"r{number}", state=states[number % 4])
            content = freeze(one, [HARFANG], templates)
            await transaction.releases.freeze(content, NOW)
            await transaction.releases.add(replace(one, content_hash=content.hash), NOW)


@pytest.mark.parametrize(
    "look",
    [inspecting.releases, inspecting.under_way, inspecting.changed],
    ids=lambda it: it.__name__,
)
async def test_looking_at_many_releases_asks_no_more_than_looking_at_few(
    office: Office, look: Callable[..., Awaitable[Any]]
) -> None:
    await more(office, range(8))
    with statements(office.database) as few:
        await look(office.desk, OPERATOR)
    await more(office, range(8, 80))
    with statements(office.database) as many:
        await look(office.desk, OPERATOR)
    assert len(many) == len(few) <= 12


async def test_why_each_release_waits_is_one_question_and_the_most_common_reason(
    office: Office,
) -> None:
    people = [f"p{number}@lichen.example" for number in range(3)]
    await office.admit("harfang", *people)
    keys = ("one", "two", "three")
    for key in keys:
        await office.queued(*people, release=replace(ALONE, key=key))
    waiting = {"one": ["busy", "busy", "full"], "two": ["full", "full", "full"]}
    async with office.database.begin() as transaction:
        for key, reasons in waiting.items():
            release_id = (await transaction.releases.get(ALL, key)).id
            found = select(deliveries.c.id).where(deliveries.c.release_id == release_id)
            ids = list((await transaction.connection.execute(found)).scalars())
            for delivery, reason in zip(ids, reasons, strict=False):
                await transaction.connection.execute(
                    update(deliveries)
                    .where(deliveries.c.id == delivery)
                    .values(reason=reason, cause=reason, state="deferred", due_at=NOW)
                )
    releases = [await office.release(key) for key in keys]
    with statements(office.database) as said:
        why = await inspecting.waiting_for(office.desk, OPERATOR, releases)
    assert {key: (one[0].cause, one[0].count) for key, one in why.items()} == {
        "one": ("busy", 2),
        "two": ("full", 3),
    }
    assert sum("cause" in one for one in said) == 1


async def test_whoever_is_in_hand_or_done_waits_for_nothing_whatever_is_noted_of_it(
    office: Office,
) -> None:
    release = await office.queued(*(f"{state}@lichen.example" for state in DeliveryState))
    async with office.database.begin() as transaction:
        for state in DeliveryState:
            await transaction.connection.execute(
                update(deliveries)
                .where(deliveries.c.address == f"{state}@lichen.example")
                .values(cause=state.value, state=state.value, due_at=NOW)
            )
    [why] = (await inspecting.waiting_for(office.desk, OPERATOR, [release])).values()
    assert {one.cause for one in why} == {"queued", "deferred", "unknown"}


async def test_releases_come_by_pages_each_with_its_sums(office: Office) -> None:
    await office.picked_up(ALONE)
    await office.work()
    await more(office, range(4))
    first = await inspecting.releases(office.desk, OPERATOR, limit=3)
    second = await inspecting.releases(office.desk, OPERATOR, after=first[-1][0].id, limit=3)
    assert [one.key for one, _ in first + second] == ["r3", "r2", "r1", "r0", "spring"]
    assert await inspecting.releases(office.desk, OPERATOR, after=second[-1][0].id) == []
    for one, sums in first + second:
        assert sums == await office.summary(one.key)
    assert second[-1][1].snapshot == 1


async def test_pages_are_followed_to_their_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are under way, or were submitted: none is looked over."""
    monkeypatch.setattr(inspecting, "PAGE", 3)
    await more(office, range(10))
    stands = {one.key for one, _ in await inspecting.under_way(office.desk, OPERATOR)}
    assert stands == {"r0", "r1", "r4", "r5", "r8", "r9"}
    assert await inspecting.changed(office.desk, OPERATOR) == {}
    await office.sync(replace(HARFANG, phone="0"), MASSIF, agreements=[PACT])
    changed = await inspecting.changed(office.desk, OPERATOR)
    assert changed == {key: ["association harfang"] for key in ["r8", "r7", "r4", "r3", "r0"]}
    assert await inspecting.changed(office.desk, OPERATOR, ["r3", "r2"]) == {
        "r3": ["association harfang"]
    }


# What checking holds up.


class Held:
    """A real press that stays in its middle, in whatever thread it is asked, until it may go on."""

    def __init__(self, desk: Desk) -> None:
        self._press = desk.press
        self._loop = asyncio.get_running_loop()
        self.entered = asyncio.Event()
        self.gate = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._press, name)

    def _hold(self) -> None:
        assert threading.current_thread() is not threading.main_thread(), "the loop stands still"
        self._loop.call_soon_threadsafe(self.entered.set)
        assert self.gate.wait(60), "nobody got on meanwhile"

    def check(self, *content: Any) -> Sequence[CommuniqueError]:
        """See `ports.Press`."""
        self._hold()
        return self._press.check(*content)

    def templates(self, kind: str) -> Mapping[str, str]:
        """See `ports.Press`."""
        self._hold()
        return self._press.templates(kind)


async def while_held(
    office: Office, act: Callable[[Desk], Awaitable[Any]], meanwhile: Callable[[], Awaitable[Any]]
) -> Any:
    """Do `act`, and something else, whole, while its press is at work."""
    press = Held(office.desk)
    acting = asyncio.ensure_future(act(replace(office.desk, press=press)))
    try:
        await asyncio.wait(
            [acting, asyncio.ensure_future(press.entered.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        assert not acting.done(), "it never asked the press"
        await meanwhile()
    finally:
        press.gate.set()
    return await acting


async def submitted(office: Office) -> None:
    await drafting.file(office.desk, OPERATOR, SPRING)
    await drafting.submit(office.desk, OPERATOR, "spring")


async def approve(desk: Desk) -> Any:
    return await approving.approve(desk, OPERATOR, "spring", "harfang", APPROVERS["harfang"])


ACTS: dict[str, Callable[[Desk], Awaitable[Any]]] = {
    "submit": lambda desk: drafting.submit(desk, OPERATOR, "spring"),
    "approve": approve,
    "preview": lambda desk: previewing.preview(desk, OPERATOR, "spring", "harfang"),
    "changed": lambda desk: inspecting.changed(desk, OPERATOR),
}


@pytest.mark.parametrize("name", ACTS)
async def test_what_renders_or_reads_a_file_keeps_no_other_writer_waiting(
    office: Office, name: str
) -> None:
    """Not the loop and not the database: somebody's no is taken while it goes on."""
    if name in ("approve", "changed"):
        await submitted(office)
    else:
        await drafting.file(office.desk, OPERATOR, SPRING)

    async def write() -> None:
        await office.admit("harfang", "new@lichen.example")

    await while_held(office, ACTS[name], write)
    assert (await office.contact("harfang", "new@lichen.example")).lists == ("members",)
    states = {"submit": State.IN_REVIEW, "preview": State.DRAFT}
    assert await office.state() is states.get(name, State.IN_REVIEW)


async def test_a_spreadsheet_is_read_where_it_holds_up_nobody(office: Office) -> None:
    """Whoever breaks an import off waits for the reader: no file is closed under it."""
    loop = asyncio.get_running_loop()
    entered, gate = asyncio.Event(), threading.Event()

    def lines() -> Iterator[Entry]:
        loop.call_soon_threadsafe(entered.set)
        assert gate.wait(60), "the loop stands still"
        yield entry("late@lichen.example")

    task = asyncio.ensure_future(
        importing.import_lines(office.desk, OPERATOR, "harfang", [], lines(), "people.csv")
    )
    await entered.wait()
    await office.admit("harfang", "new@lichen.example")
    task.cancel()
    await asyncio.wait([task], timeout=0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with office.database.read() as transaction:
        come = [one.address async for one in transaction.subscribers.all(ALL, "harfang")]
    assert come == ["a@lichen.example", "new@lichen.example"]


EDITED = replace(SPRING, link="https://www.harfang.example/other")


@pytest.mark.parametrize("name", ["submit", "approve"])
@pytest.mark.parametrize("what", ["the release", "what a party declares"])
async def test_what_changed_while_it_was_checked_is_not_taken_for_checked(
    office: Office, name: str, what: str
) -> None:
    if name == "approve":
        await submitted(office)
    else:
        await drafting.file(office.desk, OPERATOR, SPRING)

    async def change() -> None:
        if what == "the release":
            await drafting.file(office.desk, OPERATOR, EDITED)
        else:
            changed = replace(HARFANG, phone="0")
            async with office.database.begin() as transaction:
                await transaction.associations.save(changed, NOW)

    with pytest.raises(NotAllowed, match="somebody else just changed “spring”"):
        await while_held(office, ACTS[name], change)
    async with office.database.read() as transaction:
        release: Release = await transaction.releases.get(ALL, "spring")
        assert await transaction.releases.approvals(ALL, release.id) == ()
        last = (await transaction.events.history(ALL, release.id))[-1]
    assert last.verb is not Verb.APPROVE
    in_review = name == "approve" and what != "the release"
    assert release.state is (State.IN_REVIEW if in_review else State.DRAFT)


async def test_what_changed_while_it_was_picked_up_is_looked_at_again(office: Office) -> None:
    """At the tick at which it was compared it does not go; at the next it is void."""
    await office.approved()

    async def change() -> None:
        async with office.database.begin() as transaction:
            await transaction.associations.save(replace(HARFANG, phone="0"), NOW)

    async def pick_up(desk: Desk) -> list[str]:
        return await replace(office, desk=desk).pick_up()

    assert await while_held(office, pick_up, change) == []
    assert await office.state() is State.APPROVED
    assert await office.pick_up() == []
    assert await office.state() is State.DRAFT
    assert "association harfang" in str((await office.release()).reason)
