"""What is handed to a transport, and what a template may know of its reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from communique.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Reader:
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


@dataclass(frozen=True, slots=True)
class Marks:
    """What makes one delivery's message its own beside the reader; the same on every attempt."""

    message_id: str  # without angle brackets
    unsubscribe_url: str  # the page, and the target of the one-click POST (RFC 8058)
    envelope_sender: str  # VERP: where its bounces come back to


def _always() -> bool:
    return True


def _unheard(_outcome: Outcome) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one recipient: an RFC 5321 mail object.

    `content` ends in CRLF, holds no bare CR or LF, and is not yet dot-stuffed; it is `proven` where
    whoever made it wrote CRLF only and no leading dot, so that nobody need read it to be sure.

    `may_go` is asked just before DATA: False when the claim on the delivery is no longer ours.
    `begin` is asked when 354 has come: True means that the content goes now, and can be noted.
    `ended` is told the outcome before the session writes anything of another mail: what is known
    can be noted before more becomes unknown (P3).
    """

    sender: str
    recipient: str
    content: bytes
    may_go: Callable[[], bool] = _always
    begin: Callable[[], bool] = _always
    proven: bool = False
    ended: Callable[[Outcome], object] = _unheard
