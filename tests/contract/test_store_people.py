"""People: taken in once, never written to again after a no, and never read by another (P6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.contract.desks import ALL, HARFANG, LICHEN, MASSIF, NOW, PACT, Office, entry, office_at

from communique.desk import consenting, importing, syncing
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.association import Term
from communique.domain.consent import Basis, Extent
from communique.domain.delivery import SkipReason
from communique.domain.imported import Imported
from communique.domain.log import LogFilter
from communique.domain.member import Admission, Admitted, Cause, Contact, Reach, Suppression
from communique.domain.seeking import Looked
from communique.errors import NotAllowed, NotFound
from communique.ports import Transaction
from communique.store import lapses as store_lapses
from communique.store.consent_tables import consents, suppressions
from communique.store.log import Log
from communique.store.subscribers import Subscribers
from communique.store.tables import (
    lists,
    members,
    subscribers,
    subscriptions,
)

A, B, C = "a@lichen.example", "b@lichen.example", "c@basalt.example"
OURS, THEIRS = "ours", "THEIRS"


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def take_in(office: Office, *entries: Any, **options: Any) -> Admitted:
    return (await imported(office, *entries, **options)).admitted


async def imported(
    office: Office, *entries: Any, dry_run: bool = False, **choices: Any
) -> Imported:
    return await importing.import_lines(
        *(office.desk, OPERATOR, "harfang", [], entries, "roster.csv"),
        importing.Choices(**choices),
        dry_run=dry_run,
    )


async def everything(office: Office) -> list[list[dict[str, Any]]]:
    tables = (members, subscribers, subscriptions, consents, suppressions)
    return [await office.rows(table) for table in tables]


async def test_importing_again_changes_no_row(office: Office) -> None:
    roster = [entry(A, "members", "partners"), entry(B)]
    assert await take_in(office, *roster) == Admitted(added=2)
    before = await everything(office)
    office.clock.forward(days=30)
    assert await take_in(office, *roster) == Admitted(unchanged=2)
    assert await everything(office) == before


async def test_a_dry_run_says_what_would_change_and_changes_nothing(office: Office) -> None:
    before = await everything(office)
    assert await take_in(office, entry(A), entry(B), dry_run=True) == Admitted(added=2)
    assert await everything(office) == before


async def test_whoever_changed_is_counted_once(office: Office) -> None:
    await take_in(office, entry(A), entry(B))
    moved = entry(A, "members", "partners", language="en", name="Anne")
    assert await take_in(office, moved, entry(B)) == Admitted(changed=1, unchanged=1)
    contact = await office.contact("harfang", A)
    assert (contact.given_name, contact.language, contact.lists) == (
        "Anne",
        "en",
        ("members", "partners"),
    )


async def test_two_spellings_of_an_address_are_one_person(office: Office) -> None:
    await take_in(office, entry("Zoé@lichen.example"))
    assert (await take_in(office, entry("ZOÉ@LICHEN.example"))).added == 0
    assert await office.count(subscribers) == 1


async def test_a_place_once_given_is_not_taken_by_an_import(office: Office) -> None:
    await take_in(office, entry(A, "members", "partners"))
    await take_in(office, entry(A, "members"))
    assert (await office.contact("harfang", A)).lists == ("members", "partners")


async def test_consent_keeps_its_first_day_and_follows_the_membership(office: Office) -> None:
    await take_in(office, entry(A))
    ended = replace(LICHEN, until=date(2027, 5, 31))
    assert await take_in(office, entry(A, member=ended)) == Admitted(changed=1)
    (row,) = await office.rows(subscriptions)
    assert (row["since"], row["lapses_on"]) == (date(2020, 1, 1), date(2029, 5, 31))


async def lapses(office: Office) -> dict[tuple[str, str], date | None]:
    """When each (address, list key)'s consent lapses."""
    query = (
        select(subscribers.c.address, lists.c.key, subscriptions.c.lapses_on)
        .join_from(subscriptions, subscribers)
        .join(lists, subscriptions.c.list_id == lists.c.id)
    )
    async with office.database.read() as transaction:
        rows = await transaction.connection.execute(query)
        return {(row.address, row.key): row.lapses_on for row in rows}


