"""Many mails through one relay: sessions opened, reused, retired and rested; rates; what is said.

The clock is ours where a test speaks of time. A mail that nothing was said of is never deferred
for the sake of a connection that ended in the ordinary way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests import smtpd
from tests.contract.fakes import Mail
from tests.smtpd import Server

from communique.domain.mail import Message
from communique.domain.outcome import (
    Accepted,
    Answer,
    Deferred,
    NotTried,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from communique.domain.pacing import Rate
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay, Timeouts

SENDER = "bounces+7@bioquebec.example"
CONTENT = b"Subject: hi\r\n\r\nHello\r\n"
PATIENT = Timeouts(*[20.0] * 7)


class Hand:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def mail(name: str = "member") -> Message:
    return Message(SENDER, name if "@" in name else f"{name}@massbio.example", CONTENT)


def taken(transport: Pool, name: str, kind: type[Mail] = Mail) -> asyncio.Future[Answer]:
    """What comes of a mail that a transport is asked to take."""
    made = kind(SENDER, name if "@" in name else f"{name}@massbio.example", CONTENT)
    transport.take(made)
    return made.answer


class Late(Mail):
    """Its claim lapsed before DATA."""

    def may_go(self) -> bool:
        return False


class TooLate(Mail):
    """Its claim lapsed while 354 was awaited."""

    def begin(self) -> bool:
        return False


class Mistaken(Mail):
    """Asking it fails."""

    def may_go(self) -> bool:
        raise ZeroDivisionError


class Nothing(Mail):
    """When its turn comes, there is nothing to send."""

    def ready(self) -> bool:
        return False


@pytest.fixture(params=[True, False], ids=["pipelined", "plain"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    together: bool = request.param
    return together


def pool(server: Server, now: Callable[[], float] | None = None, **fields: Any) -> Pool:
    made = Relay(port=server.port, tls="none", timeouts=PATIENT)
    relay = replace(made, **fields)
    return Pool(relay, now=now) if now else Pool(relay)


async def send_all(transport: Pool, count: int) -> list[Answer]:
    return await asyncio.gather(*(transport.send(mail(f"m{n}")) for n in range(count)))


def each_once(server: Server, count: int) -> bool:
    return Counter(one.recipient for one in server.arrived) == Counter(
        f"m{n}@massbio.example" for n in range(count)
    )


def accepted(outcomes: list[Answer]) -> bool:
    return all(isinstance(one, Accepted) for one in outcomes)


# Sessions


async def test_mails_share_sessions_and_each_arrives_once(pipelining: bool) -> None:
    async with (
        Server(smtpd.polite) as server,
        pool(server, connections=4, pipelining=pipelining) as transport,
    ):
        outcomes = await send_all(transport, 200)
    assert accepted(outcomes)
    assert each_once(server, 200)
    assert 1 < server.connections <= 4


async def test_the_window_opens_with_success_and_never_beyond_its_limit() -> None:
    async with Server(smtpd.polite) as server, pool(server, connections=3) as transport:
        await transport.send(mail())
        assert server.connections == 1
        await send_all(transport, 50)
    assert server.most_open == 3


async def test_the_next_mails_commands_follow_the_dot_in_the_same_write() -> None:
    """RFC 2920 §3.1. The relay, still busy with one content, already holds the next envelope."""
    gate = asyncio.Event()

    async def final(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("250 2.0.0 Ok")

    async with (
        Server(smtpd.answering(FINAL=final)) as server,
        pool(server, connections=1) as transport,
    ):
        sending = [asyncio.create_task(transport.send(mail(f"m{n}"))) for n in range(3)]
        await server.kept(1)
        gate.set()
        assert accepted([await one for one in sending])
    assert each_once(server, 3)
    assert server.groups >= 3


async def test_the_content_behind_an_unanswered_one_stays_here() -> None:
    """P3: copies at most as many as contents under way, and a chained mail has sent none."""
    async with (
        Server(smtpd.at_first(smtpd.answering(FINAL=smtpd.close_after_dot))) as server,
        pool(server, connections=1) as transport,
    ):
        outcomes = await send_all(transport, 3)
    assert [type(one) for one in outcomes] == [Unknown, Accepted, Accepted]
    assert each_once(server, 3)


@pytest.mark.parametrize("silence", [False, True], ids=["closes", "says nothing"])
async def test_a_reused_session_lost_after_the_dot_is_unknown_and_makes_no_copy(
    silence: bool, pipelining: bool
) -> None:
    """Only what had not come to its content may be retried by itself, however old the session."""

    async def final(talk: smtpd.Talk) -> None:
        if talk.messages == 3:
            await (smtpd.silent if silence else smtpd.close_after_dot)(talk)
        await talk.say("250 2.0.0 Ok")

    limits = replace(PATIENT, final=0.2)
    async with (
        Server(smtpd.answering(FINAL=final)) as server,
        pool(server, connections=1, pipelining=pipelining, timeouts=limits) as transport,
    ):
        outcomes = [await transport.send(mail(f"m{n}")) for n in range(3)]
    assert [type(one) for one in outcomes] == [Accepted, Accepted, Unknown]
    assert each_once(server, 3)


async def test_a_session_is_retired_before_the_relays_own_limit(pipelining: bool) -> None:
    async with (
        Server(smtpd.closing_at_mail(5, "421 4.7.0 Enough")) as server,
        pool(server, connections=1, per_connection=5, pipelining=pipelining) as transport,
    ):
        outcomes = await send_all(transport, 20)
    assert accepted(outcomes)
    assert each_once(server, 20)
    assert server.connections == 4
    assert server.commands.count("QUIT") == 4


@pytest.mark.parametrize(
    "behaviour",
    [
        smtpd.closing_after(3),
        smtpd.closing_at_mail(3),
        smtpd.closing_at_mail(3, "421 4.7.0 Enough for one connection"),
    ],
    ids=["closes after the 250", "closes at the next MAIL", "421 at the next MAIL"],
)
async def test_a_relay_that_closes_after_some_messages_costs_no_deferral_and_no_copy(
    behaviour: smtpd.Behaviour, pipelining: bool
) -> None:
    async with (
        Server(behaviour) as server,
        pool(server, connections=2, pipelining=pipelining) as transport,
    ):
        outcomes = await send_all(transport, 20)
    assert accepted(outcomes)
    assert each_once(server, 20)


@pytest.mark.parametrize("reply", ["421 4.4.2 Idle for too long", None])
async def test_a_relay_that_hangs_up_on_an_idle_session_costs_no_deferral(
    reply: str | None, pipelining: bool
) -> None:
    gate = asyncio.Event()
    idle = smtpd.unsolicited(reply, gate)
    async with (
        Server(smtpd.at_first(idle)) as server,
        pool(server, pipelining=pipelining) as transport,
    ):
        first = await transport.send(mail("m0"))
        gate.set()
        second = await transport.send(mail("m1"))
    assert accepted([first, second])
    assert each_once(server, 2)


async def test_an_idle_session_takes_leave_by_itself() -> None:
    async with Server(smtpd.polite) as server, pool(server, idle=0.05) as transport:
        await transport.send(mail())
        await server.heard("QUIT")
        assert accepted([await transport.send(mail())])
    assert server.connections == 2


async def test_a_relay_that_bears_few_connections_is_sent_through_those() -> None:
    async with Server(smtpd.at_most_open(2)) as server, pool(server, connections=8) as transport:
        outcomes = await send_all(transport, 60)
    assert accepted(outcomes)
    assert each_once(server, 60)
    assert server.connections < 12


async def test_closing_finishes_what_is_in_flight_and_takes_leave(pipelining: bool) -> None:
    """SIGTERM: no copies, nobody lost; what had not begun is told to come back."""
    gate = asyncio.Event()

    async def final(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("250 2.0.0 Ok")

    async with Server(smtpd.answering(FINAL=final)) as server:
        transport = pool(server, connections=1, pipelining=pipelining)
        sending = [asyncio.create_task(transport.send(mail(f"m{n}"))) for n in range(5)]
        await server.kept(1)
        closing = asyncio.create_task(transport.close())
        await asyncio.sleep(0)
        late = await transport.send(mail("late"))
        gate.set()
        await closing
        outcomes = [await one for one in sending]
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(late, NotTried)
    assert "closing" in late.reason
    arrived = {one.recipient for one in server.arrived}
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, Accepted) is (f"m{number}@massbio.example" in arrived)
    assert server.commands[-1] == "QUIT"


async def test_giving_up_on_an_answer_does_not_cut_the_transaction() -> None:
    gate = asyncio.Event()

    async def final(talk: smtpd.Talk) -> None:
        await gate.wait()
        await talk.say("250 2.0.0 Ok")

    async with (
        Server(smtpd.answering(FINAL=final)) as server,
        pool(server, connections=1) as transport,
    ):
        sending = asyncio.create_task(transport.send(mail("m0")))
        waiting = asyncio.create_task(transport.send(mail("never")))
        await server.kept(1)
        sending.cancel()
        waiting.cancel()
        gate.set()
        assert accepted([await transport.send(mail("m1"))])
    assert server.connections == 1


# The lease


@pytest.mark.parametrize("late", [Late, TooLate])
async def test_without_the_lease_no_content_is_written(late: type[Mail], pipelining: bool) -> None:
    async with Server(smtpd.polite) as server, pool(server, pipelining=pipelining) as transport:
        outcome = await taken(transport, "m0", late)
        assert accepted([await transport.send(mail("m1"))])
    assert isinstance(outcome, NotTried)
    assert outcome.reason == "not started"  # which is what people read
    assert [one.recipient for one in server.arrived] == ["m1@massbio.example"]


async def test_a_mistake_in_our_own_code_is_not_taken_for_the_relays() -> None:
    async with Server(smtpd.polite) as server, pool(server) as transport:
        with pytest.raises(ZeroDivisionError):
            await taken(transport, "member", Mistaken)
        assert accepted([await transport.send(mail())])


async def test_what_has_nothing_to_send_when_its_turn_comes_is_passed_over() -> None:
    async with Server(smtpd.polite) as server, pool(server, connections=1) as transport:
        for name, kind in (("m0", Mail), ("m1", Nothing), ("m2", Nothing)):
            taken(transport, name, kind)
        assert accepted([await transport.send(mail("m3"))])
        taken(transport, "m4", Nothing)
        assert accepted([await transport.send(mail("m5"))])
    arrived = [one.recipient.partition("@")[0] for one in server.arrived]
    assert arrived == ["m0", "m3", "m5"]


# Rests


async def test_after_site_trouble_the_transport_rests_longer_each_time_and_recovers() -> None:
    now = Hand()
    state = "421 4.3.2 Down"

    async def mail_from(talk: smtpd.Talk) -> None:
        if state:
            await smtpd.saying_then_closing(state)(talk)
        await talk.say("250 Ok")

    async with (
        Server(smtpd.answering(MAIL=mail_from)) as server,
        pool(server, now, first_rest=5.0) as transport,
    ):
        for rest in (5.0, 10.0, 20.0):
            first = await transport.send(mail())
            assert isinstance(first, Deferred)
            assert (first.scope, first.retry_after) == (Scope.SITE, rest)
            connections = server.connections
            second = await transport.send(mail())
            assert isinstance(second, NotTried)
            assert second.retry_after == rest
            assert "421 4.3.2 Down" in second.reason
            assert server.connections == connections
            now.time += rest
        state = ""
        assert accepted(await send_all(transport, 5))


async def test_who_waits_while_the_relay_goes_down_is_told_at_once() -> None:
    async with Server(smtpd.banner("421 4.3.2 Down")) as server, pool(server) as transport:
        outcomes = await send_all(transport, 100)
    assert server.connections == 1
    [tried] = [one for one in outcomes if isinstance(one, Deferred)]
    assert tried.scope is Scope.SITE
    assert sum(isinstance(one, NotTried) for one in outcomes) == 99


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("550 5.7.1 Reputation", Refused),
        ("450 4.4.1 No answer from its host", Deferred),
        ("550 5.4.6 Routing loop", Deferred),
    ],
)
async def test_one_domains_policy_or_network_stops_that_domain_only(
    said: str, kind: type[Outcome]
) -> None:
    """P7, and docs/mail.md §2: back off the domain, never score."""
    now = Hand()

    async def rcpt(talk: smtpd.Talk) -> None:
        strict = talk.recipient.endswith("@strict.example")
        talk.recipient = "" if strict else talk.recipient
        await talk.say(said if strict else "250 Ok")

    async with Server(smtpd.answering(RCPT=rcpt)) as server, pool(server, now) as transport:
        first = await transport.send(mail("a@strict.example"))
        second = await transport.send(mail("b@strict.example"))
        others = await send_all(transport, 3)
        now.time += 61
        third = await transport.send(mail("c@strict.example"))
    assert isinstance(first, kind)
    assert isinstance(second, NotTried)
    assert second.retry_after == 60
    assert accepted(others)
    assert isinstance(third, kind)


@pytest.mark.parametrize("said", ["550 5.4.5 Daily limit exceeded", "552 Quota exceeded"])
async def test_our_own_quota_stops_everybody_at_once(said: str) -> None:
    async with Server(smtpd.answering(FINAL=said)) as server, pool(server, Hand()) as transport:
        first = await transport.send(mail("a@one.example"))
        second = await transport.send(mail("b@two.example"))
    assert isinstance(first, Deferred)
    assert isinstance(second, NotTried)


async def strict(talk: smtpd.Talk) -> None:
    """An answer to RCPT: one domain's policy refuses us, the others do not."""
    refused = talk.recipient.endswith("@strict.example")
    talk.recipient = "" if refused else talk.recipient
    await talk.say("550 5.7.1 Rejected by our policy" if refused else "250 Ok")


