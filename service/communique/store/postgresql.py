"""How long PostgreSQL, and who talks to it, may keep others waiting. Nothing waits for ever.

What a role, a database or a server is set to otherwise does not hold on our connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL

# What the driver reads and we compare: the same for every role, wherever the server is.
SAME = {"DateStyle": "ISO", "TimeZone": "UTC"}

WRITING = {
    # A snapshot of a million people holds a release for some seconds; others wait rather than fail.
    "lock_timeout": "30s",
    # One statement of such a snapshot, on a slow machine; nothing else comes near.
    "statement_timeout": "5min",
    # A process that is frozen in the middle holds up everybody who wants what it has locked.
    "idle_in_transaction_session_timeout": "60s",
}
# It locks nothing, and may wait for somebody who reads the log page by page.
READING = {**WRITING, "idle_in_transaction_session_timeout": "30min"}
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
