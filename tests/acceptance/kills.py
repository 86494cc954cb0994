"""The kill harness: a real service, a relay that witnesses, and what must hold after any kill.

`python -m tests.acceptance.kills --kills 200` kills at random instants, many times over; the tests
beside it do so a bounded number of times, and at every named stage.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shlex
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from email import message_from_bytes
from itertools import count, islice
from pathlib import Path
from unittest import mock

from tests.acceptance.desks import (
    PATIENCE,
    PUBLIC,
    RELEASE,
    Home,
    Process,
    copy,
    distributed,
    until,
)
from tests.postgres import a_server
from tests.smtpd import Server, Talk

from communique import settings, wiring
from communique.declared import starter
from communique.domain.actor import OPERATOR
from communique.domain.log import AttemptLine, Line, LogFilter

LAUNCHER = Path(__file__).with_name("launch.py")
CONNECTIONS = 6


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message whose final dot arrived."""

    life: int  # which service sent it; 1 is the first
    connection: int
    recipient: str
    content: bytes


class Witness:
    """A relay in this process that remembers whatever arrives, and acts when a stage is reached.

    Stages of one message: `data` (the command came), `body` (a part of it did), `dot` (all of it
    did), `reply` (250 was said).
    """

    def __init__(self, pace: float = 0.0) -> None:
        self.pace = pace  # seconds before each final reply
        self.life = 1
        self.arrivals: list[Arrival] = []
        self._acts: dict[str, tuple[int, Callable[[], None]]] = {}
        self._held: asyncio.Event | None = None
        self._answers: dict[str, str] = {}
        self._server = Server(self._talk)
        self._loop: asyncio.AbstractEventLoop

    def at(self, stage: str, count: int, act: Callable[[], None]) -> None:
        """When a stage is reached for the so-manieth time from now, act."""
        self._acts[stage] = (count, act)

    def refuse(self, reply: str) -> None:
        """Answer so at every RCPT."""
        self._answers["RCPT"] = reply

    @property
    def holds(self) -> bool:
        """Whether final replies are held back."""
        return self._held is not None

    def hold(self) -> None:
        """Give no more final replies; for an act, on the relay's own thread."""
        self._held = asyncio.Event()

    def let_go(self) -> None:
        """Give what was held back."""
        if self._held:
            self._loop.call_soon_threadsafe(self._held.set)

    def buried(self) -> None:
        """Wait until all that a service sent before it died has been read; the next life begins."""
        until(lambda: not self._server.open)
        self.life += 1

    @property
    def settings(self) -> dict[str, str]:
        """What makes a desk send here, and in small steps."""
        return {
            "COMMUNIQUE_PUBLIC_URL": PUBLIC,
            "COMMUNIQUE_TRANSPORTS__DEFAULT__HOST": "127.0.0.1",
            "COMMUNIQUE_TRANSPORTS__DEFAULT__PORT": str(self._server.port),
            "COMMUNIQUE_TRANSPORTS__DEFAULT__TLS": "none",
            "COMMUNIQUE_TRANSPORTS__DEFAULT__CONNECTIONS": str(CONNECTIONS),
        }

    @contextlib.contextmanager
    def listening(self) -> Iterator[Witness]:
        """Listen in a thread of its own."""
        ready: Future[asyncio.Event] = Future()

        async def listen() -> None:
            self._loop, over = asyncio.get_running_loop(), asyncio.Event()
            async with self._server:
                ready.set_result(over)
                await over.wait()

        thread = threading.Thread(target=lambda: asyncio.run(listen()))
        thread.start()
        over = ready.result(PATIENCE)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(over.set)
            thread.join(PATIENCE)

    async def _talk(self, talk: Talk) -> None:
        await talk.serve(DATA=self._data, **self._answers)

    async def _data(self, talk: Talk) -> None:
        if not talk.recipient:
            await talk.say("554 5.5.1 No valid recipients")
            return
        self._reach("data")
        await talk.say("354 Go ahead")
        content = await talk.reader.readexactly(1000)
        self._reach("body")
        content += await talk.reader.readuntil(b"\r\n.\r\n")
        self.arrivals.append(Arrival(self.life, talk.number, talk.recipient, content))
        self._reach("dot")
        if self._held:
            await self._held.wait()
        if self.pace:
            await asyncio.sleep(self.pace)
        await talk.say("250 2.0.0 Ok")
        self._reach("reply")

    def _reach(self, stage: str) -> None:
        if stage in self._acts:
            count, act = self._acts.pop(stage)
            if count > 1:
                self._acts[stage] = (count - 1, act)
            else:
                act()


