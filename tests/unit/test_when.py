"""Hours as people mean them, where clocks go forward and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.cli.french import values
from communique.domain import dates, when
from communique.domain.release import Schedule
from communique.errors import Invalid

NOW = datetime(2027, 6, 3, 13, 0, tzinfo=UTC)
TORONTO = "America/Toronto"


def test_a_day_is_the_one_it_is_there() -> None:
    late = datetime(2027, 6, 4, 3, 0, tzinfo=UTC)
    assert when.day(late, TORONTO) == date(2027, 6, 3)
    assert when.day(late, "Europe/Paris") == date(2027, 6, 4)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", NOW),
        ("NOW", NOW),
        ("in 10 minutes", NOW + timedelta(minutes=10)),
        ("in 1 hour", NOW + timedelta(hours=1)),
        ("maintenant", NOW),
        ("dans une heure", NOW + timedelta(hours=1)),
        ("in an hour", NOW + timedelta(hours=1)),
        ("4 décembre 2027 9 h", datetime(2027, 12, 4, 14, tzinfo=UTC)),
        ("4 décembre 2027, 9 h 30", datetime(2027, 12, 4, 14, 30, tzinfo=UTC)),
        ("le samedi 4 décembre 2027 à 9 h", datetime(2027, 12, 4, 14, tzinfo=UTC)),
        ("1er\N{NO-BREAK SPACE}août 2027, 9 h", datetime(2027, 8, 1, 13, tzinfo=UTC)),
        ("Saturday, December 4, 2027 at 9am", datetime(2027, 12, 4, 14, tzinfo=UTC)),
        ("Dec 4th, 2027 9:00 pm", datetime(2027, 12, 5, 2, tzinfo=UTC)),
        ("in 90s", NOW + timedelta(seconds=90)),
        ("In 2 days", NOW + timedelta(days=2)),
        ("in 5 mins", NOW + timedelta(minutes=5)),
        ("in 30 sec", NOW + timedelta(seconds=30)),
        ("in 30 secondes", NOW + timedelta(seconds=30)),
        ("in 2 h", NOW + timedelta(hours=2)),
        ("dans 2 heures", NOW + timedelta(hours=2)),
        ("in 3 j", NOW + timedelta(days=3)),
        ("in 1 JOUR", NOW + timedelta(days=1)),
        ("in 1 d", NOW + timedelta(days=1)),
        ("in 2 weeks", NOW + timedelta(weeks=2)),
        ("in 1 semaine", NOW + timedelta(weeks=1)),
        (" 2027-06-03 09:30 ", datetime(2027, 6, 3, 13, 30, tzinfo=UTC)),
        ("2027-06-03T09:30", datetime(2027, 6, 3, 13, 30, tzinfo=UTC)),
        ("2027-12-03 09:30", datetime(2027, 12, 3, 14, 30, tzinfo=UTC)),
        ("2027-06-03T09:30:00+02:00", datetime(2027, 6, 3, 7, 30, tzinfo=UTC)),
        ("2027-06-03T09:30Z", datetime(2027, 6, 3, 9, 30, tzinfo=UTC)),
        # It is Thursday, 3 June, 9:00 there.
        ("9:00", NOW),
        ("9h", NOW),
        ("8:59", NOW + timedelta(hours=24, minutes=-1)),
        ("9h00", NOW),
        ("9 h 30", NOW + timedelta(minutes=30)),
        ("9H30", NOW + timedelta(minutes=30)),
        ("21 h", NOW + timedelta(hours=12)),
        ("9pm", NOW + timedelta(hours=12)),
        ("9:30 a.m.", NOW + timedelta(minutes=30)),
        ("12 pm", NOW + timedelta(hours=3)),
        ("12am", NOW + timedelta(hours=15)),
        ("at 9:15", NOW + timedelta(minutes=15)),
        ("today 10:00", NOW + timedelta(hours=1)),
        ("aujourd’hui à 10 h", NOW + timedelta(hours=1)),
        ("demain 9h", NOW + timedelta(days=1)),
        ("Demain, à 9 h", NOW + timedelta(days=1)),
        ("tomorrow 9:00", NOW + timedelta(days=1)),
        ("tomorrow at 9am", NOW + timedelta(days=1)),
        ("lundi 9h", NOW + timedelta(days=4)),
        ("Monday 9am", NOW + timedelta(days=4)),
        ("jeudi 9h", NOW),
        ("Thursday 8am", NOW + timedelta(days=7, hours=-1)),
        ("2027-06-04 9:00", NOW + timedelta(days=1)),
        ("2027-06-04 9 h", NOW + timedelta(days=1)),
    ],
)
def test_an_hour_is_read_as_it_is_written(text: str, instant: datetime) -> None:
    assert when.read(text, TORONTO, NOW) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "tomorrow",
        "in minutes",
        "2027-02-30 09:00",
        "9",
        "9:0",
        "25h",
        "9:60",
        "13pm",
        "0am",
        "9h pm",
        "someday 9:00",
        "tomorrow 9",
        "9:",
        "demain midi",
        "9 h 3",
    ],
)
def test_what_is_no_hour_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="not a date and an hour") as refused:
        when.read(text, TORONTO, NOW)
    assert "in 10 minutes" in (refused.value.advice or "")


@pytest.mark.parametrize(
    "text", ["in 2 months", "in 3 mois", "in 1 m", "in 2 ss", "in 2 years", "in 1 dog"]
)
def test_a_unit_that_is_not_known_is_never_taken_for_another(text: str) -> None:
    with pytest.raises(Invalid, match="not a unit of time"):
        when.read(text, TORONTO, NOW)


@pytest.mark.parametrize("text", ["2027-06-03", "20270603", "2027-W22-4"])
def test_a_day_without_an_hour_is_not_taken_for_midnight(text: str) -> None:
    with pytest.raises(Invalid, match="says no hour") as refused:
        when.read(text, TORONTO, NOW)
    assert "“2027-06-03 09:00”" in (refused.value.advice or "")


@pytest.mark.parametrize(
    "text",
    [
        "in 99999999999 days",
        "in 9999999 weeks",
        "9999-12-31 23:30",
        "9999-12-31T23:30-05:00",
        "0001-01-01T00:00+05:00",
    ],
)
def test_an_hour_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="beyond any calendar"):
        when.read(text, TORONTO, NOW)


def test_no_local_hour_is_an_instant_beyond_the_calendar() -> None:
    for written, place in (("9999-12-31T23:59", TORONTO), ("0001-01-01T00:00", "Asia/Tokyo")):
        with pytest.raises(Invalid) as caught:
            when.instant(datetime.fromisoformat(written), place)
        assert caught.value.code == "hour_beyond_calendar"


@pytest.mark.parametrize("name", ["", "Toronto", "../etc/passwd", "America/Nowhere", "\x00"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="not the name of a time zone"):
        when.zone(name)


@pytest.mark.parametrize(
    ("minute", "there"),
    [("01:59", True), ("02:00", False), ("02:30", False), ("02:59", False), ("03:00", True)],
)
def test_an_hour_that_the_clocks_leap_over_is_refused(minute: str, there: bool) -> None:
    local = datetime.fromisoformat(f"2028-03-12 {minute}")
    if there:
        assert when.instant(local, TORONTO).tzinfo is UTC
    else:
        with pytest.raises(Invalid, match=f"no {minute} in America/Toronto on 2028-03-12"):
            when.instant(local, TORONTO)


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_is_taken_the_first_time(fold: int) -> None:
    local = datetime.fromisoformat("2027-11-07 01:30").replace(fold=fold)
    assert when.instant(local, TORONTO) == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2027-11-07 01:30", "2027-11-07 1h30", "dimanche 1:30am"])
def test_whoever_writes_an_hour_that_comes_twice_is_asked_which(text: str) -> None:
    autumn = datetime(2027, 11, 3, 13, 0, tzinfo=UTC)
    with pytest.raises(
        Invalid, match="01:30 comes twice in America/Toronto on 2027-11-07"
    ) as asked:
        when.read(text, TORONTO, autumn)
    early, late = "2027-11-07T01:30-04:00", "2027-11-07T01:30-05:00"
    assert early in (asked.value.advice or "")
    assert late in (asked.value.advice or "")
    assert when.read(late, TORONTO, autumn) - when.read(early, TORONTO, autumn) == timedelta(
        hours=1
    )


@pytest.mark.parametrize("name", ["EST", "est", "EDT", "MST", "HST", "CET", "PST8PDT", "EST5EDT"])
def test_a_zone_that_is_no_places_time_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="no place’s time") as refused:
        when.place(name)
    assert "America/New_York" in (refused.value.advice or "")


@pytest.mark.parametrize("name", [TORONTO, "UTC", "GMT", "Etc/GMT+5", "Europe/Paris"])
def test_a_place_is_a_zone(name: str) -> None:
    assert when.place(name) == name


def test_an_hour_is_told_with_its_zone() -> None:
    at = Schedule(datetime(2027, 6, 4, 13, 0, tzinfo=UTC), TORONTO)
    assert str(when.described(at)) == "2027-06-04 09:00 America/Toronto"
    wall = replace(at, wall=True)
    assert (
        str(when.described(wall))
        == "2027-06-04 09:00 America/Toronto, and at that local hour elsewhere"
    )


def test_a_local_hour_is_each_zones_own_and_an_instant_is_everybodys() -> None:
    at = datetime(2027, 6, 4, 13, 0, tzinfo=UTC)
    wall = Schedule(at, TORONTO, wall=True)
    assert when.due(wall, TORONTO) == at
    assert when.due(wall, "America/Vancouver") == at + timedelta(hours=3)
    assert when.due(wall, "Europe/Paris") == at - timedelta(hours=6)
    assert when.due(Schedule(at, TORONTO), "Europe/Paris") == at


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vendredi 4 décembre 2027 9 h", "is another day of the week"),
        ("31 février 2027 9 h", "is not a day"),
        ("4 décembre 2027", "says no hour"),
        ("4 brumaire 2027 9 h", "is not a date and an hour"),
        ("4 décembre 2027 demain 9 h", "is not a date and an hour"),
        ("2027-12-04 09:00 EST", "“EST” is no place’s time"),
        ("dans une lune", "is not a unit of time"),
    ],
)
def test_what_may_be_meant_otherwise_is_asked_about(text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        when.read(text, TORONTO, NOW)


@pytest.mark.parametrize(
    "text", ["2026-12-21", "21 décembre 2026", "lundi 21 décembre 2026", "December 21, 2026"]
)
def test_a_day_is_read_as_it_is_shown(text: str) -> None:
    assert dates.read(text) == date(2026, 12, 21)
    with pytest.raises(Invalid, match="is not a day"):
        dates.read(f"{text} 9 h")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_that_we_show_in_french_can_be_typed(day: date) -> None:
    assert dates.read(values.day(day)) == day


@pytest.mark.parametrize(
    ("text", "hour"), [("18:00", 18), ("18 h", 18), ("9", 9), ("6pm", 18), ("à 7 h", 7)]
)
def test_a_clock_is_read_by_itself(text: str, hour: int) -> None:
    assert when.clock(text).hour == hour


@pytest.mark.parametrize("text", ["", "late", "25", "demain 9 h"])
def test_what_is_no_clock_is_none(text: str) -> None:
    with pytest.raises(Invalid):
        when.clock(text)
