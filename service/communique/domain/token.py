"""Names that only we can make: Message-IDs, bounce addresses and unsubscribe tokens.

HMAC-SHA256 under a named key. The first key signs; every key still held verifies, so links
outlive a rotation (they must work for two years, MAIL.md §4). Comparisons take constant time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from communique.errors import Invalid


@dataclass(frozen=True, slots=True)
class Key:
    """`id` is short and public, `secret` at least 32 bytes."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in use, the signing one first."""

    keys: tuple[Key, ...]

    def mark(self, purpose: str, *parts: str | int, octets: int = 16) -> str:
        """A name for `parts` that nobody else can make: lower-case hexadecimal.

        Uses the oldest key, so that it stays the same when a new key is put in front.
        """
        return _mac(self.keys[-1], purpose, parts)[:octets].hex()

    def sign(self, purpose: str, *parts: str | int) -> str:
        """A URL-safe token that carries `parts` (without dots) and proves where it is from."""
        key = self.keys[0]
        fields = ".".join(map(str, parts))
        if fields.count(".") >= len(parts) > 0:
            raise Invalid("a part of a token holds a dot")
        return f"{fields}.{key.id}.{_mac(key, purpose, parts)[:16].hex()}"

    def verify(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts of a genuine token for this purpose, else None."""
        *parts, key_id, seal = token.split(".") if token.count(".") >= 2 else ("", "", "")
        key = next((one for one in self.keys if one.id == key_id), self.keys[0])
        genuine = hmac.compare_digest(_mac(key, purpose, parts)[:16].hex().encode(), seal.encode())
        return tuple(parts) if genuine and key.id == key_id else None


def _mac(key: Key, purpose: str, parts: Iterable[str | int]) -> bytes:
    made = _begun(key.secret).copy()
    made.update("\x1f".join((purpose, *map(str, parts))).encode())
    return made.digest()


@lru_cache(maxsize=16)
def _begun(secret: bytes) -> hmac.HMAC:
    """The part of an HMAC that depends on the key alone."""
    return hmac.new(secret, digestmod=hashlib.sha256)
