"""What refusals mean: two tables, for 4xx and 5xx. The first row that fits a reply decides.

docs/mail.md §2 and §3. Words come before codes where relays are known to use a code for more than
it says: the quota of whoever sends is told with the codes of a full mailbox, and an unknown user
with those of policy. A row that suppresses an address fits only what can mean nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial

from communique.domain.outcome import Deferred, Refused, Reply, Scope


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
    RSET = "at RSET"


OPENING = frozenset({Phase.CONNECT, Phase.BANNER, Phase.EHLO, Phase.STARTTLS, Phase.AUTH})
HANDED_OVER = frozenset({Phase.CONTENT, Phase.FINAL})
BEFORE_RCPT = OPENING | {Phase.MAIL}


class Meaning(Enum):
    """What becomes of an attempt: whom its trouble concerns, and whether waiting mends it."""

    READER_WAITS = (Deferred, Scope.RECIPIENT)
    EVERYBODY_WAITS = (Deferred, Scope.SITE)
    READER_REFUSED = (Refused, Scope.RECIPIENT)  # and nothing says that the address is no good
    ADDRESS_DEAD = (Refused, Scope.RECIPIENT, True)  # it is suppressed
    MESSAGE_REFUSED = (Refused, Scope.MESSAGE)
    WE_ARE_REFUSED = (Refused, Scope.SITE)  # somebody has to mend it

    def __init__(self, kind: type[Deferred | Refused], scope: Scope, hard: bool = False) -> None:
        self.kind = kind
        self.scope = scope
        self.hard = hard


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what a reply means that fits all that the row asks of it. What is None asks nothing.

    `details` are the second and third number of an enhanced code (RFC 3463), as `1.1`; `7.*` is
    every code of subject 7, and an empty one stands for a reply that has none.
    """

    means: Meaning
    says: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None  # words beside which it would mean something else
    details: Sequence[str] | None = None
    phases: Container[Phase] | None = None
    codes: Container[int] | None = None

    def fits(self, phase: Phase, code: int, detail: str, words: str) -> bool:
        """Whether it decides about such a reply."""
        return (
            (self.phases is None or phase in self.phases)
            and (self.codes is None or code in self.codes)
            and (self.details is None or detail in self.details or _whole(detail) in self.details)
            and (self.says is None or bool(self.says.search(words)))
            and (self.never is None or not self.never.search(words))
        )


def _whole(detail: str) -> str:
    return f"{detail.partition('.')[0]}.*"


_words = partial(re.compile, flags=re.IGNORECASE | re.VERBOSE)

