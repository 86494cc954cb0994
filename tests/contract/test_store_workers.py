"""What workers share: who lives, whose claims are anybody's, whose turn, how fast, which keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.contract.desks import NOW, Office, office_at, settled_or_blocked
from tests.contract.fakes import OK

from communique.domain.delivery import Claim, DeliveryState, NextStep, Result, Ticket
from communique.domain.pacing import Grant, Rate
from communique.domain.release import Release
from communique.domain.tally import Tally
from communique.domain.token import Fingerprint
from communique.domain.watching import Process
from communique.errors import DataRefused
from communique.store.tables import attempts, deliveries
from communique.store.worker_tables import chores, paces, rests

A, B, C = "a@lichen.example", "b@lichen.example", "c@lichen.example"
ME = Process("one", "boot", 17, 4_711)
MINUTE = timedelta(minutes=1)
RAN_OUT = timedelta(seconds=-1)
ONE, TWO = 1 << 40 | 5, 2 << 40 | 5  # tokens of the nodes 1 and 2


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(database_url, tmp_path / "desk") as office:
        yield office


def ticket(release: Release, batch: int = 1) -> Ticket:
    return Ticket(release.id, batch)


# Nodes.


async def enter(office: Office, process: Process = ME) -> int:
    async with office.database.begin() as transaction:
        return await transaction.nodes.enter(process, engine="local", roles=("send",), at=NOW)


async def beat(office: Office, node: int) -> bool:
    async with office.database.begin() as transaction:
        return await transaction.nodes.beat(node)


async def test_a_node_is_seen_by_all_until_it_leaves(office: Office) -> None:
    first, second = await enter(office), await enter(office, Process("two", "boot", 17, 9))
    assert await beat(office, second)
    async with office.database.read() as transaction:
        one, two = await transaction.nodes.all()
    assert (one.id, one.process, one.engine, one.roles) == (first, ME, "local", ("send",))
    assert (one.started_at, one.beat) == (NOW, 0)
    assert (two.id, two.beat) == (second, 1)
    async with office.database.begin() as transaction:
        await transaction.nodes.leave(second)
        assert [node.id for node in await transaction.nodes.all()] == [first]


async def test_a_nodes_number_is_never_anothers(office: Office) -> None:
    """Its tokens may still stand in rows, and in its journal."""
    first = await enter(office)
    async with office.database.begin() as transaction:
        await transaction.nodes.leave(first)
    assert await enter(office) > first


async def test_who_was_taken_for_dead_is_told_at_its_next_beat(office: Office) -> None:
    node = await enter(office)
    async with office.database.begin() as transaction:
        assert await transaction.nodes.remove({node: 0}) == {node}
        assert await transaction.nodes.remove({node: 0}) == set()
    assert not await beat(office, node)


async def test_who_has_beaten_since_it_was_taken_for_dead_stays(office: Office) -> None:
    slow, dead = await enter(office), await enter(office)
    await beat(office, slow)
    async with office.database.begin() as transaction:
        assert await transaction.nodes.remove({slow: 0, dead: 0}) == {dead}
    assert await beat(office, slow)


# Claims of nodes.


async def recover(
    office: Office, *, nodes: Collection[int] = (), alive: Collection[int] = (), at: datetime = NOW
) -> int:
    async with office.database.begin() as transaction:
        return await transaction.claims.recover(at, reason="lost", nodes=nodes, alive=alive)


async def lapsed(office: Office, **whose: set[int]) -> bool:
    async with office.database.read() as transaction:
        return await transaction.claims.lapsed((), **whose)


async def mark_begun(office: Office, token: int, *claims: Claim) -> frozenset[int]:
    async with office.database.begin() as transaction:
        return await transaction.claims.mark_begun(token, [one.delivery_id for one in claims])


async def record(office: Office, claim: Claim) -> int:
    result = Result(claim, NextStep(DeliveryState.SENT, None), OK, "default", NOW, 0.25)
    async with office.database.begin() as transaction:
        return len(await transaction.results.record([result], NOW))


async def numbers(office: Office) -> list[tuple[int, str]]:
    return [(row["number"], row["outcome"]) for row in await office.rows(attempts)]


async def test_of_a_dead_node_only_what_was_begun_is_unknown_and_the_rest_queued_again(
    office: Office,
) -> None:
    release = await office.queued(A, B, C)
    one, two, _ = await office.claim(ticket(release), ONE, begun=False)
    assert await mark_begun(office, ONE, one, two) == {one.delivery_id, two.delivery_id}
    await record(office, one)
    assert await recover(office, nodes={1}) == 1
    assert await office.stands() == {A: "sent", B: "unknown", C: "queued"}
    assert await numbers(office) == [(1, "accepted"), (1, "unknown")]
    assert (await office.summary()).copies == 0
    again = await office.claim(ticket(release), TWO)
    assert [(one.reader.address, one.attempt, one.unknowns) for one in again] == [
        (B, 2, 1),
        (C, 1, 0),
    ]


async def test_what_is_claimed_may_be_begun_unless_its_worker_says_when(office: Office) -> None:
    await office.claim(ticket(await office.queued(A)), ONE)
    assert await recover(office, nodes={1}) == 1
    assert await office.stands() == {A: "unknown"}


async def test_a_dead_nodes_claims_do_not_wait_for_their_lease_and_the_others_do(
    office: Office,
) -> None:
    release = await office.queued(A, B)
    await office.claim(ticket(release), ONE, limit=1)
    await office.claim(ticket(release), TWO)
    assert not await lapsed(office)
    assert not await lapsed(office, nodes={3})
    assert await lapsed(office, nodes={1, 3})
    assert await recover(office, nodes={1, 3}) == 1
    assert await office.stands() == {A: "unknown", B: "sending"}


async def test_a_lease_that_ran_out_takes_nothing_from_a_node_that_lives(office: Office) -> None:
    """The database's clock may have jumped."""
    release = await office.queued(A, B)
    await office.claim(ticket(release), ONE, limit=1, lease=RAN_OUT)
    await office.claim(ticket(release), TWO, lease=RAN_OUT)
    assert not await lapsed(office, alive={1, 2})
    assert await recover(office, alive={1, 2}) == 0
    assert await lapsed(office, alive={2})
    assert await recover(office, alive={2}) == 1
    assert await office.stands() == {A: "unknown", B: "sending"}


