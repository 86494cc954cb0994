"""An activity: when it is, in the zone that it says, and until when one can register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from communique.domain.kind import is_day
from communique.domain.release import Fields
from communique.domain.when import instant
from communique.domain.when import zone as zoned
from communique.errors import Invalid


@dataclass(frozen=True, slots=True)
class Activity:
    """What a release of that nature says once. `starts`, `ends` and `register_by` are local hours
    in `zone`; of an activity that is `all_day`, they are the first and the last day.
    """

    starts: datetime | date
    ends: datetime | date
    zone: str
    all_day: bool = False
    register_by: datetime | date | None = None
    register: str = ""  # links and texts are empty where nothing is said
    online: str = ""
    address: str = ""
    territory: str = ""
    languages: tuple[str, ...] = ()
    places: int | None = None
    follows: str = ""  # the key of the release that first announced it; empty: this one did
    sequence: int = 0  # of what is announced of it: a later one replaces an earlier
    called_off: bool = False

    def uid(self, key: str, domain: str) -> str:
        """What it is known by in every calendar (RFC 7986 §5.3), whatever is announced of it later.

        `key` is that of the release which says so, `domain` the one that its first party names its
        lists under.
        """
        return f"{self.follows or key}@{domain}"

    @classmethod
    def of(cls, fields: Fields) -> Activity:
        """The typed reading of a release's fields. Raises KeyError or ValueError where `problems`
        finds one.
        """
        starts = moment(fields["starts"])
        ends = fields.get("ends")
        register_by = fields.get("register_by")
        return cls(
            starts=starts,
            ends=moment(ends) if ends else starts,
            zone=fields["zone"],
            all_day=bool(fields.get("all_day")),
            register_by=moment(register_by) if register_by else None,
            register=fields.get("register", ""),
            online=fields.get("online", ""),
            address=fields.get("address", ""),
            territory=fields.get("territory", ""),
            languages=tuple(fields.get("languages", ())),
            places=fields.get("places"),
            follows=fields.get("follows", ""),
            sequence=fields.get("sequence", 0),
            called_off=bool(fields.get("called_off")),
        )

    @property
    def begins_at(self) -> datetime:
        """The instant, in UTC."""
        return _first(self.starts, self.zone)

    @property
    def over_at(self) -> datetime:
        """The instant from which on it is over, in UTC."""
        return _last(self.ends, self.zone)

    @property
    def closes_at(self) -> datetime | None:
        """The instant from which on nobody can register, in UTC."""
        return _last(self.register_by, self.zone) if self.register_by else None


def moment(text: str) -> datetime | date:
    """A day or a local hour, as fields have them. Raises ValueError."""
    return date.fromisoformat(text) if is_day(text) else datetime.fromisoformat(text)


def _first(moment: datetime | date, zone: str) -> datetime:
    """When an hour is, or a day begins; the first hour that there is where clocks leap over it."""
    if isinstance(moment, datetime):
        return instant(moment, zone)
    midnight = datetime.combine(moment, time(), zoned(zone))
    return midnight.astimezone(UTC)


def _last(moment: datetime | date, zone: str) -> datetime:
    """When an hour is, or a day is over."""
    if isinstance(moment, datetime):
        return instant(moment, zone)
    return _first(moment + timedelta(days=1), zone)


def problems(fields: Fields) -> Iterator[tuple[str, Invalid]]:
    """What does not fit together, with the key of a field. Each value by itself is right."""
    for key in ("starts", "ends"):
        if key in fields and is_day(fields[key]) is not bool(fields.get("all_day")):
            code = "activity_without_hour" if is_day(fields[key]) else "activity_all_day_with_hour"
            yield key, Invalid(code, key=key)
            return
    for key in ("starts", "ends", "register_by"):
        try:
            if key in fields:
                _first(moment(fields[key]), fields["zone"])
        except Invalid as error:
            yield key, error
            return
    activity = Activity.of(fields)
    if activity.over_at < activity.begins_at or (
        not activity.all_day and activity.over_at == activity.begins_at and "ends" in fields
    ):
        yield "ends", Invalid("ends_before_start", key="ends")
    closes = activity.register_by
    if closes and _first(closes, activity.zone) > activity.begins_at:
        yield "register_by", Invalid("register_by_after_start", key="register_by")
