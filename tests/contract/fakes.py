"""The few stand-ins of contract tests, each for something that the test itself decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from communique.domain.delivery import Ticket
from communique.domain.mail import Mail, Marks, Reader
from communique.domain.outcome import Accepted, Outcome, Reply
from communique.domain.release import Content
from communique.ports import Composer, Press, Transaction

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
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, mail: Mail) -> None:
        """See `ports.Transport`."""
        task = asyncio.create_task(self._finish(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, mail: Mail) -> None:
        if not mail.ready():
            return
        try:
            mail.ended(await self.send(mail))
        except Exception as mistake:
            mail.broken(mistake)

    async def send(self, mail: Mail) -> Outcome:
        """See `ports.Transport`."""
        self.mails.append(mail)
        return self.answer(mail)

    def halt(self) -> None:
        """Nothing waits here."""

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


class Poisoned:
    """A real press but for one reader, for whom composing raises what no rule foresees."""

    def __init__(self, press: Press, address: str) -> None:
        self._press = press
        self._address = address

    def __getattr__(self, name: str) -> Any:
        return getattr(self._press, name)

    def composer(
        self, content: Content, association: str, language: str, date: datetime
    ) -> Composer:
        """See `ports.Press`."""
        real, address = self._press.composer(content, association, language, date), self._address

        class Spiked:
            def compose(self, reader: Reader, marks: Marks) -> bytes:
                if reader.address == address:
                    raise ZeroDivisionError("nobody foresaw this")
                return real.compose(reader, marks)

        return Spiked()