@pytest.mark.parametrize("connections", [1, 10])
async def test_a_domain_that_refuses_delays_no_other_though_many_of_it_wait(
    connections: int, pipelining: bool
) -> None:
    """P7. It is asked no more than the sessions had in hand, however many stand in line."""
    names = [
        *(f"a{n}@massbio.example" for n in range(20)),
        *(f"b{n}@strict.example" for n in range(50)),
        *(f"c{n}@massbio.example" for n in range(50)),
    ]
    made: list[str] = []

    class Made(Mail):
        def ready(self) -> bool:
            made.append(self.recipient)
            return True

    async with (
        Server(smtpd.answering(RCPT=strict)) as server,
        pool(server, Hand(), connections=connections, pipelining=pipelining) as transport,
    ):
        outcomes = await asyncio.gather(*(taken(transport, one, Made) for one in names))
    assert accepted(outcomes[:20] + outcomes[70:])
    assert len(server.arrived) == 70
    refused, waiting = [one for one in outcomes if isinstance(one, Refused)], outcomes[20:70]
    assert 0 < len(refused) <= connections * (2 if pipelining else 1)
    for outcome in waiting:
        if not isinstance(outcome, Refused):
            assert isinstance(outcome, NotTried)
            assert outcome.retry_after == 60
            assert outcome.reason.startswith("strict.example rests: 550 5.7.1")
    assert len(made) == 70 + len(refused)


