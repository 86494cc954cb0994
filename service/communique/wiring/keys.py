"""The signing keys: from the settings, or made once and kept in a file that only we may read.

They are never logged, and no message repeats one.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from communique.domain.token import Key, Keyring
from communique.errors import SettingsInvalid
from communique.settings import Settings
from communique.store import Database

_ID = re.compile("[A-Za-z0-9]{1,8}")  # it stands in bounce addresses: 64 octets before the @


def keyring(settings: Settings) -> Keyring:
    """The signing keys: from the settings, or from a file that is made before anything is sent."""
    if settings.keys is None:
        path = settings.data_folder / "keys"
        try:
            written = path.read_text(encoding="ascii")
        except FileNotFoundError:
            _require_nothing_sent(settings, path)
            written = _first_key(path)
        except OSError as error:
            raise SettingsInvalid(f"cannot be read: {error.strerror}", file=path) from error
        source: Path | str = path
    else:
        written, source = settings.keys.get_secret_value(), "COMMUNIQUE_KEYS"
    keys = []
    for entry in written.split():
        name, colon, secret = entry.partition(":")
        try:
            octets = bytes.fromhex(secret)
        except ValueError:
            octets = b""
        if not (colon and _ID.fullmatch(name) and len(octets) >= 32):
            raise SettingsInvalid(
                "a signing key is not an id of 1 to 8 letters and digits, `:` "
                "and at least 64 hexadecimal digits",
                file=source,
                remedy="keep old keys: links in mail already sent are signed with them",
            )
        keys.append(Key(name, octets))
    if not keys:
        raise SettingsInvalid("there is no signing key", file=source)
    return Keyring(tuple(keys))


def _require_nothing_sent(settings: Settings, path: Path) -> None:
    """A key that is lost is not replaced: every link in mail already sent would be dead by it."""
    if settings.own_database and not settings.own_database.exists():
        return
    with ThreadPoolExecutor(1) as thread:  # whoever asks may be in an event loop, or in none
        if thread.submit(asyncio.run, _something_sent(settings.url())).result():
            raise SettingsInvalid(
                "the signing key is gone, and links in mail already sent are signed with it",
                file=path,
                remedy="put it back from your copy of var/keys, or set COMMUNIQUE_KEYS; if there "
                "is no copy, those links stay dead: write `new:` and 64 hexadecimal digits into "
                "the file (`openssl rand -hex 32` makes them)",
            )


async def _something_sent(url: str) -> bool:
    store = Database(url)
    try:
        if await store.revision() is None:
            return False
        async with store.read() as transaction:
            return any(one.picked_up_at for one in await transaction.releases.all())
    finally:
        await store.close()


def _first_key(path: Path) -> str:
    entry = f"k{secrets.token_hex(2)}:{secrets.token_hex(32)}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Linked into place whole: of two who start at once, both use the one that was first.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(entry, encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise SettingsInvalid(
            f"cannot keep the signing key: {error.strerror}",
            file=path,
            remedy="make its folder writable, or point COMMUNIQUE_DATA elsewhere",
        ) from error
