"""The signing keys that a database knows: everybody who works at it has them, in one order (P3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.desks import ALONE, HARFANG, KEYRING, MASSIF, PACT, Office, office_over

from communique.cli import words
from communique.declared import starter
from communique.desk.joining import require_keys
from communique.domain.actor import SERVICE
from communique.domain.token import Key, Keyring
from communique.errors import SettingsInvalid
from communique.settings import Settings
from communique.store.migrations import upgrade
from communique.wiring.keys import keyring

[OLD] = KEYRING.keys
NEW = Key("b", b"n" * 32)


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    starter.begin(tmp_path / "desk")
    upgrade(database_url)  # it says which revision it is, as a real one does
    async with office_over(database_url, tmp_path / "desk") as office:
        await office.sync(HARFANG, MASSIF, agreements=[PACT])
        yield office


async def require(office: Office, *keys: Key, lost: str = "") -> None:
    ring = Keyring(keys, frozenset(lost))
    await require_keys(replace(office.desk, keyring=ring), SERVICE)


async def registered(office: Office) -> list[str]:
    async with office.database.read() as transaction:
        return [one.id for one in await transaction.keys.registered()]


async def test_the_first_who_works_here_says_which_keys_are_used(office: Office) -> None:
    await require(office, OLD)
    await require(office, OLD)
    assert await registered(office) == ["a"]


async def test_another_key_of_the_same_name_is_refused(office: Office) -> None:
    await require(office, OLD)
    with pytest.raises(SettingsInvalid, match="another signing key “a”") as refused:
        await require(office, replace(OLD, secret=b"x" * 32))
    assert "COMMUNIQUE_KEYS" in (words.advice(refused.value) or "")


async def test_who_lacks_a_key_is_refused(office: Office) -> None:
    await require(office, OLD)
    with pytest.raises(SettingsInvalid, match="not here: a"):
        await require(office, NEW)
    assert await registered(office) == ["a"]


async def test_a_new_key_in_front_is_registered_and_asked_of_all(office: Office) -> None:
    await require(office, OLD)
    await require(office, NEW, OLD)
    assert await registered(office) == ["a", "b"]
    with pytest.raises(SettingsInvalid, match="not here: b"):
        await require(office, OLD)


async def test_a_new_key_behind_is_refused_for_copies_would_have_another_message_id(
    office: Office,
) -> None:
    await require(office, OLD)
    with pytest.raises(SettingsInvalid, match="“a” began here"):
        await require(office, OLD, NEW)


async def test_a_key_that_everybody_lost_keeps_nobody_from_going_on(office: Office) -> None:
    await require(office, OLD)
    await require(office, NEW, lost="a")
    assert await registered(office) == ["a", "b"]


# A key is made where none can be missed, and nowhere else.


def fresh(url: str, folder: Path) -> Settings:
    """A machine that was set up just now for the database at `url`."""
    return Settings(_env_file=None, home=folder, database_url=SecretStr(url))


def test_a_machine_at_an_empty_database_makes_its_key(database_url: str, tmp_path: Path) -> None:
    made = keyring(fresh(database_url, tmp_path / "fresh"))
    upgrade(database_url)
    assert keyring(fresh(database_url, tmp_path / "fresh")) == made
    assert len(keyring(fresh(database_url, tmp_path / "other")).keys) == 1


async def test_a_machine_at_a_database_that_others_keys_are_known_to_makes_none(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    """Though nothing was sent yet: the others may be about to."""
    await require(office, OLD)
    settings = fresh(database_url, tmp_path / "fresh")
    with pytest.raises(SettingsInvalid, match="not here") as refused:
        keyring(settings)
    assert "the machine that began at this database" in (words.advice(refused.value) or "")
    assert not (settings.data_folder / "keys").exists()


async def test_a_machine_at_a_database_that_something_was_sent_from_makes_none(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    """Before keys were registered."""
    await office.admit("harfang", "a@lichen.example")
    await office.picked_up(ALONE)
    with pytest.raises(SettingsInvalid, match="not here"):
        keyring(fresh(database_url, tmp_path / "fresh"))


def test_a_key_that_is_lost_is_written_down_as_such(tmp_path: Path) -> None:
    written = f"b:{NEW.secret.hex()} a:lost"
    ring = keyring(Settings(_env_file=None, home=tmp_path, keys=SecretStr(written)))
    assert ring == Keyring((NEW,), frozenset("a"))
