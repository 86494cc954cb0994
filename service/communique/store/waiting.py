"""Waiting for a database is said: once when it has taken a while, and once when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

AWHILE = 3.0  # seconds that nobody need hear of
LOCKED = "another program writes in the database and has it locked"


class Waiting:
    """Who waits for one database. However many do, one line says so until one of them goes on."""

    def __init__(self) -> None:
        self._said = False

    @contextmanager
    def for_(self, what: str) -> Iterator[None]:
        """Wait for it in this block. If that fails, it is not over."""
        telling = asyncio.get_running_loop().call_later(AWHILE, self.say, what)
        try:
            yield
        finally:
            telling.cancel()
        self.over()

    def say(self, what: str) -> None:
        """It has taken a while, for this reason."""
        if not self._said:
            log.warning("waiting: %s", what)
        self._said = True

    def over(self) -> None:
        """Somebody goes on."""
        if self._said:
            log.warning("the database can be used again")
        self._said = False
