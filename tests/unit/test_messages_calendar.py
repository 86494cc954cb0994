"""An activity's message carries its entry of a calendar, which three parsers read alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from icalendar import Calendar
from tests.unit.test_kinds import ALL, DATE, MARKS, TEMPLATES, frozen, shipped

from communique.domain.content import Variant
from communique.domain.release import Release
from communique.errors import Problems
from communique.messages import Press
from communique.messages.catalog import sample
from communique.messages.checking import check

EVENING = shipped("boston-evening-2019")
NEW_YORK = ZoneInfo("America/New_York")


def changed(**fields: Any) -> Release:
    return replace(EVENING, fields={**EVENING.fields, **fields})


def message(release: Release, host: str = "bioquebec", language: str = "fr") -> bytes:
    composer = Press(TEMPLATES).composer(Variant(frozen(release), host, language, DATE))
    reader = sample(TEMPLATES, release.kind, language)._replace(language=language)
    return composer.compose(reader, MARKS)


def part(release: Release, **of: str) -> tuple[str, bytes]:
    """The content type and the octets of the calendar that a reader gets."""
    parsed = message_from_bytes(message(release, **of), policy=policy.default)
    [found] = [one for one in parsed.walk() if one.get_content_type() == "text/calendar"]
    octets = found.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return str(found["content-type"]), octets


def octets(release: Release, **of: str) -> bytes:
    return part(release, **of)[1]


def parsed(text: bytes) -> Any:
    return Calendar.from_ical(text)


def by_icalendar(text: bytes) -> dict[str, Any]:
    calendar = parsed(text)
    [event] = calendar.events
    return {
        "uid": str(event["uid"]),
        "starts": event["dtstart"].dt,
        "ends": event["dtend"].dt,
        "summary": str(event["summary"]),
        "location": str(event["location"]),
    }


def by_vobject(text: bytes) -> dict[str, Any]:
    event = vobject.readOne(text.decode()).vevent
    return {
        "uid": event.uid.value,
        "starts": event.dtstart.value,
        "ends": event.dtend.value,
        "summary": event.summary.value,
        "location": event.location.value,
    }


def by_ics(text: bytes) -> dict[str, Any]:
    [event] = ics.Calendar(text.decode()).events
    days = event.all_day
    # It takes the last day of one that lasts all day for the day before DTEND.
    return {
        "uid": event.uid,
        "starts": event.begin.date() if days else event.begin.datetime,
        "ends": event.end.date() if days else event.end.datetime,
        "summary": event.name,
        "location": event.location,
    }


READERS: list[Callable[[bytes], dict[str, Any]]] = [by_icalendar, by_vobject, by_ics]
LONG = "Salle de l’Éveil, " + "é" * 200
BODIES = {
    "evening": EVENING,
    "over the clocks": changed(starts="2019-11-02T18:00", ends="2019-11-03T18:00"),
    "after the spring": changed(starts="2019-03-10T03:30", ends="2019-03-10T05:00"),
    "days": changed(starts="2019-10-03", ends="2019-10-05", all_day=True),
    "elsewhere": changed(zone="Europe/Paris"),
    "online": changed(online="https://www.massbio.example/live"),
}
SPANS: dict[str, tuple[Any, Any]] = {
    "evening": (datetime(2019, 10, 3, 21, 30, tzinfo=UTC), datetime(2019, 10, 4, 0, 0, tzinfo=UTC)),
    "over the clocks": (
        datetime(2019, 11, 2, 22, tzinfo=UTC),
        datetime(2019, 11, 3, 23, tzinfo=UTC),
    ),
    "after the spring": (
        datetime(2019, 3, 10, 7, 30, tzinfo=UTC),
        datetime(2019, 3, 10, 9, tzinfo=UTC),
    ),
    "days": (date(2019, 10, 3), date(2019, 10, 6)),
    "elsewhere": (datetime(2019, 10, 3, 15, 30, tzinfo=UTC), datetime(2019, 10, 3, 18, tzinfo=UTC)),
}
SPANS["online"] = SPANS["evening"]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", BODIES)
def test_three_parsers_read_when_and_where_it_is(
    name: str, read: Callable[[bytes], dict[str, Any]]
) -> None:
    found = read(octets(BODIES[name]))
    starts, ends = SPANS[name]
    assert (found["starts"], found["ends"]) == (starts, ends)
    assert found["uid"] == "boston-evening-2019@communiques.bioquebec.example"
    assert found["summary"] == EVENING.editions[-1].subject or found["summary"].startswith("Une")
    assert found["location"].startswith("MassBio, Cambridge, 100 Example Street, Suite 400")


@pytest.mark.parametrize("read", READERS)
def test_an_accent_a_comma_and_a_line_of_200_characters_come_through(
    read: Callable[[bytes], dict[str, Any]],
) -> None:
    release = replace(
        EVENING,
        editions=tuple(
            replace(one, fields={**one.fields, "place": LONG}) for one in EVENING.editions
        ),
    )
    text = octets(release)
    assert read(text)["location"].startswith(f"{LONG}, 100 Example Street, Suite 400")
    lines = text.split(b"\r\n")
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    for line in lines:  # no character is split between two
        line.decode()


def test_it_is_published_and_asks_nobody_for_an_answer() -> None:
    kind, text = part(EVENING)
    assert kind == 'text/calendar; charset="utf-8"; method="PUBLISH"'
    calendar = parsed(text)
    [event] = calendar.events
    assert (calendar["method"], event["sequence"], event["status"]) == ("PUBLISH", 0, "CONFIRMED")
    assert event["dtstamp"].dt == DATE
    assert "attendee" not in event
    assert str(event["organizer"]) == "mailto:info@bioquebec.example"
    assert event["organizer"].params["CN"] == "BIOQuébec"
    assert str(event["url"]) == "https://www.massbio.example/boston-evening/register"


def test_a_later_release_replaces_the_entry_and_calling_off_takes_it_away() -> None:
    for number, off, method, status in (
        (1, False, "PUBLISH", "CONFIRMED"),
        (2, True, "CANCEL", "CANCELLED"),
    ):
        later = replace(
            changed(follows=EVENING.key, sequence=number, **({"called_off": True} if off else {})),
            key=f"boston-evening-2019-{number}",
        )
        assert check(frozen(later), later.editions, {}) == ()
        kind, text = part(later, host="massbio", language="en")
        calendar = parsed(text)
        [event] = calendar.events
        assert (calendar["method"], event["status"]) == (method, status)
        assert event["sequence"] == number
        assert event["uid"] == by_icalendar(octets(EVENING))["uid"]
        assert f'method="{method}"' in kind
        body = message(later, "massbio", "en").decode()
        assert ("This activity will not take place." in body) is off
        assert ("The details have changed" in body) is not off


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Australia/Sydney", "UTC"])
def test_what_is_told_of_a_zone_gives_every_hour_as_it_is(zone: str) -> None:
    """As RFC 5545 has it: an onset is told in the time before it."""
    release = changed(zone=zone, starts="2019-02-01T09:00", ends="2020-11-30T10:00")
    [told] = parsed(octets(release)).walk("VTIMEZONE")
    onsets = sorted(
        (
            one["dtstart"].dt.replace(tzinfo=UTC) - one["tzoffsetfrom"].td,
            one["tzoffsetto"].td,
        )
        for one in told.subcomponents
    )
    there = ZoneInfo(zone)
    hour = datetime(2019, 1, 1, 12, tzinfo=UTC)
    while hour < datetime(2020, 12, 31, tzinfo=UTC):
        offset = [to for onset, to in onsets if onset <= hour][-1]
        assert hour.astimezone(there).utcoffset() == offset, hour
        hour += timedelta(hours=5)


def test_it_is_made_of_what_was_frozen_and_never_of_the_clock() -> None:
    assert octets(EVENING) == octets(EVENING)
    assert message(EVENING) == message(EVENING)
    assert re.findall(rb"\d{8}T\d{6}Z", octets(EVENING)) == [b"20190530T130000Z"]


def test_no_other_kind_carries_one() -> None:
    for key in ("memorandum-2019", "boston-welcome-2019"):
        assert b"text/calendar" not in message(shipped(key))


def test_a_subject_that_needs_a_reader_is_no_title_of_an_entry() -> None:
    release = replace(
        EVENING,
        editions=tuple(replace(one, subject="{{ member.name }}") for one in EVENING.editions),
    )
    with pytest.raises(Problems, match="subject"):
        check(frozen(release), release.editions, {})


def test_the_sample_is_of_both() -> None:
    assert set(EVENING.parties) == ALL.keys()
    assert Path(TEMPLATES / "activity" / "kind.toml").is_file()


def test_its_title_may_stand_apart_from_the_subject() -> None:
    editions = tuple(
        replace(one, subject="Modifié : venez", fields={**one.fields, "calendar": "Une soirée"})
        for one in EVENING.editions
    )
    for read in (by_icalendar, by_vobject, by_ics):
        assert read(octets(replace(EVENING, editions=editions)))["summary"] == "Une soirée"
    described = parsed(octets(replace(EVENING, editions=editions))).events[0]["description"]
    assert "Une soirée" not in described
    assert "Nombre de places : 80" in described


def test_a_place_is_said_once() -> None:
    within = changed(address="1 Example Street, Cambridge, Massachusetts")
    assert by_icalendar(octets(within))["location"].count("Massachusetts") == 1
    body = message_from_bytes(message(within), policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "\nMassachusetts\n" not in body.get_content()
    assert "Massachusetts" in by_icalendar(octets(changed(address="1 Example Street")))["location"]
