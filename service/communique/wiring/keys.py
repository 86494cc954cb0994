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

from communique.domain.actor import SERVICE
from communique.domain.token import Key, Keyring
from communique.errors import SettingsInvalid
from communique.settings import PREFIX, Settings
from communique.store import REVISION, Database

LOST = "lost"  # in place of a key that nobody has any more: its links stay dead

PAGE = 100  # releases looked at in one go
_ID = re.compile("[A-Za-z0-9]{1,8}")  # it stands in bounce addresses: 64 octets before the @


def keyring(settings: Settings) -> Keyring:
    """The signing keys: from the settings, or from a file that is made before anything is sent."""
    if settings.keys is None:
        path = settings.data_folder / "keys"
        try:
            written = path.read_text(encoding="ascii")
        except FileNotFoundError:
            _require_no_other_key(settings, path)
            written = _first_key(path)
        except OSError as error:
            raise SettingsInvalid("file_unreadable", reason=error.strerror, file=path) from error
        source: Path | str = path
    else:
        written, source = settings.keys.get_secret_value(), f"{PREFIX}KEYS"
    keys, lost = [], []
    for entry in written.split():
        name, colon, secret = entry.partition(":")
        if secret == LOST and _ID.fullmatch(name):
            lost.append(name)
            continue
        try:
            octets = bytes.fromhex(secret)
        except ValueError:
            octets = b""
        if not (colon and _ID.fullmatch(name) and len(octets) >= 32):
            raise SettingsInvalid("signing_key_malformed", file=source)
        keys.append(Key(name, octets))
    if not keys:
        raise SettingsInvalid("signing_key_missing", file=source)
    return Keyring(tuple(keys), frozenset(lost))


def _require_no_other_key(settings: Settings, path: Path) -> None:
    """A key that is lost is not replaced: every link in mail already sent would be dead by it."""
    if settings.own_database and not settings.own_database.exists():
        return
    with ThreadPoolExecutor(1) as thread:  # whoever asks may be in an event loop, or in none
        if thread.submit(asyncio.run, _is_signed_for(settings.url())).result():
            raise SettingsInvalid("signing_key_lost", file=path)


async def _is_signed_for(url: str) -> bool:
    """Whether a key is known to this database, or something went out before any was."""
    store = Database(url)
    try:
        revision = await store.revision()
        if revision is None:
            return False
        async with store.read() as transaction:
            if revision == REVISION and await transaction.keys.registered():
                return True
            last = None
            while page := await transaction.releases.page(SERVICE.scope, after=last, limit=PAGE):
                if any(one.picked_up_at for one in page):
                    return True
                last = page[-1].id
            return False
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
        raise SettingsInvalid("signing_key_not_kept", reason=error.strerror, file=path) from error
