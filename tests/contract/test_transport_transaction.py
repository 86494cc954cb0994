"""One transaction against a relay that misbehaves: docs/mail.md §6, from MAIL to the final reply.

Every row is run with the commands in one write (RFC 2920) and one by one, and asserts the outcome,
its scope, and what the server received: the promise is in the test's name.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests import smtpd
from tests.smtpd import Authority, Server

from communique.domain.mail import Message
from communique.domain.outcome import Accepted, Answer, Deferred, Refused, Scope, Unknown
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay, Timeouts, TlsMode

SENDER = "bounces+7@bioquebec.example"
CONTENT = b"Subject: hi\r\n\r\nHello\r\n"
PATIENT = Timeouts(*[300.0] * 7)
BIG = b"Subject: big\r\n\r\n" + b"".join(b"%076d\r\n" % n for n in range(120_000))
EXTENSIONS = ("PIPELINING", "SIZE 20480000", "8BITMIME", "SMTPUTF8")


def mail(name: str = "member", content: bytes = CONTENT) -> Message:
    return Message(SENDER, f"{name}@massbio.example", content)


@pytest.fixture(params=[True, False], ids=["pipelined", "plain"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    together: bool = request.param
    return together


def server(behaviour: smtpd.Behaviour, extensions: tuple[str, ...] = EXTENSIONS) -> Server:
    return Server(behaviour, extensions=extensions)


def pool(server: Server, together: bool, first_rest: float = 5.0, **timeouts: float) -> Pool:
    limits = replace(PATIENT, **timeouts)
    return Pool(
        Relay(
            port=server.port,
            tls="none",
            pipelining=together,
            first_rest=first_rest,
            timeouts=limits,
        )
    )


def pass_time(seconds: float) -> None:
    """Let so many seconds pass at once, as the event loop sees it, however slow the machine."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds  # type: ignore[method-assign]  # it asks at every turn


async def attempt(
    behaviour: smtpd.Behaviour, pipelining: bool, content: bytes = CONTENT, /, **timeouts: float
) -> tuple[Answer, Server]:
    async with server(behaviour) as relay, pool(relay, pipelining, **timeouts) as transport:
        return await transport.send(mail(content=content)), relay


class Wire:
    """How the content travels: in TLS, what has not left yet is held one layer further down."""

    def __init__(self, tls: TlsMode, authority: Authority) -> None:
        self.tls: TlsMode = tls
        self.authority = authority

    async def attempt(
        self,
        behaviour: smtpd.Behaviour,
        together: bool,
        content: bytes = CONTENT,
        /,
        **limits: float,
    ) -> tuple[Answer, Server]:
        """As `attempt`, over this wire."""
        scripted = Server(
            behaviour,
            extensions=EXTENSIONS,
            tls=self.authority.server() if self.tls != "none" else None,
            implicit=self.tls == "implicit",
        )
        async with scripted as relay:
            reached = Relay(
                port=relay.port,
                tls=self.tls,
                ca_file=self.authority.file,
                pipelining=together,
                timeouts=replace(PATIENT, **limits),
            )
            async with Pool(reached) as transport:
                return await transport.send(mail(content=content)), relay


