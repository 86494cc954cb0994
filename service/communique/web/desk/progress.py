"""How a release goes, and went: its sums, how fast, what stands in its way, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from communique.desk import observing
from communique.desk.observing import Fare, Watched
from communique.domain.actor import Permission
from communique.domain.delivery import DeliveryState
from communique.domain.log import Lost, Summary
from communique.domain.release import State
from communique.web.desk import replies, showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.live import Live
from communique.web.desk.log import number_of
from communique.web.desk.releases import ONE, at, looked, shown
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.web.desk.sought import Sought

pages = Pages()

SOON = timedelta(seconds=20)  # of sending, before anybody can say how long it takes
AGAIN = (State.SENT, State.SENDING, State.PAUSED)  # in which one may have somebody tried again
MOST = 12  # causes that are told one by one
_CODES = re.compile(r"(?:(\d{3})\b)?\s*(?:([245]\.\d{1,3}\.\d{1,3})\b)?")


@dataclass(frozen=True, slots=True)
class Group:
    """Some people whom the same happened to: how many, what it means, and what can be done."""

    tone: str
    count: int
    title: Markup
    text: Markup
    said: str  # what their servers said, where it is that
    see: str
    again: str = ""
    tries: int = 0  # how many of them another try would reach


@pages.get(f"{ONE}/progress", Permission.READ)
async def progress(ask: Asking) -> Response:
    """How a release goes, and what to do about what went wrong."""
    look = await looked(ask)
    release = look.standing.release
    fare = await observing.fare(ask.desk, ask.actor, ask.here.key, release.key)
    watched = Watched(ask.here.key, release.key, release.id)
    going = release.state in (State.SENDING, State.PAUSED)
    return showing.page(
        ask,
        "progress.html",
        **(shown(ask, look) | _values(ask, fare, _live(ask).rate(watched))),
        streaming=False,
        going=going,
        stream=at(ask, "/progress/live") if going else "",
        why=standing.fact(ask, release.reason, look.associations),
        partners=[
            standing.partner(ask, standing.named(ask, look.associations, [key]), sums)
            for key, sums in fare.partners.items()
            if sums.snapshot
        ],
    )


@pages.get(f"{ONE}/progress/live", Permission.READ)
async def followed(ask: Asking) -> Response:
    """The same as it changes, for as long as somebody looks."""
    fare = await observing.fare(ask.desk, ask.actor, ask.here.key, ask.path("release"))
    watched = Watched(ask.here.key, fare.release.key, fare.release.id)

    def draw(fare: Fare, rate: float | None) -> str:
        values = _values(ask, fare, rate)
        return showing.block(ask, "progress.html", "live", **values, streaming=True)

    edits = ask.may(Permission.EDIT)
    return StreamingResponse(
        _live(ask).stream(ask, watched, edits, draw),
        media_type="text/event-stream",
        headers={**showing.HEADERS, "X-Accel-Buffering": "no"},
    )


def _live(ask: Asking) -> Live:
    live: Live = ask.request.app.state.live
    return live


def _values(ask: Asking, fare: Fare, rate: float | None) -> dict[str, Any]:
    """What changes while it goes. Nothing of it is its reader's alone."""
    key = fare.release.key
    return {
        "release": fare.release,
        "summary": fare.sums,
        "told": _told(ask, fare),
        "left": _left(ask, fare, rate),
        "groups": _groups(ask, fare),
        "see": Sought(release=key).address(ask.at("log")) + "&state=",
        "seen_at": fare.at,
        "milestone": _milestone(ask, fare.sums),
    }


def _told(ask: Asking, fare: Fare) -> Markup:
    """How it stands, in a sentence or two, all of them (P1)."""
    t, release = WORDS[ask.language], fare.release
    if not fare.sums.snapshot:
        return t("progress.not_begun")
    began = ask.hours.passed(release.picked_up_at) if release.picked_up_at else ""
    how = t(f"progress.how.{release.state.value}", hour=began)
    return how + " " + standing.sums(ask, fare.sums)


def _left(ask: Asking, fare: Fare, rate: float | None) -> Markup:
    """How long it takes at its pace of lately; why it does not move, where it does not."""
    t, release, sums = WORDS[ask.language], fare.release, fare.sums
    going = sum(sums.states.get(one, 0) for one in (DeliveryState.QUEUED, DeliveryState.SENDING))
    if release.state is not State.SENDING or not sums.open:
        return Markup("")
    if not going:
        soonest = min((one.due_at for one in fare.waiting), default=None)
        return t("progress.waits", hour=ask.hours.near(soonest)) if soonest else Markup("")
    since = fare.at - release.picked_up_at if release.picked_up_at else timedelta(0)
    if since < SOON:
        return t("progress.soon")
    pace = rate if rate is not None else sums.ended / since.total_seconds()
    if pace <= 0:
        return t("progress.stands", why=_why(ask, fare))
    span = ask.hours.span(timedelta(seconds=going / pace))
    words = "progress.pace" if pace >= 1 else "progress.pace_minute"
    shown_ = round(pace, 1) if pace >= 1 else max(1, round(pace * 60))
    return t("progress.left", span=span, pace=t(words, pace=shown_))


