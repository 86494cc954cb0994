"""A mail on its way through a relay, as pool and session pass it between them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Protocol, TypeVar

from communique.domain.mail import Message
from communique.domain.outcome import Answer, Reply
from communique.ports import Outgoing
from communique.smtp.meanings import Phase

S_contra = TypeVar("S_contra", contravariant=True)  # a session


class MailTransaction:
    """One mail, and how far it has come."""

    __slots__ = ("domain", "mail", "phase", "since", "steps", "tries", "verdict")

    def __init__(self, mail: Outgoing) -> None:
        self.mail = mail
        self.domain = mail.recipient.rpartition("@")[2].lower()
        self.phase = Phase.MAIL
        self.verdict: Answer | None = None  # what it will end in, though replies are still due
        self.steps: Generator[Phase, Reply, Answer]
        self.tries = 0
        self.since = 0.0  # by the pool's clock: when it began to wait for its domain's share


class Owner(Protocol[S_contra]):
    """Whom a session belongs to."""

    def next_for(self, session: S_contra) -> MailTransaction | None:
        """A mail that waits for a session, if there is one that this session may take."""

    def rested(self, session: S_contra) -> None:
        """The session has nothing to do and may be used again."""

    def settled(self, session: S_contra, transaction: MailTransaction, answer: Answer) -> None:
        """A transaction came to its end."""

    def orphaned(self, session: S_contra, transaction: MailTransaction, answer: Answer) -> None:
        """The session is of no use to it, through no fault of its own, and was given nothing."""

    def gone(self, session: S_contra) -> None:
        """The session takes no more."""


class Awaited:
    """A message on its way for somebody who waits to hear how it ended; `ports.Outgoing`."""

    def __init__(self, message: Message, answer: asyncio.Future[Answer]) -> None:
        self.sender = message.sender
        self.recipient = message.recipient
        self.content = message.content
        self.proven = message.proven
        self.answer = answer

    def ready(self) -> bool | None:
        """Nobody need be sent what nobody waits for any more."""
        return not self.answer.done()

    def may_go(self) -> bool:
        """Nothing holds it back."""
        return True

    def begin(self) -> bool:
        """Nothing holds it back."""
        return True

    def ended(self, answer: Answer) -> None:
        """Tell whoever waits, if they still do."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def broken(self, mistake: Exception) -> None:
        """Raise it where somebody waits."""
        if not self.answer.done():
            self.answer.set_exception(mistake)
