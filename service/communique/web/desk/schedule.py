"""The hour of a release: set as people write it, told by everybody's clock; or now, on one page.

An hour is only what a form asks for: nothing else on these pages sends anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import Response

from communique.desk import inspecting, scheduling
from communique.desk.reviewing import Look
from communique.desk.scheduling import Wish
from communique.domain import when
from communique.domain.actor import Permission
from communique.domain.delivery import Forecast
from communique.domain.event import Verb
from communique.domain.release import NOTES, Release, State, after
from communique.domain.text import in_language
from communique.errors import CommuniqueError, Invalid, NotAllowed
from communique.web.desk import showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.releases import ONE, at, looked, shown
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.wording import Remedy

pages = Pages()

MANY = 500  # over so many people, whoever sends now types the number
# The hours that a form has, each of a day and an hour: the release's, its end, its embargo's.
HOURS = ("send", "by", "public")
# What a mistake that only the whole hour shows is about, by its code.
ABOUT: Mapping[str, str] = {"hour_past": "send_hour", "deliver_by_too_early": "by_hour"}
NEAR = timedelta(hours=24)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and what is wrong with it."""

    wish: Wish
    errors: dict[str, str] = field(default_factory=dict)
    twice: tuple[str, ...] = ()  # the two hours that were meant, where clocks go back
    beyond: str = ""  # what is asked about, where no term of its agreement runs
    wrong: str = ""  # what is wrong with none of the fields


@pages.get(f"{ONE}/schedule", Permission.EDIT)
async def scheduled(ask: Asking) -> Response:
    """The hour as it is, and an empty form for another: nothing is set by looking."""
    look = await looked(ask)
    _require(look.standing.release)
    return await _shown(ask, look, Form(Wish("")))


@pages.post(f"{ONE}/schedule/words", Permission.EDIT)
async def words(ask: Asking) -> Response:
    """The hour that was typed by everybody's clock. Nothing is set."""
    look = await looked(ask)
    _require(look.standing.release)
    form, planned = await _foreseen(ask, look, _typed(ask))
    return await _shown(ask, look, form, planned=planned)


@pages.post(f"{ONE}/schedule", Permission.EDIT)
async def schedule(ask: Asking) -> Response:
    """Set the hour, if it is one."""
    look = await looked(ask)
    _require(look.standing.release)
    form, planned = await _foreseen(ask, look, _typed(ask))
    if planned is None:
        return await _shown(ask, look, form, status=422)
    wish = form.wish
    await scheduling.schedule(
        ask.desk,
        ask.actor,
        look.standing.release.key,
        wish.send_at,
        zone=wish.zone,
        wall=wish.wall,
        deliver_by=wish.deliver_by,
        public_from=wish.public_from,
        beyond_term=wish.beyond_term,
    )
    return showing.go(at(ask), "schedule.said.set")


@pages.get(f"{ONE}/send", Permission.EDIT)
async def sending(ask: Asking) -> Response:
    """What sending now means, all of it, on one page."""
    look = await looked(ask)
    _require_approved(look.standing.release)
    return await _send_page(ask, look)


@pages.post(f"{ONE}/send", Permission.EDIT)
async def send(ask: Asking) -> Response:
    """Send it now: what was shown, to as many as were shown, once however often it is pressed."""
    look = await looked(ask)
    release = look.standing.release
    if release.picked_up_at and release.state in (State.SENDING, State.SENT):
        return showing.go(at(ask), "schedule.said.sending")
    _require_approved(release)
    planned = release.schedule
    if release.state is State.APPROVED and planned and planned.send_at <= ask.now:
        return showing.go(at(ask), "schedule.said.sending")  # it is about to be picked up
    if stops := _stops(ask, look):
        return await _send_page(ask, look, wrong=stops, status=409)
    t, count = WORDS[ask.language], await _goes(ask, release)
    if (ask.value("count"), ask.value("content")) != (str(count), release.content_hash):
        return await _send_page(ask, look, wrong=str(t("schedule.send.moved")), status=409)
    if count > MANY and _digits(ask.value("typed")) != str(count):
        error = {"typed": str(t("schedule.send.type_wrong", n=count))}
        return await _send_page(ask, look, errors=error, status=422)
    try:
        await scheduling.schedule(
            ask.desk,
            ask.actor,
            release.key,
            "now",
            zone=ask.here.time_zone,
            beyond_term=ask.value("beyond_term") == "yes",
        )
    except NotAllowed as error:
        beyond = showing.told(ask, error) if error.remedy is Remedy.SAY_BEYOND_TERM else ""
        wrong = "" if beyond else showing.told(ask, error)
        return await _send_page(ask, look, wrong=wrong, beyond=beyond, status=409)
    return showing.go(at(ask), "schedule.said.sending")


def _stops(ask: Asking, look: Look) -> str:
    """Why it would not go though it was approved: whose word counts no more, or what changed."""
    t, missing = WORDS[ask.language], look.standing.missing
    if missing:
        who = standing.named(ask, look.associations, missing)
        return str(t("schedule.send.unapproved", who=who))
    return str(t("schedule.send.changed")) if look.differing else ""


