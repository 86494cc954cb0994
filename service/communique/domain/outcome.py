"""What an attempt ends in: one of four values, each with the blast radius of its trouble.

After Postfix's `smtp_trouble.c`: a failure is the recipient's, the message's or the site's, and is
soft or hard. Nothing here knows how replies are read; `smtp.verdict` makes these values. A mail
that was not begun ends in none of them: it is `NotTried`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar


class Scope(StrEnum):
    """Whom an outcome concerns."""

    RECIPIENT = "recipient"  # this address only
    MESSAGE = "message"  # this release, whoever receives it: it is paused
    SITE = "site"  # the relay or our standing with it: the transport rests, nobody is blamed


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: `code` 200–599, `enhanced` (RFC 3463, `5.1.1`) or None, one line of `text`."""

    code: int
    enhanced: str | None
    text: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The next hop took responsibility (a 250 after the final dot). Never called delivered."""

    name: ClassVar[str] = "accepted"

    reply: Reply
    scope: Scope = Scope.RECIPIENT


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; nothing was handed over. `reply` is None when the connection failed.

    `retry_after`: seconds until the transport will take more, where it knows. `asked` is True when
    the relay had been told the recipient, who may be what it has trouble with, whoever is to blame.
    """

    name: ClassVar[str] = "deferred"

    reason: str
    scope: Scope
    reply: Reply | None = None
    retry_after: float | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never; nothing was handed over. `hard` is true when the address itself is no good.

    `asked` as with `Deferred`.
    """

    name: ClassVar[str] = "refused"

    reason: str
    scope: Scope
    reply: Reply | None = None
    hard: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The content was on its way and no final reply came: it may or may not have arrived."""

    name: ClassVar[str] = "unknown"

    reason: str
    scope: Scope = Scope.RECIPIENT
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class NotTried:
    """Nobody was told of this mail, so no attempt was made, and none is counted or logged.

    `retry_after`: seconds until it is worth asking again.
    """

    name: ClassVar[str] = "not tried"

    reason: str
    retry_after: float = 0.0


# Its turn did not come, or it may not go now. It waits for nothing but its turn.
NOT_STARTED = NotTried("not started")

_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


def impersonal(reason: str) -> str:
    """A reason without any address: for what others than its owner's association read (P6)."""
    return _ADDRESS.sub("…", reason)


_SAID = re.compile(
    r"(?<![\w.])(?P<code>[245]\d\d)( (?P<enhanced>[245]\.\d{1,3}\.\d{1,3}))?(?=\s|$)"
    r"(.*\((?P<phase>(at|before|while) [^()]+)\)$)?"
)
_CAUSE_LIMIT = 120


def cause(reason: str) -> str:
    """What a reason has in common with others: of a reply its code, its enhanced code and where it
    was said, and not its words, in which each reader's may have an address or a number.
    """
    if said := _SAID.search(reason):
        parts = (said["code"], said["enhanced"], said["phase"])
        return " ".join(part for part in parts if part)
    return impersonal(reason)[:_CAUSE_LIMIT]


def is_policy(cause: str) -> bool:
    """Whether a cause is a refusal of ours that somebody has to mend (RFC 3463 §3.8)."""
    return bool(re.match(r"\d{3} 5\.7\.", cause))


Outcome = Accepted | Deferred | Refused | Unknown
Answer = Outcome | NotTried  # what a transport says of a mail

# By the name that the store, the journal and the command line know it by.
OUTCOMES: Mapping[str, type[Outcome]] = MappingProxyType(
    {one.name: one for one in (Accepted, Deferred, Refused, Unknown)}
)
