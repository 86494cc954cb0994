"""How long PostgreSQL, and who talks to it, may keep others waiting. Nothing waits for ever.

What a role, a database or a server is set to otherwise does not hold on our connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL

# What the driver reads and we compare, and what a commit means: the same for every role, wherever
# the server is. `on` is the least: with `off`, what was committed is lost with the server's power,
# and goes again (P3).
SAME = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "synchronous_commit": "on",
}

WRITING = {
    # A snapshot of a million people holds a release for some seconds; others wait rather than fail.
    "lock_timeout": "30s",
    # One statement of such a snapshot, on a slow machine; nothing else comes near.
    "statement_timeout": "5min",
    # A process that is frozen in the middle holds up everybody who wants what it has locked; who
    # waits for a lock waits longer than that.
    "idle_in_transaction_session_timeout": "15s",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
}
# It locks nothing, and may wait for somebody who reads the log page by page.
READING = {
    name: "30min" if name.startswith("idle") else value
    for name, value in WRITING.items()
    if not name.startswith("default")
}
# Of a table of many millions, an index alone takes longer than any statement of the service.
MIGRATING = {**WRITING, "statement_timeout": "0"}

# A machine that is gone answers nothing, and TCP alone would wait for hours. In seconds, but for
# the last: what was sent and not acknowledged, in milliseconds.
REACHING = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def arguments(url: URL, limits: Mapping[str, str]) -> dict[str, Any]:
    """What a connection is opened with. What the URL says itself stands."""
    asked = url.query.get("options", ())
    theirs = (asked,) if isinstance(asked, str) else asked
    ours = (f"-c {name}={value}" for name, value in {**limits, **SAME}.items())
    return {
        **{name: value for name, value in REACHING.items() if name not in url.query},
        "options": " ".join((*ours, *theirs)),
    }