# Whose limit it is. A reader's own: their mailbox, or how much reaches them.
THEIR_LIMIT = _words(
    r"""(you\ are\ trying|you\ tried)\ to\ (contact|reach)
      | \b(recipient|mail\s?box|inbox|user)(\ \S*@\S*)?('s)?\ (has\ exceeded\ (their|its|the\ )
          |is\ receiving|is\ over|over|is\ full|full|quota|storage|size|disk)
      | \breceiving\ (mail|messages)"""
)
RECEIVING = _words(r"\breceiv(ing|e)\b.*\b(rate|quickly|fast|limit)|has\ exceeded\ (their|its)")
# Ours: how much we may send, and whether our account may at all.
OUR_LIMIT = _words(
    r"""\b(sending|submission|outgoing|outbound|relay(ing)?|smtp|message|e-?mail|recipient|send)s?
          [\ -](rate|limit|quota|credit)s?
      | \b(daily|hourly|monthly|per[\ -](second|minute|hour|day))\b
      | \b(rate|frequency)[\ -]?(limit|control|exceed)|\bthrottl
      | \btoo\ many\ (e-?mails|messages|mails|connections|recipients|concurrent|sessions)
      | \btoo\ (much\ mail|fast|frequent)
      | \b(maximum|max)\ (send|sending|credits|messages|e-?mails)
      | \b(sending|send)\ (paused|suspended|disabled|blocked|activity)
      | \b(paused|suspended)\ for\ this\ account
      | \byour\ (account|subscription|domain)\b.*\b(suspend|disabl|block|lock|limit|exceed|expir
          |deactivat|not\ active|inactive|restrict)\w*
      | \baccount\ (is\ |was\ |has\ been\ )?(temporarily\ )?(suspended|locked
          |not\ active|restricted)
      | \bexceeded\ (the|your)\ (max\w*|allowed|sending|limit|quota|threshold)
      | \b(quota|limit)\b.*\b(outgoing|sending|sent)
      | \btenant\b.*\b(exceed|threshold)|\bSubmissionQuota"""
)
# A limit of nobody in particular: where a mailbox is named, that one's.
A_LIMIT = _words(r"\bquota|\blimit\ exceeded|\bexceed\w*\b.*\b(limit|quota)")
A_MAILBOX = _words(
    r"""\bmail\s?(box|drop|dir|folder)|\binbox|\bstorage|\bdisk\b
      | \b(user|recipient|account)\b.*\bquota|\bquota\b.*\b(user|recipient)"""
)
HOST_FULL = _words(r"\binsufficient\ (system|disk|server)|\bsystem\ storage|\bno\ space\b")
NO_SUCH_USER = _words(
    r"""(user|recipient|mailbox|account|address|alias|person)
          (\ \S*@?\S*)?(\ is|\ was|\ address)?\W*
          (\ unknown|\ not\ (found|known|exist)|\ (does\ not|doesn'?t|did\ not)\ exist|\ invalid
           |\ not\ a\ valid)
      | (unknown|no\ such|invalid|non-?existent|unknown\ or\ illegal|not\ a\ valid)
          \ (local\ |virtual\ |e-?mail\ )?(user|recipient|mailbox|account|address|alias|person)
      | \b(does\ not|doesn'?t)\ have\ an?\b.*\baccount
      | \bno\ (mailbox|account|user|recipient)\b.*\b(here|by\ that\ name|with\ that|of\ that)
      | \baccount\b.*\b(disabled\ or\ discontinued|discontinued|deactivated|no\ longer\ (active
          |exists|available|valid)|closed|deleted|terminated)
      | \bis\ not\ (a\ )?(known|valid)\ (user|recipient|mailbox|address)
      | \bnot\ our\ customer"""
)
# Beside any of these, it may be our sender that is unknown, or a policy or a limit that speaks.
NOT_THEIRS = _words(
    r"""sender|verif|callout|callback|relay(?!\ recipient)|polic|block|blacklist|spam|denied
      | authenti|authori[sz]|\byour\ (address|account|domain)|https?://
      | \bclient\b|\bhost\ rejected|\bhelo\b|reputation|\bspf\b|\bdkim\b|\bdmarc\b|\brbl\b|dnsbl
      | gr[ea]y-?\s?list|\bquota|\brate\b|\blimit|throttl|temporar|try\ again"""
)
# The same where the code itself says that there is no such user: a link explains it there.
AGAINST_THE_CODE = _words(
    r"""\bsender\b|\bfrom\ address|block(ed|list|\ list)|black\s?list|\bspam|reputation|\bdnsbl
      | \brbl\b|\brate\b|\blimit|throttl|too\ many|this\ hour"""
)
NO_SUCH_DOMAIN = _words(
    r"""\b(domain|host|mx)(\ name|\ part)?(\ \S+)?(\ is|\ was)?\ (not\ (found|exist)
          |does\ not\ exist|doesn'?t\ exist|unknown|invalid)
      | \b(unknown|no\ such|non-?existent)\ (domain|host)|\bnxdomain|\bunroutable"""
)
ACCESS_DENIED = _words(r"\brecipient\ address\ rejected:?\ access\ denied")
OUR_FORM = _words(
    r"""rfc\W?\s?(2822|5322|822)|\b(multiple|duplicate|missing|invalid)\b.*\bheader|\bheaders?\b.*
          \b(missing|invalid|not\ valid|malformed|duplicate)|'?from:?'?\ header"""
)
TOO_BIG = _words(r"\bsize\b|too\ (big|large|long)|\bmessage\ length")
GREYLISTED = _words(r"gr[ea]y-?\s?list")

# The address is no good (docs/mail.md §2).
DEAD = ("1.1", "1.3", "1.6", "1.10", "2.1", "7.13", "7.17", "7.18")
# As good as no enhanced code: "other or undefined" (RFC 3463 §3.1–§3.6).
UNDEFINED = ("", "0.0", "1.0", "2.0", "3.0", "5.0")
# What is put on all refusals where nobody said which.
BY_DEFAULT = (*UNDEFINED, "7.0", "7.1")
OUR_ADDRESS = ("1.7", "1.8")  # the sender's: ours to mend
NOT_LOGGED_IN = frozenset({530, 534, 535, 538})
OF_USERS = frozenset({501, 550, 551, 553, 554})  # codes that relays put on "no such user"
# Permanent replies that RFC 5321, 4954, 6531 or 7504 define. Any other was classified by nobody.
KNOWN = frozenset({500, 501, 502, 503, 504, 521, 530, 534, 535, 538, *range(550, 557)})
UNKNOWN = frozenset(range(500, 600)) - KNOWN
AFTER_RCPT = frozenset({Phase.DATA, Phase.CONTENT, Phase.FINAL})
FROM_RCPT = AFTER_RCPT | {Phase.RCPT}

M = Meaning

TEMPORARY: Sequence[Row] = (
    Row(M.EVERYBODY_WAITS, codes={421}),  # it closes the channel, wherever it says so
    Row(M.EVERYBODY_WAITS, phases=BEFORE_RCPT),  # nobody was named yet
    Row(M.EVERYBODY_WAITS, details=["3.*", "5.3"]),  # the host; too many recipients
    Row(M.READER_WAITS, THEIR_LIMIT),
    Row(M.EVERYBODY_WAITS, OUR_LIMIT),
    Row(M.READER_WAITS, details=["2.*"]),
    Row(M.EVERYBODY_WAITS, HOST_FULL),
    Row(M.READER_WAITS, A_MAILBOX),
    Row(M.READER_WAITS, GREYLISTED),
    # Of the subjects of RFC 3463, the network (4) and policy (7) are never a mailbox's.
    Row(M.EVERYBODY_WAITS, details=["4.*", "7.*"]),
    Row(M.EVERYBODY_WAITS, A_LIMIT, phases=AFTER_RCPT),
    Row(M.READER_WAITS),
)

