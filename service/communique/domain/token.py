"""Names that only we can make: Message-IDs, bounce addresses and unsubscribe tokens.

A keyed BLAKE2b (RFC 7693: a MAC by itself, in one pass where HMAC takes two) under a named key. The
first key signs; every key still held verifies, so links outlive a rotation (they must work for two
years, docs/mail.md §4). Comparisons take constant time.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from communique.errors import Invalid

SEAL = 16  # octets
_NUMBER = 9  # octets: with a seal 25, which are 40 letters in base32 (RFC 4648 §6)
_CONCEALED = re.compile(r"[a-z2-7]{40}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """`id` is short and public, `secret` at least 32 bytes."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in use, the signing one first; and the ids of those that nobody has any more."""

    keys: tuple[Key, ...]
    lost: frozenset[str] = frozenset()

    def mark(self, purpose: str, *parts: str | int) -> str:
        """A name for `parts` that nobody else can make: 32 lower-case hexadecimal digits.

        Uses the oldest key, so that it stays the same when a new key is put in front.
        """
        return _seal(self.keys[-1], purpose, "\x1f".join(map(str, parts)))

    def marks(self, purpose: str, *parts: str | int) -> tuple[str, ...]:
        """The same name by every key that is still held: whichever it was once made with."""
        return tuple(_seal(key, purpose, "\x1f".join(map(str, parts))) for key in self.keys)

    def key(self, id_: str | None) -> Key:
        """The key of that id; the signing one where there is none, or nobody has it any more."""
        return next((one for one in self.keys if one.id == id_), self.keys[0])

    def sign(self, purpose: str, *parts: str | int, key: Key | None = None) -> str:
        """A URL-safe token that carries `parts` (without dots) and proves where it is from.

        `key` is one of these, the first by default.
        """
        key = key or self.keys[0]
        fields = ".".join(map(str, parts))
        if fields.count(".") >= len(parts) > 0:
            raise Invalid("token_part_invalid")
        return f"{fields}.{key.id}.{_seal(key, purpose, fields)}"

    def verify(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts of a genuine token for this purpose, else None."""
        fields, key_id, seal = token.rsplit(".", 2) if token.count(".") >= 2 else ("", "", "")
        key = self.key(key_id)
        same = hmac.compare_digest(_seal(key, purpose, fields).encode(), seal.encode())
        return tuple(fields.split(".")) if same and key.id == key_id else None

    def conceal(self, purpose: str, number: int, *, key: Key | None = None) -> str:
        """A token for a number of ours, which shows nothing of it: 40 letters and digits that none
        takes for others, in whichever case, for it may be typed from paper.

        The same number is always the same token. Whoever lacks the key makes none, and cannot make
        of one the token of another purpose. The number is hidden under the seal that proves it: the
        form of RFC 5297, where no two numbers are ever hidden alike.
        """
        key = key or self.keys[0]
        plain = number.to_bytes(_NUMBER, "big")
        seal = bytes.fromhex(_seal(key, purpose, plain.hex()))
        return b32encode(seal + _hidden(key, purpose, seal, plain)).decode().lower()

    def reveal(self, purpose: str, token: str) -> int | None:
        """The number in a genuine token for this purpose, else None, which takes as long."""
        known = _CONCEALED.fullmatch(token)
        octets = b32decode(token, casefold=True) if known else bytes(SEAL + _NUMBER)
        seal, found = octets[:SEAL], None
        for key in self.keys:
            plain = _hidden(key, purpose, seal, octets[SEAL:])
            if hmac.compare_digest(_seal(key, purpose, plain.hex()), seal.hex()):
                found = int.from_bytes(plain, "big")
        return found


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells a key from another of the same id, and nothing about its secret."""

    id: str
    digest: str  # 32 hexadecimal digits

    @classmethod
    def of(cls, key: Key) -> Fingerprint:
        """A key's. Secrets are long and random, so none can be found by trying."""
        return cls(key.id, blake2b(key.secret, digest_size=16, person=b"fingerprint").hexdigest())


@dataclass(frozen=True, slots=True)
class Fits:
    """The keyring is the one that the database's links and Message-IDs are made with."""


@dataclass(frozen=True, slots=True)
class New:
    """It fits once these are registered, in this order; nobody has used them yet."""

    keys: tuple[Fingerprint, ...]


@dataclass(frozen=True, slots=True)
class Lacks:
    """Links that are signed with these keys would be dead here."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differs:
    """This id is another key's."""

    id: str


@dataclass(frozen=True, slots=True)
class Misplaced:
    """This key made the Message-IDs of what was sent, so it must be the last of the ring."""

    id: str


def fit(
    registered: Sequence[Fingerprint], ring: Keyring
) -> Fits | New | Lacks | Differs | Misplaced:
    """How a keyring fits the keys that a database knows, the first registered first.

    A copy of a message has the same Message-ID only where the same key makes it (P3). What is lost
    is lost on every machine.
    """
    registered = [one for one in registered if one.id not in ring.lost]
    ours = {key.id: Fingerprint.of(key) for key in reversed(ring.keys)}  # the oldest first
    for one in registered:
        if ours.get(one.id, one) != one:
            return Differs(one.id)
    if lacking := tuple(one.id for one in registered if one.id not in ours):
        return Lacks(lacking)
    if registered and registered[0].id != ring.keys[-1].id:
        return Misplaced(registered[0].id)
    known = {one.id for one in registered}
    new = tuple(one for id_, one in ours.items() if id_ not in known)
    return New(new) if new else Fits()


def _seal(key: Key, purpose: str, fields: str) -> str:
    sealed = _begun(key.secret).copy()
    sealed.update(f"{purpose}\x1f{fields}".encode())
    return sealed.hexdigest()


def _hidden(key: Key, purpose: str, seal: bytes, octets: bytes) -> bytes:
    """A number hidden under its seal; or shown again, for that is the same step."""
    veil = bytes.fromhex(_seal(key, f"{purpose}\x1fveil", seal.hex()))
    return bytes(one ^ other for one, other in zip(octets, veil, strict=False))


@lru_cache(maxsize=16)
def _begun(secret: bytes) -> blake2b:
    """What depends on the key alone. BLAKE2b takes 64 octets of a key, a secret may have more."""
    return blake2b(key=blake2b(secret).digest(), digest_size=SEAL)
