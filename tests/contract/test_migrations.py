"""Migrations: they make exactly the schema that the code speaks of, or nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Table, inspect, text
from sqlalchemy.engine import Connection

from communique.domain.actor import OPERATOR, SERVICE, UNKNOWN
from communique.domain.approval import still_missing
from communique.domain.event import Verb
from communique.domain.scope import Mine
from communique.errors import StoreUnavailable
from communique.settings import Settings
from communique.store import Database
from communique.store.migrations import _config, _connect, newest, upgrade
from communique.store.tables import REVISION, metadata
from communique.wiring import opened


async def tables(url: str) -> list[str]:
    database = Database(url)
    try:
        async with database.read() as transaction:
            return await transaction.connection.run_sync(
                lambda connection: sorted(inspect(connection).get_table_names())
            )
    finally:
        await database.close()


async def stamp(url: str, revision: str) -> None:
    database = Database(url)
    try:
        async with database.begin() as transaction:
            await transaction.connection.execute(
                text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
            )
    finally:
        await database.close()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_schema_that_migrations_make_is_the_one_in_the_code(database_url: str) -> None:
    upgrade(database_url)
    database = Database(database_url)
    try:
        async with database.read() as transaction:
            assert await transaction.connection.run_sync(differences) == []
            assert await database.revision() == newest() == REVISION
    finally:
        await database.close()


async def test_a_difference_would_be_seen(database_url: str) -> None:
    upgrade(database_url)
    database = Database(database_url)
    try:
        async with database.begin() as transaction:
            await transaction.connection.execute(text("ALTER TABLE releases DROP COLUMN link"))
            assert await transaction.connection.run_sync(differences) != []
    finally:
        await database.close()


async def test_upgrading_twice_is_harmless(database_url: str) -> None:
    assert upgrade(database_url) == (None, newest())
    before = await tables(database_url)
    assert upgrade(database_url) == (newest(), newest())
    assert await tables(database_url) == before


@pytest.mark.parametrize("revision", ["0000", "9999"])
async def test_a_schema_of_another_version_is_refused_with_what_to_do(
    database_url: str, desk_home: Path, revision: str
) -> None:
    upgrade(database_url)
    await stamp(database_url, revision)
    settings = Settings(_env_file=None, home=desk_home, database_url=SecretStr(database_url))
    with pytest.raises(StoreUnavailable) as refused:
        async with opened(settings):
            pass
    assert revision in refused.value.message
    assert refused.value.remedy


async def test_a_schema_of_a_later_version_is_not_upgraded(database_url: str) -> None:
    upgrade(database_url)
    await stamp(database_url, "9999")
    with pytest.raises(StoreUnavailable, match="revision 9999, which this version does not know"):
        upgrade(database_url)


async def test_a_migration_that_dies_in_its_middle_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at its twelfth table, as far as a database can tell."""
    made: list[str] = []

    original = DefaultImpl.create_table

    def create_table(self: DefaultImpl, table: Table, **options: Any) -> None:
        made.append(table.name)
        if len(made) == 12:
            raise KeyboardInterrupt
        original(self, table, **options)

    with monkeypatch.context() as patched:
        patched.setattr(DefaultImpl, "create_table", create_table)
        with pytest.raises(KeyboardInterrupt):
            upgrade(database_url)
    assert len(made) == 12
    assert await tables(database_url) == []
    upgrade(database_url)
    assert "deliveries" in await tables(database_url)