async def test_a_membership_that_ends_does_so_for_colleagues_who_are_not_in_the_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_lapses, "GROUP", 1)
    another = replace(LICHEN, reference="18", name="Basalt")
    await take_in(office, entry(A, "members", "partners"), entry(B), entry(C, member=another))
    ended = replace(LICHEN, until=date(2020, 1, 1))
    assert await take_in(office, entry(A, member=ended)) == Admitted(changed=1, lapsed=1)
    over = date(2022, 1, 1)
    assert await lapses(office) == {
        (A, "members"): over,
        (A, "partners"): None,
        (B, "members"): over,
        (C, "members"): None,
    }
    await take_in(office, entry(B, member=LICHEN), revive=True)  # it was a mistake
    assert set((await lapses(office)).values()) == {None}


async def test_whoever_moves_to_another_member_keeps_no_consent_of_the_first(
    office: Office,
) -> None:
    await take_in(office, entry(A, "members"))
    ended = replace(LICHEN, reference="18", until=date(2020, 1, 1))
    await take_in(office, entry(A, "partners", member=ended))
    assert await lapses(office) == {(A, "members"): date(2022, 1, 1), (A, "partners"): None}


async def test_a_lists_new_basis_holds_for_everybody_on_it(office: Office) -> None:
    ended = replace(LICHEN, until=date(2027, 1, 31))
    roster = [entry(A, "partners", member=ended, since=date(2026, 5, 1)), entry(B, member=ended)]
    await take_in(office, *roster)
    assert await lapses(office) == {(A, "partners"): None, (B, "members"): date(2029, 1, 31)}
    members_list, partners = HARFANG.lists
    for basis, lapses_then in (
        (Basis.MEMBERSHIP, date(2029, 1, 31)),
        (Basis.INQUIRY, date(2026, 11, 1)),
        (Basis.EXPRESS, None),
    ):
        changed = replace(HARFANG, lists=(members_list, replace(partners, basis=basis)))
        await office.sync(changed, MASSIF)
        now = await lapses(office)
        assert now == {(A, "partners"): lapses_then, (B, "members"): date(2029, 1, 31)}
        assert (await take_in(office, *roster)).unchanged == 2


async def test_a_renamed_member_changes_its_people(office: Office) -> None:
    await take_in(office, entry(A), entry(B))
    renamed = replace(LICHEN, name="Lichen inc.", sector="tools")
    assert await take_in(office, entry(A, member=renamed), entry(B, member=renamed)) == Admitted(
        changed=2
    )
    assert (await office.contact("harfang", B)).member == renamed


async def test_the_ledger_tells_each_consent_and_its_end(office: Office) -> None:
    await take_in(office, entry(A, "members", "partners"))
    token = await office.token("harfang", A, "partners")
    office.clock.forward(hours=1)
    await consenting.unsubscribe(office.desk, RECIPIENT, token, source="one-click")
    await consenting.unsubscribe(office.desk, RECIPIENT, token, source="one-click")
    await consenting.unsubscribe(office.desk, RECIPIENT, await office.token("harfang", A))
    ledger = [
        (row["word"], row["list_key"], row["basis"], row["source"], row["language"])
        for row in sorted(await office.rows(consents), key=lambda row: row["id"])
    ]
    assert ledger == [
        ("given", "members", "membership", "roster.csv", "fr"),
        ("given", "partners", "express", "roster.csv", "fr"),
        ("withdrawn", "partners", "express", "one-click", "fr"),
        ("withdrawn", "members", "membership", "page", "fr"),
    ]


