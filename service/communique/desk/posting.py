"""Posting: one letter on its way. Nothing of it begins once whoever took it had it for too long."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from communique.desk.joining import elapsed
from communique.domain.mail import Message
from communique.domain.outcome import NOT_STARTED, Answer

# As for a delivery: nothing is handed over when less is left than a final reply may take, or
# another, who may have it then, would hand it over again (P3).
REPLY_TIME = timedelta(minutes=10, seconds=30)


def until(lease: timedelta) -> float:
    """How long what is claimed from now on for so long may be begun, by `joining.elapsed`."""
    return elapsed() + (lease - REPLY_TIME).total_seconds()


class Posting:
    """A letter that was taken; `ports.Outgoing`."""

    proven = False  # templates of letters are checked when they are rendered

    def __init__(self, message: Message, lasts_until: float) -> None:
        self.sender, self.recipient = message.sender, message.recipient
        self.content = message.content
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._lasts_until = lasts_until

    def ready(self) -> bool | None:
        """Whether it is still ours; if not, it has ended."""
        if self.may_go():
            return True
        self.ended(NOT_STARTED)
        return False

    def may_go(self) -> bool:
        """Whether it is still ours, and somebody waits to hear of it."""
        return not self.answer.done() and elapsed() < self._lasts_until

    def begin(self) -> bool:
        """The last look before the content goes."""
        return self.may_go()

    def ended(self, answer: Answer) -> None:
        """Tell whoever waits."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def broken(self, mistake: Exception) -> None:
        """Raise it where somebody waits."""
        if not self.answer.done():
            self.answer.set_exception(mistake)
