"""The signing keys: made once, kept to oneself, and read with care."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from communique.errors import SettingsInvalid
from communique.settings import Settings
from communique.wiring.keys import keyring

SECRET = "ab" * 32


def with_keys(settings: Settings, keys: str) -> Settings:
    return settings.model_copy(update={"keys": SecretStr(keys)})


def test_a_first_start_makes_a_key_that_later_ones_find(settings: Settings) -> None:
    token = keyring(settings).sign("unsubscribe", "harfang", 1)
    assert keyring(settings).verify("unsubscribe", token) == ("harfang", "1")
    path = settings.data_folder / "keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["keys"]


def test_of_many_who_start_at_once_all_have_the_same_key(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(keyring, [settings] * 24))
    assert len(set(rings)) == 1


def test_a_new_key_is_put_in_front_and_the_old_one_still_verifies(settings: Settings) -> None:
    before = keyring(with_keys(settings, f"a:{SECRET}"))
    after = keyring(with_keys(settings, f"b:{'cd' * 32} a:{SECRET}"))
    assert [one.id for one in after.keys] == ["b", "a"]
    token = before.sign("unsubscribe", 1)
    assert after.verify("unsubscribe", token) == ("1",)
    assert after.mark("message-id", 1) == before.mark("message-id", 1)


@pytest.mark.parametrize(
    "keys", [" ", "a", f"a:{SECRET[:-2]}", f"a:{'x' * 64}", f":{SECRET}", f"a.b:{SECRET}", "a:"]
)
def test_what_is_no_key_is_refused_and_not_repeated(settings: Settings, keys: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        keyring(with_keys(settings, keys))
    assert refused.value.file == "COMMUNIQUE_KEYS"
    assert SECRET[:-2] not in str(refused.value)


@pytest.mark.parametrize("name", ["production2027key", "ninechars", "clé", "٣", "a.b", ""])
def test_an_id_that_makes_a_bounce_address_no_relay_takes_is_refused(
    settings: Settings, name: str
) -> None:
    with pytest.raises(SettingsInvalid, match="1 to 8 letters and digits"):
        keyring(with_keys(settings, f"{name}:{SECRET}"))
    assert keyring(with_keys(settings, f"prod2027:{SECRET}")).keys[0].id == "prod2027"


def test_keys_that_cannot_be_read_say_where(settings: Settings) -> None:
    (settings.data_folder / "keys").mkdir(parents=True)
    with pytest.raises(SettingsInvalid) as refused:
        keyring(settings)
    assert refused.value.file == settings.data_folder / "keys"