async def test_whoever_is_suppressed_stays_so_when_imported(office: Office) -> None:
    await take_in(office, entry(A), entry(B))
    assert await consenting.suppress(
        office.desk, OPERATOR, "harfang", "A@Lichen.example", "a person"
    )
    assert not await consenting.suppress(office.desk, OPERATOR, "harfang", A, "again")
    assert await take_in(office, entry(A), entry(B)) == Admitted(unchanged=2, suppressed=1)
    reach = Reach(Extent.ALL, SkipReason.SUPPRESSED)
    assert (await office.contact("harfang", A)).suppressions == (reach,)
    assert await office.count(suppressions) == 1


async def test_a_contact_tells_every_suppression_the_widest_first(office: Office) -> None:
    await take_in(office, entry(A), entry(B))
    told = [
        Reach(Extent.ALL, SkipReason.COMPLAINED),
        Reach(Extent.JOINT, SkipReason.UNSUBSCRIBED),
        Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "members"),
        Reach(Extent.LIST, SkipReason.UNSUBSCRIBED, "partners"),
    ]
    for one in reversed(told[1:]):
        await office.say_no(A, one.scope, one.list_key)
    async with office.database.begin() as transaction:
        for cause in (Cause.DESK, Cause.COMPLAINT):
            await transaction.suppressions.add(Suppression("harfang", A, cause, "a: b c"), NOW)
    assert (await office.contact("harfang", A)).suppressions == tuple(told)
    assert (await office.contact("harfang", B)).suppressions == ()


async def test_an_address_may_be_suppressed_before_it_is_known(office: Office) -> None:
    await consenting.suppress(office.desk, OPERATOR, "harfang", A, "a person")
    assert await take_in(office, entry(A)) == Admitted(added=1, suppressed=1)


async def test_a_list_that_is_not_there_takes_nobody_in(office: Office) -> None:
    with pytest.raises(NotFound, match="no list “gone”"):
        await take_in(office, entry(A), entry(B, "gone"))
    assert await office.count(subscribers) == 0


# Apart (P6). Both associations know the same address; each knows it by another name.


def no(association: str) -> Suppression:
    return Suppression(association, A, Cause.DESK, "page")


async def _all(transaction: Transaction) -> object:
    some: tuple[dict[str, Any], ...] = (
        {},
        {"list_key": "members"},
        {"member": "company"},
    )
    return [
        one
        for options in some
        async for one in transaction.subscribers.all(ALL, "harfang", **options)
    ]


async def _other(transaction: Transaction) -> object:
    """Their people's numbers, asked for as ours."""
    found = []
    async for one in transaction.subscribers.all(ALL, "massif"):
        with pytest.raises(NotFound):
            await transaction.subscribers.get(ALL, "harfang", one.id)
        found.append(one.id)
    assert found
    ours = await transaction.subscribers.by_address(ALL, "harfang", A)
    assert ours is not None
    return await transaction.subscribers.get(ALL, "harfang", ours.id)


async def _admit(transaction: Transaction) -> object:
    known = (await transaction.subscribers.known(ALL, "harfang", [A]))[A]
    stays = Admission(known.id, known.member_id, known.subscriber, (), (), frozenset())
    await transaction.subscribers.admit("harfang", [stays], {}, OPERATOR, "roster.csv", NOW)
    return known


async def _ours(transaction: Transaction, act: Callable[[Contact], Awaitable[object]]) -> object:
    """Something done to our person, of an address that another association has as well."""
    contact = await transaction.subscribers.by_address(ALL, "harfang", A)
    assert contact is not None
    return await act(contact)


