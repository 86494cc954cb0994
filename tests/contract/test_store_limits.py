"""What may keep others waiting on PostgreSQL, and for how long; and that no hot statement grows
with the past, on either database.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, make_url, text
from tests.contract.desks import (
    ALL,
    ALONE,
    HARFANG,
    LICHEN,
    MASSIF,
    NOW,
    PACT,
    TODAY,
    Office,
    entry,
    office_at,
    office_over,
)
from tests.contract.fakes import OK

from communique.desk.joining import DISTRIBUTED
from communique.desk.sharing import Sharing
from communique.domain.delivery import DeliveryState, NextStep, Result, Ticket
from communique.domain.log import LogFilter
from communique.domain.watching import Process
from communique.errors import StoreUnavailable
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store import Database
from communique.store import database as database_module
from communique.store.explaining import explain
from communique.store.postgresql import WRITING
from communique.store.tables import members

A, B = "a@lichen.example", "b@lichen.example"
ONE = 1 << 40 | 5
PAST = 50_000
SUMMER = replace(ALONE, key="summer")


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


async def shown(url: str, name: str, *, writing: bool = True) -> str:
    database = Database(url)
    try:
        async with database.begin() if writing else database.read() as transaction:
            found = await transaction.connection.execute(text(f"SHOW {name}"))
            return str(found.scalar_one())
    finally:
        await database.close()


async def run(url: str, statement: str) -> None:
    database = Database(url)
    try:
        async with database.begin() as transaction:
            await transaction.connection.execute(text(statement))
    finally:
        await database.close()


# Limits.


@pytest.mark.parametrize(
    ("name", "writing", "reading"),
    [
        ("lock_timeout", "30s", "30s"),
        ("statement_timeout", "5min", "5min"),
        ("idle_in_transaction_session_timeout", "15s", "30min"),
        ("transaction_isolation", "read committed", "repeatable read"),
        ("transaction_read_only", "off", "on"),
        ("timezone", "UTC", "UTC"),
    ],
)
async def test_nothing_of_ours_keeps_others_waiting_for_ever(
    postgresql_url: str, name: str, writing: str, reading: str
) -> None:
    assert await shown(postgresql_url, name) == writing
    assert await shown(postgresql_url, name, writing=False) == reading


async def test_what_the_url_says_stands(postgresql_url: str) -> None:
    url = f"{postgresql_url}&options=-c%20lock_timeout%3D7s&connect_timeout=3"
    assert await shown(url, "lock_timeout") == "7s"
    assert await shown(url, "statement_timeout") == "5min"


OTHERWISE = {
    "bytea_output": "escape",
    "client_encoding": "LATIN1",
    "datestyle": "SQL, DMY",
    "default_transaction_deferrable": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "1ms",
    "intervalstyle": "iso_8601",
    "lock_timeout": "1ms",
    "statement_timeout": "1ms",
    "synchronous_commit": "off",
    "timezone": "Asia/Kolkata",
}


@pytest.mark.parametrize("whose", ["database", "role"])
async def test_what_is_set_otherwise_does_not_hold_for_us(
    postgresql_url: str, tmp_path: Path, whose: str
) -> None:
    """The driver reads one date style, and raised what nobody caught for any other."""
    url = make_url(postgresql_url)
    theirs = f"DATABASE {url.database}" if whose == "database" else "ROLE otherwise"
    if whose == "role":
        await run(postgresql_url, "CREATE ROLE otherwise LOGIN SUPERUSER")
    ours = (url.set(username="otherwise") if whose == "role" else url).render_as_string()
    try:
        async with office_at(postgresql_url, tmp_path / "desk"):
            pass
        for name, value in OTHERWISE.items():
            await run(postgresql_url, f"ALTER {theirs} SET {name} = '{value}'")
        async with office_over(ours, tmp_path / "desk") as office:
            await office.queued(A)
            assert (await office.lines())[A].due_at == NOW
            assert await shown(ours, "synchronous_commit") == "on"
    finally:
        if whose == "role":
            await run(postgresql_url, "DROP ROLE otherwise")


async def test_who_waits_for_a_lock_for_too_long_is_told_what_to_do(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        release = await office.queued(A)
        async with office.database.begin() as transaction:
            await transaction.releases.hold(release.id)
            with pytest.raises(StoreUnavailable, match="lock timeout") as told:
                await hold_briefly(office, release.id)
    assert "try again" in (told.value.advice or "")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("55P03", "another transaction holds"),
        ("57014", "very busy"),
        ("42P01", "schema up to date"),
    ],
)
def test_what_to_do_is_known_whatever_language_the_server_speaks(number: str, advice: str) -> None:
    error = psycopg.errors.lookup(number)("annulation de la requête")
    assert advice in (explain(error, make_url("postgresql+psycopg:///desk")).advice or "")


async def test_a_starter_that_stands_still_keeps_nobody_from_showing_that_it_lives(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with office_at(postgresql_url, tmp_path / "desk") as office:
        process = Process("elsewhere", "boot", 1, 1)
        async with office.database.begin() as transaction:
            node = await transaction.nodes.enter(process, engine="x", roles=(), at=NOW)
        async with office.database.begin() as frozen:
            await frozen.nodes.all(hold=True)
            async with office.database.begin() as transaction:
                await transaction.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
                assert await transaction.nodes.beat(node)


async def test_who_waits_outlives_who_stands_still(postgresql_url: str, tmp_path: Path) -> None:
    """A process that is frozen in the middle is cut off before those behind it give up."""
    assert float(WRITING["idle_in_transaction_session_timeout"].removesuffix("s")) < float(
        WRITING["lock_timeout"].removesuffix("s")
    )
    limit = "options=-c%20idle_in_transaction_session_timeout=300ms"
    frozen = Database(f"{postgresql_url}&{limit}")

    async def stand_still(database: Database, release_id: int) -> None:
        async with frozen.begin() as transaction:
            await transaction.releases.hold(release_id)
            async with database.begin() as another:
                await another.releases.hold(release_id)
            await transaction.releases.hold(release_id)

    try:
        async with office_at(postgresql_url, tmp_path / "desk") as office:
            release = await office.queued(A)
            office.settle()
            with pytest.raises(StoreUnavailable, match="idle-in-transaction"):
                await stand_still(office.database, release.id)
    finally:
        await frozen.close()


async def hold_briefly(office: Office, release_id: int) -> None:
    async with office.database.begin() as transaction:
        await transaction.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await transaction.releases.hold(release_id)


async def test_a_server_that_is_silent_keeps_nobody_waiting(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_url)
    try:
        async with database.begin() as transaction:
            found = await transaction.connection.execute(text("SELECT pg_backend_pid()"))
            server = found.scalar_one()
        monkeypatch.setattr(database_module, "SILENCE", 0.2)
        os.kill(server, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await begin(database)
        finally:
            os.kill(server, signal.SIGCONT)
        monkeypatch.undo()
        await begin(database)
    finally:
        await database.close()


async def begin(database: Database) -> None:
    async with database.begin():
        pass


# Plans.


async def past(office: Office) -> None:
    """So many deliveries that are over, of a release of their own, that no plan can be careless."""
    old = await office.queued(B)
    columns = (
        "association_key, batch, state, address, given_name, family_name, language, role, member, "
        "sector, territory, kind, list_key, attempts, begun, ended_at"
    )
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PAST}) "
        if office.database.single
        else ""
    )
    series = "n" if office.database.single else f"generate_series(1, {PAST}) n(i)"
    async with office.database.begin() as transaction:
        if not office.database.single:  # its references need no check, which takes most of the time
            setting = "SET LOCAL session_replication_role = replica"
            await transaction.connection.execute(text(setting))
        await transaction.connection.execute(
            text(
                "INSERT INTO subscribers (association_key, member_id, address, address_key, "
                f"given_name, family_name, language, role) {numbers}SELECT association_key, "
                "member_id, 'p' || i, 'p' || i, '', '', 'fr', '' "
                f"FROM subscribers, {series} WHERE address_key = '{B}'"
            )
        )
        await transaction.connection.execute(
            text(
                f"INSERT INTO deliveries (release_id, subscriber_id, {columns}) SELECT release_id, "
                "subscribers.id, deliveries.association_key, 1 + subscribers.id % 40, 'sent', "
                "subscribers.address, '', '', 'fr', '', '', '', '', '', 'members', 1, "
                "deliveries.begun, deliveries.due_at FROM deliveries, subscribers "
                f"WHERE subscribers.address_key LIKE 'p%' AND deliveries.release_id = {old.id}"
            )
        )
        await transaction.connection.execute(
            text(
                "INSERT INTO attempts (delivery_id, number, outcome, scope, reply, transport, "
                "started_at, seconds) SELECT id, 1, 'accepted', 'recipient', '', '', ended_at, 0 "
                "FROM deliveries WHERE state = 'sent'"
            )
        )
        await transaction.connection.execute(text("ANALYZE"))


@contextmanager
def noted(office: Office) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed meanwhile."""
    statements: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engines = [one.sync_engine for one in (office.database._writing, office.database._reading)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
RELAY = Relay(host="127.0.0.1", port=9, tls="none")


async def plan(office: Office, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if office.database.single else "EXPLAIN"
    if isinstance(parameters, list):  # one plan for many rows
        parameters = parameters[0]
    async with office.database.begin() as transaction:
        found = await transaction.connection.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in found)


async def test_no_hot_statement_reads_all_that_ever_was(office: Office) -> None:
    await past(office)
    release = await office.queued(A, release=SUMMER)
    sharing = Sharing(office.desk, {"default": Pool(RELAY)}, {})
    service = office.service(kind=DISTRIBUTED, sharing=sharing)
    await service.work.begin()
    with noted(office) as statements:
        [one] = await office.claim(Ticket(release.id, 1), ONE, limit=1, begun=False)
        async with office.database.begin() as transaction:
            await transaction.claims.mark_begun(ONE, [one.delivery_id])
            await transaction.claims.refused(
                Ticket(release.id, 1), ONE, today=TODAY, in_force=True, joint=True
            )
            assert not await transaction.claims.lapsed({7})
            assert not await transaction.claims.lapsed({7}, alive={1, 2})
            assert not await transaction.claims.lapsed({7}, nodes={3}, alive={1, 2})
            await transaction.claims.recover(NOW, reason="", nodes={3}, alive={1, 2})
            await transaction.claims.put_back({ONE}, {(ONE, one.delivery_id)}, NOW)
            sent = Result(one, NextStep(DeliveryState.SENT, None), OK, "default", NOW, 0.25)
            later = NextStep(DeliveryState.DEFERRED, NOW + timedelta(hours=1))
            assert await transaction.results.record([sent._replace(step=later)], NOW)
            await transaction.batches.settle(Ticket(release.id, 1), NOW)
            await transaction.batches.unfinished(NOW)
        await office.claim(Ticket(release.id, 1), 7, limit=1)
        async with office.database.begin() as transaction:
            assert await transaction.claims.recover(NOW, reason="", everything=True) == 1
        for chore in service.work.chores:
            assert await service.work.may_run(chore)
            await chore.run()
    read = [(sql, given) for sql, given in statements if sql.startswith(EXPLAINED)]
    assert len(read) > 30
    for sql, given in read:
        found = await plan(office, sql, given)
        if not office.database.single and "lease_until <=" in sql and " OR " not in sql:
            assert "Index Cond: (lease_until <=" in found, "or it is asked of all that is in hand"
        assert not re.search(r"(SCAN|Seq Scan on) (deliveries|attempts|subscribers)\b", found), (
            f"{sql}\n{found}"
        )


async def test_companies_are_found_without_reading_all_of_an_association(office: Office) -> None:
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT "
        "'harfang', CAST(i AS TEXT), 'Lichen ' || i, '', '', '' FROM n"
    )
    async with office.database.begin() as transaction:
        into = "INSERT INTO members (association_key, reference, name, sector, territory, kind) "
        await transaction.connection.execute(text(into + many))
        await transaction.connection.execute(text("ANALYZE members"))
    with noted(office) as statements:
        async with office.database.begin() as transaction:
            found = await transaction.members.called(
                ALL, "harfang", ["7", "8"], ["Lichen 8", "Lichen 9", "lichen 9"]
            )
    assert [one.member.reference for one in found] == ["7", "8", "9"]
    [(sql, given)] = [one for one in statements if "members" in one[0]]
    told = await plan(office, sql, given)
    assert "ix_members_association_key_name" in told
    assert not re.search(r"(SCAN|Seq Scan on) members\b", told), told
    assert not re.search(r"association_key=\?\)(\n|$)", told), told


