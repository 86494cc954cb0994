"""When an activity is, in words: in the zone that it says, and by the clocks of each association.

Where all clocks agree it is said once. What templates read is `activity.hours`, a list of `when`,
`zone` and `whose`, and `activity.closes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import get_timezone, get_timezone_name

from communique.domain.activity import Activity
from communique.domain.association import Association
from communique.domain.content import Frozen
from communique.domain.kind import KindDefinition, Nature
from communique.domain.text import in_language
from communique.domain.when import instant, zone
from communique.messages.names import Shape, day_in, hour_in

SHAPE: Mapping[str, Shape] = {
    "activity": {"hours": [dict.fromkeys(("when", "zone", "whose"))], "closes": None}
}


def shapes(kind: KindDefinition) -> Mapping[str, Shape]:
    """What templates of a kind may name besides its fields."""
    return SHAPE if kind.nature is Nature.ACTIVITY else {}


def values(content: Frozen, kind: KindDefinition, language: str) -> dict[str, Any]:
    """The values of `shapes`; empty where a release does not say when it is."""
    if kind.nature is not Nature.ACTIVITY:
        return {}
    try:
        activity = Activity.of(content.fields)
    except (KeyError, ValueError):  # said when it is checked
        return {"activity": {"hours": [], "closes": ""}}
    parties = [content.association(key) for key in content.parties]
    closes = activity.register_by
    return {
        "activity": {
            "hours": _hours(activity, parties, language),
            "closes": _said(closes, language) if closes else "",
        }
    }


def _hours(
    activity: Activity, parties: Sequence[Association], language: str
) -> list[dict[str, str]]:
    """The hours where it is, and then by each other clock that an association has."""
    starts, ends = activity.starts, activity.ends
    if not (isinstance(starts, datetime) and isinstance(ends, datetime)):
        return [{"when": _from_to(starts, ends, language), "zone": "", "whose": ""}]
    span = instant(starts, activity.zone), instant(ends, activity.zone)
    clocks: dict[str, tuple[str, list[str]]] = {}
    for name, of in [
        ("", activity.zone),
        *((in_language(one.names, language), one.time_zone) for one in parties),
    ]:
        begins, ends_there = (_local(one, of) for one in span)
        when = _from_to(begins, ends_there, language)
        clocks.setdefault(when, (of, []))[1].append(name)
    if len(clocks) == 1:
        ((when, (of, _)),) = clocks.items()
        return [{"when": when, "zone": _zone(of, language), "whose": ""}]
    return [
        {"when": when, "zone": _zone(of, language), "whose": ", ".join(filter(None, names))}
        for when, (of, names) in clocks.items()
    ]


def _local(moment: datetime, zone_name: str) -> datetime:
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None)


def _zone(name: str, language: str) -> str:
    """What a zone is called all year: Eastern Time."""
    shown = get_timezone_name(get_timezone(name), locale="fr_CA" if language == "fr" else language)
    return shown[:1].upper() + shown[1:]


def _from_to(starts: date | datetime, ends: date | datetime, language: str) -> str:
    """A span of days or hours; a day that is both is said once."""
    if starts == ends:
        return _said(starts, language)
    if isinstance(starts, datetime) and isinstance(ends, datetime) and _same_day(starts, ends):
        return f"{_said(starts, language)} – {hour_in(language, ends)}"
    return f"{_said(starts, language)} – {_said(ends, language)}"


def _same_day(one: datetime, other: datetime) -> bool:
    return one.date() == other.date()


def _said(moment: date | datetime, language: str) -> str:
    day = day_in(language, moment, "full")
    return f"{day}, {hour_in(language, moment)}" if isinstance(moment, datetime) else day