PERMANENT: Sequence[Row] = (
    Row(M.WE_ARE_REFUSED, phases=OPENING),
    Row(M.EVERYBODY_WAITS, details=["5.3"]),
    Row(M.READER_WAITS, RECEIVING, details=["2.1"]),
    # Whoever may not send (so much) is we: nobody is to blame, and all wait for that to end.
    Row(M.EVERYBODY_WAITS, OUR_LIMIT, never=_words(THEIR_LIMIT.pattern + "|" + TOO_BIG.pattern)),
    # The message's: whoever receives it.
    Row(M.MESSAGE_REFUSED, details=["3.4", "6.*"]),
    Row(M.MESSAGE_REFUSED, OUR_FORM, details=["7.*"]),
    Row(M.MESSAGE_REFUSED, TOO_BIG, A_MAILBOX, details=[""], codes={552}),
    # An address that cannot be written so, where a code of syntax stands in for it.
    Row(M.ADDRESS_DEAD, NO_SUCH_USER, NOT_THEIRS, ["5.*"], FROM_RCPT, OF_USERS),
    Row(M.READER_REFUSED, details=["5.*"], phases={Phase.RCPT}, codes={501, 553}),
    Row(M.READER_REFUSED, details=["5.0"], phases=FROM_RCPT),
    Row(M.WE_ARE_REFUSED, details=["5.0"]),
    Row(M.MESSAGE_REFUSED, details=["5.*"]),
    # Before RCPT nobody was named: what is refused is our sender.
    Row(M.EVERYBODY_WAITS, A_LIMIT, phases={Phase.MAIL}),
    Row(M.EVERYBODY_WAITS, phases={Phase.MAIL}, codes=UNKNOWN, details=[""]),
    Row(M.WE_ARE_REFUSED, phases={Phase.MAIL}),
    Row(M.WE_ARE_REFUSED, details=OUR_ADDRESS),
    # A full mailbox, or one that takes no message of this length.
    Row(M.READER_REFUSED, details=["2.2", "2.3"]),
    Row(M.READER_REFUSED, A_MAILBOX, NO_SUCH_USER, UNDEFINED),
    Row(M.EVERYBODY_WAITS, A_LIMIT, details=[*BY_DEFAULT, "4.*", "7.*"], phases=AFTER_RCPT),
    # The network, by RFC 3463: never a mailbox's, though Outlook says so of users unknown to it.
    Row(M.ADDRESS_DEAD, ACCESS_DENIED, details=["4.1"], phases={Phase.RCPT}),
    Row(M.READER_REFUSED, details=["1.2", "4.4"]),
    Row(M.READER_REFUSED, NO_SUCH_DOMAIN, NOT_THEIRS, [*UNDEFINED, "1.*", "4.*"]),
    Row(M.EVERYBODY_WAITS, details=["4.*"]),
    # An address that is no good, by its code or by words that can mean nothing else.
    Row(M.WE_ARE_REFUSED, AGAINST_THE_CODE, details=["1.1", "1.3", "2.1"]),
    Row(M.ADDRESS_DEAD, details=DEAD),
    Row(M.ADDRESS_DEAD, NO_SUCH_USER, NOT_THEIRS, BY_DEFAULT, codes=OF_USERS),
    # Reputation, authentication, policy.
    Row(M.WE_ARE_REFUSED, details=["7.*"]),
    Row(M.WE_ARE_REFUSED, codes=NOT_LOGGED_IN),
    Row(M.READER_WAITS, codes=UNKNOWN, details=[""]),
    Row(M.READER_REFUSED),
)

_ADDRESS = re.compile(r"[\w.+~=-]+@[\w.-]+")


def meaning(phase: Phase, reply: Reply) -> Meaning:
    """What a 4xx or 5xx in `phase` means."""
    detail = reply.enhanced.partition(".")[2] if reply.enhanced else ""
    words = _ADDRESS.sub("", reply.text)  # an address proves nothing, whatever words it contains
    rows = TEMPORARY if passing(phase, reply.code, detail) else PERMANENT
    return _first(rows, phase, reply.code, detail, words)


def passing(phase: Phase, code: int, detail: str) -> bool:
    """Whether it may be otherwise later: 4xx; and 552 at RCPT (RFC 5321 §4.5.3.1.10)."""
    return code // 100 == 4 or (code == 552 and phase is Phase.RCPT and detail != "3.4")


def understood(reply: Reply) -> bool:
    """Whether somebody defined what such a reply means."""
    return reply.code // 100 == 4 or reply.code in KNOWN or reply.enhanced is not None


def _first(rows: Iterable[Row], phase: Phase, code: int, detail: str, words: str) -> Meaning:
    return next(row.means for row in rows if row.fits(phase, code, detail, words))