async def test_a_domain_that_refuses_each_time_never_rests_the_transport() -> None:
    """P7. Though nothing else is sent in between: it is the same trouble still."""
    now = Hand()
    async with Server(smtpd.answering(RCPT=strict)) as server, pool(server, now) as transport:
        for n in range(8):
            now.time += 900
            assert isinstance(await transport.send(mail(f"a{n}@strict.example")), Refused)
        assert accepted([await transport.send(mail())])


async def test_a_domain_that_refuses_still_does_not_rest_a_transport_that_rested_for_many() -> None:
    now, refusing = Hand(), {f"d{n}.example" for n in range(5)}

    async def rcpt(talk: smtpd.Talk) -> None:
        refused = talk.recipient.partition("@")[2] in refusing
        await talk.say("550 5.7.1 Blocked" if refused else "250 Ok")
        talk.recipient = "" if refused else talk.recipient

    async with Server(smtpd.answering(RCPT=rcpt)) as server, pool(server, now) as transport:
        for domain in sorted(refusing):
            assert isinstance(await transport.send(mail(f"a@{domain}")), Refused)
        assert isinstance(await transport.send(mail()), NotTried)
        now.time += 60
        refusing &= {"d0.example"}
        assert isinstance(await transport.send(mail("a@d0.example")), Refused)
        assert accepted([await transport.send(mail())])


