"""A whole desk, worked from outside as people work it: commands, and services as real processes.

Nothing here reaches into the package except to run its command line and to read its mailbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import psycopg
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import make_url
from tests.acceptance import nursery
from tests.postgres import Postgres
from tests.received import Received, messages

from communique.cli import main
from communique.smtp.mailbox import Mailbox

T = TypeVar("T")

RELEASE = "memorandum-2019"
APPROVERS = {"bioquebec": "Solange Marchessault", "massbio": "Harriet Penwarden"}
PUBLIC = "https://news.communique.example"
PATIENCE = 300.0  # seconds after which something that should have happened never will

SMALL = "fall-mission"  # a release that goes to a handful of people
_GLANCE = """\
SELECT releases.state, deliveries.state, count(deliveries.id)
FROM releases LEFT JOIN deliveries ON deliveries.release_id = releases.id
WHERE releases.key = '{key}' GROUP BY releases.state, deliveries.state"""
_MANUSCRIPT = {
    "release.toml": """\
kind = "announcement"
parties = ["bioquebec"]
link = "https://www.bioquebec.example/mission"

[[audience]]
association = "bioquebec"
lists = ["members"]
only.territories = ["Ontario"]
""",
    "fr.md": """\
+++
subject = "Une mission cet automne"
preheader = "Une mission cet automne"
+++

Une mission cet automne
""",
    "en.md": """\
+++
subject = "A mission this fall"
preheader = "A mission this fall"
+++

