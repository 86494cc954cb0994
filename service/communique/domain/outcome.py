"""What an attempt ends in: one of four values, each with the blast radius of its trouble.

After Postfix's `smtp_trouble.c`: a failure is the recipient's, the message's or the site's, and is
soft or hard. Nothing here knows how replies are read; `smtp.verdict` makes these values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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

    reply: Reply
    scope: Scope = Scope.RECIPIENT


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; nothing was handed over. `reply` is None when the connection failed.

    `retry_after`: seconds until the transport will take more, where it knows. `tried` is False when
    the transport spoke to nobody about this mail, so that no attempt was made. `asked` is True when
    the relay had been told the recipient, who may be what it has trouble with, whoever is to blame.
    """

    reason: str
    scope: Scope
    reply: Reply | None = None
    retry_after: float | None = None
    tried: bool = True
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never; nothing was handed over. `hard` is true when the address itself is no good.

    `asked` as with `Deferred`.
    """

    reason: str
    scope: Scope
    reply: Reply | None = None
    hard: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The content was on its way and no final reply came: it may or may not have arrived."""

    reason: str
    scope: Scope = Scope.RECIPIENT
    reply: Reply | None = None


Outcome = Accepted | Deferred | Refused | Unknown
