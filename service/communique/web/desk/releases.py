"""Releases: the list of them, one of them, and what can be done with it at once.

What cannot be taken back has a page of its own first, which says what follows, in numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from communique.desk import happening, inspecting, retrying, reviewing, scheduling
from communique.desk.retrying import Wanted
from communique.desk.reviewing import Look
from communique.domain import agreement as agreed
from communique.domain import when
from communique.domain.actor import Permission
from communique.domain.association import Association
from communique.domain.delivery import DeliveryState, Retriable
from communique.domain.event import Verb
from communique.domain.log import LOST, Lost, Summary
from communique.domain.release import ARROWS, NOTES, Audience, Release, State, after
from communique.domain.text import in_language
from communique.web.desk import fields, showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.web.desk.standing import Title

pages = Pages()

PAGE = 30
ONE = "/{association}/releases/{release}"
# The filters of the list, each a word in its address.
FILTERS: Mapping[str, tuple[State, ...]] = {
    "in_review": (State.IN_REVIEW,),
    "approved": (State.APPROVED,),
    "going": (State.SENDING, State.PAUSED),
    "sent": (State.SENT,),
    "draft": (State.DRAFT,),
    "missed": (State.MISSED,),
    "cancelled": (State.CANCELLED,),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A release as the list has it."""

    release: Release
    title: Title
    others: str  # the parties besides this one
    summary: Summary  # of this association's own people

    @property
    def whole(self) -> int:
        """How many it goes to here."""
        return self.summary.snapshot - self.summary.states.get(DeliveryState.SKIPPED, 0)

    @property
    def sent(self) -> int:
        return self.summary.states.get(DeliveryState.SENT, 0)


@pages.get("/{association}/releases", Permission.READ)
async def listed(ask: Asking) -> Response:
    """The releases of one association, by state, the newest first."""
    chosen = ask.query("state") if ask.query("state") in FILTERS else ""
    agreement = ask.query("agreement")
    after_, before = _number(ask.query("after")), _number(ask.query("before"))
    found = await inspecting.releases(
        ask.desk,
        ask.actor,
        after=after_ if before is None else None,
        before=before,
        limit=PAGE + 1,
        states=FILTERS.get(chosen, ()),
        agreement=agreement or None,
        association=ask.here.key,
    )
    more = len(found) > PAGE  # beyond this page, in the direction that was asked for
    found = (found[-PAGE:] if before is not None else found[:PAGE]) if more else found
    known = await inspecting.parties(ask.desk, [one for one, _ in found])
    rows = [
        Row(
            one,
            standing.title(one, ask.language),
            standing.named(ask, known, standing.others(ask, one)),
            summary,
        )
        for one, summary in found
    ]
    first, last = (rows[0].release.id, rows[-1].release.id) if rows else (0, 0)
    older = rows and (more if before is None else True)
    newer = rows and (more if before is not None else after_ is not None)
    kept = {"state": chosen, "agreement": agreement}
    return showing.page(
        ask,
        "releases.html",
        rows=rows,
        chosen=chosen,
        agreement=agreement,
        filters=[("", _address(ask, agreement=agreement))]
        + [(one, _address(ask, state=one, agreement=agreement)) for one in FILTERS],
        any=bool(rows or chosen or agreement or after_ is not None or before is not None),
        newer=_address(ask, **kept, before=str(first)) if newer else "",
        older=_address(ask, **kept, after=str(last)) if older else "",
        at_home=lambda one: standing.goes(ask, one),
    )


@pages.get(ONE, Permission.READ)
async def one(ask: Asking) -> Response:
    """One release: how it stands, what can be done, what it is, and its history."""
    look = await looked(ask)
    release = look.standing.release
    here = ask.here.key
    summary = look.standing.by_association.get(here, Summary({}))
    seen = await inspecting.forecast(ask.desk, ask.actor, release.key)
    lost: tuple[Lost, ...] = ()
    if summary.snapshot:
        losses = await inspecting.lost(ask.desk, ask.actor, [release])
        lost = tuple(each for each in losses.get(release.key, ()) if each.association == here)
    return showing.page(
        ask,
        "release.html",
        **shown(ask, look),
        summary=summary,
        forecasts={each.association: each for each in seen},
        partners=[
            standing.partner(ask, standing.named(ask, look.associations, [key]), sums)
            for key, sums in look.standing.by_association.items()
            if key != here and sums.snapshot
        ],
        lost=lost,
        again=sum(each.count - each.bounced for each in lost),
        told=fields.told(ask, look.kind, release, look.associations),
        why=standing.fact(ask, release.reason, look.associations),
        agreement=_agreement(ask, look),
        story=standing.story(ask, look.standing.history, look.associations),
        theirs=standing.theirs(release, look.associations, ask),
        announced=happening.announced(release),
    )


