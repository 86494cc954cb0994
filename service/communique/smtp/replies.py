"""Reading replies off the wire (RFC 5321 §4.2): bytes in, whole replies out.

It must never hold more than `REPLY_LIMIT` bytes, whatever a server sends.
"""

from __future__ import annotations

from functools import lru_cache

from communique.domain.outcome import Reply
from communique.smtp.verdict import read

REPLY_LIMIT = 32 * 1024


class Unreadable(Exception):
    """What the server sent is not a reply."""


class ReplyReader:
    """Cuts what arrives into replies. After Unreadable, the connection is of no more use."""

    __slots__ = ("_code", "_lines", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = b""
        self._size = 0

    def feed(self, arrived: bytes) -> list[Reply]:
        """The replies that `arrived` completes, in order. Raises Unreadable."""
        self._size += len(arrived)
        *lines, self._rest = (self._rest + arrived).split(b"\n")
        replies = []
        for line in lines:
            code, mark = line[:3], line[3:4]
            if self._lines and code != self._code:
                raise Unreadable("a reply whose lines have different codes")
            if mark == b"-":
                self._code = code
                self._lines.append(line)
                continue
            replies.append(_parsed(b"\n".join([*self._lines, line])))
            self._lines.clear()
            self._size = len(self._rest)
        if self._size > REPLY_LIMIT:
            raise Unreadable("a reply without end")
        return replies


@lru_cache(maxsize=512)
def _parsed(raw: bytes) -> Reply:
    """Most replies are the same as the last one in that place; the cache makes those free."""
    code = raw[:3]
    if not code.isdigit() or raw[3:4] not in (b"", b" ", b"-", b"\r"):
        raise Unreadable(f"not an SMTP reply: {raw[:80]!r}")
    if not 200 <= int(code) < 600:
        raise Unreadable(f"not an SMTP reply code: {code.decode()}")
    text = " ".join(
        line[4:].strip().decode("utf-8", "backslashreplace") for line in raw.split(b"\n")
    )
    return read(int(code), text)
