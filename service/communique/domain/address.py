"""E-mail addresses: what is accepted, how two spellings are one, and what SMTP can carry.

RFC 5321 §4.1.2 and §4.5.3.1; RFC 5891 for names of domains; RFC 6531 for local parts beyond ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna

from communique.errors import Invalid

_ATOM = re.compile(r"[^\s\x00-\x1f\x7f-\x9f()<>\[\]:;@\\,\"\u2028\u2029]+")
_LABELS = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `local` as written (NFC); `domain` as lower-case A-labels."""

    local: str
    domain: str

    @property
    def key(self) -> str:
        """What makes two spellings one person: case and width folded, A-labels."""
        return f"{unicodedata.normalize('NFKC', self.local).casefold()}@{self.domain}"

    @property
    def ascii(self) -> bool:
        """False where only a next hop with SMTPUTF8 can carry the local part (RFC 6531)."""
        return self.local.isascii()

    @property
    def display(self) -> str:
        """For people: the domain in its own script."""
        try:
            return f"{self.local}@{idna.decode(self.domain)}"
        except idna.IDNAError:
            return str(self)

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse(text: str) -> Address:
    """Read one bare address (no display name). Raises Invalid, saying what is wrong."""
    text = unicodedata.normalize("NFC", text.strip())
    local, at, domain = text.rpartition("@")
    if not at:
        raise Invalid(f"“{text}” has no @" if text else "the address is empty")
    if not local:
        raise Invalid(f"“{text}” has nothing before the @")
    if not domain:
        raise Invalid(f"“{text}” has nothing after the @")
    if any(not _ATOM.fullmatch(atom) for atom in local.split(".")):
        raise Invalid(f"“{text}” has a character or a dot that an address cannot have before the @")
    if len(local.encode()) > 64:
        raise Invalid(f"“{text}” has more than 64 octets before the @")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise Invalid(f"“{domain}” is not the name of a domain") from error
    if not _LABELS.fullmatch(ascii_domain):
        raise Invalid(f"“{domain}” is not the name of a domain")
    if len(local.encode()) + len(ascii_domain) > 253:
        raise Invalid(f"“{text}” is longer than 254 octets")
    return Address(local, ascii_domain)