def _why(ask: Asking, fare: Fare) -> Markup:
    """What stands in its way: what most of those who wait wait for."""
    t = WORDS[ask.language]
    if not fare.waiting:
        return t("progress.turn")
    return replies.why(ask, fare.waiting[0].cause)


def _groups(ask: Asking, fare: Fare) -> list[Group]:
    """Everybody who does not have it, by what is to be done about them."""
    t, states = WORDS[ask.language], fare.sums.states
    key, found = fare.release.key, list[Group]()
    may = ask.may(Permission.EDIT) and fare.release.state in AGAIN
    own = [one for one in fare.lost if one.association == ask.here.key]
    for one in own[:MOST]:
        found.append(_lost(ask, key, one, may=may))
    if rest := sum(one.count for one in own[MOST:]):
        see = Sought(release=key, state=DeliveryState.FAILED).address(ask.at("log"))
        title, text = t("progress.group.rest"), t("progress.do.rest")
        found.append(Group("bad", rest, title, text, "", see))
    if waits := states.get(DeliveryState.DEFERRED, 0):
        causes = [(_titled(ask, one.cause), one.count) for one in fare.waiting]
        due = min((one.due_at for one in fare.waiting), default=None)
        text = _counted(ask, causes)
        if due:
            text += Markup(" ") + t("progress.do.waits", hour=ask.hours.near(due))
        see = Sought(release=key, state=DeliveryState.DEFERRED).address(ask.at("log"))
        found.append(Group("waits", waits, t("progress.group.waits"), text, "", see))
    if out := states.get(DeliveryState.SKIPPED, 0):
        reasons = [(replies.why(ask, why), n) for why, n in fare.sums.skipped.items()]
        see = Sought(release=key, state=DeliveryState.SKIPPED).address(ask.at("log"))
        text = _counted(ask, reasons)
        found.append(Group("quiet", out, t("progress.group.skipped"), text, "", see))
    return found


def _counted(ask: Asking, causes: list[tuple[Markup, int]]) -> Markup:
    """How many for each cause, in a sentence; nothing for none."""
    t, sums = WORDS[ask.language], dict[Markup, int]()
    for why, count in causes:
        sums[why] = sums.get(why, 0) + count
    parts: list[object] = []
    for why, count in sums.items():
        parts.append(t("progress.cause", n=count, why=_small(why) if parts else why))
    return t.join(parts) + "." if parts else Markup("")


def _titled(ask: Asking, cause: str) -> Markup:
    """What somebody waits for, in our words where we have some."""
    found = _CODES.match(cause)
    code, enhanced = found.groups() if found else (None, None)
    means = replies.meant(number_of(code or ""), enhanced, cause, of="deferred")
    t = WORDS[ask.language]
    return t(f"progress.group.{means}") if code else replies.why(ask, cause)


def _lost(ask: Asking, key: str, one: Lost, *, may: bool) -> Group:
    """Those who failed, or may have it, for one cause."""
    t = WORDS[ask.language]
    means = _means(one)
    text = t(f"delivery.means.{means}")
    if one.bounced:
        text += " " + t("releases.lost.bounced", n=one.bounced)
    see = Sought(release=key, state=one.state, reason=one.cause)
    again = Sought(state=one.state).address(ask.at(f"releases/{key}/retry"), cause=one.cause)
    tries = one.count - one.bounced
    return Group(
        "bad" if one.state is DeliveryState.FAILED else "unknown",
        one.count,
        t(f"progress.group.{means}"),
        text,
        str(replies.why(ask, one.cause)),
        see.address(ask.at("log")),
        again if may and tries > 0 and one.cause else "",
        tries,
    )


def _means(one: Lost) -> str:
    """What their servers meant, as a key of `delivery.means`."""
    if one.state is DeliveryState.UNKNOWN:
        return "unknown"
    found = _CODES.match(one.cause)
    code, enhanced = found.groups() if found else (None, None)
    return replies.meant(number_of(code or ""), enhanced, one.cause)


def _milestone(ask: Asking, sums: Summary) -> Markup:
    """What is read out: at each quarter, and no more often."""
    if not sums.snapshot:
        return Markup("")
    quarter = 4 * sums.ended // sums.snapshot
    return WORDS[ask.language]("progress.milestone", share=quarter * 25) if quarter else Markup("")


def _small(words: Markup) -> Markup:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