async def test_a_worker_never_takes_from_itself(office: Office) -> None:
    await office.claim(ticket(await office.queued(A)), ONE, lease=RAN_OUT)
    async with office.database.begin() as transaction:
        assert not await transaction.claims.lapsed({ONE}, nodes={1})
        assert await transaction.claims.recover(NOW, reason="", held={ONE}, nodes={1}) == 0
    assert await office.stands() == {A: "sending"}


async def test_nothing_is_begun_under_a_claim_that_is_anothers_by_now(office: Office) -> None:
    release = await office.queued(A, B)
    one, two = await office.claim(ticket(release), ONE, begun=False)
    await record(office, two)
    await recover(office, nodes={1})
    [again] = await office.claim(ticket(release), TWO, begun=False)
    assert await mark_begun(office, ONE, one, two) == set()
    assert await mark_begun(office, TWO, again) == {one.delivery_id}


async def test_what_another_takes_back_just_now_is_not_put_back_as_well(office: Office) -> None:
    """Else its attempts are counted back, and a number is given twice."""
    release = await office.queued(A)
    await office.claim(ticket(release), ONE)

    async def put_back() -> int:
        async with office.database.begin() as transaction:
            return await transaction.claims.put_back({ONE}, set(), NOW)

    async with office.database.begin() as transaction:
        assert await transaction.claims.recover(NOW, reason="lost", nodes={1}) == 1
        putting = await settled_or_blocked(office.database, put_back())
        assert not putting.done()
    assert await putting == 0
    [again] = await office.claim(ticket(release), TWO)
    assert again.attempt == 2
    assert await record(office, again) == 1
    assert await numbers(office) == [(1, "unknown"), (2, "accepted")]


async def test_what_is_put_back_just_now_is_not_taken_back_as_well(office: Office) -> None:
    release = await office.queued(A)
    await office.claim(ticket(release), ONE)
    async with office.database.begin() as transaction:
        assert await transaction.claims.put_back({ONE}, set(), NOW) == 1
        taking = await settled_or_blocked(office.database, recover(office, nodes={1}))
    assert await taking == 0
    assert await office.stands() == {A: "queued"}


async def test_a_number_that_is_taken_keeps_no_attempt_from_being_written(office: Office) -> None:
    """As older versions left them: 275 results could never be written, nor a service start."""
    release = await office.queued(A, B)
    await office.claim(ticket(release), ONE)
    await recover(office, nodes={1})
    async with office.database.begin() as transaction:
        await transaction.connection.execute(update(deliveries).values(attempts=0))
    one, _ = await office.claim(ticket(release), ONE)
    assert one.attempt == 1
    assert await record(office, one) == 1
    assert await recover(office, nodes={1}, at=NOW + MINUTE) == 1
    rows = await office.rows(attempts)
    assert sorted((row["delivery_id"], row["number"]) for row in rows) == [
        (id_, number) for id_ in sorted({row["delivery_id"] for row in rows}) for number in (1, 2)
    ]


