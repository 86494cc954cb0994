"""What the delivery log says of a benchmark's release. Only reads, and asks little of the machine.

A service under way shares its cores with us, so looking at it must cost next to nothing.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Times:
    """A release's instants, as the log has them."""

    send_at: datetime
    picked_up_at: datetime
    first_start: datetime  # of the first attempt
    last_end: datetime  # of the last attempt: its final reply
    finished_at: datetime | None  # when the last result stood in the log; None: stopped before


@dataclass(frozen=True, slots=True)
class Written:
    """The whole log in short."""

    times: Times
    states: dict[str, int] = field(default_factory=dict)
    attempts: int = 0


class Log:
    """The log of a desk with one release."""

    def __init__(self, database: Path) -> None:
        self._address = f"{database.as_uri()}?mode=ro"

    def state(self) -> str:
        """The state of the release, as whoever looks from outside sees it."""
        return str(self._one("SELECT state FROM releases"))

    def attempts(self) -> int:
        """How many attempts are in the log; they are numbered, so this reads one row."""
        return self._one("SELECT max(id) FROM attempts") or 0

    def read(self) -> Written:
        """All of it."""
        with closing(sqlite3.connect(self._address, uri=True)) as connection:
            send_at, picked_up_at = connection.execute(
                "SELECT send_at, picked_up_at FROM releases"
            ).fetchone()
            finished = connection.execute("SELECT at FROM events WHERE verb = 'finish'").fetchone()
            tried = [
                (_instant(started), timedelta(seconds=seconds))
                for started, seconds in connection.execute(
                    "SELECT started_at, seconds FROM attempts"
                )
            ]
            states = connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state")
            return Written(
                Times(
                    send_at=_instant(send_at),
                    picked_up_at=_instant(picked_up_at),
                    first_start=min(started for started, _ in tried),
                    last_end=max(started + took for started, took in tried),
                    finished_at=_instant(finished[0]) if finished else None,
                ),
                dict(states.fetchall()),
                len(tried),
            )

    def _one(self, query: str) -> Any:
        with closing(sqlite3.connect(self._address, uri=True)) as connection:
            return connection.execute(query).fetchone()[0]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
