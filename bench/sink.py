"""A sink that speaks just enough SMTP to take mail, counts it, and throws it away.

    python -m bench.sink PORT

When it is ended it prints one line of JSON: how many messages, and their octets on the wire. It
stands in where Postfix's `smtp-sink` is not installed, and measures how large messages really are.
It listens on loopback only and never keeps or passes on anything.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict, dataclass

DOT = b"\r\n.\r\n"


@dataclass(slots=True)
class Taken:
    """What came in: whole messages, and their octets as sent, final dot left out."""

    messages: int = 0
    octets: int = 0


class Talk(asyncio.Protocol):
    """One connection. Commands may come pipelined (RFC 2920): replies go out in their order."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._unread = bytearray()
        self._in_message = False
        self._searched = 0  # octets of a message in which there is surely no final dot

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, octets: bytes) -> None:
        """Answer all that has come in whole."""
        self._unread += octets
        replies = bytearray()
        while reply := self._message() if self._in_message else self._command():
            replies += reply
        if replies:
            self._transport.write(bytes(replies))
        if replies.endswith(b"221 2.0.0 bye\r\n"):
            self._transport.close()

    def _message(self) -> bytes:
        """The reply to a message that has ended, or nothing yet."""
        end = self._unread.find(DOT, self._searched)
        if end < 0:
            self._searched = max(0, len(self._unread) - len(DOT) + 1)
            return b""
        self._taken.messages += 1
        self._taken.octets += end + 2
        self._leave(end + len(DOT))
        self._in_message = False
        return b"250 2.0.0 taken\r\n"

    def _command(self) -> bytes:
        """The reply to a command that is there whole, or nothing yet."""
        end = self._unread.find(b"\n")
        if end < 0:
            return b""
        verb = bytes(self._unread[:4]).upper()
        self._leave(end + 1)
        match verb:
            case b"EHLO":
                return b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
            case b"DATA":
                self._in_message = True
                return b"354 end with a dot\r\n"
            case b"QUIT":
                return b"221 2.0.0 bye\r\n"
            case b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
                return b"250 2.0.0 ok\r\n"
            case _:
                return b"502 5.5.1 not known here\r\n"

    def _leave(self, end: int) -> None:
        del self._unread[:end]
        self._searched = 0


async def run(port: int) -> Taken:
    """Take mail until SIGTERM; what was taken."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    await loop.create_server(lambda: Talk(taken), "127.0.0.1", port)
    await over.wait()
    return taken


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(int(sys.argv[1]))))))
