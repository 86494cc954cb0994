# ruff: noqa: E501 - a reply is on one line
"""What large providers, hosters and common servers say, and what it means here.

Their words as they are known from their documentation, RFC 3463 and 5321, and bug reports of
senders; the addresses, hosts and numbers in them are made up. docs/mail.md §2 and §3.
"""

from __future__ import annotations

import pytest

from communique.domain.outcome import Deferred, Refused, Scope
from communique.smtp.meanings import Phase
from communique.smtp.verdict import judge, read

RCPT, FINAL, MAIL = Phase.RCPT, Phase.FINAL, Phase.MAIL

# What is to become of the attempt: outcome, scope, and whether the address is suppressed.
DEAD = (Refused, Scope.RECIPIENT, True)
REFUSED = (Refused, Scope.RECIPIENT, False)
LATER = (Deferred, Scope.RECIPIENT, False)
ALL_WAIT = (Deferred, Scope.SITE, False)
OURS = (Refused, Scope.SITE, False)
MESSAGE = (Refused, Scope.MESSAGE, False)

Expected = tuple[type[Deferred | Refused], Scope, bool]

REPLIES: list[tuple[str, Phase, str, Expected]] = [
    # Our quota, rate or account: everybody waits, and no reader fails.
    ("Gmail", FINAL, "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.mail.example/a/answer/166852", ALL_WAIT),
    ("Gmail", FINAL, "550 5.4.5 Daily SMTP relay limit exceeded for customer.", ALL_WAIT),
    ("Gmail", MAIL, "550 5.4.5 Daily user sending quota exceeded. a1-sm.42 - gsmtp", ALL_WAIT),
    ("Gmail", FINAL, "550 5.7.1 Daily SMTP relay limit exceeded for user.", ALL_WAIT),
    ("Gmail", RCPT, "452 4.5.3 Your message has too many recipients.", ALL_WAIT),
    ("Gmail", FINAL, "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.", ALL_WAIT),
    ("Exchange Online", FINAL, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message", ALL_WAIT),
    ("Exchange Online", FINAL, "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", ALL_WAIT),
    ("Exchange Online", FINAL, "550 5.7.705 Access denied, tenant has exceeded threshold", ALL_WAIT),
    ("Exchange Online", FINAL, "552 5.2.2 The message can't be submitted because the sender's submission quota was exceeded", ALL_WAIT),
    ("Exchange Online", FINAL, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", ALL_WAIT),
    ("Exchange Online", RCPT, "451 4.7.500 Server busy. Please try again later", ALL_WAIT),
    ("Amazon SES", FINAL, "454 Throttling failure: Maximum sending rate exceeded.", ALL_WAIT),
    ("Amazon SES", FINAL, "454 Throttling failure: Daily message quota exceeded.", ALL_WAIT),
    ("Amazon SES", FINAL, "554 Message rejected: Sending paused for this account. For more information, please check the inbox of the email address associated with your account.", ALL_WAIT),
    ("SendGrid", FINAL, "451 Authentication failed: Maximum credits exceeded", ALL_WAIT),
    ("SendGrid", FINAL, "550 Authentication failed: Maximum credits exceeded", ALL_WAIT),
    ("SparkPost", FINAL, "550 5.7.1 Exceed Sending Limit (daily)", ALL_WAIT),
    ("Mailgun", FINAL, "554 Your account has been disabled. Please contact support", ALL_WAIT),
    ("Zoho", FINAL, "550 5.4.6 Unusual sending activity detected. Please try after sometime", ALL_WAIT),
    ("OVH", FINAL, "552 Quota exceeded", ALL_WAIT),
    ("a hoster", FINAL, "554 Quota exceeded for this user's outgoing mail", ALL_WAIT),
    ("a hoster", FINAL, "550 You have exceeded your hourly quota of 500 messages", ALL_WAIT),
    ("a hoster", FINAL, "552 5.7.0 Mail quota exceeded", ALL_WAIT),
    ("a hoster", FINAL, "550 Your account is suspended for sending too many emails", ALL_WAIT),
    ("Exim with cPanel", FINAL, "550 Domain news.avis.example has exceeded the max emails per hour (500/500 (100%)) allowed. Message discarded.", ALL_WAIT),
    ("Exim with cPanel", RCPT, "451 Domain news.avis.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message will be reattempted later", ALL_WAIT),
    ("Postfix with a policy", RCPT, "450 4.7.1 <ann@lichen.example>: Recipient address rejected: Policy Rejection: message rate limit exceeded", ALL_WAIT),
    ("Postfix with a policy", RCPT, "554 5.7.1 <ann@lichen.example>: Recipient address rejected: Quota exceeded: sending limit of 200 reached", ALL_WAIT),
    ("GoDaddy", FINAL, "552 5.1.1 mailbox for bounces+x@avis.example is temporarily blocked: sent to too many recipients this hour", ALL_WAIT),
    ("Yahoo", FINAL, "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints", ALL_WAIT),
    ("RFC 3463", RCPT, "550 5.5.3 Too many recipients", ALL_WAIT),
    # The network: never a mailbox's.
    ("RFC 3463", FINAL, "554 5.4.0 Error: network", ALL_WAIT),
    ("RFC 3463", RCPT, "450 4.4.1 Connection timed out", ALL_WAIT),
    ("Postfix", FINAL, "554 5.4.6 Error: too many hops", ALL_WAIT),
    ("Exchange", FINAL, "554 5.4.14 Hop count exceeded - possible mail loop ATTR34", ALL_WAIT),
    ("Exchange Online", RCPT, "550 5.4.300 Message expired", ALL_WAIT),
    ("Postfix", RCPT, "451 4.3.0 <ann@lichen.example>: Temporary lookup failure", ALL_WAIT),
    ("Sendmail", RCPT, "452 4.4.5 Insufficient disk space; try again later", ALL_WAIT),
    ("RFC 5321", RCPT, "452 Requested action not taken: insufficient system storage", ALL_WAIT),
    # No such user.
    ("Gmail", RCPT, "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. For more information, go to https://support.mail.example/mail/?p=NoSuchUser a1-sm.42 - gsmtp", DEAD),
    ("Gmail", RCPT, "550 5.2.1 The email account that you tried to reach is disabled. For more information, go to https://support.mail.example/mail/?p=DisabledUser", DEAD),
    ("Outlook.com", RCPT, "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [lichen.example]", REFUSED),
    ("Exchange Online", RCPT, "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [HOST1.eop.protection.example 2026-11-26T03:00:00.000Z 08DE]", DEAD),
    ("Exchange Online", FINAL, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", DEAD),
    ("Yahoo", FINAL, "554 delivery error: dd This user doesn't have a mail.example account (ann@mail.example) [0] - mta1.mail.example", DEAD),
    ("Yahoo", FINAL, "554 delivery error: dd Sorry, your message to ann@mail.example cannot be delivered. This account has been disabled or discontinued [#102].", DEAD),
    ("a relay", RCPT, "554 5.0.0 <ann@lichen.example>: user does not have an account", DEAD),
    ("a relay", FINAL, "554 user does not have an account here", DEAD),
    ("Postfix", RCPT, "550 5.1.1 <ann@lichen.example>: Recipient address rejected: User unknown in virtual mailbox table", DEAD),
    ("Postfix", RCPT, "550 5.1.1 <ann@lichen.example>: Recipient address rejected: User unknown in relay recipient table", DEAD),
    ("Postfix", RCPT, "554 5.7.1 <ann@lichen.example>: Recipient address rejected: No such user", DEAD),
    ("Sendmail", RCPT, "550 5.1.1 <ann@lichen.example>... User unknown", DEAD),
    ("Sendmail", RCPT, "553 5.3.0 <ann@lichen.example>... No such user here", DEAD),
    ("Sendmail", RCPT, "501 5.1.3 <ann@>... Bad recipient address syntax", DEAD),
    ("qmail", FINAL, "553 sorry, no mailbox here by that name (#5.1.1)", DEAD),
    ("qmail", RCPT, "550 sorry, no mailbox here by that name. (#5.1.1 - chkusr)", DEAD),
    ("MDaemon", RCPT, "550 <ann@lichen.example>, Recipient unknown", DEAD),
    ("Exim", RCPT, "550 Unknown user", DEAD),
    ("Exim", RCPT, "550 No Such User Here", DEAD),
    ("Courier", RCPT, "550 User unknown.", DEAD),
    ("hMailServer", RCPT, "550 Unknown user", DEAD),
    ("iCloud", RCPT, "550 5.1.1 unknown or illegal alias: ann@lichen.example", DEAD),
    ("Mail.ru", RCPT, "550 Message was not accepted -- invalid mailbox. Local mailbox ann@lichen.example is unavailable: user not found", DEAD),
    ("Yandex", RCPT, "550 5.7.1 No such user!", DEAD),
    ("RFC 5321", RCPT, "501 No such recipient here", DEAD),
    ("RFC 5321", RCPT, "551 No such user: try elsewhere.example", DEAD),
    ("RFC 5321", RCPT, "553 Invalid mailbox", DEAD),
    ("IronPort", RCPT, "550 #5.1.1 Address rejected.", DEAD),
    ("Barracuda", FINAL, "550 permanent failure for one or more recipients (ann@lichen.example:User unknown)", DEAD),
    ("the law of codes", RCPT, "550 5.7.17 Mailbox owner has changed", DEAD),
    # Refused, and no proof that the address is no good.
    ("Exim", RCPT, "550 Unrouteable address", REFUSED),
    ("IronPort", RCPT, "550 #5.1.0 Address rejected.", REFUSED),
    ("RFC 5321", RCPT, "551 User not local; please try <ann@elsewhere.example>", REFUSED),
    ("RFC 5321", RCPT, "550 Requested action not taken: mailbox unavailable", REFUSED),
    ("RFC 5321", FINAL, "554 Transaction failed", REFUSED),
    ("RFC 5321", RCPT, "501 5.5.4 Syntax error in parameters or arguments", REFUSED),
    ("Orange", FINAL, "550 5.2.0 Mail rejete. Mail rejected. OFR_506", REFUSED),
    ("Postfix", RCPT, "550 5.1.2 <ann@lichen.example>: Recipient address rejected: Domain not found", REFUSED),
    ("Exchange Online", RCPT, "550 5.4.310 DNS domain lichen.example does not exist", REFUSED),
    ("RFC 3463", RCPT, "550 5.4.4 Unable to route: no mail hosts for domain", REFUSED),
    # A mailbox that is full, or that takes no more for now.
    ("Gmail", RCPT, "452 4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.mail.example/mail/?p=OverQuotaTemp", LATER),
    ("Gmail", RCPT, "552 5.2.2 The recipient's inbox is out of storage space and inactive.", LATER),
    ("Gmail", FINAL, "552 5.2.2 The email account that you tried to reach is over quota.", REFUSED),
    ("Gmail", RCPT, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.", LATER),
    ("Gmail", RCPT, "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.", LATER),
    ("Yandex", RCPT, "450 4.2.1 The recipient has exceeded their message rate limit. Try again later.", LATER),
    ("iCloud", RCPT, "552 5.2.2 <ann@lichen.example>: user is over quota", LATER),
    ("Dovecot", FINAL, "552 5.2.2 <ann@lichen.example> Quota exceeded (mailbox for user is full)", REFUSED),
    ("Dovecot", FINAL, "452 4.2.2 <ann@lichen.example> Quota exceeded (mailbox for user is full)", LATER),
    ("GMX", FINAL, "552 Requested mail action aborted: exceeded storage allocation. Mailbox quota exceeded", REFUSED),
    ("RFC 5321", RCPT, "552 Requested mail action aborted: exceeded storage allocation", LATER),
    ("RFC 3463", FINAL, "550 5.2.3 Message length exceeds administrative limit", REFUSED),
    # Greylisting.
    ("Postgrey", RCPT, "450 4.2.0 <ann@lichen.example>: Recipient address rejected: Greylisted, see http://postgrey.example/help", LATER),
    ("milter-greylist", RCPT, "451 4.7.1 Greylisting in action, please come back in 00:04:59", LATER),
    ("Exim", RCPT, "451 Temporary local problem - please try later", LATER),
    # Reputation, authentication, policy: ours to mend, and nobody's fault who reads.
    ("Gmail", FINAL, "550 5.7.26 This mail has been blocked because the sender is unauthenticated.", OURS),
    ("Gmail", FINAL, "550 5.7.1 [192.0.2.7] Our system has detected that this message is likely unsolicited mail.", OURS),
    ("Exchange Online", FINAL, "550 5.7.515 Access denied, sending domain avis.example does not meet the required authentication level.", OURS),
    ("Exchange Online", RCPT, "550 5.7.606 Access denied, banned sending IP [192.0.2.7]", OURS),
    ("Exchange Online", FINAL, "550 5.1.8 Access denied, bad outbound sender", OURS),
    ("Yahoo", FINAL, "554 5.7.9 Message not accepted for policy reasons.", OURS),
    ("Spamhaus by Postfix", RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.rbl.example", OURS),
    ("Postfix", RCPT, "554 5.7.1 <ann@lichen.example>: Relay access denied", OURS),
    ("Postfix", RCPT, "550 5.1.1 <ann@lichen.example>: sender address is on our blocklist", OURS),
    ("qmail", RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", OURS),
    ("Sendmail", RCPT, "550 5.7.1 <ann@lichen.example>... Relaying denied. Proper authentication required.", OURS),
    ("Yandex", FINAL, "554 5.7.1 Message rejected under suspicion of SPAM", OURS),
    ("Proofpoint", MAIL, "550 5.7.0 Blocked - see https://ipcheck.example/?ip=192.0.2.7", OURS),
    ("a null MX of ours", MAIL, "550 5.7.27 Sender address has null MX", OURS),
    # The message itself: the release is paused.
    ("Gmail", FINAL, "550 5.7.1 [192.0.2.7] Messages missing a valid Message-ID header are not accepted.", MESSAGE),
    ("Gmail", FINAL, "550 5.7.1 This message is not RFC 5322 compliant, the issue is: duplicate To headers.", MESSAGE),
    ("Gmail", FINAL, "552 5.3.4 Your message exceeded Google's message size limits.", MESSAGE),
    ("Exchange", MAIL, "552 5.3.4 Message size exceeds fixed maximum message size", MESSAGE),
    ("Exim", MAIL, "552 Message size exceeds maximum permitted", MESSAGE),
    ("Amavis", FINAL, "554 5.6.0 Bad message content", MESSAGE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("phase", "said", "expected"),
    [row[1:] for row in REPLIES],
    ids=[f"{who}: {said[:40]}" for who, _, said, _ in REPLIES],
)
def test_what_they_say_is_understood(phase: Phase, said: str, expected: Expected) -> None:
    code, _, text = said.partition(" ")
    outcome = judge(phase, read(int(code), text))
    assert (type(outcome), outcome.scope, getattr(outcome, "hard", False)) == expected


# FINDINGS: X.4.z never speaks of a mailbox; quota, rate and account words speak of us.


@pytest.mark.parametrize("phase", [RCPT, FINAL])
@pytest.mark.parametrize("first", [4, 5])
def test_the_network_is_never_a_mailboxs_trouble(phase: Phase, first: int) -> None:
    for detail in set(range(30)) - {4}:  # 5.4.4 is the domain's: it cannot be routed to
        outcome = judge(phase, read(first * 100 + 50, f"{first}.4.{detail} No"))
        assert (type(outcome), outcome.scope) == (Deferred, Scope.SITE)


@pytest.mark.parametrize("code", ["450", "451", "452", "550", "552", "554"])
@pytest.mark.parametrize(
    "words",
    [
        "Daily sending quota exceeded",
        "Sending limit reached",
        "Rate limit exceeded",
        "Too many messages, slow down",
        "Your account has been suspended",
        "You have exceeded your quota",
        "Throttled",
    ],
)
def test_of_our_quota_rate_or_account_no_reader_fails(code: str, words: str) -> None:
    for detail in ("", f"{code[0]}.7.1 ", f"{code[0]}.0.0 ", f"{code[0]}.4.5 "):
        outcome = judge(FINAL, read(int(code), detail + words))
        assert (type(outcome), outcome.scope) == (Deferred, Scope.SITE), detail


@pytest.mark.parametrize("code", [501, 550, 551, 553, 554])
@pytest.mark.parametrize("phase", [RCPT, FINAL])
def test_whatever_code_says_no_such_user_the_address_is_dead(code: int, phase: Phase) -> None:
    outcome = judge(phase, read(code, "No such user here"))
    assert isinstance(outcome, Refused)
    assert outcome.hard
    assert not getattr(judge(phase, read(code, "No")), "hard", False)
