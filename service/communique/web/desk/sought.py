"""What somebody looks for in the delivery log, as the address of its page has it, and in words.

Nothing is looked for that the address does not say, so that a page can be passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from markupsafe import Markup, escape

from communique.domain import when
from communique.domain.address import domain_name
from communique.domain.delivery import DeliveryState
from communique.domain.log import LogFilter
from communique.domain.text import folded
from communique.errors import Invalid
from communique.web.desk.asking import Asking
from communique.web.desk.replies import kept_as
from communique.web.desk.saying import WORDS

LONGEST = 200  # characters of what is typed


@dataclass(frozen=True, slots=True)
class Sought:
    """What was asked for; `wrong` is what cannot be read of it, by field, in words."""

    q: str = ""
    state: DeliveryState | None = None
    release: str = ""
    reason: str = ""
    since: date | None = None
    until: date | None = None  # the last day
    wrong: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def asked(self) -> dict[str, str]:
        """As an address says it."""
        found = {
            "q": self.q,
            "state": self.state.value if self.state else "",
            "release": self.release,
            "reason": self.reason,
            "since": str(self.since or ""),
            "until": str(self.until or ""),
        }
        return {name: value for name, value in found.items() if value}

    def address(self, path: str, *but: str, **more: str) -> str:
        """A page that is asked for the same, without some of it, or for more."""
        asked = {name: value for name, value in self.asked.items() if name not in but} | more
        return path + (f"?{urlencode(asked)}" if asked else "")

    def within(self, association: str, zone: str) -> LogFilter:
        """The same as a filter: days by the association's clock."""
        domain = _domain(self.q) if self.q.startswith("@") else None
        return LogFilter(
            release=self.release or None,
            association=association,
            state=self.state,
            domain=domain,
            text=self.q or None if domain is None else None,
            reason=self.reason or None,
            reasons=kept_as(self.reason) if self.reason else (),
            since=midnight(self.since, zone) if self.since else None,
            until=midnight(self.until + timedelta(days=1), zone) if self.until else None,
        )


def read(ask: Asking) -> Sought:
    """What an address asks for. A state that there is none of asks for nothing."""
    state = ask.query("state")
    wrong: dict[str, str] = {}
    since, until = (day_of(ask, name, wrong) for name in ("since", "until"))
    return Sought(
        q=ask.query("q")[:LONGEST],
        state=DeliveryState(state) if state in [*DeliveryState] else None,
        release=ask.query("release"),
        reason=ask.query("reason")[:LONGEST],
        since=since,
        until=until,
        wrong=wrong,
    )


def told(ask: Asking, sought: Sought, titles: Mapping[str, str]) -> Markup:
    """What was looked for, said back: `“hertel”, Failed, since 1 June`."""
    return Markup(", ").join(words for _, words in chips(ask, sought, titles))


def chips(ask: Asking, sought: Sought, titles: Mapping[str, str]) -> list[tuple[str, Markup]]:
    """Each part of it: its name in the address, and its words."""
    t, hours = WORDS[ask.language], ask.hours
    found: list[tuple[str, Markup]] = []
    if sought.q:
        found.append(("q", t("log.sought.text", text=sought.q)))
    if sought.state:
        found.append(("state", t(f"frame.delivery.{sought.state.value}")))
    if sought.release:
        found.append(("release", escape(titles.get(sought.release, sought.release))))
    if sought.reason:
        found.append(("reason", t("log.sought.reason", text=sought.reason)))
    if sought.since:
        found.append(("since", t("log.sought.since", day=hours.month_day(sought.since))))
    if sought.until:
        found.append(("until", t("log.sought.until", day=hours.month_day(sought.until))))
    return found


def marked(text: str, words: str) -> Markup:
    """A text with what was looked for in it marked, however either is written."""
    plain, at = "", list[int]()  # of each letter of the folded text, which of the text's it was
    for position, letter in enumerate(text):
        one = folded(letter)
        plain += one
        at += [position] * len(one)
    hits = set[int]()
    for word in filter(None, folded(words).split()):
        start = plain.find(word)
        while start >= 0:
            hits.update(at[start : start + len(word)])
            start = plain.find(word, start + 1)
    shown, inside = Markup(""), False
    for position, letter in enumerate(text):
        if (position in hits) is not inside:
            shown += Markup("</mark>") if inside else Markup("<mark>")
            inside = not inside
        shown += letter
    return shown + (Markup("</mark>") if inside else "")


def day_of(ask: Asking, name: str, wrong: dict[str, str]) -> date | None:
    """The day that a field of an address names; what cannot be read goes into `wrong`."""
    text = ask.query(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong[name] = str(WORDS[ask.language]("log.sought.no_day", text=text[:LONGEST]))
        return None


def midnight(day: date, zone: str) -> datetime:
    """When a day begins by a zone's clock."""
    return datetime.combine(day, time(), when.zone(zone)).astimezone(UTC)


def _domain(text: str) -> str | None:
    try:
        return domain_name(f"all.{text.lstrip('@.')}").removeprefix("all.")
    except Invalid:
        return None