SUBSCRIBERS: dict[str, Callable[[Transaction], Awaitable[object]]] = {
    "admit": _admit,
    "here": lambda t: t.subscribers.here(ALL, "harfang", [A, B]),
    "anybody": lambda t: t.subscribers.anybody(ALL, "harfang"),
    "known": lambda t: t.subscribers.known(ALL, "harfang", [A, B]),
    "edit": lambda t: _ours(t, lambda one: t.subscribers.edit(one, given_name="Anne")),
    "get": _other,
    "by_address": lambda t: t.subscribers.by_address(ALL, "harfang", B),
    "all": _all,
    "hold": lambda t: t.subscribers.hold("harfang"),
    "hold_alone": lambda t: t.subscribers.hold_alone("harfang"),
    "on_list": lambda t: t.subscribers.on_list(ALL, "harfang", "members", 0, 100),
    "of_members": lambda t: t.subscribers.of_members(ALL, "harfang", range(1, 100), ["Roy"]),
    "page": lambda t: t.subscribers.page(
        ALL, "harfang", Looked(), NOW.date(), after=None, before=None, limit=10
    ),
    "former": lambda t: _ours(t, lambda one: t.subscribers.former(ALL, "harfang", one.id)),
    "merge": lambda t: _ours(
        t, lambda one: t.subscribers.merge(replace(one, id=0, address="was@lichen.example"), one)
    ),
    "moves": lambda t: t.subscribers.moves(ALL, "harfang", "", 100),
    "moved": lambda t: t.subscribers.moved(ALL, "harfang", [A, B]),
    "erase": lambda t: _ours(t, lambda one: t.subscribers.erase(one, "#0")),
}


def calls(noun: type) -> set[str]:
    return {name for name in vars(noun) if not name.startswith("_")}


async def two(office: Office) -> None:
    """`A` is known to both associations, `B` to Massif alone."""
    await office.admit("harfang", entry(A, member=replace(LICHEN, name=f"{OURS} company")))
    theirs = replace(LICHEN, name=f"{THEIRS} company", since=date(1999, 9, 9))
    await office.admit(
        "massif", *(entry(one, member=theirs, name=THEIRS, language="en") for one in (A, B))
    )


async def test_no_call_about_subscribers_reads_or_changes_anothers(office: Office) -> None:
    assert set(SUBSCRIBERS) == calls(Subscribers), "each call is tried"
    await two(office)

    async def massifs() -> list[list[dict[str, Any]]]:
        return [
            [row for row in rows if row.get("association_key") == "massif"]
            for rows in await everything(office)
        ]

    before = await massifs()
    for name, call in SUBSCRIBERS.items():
        async with office.database.begin() as transaction:
            read = repr(await call(transaction))
        assert THEIRS not in read, name
        assert B not in read, name
        assert "1999" not in read, name
    assert await massifs() == before
    assert (await office.contact("massif", A)).suppressions == ()


async def test_no_line_of_the_log_shows_anothers_people(office: Office) -> None:
    assert calls(Log) == {
        "summary",
        "summaries",
        "waiting_for",
        "lost",
        "lines",
        "line",
        "attempts",
        "last_attempt",
        "attempted_after",
        "page",
        "titles",
        "handed",
    }
    await two(office)
    await office.picked_up()
    await office.work()
    release = await office.release()
    only = LogFilter(association="harfang")
    async with office.database.read() as transaction:
        lines = [one async for one in transaction.log.lines(ALL, only)]
        page = await transaction.log.page(ALL, only, limit=10)
        handed = await transaction.log.handed(ALL, lines[0].delivery_id)
        news = await transaction.log.attempted_after(ALL, 0, only)
        summary = await transaction.log.summary(ALL, release.id, "harfang")
    assert [one.member for one in lines] == [f"{OURS} company"]
    assert [one.member for one in page] == [f"{OURS} company"]
    assert THEIRS not in repr(handed)
    assert [one.member for _, one in news] == [f"{OURS} company"]
    assert summary.snapshot == 1


async def test_a_no_to_one_association_is_none_to_another(office: Office) -> None:
    await two(office)
    await consenting.unsubscribe(
        office.desk, RECIPIENT, await office.token("harfang", A), Extent.ALL
    )
    await office.picked_up()
    async with office.database.read() as transaction:
        stands = {
            (one.association, one.address): one.state.value
            async for one in transaction.log.lines(ALL, LogFilter())
        }
    assert stands == {("harfang", A): "skipped", ("massif", A): "queued", ("massif", B): "queued"}


