"""Hours in a reader's words, and always by somebody's clock: `Tuesday 9 June, 9:00`, `9 h 30`.

A day is named by its distance where that says more: today, yesterday, tomorrow. The year is told
where it is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date, get_timezone_location

from communique.domain import when
from communique.web.desk.saying import LOCALES, WORDS, Words
from communique.wording.typography import HOLDS, clock


@dataclass(frozen=True, slots=True)
class Hours:
    """The clock that a page is by: its reader's language, its association's zone, and now."""

    language: str
    zone: str
    now: datetime

    @property
    def _t(self) -> Words:
        return WORDS[self.language]

    @property
    def city(self) -> str:
        """The place whose clock it is."""
        return self.city_of(self.zone)

    def city_of(self, zone: str) -> str:
        """The place that a zone is named for, in the reader's language."""
        return get_timezone_location(zone, locale=LOCALES[self.language], return_city=True)

    def local(self, moment: datetime, zone: str = "") -> datetime:
        """An instant by that clock."""
        return moment.astimezone(when.zone(zone or self.zone))

    def clock(self, moment: datetime, zone: str = "", *, seconds: bool = False) -> str:
        """`14:32`, `9 h`, `9 h 30`; in a story, with its seconds, alike in all languages."""
        there = self.local(moment, zone)
        if seconds:
            return f"{there:%H:%M:%S}"
        if self.language == "fr":
            return clock(there)
        return f"{there.hour}:{there.minute:02}"

    def day(self, moment: datetime | date, zone: str = "") -> str:
        """`Tuesday 9 June`, `mardi 9 juin`."""
        return self._day(moment, zone, "EEEE d MMMM")

    def month_day(self, moment: datetime | date, zone: str = "") -> str:
        """`9 June`, `9 juin`."""
        return self._day(moment, zone, "d MMMM")

    def day_of_year(self, moment: datetime | date, zone: str = "") -> str:
        """The same under a heading that names the year."""
        return self._day(moment, zone, "d MMMM", year=False)

    def short_day(self, moment: datetime | date, zone: str = "") -> str:
        """A day as a narrow column has it: `Tue. 9 June`, `mardi 9 juin`."""
        return self._day(moment, zone, "EEEE d MMMM" if self.language == "fr" else "EEE d MMMM")

    def moment(self, moment: datetime, zone: str = "") -> str:
        """`Tuesday 9 June, 9:00`, `mardi 9 juin à 9 h`."""
        return self._both(self.day(moment, zone), moment, zone)

    def near(self, moment: datetime, zone: str = "") -> str:
        """A moment as one says it in passing: `today, 14:29`, `yesterday, 9:00`, `3 June, 9:00`."""
        away = (self.local(moment, zone).date() - self.local(self.now, zone).date()).days
        names = {-1: "frame.yesterday", 0: "frame.today", 1: "frame.tomorrow"}
        if away in names:
            return self._t("frame.at", day=self._t(names[away]), hour=self.clock(moment, zone))
        return self._both(self.short_day(moment, zone), moment, zone)

    def passed(self, moment: datetime, zone: str = "") -> str:
        """The same of what began, where the day goes without saying: `11:00`, `yesterday, 9:00`."""
        today = self.local(moment, zone).date() == self.local(self.now, zone).date()
        return self.clock(moment, zone) if today else self.near(moment, zone)

    def span(self, length: timedelta) -> str:
        """How long, roughly, in one number: `3 days`, `about 2 minutes`."""
        seconds = max(0, length.total_seconds())
        for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
            if seconds >= unit:
                return self._t(f"frame.{name}", n=round(seconds / unit))
        return self._t("frame.moment")

    def _both(self, day: str, moment: datetime, zone: str) -> str:
        return self._t("frame.at", day=day, hour=self.clock(moment, zone))

    def _day(self, moment: datetime | date, zone: str, pattern: str, *, year: bool = True) -> str:
        known = self.local(moment, zone).date() if isinstance(moment, datetime) else moment
        if year and known.year != self.local(self.now, zone).year:
            pattern += " y"
        shown = str(format_date(known, pattern, locale=LOCALES[self.language]))
        if self.language == "fr" and known.day == 1:  # CLDR has no ordinals
            shown = shown.replace("1 ", "1er ", 1)
        # A number stays with its month.
        return shown.replace(f"{known.day} ", f"{known.day}{HOLDS}", 1).replace(
            "1er ", f"1er{HOLDS}", 1
        )
