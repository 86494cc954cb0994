"""What a reply, or the lack of one, means as an `Outcome`. The table is `smtp.meanings`.

Pure. Exceptions of sockets, TLS and aiosmtplib stop here. It must never blame a recipient for what
is the relay's or ours, nor take what it cannot read as permanent.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import replace

import aiosmtplib

from communique.domain.outcome import (
    Accepted,
    Deferred,
    Outcome,
    Refused,
    Reply,
    Scope,
    Unknown,
)
from communique.smtp.meanings import (
    BEFORE_RCPT,
    HANDED_OVER,
    Phase,
    meaning,
    understood,
)

TEXT_LIMIT = 500

_ENHANCED = re.compile(r"#?([245]\.\d{1,3}\.\d{1,3})(?=\s|$)\s*")
# Surrogates are no characters: with one among them no text can be written down as UTF-8.
_UNPRINTABLE = re.compile(
    r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]+"
)
_UNDECODED = re.compile(r"[\udc80-\udcff]")
# What a reply says of the enhanced code where it does not begin with it: qmail's `(#5.1.1)`.
_AT_THE_END = re.compile(r"\s*\(#([245]\.\d{1,3}\.\d{1,3})\)\s*$")


def printable(text: str) -> str:
    """What a server said, on one line that a terminal can show and a log can keep."""
    # What aiosmtplib could not decode it hands on by "surrogateescape" (PEP 383).
    text = _UNDECODED.sub(lambda octet: rf"\x{ord(octet[0]) - 0xDC00:x}", text)
    return _UNPRINTABLE.sub(" ", text).strip()


def read(code: int, text: str) -> Reply:
    """A reply as a value: its enhanced code apart, its text on one printable line."""
    text = printable(text)
    enhanced = _ENHANCED.match(text)
    if enhanced:
        text = text[enhanced.end() :].replace(f" {enhanced[1]} ", " ")
    elif enhanced := _AT_THE_END.search(text):
        text = text[: enhanced.start()]
    return Reply(code, enhanced[1] if enhanced else None, text[:TEXT_LIMIT])


def expected(phase: Phase, reply: Reply) -> bool:
    """Whether the conversation goes on after `reply` (RFC 5321 §4.3.2); the first digit decides."""
    return reply.code // 100 == (3 if phase is Phase.DATA else 2)


def judge(phase: Phase, reply: Reply) -> Outcome:
    """The outcome of an attempt that `reply` ends in `phase`.

    Only a 2xx to the content is `Accepted`. A positive reply elsewhere is one out of turn: the
    attempt is over, as after any reply that makes no sense.
    """
    first = reply.code // 100
    if first == 2 and phase in HANDED_OVER:
        return Accepted(reply)
    reason = f"{reply} ({phase.value})"
    if first not in (4, 5):
        return _lost(phase, f"a reply out of turn: {reason}", reply)
    outcome = _refusal(phase, reply, reason)
    return outcome if phase in BEFORE_RCPT else replace(outcome, asked=True)


def _refusal(phase: Phase, reply: Reply, reason: str) -> Deferred | Refused:
    """What a 4xx or 5xx means, as a value."""
    means = meaning(phase, reply)
    if means.kind is Deferred:
        if not understood(reply):
            reason = f"not understood: {reason}"
        return Deferred(reason, means.scope, reply)
    return Refused(reason, means.scope, reply, hard=means.hard)


def lost(phase: Phase, what: str) -> Outcome:
    """The outcome when no reply came: `what` happened to the connection in `phase`.

    Before the content nothing was handed over. Once the content is on its way nobody can say
    (RFC 1047).
    """
    return _lost(phase, f"{what} {phase.value}", None)


def _lost(phase: Phase, reason: str, reply: Reply | None) -> Outcome:
    if phase in HANDED_OVER:
        return Unknown(reason, reply=reply)
    return Deferred(reason, Scope.SITE, reply, asked=phase not in BEFORE_RCPT)


def too_early(reply: Reply) -> Outcome:
    """A final reply came before the final dot left. Nothing was accepted, whatever it says."""
    if reply.code // 100 == 2:
        return Deferred(f"a reply out of turn: {reply}", Scope.SITE, reply, asked=True)
    return judge(Phase.FINAL, reply)


def why(outcome: Outcome) -> str:
    """An outcome in words."""
    return str(outcome.reply) if isinstance(outcome, Accepted) else outcome.reason


def trouble(phase: Phase, error: Exception) -> Outcome:
    """The outcome of an exception on the way to a session. Whatever it is, it is temporary."""
    if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(error.__cause__, OSError):
        error = error.__cause__
    match error:
        case aiosmtplib.SMTPResponseException(code=code, message=message) if 200 <= code < 600:
            return judge(phase, read(code, message))
        case aiosmtplib.SMTPResponseException(message=message):
            return lost(phase, f"unreadable reply “{read(0, message).text}”")
        case ssl.SSLCertVerificationError(verify_message=why):
            return lost(phase, f"the relay's certificate is not valid: {why}")
        case ssl.SSLError():
            return lost(phase, f"TLS failed: {getattr(error, 'reason', None) or error}")
        case TimeoutError():
            return lost(phase, "no answer in time")
        case aiosmtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return lost(phase, "the relay closed the connection")
        case ConnectionRefusedError():
            return lost(phase, "the relay refused the connection")
        case OSError(strerror=str(why)):
            return lost(phase, why)
    return lost(phase, str(error) or type(error).__name__)
