"""P5 where it is hard: a relay that is slow, and people who say no after they were claimed.

What begins is counted at the relay, by the RCPT that it was told. How slow it is, the test decides:
each final reply waits for a permit, and no clock does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import smtpd
from tests.contract.desks import (
    ALONE,
    HARFANG,
    LICHEN,
    MASSIF,
    PACT,
    Office,
    entry,
    office_at,
    office_over,
)
from tests.contract.fakes import OK

from communique.desk import asking, consenting
from communique.domain.actor import OPERATOR, RECIPIENT
from communique.domain.delivery import DeliveryState, Ticket
from communique.domain.log import LogFilter
from communique.domain.outcome import Refused, Reply, Scope
from communique.domain.release import State
from communique.errors import StoreUnavailable
from communique.smtp import client
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store.claims import Claims
from communique.web import build

CONNECTIONS = 4
PEOPLE = [f"p{number:03}@lichen{number % 5}.example" for number in range(40)]
BEGUN = 10  # answered before anybody says no


class SlowRelay:
    """Answers a content when it has a permit to."""

    def __init__(self) -> None:
        self.permits = asyncio.Semaphore(0)
        self.server = smtpd.Server(smtpd.answering(FINAL=self._final))

    async def _final(self, talk: smtpd.Talk) -> None:
        await self.permits.acquire()
        await talk.say("250 2.0.0 Ok: queued")

    def answer(self, count: int = 1) -> None:
        """Answer so many contents more."""
        for _ in range(count):
            self.permits.release()

    @property
    def begun(self) -> list[str]:
        """Whom it was told of, in that order."""
        said = [one for one in self.server.commands if one.startswith("RCPT")]
        return [one.partition("<")[2].partition(">")[0] for one in said]

    async def has_begun(self, count: int) -> None:
        """Until it was told of so many."""
        async with self.server.news:
            await self.server.news.wait_for(lambda: len(self.begun) >= count)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A release in the middle of its sending: ten are through, and each connection has one.

    The clock of what is known is the test's, and stands.
    """

    office: Office
    relay: SlowRelay
    working: asyncio.Task[object]
    clock: list[float]

    @property
    def left(self) -> list[str]:
        """Those who are claimed, and not begun."""
        return [one for one in PEOPLE if one not in self.relay.begun]

    async def go_on(self) -> None:
        """Let the relay answer whatever comes, until the release is sent."""
        self.relay.answer(len(PEOPLE))
        await self.working
        assert await self.office.state() is State.SENT

    async def left_out(self) -> dict[str, str]:
        """Who was left out, and why."""
        lines = await self.office.lines(LogFilter(release="spring"))
        skipped = DeliveryState.SKIPPED
        return {one: line.reason for one, line in lines.items() if line.state is skipped}


@pytest.fixture
async def under_way(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[UnderWay]:
    async with sending(database_url, tmp_path, monkeypatch) as under_way:
        yield under_way


@asynccontextmanager
async def sending(
    url: str, home: Path, monkeypatch: pytest.MonkeyPatch, *, pipelining: bool = True
) -> AsyncIterator[UnderWay]:
    monkeypatch.setattr(client, "PROMPT", 0.0)  # a permit is given sooner than a slow relay answers
    clock = [0.0]
    monkeypatch.setattr(asking, "elapsed", lambda: clock[0])
    relay = SlowRelay()
    if not pipelining:
        relay.server.extensions = ()
    async with (
        relay.server as server,
        Pool(Relay(port=server.port, tls="none", connections=CONNECTIONS)) as pool,
        office_at(url, home / "desk", transports={"default": pool}) as office,
    ):
        await office.admit("harfang", *PEOPLE)
        release = replace(ALONE, agreement="pact")
        [ticket] = await office.picked_up(release)
        working = asyncio.create_task(office.sender().work(ticket))
        async with asyncio.timeout(120):
            relay.answer(BEGUN)
            await relay.has_begun(BEGUN + CONNECTIONS)
            yield UnderWay(office, relay, working, clock)


# In the process that takes the no: nobody at all.


@pytest.mark.parametrize("pipelining", [True, False])
async def test_nobody_is_begun_with_after_the_answer_to_their_click(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipelining: bool
) -> None:
    async with sending(database_url, tmp_path, monkeypatch, pipelining=pipelining) as under_way:
        office, relay = under_way.office, under_way.relay
        leavers = under_way.left[::2]
        tokens = {one: await office.token("harfang", one) for one in leavers}
        transport = httpx.ASGITransport(build(office.desk, lambda: True))
        begun_before: set[str] = set()
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as pages:
            for leaver in leavers:
                answer = await pages.post(
                    f"/u/{tokens[leaver]}", data={"List-Unsubscribe": "One-Click"}
                )
                assert answer.status_code == 200
                begun_before |= {leaver} & set(relay.begun)
                relay.answer()  # so that the next is begun with between two clicks
        await under_way.go_on()
        assert set(leavers) & set(relay.begun) == begun_before
        assert len(begun_before) < len(leavers) / 2
        told = set(leavers) - begun_before
        assert await under_way.left_out() == dict.fromkeys(told, "unsubscribed")
        assert len(relay.begun) == len(PEOPLE) - len(told)


Act = Callable[[Office, Sequence[str]], Awaitable[object]]


async def suppress(office: Office, people: Sequence[str]) -> None:
    for one in people:
        await consenting.suppress(office.desk, OPERATOR, "harfang", one, "asked by telephone")


async def lapse(office: Office, people: Sequence[str]) -> None:
    gone = replace(LICHEN, reference="18", name="Mousse", until=date(2020, 1, 1))
    await office.admit("harfang", *(entry(one, member=gone) for one in people))


async def end_agreement(office: Office, _: Sequence[str]) -> None:
    await office.sync(HARFANG, MASSIF, agreements=[replace(PACT, ended=date(2027, 6, 1))])


async def bounce_elsewhere(office: Office, people: Sequence[str]) -> None:
    """Another release, which another relay refuses for good."""
    nobody = Refused(
        "550 5.1.1 nobody", Scope.RECIPIENT, Reply(550, "5.1.1", "nobody"), hard=True, asked=True
    )
    office.transport.answer = lambda mail: nobody if mail.recipient in people else OK
    through = replace(office, desk=replace(office.desk, transports={"default": office.transport}))
    [ticket] = await through.picked_up(replace(ALONE, key="other"))
    await through.sender().work(ticket)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (suppress, "suppressed"),
        (lapse, "consent_lapsed"),
        (end_agreement, "agreement_ended"),
        (bounce_elsewhere, "suppressed"),
    ],
)
async def test_nobody_is_begun_with_after_a_no_of_any_kind(
    under_way: UnderWay, act: Act, why: str
) -> None:
    people = under_way.left if act is end_agreement else under_way.left[::2]
    await act(under_way.office, people)
    await under_way.go_on()
    assert not set(people) & set(under_way.relay.begun)
    left_out = await under_way.left_out()
    assert {one: left_out.get(one) for one in people} == dict.fromkeys(people, why)


# Nobody says it, and it is so all the same: the last day ends while a relay answers slowly.


async def test_nobody_is_begun_with_once_the_last_day_of_a_term_is_over(
    under_way: UnderWay,
) -> None:
    """Within the half second for which what was asked is good."""
    people = under_way.left
    under_way.office.clock.at = datetime(2027, 6, 4, 4, 0, tzinfo=UTC)  # midnight in Toronto
    under_way.clock[0] += 0.5
    await under_way.go_on()
    assert not set(people) & set(under_way.relay.begun)
    assert await under_way.left_out() == dict.fromkeys(people, "agreement_ended")


# In another process: nobody after a moment.


async def test_a_no_from_another_process_is_heeded_within_a_second(
    under_way: UnderWay, database_url: str
) -> None:
    office = under_way.office
    leavers = under_way.left[::2]
    async with office_over(database_url, office.home) as elsewhere:
        for one in leavers:
            token = await office.token("harfang", one)
            await consenting.unsubscribe(elsewhere.desk, RECIPIENT, token)
    under_way.clock[0] += 0.5
    await under_way.go_on()
    assert not set(leavers) & set(under_way.relay.begun)
    assert await under_way.left_out() == dict.fromkeys(leavers, "unsubscribed")


async def test_a_relay_that_is_fast_has_the_store_asked_by_its_claims_only(
    under_way: UnderWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where nobody says no, a slow one has it asked when what is known is old, and once."""
    asked: list[int] = []
    refused = Claims.refused

    async def counting(claims: Claims, ticket: Ticket, token: int, **question: Any) -> Any:
        asked.append(token)
        return await refused(claims, ticket, token, **question)

    monkeypatch.setattr(Claims, "refused", counting)
    under_way.relay.answer(BEGUN)
    await under_way.relay.has_begun(2 * BEGUN + CONNECTIONS)
    assert asked == []
    under_way.clock[0] += 0.5
    await under_way.go_on()
    assert len(asked) == 1


async def test_while_it_cannot_be_asked_nobody_is_begun_with(
    under_way: UnderWay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """P5 before speed: who is left might have said no. They go once the store is there again."""
    tries: list[None] = []
    tried = asyncio.Event()  # again
    refused = Claims.refused

    async def away(*_: object, **__: object) -> Any:
        tries.append(None)
        if len(tries) > 1:
            tried.set()
        raise StoreUnavailable(message="the database restarts")

    monkeypatch.setattr(Claims, "refused", away)
    under_way.clock[0] += 0.5
    before = under_way.relay.begun
    under_way.relay.answer(CONNECTIONS)
    await tried.wait()
    assert "who is left waits for the database: the database restarts" in caplog.text
    assert under_way.relay.begun == before
    monkeypatch.setattr(Claims, "refused", refused)
    await under_way.go_on()
    assert sorted(under_way.relay.begun) == PEOPLE
