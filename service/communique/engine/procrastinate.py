"""The queue of tickets, as Procrastinate keeps it in PostgreSQL: its schema, its SQL, its words.

Nothing here is the truth: were all of it dropped, the desk would submit what is unfinished again.
What goes wrong leaves here as StoreUnavailable, never as a driver's exception.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from sqlalchemy import make_url

from communique.domain.delivery import Ticket
from communique.errors import StoreUnavailable
from communique.ports import Transaction

TASK = "communique.work"
LONGEST = 40  # octets of a queue's name: PostgreSQL's channels bear it, after 23 of Procrastinate's

# Advisory locks are the database's, so these are a number of ours and what is locked.
SCHEMA, SWEEP = 0x436F6D6D0001, 0x436F6D6D0002

# In seconds and milliseconds: a server that fell silent is given up while others notice us gone.
CONNECTING: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": 10_000}

ANSWER = 15.0  # seconds that anything asked of the queue may take
FUNCTION = re.compile(r"^CREATE FUNCTION (procrastinate_\w+)", re.MULTILINE)

KNOWN = "SELECT proname FROM pg_proc WHERE proname = ANY(%s) AND pg_function_is_visible(oid)"

# `doing` may be the very batch that asks for its next hour, so it counts only for what is due now.
LIVE = """
SELECT args->>'release' AS release, args->>'batch' AS batch
FROM procrastinate_jobs
WHERE task_name = %(task)s
  AND args->>'release' = ANY(%(releases)s)
  AND (
    status = 'todo'
      AND (scheduled_at IS NULL OR scheduled_at <= coalesce(%(run_at)s::timestamptz, now()))
    OR status = 'doing' AND %(run_at)s::timestamptz IS NULL
  )
"""

# Fenced, unlike Procrastinate's own: a worker that was taken for dead and wakes up must not end
# what another took meanwhile. Whatever became of it, a ticket is not kept.
FINISH = """
DELETE FROM procrastinate_jobs AS job
USING unnest(%(ids)s::bigint[], %(workers)s::bigint[]) AS held (id, worker)
WHERE job.id = held.id
  AND coalesce(job.worker_id, held.worker) = held.worker
  AND job.status IN ('todo', 'doing')
"""

PRUNE = "SELECT procrastinate_prune_stalled_workers_v1(%s)"

FREE = """
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)
FROM procrastinate_jobs
WHERE status = 'doing' AND worker_id IS NULL
"""


class Held(NamedTuple):
    """A ticket in a worker's hands."""

    job: int
    worker: int
    ticket: Ticket


@runtime_checkable
class OnDriver(Protocol):
    """A transaction of the store that others can join."""

    async def driver_connection(self) -> psycopg.AsyncConnection[Any]:
        """The driver's own connection."""


