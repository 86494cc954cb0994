"""How a message leaves: what a transport asks of it, and what is noted on its way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from communique.domain.delivery import Claim, JournalRemains, Result
from communique.domain.mail import Message
from communique.domain.outcome import Answer


class Journal(Protocol):
    """A worker's own notes of what it hands over; they outlive the process, not the machine."""

    def claimed(self, token: int, count: int) -> None:
        """A claim of so many deliveries is about to be committed with this token.

        Raises StoreUnavailable if that cannot be noted: then it must not be.
        """

    def begun(self, claim: Claim) -> bool:
        """The content is about to be handed over; False if that cannot be noted, so it must not."""

    def ended(self, result: Result) -> None:
        """The end is known; the store will have it with its group."""

    def forget(self, results: Sequence[Result]) -> None:
        """The store has these."""


class JournalKept(Journal, Protocol):
    """The same, among those of workers before it and beside it."""

    def open(self) -> JournalRemains:
        """Take one that no living worker has; what the last one left in it."""

    def of(self, nodes: Collection[int]) -> Sequence[JournalRemains]:
        """What nodes taken for dead have noted beside it, though they may only be frozen.

        While `others` is dealt with, not what that has told.
        """

    def others(self) -> AbstractContextManager[Sequence[JournalRemains]]:
        """What other workers that are gone left beside it; removed with the end of the block."""

    def start(self) -> None:
        """Begin with an empty one: what was left is dealt with."""


class Outgoing(Protocol):
    """What a transport asks of a mail, in the order of its asking; see `domain.mail.Message`.

    `ready` comes first: until then there is no `sender` and no `content` to rely on.
    """

    @property
    def sender(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def proven(self) -> bool: ...

    def ready(self) -> bool | None:
        """Have it made, its turn having come; False if there is nothing to send: it has ended.

        None if that is not known yet. It keeps its place in the line, and `Transport.go_on` says
        when to ask again. What is ready is begun at once, or asked again (P5).
        """

    def may_go(self) -> bool:
        """Whether it is still to be sent: asked just before the relay is told of it."""

    def begin(self) -> bool:
        """Whether the content may go now, 354 having come: if so, it goes, and can be noted."""

    def ended(self, answer: Answer) -> None:
        """Hear what came of it, once, before the session writes anything of another mail.

        What is known can be noted before more becomes unknown (P3).
        """

    def broken(self, mistake: Exception) -> None:
        """Hear that a mistake of ours cut it short: there is nothing more to be told."""


class Transport(Protocol):
    """An SMTP relay that an association sends through."""

    def take(self, mail: Outgoing) -> None:
        """Make one SMTP transaction when it is its turn; `mail` is told how it ended."""

    async def send(self, message: Message) -> Answer:
        """Send what is made already, when it is its turn.

        Never raises for what a server or a network does.
        """

    def go_on(self) -> None:
        """Ask again whoever was not ready yet."""

    def halt(self, within: float | None = None) -> None:
        """Begin nothing more: what waits is told so at once; what is in flight ends by itself.

        Where it does not do so within so many seconds, it is cut, and of what was handed over
        nobody knows how it ended.
        """


class SharedTransport(Transport, Protocol):
    """The same, which tells other workers of its rests, and hears of theirs."""

    def rests(self) -> Sequence[tuple[str, float, str]]:
        """What came to rest here since this was last asked: a domain (empty: all), seconds, why."""

    def rest(self, domain: str, seconds: float, reason: str) -> None:
        """Let a domain rest, or all where it is empty: another worker had trouble there."""
