"""Home: what needs somebody, what is going out, what is next, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from fastapi import Response
from markupsafe import Markup

from communique.desk import inspecting, noticing
from communique.desk.noticing import Noticed
from communique.domain import when
from communique.domain.actor import SERVICE, Permission
from communique.domain.association import Association
from communique.domain.look import look
from communique.domain.release import Release
from communique.domain.text import in_language
from communique.web.desk import showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Door, Pages
from communique.web.desk.saying import WORDS

pages = Pages()


@pages.get("/", Door.SIGNED_IN)
async def beginning(ask: Asking) -> Response:
    """Where the desk begins: at one's association, or at the choice of it."""
    found = await inspecting.associations(ask.desk, ask.actor)
    closed = ask.session.closed if ask.session else ()
    if len(found) == 1 and not closed:
        return showing.go(f"/desk/{found[0].key}/")
    others = await inspecting.associations(ask.desk, SERVICE) if closed else ()
    return showing.page(
        ask,
        "associations.html",
        associations=[(one, look(one.brand)) for one in found],
        closed=[(one, look(one.brand)) for one in others if one.key in closed],
    )


@pages.get("/{association}/", Permission.READ)
async def home(ask: Asking) -> Response:
    """What one comes for."""
    found = await noticing.noticed(ask.desk, ask.actor, ask.here.key)
    # Partners are named by their names, which every message of theirs bears.
    known = {one.key: one for one in await inspecting.associations(ask.desk, SERVICE)}
    now = ask.hours.moment(ask.now)
    return showing.page(
        ask,
        "home.html",
        found=found,
        sentence=_title(ask, found),
        now=now[:1].upper() + now[1:],
        called=partial(_called, ask, known),
        elsewhere=partial(_elsewhere, ask, known),
        reason=lambda why: standing.fact(ask, why, known),
    )


@pages.post("/{association}/seen", Permission.READ)
async def seen(ask: Asking) -> Response:
    """That somebody looked at what went wrong with a release."""
    await noticing.seen(ask.desk, ask.actor, ask.here.key, ask.value("release"))
    return showing.go(ask.at(), "home.said.seen")


def _called(ask: Asking, known: Mapping[str, Association], keys: Iterable[str]) -> Markup:
    """The names of associations, the reader's own among them."""
    names = [in_language(known[one].names, ask.language) if one in known else one for one in keys]
    return WORDS[ask.language].join([*dict.fromkeys(names)])


def _elsewhere(
    ask: Asking, known: Mapping[str, Association], release: Release
) -> list[tuple[str, str]]:
    """When it goes by the clocks of its other readers, where these show another hour."""
    if release.schedule is None:
        return []
    hours, here = ask.hours, ask.here
    due = when.due(release.schedule, here.time_zone)
    said = {hours.moment(due)}
    found = []
    for one in release.audiences:
        zone = known[one.association].time_zone if one.association in known else here.time_zone
        there = when.due(release.schedule, zone)
        told = hours.moment(there, zone)
        if told not in said:
            said.add(told)
            same_day = hours.local(there, zone).date() == hours.local(due).date()
            found.append((hours.city_of(zone), hours.clock(there, zone) if same_day else told))
    return found


def _title(ask: Asking, found: Noticed) -> str:
    """How things stand, in a sentence."""
    t = WORDS[ask.language]
    needs = t("home.title.needs", n=found.needs) if found.needs else ""
    going = t("home.title.going", n=len(found.going)) if found.going else ""
    if needs and going:
        return t("home.title.both", needs=needs, going=going[:1].lower() + going[1:])
    return needs or going or t("home.title.quiet")
