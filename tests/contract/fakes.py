"""The few stand-ins of contract tests, each for something that the test itself decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from communique.domain.content import Variant
from communique.domain.delivery import Claim, Result, Ticket
from communique.domain.mail import Message, MessageIdentity, Recipient
from communique.domain.outcome import Accepted, Answer, Reply
from communique.domain.watching import Process
from communique.ports import Composer, Outgoing, Press, Transaction, Work

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

    def __init__(self, answer: Callable[[Outgoing], Answer] = lambda _: OK) -> None:
        self.answer = answer
        self.mails: list[Outgoing] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = asyncio.Event()

    def take(self, mail: Outgoing) -> None:
        """See `ports.Transport`."""
        task = asyncio.create_task(self._finish(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, mail: Outgoing) -> None:
        while not (ready := mail.ready()):
            if ready is False:
                return
            await self._again.wait()
        try:
            mail.ended(await self.carry(mail))
        except Exception as mistake:
            mail.broken(mistake)

    async def carry(self, mail: Outgoing) -> Answer:
        """What comes of a mail whose turn has come."""
        self.mails.append(mail)
        return self.answer(mail)

    async def send(self, message: Message) -> Answer:
        """See `ports.Transport`."""
        mail = Mail(message.sender, message.recipient, message.content)
        await self._finish(mail)
        return await mail.answer

    def go_on(self) -> None:
        """See `ports.Transport`."""
        self._again.set()
        self._again = asyncio.Event()

    def halt(self, within: float | None = None) -> None:
        """Nothing waits here."""

    def to(self, address: str) -> list[Outgoing]:
        """Every mail that one address was handed."""
        return [one for one in self.mails if one.recipient == address]


class Mail:
    """A mail that nothing holds back, and that keeps what it was told: for a test to change."""

    proven = False

    def __init__(self, sender: str, recipient: str, content: bytes) -> None:
        self.sender = sender
        self.recipient = recipient
        self.content = content
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def ready(self) -> bool:
        """See `ports.Outgoing`."""
        return True

    def may_go(self) -> bool:
        """See `ports.Outgoing`."""
        return True

    def begin(self) -> bool:
        """See `ports.Outgoing`."""
        return True

    def ended(self, answer: Answer) -> None:
        """See `ports.Outgoing`: once, so a second time fails."""
        self.answer.set_result(answer)

    def broken(self, mistake: Exception) -> None:
        """See `ports.Outgoing`."""
        self.answer.set_exception(mistake)


class NoJournal:
    """For a worker whose death a test does not ask about."""

    def claimed(self, token: int, count: int) -> None:
        """Note nothing."""

    def begun(self, claim: Claim) -> bool:
        """Note nothing; go on."""
        return True

    def ended(self, result: Result) -> None:
        """Note nothing."""

    def forget(self, results: Sequence[Result]) -> None:
        """Nothing was noted."""


class Tickets:
    """An engine that only collects what it is to carry, once that is durable."""

    healthy = True

    def __init__(self) -> None:
        self.submitted: list[Ticket] = []
        self.hours: dict[str, datetime | None] = {}  # from which on, by association

    async def submit(
        self, transaction: Transaction, tickets: Sequence[Ticket], run_at: datetime | None = None
    ) -> None:
        """See `ports.Engine`."""
        transaction.after_commit(lambda: self.submitted.extend(tickets))
        self.hours |= dict.fromkeys((one.association for one in tickets), run_at)

    async def start(self, work: Work) -> None:
        """See `ports.Engine`."""

    async def stop(self) -> None:
        """See `ports.Engine`."""


class Machine:
    """One of those that share a database, and which of its processes run; see `ports.Machine`."""

    def __init__(self, pid: int = 1, *, host: str = "here", runs: set[int] | None = None) -> None:
        self.process = Process(host, "boot", pid, start=pid)
        self.runs = {pid} if runs is None else runs
        self.runs.add(pid)

    def starts(self, pids: Iterable[int]) -> Mapping[int, int]:
        """As many as the test says."""
        return {pid: pid for pid in pids if pid in self.runs}


class Poisoned:
    """A real press but for one reader, for whom composing raises what no rule foresees."""

    def __init__(self, press: Press, address: str) -> None:
        self._press = press
        self._address = address

    def __getattr__(self, name: str) -> Any:
        return getattr(self._press, name)

    def composer(self, variant: Variant) -> Composer:
        """See `ports.Press`."""
        real, address = self._press.composer(variant), self._address

        class Spiked:
            def compose(self, reader: Recipient, marks: MessageIdentity) -> bytes:
                if reader.address == address:
                    raise ZeroDivisionError("nobody foresaw this")
                return real.compose(reader, marks)

        return Spiked()
