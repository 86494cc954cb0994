"""The process that reads one spreadsheet, whatever that is made of, within bounds.

It is given an open file and how to read it, and writes lines until nobody takes them any more. It
has no secret, no network and no database, and ends by its own limits if nobody ends it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any

from communique.errors import CommuniqueError
from communique.facts import plain
from communique.roster import frames
from communique.roster.days import DayOrder
from communique.roster.lines import Reading
from communique.roster.spreadsheet import Sheet

GROUP = 200  # lines in a frame


def request(file: int, reading: Reading, memory: int, seconds: int) -> bytes:
    """What the process is told on its standard input."""
    told: dict[str, Any] = {name: getattr(reading, name) for name in Reading.__slots__}
    told |= {
        "list_keys": list(reading.list_keys),
        "languages": list(reading.languages),
        "columns": dict(reading.columns),
        "remembered": dict(reading.remembered),
        "ignored": list(reading.ignored),
        "clear": list(reading.clear),
        "today": reading.today.isoformat(),
    }
    return json.dumps(
        {"file": file, "memory": memory, "seconds": seconds, "reading": told}
    ).encode()


def _read(told: Mapping[str, Any]) -> Reading:
    dates = told["dates"]
    today = date.fromisoformat(told["today"])
    return Reading(**{**told, "today": today, "dates": DayOrder(dates) if dates else None})


def _bound(memory: int, seconds: int) -> None:
    for limit, most in (
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CPU, (seconds, seconds + 5)),
        (resource.RLIMIT_CORE, (0, 0)),  # what it would hold is people's addresses
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit stands, or none is known
            resource.setrlimit(limit, most)


def main() -> None:
    """Read the file that standard input names, and write its lines to standard output."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody takes the lines any more: that is all
    told = json.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    os.dup2(2, 1)  # no library's remark comes between the frames
    _bound(told["memory"], told["seconds"])
    try:
        with Sheet(os.fdopen(told["file"], "rb"), _read(told["reading"])) as sheet:
            frames.send(out, frames.LAYOUT, sheet.layout.plain())
            lines = sheet.values()
            while group := list(islice(lines, GROUP)):
                frames.send(out, frames.LINES, sheet.position, group)
            frames.send(out, frames.END, sheet.position)
    except CommuniqueError as error:
        fields = {name: plain(value) for name, value in error.fields.items()}
        frames.send(out, frames.TROUBLE, error.code, fields, error.line)
    except MemoryError:
        frames.send(out, frames.TROUBLE, "reader_out_of_memory", _megabytes(told["memory"]), None)
    except OSError as error:
        fields = {"reason": error.strerror or str(error)}
        frames.send(out, frames.TROUBLE, "file_unreadable", fields, None)
    except BaseException as error:  # a panic of a library is no Exception
        fields = {"reason": type(error).__name__}
        frames.send(out, frames.TROUBLE, "reader_failed", fields, None)


def _megabytes(memory: int) -> dict[str, object]:
    return {"megabytes": memory >> 20}


if __name__ == "__main__":
    main()
