"""Every row of docs/mail.md §2 and §3, as the one table that knows them."""

from __future__ import annotations

import itertools
import ssl

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.domain.outcome import Accepted, Deferred, Refused, Reply, Scope, Unknown, impersonal
from communique.smtp.meanings import Phase
from communique.smtp.verdict import expected, judge, lost, read, trouble

OPENING = (Phase.BANNER, Phase.EHLO, Phase.STARTTLS, Phase.AUTH)
HANDED_OVER = (Phase.CONTENT, Phase.FINAL)
TRANSACTION = (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.FINAL)
ALL_CODES = [code for code in range(200, 600) if code // 100 in (2, 3, 4, 5)]

RECIPIENT, MESSAGE, SITE = Scope.RECIPIENT, Scope.MESSAGE, Scope.SITE


def reply(text: str) -> Reply:
    code, _, rest = text.partition(" ")
    return read(int(code), rest)


ROWS: list[tuple[Phase, str, type, Scope, bool]] = [
    # Hard: the address itself is no good.
    (Phase.RCPT, "550 5.1.1 User unknown", Refused, RECIPIENT, True),
    (Phase.RCPT, "501 5.1.3 Bad address syntax", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.1.6 Mailbox has moved", Refused, RECIPIENT, True),
    (Phase.RCPT, "556 5.1.10 Null MX", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.2.1 Mailbox disabled", Refused, RECIPIENT, True),
    (Phase.RCPT, "525 5.7.13 User account disabled", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.7.17 Mailbox owner has changed", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.7.18 Domain owner has changed", Refused, RECIPIENT, True),
    (Phase.FINAL, "550 5.1.1 User unknown", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 No such user here", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 Unknown user", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.0.0 User unknown", Refused, RECIPIENT, True),
    (Phase.RCPT, "550 5.5.0 <ann@policy.example>: user not found", Refused, RECIPIENT, True),
    # Refused, but nothing says that the address is no good.
    (Phase.RCPT, "550 Rejected", Refused, RECIPIENT, False),
    (Phase.RCPT, "550 5.1.2 Bad destination system", Refused, RECIPIENT, False),
    (Phase.RCPT, "550 5.4.4 Unable to route", Refused, RECIPIENT, False),
    (Phase.RCPT, "550 5.2.2 Mailbox full", Refused, RECIPIENT, False),
    (Phase.RCPT, "554 No", Refused, RECIPIENT, False),
    (Phase.RCPT, "550 Requested action not taken: mailbox unavailable", Refused, RECIPIENT, False),
    (Phase.RCPT, "550 5.5.0 Requested action: mailbox unavailable", Refused, RECIPIENT, False),
    (Phase.FINAL, "550 No such user here", Refused, RECIPIENT, True),
    (Phase.FINAL, "554 Transaction failed", Refused, RECIPIENT, False),
    (Phase.DATA, "554 No valid recipients", Refused, RECIPIENT, False),
    # The sender's fault: our standing, never the recipient's.
    (Phase.RCPT, "550 5.7.1 Blocked", Refused, SITE, False),
    (Phase.RCPT, "554 5.7.1 Relay access denied", Refused, SITE, False),
    (Phase.FINAL, "550 5.7.26 Unauthenticated mail", Refused, SITE, False),
    (Phase.FINAL, "554 5.7.1 Spam", Refused, SITE, False),
    (Phase.RCPT, "450 4.7.1 Try later", Deferred, SITE, False),
    (Phase.FINAL, "451 4.7.500 Server busy", Deferred, SITE, False),
    (Phase.RCPT, "550 5.1.8 Sender's domain does not exist", Refused, SITE, False),
    (Phase.RCPT, "553 5.1.7 Bad sender's address", Refused, SITE, False),
    (Phase.RCPT, "530 Authentication required", Refused, SITE, False),
    (Phase.MAIL, "530 5.7.0 Must issue a STARTTLS command first", Refused, SITE, False),
    (Phase.MAIL, "550 Sender refused", Refused, SITE, False),
    (Phase.MAIL, "550 5.1.1 No such user", Refused, SITE, False),
    (Phase.MAIL, "553 5.1.8 Domain of sender does not exist", Refused, SITE, False),
    (Phase.MAIL, "450 4.1.8 Domain of sender not found", Deferred, SITE, False),
    (Phase.MAIL, "451 Local error", Deferred, SITE, False),
    (Phase.MAIL, "452 4.3.1 Insufficient system storage", Deferred, SITE, False),
    # The message's fault.
    (Phase.MAIL, "552 5.3.4 Message too big", Refused, MESSAGE, False),
    (Phase.MAIL, "555 5.5.4 Unsupported option", Refused, MESSAGE, False),
    (Phase.RCPT, "552 5.3.4 Message too big", Refused, MESSAGE, False),
    (Phase.FINAL, "552 5.3.4 Message too big", Refused, MESSAGE, False),
    (Phase.FINAL, "552 Message size exceeds the limit", Refused, MESSAGE, False),
    (Phase.FINAL, "554 5.6.0 Cannot be converted", Refused, MESSAGE, False),
    (Phase.FINAL, "550 5.5.2 Syntax error", Refused, MESSAGE, False),
    (Phase.RCPT, "503 5.5.1 Bad sequence", Refused, MESSAGE, False),
    # Greylisting and other passing trouble of one recipient.
    (Phase.RCPT, "450 4.2.0 Greylisted", Deferred, RECIPIENT, False),
    (Phase.RCPT, "451 4.7.1 Greylisting in action", Deferred, RECIPIENT, False),
    (Phase.RCPT, "450 Try again", Deferred, RECIPIENT, False),
    (Phase.RCPT, "451 Try again", Deferred, RECIPIENT, False),
    (Phase.RCPT, "452 4.2.2 Mailbox full", Deferred, RECIPIENT, False),
    (Phase.FINAL, "451 Local error", Deferred, RECIPIENT, False),
    # 552 at RCPT is 452 (RFC 5321 §4.5.3.1.10).
    (Phase.RCPT, "552 Exceeded storage allocation", Deferred, RECIPIENT, False),
    (Phase.RCPT, "552 5.2.2 Mailbox full", Deferred, RECIPIENT, False),
    (Phase.RCPT, "552 5.5.3 Too many recipients", Deferred, SITE, False),
    # The relay's passing trouble.
    (Phase.RCPT, "452 4.3.1 Insufficient system storage", Deferred, SITE, False),
    (Phase.RCPT, "452 4.5.3 Too many recipients", Deferred, SITE, False),
    (Phase.RCPT, "550 5.5.3 Too many recipients", Deferred, SITE, False),
    (Phase.RCPT, "450 4.4.3 Host not found", Deferred, SITE, False),
    (Phase.FINAL, "451 4.3.0 Temporary lookup failure", Deferred, SITE, False),
    (Phase.AUTH, "454 4.7.0 Temporary authentication failure", Deferred, SITE, False),
    (Phase.AUTH, "535 5.7.8 Authentication failed", Refused, SITE, False),
    (Phase.BANNER, "554 No SMTP service here", Refused, SITE, False),
    (Phase.BANNER, "521 Host accepts no mail", Refused, SITE, False),
    # Classified by nobody: temporary.
    (Phase.RCPT, "571 Whatever", Deferred, RECIPIENT, False),
    (Phase.FINAL, "599 Whatever", Deferred, RECIPIENT, False),
    (Phase.MAIL, "599 Whatever", Deferred, SITE, False),
]


@pytest.mark.parametrize(("phase", "text", "kind", "scope", "hard"), ROWS, ids=str)
def test_a_reply_means_what_the_table_says(
    phase: Phase, text: str, kind: type, scope: Scope, hard: bool
) -> None:
    outcome = judge(phase, reply(text))
    assert type(outcome) is kind
    assert outcome.scope is scope
    assert getattr(outcome, "hard", False) is hard
    assert outcome.reply == reply(text)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.CONNECT])
def test_421_is_the_sites_at_every_verb(phase: Phase) -> None:
    for text in ("421 Bye", "421 4.7.0 Too many connections", "421 4.2.2 Odd"):
        outcome = judge(phase, reply(text))
        assert isinstance(outcome, Deferred)
        assert outcome.scope is SITE


def test_no_recipient_is_blamed_for_what_happens_before_the_transaction() -> None:
    for phase, code in itertools.product(OPENING, range(400, 600)):
        assert judge(phase, Reply(code, f"{code // 100}.1.1", "User unknown")).scope is SITE


@pytest.mark.parametrize("phase", TRANSACTION)
def test_the_first_digit_decides(phase: Phase) -> None:
    for code in range(400, 500):
        assert isinstance(judge(phase, Reply(code, None, "")), Deferred)
    for code in range(500, 600):
        assert isinstance(judge(phase, Reply(code, None, "")), Deferred | Refused)
        assert not getattr(judge(phase, Reply(code, None, "")), "hard", False)


@pytest.mark.parametrize("phase", list(Phase))
def test_only_from_rcpt_on_has_the_relay_been_asked_about_the_recipient(phase: Phase) -> None:
    asked = phase in (Phase.RCPT, Phase.DATA, Phase.CONTENT, Phase.FINAL, Phase.RSET)
    outcomes = [judge(phase, Reply(code, None, "")) for code in range(300, 600)]
    for outcome in [*outcomes, lost(phase, "the relay closed the connection")]:
        if isinstance(outcome, Deferred | Refused):
            assert outcome.asked is asked


def test_only_a_2xx_to_the_content_is_accepted() -> None:
    for phase, code in itertools.product(Phase, ALL_CODES):
        accepted = isinstance(judge(phase, Reply(code, None, "")), Accepted)
        assert accepted is (phase in HANDED_OVER and code // 100 == 2)


def test_a_policy_refusal_is_never_hard_and_never_the_recipients() -> None:
    hard = {13, 17, 18}
    for phase, detail in itertools.product(TRANSACTION, range(40)):
        outcome = judge(phase, Reply(550, f"5.7.{detail}", "No"))
        if detail in hard and phase is not Phase.MAIL:
            assert isinstance(outcome, Refused)
            assert outcome.hard
        else:
            assert outcome.scope is SITE
            assert not getattr(outcome, "hard", False)


UNKNOWN = [
    "User unknown",
    "Recipient not found",
    "<ann@sender.example>: mailbox does not exist",
    "the account doesn't exist",
    "Address invalid",
    "No such user here",
    "Unknown local recipient",
    "Non-existent mailbox",
    "no such address: ann@relay-policy.example",
]
NOT_THEIRS = [
    "550 Verification failed for <bounces+1@avis.example> {} Sender verify failed",
    "550 Sender verify failed: {}",
    "550 Sender address rejected: {}",
    "550 {}: your address does not resolve",
    "550 Callout verification of bounces+1@avis.example: {}",
    "550 Callback failed, {}",
    "550 relaying denied: {} for authenticated user",
    "550 {}: not authorised here",
    "550 {} (SMTP AUTHENTICATION needed)",
    "550 Rejected by our Policy: {}",
    "550 {} or blocked",
    "550 Blacklisted; {}",
    "550 Access denied: {}",
    "550 Looks like spam. {}",
    "550 {} For explanation visit https://postmaster.example/?to=ann@lichen.example",
    "550 5.0.0 sender refused, {}",
    "550 5.5.0 sender refused, {}",
]


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_a_bare_550_is_hard_only_where_it_speaks_of_nothing_but_the_recipient(unknown: str) -> None:
    """Such a refusal suppresses somebody for good; one of our sender or of a policy must not."""
    assert judge(Phase.RCPT, reply(f"550 {unknown}")) == Refused(
        f"550 {unknown} (at RCPT TO)", RECIPIENT, reply(f"550 {unknown}"), hard=True, asked=True
    )
    for said in NOT_THEIRS:
        outcome = judge(Phase.RCPT, reply(said.format(unknown)))
        assert isinstance(outcome, Refused)
        assert (outcome.scope, outcome.hard) == (RECIPIENT, False), said


def test_a_reply_out_of_turn_hands_nothing_over_before_the_content() -> None:
    assert isinstance(judge(Phase.DATA, reply("250 Ok")), Deferred)
    assert isinstance(judge(Phase.MAIL, reply("354 Go")), Deferred)
    assert isinstance(judge(Phase.FINAL, reply("354 Go")), Unknown)


@pytest.mark.parametrize("phase", list(Phase))
def test_a_lost_connection_is_unknown_only_once_the_content_is_on_its_way(phase: Phase) -> None:
    outcome = lost(phase, "the relay closed the connection")
    if phase in HANDED_OVER:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Deferred)
        assert outcome.scope is SITE
    assert outcome.reason.startswith("the relay closed the connection ")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        ConnectionResetError(104, "Connection reset by peer"),
        OSError(113, "No route to host"),
        TimeoutError(),
        aiosmtplib.SMTPConnectTimeoutError("slow"),
        aiosmtplib.SMTPServerDisconnected("gone"),
        aiosmtplib.SMTPResponseException(-1, "Malformed"),
        aiosmtplib.SMTPHeloError(554, "No"),
        aiosmtplib.SMTPException("odd"),
        ssl.SSLError("odd"),
        UnicodeError("label too long"),
        RuntimeError("nobody has thought of this"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_exception_becomes_a_site_matter_with_a_reason(error: Exception) -> None:
    outcome = trouble(Phase.EHLO, error)
    assert outcome.scope is SITE
    assert isinstance(outcome, Deferred | Refused)
    assert outcome.reason.endswith(("at EHLO", "(at EHLO)"))


@pytest.mark.parametrize(
    ("phase", "code", "goes_on"),
    [
        (Phase.MAIL, 250, True),
        (Phase.RCPT, 251, True),
        (Phase.RCPT, 252, True),
        (Phase.DATA, 354, True),
        (Phase.DATA, 250, False),
        (Phase.MAIL, 354, False),
        (Phase.RCPT, 450, False),
    ],
)
def test_what_lets_the_conversation_go_on(phase: Phase, code: int, goes_on: bool) -> None:
    assert expected(phase, Reply(code, None, "")) is goes_on


def test_the_enhanced_code_is_told_from_the_text() -> None:
    assert read(550, "5.1.1 No such user") == Reply(550, "5.1.1", "No such user")
    assert read(550, "5.1.1 No such user 5.1.1 Try elsewhere").text == "No such user Try elsewhere"
    assert read(250, "2.0.0") == Reply(250, "2.0.0", "")
    assert read(250, "9.1.1 odd") == Reply(250, None, "9.1.1 odd")
    assert read(250, "2.0.0Ok") == Reply(250, None, "2.0.0Ok")


def test_a_reply_cannot_write_lines_of_its_own_into_a_log() -> None:
    text = read(550, "a\x1b[31mb\nc\u2028d\x85e\x00f").text
    assert text == "a [31mb c d e f"
    assert len(read(550, "x" * 100_000).text) == 500


def test_octets_that_are_no_utf8_stay_legible_and_what_is_no_text_is_left_out() -> None:
    """aiosmtplib hands such octets on as lone surrogates, which no log can keep."""
    assert read(421, b"Trop occup\xe9".decode("utf-8", "surrogateescape")).text == r"Trop occup\xe9"
    assert read(421, "occupé \U0001f600").text == "occupé \U0001f600"
    assert read(421, "a\ud800b\udfffc\udc00d").text == "a b c d"


@given(st.binary(), st.text(st.characters(codec=None)))
def test_a_replys_text_can_always_be_written_down(octets: bytes, text: str) -> None:
    for said in (octets.decode("utf-8", "surrogateescape"), text):
        assert read(550, said).text.encode().decode() == read(550, said).text


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "451 4.3.0 <ana@x.example>: Temporary lookup failure",
            "451 4.3.0 …: Temporary lookup failure",
        ),
        ("554 5.7.1 hélène+a@x.example denied", "554 5.7.1 … denied"),
        ("421 too many connections", "421 too many connections"),
    ],
)
def test_what_others_are_told_of_a_relays_trouble_names_nobody(reason: str, told: str) -> None:
    """P6: a transport rests for every association that sends through it, and says why."""
    assert impersonal(reason) == told