OLD = """
INSERT INTO contents VALUES ('c1', '{}', '2027-06-01T09:00:00.000000Z');
INSERT INTO releases (id, key, kind, parties, link, state, content_hash, wall, created_at) VALUES
    (3, 'spring', 'announcement', '["harfang", "massif"]', '', 'in_review', 'c1', false,
     '2027-06-01T08:00:00.000000Z'),
    (5, 'autumn', 'announcement', '["harfang"]', '', 'draft', NULL, false,
     '2027-06-01T08:00:00.000000Z');
INSERT INTO release_events (id, release_id, verb, state, detail, at) VALUES
    (2, 3, 'file', 'draft', '', '2027-06-01T08:00:00.000000Z'),
    (4, 3, 'submit', 'in_review', '', '2027-06-01T09:00:00.000000Z'),
    (5, 3, 'edit', 'draft', '1 approval is void', '2027-06-01T10:00:00.000000Z'),
    (6, 3, 'submit', 'in_review', '', '2027-06-01T11:00:00.000000Z'),
    (7, 3, 'approve', 'in_review', 'Hope Ames for massif', '2027-06-01T11:00:00.000000Z'),
    (8, 5, 'pick up', 'sending', '', '2027-06-01T12:00:00.000000Z'),
    (9, 5, 'pause', 'paused', 'message too big', '2027-06-01T12:00:01.000000Z'),
    (10, 5, 'pause', 'paused', '', '2027-06-01T12:00:02.000000Z'),
    (11, 5, 'pause', 'paused', 'it failed for 21 readers alike: 550',
     '2027-06-01T12:00:03.000000Z'),
    (12, 5, 'refuse to send', 'draft', 'changed', '2027-06-01T12:00:04.000000Z'),
    (13, 5, 'miss', 'missed', 'its hour passed before everybody approved: set a new one',
     '2027-06-01T12:00:05.000000Z'),
    (14, 5, 'miss', 'missed', 'it was due', '2027-06-01T12:00:06.000000Z');
INSERT INTO associations VALUES
    ('harfang', '{}', '2027-06-01T08:00:00.000000Z'),
    ('massif', '{}', '2027-06-01T08:00:00.000000Z');
INSERT INTO approvals (release_id, association_key, person, word, content_hash, comment, at) VALUES
    (3, 'harfang', 'Aude Roy', 'approved', 'c1', '', '2027-06-01T09:30:00.000000Z'),
    (3, 'massif', 'Hope Ames', 'approved', 'c1', '', '2027-06-01T11:00:00.000000Z')
"""


async def test_an_old_history_keeps_every_row_and_a_pending_approval_stays_valid(
    database_url: str,
) -> None:
    with _connect(database_url) as connection:
        command.upgrade(_config(connection), "0001")
        for statement in OLD.split(";"):
            connection.exec_driver_sql(statement)
        connection.commit()
    assert upgrade(database_url)[0] == "0001"
    database = Database(database_url)
    try:
        async with database.read() as transaction:
            spring, autumn = [
                await transaction.releases.get(OPERATOR.scope, key) for key in ("spring", "autumn")
            ]
            said = await transaction.releases.approvals(OPERATOR.scope, spring.id)
            history = await transaction.events.history(OPERATOR.scope, spring.id)
            rest = await transaction.events.history(OPERATOR.scope, autumn.id)
            seen = [
                one.id
                for one in await transaction.events.since(Mine(frozenset(["massif"])), 0, 100)
            ]
        assert (spring.submission, spring.revision, autumn.submission) == (2, 1, 0)
        assert [(one.submission, one.actor) for one in said] == [(1, OPERATOR), (2, OPERATOR)]
        missing = still_missing(spring.parties, said, spring.content_hash, spring.submission)
        assert missing == ("harfang",), "what was undone stays void, what counted counts"
        assert [one.id for one in history] == seen == [2, 4, 5, 6, 7]
        assert {one.actor for one in history} == {OPERATOR}
        assert (str(history[2].detail), history[2].state) == ("1 approval is void", "draft")
        assert [(one.verb, one.actor) for one in rest] == [
            (Verb.PICK_UP, SERVICE),
            (Verb.PAUSE, UNKNOWN),
            (Verb.PAUSE, OPERATOR),
            (Verb.PAUSE, SERVICE),
            (Verb.VOID, SERVICE),
            (Verb.MISS, OPERATOR),
            (Verb.MISS, SERVICE),
        ]
        async with database.begin() as transaction:
            await transaction.events.append(history[0])
        async with database.read() as transaction:
            assert (await transaction.events.since(OPERATOR.scope, 14, 100))[0].id == 15
    finally:
        await database.close()