class Launched(Process):
    """A command that a signal reaches at a named step; see `launch`."""

    PROGRAM = (str(LAUNCHER),)


def launch(
    home: Home, words: str, step: str, nth: str = "1", what: str = "SIGKILL", **more: str
) -> Launched:
    """Start a command that is struck at a step of its own."""
    strike = {"STRIKE": step, "STRIKE_COUNT": nth, "STRIKE_SIGNAL": what}
    return Launched(
        replace(home, environment=home.environment | strike | more), shlex.split(words), None
    )


def small_desk(
    folder: Path,
    environment: dict[str, str],
    people: int | None = None,
    associations: Sequence[str] = ("bioquebec", "massbio"),
) -> Home:
    """The sample desk with so many people at each of these associations, its release filed."""
    starter.begin(folder)
    home = Home(folder, environment)
    home.run("sync")
    for association in associations:
        file = folder / "subscribers" / association / "members.csv"
        with file.open(encoding="utf-8-sig", newline="") as whole:
            lines = list(islice(whole, None if people is None else people + 1))
        file.write_text("".join(lines), encoding="utf-8", newline="")
        home.run("subscribers", "import", file, "-a", association, "-l", "members")
    home.run("release", "import", f"releases/{RELEASE}")
    return home


@dataclass(frozen=True, slots=True)
class Tally:
    """What a release's kills came to."""

    sent: int
    copies: int  # messages that arrived again
    most: int  # of these, from one kill
    unknown: int  # attempts of which nobody knows the end
    held: int  # deliveries with two such
    never: int  # of these, whose message never arrived

    def __str__(self) -> str:
        return (
            f"{self.sent} sent, {self.unknown} attempts unknown, {self.copies} copies, "
            f"at most {self.most} from one kill, {self.held} held after two unknown ends "
            f"({self.never} of them never arrived)"
        )


async def _read(home: Home) -> tuple[list[Line], dict[str, tuple[AttemptLine, ...]]]:
    """The log: every delivery, and the attempts of those that had several or an unknown one."""
    with mock.patch.dict(os.environ, home.variables):
        current = settings.load()
    async with wiring.opened(current) as desk, desk.store.read() as transaction:
        lines = [
            one async for one in transaction.log.lines(OPERATOR.scope, LogFilter(release=RELEASE))
        ]
        tried = {
            one.address: await transaction.log.attempts(OPERATOR.scope, one.delivery_id)
            for one in lines
            if one.attempts > 1 or one.state == "unknown"
        }
    return lines, tried


def account(home: Home, witness: Witness, in_flight: int = CONNECTIONS) -> Tally:
    """Compare the mailbox with the log of a release that is sent: P1, P2 and P3, to the letter.

    One death may copy as much as was `in_flight`: one transaction a connection, as a rule.
    """
    summary = home.standing()["summary"]
    assert summary["open"] == 0
    lines, tried = asyncio.run(_read(home))
    assert len(lines) == sum(summary["states"].values()) == home.audience()
    arrived: dict[str, list[Arrival]] = defaultdict(list)
    for one in witness.arrivals:
        arrived[one.recipient].append(one)
    sent = {one.address for one in lines if one.state == "sent"}
    held = {one.address for one in lines if one.state == "unknown"}
    assert len(sent) + len(held) == len(lines) - summary["states"].get("skipped", 0), "all ended"
    assert sent <= set(arrived), "nobody who is `sent` is missing"
    assert set(arrived) <= sent | held, "and nobody else was written to"

    unknown = Counter(
        {who: sum(one.outcome == "unknown" for one in many) for who, many in tried.items()}
    )
    by_kill: Counter[int] = Counter()
    by_connection: Counter[tuple[int, int]] = Counter()
    for address, received in arrived.items():
        assert len(received) <= 1 + unknown[address], f"{address}: a copy that no log owns up to"
        assert len({one.content for one in received}) == 1, "a copy has the same bytes"
        if len(received) > 1:  # to read a message takes as long as to send some fifty
            assert len({message_id(one.content) for one in received}) == 1
        for one in received[:-1]:
            by_kill[one.life] += 1
            by_connection[one.life, one.connection] += 1
    assert max(by_kill.values(), default=0) <= in_flight, by_kill
    if in_flight == CONNECTIONS:
        assert max(by_connection.values(), default=0) <= 1, "one transaction a connection"
    assert summary["copies"] >= sum(len(received) > 1 for received in arrived.values())
    assert all(unknown[address] == 2 for address in held), "resent once, and then held"
    return Tally(
        len(sent),
        by_kill.total(),
        max(by_kill.values(), default=0),
        unknown.total(),
        len(held),
        len(held - set(arrived)),
    )