A mission this fall
""",
}


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, parsed."""
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        """What it printed, one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Home:
    """A desk's folder, and what its environment says."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment that its commands see."""
        return {
            "COMMUNIQUE_HOME": str(self.folder),
            "COLUMNS": "400",
            "LC_ALL": "C.UTF-8",
        } | self.environment

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "var" / "communique.sqlite"

    def run(self, *words: str | Path, code: int = 0, typed: str | None = None) -> Done:
        """Run a command in this process, through the same door; it must end with `code`."""
        out, err = io.StringIO(newline=""), io.StringIO()
        ended = 0
        with (
            mock.patch.dict(os.environ, self.variables),
            mock.patch.object(sys, "argv", ["communique", *map(str, words)]),
            mock.patch.object(sys, "stdin", io.StringIO(typed or "")),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as exit_:
                ended = exit_.code if isinstance(exit_.code, int) else int(bool(exit_.code))
        done = Done(ended, out.getvalue(), err.getvalue())
        assert "Traceback" not in done.err
        assert ended == code, f"communique {words} ended with {ended}\n{done.err}\n{done.out}"
        return done

    def start(self, *words: str, out: Path | None = None) -> Process:
        """Start a command as a process of its own."""
        return Process(self, words, out)

    def dump(self) -> list[str]:
        """Everything in the database, as SQL."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return list(connection.iterdump())

    def approve(self, key: str = RELEASE) -> None:
        """Submit a release, and have every party approve it."""
        self.run("release", "submit", key)
        for party in self.run("release", "show", key, "--json").json()["release"]["parties"]:
            self.run("release", "approve", key, "--as", party, "--by", APPROVERS[party])

    def announce(self, key: str = RELEASE) -> None:
        """Approve a release and let it go now."""
        self.approve(key)
        self.run("release", "schedule", key, "--at", "now")

    def standing(self, key: str = RELEASE) -> Any:
        """What `release show` says."""
        return self.run("release", "show", key, "--json").json()

    def log(self, *words: str) -> list[Any]:
        """What `log` says, line by line."""
        return self.run("log", "--json", *words).lines()

    def attempts(self, delivery: int) -> list[Any]:
        """Every attempt of one delivery."""
        found: list[Any] = self.run("log", "show", str(delivery), "--json").json()["attempts"]
        return found

    def mailbox(self) -> list[Received]:
        """What the built-in mailbox holds."""
        return list(messages(self.folder / "var" / "mailbox"))

    def glance(self, key: str = RELEASE) -> Any:
        """What `standing` has of a release's state and sums, asked of the database itself."""
        with self._looking() as look:
            return look(key)

    @contextlib.contextmanager
    def _looking(self) -> Iterator[Callable[[str], Any]]:
        """How to glance often: a command takes a tenth of a second of a core each time."""
        at = make_url(self.environment.get("COMMUNIQUE_DATABASE_URL", f"sqlite:///{self.database}"))
        if at.drivername == "sqlite":
            connection: Any = sqlite3.connect(self.database, timeout=PATIENCE)
        else:
            url = at.set(drivername="postgresql").render_as_string()
            connection = psycopg.connect(url, autocommit=True)

        def look(key: str) -> Any:
            rows = connection.execute(_GLANCE.format(key=key)).fetchall()
            [release] = {state for state, _, _ in rows}
            states = {state: count for _, state, count in rows if count}
            still_open = sum(states.get(one, 0) for one in ("queued", "sending", "deferred"))
            return {
                "release": {"state": release},
                "summary": {"states": states, "open": still_open},
            }

        with contextlib.closing(connection):
            yield look

    def until(self, wanted: Callable[[Any], bool], key: str = RELEASE) -> Any:
        """Wait until a release stands as wanted, of its state and sums; all of how it stands then.

        `wanted` may be asked of how it stood a moment before.
        """
        with self._looking() as look:
            until(lambda: wanted(look(key)), every=0.2)
        now = self.standing(key)
        return now if wanted(now) else self.until(wanted, key)

    def until_ended(self, key: str = RELEASE) -> Any:
        """Wait until a release is sent, and check that its sums add up on the way (P1)."""
        snapshot = self.audience(key)

        def ended(now: Any) -> bool:
            assert sum(now["summary"]["states"].values()) in (0, snapshot)
            return bool(now["release"]["state"] == "sent")

        return self.until(ended, key)

    def audience(self, key: str = RELEASE) -> int:
        """How many people are on the lists that a release goes to; asked once for each desk."""
        if (self.folder, key) not in _AUDIENCES:
            _AUDIENCES[self.folder, key] = self._audience(key)
        return _AUDIENCES[self.folder, key]

    def _audience(self, key: str) -> int:
        total = 0
        for one in self.standing(key)["release"]["audiences"]:
            words = ("-a", one["association"], "--list", one["lists"][0], "--limit", "1", "--json")
            total += self.run("subscribers", "list", *words).json()["total"]
        return total


_AUDIENCES: dict[tuple[Path, str], int] = {}


def copy(folder: Path, to: Path) -> Home:
    """Another desk like this one, as though it had been made there (it is no copy that asks, P3).

    It listens on free ports, and members reach it by https.
    """
    shutil.copytree(folder, to)
    home = Home(to)
    if home.database.exists():
        here = f"file {home.database.stat().st_ino}"
        with contextlib.closing(sqlite3.connect(home.database)) as connection, connection:
            connection.execute("UPDATE lineages SET whereabouts = ?", [here])
    return Home(
        to,
        {
            "COMMUNIQUE_PORT": "0",
            "COMMUNIQUE_MAILBOX_PORT": "0",
            "COMMUNIQUE_PUBLIC_URL": PUBLIC,
        },
    )


def distributed(url: str) -> dict[str, str]:
    """What makes a desk work for as many as are started at the database at `url`.

    Its relay is nobody until one is told.
    """
    return {
        "COMMUNIQUE_ENGINE": "distributed",
        "COMMUNIQUE_KEYS": "shared:" + "5a" * 32,
        "COMMUNIQUE_PORT": "0",
        "COMMUNIQUE_DATABASE_URL": url,
        "COMMUNIQUE_PUBLIC_URL": PUBLIC,
        "COMMUNIQUE_TRANSPORTS__DEFAULT__PORT": "9",
        "COMMUNIQUE_TRANSPORTS__DEFAULT__TLS": "none",
    }


@contextlib.contextmanager
def shared_copy(server: Postgres, model: str, folder: Path, to: Path) -> Iterator[Home]:
    """Another desk like the one in `folder`, whose database on that server is `model`.

    It is as though it had been made there (it is no copy that asks, P3).
    """
    name, url = server.create(model)
    with server.connect(name) as connection:
        connection.execute(
            "UPDATE lineages SET whereabouts = regexp_replace(whereabouts, '[0-9]+$', "
            "(SELECT oid::text FROM pg_database WHERE datname = current_database()))"
        )
    quick = {"SILENCE": "3"}  # seconds after which the queue takes a worker for dead
    yield Home(copy(folder, to).folder, distributed(url) | quick)
    server.drop(name)


def small(home: Home) -> None:
    """File and approve the release that goes to a handful of people."""
    folder = home.folder / "releases" / SMALL
    folder.mkdir()
    for name, text in _MANUSCRIPT.items():
        (folder / name).write_text(text, encoding="utf-8")
    home.run("release", "import", f"releases/{SMALL}")
    home.approve(SMALL)


def pasted(home: Home, said: str) -> int:
    """Run every command that was printed between backticks, as whoever reads it would; how many."""
    printed = re.findall(r"`communique ([^`]+)`", said)
    for one in printed:
        home.run(*shlex.split(one))
    return len(printed)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Whoever is started meanwhile hears Ctrl-C.

    What a script starts in its background ignores it, and so does all that this starts in turn; but
    a signal that the starter deals with is dealt with in the usual way by what it starts.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Process:
    """A `communique` process; leave the block and it is gone."""

    PROGRAM: Sequence[str] = ("-m", "communique")

    def __init__(
        self, home: Home, words: Sequence[str], out: Path | None, *, name: str = ""
    ) -> None:
        self._said = home.folder / f"{name or words[0]}.stderr"
        self._offset = self._said.stat().st_size if self._said.exists() else 0
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COMMUNIQUE_")}
        with self._said.open("ab") as err, (out or Path(os.devnull)).open("wb") as output:
            self._process = nursery.start(
                self.PROGRAM, words, home.folder, environment | home.variables, output, err
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def said(self) -> str:
        """Its standard error so far."""
        return self._said.read_bytes()[self._offset :].decode()

    def until_said(self, text: str) -> str:
        """Wait until its standard error holds a text."""

        def found() -> str:
            ended = self._process.poll()
            said = self.said
            assert text in said or ended is None, f"it ended with {ended}:\n{said}"
            return said if text in said else ""

        return until(found)

    def terminate(self) -> int:
        """Ask it to end; its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def ask_to_end(self) -> None:
        """Send SIGTERM, and do not wait."""
        self.send(signal.SIGTERM)

    def send(self, what: signal.Signals) -> None:
        """Send a signal, and do not wait. One that has ended hears nothing."""
        self._process.send_signal(what)

    def interrupt(self) -> int:
        """What Ctrl-C does; its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """Kill -9: it executes no further instruction."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Its exit status."""
        return self._process.wait(PATIENCE)


class Relay(Mailbox):
    """A relay that keeps every message, and from one on answers nobody until it is let go."""

    def __init__(self, folder: Path, *, hold: int = sys.maxsize) -> None:
        super().__init__("127.0.0.1", 0, folder)
        self.hold = hold
        self.holds = threading.Event()
        self._taken = 0
        self._go = asyncio.Event()
        self._loop = asyncio.new_event_loop()

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep it; answer now or later."""
        answer = await super().handle_DATA(server, session, envelope)
        self._taken += 1
        if self._taken >= self.hold and not self._go.is_set():
            self.holds.set()
            await self._go.wait()
        return answer

    def let_go(self) -> None:
        """Give every answer that was held back, and hold none any more."""
        self._loop.call_soon_threadsafe(self._go.set)

    def received(self) -> list[Received]:
        """What it keeps."""
        return list(messages(self.folder))

    @contextlib.contextmanager
    def listening(self) -> Iterator[Relay]:
        """Listen in a thread of its own."""
        ready: Future[None] = Future()
        over = asyncio.Event()

        async def listen() -> None:
            async with self:
                ready.set_result(None)
                await over.wait()

        thread = threading.Thread(target=self._loop.run_until_complete, args=(listen(),))
        thread.start()
        try:
            ready.result(PATIENCE)
            yield self
        finally:
            self._loop.call_soon_threadsafe(over.set)
            thread.join(PATIENCE)
            self._loop.close()

    @property
    def settings(self) -> dict[str, str]:
        """What makes a desk send here."""
        return {
            "COMMUNIQUE_PUBLIC_URL": PUBLIC,
            "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST": "127.0.0.1",
            "COMMUNIQUE_TRANSPORTS__DEFAULT__PORT": str(self.port),
            "COMMUNIQUE_TRANSPORTS__DEFAULT__TLS": "none",
        }


def until(look: Callable[[], T], *, every: float = 0.02) -> T:
    """Look every so many seconds until something true is seen, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited in vain for {look}"
        time.sleep(every)
    return seen


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