@pytest.fixture(params=["none", "starttls", "implicit"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Wire:
    return Wire(request.param, Authority(tmp_path))


LIMITS = {"MAIL": "command", "RCPT": "command", "DATA": "data"}
VERBS = [("MAIL", "at MAIL FROM"), ("RCPT", "at RCPT TO"), ("DATA", "at DATA")]


@pytest.mark.parametrize(("verb", "where"), [*VERBS, ("FINAL", "before the final reply")])
async def test_421_at_any_verb_defers_and_blames_nobody(
    verb: str, where: str, pipelining: bool
) -> None:
    answer = smtpd.saying_then_closing("421 4.3.2 Shutting down")
    outcome, relay = await attempt(smtpd.answering(**{verb: answer}), pipelining)
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert f"421 4.3.2 Shutting down ({where}" in outcome.reason.replace("sending the content", "")
    assert outcome.retry_after
    assert relay.connections == 1


@pytest.mark.parametrize(("verb", "where"), VERBS)
async def test_a_connection_lost_before_354_is_safe_to_retry(
    verb: str, where: str, pipelining: bool
) -> None:
    outcome, relay = await attempt(smtpd.answering(**{verb: smtpd.closing}), pipelining)
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert outcome.reason == f"the relay closed the connection {where}"
    assert relay.arrived == []


@pytest.mark.parametrize(("verb", "where"), VERBS)
async def test_silence_before_354_ends_in_time_and_is_safe_to_retry(
    verb: str, where: str, pipelining: bool
) -> None:
    behaviour = smtpd.answering(**{verb: smtpd.silent})
    outcome, relay = await attempt(behaviour, pipelining, **{LIMITS[verb]: 0.1})
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert outcome.reason == f"no answer in time {where}"
    assert relay.arrived == []


async def test_a_5xx_followed_by_a_close_is_the_5xx(pipelining: bool) -> None:
    answer = smtpd.saying_then_closing("550 5.7.1 Sender blocked")
    outcome, relay = await attempt(smtpd.answering(MAIL=answer), pipelining)
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.SITE
    assert not outcome.hard
    assert outcome.reason == "550 5.7.1 Sender blocked (at MAIL FROM)"
    assert relay.arrived == []


@pytest.mark.parametrize(
    ("reply", "kind", "scope", "hard"),
    [
        ("450 4.2.0 Greylisted", Deferred, Scope.RECIPIENT, False),
        ("452 4.3.1 No space", Deferred, Scope.SITE, False),
        ("550 5.1.1 User unknown", Refused, Scope.RECIPIENT, True),
        ("550 Rejected", Refused, Scope.RECIPIENT, False),
        ("552 5.2.2 Over quota", Deferred, Scope.RECIPIENT, False),
    ],
)
async def test_a_refused_recipient_is_judged_by_its_own_reply_and_gets_nothing(
    reply: str,
    kind: type[Deferred] | type[Refused],
    scope: Scope,
    hard: bool,
    pipelining: bool,
) -> None:
    outcome, relay = await attempt(smtpd.answering(RCPT=reply), pipelining)
    assert isinstance(outcome, kind)
    assert outcome.scope is scope
    assert getattr(outcome, "hard", False) is hard
    assert str(outcome.reply) == reply
    assert relay.arrived == []


async def test_after_a_refused_recipient_the_next_mail_uses_the_same_connection(
    pipelining: bool,
) -> None:
    """P7. The envelope that came to nothing is reset first."""

    async def refuse_bob(talk: smtpd.Talk) -> None:
        await talk.say("550 5.1.1 No" if talk.recipient.startswith("bob") else "250 2.1.5 Ok")
        if talk.recipient.startswith("bob"):
            talk.recipient = ""

    async with (
        server(smtpd.answering(RCPT=refuse_bob)) as relay,
        pool(relay, pipelining) as transport,
    ):
        refused = await transport.send(mail("bob"))
        accepted = await transport.send(mail("alice"))
    assert isinstance(refused, Refused)
    assert isinstance(accepted, Accepted)
    assert [one.recipient for one in relay.arrived] == ["alice@massbio.example"]
    assert relay.connections == 1
    assert "RSET" in relay.commands


async def test_a_refused_recipient_whose_data_is_accepted_is_sent_the_dot_alone() -> None:
    """RFC 2920 §3.1: 354 must be answered; nothing of the message goes with the dot."""
    behaviour = smtpd.answering(RCPT="550 5.1.1 No", DATA="354 Go on", FINAL="554 No recipients")
    async with server(behaviour) as relay, pool(relay, True) as transport:
        outcomes = [await transport.send(mail()) for _ in range(2)]
    assert all(isinstance(one, Refused) and one.hard for one in outcomes)
    assert [one.content for one in relay.arrived] == [b"", b""]
    assert relay.connections == 1


async def test_a_354_that_comes_late_but_in_time_is_waited_for(pipelining: bool) -> None:
    gate = asyncio.Event()

    async def late(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("354 Go on")
        await talk.read_content()
        await talk.say("250 Ok")

    async with server(smtpd.answering(DATA=late)) as relay, pool(relay, pipelining) as transport:
        sending = asyncio.create_task(transport.send(mail()))
        await relay.heard("DATA")
        gate.set()
        assert isinstance(await sending, Accepted)
    assert len(relay.arrived) == 1


async def test_a_final_reply_that_comes_late_but_in_time_makes_no_copy(pipelining: bool) -> None:
    """A limit of one minute here is how a sender made five copies; ours is ten."""
    assert Timeouts().final == 600
    gate = asyncio.Event()

    async def late(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("250 Ok")

    async with (
        server(smtpd.answering(FINAL=late)) as relay,
        pool(relay, pipelining, final=600) as transport,
    ):
        sending = asyncio.create_task(transport.send(mail()))
        await relay.kept(1)
        pass_time(500)  # beyond every limit but the final one
        await asyncio.sleep(0)
        gate.set()
        assert isinstance(await sending, Accepted)
    assert len(relay.arrived) == 1


async def test_no_final_reply_is_unknown_and_not_sent_again_by_itself(pipelining: bool) -> None:
    outcome, relay = await attempt(smtpd.answering(FINAL=smtpd.silent), pipelining, final=0.1)
    assert outcome == Unknown("no answer in time before the final reply")
    assert len(relay.arrived) == 1


async def test_a_close_after_the_dot_is_unknown_and_not_sent_again_by_itself(
    pipelining: bool,
) -> None:
    outcome, relay = await attempt(smtpd.answering(FINAL=smtpd.close_after_dot), pipelining)
    assert outcome == Unknown("the relay closed the connection before the final reply")
    assert len(relay.arrived) == 1
    assert relay.connections == 1


async def test_a_451_after_the_dot_defers_this_recipient(pipelining: bool) -> None:
    """It may have been stored all the same: the copy that docs/mail.md §6 allows."""
    outcome, relay = await attempt(smtpd.answering(FINAL="451 4.2.0 Try again"), pipelining)
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.RECIPIENT
    assert len(relay.arrived) == 1


async def test_a_window_that_closes_in_the_content_is_given_up_on_with_no_dot_sent(
    wire: Wire, pipelining: bool
) -> None:
    behaviour = smtpd.answering(DATA=smtpd.zero_window)
    outcome, relay = await wire.attempt(behaviour, pipelining, BIG, block=0.1)
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "no answer in time while sending the content"
    assert relay.arrived == []


async def test_a_relay_that_reads_slowly_but_reads_is_waited_for(
    wire: Wire, pipelining: bool
) -> None:
    async def slowly(talk: smtpd.Talk) -> None:
        await talk.say("354 Go on")
        for _ in range(6):
            pass_time(75)
            await talk.reader.readexactly(1_400_000)
        await talk.read_content()
        await talk.say("250 Ok")

    behaviour = smtpd.answering(DATA=slowly)
    outcome, relay = await wire.attempt(behaviour, pipelining, BIG)
    assert isinstance(outcome, Accepted)
    assert len(relay.arrived) == 1


async def test_a_reset_in_the_content_with_the_dot_unsent_is_safe_to_retry(
    wire: Wire, pipelining: bool
) -> None:
    behaviour = smtpd.answering(DATA=smtpd.reset_in_content)
    outcome, relay = await wire.attempt(behaviour, pipelining, BIG)
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert relay.arrived == []


async def test_a_reset_in_the_content_with_the_dot_gone_is_unknown(
    wire: Wire, pipelining: bool
) -> None:
    behaviour = smtpd.answering(DATA=smtpd.reset_in_content)
    outcome, relay = await wire.attempt(behaviour, pipelining)
    assert isinstance(outcome, Unknown)
    assert relay.arrived == []


async def test_a_refusal_in_the_middle_of_the_content_is_that_refusal(
    wire: Wire, pipelining: bool
) -> None:
    behaviour = smtpd.answering(DATA=smtpd.refuse_in_content)
    outcome, relay = await wire.attempt(behaviour, pipelining, BIG)
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.MESSAGE
    assert relay.arrived == []


async def test_a_250_in_the_middle_of_the_content_is_no_acceptance(
    wire: Wire, pipelining: bool
) -> None:
    """P2: what the relay had not even read, it cannot have taken."""

    async def early(talk: smtpd.Talk) -> None:
        await talk.say("354 Go on")
        await talk.reader.readexactly(4)
        await talk.say("250 2.0.0 Ok")
        await talk.silence()

    outcome, relay = await wire.attempt(smtpd.answering(DATA=early), pipelining, BIG)
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "a reply out of turn: 250 2.0.0 Ok"
    assert relay.arrived == []


UNREADABLE = [
    smtpd.raw(b"250-one\r\n550 two"),
    smtpd.raw(b"hello"),
    smtpd.raw(b"2500 Ok"),
    smtpd.raw(b"999 Ok"),
    smtpd.raw(b""),
    smtpd.endless_reply(10_000_000),
    smtpd.endless_line(10_000_000),
]


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_a_reply_that_makes_no_sense_is_temporary_and_bounded(
    answer: smtpd.Answer, pipelining: bool
) -> None:
    """Mismatched codes, no code, ten megabytes: before the content safe, after it unknown (P9)."""
    outcome, relay = await attempt(smtpd.answering(RCPT=answer), pipelining)
    assert isinstance(outcome, Deferred)
    assert outcome.scope is Scope.SITE
    assert len(outcome.reason) < 300
    assert relay.arrived == []
    outcome, relay = await attempt(smtpd.answering(FINAL=answer), pipelining)
    assert isinstance(outcome, Unknown)
    assert len(relay.arrived) == 1


async def test_a_reply_out_of_turn_is_not_taken_for_the_one_awaited(pipelining: bool) -> None:
    """Nor is anything said on that session again, where each reply would be another's."""
    answers = {"DATA": "250 Ok"}, {"MAIL": "250 Ok\n250 Ok"}, {"RCPT": "354 Go on"}
    for answer in answers:
        async with server(smtpd.at_first(smtpd.answering(**answer))) as relay:
            async with pool(relay, pipelining, first_rest=0.0) as transport:
                outcome = await transport.send(mail())
                assert isinstance(outcome, Deferred)
                assert outcome.scope is Scope.SITE
                assert relay.arrived == []
                assert isinstance(await transport.send(mail()), Accepted)
            assert len(relay.arrived) == 1
            assert relay.connections == 2


async def test_a_reply_that_is_not_utf8_is_kept_in_a_readable_form(pipelining: bool) -> None:
    answer = smtpd.raw("550 5.1.1 Boîte inconnue".encode("latin-1"))
    outcome, _ = await attempt(smtpd.answering(RCPT=answer), pipelining)
    assert isinstance(outcome, Refused)
    assert outcome.hard
    assert outcome.reason == r"550 5.1.1 Bo\xeete inconnue (at RCPT TO)"


async def test_a_reply_of_several_lines_is_one_reply(pipelining: bool) -> None:
    answer = "250-2.0.0 Queued\n250-2.0.0 as 42\n250 2.0.0 thanks"
    outcome, _ = await attempt(smtpd.answering(FINAL=answer), pipelining)
    assert isinstance(outcome, Accepted)
    assert str(outcome.reply) == "250 2.0.0 Queued as 42 thanks"


async def test_replies_that_arrive_one_octet_at_a_time_are_read(pipelining: bool) -> None:
    behaviour = smtpd.answering(
        MAIL=smtpd.one_octet_at_a_time("250-2.1.0 a\r\n250 2.1.0 b"),
        FINAL=smtpd.one_octet_at_a_time("250 2.0.0 Ok"),
    )
    outcome, relay = await attempt(behaviour, pipelining)
    assert isinstance(outcome, Accepted)
    assert len(relay.arrived) == 1


async def test_octets_that_never_make_a_reply_do_not_put_off_the_limit(pipelining: bool) -> None:
    behaviour = smtpd.answering(MAIL=smtpd.dribbling(0.02))
    outcome, _ = await attempt(behaviour, pipelining, command=0.2)
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "no answer in time at MAIL FROM"