# What files declare.


async def test_terms_are_only_ever_appended(office: Office) -> None:
    renewed = Term(date(2027, 6, 4), date(2030, 6, 3))
    await office.sync(HARFANG, MASSIF, agreements=[replace(PACT, terms=(*PACT.terms, renewed))])
    with pytest.raises(NotAllowed, match="no longer has its term 2024-06-03 – 2027-06-03"):
        await office.sync(
            replace(HARFANG, phone="0"), MASSIF, agreements=[replace(PACT, terms=(renewed,))]
        )
    async with office.database.begin() as transaction:
        assert (await transaction.associations.agreement(ALL, "pact")).terms == (
            *PACT.terms,
            renewed,
        )
        assert (await transaction.associations.get(ALL, "harfang")).phone == HARFANG.phone
        assert await transaction.associations.in_force("pact", date(2030, 6, 3))
        assert not await transaction.associations.in_force("pact", date(2030, 6, 4))
        assert not await transaction.associations.in_force("gone", date(2030, 6, 3))
        assert await transaction.associations.in_force(None, date(1999, 1, 1))


@pytest.mark.parametrize("terms", [(), (replace(PACT.terms[0], ends=date(2025, 1, 1)),)])
async def test_a_dry_sync_refuses_what_a_sync_refuses(
    office: Office, terms: tuple[Term, ...]
) -> None:
    lost = replace(PACT, terms=terms)
    for dry_run in (True, False):
        with pytest.raises(NotAllowed, match="no longer has its term 2024-06-03 – 2027-06-03"):
            await syncing.sync(office.desk, OPERATOR, [HARFANG, MASSIF], [lost], dry_run=dry_run)


async def test_an_agreement_that_is_ended_early_is_not_in_force_from_that_day(
    office: Office,
) -> None:
    ended = replace(PACT, ended=date(2026, 1, 1))
    changes = (await syncing.sync(office.desk, OPERATOR, [HARFANG, MASSIF], [ended])).changes
    assert [(one.verb, str(one.what), str(one.detail)) for one in changes] == [
        ("change", "agreement pact", "not in force from 2026-01-01 on")
    ]
    async with office.database.begin() as transaction:
        assert await transaction.associations.agreements(ALL) == (ended,)
        assert await transaction.associations.in_force("pact", date(2025, 12, 31))
        assert not await transaction.associations.in_force("pact", date(2026, 1, 1))
    await office.sync(HARFANG, MASSIF, agreements=[PACT])
    async with office.database.begin() as transaction:
        assert await transaction.associations.in_force("pact", date(2026, 1, 1))


async def test_what_was_declared_comes_back_as_it_was(office: Office) -> None:
    async with office.database.read() as transaction:
        assert await transaction.associations.all(ALL) == (HARFANG, MASSIF)
        assert await transaction.associations.agreements(ALL) == (PACT,)


async def test_a_dry_sync_says_what_would_change_and_changes_nothing(office: Office) -> None:
    changed = replace(HARFANG, phone="0", lists=HARFANG.lists[:1])
    would = await syncing.sync(office.desk, OPERATOR, [changed], [PACT], dry_run=True)
    assert [(one.verb, str(one.what)) for one in would.changes] == [
        ("change", "association harfang"),
        ("keep", "list harfang/partners"),
        ("keep", "association massif"),
    ]
    removed = await syncing.sync(office.desk, OPERATOR, [HARFANG, MASSIF], [], dry_run=True)
    assert [(one.verb, str(one.what)) for one in removed.changes] == [("keep", "agreement pact")]
    async with office.database.read() as transaction:
        assert await transaction.associations.get(ALL, "harfang") == HARFANG
