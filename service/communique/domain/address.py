"""E-mail addresses: what is accepted, how two spellings are one, and what SMTP can carry.

RFC 5321 §4.1.2 and §4.5.3.1; RFC 5891 for names of domains; RFC 6531 for local parts beyond ASCII.
Quoted local parts and address literals are refused: no member has one, and relays choke on them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

from communique.domain.text import abbreviated
from communique.errors import Invalid

_ATOM = re.compile(r"[^\s()<>\[\]:;@\\,\"]+")
_USUAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LABELS = re.compile(r"((?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)(?=[0-9-]*[a-z])[a-z0-9-]{2,63}(?<!-)")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})  # categories: control, format, unassigned, …


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox. `local` as written (NFC); `domain` as lower-case A-labels."""

    local: str
    domain: str

    @property
    def key(self) -> str:
        """What makes two spellings one person: case and width folded, A-labels."""
        if self.local.isascii():
            return f"{self.local.lower()}@{self.domain}"
        folded = unicodedata.normalize("NFKC", self.local).casefold()
        return f"{unicodedata.normalize('NFKC', folded)}@{self.domain}"

    @property
    def ascii(self) -> bool:
        """False where only a next hop with SMTPUTF8 can carry the local part (RFC 6531)."""
        return self.local.isascii()

    @property
    def display(self) -> str:
        """For people: the domain in its own script."""
        return f"{self.local}@{in_its_script(self.domain)}"

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse(text: str) -> Address:
    """Read one bare address (no display name). Raises Invalid, saying what is wrong."""
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if domain and _USUAL.fullmatch(local):  # as nearly all are: nothing below finds fault with it
        domain = domain_name(domain)
        if len(local) + len(domain) <= 253:
            return Address(local, domain)
    text = unicodedata.normalize("NFC", text)
    local, at, domain = text.rpartition("@")
    if not at:
        raise Invalid("address_without_at" if text else "address_empty", text=abbreviated(text))
    if not local:
        raise Invalid("address_without_local_part", text=abbreviated(text))
    if not domain:
        raise Invalid("address_without_domain", text=abbreviated(text))
    for character in local:
        if unicodedata.category(character) in _UNSEEN:
            raise Invalid(
                "address_character_invisible", text=abbreviated(text), character=ord(character)
            )
    # The folded form is checked too, so that no look-alike of a dot or an @ slips into a key.
    for form in (local, unicodedata.normalize("NFKC", local)):
        if not all(_ATOM.fullmatch(atom) for atom in form.split(".")):
            raise Invalid("address_character_not_allowed", text=abbreviated(text))
    if len(local.encode()) > 64:
        raise Invalid("address_local_part_too_long", text=abbreviated(text))
    domain = domain_name(domain)
    if len(local.encode()) + len(domain) > 253:
        raise Invalid("address_too_long", text=abbreviated(text))
    return Address(local, domain)


def spelled(text: str) -> tuple[str, str]:
    """The key of one bare address, and the address, as texts. Raises Invalid, as `parse` does."""
    local, _, domain = text.rpartition("@")
    if domain and _USUAL.fullmatch(local):
        domain = domain_name(domain)
        if len(local) + len(domain) <= 253:
            return f"{local.lower()}@{domain}", f"{local}@{domain}"
    mailbox = parse(text)
    return mailbox.key, str(mailbox)


@lru_cache(maxsize=4096)
def domain_name(text: str) -> str:
    """The name of a domain as lower-case A-labels (RFC 5891). Raises Invalid if it is none."""
    name = text.lower()
    if not (name.isascii() and "--" not in name and _LABELS.fullmatch(name)):
        # Not plain letters, digits and hyphens: IDNA's tables decide, at twenty times the cost.
        try:
            name = idna.encode(text, uts46=True).decode("ascii").lower()
        except idna.IDNAError:
            name = ""
    if not _LABELS.fullmatch(name) or len(name) > 253:
        raise Invalid("domain_invalid", text=abbreviated(text))
    return name


def in_its_script(domain: str) -> str:
    """The name of a domain as people write it, if it is one in A-labels; else as it is."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain
