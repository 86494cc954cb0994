"""What workers tell each other through the store: rests, and what many readers fail for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.desks import ALONE, NOW, Office, office_at
from tests.contract.fakes import OK, Machine, NoJournal, Scripted

from communique.desk import Policy, scheduling
from communique.desk.joining import DISTRIBUTED
from communique.desk.recording import Breaker, Failure, Written
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.domain.actor import OPERATOR
from communique.domain.delivery import Claim, DeliveryState, NextStep, Result
from communique.domain.mail import Message, Recipient
from communique.domain.outcome import Answer, NotTried, Refused, Reply, Scope
from communique.domain.release import State
from communique.errors import StoreUnavailable
from communique.ports import Outgoing
from communique.smtp.pool import Pool
from communique.smtp.relay import Relay
from communique.store.rests import Rests

READERS = [f"p{number:02}@lichen.example" for number in range(30)]
SPAM = Refused("554 5.7.1 spam", Scope.RECIPIENT, Reply(554, "5.7.1", "spam"))


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    policy = Policy(batch_size=10)
    async with office_at(database_url, tmp_path / "desk", policy=policy) as office:
        await office.admit("harfang", *READERS)
        yield office


# Rests.


class Tired(Scripted):
    """A transport that comes to rest when the test says so, and keeps what it hears of others."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[tuple[str, float, str]] = []
        self.heard: list[tuple[str, float, str]] = []

    def rests(self) -> Sequence[tuple[str, float, str]]:
        """See `ports.SharedTransport`."""
        news, self.news = self.news, []
        return news

    def rest(self, domain: str, seconds: float, reason: str) -> None:
        """See `ports.SharedTransport`."""
        self.heard.append((domain, seconds, reason))


async def test_what_comes_to_rest_at_one_worker_rests_at_the_others(office: Office) -> None:
    tired = Tired()
    tired.news.append(("lichen.example", 60.0, "421 too many"))
    await Sharing(office.desk, {"default": tired}, {}).exchange()
    async with Pool(Relay(port=9, tls="none")) as pool:
        await Sharing(office.desk, {"default": pool}, {}).exchange()
        answer = await pool.send(Message("a@harfang.example", READERS[0], b"hello\r\n"))
    assert isinstance(answer, NotTried)
    assert answer.reason == "lichen.example rests: 421 too many"
    assert answer.retry_after is not None
    assert 0 < answer.retry_after <= 60


async def test_the_rest_of_a_transport_that_a_worker_lacks_concerns_it_not(office: Office) -> None:
    tired, other = Tired(), Tired()
    tired.news.append(("", 60.0, "421 too many"))
    await Sharing(office.desk, {"second": tired}, {}).exchange()
    await Sharing(office.desk, {"default": other}, {}).exchange()
    assert other.heard == []


async def test_a_rest_that_could_not_be_told_is_told_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    tired, other = Tired(), Tired()
    tired.news.append(("", 60.0, "421 too many"))
    telling = Sharing(office.desk, {"default": tired}, {})

    async def away(*_: object) -> None:
        raise StoreUnavailable(message="the database restarts")

    with monkeypatch.context() as context:
        context.setattr(Rests, "put", away)
        with pytest.raises(StoreUnavailable):
            await telling.exchange()
    await telling.exchange()
    await Sharing(office.desk, {"default": other}, {}).exchange()
    assert [reason for _, _, reason in other.heard] == ["421 too many"]
    with monkeypatch.context() as context:
        context.setattr(Rests, "put", away)
        await telling.exchange()  # there is nothing new to tell


async def test_only_who_shares_exchanges_rests(office: Office) -> None:
    alone = office.service()
    shared = office.service(Machine(), DISTRIBUTED, sharing=Sharing(office.desk, {}, {}))
    names = [{one.name for one in each.work.chores} for each in (alone, shared)]
    assert names[1] - names[0] == {"the exchange of rests"}


# Failures alike.


async def test_what_readers_of_two_workers_fail_for_alike_pauses_the_release(
    office: Office,
) -> None:
    """Of 30 readers, two are too many; each worker meets one."""

    def answer(mail: Outgoing) -> Answer:
        return SPAM if mail.recipient in (READERS[0], READERS[10]) else OK

    office = replace(office, desk=replace(office.desk, transports={"default": Scripted(answer)}))
    first, second, third = await office.picked_up(ALONE)
    await BatchWorker(office.desk, NoJournal()).work(first)
    assert await office.state() is State.SENDING
    other = BatchWorker(office.desk, NoJournal())
    await other.work(second)
    release = await office.release()
    assert release.state is State.PAUSED
    assert release.reason == "it failed for 2 readers alike: 554 5.7.1"
    await other.work(third)
    assert (await office.summary()).open == 10


async def test_a_release_that_is_resumed_is_counted_anew(office: Office) -> None:
    refused = {READERS[0], READERS[1]}

    def answer(mail: Outgoing) -> Answer:
        return SPAM if mail.recipient in refused else OK

    office = replace(office, desk=replace(office.desk, transports={"default": Scripted(answer)}))
    first, second, third = await office.picked_up(ALONE)
    worker = BatchWorker(office.desk, NoJournal())
    await worker.work(first)
    assert await office.state() is State.PAUSED
    await worker.refresh_states()
    await scheduling.resume(office.desk, OPERATOR, ALONE.key)
    await worker.refresh_states()
    refused |= {READERS[10]}
    for ticket in (first, second, third):
        await worker.work(ticket)
    assert await office.state() is State.SENT


def result(number: int, release: int = 1) -> Result:
    claim = Claim(number, release, "harfang", number, 5, 1, 0, READER)
    step = NextStep(DeliveryState.FAILED, None, SPAM.reason)
    return Result(claim, step, SPAM, "default", NOW, 0.1)


READER = Recipient(
    "a@lichen.example", "A", "Roy", "fr", "", "Lichen", "", "QC", "company", "members"
)
KIND = Failure(1, "554 5.7.1")


def test_a_breaker_counts_what_is_not_written_yet_on_top_of_what_all_wrote() -> None:
    breaker = Breaker()
    assert not breaker.trips(result(1), 1000)
    group = [result(1)]
    assert not breaker.learn(group, Written(group, {KIND: 1}, {KIND: 9}))
    assert not breaker.trips(result(2), 1000)
    assert "11 readers" in breaker.trips(result(3), 1000)


def test_a_breaker_trips_by_what_others_wrote() -> None:
    breaker = Breaker()
    breaker.trips(result(1), 1000)
    group = [result(1)]
    assert "12 readers" in breaker.learn(group, Written(group, {KIND: 1}, {KIND: 12}))[1]


def test_what_came_too_late_to_count_is_not_counted_for_ever() -> None:
    breaker = Breaker()
    for number in range(10):
        assert not breaker.trips(result(number), 1000)
    breaker.learn([result(number) for number in range(10)], Written([], {}, {}))
    for number in range(10, 20):
        assert not breaker.trips(result(number), 1000)


def test_a_breaker_forgets_a_release_that_was_paused_and_no_other() -> None:
    breaker = Breaker()
    breaker.trips(result(1), 1000)
    breaker.trips(result(1, release=2), 1000)
    both = {KIND: 10, Failure(2, KIND.kind): 10}
    group = [result(1), result(1, release=2)]
    breaker.learn(group, Written(group, dict.fromkeys(both, 1), both))
    breaker.forget(1)
    assert not breaker.trips(result(2), 1000)
    assert breaker.trips(result(2, release=2), 1000)
