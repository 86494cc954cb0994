"""What `desk` needs of the world, and nothing more. Adapters fit these; `wiring` joins them.

A transaction is one all-or-nothing conversation with the store; its nouns are DESIGN §2's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from communique.domain.mail import Mail, Marks, Reader
from communique.domain.outcome import Outcome
from communique.domain.release import Content


class Clock(Protocol):
    """Says what time it is; injected, so that a test can choose."""

    def now(self) -> datetime:
        """The present instant, in UTC."""


class Transport(Protocol):
    """An SMTP relay that an association sends through."""

    async def send(self, mail: Mail) -> Outcome:
        """Make one SMTP transaction. Never raises for what a server or a network does."""


class Composer(Protocol):
    """Makes the messages of one release for one association in one language."""

    def compose(self, reader: Reader, marks: Marks) -> bytes:
        """The whole message, ready for `Mail.content`. Raises TemplateInvalid for this reader."""


class Press(Protocol):
    """Turns frozen content into messages."""

    def templates(self, kind: str) -> Mapping[str, str]:
        """Every template file that a release of this kind can reach: relative path to source."""

    def check(self, content: Content) -> None:
        """Raises Problems naming file and line if any edition could fail at sending."""

    def composer(
        self, content: Content, association: str, language: str, date: datetime
    ) -> Composer:
        """Prepare what all readers share. `date` becomes the Date header of every message."""
