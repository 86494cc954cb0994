"""The real command line, told at which step of its work a signal shall reach it.

Only tests start it. It wraps what a step calls from outside, so that the package itself knows
nothing of this: `STRIKE` says where ("inside claims.claim", "after results.record", …),
`STRIKE_COUNT` at which time, `STRIKE_SIGNAL` with what.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

from communique.cli import main
from communique.desk import attempting
from communique.engine.distributed import DistributedEngine
from communique.engine.journal import Journal
from communique.messages import press
from communique.store import Database


class Strike:
    """A signal to this process, when a step is reached for the so-manieth time."""

    def __init__(self, step: str, count: int, what: signal.Signals) -> None:
        self.step = step
        self._count = count
        self._what = what

    def reached(self, step: str) -> None:
        """A step is reached; with SIGKILL, its turn is the last instruction."""
        if step == self.step:
            self._count -= 1
            if not self._count:
                os.kill(os.getpid(), self._what)

    def around(self, owner: Any, name: str, label: str) -> None:
        """Have a plain function count: before it is called, and after."""
        inner = getattr(owner, name)

        @wraps(inner)
        def outer(*args: Any, **named: Any) -> Any:
            self.reached(f"before {label}")
            answer = inner(*args, **named)
            self.reached(f"after {label}")
            return answer

        setattr(owner, name, outer)


def watch_transactions(strike: Strike) -> None:
    """Steps `inside NOUN.VERB`, called and not committed, and `after NOUN.VERB`, just committed."""
    place, _, step = strike.step.partition(" ")
    noun, _, verb = step.partition(".")
    begin: Callable[[Database], Any] = Database.begin

    @asynccontextmanager
    async def watched(database: Database) -> AsyncIterator[Any]:
        async with begin(database) as transaction:
            called = False
            inner = getattr(getattr(transaction, noun), verb)
            committed = transaction.committed

            async def call(*args: Any, **named: Any) -> Any:
                nonlocal called
                answer = await inner(*args, **named)
                called = bool(answer) or answer is None  # not where there was nothing to do
                if called:
                    strike.reached(f"inside {step}")
                return answer

            def commit() -> None:
                if called:
                    strike.reached(f"after {step}")
                committed()

            setattr(getattr(transaction, noun), verb, call)
            transaction.committed = commit
            yield transaction

    if place in ("inside", "after") and "." in step:
        # The real service runs in this process; only the moment of its death is ours.
        mock.patch.object(Database, "begin", watched).start()


def watch_migrations(strike: Strike) -> None:
    """Step `after table`: a migration made one more."""
    from alembic.operations import Operations

    strike.around(Operations, "create_table", "table")


def watch_pages(strike: Strike) -> None:
    """Step `before a page`: the journal's new file is written, and the old one in its place."""
    replace = Path.replace

    def watched(path: Path, target: Path) -> Path:
        if path.name == "journal-1.new":
            strike.reached("before a page")
        return replace(path, target)

    # As above: what the journal calls when it begins a file anew.
    mock.patch.object(Path, "replace", watched).start()


if __name__ == "__main__":
    Journal.SIZE = int(os.environ.get("PAGE", Journal.SIZE))
    attempting.TAIL = float(os.environ.get("TAIL", attempting.TAIL))
    if "SILENCE" in os.environ:
        DistributedEngine.SILENCE = float(os.environ["SILENCE"])
        DistributedEngine.BEAT = DistributedEngine.SWEEP = DistributedEngine.SILENCE / 5
    if "STRIKE" in os.environ:
        strike = Strike(
            os.environ["STRIKE"],
            int(os.environ.get("STRIKE_COUNT", "1")),
            signal.Signals[os.environ.get("STRIKE_SIGNAL", "SIGKILL")],
        )
        strike.around(press.Composed, "compose", "rendering")
        strike.around(Journal, "begun", "begun")
        strike.around(Journal, "ended", "ended")
        watch_transactions(strike)
        watch_pages(strike)
        watch_migrations(strike)
    main()
