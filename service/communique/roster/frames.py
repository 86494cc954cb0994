"""How the process that reads a spreadsheet and the one that asked for it speak: frames over pipes.

A frame is four octets of length and a value of plain types. Both ends run the same code and trust
each other: what is kept apart is what reading costs, not who may do what.
"""

from __future__ import annotations

import marshal
import os
import select
from typing import Any

LAYOUT, LINES, END, TROUBLE = "layout", "lines", "end", "trouble"


class Silent(Exception):
    """Nothing came for too long."""


def send(out: int, *value: Any) -> None:
    """Write a frame whole, waiting while the other end is not ready for more."""
    octets = marshal.dumps(value)
    left = memoryview(len(octets).to_bytes(4, "big") + octets)
    while left:
        left = left[os.write(out, left) :]


class Frames:
    """The frames that come out of a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._ready = select.poll()
        self._ready.register(pipe, select.POLLIN)
        self._buffer = bytearray()

    def next(self, seconds: float) -> tuple[Any, ...] | None:
        """The next one; None at the end. Raises Silent if none comes within so many seconds."""
        head = self._take(4, seconds)
        body = head and self._take(int.from_bytes(head, "big"), seconds)
        if not body:
            return None
        value: tuple[Any, ...] = marshal.loads(body)  # noqa: S302 - see above
        return value

    def _take(self, count: int, seconds: float) -> bytes | None:
        while len(self._buffer) < count:
            if not self._ready.poll(seconds * 1000):
                raise Silent
            octets = os.read(self._pipe, 1 << 18)
            if not octets:
                return None
            self._buffer += octets
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