# Chores.


async def turn(office: Office, name: str = "sweep", every: timedelta = MINUTE) -> bool:
    async with office.database.begin() as transaction:
        return await transaction.chores.claim(name, every)


async def set_next(office: Office, **later: float) -> None:
    at = datetime.now(UTC) + timedelta(**later)
    async with office.database.begin() as transaction:
        await transaction.connection.execute(update(chores).values(next_run_at=at))


async def test_a_chore_is_one_nodes_until_it_comes_round(office: Office) -> None:
    assert await turn(office)
    assert not await turn(office)
    assert await turn(office, "another"), "each chore has its own turns"
    await set_next(office, seconds=-1)
    assert await turn(office)
    assert not await turn(office)


async def test_a_chore_that_ran_comes_again_after_its_own_time(office: Office) -> None:
    await turn(office, "often", timedelta(seconds=10))
    await turn(office, "seldom", timedelta(hours=10))
    found = {row["name"]: row["next_run_at"] for row in await office.rows(chores)}
    assert timedelta(hours=9) < found["seldom"] - found["often"] < timedelta(hours=11)


async def test_a_clock_that_was_set_back_keeps_no_chore_waiting(office: Office) -> None:
    await turn(office)
    await set_next(office, hours=26)
    assert await turn(office)
    assert not await turn(office)


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
async def test_of_many_that_ask_at_once_one_does_a_chore(office: Office, known: bool) -> None:
    if known:
        await turn(office)
        await set_next(office, seconds=-1)

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(turn(office) for _ in range(4)))

    async with office.database.begin() as transaction:
        assert await transaction.chores.claim("sweep", MINUTE)
        others = await settled_or_blocked(office.database, all_at_once())
        assert not others.done()
    assert await others == [False] * 4


# Paces.


async def take(
    office: Office, wanted: int, rate: Rate, domain: str = "", relay: str = "default"
) -> Grant:
    async with office.database.begin() as transaction:
        return await transaction.paces.take(relay, rate, wanted, domain=domain)


async def test_a_second_of_a_pace_goes_at_once_and_then_it_is_waited_for(office: Office) -> None:
    hourly = Rate(3, 3600)
    assert await take(office, 1, hourly) == Grant(1)
    grant = await take(office, 1, hourly)
    assert grant.count == 0
    assert 1100 < grant.wait <= 1200
    assert (await take(office, 1, hourly, relay="other")).count == 1
    assert (await take(office, 1, hourly, domain="x.example")).count == 1, "a share of its own"
    assert (await take(office, 1, hourly, domain="x.example")).count == 0


async def test_four_takers_get_together_what_one_would(office: Office) -> None:
    rate = Rate(50)
    await take(office, 0, rate)
    [before] = await office.rows(paces)

    async def taker() -> int:
        return sum([(await take(office, 25, rate)).count for _ in range(15)])

    granted = sum(await asyncio.gather(*(taker() for _ in range(4))))
    [after] = await office.rows(paces)
    passed = (after["at"] - before["at"]).total_seconds()
    assert granted >= rate.burst
    assert granted + after["level"] <= rate.burst + 50 * passed + 0.001


@pytest.mark.parametrize("hours", [-26, 26])
async def test_a_clock_that_jumps_gives_no_more_than_a_second(office: Office, hours: int) -> None:
    await take(office, 10, Rate(10, 3600))
    async with office.database.begin() as transaction:
        at = datetime.now(UTC) + timedelta(hours=hours)
        await transaction.connection.execute(update(paces).values(level=0.0, at=at))
    counts = [(await take(office, 1, Rate(10, 3600))).count for _ in range(2)]
    assert counts == ([0, 0] if hours > 0 else [1, 0])


# Rests.


async def put(
    office: Office, seconds: float, reason: str = "421", domain: str = "", relay: str = "default"
) -> None:
    async with office.database.begin() as transaction:
        await transaction.rests.put(relay, domain, seconds, reason)


async def resting(office: Office) -> dict[tuple[str, str], tuple[float, str]]:
    async with office.database.read() as transaction:
        found = await transaction.rests.all()
    return {(one.transport, one.domain): (one.seconds, one.reason) for one in found}