async def test_a_sender_that_is_refused_is_no_policy_of_one_domain(pipelining: bool) -> None:
    """Whoever the mail is for: the relay never came to ask."""
    async with (
        Server(smtpd.answering(MAIL="550 5.7.1 Sender blocked")) as server,
        pool(server, Hand(), pipelining=pipelining) as transport,
    ):
        first = await transport.send(mail())
        other = await transport.send(mail("a@other.example"))
    assert isinstance(first, Refused)
    assert isinstance(other, NotTried)
    assert other.reason.startswith("the transport rests: 550 5.7.1 Sender blocked")
    assert not first.asked


async def test_policy_trouble_wherever_one_turns_rests_the_transport() -> None:
    async with (
        Server(smtpd.answering(RCPT="550 5.7.1 Blocked")) as server,
        pool(server, Hand()) as transport,
    ):
        outcomes = [await transport.send(mail(f"a@d{n}.example")) for n in range(8)]
    assert [isinstance(one, Refused) for one in outcomes] == [True] * 5 + [False] * 3


# Rates


async def test_no_more_than_the_rate_goes_out_and_who_would_wait_long_is_told_when() -> None:
    now = Hand()
    async with Server(smtpd.polite) as server, pool(server, now, rate=Rate(60, 3600)) as transport:
        first = await transport.send(mail("m0"))
        second = await transport.send(mail("m1"))
        now.time += 60
        third = await transport.send(mail("m2"))
    assert accepted([first, third])
    assert isinstance(second, NotTried)
    assert second.retry_after == 60
    assert len(server.arrived) == 2


