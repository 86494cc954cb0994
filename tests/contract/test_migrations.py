"""Migrations: they make exactly the schema that the code speaks of, or nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Table, inspect, text
from sqlalchemy.engine import Connection

from communique.errors import StoreUnavailable
from communique.settings import Settings
from communique.store import Database
from communique.store.migrations import newest, upgrade
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