@pages.post(f"{ONE}/pause", Permission.EDIT)
async def pause(ask: Asking) -> Response:
    """Stop what has not begun. It is taken back as easily, so it asks nothing."""
    await scheduling.pause(ask.desk, ask.actor, await key_of(ask))
    return showing.go(_back(ask), "releases.said.paused")


@pages.post(f"{ONE}/resume", Permission.EDIT)
async def resume(ask: Asking) -> Response:
    """Go on where it stopped."""
    await scheduling.resume(ask.desk, ask.actor, await key_of(ask))
    return showing.go(_back(ask), "releases.said.resumed")


@pages.post(f"{ONE}/unschedule", Permission.EDIT)
async def unschedule(ask: Asking) -> Response:
    """Take its hour away; what is approved stays so."""
    await scheduling.unschedule(ask.desk, ask.actor, await key_of(ask))
    return showing.go(at(ask), "releases.said.unscheduled")


@pages.get(f"{ONE}/cancel", Permission.EDIT)
async def cancelling(ask: Asking) -> Response:
    """What calling it off means, before it is done."""
    look = await looked(ask)
    after(look.standing.release.state, Verb.CANCEL)  # asks nobody what cannot be
    here = ask.here.key
    summary = look.standing.by_association.get(here, Summary({}))
    others = [key for key in look.standing.by_association if key != here]
    return showing.page(
        ask,
        "release_cancel.html",
        **shown(ask, look),
        summary=summary,
        had=summary.states.get(DeliveryState.SENT, 0),
        whose=standing.named(ask, look.associations, others) if others else "",
    )


@pages.post(f"{ONE}/cancel", Permission.EDIT)
async def cancel(ask: Asking) -> Response:
    """Call it off for good."""
    await scheduling.cancel(ask.desk, ask.actor, await key_of(ask), ask.value("why"))
    return showing.go(at(ask), "releases.said.cancelled")


@pages.get(f"{ONE}/retry", Permission.EDIT)
async def retrying_(ask: Asking) -> Response:
    """Whom another try would reach, before it is made."""
    return await _ask_retry(ask)


@pages.post(f"{ONE}/retry", Permission.EDIT)
async def retry(ask: Asking) -> Response:
    """Have them tried again, if they are still as many as was said."""
    key, wanted = await key_of(ask), wanted_(ask)
    _, found = await retrying.retriable(ask.desk, ask.actor, key, wanted)
    if ask.value("count") != str(_again(found)):
        return await _ask_retry(ask, moved=True)
    _, found = await retrying.retry(ask.desk, ask.actor, key, wanted)
    return showing.go(at(ask), "releases.said.retried", _again(found))


async def _ask_retry(ask: Asking, *, moved: bool = False) -> Response:
    look = await looked(ask)
    key = look.standing.release.key
    _, found = await retrying.retriable(ask.desk, ask.actor, key, wanted_(ask))
    return showing.page(
        ask,
        "release_retry.html",
        status=409 if moved else 200,
        **shown(ask, look),
        found=found,
        count=_again(found),
        copies=sum(each.of(DeliveryState.UNKNOWN) for each in found),
        moved=moved,
        kept={"count": _again(found), "state": _asked(ask, "state"), "cause": _asked(ask, "cause")},
    )


def wanted_(ask: Asking) -> Wanted:
    """Which of the lost: all of this association's, or those in a state and for a cause."""
    state, cause = _asked(ask, "state"), _asked(ask, "cause")
    states = [DeliveryState(state)] if state in [one.value for one in LOST] else []
    return Wanted(ask.here.key, states, [cause] if cause else [])


def _asked(ask: Asking, name: str) -> str:
    return ask.value(name) or ask.query(name)


def _again(found: tuple[Retriable, ...]) -> int:
    return sum(each.goes for each in found)


async def looked(ask: Asking) -> Look:
    """The release in the address, as this association looks at it."""
    return await reviewing.look(ask.desk, ask.actor, ask.path("release"), ask.here.key)


