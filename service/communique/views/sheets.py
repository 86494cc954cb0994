"""The delivery log as a table for spreadsheets, the same at every door.

The fields are those of its JSON, and behind them each time as its association's clocks tell it.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from zoneinfo import ZoneInfo

from communique.domain.log import Line
from communique.views.deliveries import line

COLUMNS = (
    "delivery_id",
    "at",
    "release",
    "association",
    "address",
    "name",
    "member",
    "language",
    "state",
    "reason",
    "attempts",
    "due_at",
    "code",
    "reply",
    "local_at",
    "zone",
)
BOM = "\ufeff"  # by which Excel knows UTF-8
PIECE = 32 * 1024  # characters that are handed on at a time


async def log_table(
    lines: AsyncIterable[Line], zones: Mapping[str, str], *, excel: bool = False
) -> AsyncGenerator[str, None]:
    """Lines as CSV, a piece at a time, never all at once (P9); for Excel with semicolons.

    `zones` is by association. No cell is left that a spreadsheet would take for a formula.
    """
    from communique import roster  # noqa: PLC0415 - it reads spreadsheets too, which takes a while

    out = io.StringIO()
    if excel:
        out.write(BOM)
    with roster.table(out, COLUMNS, delimiter=";" if excel else ",") as rows:
        async for one in lines:
            zone = zones[one.association]
            clock = f"{one.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
            shown = line(one) | {"local_at": clock, "zone": zone}
            rows.add([shown[name] for name in COLUMNS])
            if out.tell() >= PIECE:
                yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