class Queue:
    """Tickets that wait, and the workers that hold some. All raise StoreUnavailable."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's, of the database that the desk is in."""
        self._server = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._connector = PsycopgConnector(
            conninfo=self._server,
            kwargs=CONNECTING,
            configure=_commit_each,
            min_size=1,
            max_size=4,
            timeout=5,  # seconds; what waits for the server is tried again
            reconnect_timeout=5,
        )
        self._jobs = JobManager(self._connector)

    async def open(self) -> None:
        """Connect, and see to it that the queue is there, whole."""
        with _translated():
            async with await psycopg.AsyncConnection.connect(self._server, **CONNECTING) as first:
                await _prepare(first)
            await self._connector.open_async()

    async def close(self) -> None:
        """Close every connection."""
        await self._connector.close_async()

    async def add(
        self, transaction: Transaction, tickets: Sequence[Ticket], run_at: datetime | None
    ) -> None:
        """Have these there once the transaction is committed, except what is there and due then.

        In one statement, and without locks of any kind (docs/engines.md, traps 3 and 9).
        """
        if not tickets:
            return
        if not isinstance(transaction, OnDriver):
            raise TypeError(f"no queue can join a {type(transaction).__name__}")
        connection = await transaction.driver_connection()
        with _translated():
            live = await self._connector.execute_query_all_async_with_connection(
                connection,
                LIVE,
                task=TASK,
                releases=list({str(one.release_id) for one in tickets}),
                run_at=run_at,
            )
            there = {(int(row["release"]), int(row["batch"])) for row in live}
            jobs = [
                _job(one, run_at)
                for one in dict.fromkeys(tickets)
                if (one.release_id, one.batch) not in there
            ]
            if jobs:
                await self._jobs.batch_defer_jobs_async(jobs, connection)

    async def register(self) -> int:
        """A new worker's number; it must be heard of."""
        async with _answered():
            return await self._jobs.register_worker()

    async def unregister(self, worker: int) -> None:
        """It is gone, and what it still holds is free."""
        async with _answered():
            await self._jobs.unregister_worker(worker)

    async def beat(self, worker: int) -> None:
        """It lives."""
        async with _answered():
            await self._jobs.update_heartbeat(worker)

    async def fetch(self, worker: int, associations: Collection[str]) -> Held | None:
        """The next ticket that is due for one of these; it is the worker's until it is finished.

        Raises StoreUnavailable too if the worker was taken for dead: it needs a new number.
        """
        async with _answered():
            job = await self._jobs.fetch_job([_queue(one) for one in associations], worker)
        if job is None or job.id is None:
            return None
        release, batch, association = (job.task_kwargs[key] for key in ("release", "batch", "of"))
        return Held(job.id, worker, Ticket(int(str(release)), int(str(batch)), str(association)))

    async def finish(self, held: Collection[Held]) -> None:
        """These are done with, where they are still theirs who held them."""
        async with _answered():
            await self._connector.execute_query_async(
                FINISH, ids=[one.job for one in held], workers=[one.worker for one in held]
            )

    async def sweep(self, silence: float) -> int:
        """Free what is held by workers not heard of for so many seconds; how many tickets.

        Outside the queue, where it would wait behind the very backlog (docs/engines.md, trap 1),
        and by one node at a time: whoever comes second has nothing to do.
        """
        async with (
            _answered(),
            self._connector.pool.connection() as connection,
            connection.transaction(),
        ):
            ours = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [SWEEP])
            if await ours.fetchone() != (True,):
                return 0
            await connection.execute(PRUNE, [silence])
            return (await connection.execute(FREE)).rowcount

    async def listen(self, news: Callable[[], None]) -> None:
        """Call `news` whenever a ticket comes in, until cancelled."""

        async def told(**_: object) -> None:
            news()

        with _translated():
            await self._jobs.listen_for_jobs(on_notification=told)


async def _prepare(connection: psycopg.AsyncConnection[Any]) -> None:
    """Make the schema where there is none; however many nodes start, one does.

    Procrastinate numbers its functions, so its versions agree if those that we call are there.
    """
    schema = SchemaManager.get_schema()
    functions = set(FUNCTION.findall(schema))
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA])
    there = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
    if await there.fetchone() == (None,):
        await connection.execute(schema)
    found = await connection.execute(KNOWN, [list(functions)])
    missing = functions - {name for (name,) in await found.fetchall()}
    if missing:
        raise StoreUnavailable("queue_version_unknown", missing=sorted(missing))


async def _commit_each(connection: psycopg.AsyncConnection[Any]) -> None:
    """A statement is a round trip, where with a transaction around it it would be three."""
    await connection.set_autocommit(True)


def _job(ticket: Ticket, run_at: datetime | None) -> Job:
    return Job(
        queue=_queue(ticket.association),
        task_name=TASK,
        task_kwargs={
            "release": ticket.release_id,
            "batch": ticket.batch,
            "of": ticket.association,
        },
        lock=None,
        queueing_lock=None,
        scheduled_at=run_at,
    )


def _queue(association: str) -> str:
    """One for each, so that none waits behind another's (P7); what is too long is told apart."""
    fits = len(association.encode()) <= LONGEST
    return association if fits else hashlib.sha256(association.encode()).hexdigest()[:LONGEST]


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """What takes a moment must not wait for ever: a server, or the way to it, may be silent."""
    with _translated():
        try:
            async with asyncio.timeout(ANSWER):
                yield
        except TimeoutError as error:
            raise StoreUnavailable("database_silent") from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        said = str(error.__cause__ or error).strip().partition("\n")[0]
        raise StoreUnavailable("queue_unusable", reason=said or type(error).__name__) from error