async def test_a_rest_is_everybodys_until_it_is_over(office: Office) -> None:
    await put(office, 600)
    await put(office, 300, "450", "x.example")
    await put(office, -1, "over", "y.example")
    found = await resting(office)
    assert found.keys() == {("default", ""), ("default", "x.example")}
    (whole, why), (one, its) = found["default", ""], found["default", "x.example"]
    assert (why, its) == ("421", "450")
    assert 500 < whole <= 600
    assert 200 < one <= 300
    await put(office, 1)
    assert await office.count(rests) == 2, "what is over is forgotten"


async def test_of_two_rests_the_longer_stands(office: Office) -> None:
    await put(office, 600, "first")
    await put(office, 60, "second")
    assert (await resting(office))["default", ""][1] == "first"
    await put(office, 900, "third")
    assert (await resting(office))["default", ""][1] == "third"


async def test_a_clock_that_was_set_back_makes_no_rest_longer(office: Office) -> None:
    await put(office, 600)
    async with office.database.begin() as transaction:
        at = datetime.now(UTC) + timedelta(hours=26)
        await transaction.connection.execute(update(rests).values(until=at))
    assert await resting(office) == {}
    await put(office, 60, "again")
    assert (await resting(office))["default", ""][1] == "again"


# Failures alike.


async def test_failures_alike_are_counted_whoever_met_them(office: Office) -> None:
    release = await office.queued(A)

    async def add(accepted: int, **alike: int) -> Tally:
        async with office.database.begin() as transaction:
            return await transaction.failures.add(release.id, alike, accepted)

    async def of() -> Tally:
        async with office.database.read() as transaction:
            return await transaction.failures.of(release.id)

    assert await add(9) == Tally()  # nobody failed: it can wait
    assert await add(3, a=2, b=1) == Tally(3, {"a": 2, "b": 1})
    assert await add(4, b=3) == Tally(7, {"b": 4})
    assert await of() == Tally(7, {"a": 2, "b": 4})
    async with office.database.begin() as transaction:
        await transaction.failures.go_on(release.id, ["b"])
    assert await of() == Tally(0, {"b": 0}, frozenset("b"))
    assert await add(1, a=1, b=1) == Tally(1, {"a": 1, "b": 1}, frozenset("b"))
    async with office.database.begin() as transaction:
        await transaction.failures.go_on(release.id, [])
    assert (await of()).meant == frozenset("b")  # for as long as the release is sent


async def test_of_many_that_count_at_once_none_is_lost(office: Office) -> None:
    release = await office.queued(A)

    async def add() -> int:
        async with office.database.begin() as transaction:
            tally = await transaction.failures.add(release.id, {"550": 5, "552": 1}, 1)
            return tally.alike["550"]

    assert sorted(await asyncio.gather(*(add() for _ in range(4)))) == [5, 10, 15, 20]


# Keys.

OLD, NEW = Fingerprint("k1", "a" * 32), Fingerprint("k2", "b" * 32)


async def test_keys_are_known_in_the_order_of_their_registration(office: Office) -> None:
    async with office.database.begin() as transaction:
        assert await transaction.keys.registered(hold=True) == ()
        await transaction.keys.register([NEW, OLD], NOW)
        await transaction.keys.register([], NOW)
        await transaction.keys.register([Fingerprint("k0", "c" * 32)], NOW)
    async with office.database.read() as transaction:
        assert [one.id for one in await transaction.keys.registered()] == ["k2", "k1", "k0"]
        assert (await transaction.keys.registered())[:2] == (NEW, OLD)


async def test_a_key_is_registered_once(office: Office) -> None:
    async with office.database.begin() as transaction:
        await transaction.keys.register([OLD], NOW)
    with pytest.raises(DataRefused):
        async with office.database.begin() as transaction:
            await transaction.keys.register([Fingerprint("k1", "c" * 32)], NOW)


async def test_of_two_that_start_at_once_the_second_sees_the_firsts_keys(office: Office) -> None:
    async def second() -> tuple[Fingerprint, ...]:
        async with office.database.begin() as transaction:
            return await transaction.keys.registered(hold=True)

    async with office.database.begin() as transaction:
        assert await transaction.keys.registered(hold=True) == ()
        seen = await settled_or_blocked(office.database, second())
        assert not seen.done()
        await transaction.keys.register([OLD], NOW)
    assert await seen == (OLD,)
