"""How `serve` ends: gracefully and within its bound, or at once when it is told a second time.

Whatever holds a stop up, a database that does not answer or a driver that does not let go, it ends
then: what had not come into the database is in the journal, where the next start finds it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

CUT_SHORT = 1  # the exit status of a stop that was


class Stop:
    """What SIGTERM and Ctrl-C do in the running loop: `begin`, and `seconds` later, or the second
    time, `end`.
    """

    def __init__(
        self,
        begin: Callable[[], None],
        seconds: float,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._begin = begin
        self._seconds = seconds
        self._end = end
        self._begun = False
        self._loop = asyncio.get_running_loop()
        self.bound = threading.Timer(seconds, self._out_of_time)
        self.bound.daemon = True

    def listen(self) -> None:
        """Be told by signals."""
        for one in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(one, self.told)

    def told(self) -> None:
        """Begin to stop; the second time, end."""
        if self._begun:
            self._cut_short("told twice")
            return
        self._begun = True
        # In a thread: the loop may be what does not go on.
        self.bound.start()
        self._begin()

    def _out_of_time(self) -> None:
        if not self._loop.is_closed():
            self._cut_short(f"not done after {self._seconds:g} s")

    def _cut_short(self, why: str) -> None:
        log.error("ended at once, %s: what is not in the database is in the journal", why)
        self._end(CUT_SHORT)
