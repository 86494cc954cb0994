"""What is handed to a transport, and what a template may know of its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Recipient(NamedTuple):
    """The person a message is for, frozen at the snapshot, so that a copy has the same bytes.

    In templates: `subscriber.given_name`, `.family_name`, `.name`, `.role`, `.address`,
    `.language`; `member.name`, `.sector`, `.territory`, `.kind`; `list.key`,
    `.name`, `.basis`.
    """

    address: str
    given_name: str
    family_name: str
    language: str
    role: str
    member: str
    sector: str
    territory: str
    kind: str
    list_key: str

    @property
    def name(self) -> str:
        """Given and family name, as the To header shows it."""
        return f"{self.given_name} {self.family_name}".strip()


class MessageIdentity(NamedTuple):
    """What makes one delivery's message its own beside the reader; the same on every attempt."""

    message_id: str  # without angle brackets
    unsubscribe_url: str  # the page, and the target of the one-click POST (RFC 8058)
    envelope_sender: str  # VERP: where its bounces come back to
    pass_url: str = ""  # of an advantage: the page with their pass


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient, made and ready to go: an RFC 5321 mail object.

    `content` ends in CRLF, holds no bare CR or LF, and is not yet dot-stuffed. It is `proven` where
    whoever made it wrote CRLF only, no leading dot, and nothing beyond ASCII but addresses, so that
    nobody need read it to be sure.
    """

    sender: str
    recipient: str
    content: bytes
    proven: bool = False