def _typed(ask: Asking) -> Form:
    """The form as it was sent: which of its hours can be read, and which lack."""
    t, zone, now = WORDS[ask.language], ask.here.time_zone, ask.now
    errors: dict[str, str] = {}
    texts: dict[str, str] = {}
    twice: tuple[str, ...] = ()
    for name in HOURS:
        day, hour = ask.value(f"{name}_day"), ask.value(f"{name}_hour")
        if not day and not hour and name != "send":
            continue
        if not day:
            errors[f"{name}_day"] = str(t("schedule.no_day"))
        if not hour:
            errors[f"{name}_hour"] = str(t("schedule.no_hour"))
        if not (day and hour):
            continue
        texts[name] = when.typed(day, hour)
        try:
            when.read(texts[name], zone, now)
        except Invalid as error:
            two = error.fields["choices"] if error.code == "hour_twice" else ()
            choices, which = tuple(map(str, two)), ask.value("which")
            if which in choices and ask.value("which_of") == texts[name]:
                texts[name] = which
                continue
            errors[f"{name}_hour"] = showing.told(ask, error)
            twice = choices or twice
    wish = Wish(
        texts.get("send", ""),
        zone,
        ask.value("wall") == "each",
        texts.get("by"),
        texts.get("public", ""),
        ask.value("beyond_term") == "yes",
    )
    return Form(wish, errors, twice)


async def _foreseen(ask: Asking, look: Look, form: Form) -> tuple[Form, Release | None]:
    """The release with that hour; or the form, with what is wrong."""
    if form.errors:
        return form, None
    key = look.standing.release.key
    try:
        return form, await scheduling.foresee(ask.desk, ask.actor, key, form.wish)
    except CommuniqueError as error:
        told = showing.told(ask, error)
        if error.remedy is Remedy.SAY_BEYOND_TERM:
            return replace(form, beyond=told), None
        if error.code in ABOUT:
            return replace(form, errors={ABOUT[error.code]: told}), None
        if not isinstance(error, (NotAllowed, Invalid)):
            raise
        return replace(form, wrong=told), None


async def _shown(
    ask: Asking, look: Look, form: Form, *, planned: Release | None = None, status: int = 200
) -> Response:
    release = look.standing.release
    return showing.page(
        ask,
        "schedule.html",
        status=status,
        **shown(ask, look),
        form=form,
        typed={name: ask.value(name) for name in _FIELDS},
        wall=ask.value("wall") or "same",
        theirs=standing.theirs(release, look.associations, ask),
        planned=planned,
        meant=standing.theirs(planned, look.associations, ask) if planned else [],
        weekend=_weekend(ask, look, planned),
        near=await _near(ask, planned) if planned else [],
        which_of=when.typed(ask.value("send_day"), ask.value("send_hour")),
        zones={one.time_zone for one in look.associations.values()},
    )


_FIELDS = tuple(f"{name}_{part}" for name in HOURS for part in ("day", "hour"))


def _weekend(ask: Asking, look: Look, planned: Release | None) -> str:
    """The names of those where it is a Saturday or a Sunday then."""
    if planned is None:
        return ""
    there = standing.theirs(planned, look.associations, ask)
    names: list[object] = [
        one.association for one in there if when.day(one.moment, one.zone).weekday() >= SATURDAY
    ]
    return str(WORDS[ask.language].join(names)) if names else ""


async def _near(ask: Asking, planned: Release) -> list[tuple[str, datetime]]:
    """What else is to go within a day of it, and when."""
    mine = standing.goes(ask, planned)
    found = await inspecting.releases(
        ask.desk, ask.actor, states=inspecting.AHEAD, association=ask.here.key
    )
    near = []
    for one, _ in found:
        theirs = standing.goes(ask, one)
        if one.key != planned.key and mine and theirs and abs(theirs - mine) < NEAR:
            near.append((standing.title(one, ask.language).text, theirs))
    return near


async def _goes(ask: Asking, release: Release) -> int:
    """To how many people it would go now, as far as this association may know."""
    seen = await inspecting.forecast(ask.desk, ask.actor, release.key)
    return _count(ask, seen)


def _count(ask: Asking, seen: Iterable[Forecast]) -> int:
    """Its own people, and those of partners; of a few of theirs, nobody else is told (P6)."""
    own = ask.here.key
    return sum(one.goes for one in seen if one.association == own or one.goes >= standing.FEW)


async def _send_page(
    ask: Asking,
    look: Look,
    *,
    wrong: str = "",
    beyond: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    release, here = look.standing.release, ask.here
    seen = {
        one.association: one for one in await inspecting.forecast(ask.desk, ask.actor, release.key)
    }
    own = seen.get(here.key)
    others = [one.association for one in release.audiences if one.association != here.key]
    names = look.associations
    clocks: list[tuple[str, Any]] = [
        (in_language(names[key].names, ask.language), names[key].time_zone)
        for key in others
        if key in names and names[key].time_zone != here.time_zone
    ]
    return showing.page(
        ask,
        "send.html",
        status=status,
        **shown(ask, look),
        forecasts=seen,
        count=_count(ask, seen.values()),
        many=_count(ask, seen.values()) > MANY,
        others=standing.named(ask, names, others) if others else "",
        clocks=clocks,
        sender_name=in_language(here.sender.names, ask.language),
        sender=here.sender,
        relay=own.through if own else None,
        wrong=wrong,
        beyond=beyond,
        errors=errors or {},
        typed=ask.value("typed"),
    )


def _require(release: Release) -> None:
    if release.state not in NOTES[Verb.SCHEDULE]:
        after(release.state, Verb.SCHEDULE)  # says why not


def _require_approved(release: Release) -> None:
    """What is not approved by all is not sent, and so not asked about either."""
    after(release.state, Verb.SCHEDULE)


def _digits(text: str) -> str:
    """A number as it was typed, without what parts its thousands."""
    return "".join(one for one in text if one.isdecimal())
