"""The few stand-ins of contract tests, each for something that the test itself decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from communique.domain.delivery import Ticket
from communique.domain.mail import Mail
from communique.domain.outcome import Accepted, Outcome, Reply
from communique.ports import Transaction

OK = Accepted(Reply(250, "2.0.0", "queued"))


class Clock:
    """Says what a test tells it to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant that was set."""
        return self.at

    def forward(self, **units: float) -> datetime:
        """Let time pass, in the units of timedelta; the new instant."""
        self.at += timedelta(**units)
        return self.at


class Scripted:
    """A transport that answers as it is told and keeps every mail it was handed."""

    def __init__(self, answer: Callable[[Mail], Outcome] = lambda _: OK) -> None:
        self.answer = answer
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> Outcome:
        """See `ports.Transport`."""
        self.mails.append(mail)
        return self.answer(mail)

    def to(self, address: str) -> list[Mail]:
        """Every mail that one address was handed."""
        return [one for one in self.mails if one.recipient == address]


class Tickets:
    """An engine that only collects what it is to carry, once that is durable."""

    def __init__(self) -> None:
        self.submitted: list[Ticket] = []

    def submit(self, transaction: Transaction, tickets: Sequence[Ticket]) -> None:
        """See `ports.Engine`."""
        transaction.after_commit(lambda: self.submitted.extend(tickets))
