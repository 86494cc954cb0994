"""P7 at one relay: what is slow, silent or refused for some holds up nobody else.

How long a relay is silent, the test decides: until `gate` opens, which is after all others ended.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter

import pytest
from tests import smtpd
from tests.contract.test_transport_pool import CONTENT, SENDER, Hand, accepted, pool, taken
from tests.smtpd import Server, Talk, answering

from communique.domain.mail import Message
from communique.domain.outcome import Accepted, NotTried
from communique.domain.pacing import LONGEST_REST, Rate
from communique.smtp import client, shares
from communique.smtp import pool as pooling
from communique.smtp.turns import Turns

SLOW = [f"s{n}@slow.example" for n in range(20)]
OTHERS = [f"o{n}@other{n % 7}.example" for n in range(40)]
MIXED = [*SLOW[:10], *OTHERS[:20], *SLOW[10:], *OTHERS[20:]]
GOOD = "250 2.1.5 Ok"


@pytest.fixture
def gate() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, and takes a session without an answer for stuck at once."""
    monkeypatch.setattr(pooling, "LOOK", 0.01)
    monkeypatch.setattr(pooling, "STUCK", 0.01)


def slow_at(verb: str, gate: asyncio.Event) -> smtpd.Behaviour:
    """Polite, but for one domain, which it waits for."""

    async def answer(talk: Talk) -> None:
        if "slow" in talk.recipient:
            await gate.wait()
        await talk.say(GOOD)

    return answering(**{verb: answer})


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb", ["RCPT", "FINAL"])
@pytest.mark.parametrize("connections", [2, 4])
async def test_a_slow_domain_leaves_a_quarter_of_the_connections_to_others(
    gate: asyncio.Event, verb: str, connections: int, pipelining: bool
) -> None:
    async with (
        Server(slow_at(verb, gate)) as server,
        pool(server, connections=connections, pipelining=pipelining) as transport,
    ):
        mails = {one: taken(transport, one) for one in MIXED}
        async with asyncio.timeout(60):
            assert accepted(list(await asyncio.gather(*(mails[one] for one in OTHERS))))
            assert not any(mails[one].done() for one in SLOW)
            gate.set()
            assert accepted(list(await asyncio.gather(*(mails[one] for one in SLOW))))
        assert server.most_open <= connections
        assert Counter(one.recipient for one in server.arrived) == Counter(MIXED)


@pytest.mark.usefixtures("eager")
async def test_who_waits_long_for_a_slow_domain_comes_back_at_its_pace(
    gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that they keep no batch in hand, in which others wait to be claimed."""
    monkeypatch.setattr(shares, "SLOW", 0.0)
    monkeypatch.setattr(shares, "PATIENCE", 0.0)
    async with (
        Server(slow_at("RCPT", gate)) as server,
        pool(server, Hand(), connections=4) as transport,
    ):
        first, *rest = [taken(transport, one) for one in SLOW]
        async with asyncio.timeout(60):
            away = await asyncio.gather(*rest[-5:])
        waits = [one.retry_after for one in away if isinstance(one, NotTried)]
        assert len(waits) == 5
        assert waits == sorted(waits)
        assert {one.reason for one in away if isinstance(one, NotTried)} == {
            "slow.example is slow to answer"
        }
        late = await taken(transport, "late@slow.example")
        assert isinstance(late, NotTried)
        gate.set()
        assert isinstance(await first, Accepted)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_final_reply_that_never_comes_holds_nobody_behind_it(
    gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch, pipelining: bool
) -> None:
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    monkeypatch.setattr(client, "PROMPT", 60.0)  # so that somebody is behind it
    async with (
        Server(slow_at("FINAL", gate)) as server,
        pool(server, connections=2, pipelining=pipelining) as transport,
    ):
        assert isinstance(await transport.send(Message(SENDER, OTHERS[0], CONTENT)), Accepted)
        silent, *others = [taken(transport, one) for one in (SLOW[0], *OTHERS[1:])]
        async with asyncio.timeout(60):
            assert accepted(list(await asyncio.gather(*others)))
            assert not silent.done()
            gate.set()
            assert isinstance(await silent, Accepted)
        sent = Counter([*OTHERS, SLOW[0]])
        assert Counter(one.recipient for one in server.arrived) == sent


async def closing_for_some(talk: Talk) -> None:
    """An answer to RCPT: 421 for some, and the connection stays."""
    await talk.say("421 4.7.0 Try again later" if "bad" in talk.recipient else GOOD)


@pytest.mark.parametrize("pipelining", [True, False])
async def test_421_for_one_domain_is_its_trouble_and_nobody_elses(pipelining: bool) -> None:
    bad = [f"b{n}@bad.example" for n in range(10)]
    async with (
        Server(answering(RCPT=closing_for_some)) as server,
        pool(server, Hand(), pipelining=pipelining) as transport,
    ):
        mails = [taken(transport, one) for one in (*bad, *OTHERS)]
        outcomes = await asyncio.gather(*mails)
        assert accepted(outcomes[len(bad) :])
        assert not any(isinstance(one, Accepted) for one in outcomes[: len(bad)])
        again = await taken(transport, bad[0])
        assert isinstance(again, NotTried)
        assert again.reason.startswith("bad.example rests: 421")
        assert 0 < again.retry_after <= 5


async def test_421_wherever_one_turns_rests_the_transport() -> None:
    async with (
        Server(answering(RCPT=closing_for_some)) as server,
        pool(server, Hand()) as transport,
    ):
        for n in range(pooling.STREAK):
            assert isinstance(await taken(transport, f"a@bad{n}.example"), object)
        other = await taken(transport, OTHERS[0])
        assert isinstance(other, NotTried)
        assert other.reason.startswith("the transport rests: 421")


@pytest.mark.parametrize("of", ["all", "a domain"])
def test_at_a_low_rate_each_is_looked_at_a_few_times_and_not_in_every_round(of: str) -> None:
    """All at once they would be asked `count` times each: here, as each comes when it is told."""
    now, count = Hand(), 200
    begun = now.time
    rate = Rate(6, 60)  # one in ten seconds
    turns = Turns(rate, None, now) if of == "all" else Turns(None, rate, now)
    asked, sent = 0, 0
    coming = [(now.time, n) for n in range(count)]
    while coming:
        now.time, n = heapq.heappop(coming)
        turn = turns.next("massbio.example")
        asked += 1
        if turn.back:
            assert turn.back <= LONGEST_REST
            heapq.heappush(coming, (now.time + turn.back, n))
        else:
            sent += 1
    assert sent == count
    assert asked <= 4 * count
    assert (count - 2) * 10 <= now.time - begun <= count * 10 + 60
