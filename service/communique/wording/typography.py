"""Spaces that hold, as French is set in Québec: what people type lets a line end anywhere.

Of a text only spaces change, and only where a mark needs one beside it; no letter and no mark does.
There no space goes before `;`, `!` and `?`, so none is put or held.
"""

from __future__ import annotations

import re
from datetime import datetime, time

HOLDS = "\N{NO-BREAK SPACE}"

_QUOTES = re.compile(rf"(«[ {HOLDS}]?|[ {HOLDS}]?»)")
_AFTER = re.compile(r"« |«(?=\S)")
_BEFORE = re.compile(r" (?=»)|(?<=\S)(?=»)")
# Not in `:)`, nor before the price that English writes as $5.
_MARK = re.compile(r" (?=:(?:\s|$)|[%$€](?!\d))")
# At most three digits come first, so that a year before a number stays apart from it.
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")


def french(text: str) -> str:
    """`text` with no line to end within « these », before : % $ €, or among the digits of 1 500."""
    text = _BEFORE.sub(HOLDS, _AFTER.sub(f"«{HOLDS}", text))
    return _GROUPS.sub(lambda match: match[0].replace(" ", HOLDS), _MARK.sub(HOLDS, text))


def nested(text: str) -> str:
    """`text` with “these” for what is quoted within « those »."""
    depth, said = 0, []
    for piece in _QUOTES.split(text):
        if piece.startswith("«"):
            said.append("“" if depth else piece)
            depth += 1
        elif piece.endswith("»"):
            depth = max(depth - 1, 0)
            said.append("”" if depth else piece)
        else:
            said.append(piece)
    return "".join(said)


def clock(hour: time | datetime) -> str:
    """An hour of the day as people there write it: `18 h`, `18 h 30`."""
    minutes = f"{HOLDS}{hour.minute:02}" if hour.minute else ""
    return f"{hour.hour}{HOLDS}h{minutes}"