async def test_one_domains_rate_holds_up_no_other() -> None:
    async with (
        Server(smtpd.polite) as server,
        pool(server, Hand(), domain_rate=Rate(1, 60)) as transport,
    ):
        same = [await transport.send(mail("a@busy.example")) for _ in range(2)]
        other = await transport.send(mail("a@quiet.example"))
    assert isinstance(same[0], Accepted)
    assert isinstance(same[1], NotTried)
    assert isinstance(other, Accepted)


async def test_the_domains_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """P9: a million recipients at as many domains, each with its pace, in bounded memory."""
    monkeypatch.setattr("communique.smtp.rests.DOMAINS_REMEMBERED", 20)
    async with (
        Server(smtpd.polite) as server,
        pool(server, Hand(), domain_rate=Rate(1, 3600)) as transport,
    ):
        outcomes = [await transport.send(mail(f"a@d{n}.example")) for n in range(50)]
        again = await transport.send(mail("a@d49.example"))
        assert len(transport._turns._domain_pace) <= 20
    assert accepted(outcomes)
    assert isinstance(again, NotTried)


async def test_a_short_wait_for_ones_turn_is_waited_out() -> None:
    async with Server(smtpd.polite) as server, pool(server, rate=Rate(20, 1)) as transport:
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert accepted(await send_all(transport, 26))
        assert loop.time() - started > 0.25


# What is said


async def test_lines_that_begin_with_a_dot_arrive_as_they_were(pipelining: bool) -> None:
    content = b".first\r\n..second\r\nthird.\r\n.\r\nlast\r\n"
    async with Server(smtpd.polite) as server, pool(server, pipelining=pipelining) as transport:
        await transport.send(Message(SENDER, "member@massbio.example", content))
    assert [one.content for one in server.arrived] == [content]


@pytest.mark.parametrize(
    "content",
    [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n\r\n", b"a\r\n.\r\r\n", b"a\rb\nc\r\n", b"a", b"\xe9\r\n"],
)
async def test_content_that_could_smuggle_is_refused_and_never_sent(content: bytes) -> None:
    async with Server(smtpd.polite) as server, pool(server) as transport:
        outcome = await transport.send(Message(SENDER, "member@massbio.example", content))
        assert accepted([await transport.send(mail("m0"))])
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.MESSAGE
    assert each_once(server, 1)


@pytest.mark.parametrize("address", ["a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", ""])
async def test_an_address_that_could_add_a_command_is_refused(address: str) -> None:
    async with Server(smtpd.polite) as server, pool(server) as transport:
        outcome = await transport.send(Message(SENDER, address, CONTENT))
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.RECIPIENT
    assert not any("RCPT" in line for line in server.commands)


async def test_a_local_part_beyond_ascii_goes_only_where_smtputf8_is_offered(
    pipelining: bool,
) -> None:
    address = mail("hélène@bioquebec.example")
    async with Server(smtpd.polite) as server, pool(server, pipelining=pipelining) as transport:
        assert accepted([await transport.send(address)])
    assert any(line.endswith(" SMTPUTF8") for line in server.commands)
    assert server.arrived[0].recipient == "hélène@bioquebec.example"
    async with (
        Server(smtpd.polite, extensions=("PIPELINING",)) as server,
        pool(server, pipelining=pipelining) as transport,
    ):
        outcome = await transport.send(address)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.hard) == (Scope.RECIPIENT, False)
    assert "SMTPUTF8" in outcome.reason
    assert server.arrived == []


async def test_size_is_told_and_respected_where_offered() -> None:
    async with Server(smtpd.polite, extensions=("SIZE 30",)) as server, pool(server) as transport:
        assert accepted([await transport.send(mail("m0"))])
        outcome = await transport.send(Message(SENDER, "member@massbio.example", CONTENT * 2))
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.MESSAGE
    assert outcome.reason == "the message has 44 octets, the relay takes 30"
    assert f"MAIL FROM:<{SENDER}> SIZE=22" in server.commands
    assert len(server.arrived) == 1


@pytest.mark.parametrize("missing", ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "all"])
async def test_no_extension_is_needed(missing: str) -> None:
    every = ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8")
    offered = tuple(one for one in every if missing not in (one, "all"))
    async with (
        Server(smtpd.polite, extensions=offered) as server,
        pool(server, connections=2) as transport,
    ):
        assert accepted(await send_all(transport, 10))
    assert each_once(server, 10)
    assert (server.groups > 0) is ("PIPELINING" in offered)
