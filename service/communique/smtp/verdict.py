"""What a reply, or the lack of one, means: the one table from SMTP to `Outcome`.

docs/mail.md §2 and §3. Pure. Exceptions of sockets, TLS and aiosmtplib stop here. It must never
blame a recipient for what is the relay's or ours, nor take what it cannot read as permanent.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import replace
from enum import StrEnum

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

TEXT_LIMIT = 500

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)\s*")
# Surrogates are no characters: with one among them no text can be written down as UTF-8.
_UNPRINTABLE = re.compile(
    r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]+"
)
_UNDECODED = re.compile(r"[\udc80-\udcff]")


class Phase(StrEnum):
    """Which step of RFC 5321 is being waited for. The value is how a person is told of it."""

    CONNECT = "while connecting"
    BANNER = "before the greeting"
    EHLO = "at EHLO"
    STARTTLS = "at STARTTLS"
    AUTH = "at AUTH"
    MAIL = "at MAIL FROM"
    RCPT = "at RCPT TO"
    DATA = "at DATA"
    CONTENT = "while sending the content"
    FINAL = "before the final reply"


_OPENING = frozenset({Phase.CONNECT, Phase.BANNER, Phase.EHLO, Phase.STARTTLS, Phase.AUTH})
_HANDED_OVER = frozenset({Phase.CONTENT, Phase.FINAL})
_BEFORE_RCPT = _OPENING | {Phase.MAIL}

# RFC 3463 codes after which the address itself is no good (docs/mail.md §2).
_HARD = frozenset({"1.1", "1.3", "1.6", "1.10", "2.1", "7.13", "7.17", "7.18"})
# The sender's address, or how it proves who it is: ours to mend.
_OURS = frozenset({"1.7", "1.8"})
_TOO_MANY_RECIPIENTS = "5.3"
_MESSAGE_TOO_BIG = "3.4"
# As good as no enhanced code: "other or undefined" (RFC 3463 §3.1, §3.6).
_UNDEFINED = frozenset({"0.0", "5.0"})
# Permanent replies that RFC 5321, 4954, 6531 or 7504 define. Any other was classified by nobody.
_KNOWN_PERMANENT = frozenset({500, 501, 502, 503, 504, 521, 530, 534, 535, 538, *range(550, 557)})

_USER_UNKNOWN = re.compile(
    r"(user|recipient|mailbox|account|address)( is| was| address)?( unknown|:? not found"
    r"|:? (does not|doesn'?t) exist|:? invalid)"
    r"|(unknown|no such|invalid|non-?existent) (local )?(user|recipient|mailbox|account|address)",
    re.IGNORECASE,
)
# Beside any of these, it may be our sender that is unknown, or a policy that speaks.
_NOT_THEIRS = re.compile(
    r"sender|verif|callout|callback|relay|polic|block|blacklist|spam|denied|authenti|authori[sz]"
    r"|\byour (address|account|domain)|https?://",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+~=-]+@[\w.-]+")
_GREYLISTED = re.compile(r"gr[ea]y-?\s?list", re.IGNORECASE)
_TOO_BIG = re.compile(r"\bsize\b|too (big|large)", re.IGNORECASE)


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
    if first == 2 and phase in _HANDED_OVER:
        return Accepted(reply)
    reason = f"{reply} ({phase.value})"
    if first not in (4, 5):
        return _lost(phase, f"a reply out of turn: {reason}", reply)
    outcome = _refusal(phase, reply, reason)
    return outcome if phase in _BEFORE_RCPT else replace(outcome, asked=True)


def _refusal(phase: Phase, reply: Reply, reason: str) -> Deferred | Refused:
    """What a 4xx or 5xx means; the first digit decides, with the exceptions of docs/mail.md §3."""
    first = reply.code // 100
    if reply.code == 421:
        return Deferred(reason, Scope.SITE, reply)
    if phase in _OPENING:
        return (Deferred if first == 4 else Refused)(reason, Scope.SITE, reply)
    detail = reply.enhanced.partition(".")[2] if reply.enhanced else ""
    if first == 4 or (reply.code == 552 and phase is Phase.RCPT and detail != _MESSAGE_TOO_BIG):
        return Deferred(reason, _temporary_scope(phase, detail, reply), reply)
    return _permanent(phase, detail, reply, reason)


def _temporary_scope(phase: Phase, detail: str, reply: Reply) -> Scope:
    """Whose trouble a 4xx is; so too 552 at RCPT (RFC 5321 §4.5.3.1.10)."""
    subject = detail.partition(".")[0]
    if phase is Phase.MAIL or subject == "3" or detail == _TOO_MANY_RECIPIENTS:
        return Scope.SITE
    if subject == "7" and not _GREYLISTED.search(reply.text):
        return Scope.SITE
    return Scope.RECIPIENT


def _permanent(phase: Phase, detail: str, reply: Reply, reason: str) -> Deferred | Refused:
    """Whose trouble a 5xx inside a transaction is, and whether the address is to blame."""
    subject = detail.partition(".")[0]
    if reply.code not in _KNOWN_PERMANENT and not detail:
        scope = Scope.SITE if phase is Phase.MAIL else Scope.RECIPIENT
        return Deferred(f"not understood: {reason}", scope, reply)
    if detail == _TOO_MANY_RECIPIENTS:
        return Deferred(reason, Scope.SITE, reply)
    if detail == _MESSAGE_TOO_BIG or subject == "6":
        return Refused(reason, Scope.MESSAGE, reply)
    if subject == "5" and detail not in _UNDEFINED:
        return Refused(reason, Scope.MESSAGE, reply)
    if reply.code == 552 and not detail and _TOO_BIG.search(reply.text):
        return Refused(reason, Scope.MESSAGE, reply)
    if phase is Phase.MAIL or detail in _OURS:
        return Refused(reason, Scope.SITE, reply)
    if detail in _HARD:
        return Refused(reason, Scope.RECIPIENT, reply, hard=True)
    if subject == "7" or reply.code in (530, 534, 535, 538):
        return Refused(reason, Scope.SITE, reply)
    bare = phase is Phase.RCPT and reply.code == 550 and detail in ("", *_UNDEFINED)
    return Refused(reason, Scope.RECIPIENT, reply, hard=bare and _says_unknown(reply.text))


def _says_unknown(text: str) -> bool:
    """Whether a 550 without a code of its own says that there is no such recipient.

    The words that RFC 5321 §4.2.2 gives it, "mailbox unavailable", prove nothing: they stand for
    policy reasons too. Nor does an address, whatever words it happens to contain.
    """
    text = _ADDRESS.sub("", text)
    return bool(_USER_UNKNOWN.search(text)) and not _NOT_THEIRS.search(text)


def lost(phase: Phase, what: str) -> Outcome:
    """The outcome when no reply came: `what` happened to the connection in `phase`.

    Before the content nothing was handed over. Once the content is on its way nobody can say
    (RFC 1047).
    """
    return _lost(phase, f"{what} {phase.value}", None)


def _lost(phase: Phase, reason: str, reply: Reply | None) -> Outcome:
    if phase in _HANDED_OVER:
        return Unknown(reason, reply=reply)
    return Deferred(reason, Scope.SITE, reply, asked=phase not in _BEFORE_RCPT)


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
