"""Who is measured: the real service, Postfix's load generator, and a naive sender.

Each sends messages of one size over the same number of connections to the same sink, and says what
it took in the same units.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from tools.fictional_people import MASSBIO, people

from bench.children import PATIENCE, Child
from bench.naive import Letter, Measured
from bench.preparing import PreparedDesk
from bench.reading import Log
from bench.relays import postfix

COMMUNIQUE, PLAIN = "communique", "communique, pipelining off"
SMTP_SOURCE, NAIVE = "smtp-source", "naive sender"
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """What one contender did. Times in seconds, sizes in octets."""

    contender: str
    messages: int  # taken by the sink
    seconds: float  # that they took
    cpu_seconds: float  # user and system, of the contender's process alone
    peak_memory: int
    more: dict[str, float | None] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)  # the log's sums, where there is a log

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    @property
    def cpu_per_message(self) -> float:
        """CPU for each message, in µs."""
        return self.cpu_seconds / self.messages * 1e6


Progress = Callable[[int], None]  # told how many messages have gone


def communique(
    desk: PreparedDesk,
    port: int,
    connections: int,
    progress: Progress,
    *,
    pipelining: bool = True,
    stop_after: int | None = None,
) -> Run:
    """Send a desk's release with `communique serve`, until it is sent or so many have gone.

    The clock runs from pick-up to the last final reply, as the log has them, so the snapshot is in
    it. CPU is all that the service used from before its hour until everything was in the log.
    """
    desk.configure(port, connections, pipelining=pipelining)
    log = Log(desk.database)
    words = [sys.executable, "-m", "communique", "serve"]
    with Child(words, desk.home / "serve.log", folder=desk.home) as service:
        service.until(lambda: "ready;" in service.said, "get ready")
        cpu = service.cpu
        desk.schedule("in 1 second")
        committed_at = _picked_up(service, log)
        _watch(service, log, stop_after, progress)
        cpu, memory = service.cpu - cpu, service.peak_memory
    written = log.read()
    times = written.times
    return Run(
        COMMUNIQUE if pipelining else PLAIN,
        messages=written.states.get("sent", 0),
        seconds=(times.last_end - times.picked_up_at).total_seconds(),
        cpu_seconds=cpu,
        peak_memory=memory,
        more={
            "snapshot_seconds": (committed_at - times.picked_up_at).total_seconds(),
            "first_message_after": (times.first_start - times.send_at).total_seconds(),
            "last_message_after": (times.last_end - times.send_at).total_seconds(),
            "handing_over_seconds": (times.last_end - times.first_start).total_seconds(),
            "log_complete_after": (
                (times.finished_at - times.send_at).total_seconds() if times.finished_at else None
            ),
            "attempts": written.attempts,
        },
        states=written.states,
    )


def _picked_up(service: Child, log: Log) -> datetime:
    """Wait until the snapshot is there for all to see; when it was, to 20 ms."""
    service.until(lambda: log.state() != "approved", "pick the release up")
    return datetime.now(UTC)


def _watch(service: Child, log: Log, stop_after: int | None, progress: Progress) -> None:
    seen, moved = 0, time.monotonic()
    while log.state() != "sent":
        service.check()
        if (now := log.attempts()) > seen:
            seen, moved = now, time.monotonic()
            progress(seen)
        if stop_after and seen >= stop_after:
            return
        if time.monotonic() - moved > PATIENCE:
            raise service.failed(f"sent nothing for {PATIENCE:.0f} s")
        time.sleep(0.1)
    progress(log.attempts())


def smtp_source(
    folder: Path, port: int, connections: int, messages: int, length: int
) -> Run | None:
    """Postfix's load generator: C, renders nothing, keeps no log. None where it is not installed.

    Its connections are kept as ours are (`-d`). `length` is that of a message without its headers.
    """
    program = postfix("smtp-source")
    if program is None:
        return None
    words = [program, "-d", "-s", str(connections), "-m", str(messages), "-l", str(length)]
    words += ["-M", "source.example", "-f", "news@source.example", "-t", "reader@sink.example"]
    with Child([*words, f"127.0.0.1:{port}"], folder / "smtp-source.log") as source:
        used = source.ended(within=_enough(messages))
    return Run(SMTP_SOURCE, messages, used.seconds, used.cpu_seconds, used.peak_memory)


def naive(desk: PreparedDesk, port: int, connections: int, messages: int) -> Run:
    """The same message made and sent for each person alone; see `bench.naive`."""
    letter = desk.home / "letter.json"
    letter.write_text(json.dumps(asdict(_letter(desk, messages))), encoding="utf-8")
    words = [sys.executable, "-m", "bench.naive", str(port), str(connections), str(letter)]
    with Child(words, desk.home / "naive.log") as sender:
        sender.ended(within=_enough(messages))
        measured = Measured(**json.loads(sender.said))
    return Run(NAIVE, measured.sent, measured.seconds, measured.cpu_seconds, measured.peak_memory)


def _enough(messages: int) -> float:
    """Seconds within which so many messages are sent even by the slowest."""
    return PATIENCE + messages / 5


def _letter(desk: PreparedDesk, messages: int) -> Letter:
    """Our own message as a template: the name a variable again, the style sheet beside it again."""
    style = f"<style>{desk.style}</style></head>"
    html = _STYLE.sub("", desk.html).replace("</head>", style)
    headings = {"address": "Email", "given_name": "First name", "family_name": "Last name"}
    columns = {name: MASSBIO.headings.index(heading) for name, heading in headings.items()}
    readers = ({name: row[at] for name, at in columns.items()} for row in people(MASSBIO))
    plain = (one for one in readers if one["address"].isascii())  # it knows of no A-labels
    return Letter(
        sender="Naive sender <news@naive.example>",
        subject=desk.subject,
        html=html.replace(desk.reader, "{{ given_name }}"),
        text=desk.text.replace(desk.reader, "{{ given_name }}"),
        readers=list(islice(plain, messages)),
    )
