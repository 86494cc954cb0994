"""Numbers, hours and days as they are written in French in Québec.

Babel knows these too, and a test holds them to it; but to load it takes a tenth of a second, and
commands are to answer at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from communique.facts import Count, Fact
from communique.wording.typography import HOLDS, clock

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
# As they are called in Canada; elsewhere as they are known everywhere.
ZONES = {
    f"{letter}{season}T": f"H{'N' if season == 'S' else 'A'}{french}"
    for letter, french in zip("NAECMP", "TAECRP", strict=True)
    for season in "SD"
}
_WHEN = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)?[ T]?(?P<hour>\d\d:\d\d)?(?P<utc> UTC)?")
# Fields that hold a day or an hour of ours; what somebody typed is shown as they typed it.
TIMES = frozenset({"day", "ended", "ends", "hour", "last", "no", "since", "starts", "until", "yes"})
TO_TYPE = frozenset({"hour_missing"})  # there it is shown how to write one


def number(count: int) -> str:
    """`1 234`, in one piece."""
    return f"{count:,}".replace(",", HOLDS)


def decimal(value: float, digits: int) -> str:
    """`0,250`."""
    return f"{value:,.{digits}f}".replace(",", HOLDS).replace(".", ",")


def day(when: date) -> str:
    """`3 juin 2024`."""
    first = "1er" if when.day == 1 else str(when.day)
    return f"{first}{HOLDS}{MONTHS[when.month - 1]} {when.year}"


def hour(when: datetime) -> str:
    """`3 juin 2024, 14 h 30`; with its seconds where it has some, and its zone where it has one."""
    text = f"{day(when)}, {when.hour}{HOLDS}h"
    if when.minute or when.second:
        text += f"{HOLDS}{when.minute:02}"
    if when.second:
        text += f"{HOLDS}min{HOLDS}{when.second:02}{HOLDS}s"
    zone = when.tzname()
    return f"{text} {ZONES.get(zone, zone)}" if zone else text


def told(text: str) -> str:
    """A day, an hour or both, as a fact holds them."""
    found = _WHEN.fullmatch(text)
    if not found or not text:
        return text
    parts = []
    if found["day"]:
        parts.append(day(date.fromisoformat(found["day"])))
    if found["hour"]:
        parts.append(f"{clock(time.fromisoformat(found['hour']))}{found['utc'] or ''}")
    return ", ".join(parts)


class Number(Count):
    """A number that stands in a French sentence, where nought is one."""

    def __format__(self, how: str) -> str:
        return number(int(self)) if how == "," else super().__format__(how)

    @property
    def is_one(self) -> bool:
        """Whether a word stands in the singular beside it."""
        return self < 2


def fields(code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a fact or an error, as they stand in a French sentence."""
    times = TIMES if code not in TO_TYPE else ()
    return {
        name: told(value) if name in times and isinstance(value, str) else _shown(value)
        for name, value in given.items()
    }


def instant(one: Fact) -> str | None:
    """An hour in a zone as people say it, by the name that the zone has then; of no other fact."""
    if one.code != "hour_in_zone":
        return None
    local = datetime.fromisoformat(one.fields["hour"])
    return hour(local.replace(tzinfo=ZoneInfo(one.fields["zone"])))


def _shown(value: Any) -> Any:
    match value:
        case Fact(code="hour_in_zone"):
            return instant(value)
        case Fact():
            return Fact(value.code, **fields(value.code, value.fields))
        case bool():
            return value
        case int():
            return Number(value)
        case list() | tuple():
            return [_shown(one) for one in value]
    return value
