"""Names that only we can make: Message-IDs, bounce addresses and unsubscribe tokens.

A keyed BLAKE2b (RFC 7693: a MAC by itself, in one pass where HMAC takes two) under a named key. The
first key signs; every key still held verifies, so links outlive a rotation (they must work for two
years, MAIL.md §4). Comparisons take constant time.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from communique.errors import Invalid

SEAL = 16  # octets


@dataclass(frozen=True, slots=True)
class Key:
    """`id` is short and public, `secret` at least 32 bytes."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in use, the signing one first."""

    keys: tuple[Key, ...]

    def mark(self, purpose: str, *parts: str | int) -> str:
        """A name for `parts` that nobody else can make: 32 lower-case hexadecimal digits.

        Uses the oldest key, so that it stays the same when a new key is put in front.
        """
        return _seal(self.keys[-1], purpose, "\x1f".join(map(str, parts)))

    def sign(self, purpose: str, *parts: str | int) -> str:
        """A URL-safe token that carries `parts` (without dots) and proves where it is from."""
        key = self.keys[0]
        fields = ".".join(map(str, parts))
        if fields.count(".") >= len(parts) > 0:
            raise Invalid("a part of a token holds a dot")
        return f"{fields}.{key.id}.{_seal(key, purpose, fields)}"

    def verify(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts of a genuine token for this purpose, else None."""
        fields, key_id, seal = token.rsplit(".", 2) if token.count(".") >= 2 else ("", "", "")
        key = next((one for one in self.keys if one.id == key_id), self.keys[0])
        same = hmac.compare_digest(_seal(key, purpose, fields).encode(), seal.encode())
        return tuple(fields.split(".")) if same and key.id == key_id else None


def _seal(key: Key, purpose: str, fields: str) -> str:
    sealed = _begun(key.secret).copy()
    sealed.update(f"{purpose}\x1f{fields}".encode())
    return sealed.hexdigest()


@lru_cache(maxsize=16)
def _begun(secret: bytes) -> blake2b:
    """What depends on the key alone. BLAKE2b takes 64 octets of a key, a secret may have more."""
    return blake2b(key=blake2b(secret).digest(), digest_size=SEAL)
