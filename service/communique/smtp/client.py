"""One SMTP session: aiosmtplib opens it (TCP, TLS, EHLO, AUTH), the transactions are spoken here.

A transaction is written as a generator that says commands and is handed replies, in order, so that
the pipelined one (RFC 2920) reads as the plain one. Nothing raises for what a server or a network
does, and no content is written for a claim that is no longer ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator

from communique.domain.outcome import (
    NOT_STARTED,
    Answer,
    Deferred,
    NotTried,
    Reply,
    Scope,
    Unknown,
)
from communique.smtp.commands import Offers, envelope, stuffed, unfit_for
from communique.smtp.meanings import Phase
from communique.smtp.relay import Timeouts
from communique.smtp.replies import ReplyReader, Unreadable
from communique.smtp.transaction import MailTransaction, Owner
from communique.smtp.verdict import expected, judge, lost, too_early

NOT_ANSWERED = NotTried("the one before it is not answered")

# Seconds that a mail waits behind a content without its final reply, which may take ten minutes
# (RFC 5321 §4.5.3.2.6): then it is taken elsewhere (P7).
PATIENCE = 5.0

# Seconds within which a relay answers a content for the next mail's commands to be said along with
# the next. To a slower one they would be said long before its turn, and a no said meanwhile be of
# no use (P5).
PROMPT = 0.1

# The commands of one transaction are shorter than this; so are those written after a final dot.
_COMMANDS_MAX = 1024


class Session(asyncio.Protocol):
    """An open session. It takes over `transport` from the protocol that opened it."""

    def __init__(
        self,
        transport: asyncio.Transport,
        offers: Offers,
        timeouts: Timeouts,
        idle: float,
        owner: Owner[Session],
    ) -> None:
        self.offers = offers
        self.started = 0  # transactions
        self.spent = False  # takes no more: it closes after what is in hand
        self.domain = ""  # whose mail it carries, as its owner notes it
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        # Over TLS asyncio says nothing of what is encrypted and not sent yet, so look beneath it.
        # Held from now on: what it knows outlives the connection.
        self._tls = getattr(transport, "_ssl_protocol", None)
        self._beneath: asyncio.Transport | None = getattr(self._tls, "_transport", None)
        self._owner = owner
        self._limits = timeouts.by_phase()
        self._leave = timeouts.leave
        self._idle = idle
        self._reader = ReplyReader()
        self._line: deque[MailTransaction] = deque()  # the first awaits replies, then the next
        self._out: list[bytes] = []
        self._dirty = False  # the server still holds an envelope that came to nothing
        self._prompt = False  # it answered the last content at once
        self._seasoned = False  # old enough for the relay to have ended it in the ordinary way
        self._leaving = False
        self._out_of_step = False  # the relay was told of a mail that will not come
        self._unsent = 0
        self._paused = False
        self._since = 0.0  # by the loop's time: when it began to wait for what it waits for
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)

    @property
    def busy(self) -> bool:
        """A transaction is under way."""
        return bool(self._line)

    @property
    def awaits(self) -> str:
        """The domain of the mail for which it waits; empty where it waits for none."""
        return self._line[0].domain if self._line else ""

    @property
    def waited(self) -> float:
        """Seconds for which it has waited for what it waits for."""
        return self._loop.time() - self._since

    def start(self, transaction: MailTransaction) -> None:
        """Begin a transaction. The session must be usable and not busy."""
        self._begin(transaction)
        self._continue()

    def wait(self) -> None:
        """Stand by for work, for as long as the relay is known to bear."""
        self._continue()

    def quit(self) -> None:
        """Take leave (RFC 5321 §4.1.1.10): `closed` is done when the relay answered, or in time."""
        self.spent = True
        if self._transport.is_closing() or self._leaving:
            return
        self._leaving = True
        self._transport.write(b"QUIT\r\n")
        self._wait(self._leave)

    def cut(self) -> None:
        """End at once what is in hand, and hang up."""
        self._lose("the service stopped", NotTried("the service stopped"))

    # What the loop calls

    def data_received(self, data: bytes) -> None:
        """Hand each reply to the transaction that awaits it. Less than a reply buys no time."""
        try:
            replies = self._reader.feed(data)
        except Unreadable as error:
            self._lose(str(error))
            return
        for reply in replies:
            if not self._line:  # 221 to our QUIT, or an unsolicited 421 (RFC 5321 §3.8)
                self._hang_up()
                return
            self._take(reply)
        if replies:
            self._continue()

    def pause_writing(self) -> None:
        """The relay takes the content more slowly than we write it."""
        self._paused = True

    def resume_writing(self) -> None:
        """It caught up."""
        self._paused = False

    def eof_received(self) -> bool:
        """The relay hung up; what it said before counts."""
        self._lose("the relay closed the connection")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone, from whichever side."""
        what = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        self._lose(f"the connection was lost{what}")
        if self._timer:
            self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    # The conversation

    def _speak(  # noqa: PLR0912 — a protocol is read best in one piece, top to bottom
        self, transaction: MailTransaction
    ) -> Generator[Phase, Reply, Answer]:
        """RFC 5321 §3.3, in one write where RFC 2920 is offered, else command by command.

        Yields the phase whose reply it awaits; returns what it ended in.
        """
        mail, together = transaction.mail, self.offers.pipelining
        unfit = unfit_for(mail, self.offers)
        if unfit:
            return unfit
        if together and not mail.may_go():
            return NOT_STARTED
        dirty, self._dirty = self._dirty, False
        if dirty:
            self._out.append(b"RSET\r\n")
        sender, recipient = envelope(mail, self.offers)
        self._out += (sender, recipient, b"DATA\r\n") if together else (sender,)
        if dirty and not expected(Phase.MAIL, reply := (yield Phase.MAIL)):
            self.spent = True
            transaction.verdict = judge(Phase.MAIL, reply)

        reply = yield Phase.MAIL
        if not expected(Phase.MAIL, reply):
            transaction.verdict = transaction.verdict or judge(Phase.MAIL, reply)
        if not together:
            if transaction.verdict:
                return transaction.verdict
            self._out.append(recipient)

        reply = yield Phase.RCPT
        if not expected(Phase.RCPT, reply):
            transaction.verdict = transaction.verdict or judge(Phase.RCPT, reply)
        if not together:
            if not transaction.verdict and not mail.may_go():
                transaction.verdict = NOT_STARTED
            if transaction.verdict:
                return (yield from self._clear_away(transaction.verdict))
            self._out.append(b"DATA\r\n")

        reply = yield Phase.DATA
        if not expected(Phase.DATA, reply):
            transaction.verdict = transaction.verdict or judge(Phase.DATA, reply)
            if not together:
                return (yield from self._clear_away(transaction.verdict))
            self._dirty = True
            return transaction.verdict
        if transaction.verdict:
            # Refused, yet DATA was accepted: it must be ended, with nothing (RFC 2920 §3.1).
            self._out.append(b".\r\n")
            yield Phase.FINAL
            return transaction.verdict
        if not mail.begin():  # the wait for 354 outlived the lease: only silence sends nothing
            self.spent = True
            self._hang_up()
            return NOT_STARTED
        self._out += (stuffed(mail), b".\r\n")
        reply = yield Phase.CONTENT
        if self._dot_is_unsent():
            self._hang_up()
            return too_early(reply)
        return judge(Phase.FINAL, reply)

    def _clear_away(self, verdict: Answer) -> Generator[Phase, Reply, Answer]:
        """Have the relay forget an envelope, at once: its reply must not stand between asking
        whether the next one may go, and its beginning (P5).
        """
        self._out.append(b"RSET\r\n")
        if not expected(Phase.RSET, (yield Phase.RSET)):
            self.spent = True
        return verdict

    def _begin(self, transaction: MailTransaction) -> None:
        self.started += 1
        transaction.verdict = None
        transaction.steps = self._speak(transaction)
        self._line.append(transaction)
        self._step(transaction, None)

    def _take(self, reply: Reply) -> None:
        transaction = self._line[0]
        if reply.code == 421:
            self.spent = True
            if self._seasoned and transaction.phase is Phase.MAIL:
                self._lose(str(reply))  # it tired of this connection, not of this mail
                return
        phase = transaction.phase
        if phase is Phase.FINAL:
            self._prompt = self._loop.time() - self._since < PROMPT
        self._step(transaction, reply)
        # From there on, no reply could be trusted to be whose it seems.
        if reply.code < 400 and not expected(phase, reply):
            self._lose(f"a reply out of turn: {reply}")

    def _step(self, transaction: MailTransaction, reply: Reply | None) -> None:
        steps = transaction.steps
        try:
            transaction.phase = steps.send(reply) if reply else next(steps)
        except StopIteration as end:
            self._line.remove(transaction)
            self._seasoned = True
            self._owner.settled(self, transaction, end.value)
        except Exception as mistake:  # ours or the caller's, so it is theirs to hear of
            self._line.remove(transaction)
            transaction.mail.broken(mistake)
            if reply:  # the relay awaits what will not come
                self._lose("the transaction was broken off")

    def _continue(self) -> None:
        """Write what was said, take more work or rest, and set the time limit."""
        while self._has_room():
            following = self._owner.next_for(self)
            if following is None:
                break
            self._begin(following)
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()
        if self._line:
            self._unsent = self._held()
            self._await(self._line[0])
        elif self.spent:
            self._owner.gone(self)
            (self._hang_up if self._out_of_step else self.quit)()
        else:
            self._seasoned = True
            self._wait(self._idle)
            self._owner.rested(self)

    def _has_room(self) -> bool:
        """Whether a transaction may begin: the next one's commands may follow a content's final dot

        in the same write (RFC 2920 §3.1), which saves a round trip; its content waits for its 354.
        """
        if self.spent or len(self._line) > 1:
            return False
        return not self._line or (
            self._prompt and self.offers.pipelining and self._line[0].phase is Phase.CONTENT
        )

    # Time

    def _await(self, transaction: MailTransaction) -> None:
        if transaction.phase is Phase.CONTENT and not self._unsent:
            transaction.phase = Phase.FINAL
        limit = self._limits[transaction.phase]
        self._wait(limit if len(self._line) == 1 else min(limit, PATIENCE))

    def _wait(self, seconds: float) -> None:
        """Set the deadline. A timer that fires too early looks again: most are never re-made."""
        self._since = self._loop.time()
        self._deadline = self._since + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        elif self._leaving:
            self._hang_up()
        elif not self._line:
            self._owner.gone(self)
            self.quit()
        elif self._line[0].phase is Phase.CONTENT and self._progressed():
            self._await(self._line[0])
        elif len(self._line) > 1:
            self._let_go()
        else:
            self._lose("no answer in time")

    def _let_go(self) -> None:
        """Have the mail behind an unanswered content taken elsewhere: nothing of it was given.

        What the relay was told of it is taken back by hanging up, once that answer is there.
        """
        self.spent = self._out_of_step = True
        behind = self._line.pop()
        self._await(self._line[0])
        self._owner.orphaned(self, behind, NOT_ANSWERED)

    def _progressed(self) -> bool:
        before, self._unsent = self._unsent, self._held()
        return self._unsent < before

    def _held(self) -> int:
        """Octets that we wrote and that have not left."""
        beneath = self._beneath.get_write_buffer_size() if self._beneath else 0
        return self._transport.get_write_buffer_size() + beneath

    def _dot_is_unsent(self) -> bool:
        """True only if the final dot surely never left. A lost transport forgets how much it held,

        but not that it had told us to pause.
        """
        paused = self._paused or getattr(self._tls, "_ssl_writing_paused", False)
        return paused or self._held() > _COMMANDS_MAX

    # Endings

    def _lose(self, what: str, undone: Answer | None = None) -> None:
        """End every transaction in hand, each by what is known of it, and hang up.

        `undone` is for those who were handed nothing, where it is nobody's trouble.
        """
        self.spent = True
        unsent = self._dot_is_unsent()
        self._hang_up()
        head = True
        while self._line:
            transaction = self._line.popleft()
            phase = transaction.phase
            answer = transaction.verdict or lost(phase, what)
            if unsent and phase is Phase.CONTENT:
                answer = Deferred(f"{what} {phase.value}", Scope.SITE, asked=True)
            if undone and not isinstance(answer, Unknown):
                answer = transaction.verdict or undone
            stale = phase is Phase.MAIL and (self._seasoned or not head)
            if stale and transaction.verdict is None:
                self._owner.orphaned(self, transaction, answer)
            else:
                self._owner.settled(self, transaction, answer)
            head = False
        self._owner.gone(self)

    def _hang_up(self) -> None:
        self.spent = True
        self._out.clear()
        self._transport.abort()
