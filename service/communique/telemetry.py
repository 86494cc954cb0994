"""What the service says of itself: one line an event, for people or as JSON for machines.

No control character ever reaches the log: a relay's reply or an address must not forge a line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class Lines(logging.Formatter):
    """`2026-11-22 16:00:00 warning communique.engine.local: message key=value`.

    What is indented belongs to the line above, whatever an error says.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One printable line; a traceback follows on lines of its own."""
        when = datetime.fromtimestamp(record.created, UTC)
        text = f"{when:%Y-%m-%d %H:%M:%S} {record.levelname.lower()} {record.name}: "
        text += printable(record.getMessage())
        text += "".join(f" {key}={printable(str(value))}" for key, value in _extra(record).items())
        if not record.exc_info:
            return text
        traced = self.formatException(record.exc_info).splitlines()
        return "\n".join([text, *(f"  {printable(line)}" for line in traced)])


class JsonLines(logging.Formatter):
    """One JSON object a line; times in UTC, ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        """JSON escapes control characters by itself."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True, default=str)


@dataclass(slots=True)
class _Kind:
    """When a kind of line was last let through, and how many were left out since."""

    at: float
    left_out: int = 0


class Seldom(logging.Filter):
    """Of what strangers can cause, one line of a kind a minute; it says how many came before it."""

    CAUSED = ("asyncio", "uvicorn", "mail.log", "communique.web", "communique.smtp.mailbox")
    EVERY = 60.0  # seconds
    KINDS = 1000  # kept in mind, at most

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written. A kind is a logger's sentence, whatever is filled in, and
        what failed where: who makes one thing fail hides no other.
        """
        if not record.name.startswith(self.CAUSED):
            return True
        now = self._clock()
        said = str(record.msg).partition("\n")[0]
        kind = (record.name, record.levelno, f"{said} {_failed(record)}")
        known = self._kinds.get(kind)
        if known and now - known.at < self.EVERY:
            known.left_out += 1
            return False
        if known and known.left_out:
            record.not_shown_before = known.left_out
        if len(self._kinds) >= self.KINDS:
            self._kinds.clear()
        self._kinds[kind] = _Kind(now)
        return True


def _failed(record: logging.LogRecord) -> str:
    """What an exception is and where it was raised, if the line has one."""
    kind, _, trace = record.exc_info or (None, None, None)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{kind.__name__} {where}" if kind else ""


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _USUAL}


HOLDS = "\N{NO-BREAK SPACE}"  # it is shown, whatever Python says of it: French has many


def printable(text: str) -> str:
    """`text` on one line, everything unprintable escaped: breaks, escapes, marks of direction.

    The one filter of all that is printed or logged: nobody's words begin a line, move a cursor or
    turn what follows around (P10).
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == HOLDS else ascii(one)[1:-1] for one in text)


def configure(*, json_lines: bool) -> None:
    """Log to standard error, so that standard output stays for what was asked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json_lines else Lines())
    handler.addFilter(Seldom())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # A line for every tick that found nothing to do, or came while the last one ran, or for every
    # try at a server that is away helps nobody: the engines say what matters, once.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)  # URLs hold members' tokens
    logging.getLogger("mail.log").setLevel(logging.WARNING)
