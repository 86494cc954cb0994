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
from communique.desk.recording import Breaker, Written, alike_in
from communique.desk.sending import BatchWorker
from communique.desk.sharing import Sharing
from communique.domain.actor import OPERATOR
from communique.domain.delivery import Claim, DeliveryState, NextStep, Result
from communique.domain.mail import Message, Recipient
from communique.domain.outcome import Answer, NotTried, Refused, Reply, Scope
from communique.domain.release import State
from communique.domain.tally import Tally
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
    """Of 30 readers, six that are most of those tried are too many; each worker meets three."""
    spam = {*READERS[:3], *READERS[10:13]}

    def answer(mail: Outgoing) -> Answer:
        return SPAM if mail.recipient in spam else NotTried("later", 3600)

    office = replace(office, desk=replace(office.desk, transports={"default": Scripted(answer)}))
    first, second, third = await office.picked_up(ALONE)
    await BatchWorker(office.desk, NoJournal()).work(first)
    assert await office.state() is State.SENDING
    other = BatchWorker(office.desk, NoJournal())
    await other.work(second)
    release = await office.release()
    assert release.state is State.PAUSED
    assert str(release.reason) == "it failed for 6 readers alike: 554 5.7.1"
    await other.work(third)
    assert (await office.summary()).open == 24


@pytest.mark.parametrize("workers", [1, 2])
async def test_who_says_go_on_once_has_said_so_for_this_release(
    office: Office, workers: int
) -> None:
    """A third refused: at first it looks as if all were, and afterwards nobody is asked again."""
    refused = set(READERS[:10])

    def answer(mail: Outgoing) -> Answer:
        return SPAM if mail.recipient in refused else OK

    office = replace(office, desk=replace(office.desk, transports={"default": Scripted(answer)}))
    tickets = await office.picked_up(ALONE)
    await BatchWorker(office.desk, NoJournal()).work(tickets[0])
    assert await office.state() is State.PAUSED
    await scheduling.resume(office.desk, OPERATOR, ALONE.key)
    staff = [BatchWorker(office.desk, NoJournal()) for _ in range(workers)]
    for number, ticket in enumerate(tickets):
        await staff[number % workers].work(ticket)
    assert await office.state() is State.SENT
    assert (await office.summary()).states == {DeliveryState.FAILED: 10, DeliveryState.SENT: 20}


async def test_two_bad_addresses_pause_no_short_list(office: Office) -> None:
    def answer(mail: Outgoing) -> Answer:
        return SPAM if mail.recipient in READERS[:2] else OK

    office = replace(office, desk=replace(office.desk, transports={"default": Scripted(answer)}))
    for ticket in await office.picked_up(ALONE):
        await BatchWorker(office.desk, NoJournal()).work(ticket)
    assert await office.state() is State.SENT


def result(number: int, release: int = 1) -> Result:
    claim = Claim(number, release, "harfang", number, 5, 1, 0, READER)
    step = NextStep(DeliveryState.FAILED, None, SPAM.reason)
    return Result(claim, step, SPAM, "default", NOW, 0.1)


READER = Recipient(
    "a@lichen.example", "A", "Roy", "fr", "", "Lichen", "", "QC", "company", "members"
)
KIND = "554 5.7.1"


def test_a_breaker_counts_what_is_not_written_yet_on_top_of_what_all_wrote() -> None:
    breaker = Breaker()
    assert not breaker.trips(result(1))
    group = alike_in([result(1)])
    assert not breaker.learn(group, {}, Written([], {1: Tally(0, {KIND: 4})}))
    assert not breaker.trips(result(2))
    assert "6 readers" in str(breaker.trips(result(3)))


def test_a_breaker_trips_by_what_others_wrote() -> None:
    breaker = Breaker()
    breaker.trips(result(1))
    group = alike_in([result(1)])
    assert "12 readers" in str(breaker.learn(group, {}, Written([], {1: Tally(0, {KIND: 12})}))[1])


def test_a_breaker_counts_who_was_written_to_as_well() -> None:
    breaker = Breaker()
    counting = breaker.counting(1, Tally(15))
    counting.accepted = 5
    assert not any(breaker.trips(result(number)) for number in range(20))
    assert breaker.trips(result(21))
    assert breaker.accepted([1]) == {1: 5}
    counting.accepted += 3  # while the group was written
    breaker.learn(alike_in([result(n) for n in range(21)]), {1: 5}, Written([], {}))
    assert counting.accepted == 3


def test_what_came_too_late_to_count_is_not_counted_for_ever() -> None:
    breaker = Breaker()
    for number in range(5):
        assert not breaker.trips(result(number))
    breaker.learn(alike_in([result(number) for number in range(5)]), {}, Written([], {}))
    for number in range(5, 10):
        assert not breaker.trips(result(number))
