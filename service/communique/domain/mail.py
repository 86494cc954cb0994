"""What is handed to a transport, and what a template may know of its reader."""

from __future__ import annotations

from typing import NamedTuple

from communique.domain.outcome import Outcome


class Reader(NamedTuple):
    """The person a message is for, frozen at the snapshot, so that a copy has the same bytes.

    In templates: `subscriber.given_name`, `.family_name`, `.name`, `.role`, `.address`,
    `.language`; `member.name`, `.sector`, `.territory`, `.kind`; `list.key`, `list.name`.
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


class Marks(NamedTuple):
    """What makes one delivery's message its own beside the reader; the same on every attempt."""

    message_id: str  # without angle brackets
    unsubscribe_url: str  # the page, and the target of the one-click POST (RFC 8058)
    envelope_sender: str  # VERP: where its bounces come back to


class Mail:
    """One message to one recipient: an RFC 5321 mail object, as a transport asks for it.

    It is asked `ready` when its turn has come; from then on `content` ends in CRLF, holds no bare
    CR or LF, and is not yet dot-stuffed. It is `proven` where whoever made it wrote CRLF only,
    no leading dot, and nothing beyond ASCII but addresses, so that nobody need read it to be sure.
    """

    __slots__ = ("content", "proven", "recipient", "sender")

    def __init__(
        self, sender: str, recipient: str, content: bytes, *, proven: bool = False
    ) -> None:
        self.sender = sender
        self.recipient = recipient
        self.content = content
        self.proven = proven

    def ready(self) -> bool:
        """Have `sender` and `content` made; False if there is nothing to send: it has ended."""
        return True

    def may_go(self) -> bool:
        """Whether the claim on the delivery is still ours: asked just before DATA."""
        return True

    def begin(self) -> bool:
        """Whether the content may go now, 354 having come: if so, it goes, and can be noted."""
        return True

    def ended(self, outcome: Outcome) -> None:
        """Hear the outcome, once, before the session writes anything of another mail.

        What is known can be noted before more becomes unknown (P3).
        """

    def broken(self, mistake: Exception) -> None:
        """Hear that a mistake of ours cut it short: there is no outcome to be told."""