async def key_of(ask: Asking) -> str:
    """The key of the release in the address. Raises NotFound for one that is none of ours."""
    key = ask.path("release")
    await reviewing.require(ask.desk, ask.actor, key, ask.here.key)
    return key


def at(ask: Asking, more: str = "") -> str:
    """The address of the release whose page it is, and of its other pages."""
    return ask.at(f"releases/{ask.path('release')}{more}")


def _back(ask: Asking) -> str:
    """The page of the release that a button stands on."""
    return at(ask, "/progress") if ask.value("to") == "progress" else at(ask)


def shown(ask: Asking, look: Look) -> dict[str, Any]:
    """What every page of one release knows: its title, how it stands, and what can be done."""
    stands, associations = look.standing, look.associations
    release = stands.release
    summary = stands.by_association.get(ask.here.key, Summary({}))
    others = standing.others(ask, release)
    kind = in_language(look.kind.names, ask.language) if look.kind.names else release.kind
    t = WORDS[ask.language]
    over: object = kind
    if others:
        over = t("releases.with", kind=kind, who=standing.named(ask, associations, others))
    arrows = {verb.value: release.state in ARROWS[verb][0] for verb in ARROWS}
    arrows["schedule"] = arrows["schedule"] or release.state in NOTES[Verb.SCHEDULE]
    tabs = [(at(ask), t("releases.tab.one")), (at(ask, "/review"), t("releases.tab.review"))]
    if release.state is State.DRAFT and showing.there(f"{ONE}/edit") and ask.may(Permission.EDIT):
        tabs.insert(1, (at(ask, "/edit"), t("releases.tab.text")))
    if arrows["schedule"] and showing.there(f"{ONE}/schedule") and ask.may(Permission.EDIT):
        tabs.append((at(ask, "/schedule"), t("releases.tab.hour")))
    if stands.summary.snapshot and showing.there(f"{ONE}/progress"):
        tabs.append((at(ask, "/progress"), t("releases.tab.progress")))
    return {
        "release": release,
        "stands": stands,
        "title": standing.title(release, ask.language),
        "over": over,
        "lead": standing.lead(ask, release, summary, stands.missing, associations),
        "arrows": arrows,
        "base": at(ask),
        "tabs": tabs,
        "associations": associations,
        "differing": look.differing,
        "words_of": {
            one.association: one for one in stands.counting if one.association in release.parties
        },
        "language_named": lambda code: fields.language_named(code, ask.language),
        "named_by_key": lambda key: standing.named(ask, associations, [key]),
        "few": lambda count: standing.few(ask, count),
        "lists_of": lambda audience: _lists(ask, associations, audience),
        "doubts": lambda doubt: standing.fact(ask, doubt, associations),
    }


def _lists(ask: Asking, associations: Mapping[str, Association], audience: Audience) -> Markup:
    """Which lists an audience goes to, without whom, and which of their members."""
    t, host = WORDS[ask.language], associations.get(audience.association)
    names = {one.key: in_language(one.names, ask.language) for one in host.lists} if host else {}

    def called(keys: Collection[str]) -> Markup:
        return t.join([names.get(key, key) for key in keys])

    only = audience.only
    narrowed = [*only.sectors, *only.territories, *only.kinds]
    narrowed += [fields.language_named(one, ask.language) for one in only.languages]
    if only.since:
        narrowed.append(str(t("releases.fact.since", day=ask.hours.month_day(only.since))))
    told = [t("releases.fact.lists", n=len(audience.lists), lists=called(audience.lists))]
    if audience.without:
        told.append(
            t("releases.fact.without", n=len(audience.without), lists=called(audience.without))
        )
    if narrowed:
        told.append(t("releases.fact.only", what=t.join(list(narrowed))))
    return Markup(" ").join(told)


def _agreement(ask: Asking, look: Look) -> object:
    """The agreement it is under, and whether that holds today."""
    if look.agreement is None:
        return ""
    t, name = WORDS[ask.language], in_language(look.agreement.names, ask.language)
    seen = agreed.outlook(look.agreement, when.day(ask.now, ask.here.time_zone))
    if seen.standing is agreed.Standing.IN_FORCE and seen.time:
        return t("releases.fact.until", name=name, day=ask.hours.month_day(seen.time.ends))
    return t("releases.fact.not_in_force", name=name)


def _number(text: str) -> int | None:
    """A release's number, as an address of the list has it."""
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _address(ask: Asking, **asked: str) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return ask.at("releases") + (f"?{query}" if query else "")