def message_id(content: bytes) -> str:
    """The Message-ID of a message as it came over the wire."""
    return str(message_from_bytes(content)["Message-ID"])


def finish(home: Home) -> str:
    """Let a service that nobody kills end the release; what it said."""
    with home.start("serve") as service:
        service.until_said("ready")  # it may have nothing left to do
        home.until_ended()
        assert service.terminate() == 0
        return service.said


def killed_at_random(
    home: Home,
    witness: Witness,
    chance: random.Random,
    kills: int,
) -> int:
    """Kill one release's services at random instants; how often, as a release may end sooner."""
    people = home.audience()
    alone = home.environment.get("COMMUNIQUE_ENGINE", "local") == "local"
    for number in range(1, kills + 1):
        before = len(witness.arrivals)
        reached = len({one.recipient for one in witness.arrivals})
        share = max(2, 2 * (people - reached) // (kills - number + 2))
        wanted = before + chance.randint(1, share)
        # What is set between two lives changes no copy.
        url = chance.choice([PUBLIC, "https://elsewhere.communique.example/desk/"])
        with launch(home, "serve", "never", COMMUNIQUE_PUBLIC_URL=url) as service:
            if chance.random() < 0.15:  # while it starts, or takes over what the last one left
                time.sleep(chance.uniform(0.2, 1.5))
            else:
                _wait(witness, wanted)
                if alone and chance.random() < 0.3 and "ready" in service.said:
                    assert "another service" in home.run("serve", code=4).err
                time.sleep(chance.uniform(0, 0.02))
            service.kill()
        witness.buried()
        standing = home.glance()
        states = standing["summary"]["states"]
        assert sum(states.values()) in (0, people), "the sums add up at every instant (P1)"
        came = len(witness.arrivals) - before
        tell(f"kill {number}: {came} came, {states}")
        if standing["release"]["state"] == "sent":
            return number
    return kills


def _wait(witness: Witness, wanted: int, patience: float = 5.0) -> None:
    """Wait for so many arrivals, or in vain: what remains may be less."""
    deadline = time.monotonic() + patience
    while len(witness.arrivals) < wanted and time.monotonic() < deadline:
        time.sleep(0.001)


def tell(line: str) -> None:
    """Print a line of progress at once."""
    print(line, flush=True)


def desks(engine: str, folder: Path, running: contextlib.ExitStack) -> Iterator[Home]:
    """The sample desk, its release filed, over and over, each a copy of its own."""
    if engine == "local":
        filled = small_desk(folder / "filled", {}).folder
        for number in count():
            yield copy(filled, folder / f"desk-{number}")
    server = running.enter_context(a_server())
    name, url = server.create()
    quick = {"SILENCE": "3"}  # seconds after which the queue takes a worker for dead
    filled = small_desk(folder / "filled", distributed(url) | quick).folder
    for number in count():
        _, url = server.create(name)
        yield Home(copy(filled, folder / f"desk-{number}").folder, distributed(url) | quick)


def main(words: Sequence[str] | None = None) -> None:
    """Kill as often as asked, a dozen times a release, and print what it came to."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="to have the same again")
    parser.add_argument("--engine", choices=["local", "distributed"], default="local")
    options = parser.parse_args(words)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    tell(f"seed {seed}, {options.engine} engine")
    done, tallies = 0, []
    with (
        tempfile.TemporaryDirectory(prefix="communique-kills-") as folder,
        contextlib.ExitStack() as running,
    ):
        fresh = desks(options.engine, Path(folder), running)
        while done < options.kills:
            pace = chance.choice([0.0, 0.002, 0.02, 0.05])
            with Witness(pace).listening() as witness:
                desk = next(fresh)
                home = Home(desk.folder, desk.environment | witness.settings)
                home.announce()
                done += killed_at_random(home, witness, chance, min(12, options.kills - done))
                finish(home)
                tallies.append(account(home, witness))
                tell(f"{done} of {options.kills} kills; {pace} s a reply: {tallies[-1]}")
    tell(
        f"{done} kills, {len(tallies)} releases, {sum(one.sent for one in tallies)} messages sent: "
        f"everybody accounted for; {sum(one.unknown for one in tallies)} attempts unknown, "
        f"{sum(one.copies for one in tallies)} copies, at most "
        f"{max(one.most for one in tallies)} from one kill (of {CONNECTIONS} connections), "
        f"{sum(one.held for one in tallies)} held, of whom "
        f"{sum(one.never for one in tallies)} never arrived. Seed {seed}."
    )


if __name__ == "__main__":
    main()