async def test_who_moved_from_an_address_is_found_without_reading_all_who_did(
    office: Office,
) -> None:
    await past(office)
    many = "SELECT association_key, 'was-' || address_key, id FROM subscribers"
    into = "INSERT INTO former_addresses (association_key, address_key, subscriber_id) "
    async with office.database.begin() as transaction:
        await transaction.connection.execute(text(into + many))
        if not office.database.single:  # with it, SQLite would find by itself what is skipped
            await transaction.connection.execute(text("ANALYZE"))
    old = "was-p7@lichen.example"
    with noted(office) as statements:
        async with office.database.read() as transaction:
            await transaction.subscribers.by_address(ALL, "harfang", old)
            for association in (None, "harfang"):
                only = LogFilter(address=old, association=association)
                assert not [one async for one in transaction.log.lines(ALL, only)]
    read = [one for one in statements if "former_addresses" in one[0]]
    assert len(read) == 3
    for sql, given in read:
        told = await plan(office, sql, given)
        assert not re.search(r"(SCAN|Seq Scan on) (former_addresses|subscribers)\b", told), told


async def rows_of(office: Office, statements: list[tuple[str, Any]]) -> int:
    """How many rows these statements read."""
    async with office.database.begin() as transaction:
        read = [
            await transaction.connection.exec_driver_sql(sql, given) for sql, given in statements
        ]
        return sum([len(one.all()) for one in read])


async def test_whether_one_agreement_holds_is_asked_of_it_alone(office: Office) -> None:
    others = [replace(PACT, key=f"other-{number}") for number in range(9)]
    await office.sync(HARFANG, MASSIF, agreements=[PACT, *others])
    for hold in (False, True):
        with noted(office) as statements:
            async with office.database.begin() as transaction:
                assert await transaction.associations.in_force("pact", TODAY, hold=hold)
        read = [one for one in statements if "agreement" in one[0]]
        assert await rows_of(office, read) == 1 + len(PACT.terms)


async def test_the_places_that_lapsed_are_counted_where_they_are(office: Office) -> None:
    member = replace(LICHEN, until=date(2020, 12, 31))
    people = [f"p{number}@lichen.example" for number in range(9)]
    await office.admit("harfang", *(entry(one, member=member) for one in people))
    [company] = [row["id"] for row in await office.rows(members) if row["reference"] == "17"]
    with noted(office) as statements:
        async with office.database.read() as transaction:
            found = await transaction.members.lapsed(ALL, "harfang", [company], TODAY)
    assert found == {company: len(people)}
    assert await rows_of(office, [one for one in statements if "lapses_on" in one[0]]) == 1
