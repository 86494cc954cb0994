"""What was done at an association: who, what, and when, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup, escape

from communique.desk import auditing, inspecting
from communique.desk.auditing import Audited
from communique.domain.actor import SERVICE, ActorKind, Permission
from communique.domain.association import Association
from communique.domain.consent import Extent
from communique.domain.event import Event, Sought, SubjectKind, Verb
from communique.domain.text import in_language
from communique.facts import Fact
from communique.web.desk import showing, sought, standing
from communique.web.desk.asking import Asking
from communique.web.desk.log import number_of, title_of
from communique.web.desk.person import detail, extent_named, kept
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

# What one looks for, and the verbs that it is: each a word in the address, as is any verb alone.
AREAS: Mapping[str, frozenset[Verb]] = {
    "writing": frozenset({Verb.FILE, Verb.EDIT, Verb.SUBMIT, Verb.DELETE, Verb.TEST}),
    "approving": frozenset({Verb.APPROVE, Verb.WITHDRAW, Verb.REJECT, Verb.VOID}),
    "sending": frozenset(
        {
            *(Verb.SCHEDULE, Verb.PICK_UP, Verb.MISS, Verb.PAUSE, Verb.RESUME, Verb.FINISH),
            *(Verb.CANCEL, Verb.RETRY, Verb.SEE),
        }
    ),
    "public": frozenset({Verb.PUBLISH, Verb.RETRACT, Verb.EMBARGO}),
    "people": frozenset(
        {
            *(Verb.IMPORT, Verb.UNSUBSCRIBE, Verb.RESUBSCRIBE, Verb.SUPPRESS, Verb.ALLOW),
            *(Verb.MOVE, Verb.MERGE, Verb.ERASE),
        }
    ),
    "staff": frozenset(
        {
            *(Verb.OPEN, Verb.SIGN_IN, Verb.SIGN_OUT, Verb.INVITE, Verb.WITHDRAW_INVITATION),
            *(Verb.JOIN, Verb.ASSIGN, Verb.DISMISS),
        }
    ),
    "settings": frozenset({Verb.SYNC, Verb.REMIND}),
}
WORDS_OF_THEIRS = frozenset({Verb.UNSUBSCRIBE, Verb.RESUBSCRIBE})
OTHERS = (ActorKind.OPERATOR, ActorKind.SERVICE, ActorKind.RECIPIENT)  # who has no account


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the page has it."""

    event: Event
    who: Markup
    what: Markup
    detail: Markup | str


@pages.get("/{association}/audit", Permission.READ)
async def audit(ask: Asking) -> Response:
    """An association's own events and those of its releases and agreements, the newest first."""
    wrong: dict[str, str] = {}
    since, until = (sought.day_of(ask, name, wrong) for name in ("since", "until"))
    who, what, of = ask.query("who"), ask.query("what"), ask.query("of")
    if who not in [*ActorKind] and number_of(who) is None:  # what nobody can be looks for nothing
        who = ""
    if what not in [*AREAS, *Verb]:
        what = ""
    before = number_of(ask.query("before"))
    found = await auditing.page(
        ask.desk, ask.actor, ask.here.key, _sought(ask, who, what, of, since, until), before=before
    )
    # Partners are named by their names, which every message of theirs bears.
    known = {one.key: one for one in await inspecting.associations(ask.desk, SERVICE)}
    asked = {"who": who, "what": what, "of": of, "since": since, "until": until}
    kept_ = {name: str(value) for name, value in asked.items() if value}
    workers = sorted((one.duties[0].name, str(one.id)) for one in found.accounts if one.duties)
    chips = _chips(ask, found, kept_, since, until)
    t = WORDS[ask.language]
    return showing.page(
        ask,
        "audit.html",
        status=422 if wrong else 200,
        asked=kept_,
        wrong=wrong,
        chips=[(name, words, _address(ask, kept_, name)) for name, words in chips],
        workers=[(key, name) for name, key in workers],
        others=[one.value for one in OTHERS],
        areas=list(AREAS),
        days=_days(ask, found, known),
        what_said=Markup(", ").join(words for _, words in chips) if chips else "",
        heading=t("audit.title.of", what=Markup(", ").join(words for _, words in chips))
        if chips
        else t("audit.title.all"),
        newer=_address(ask, kept_) if before is not None else "",
        older=_address(ask, kept_, before=str(found.older)) if found.older else "",
    )


def _sought(
    ask: Asking, who: str, what: str, of: str, since: date | None, until: date | None
) -> Sought:
    zone = ask.here.time_zone
    verbs = AREAS.get(what) or (frozenset({Verb(what)}) if what in [*Verb] else frozenset())
    return Sought(
        verbs=verbs,
        kind=ActorKind(who) if who in [*ActorKind] else None,
        account=number_of(who),
        subject=SubjectKind.RELEASE if of else None,
        key=of,
        since=sought.midnight(since, zone) if since else None,
        until=sought.midnight(until + timedelta(days=1), zone) if until else None,
    )


def _chips(
    ask: Asking, found: Audited, asked: Mapping[str, str], since: date | None, until: date | None
) -> list[tuple[str, Markup]]:
    """Each part of what was looked for: its name in the address, and its words."""
    t, chips = WORDS[ask.language], list[tuple[str, Markup]]()
    if who := asked.get("who"):
        names = {str(one.id): one.duties[0].name for one in found.accounts if one.duties}
        if who in [*ActorKind]:
            chips.append(("who", t(f"audit.by.{who}")))
        else:
            chips.append(("who", escape(names.get(who) or t("audit.somebody"))))
    if what := asked.get("what"):
        verb = t(f"audit.did.{what}", what="…") if what in [*Verb] else t(f"audit.area.{what}")
        chips.append(("what", verb))
    if of := asked.get("of"):
        chips.append(("of", escape(title_of(ask, found.titles.get(of, {}))[0] or of)))
    if since:
        chips.append(("since", t("log.sought.since", day=ask.hours.month_day(since))))
    if until:
        chips.append(("until", t("log.sought.until", day=ask.hours.month_day(until))))
    return chips


def _days(
    ask: Asking, found: Audited, known: Mapping[str, Association]
) -> list[tuple[str, list[Row]]]:
    hours = ask.hours

    def day(event: Event) -> date:
        return hours.local(event.at).date()

    days = ((hours.day(one), events) for one, events in groupby(found.events, key=day))
    return [
        (one[:1].upper() + one[1:], [_row(ask, event, found, known) for event in events])
        for one, events in days
    ]


def _row(ask: Asking, event: Event, found: Audited, known: Mapping[str, Association]) -> Row:
    t, who = WORDS[ask.language], standing.who(ask, event.actor)
    verb = event.verb.value
    if event.verb is Verb.EDIT and event.subject.kind is SubjectKind.SUBSCRIBER:
        verb = "correct"
    elif event.verb in WORDS_OF_THEIRS and event.actor.kind is ActorKind.RECIPIENT:
        verb += "_self"
    what = t(f"audit.did.{verb}", what=_subject(ask, event, found))
    return Row(event, who[:1].upper() + who[1:], what, _detail(ask, event, known))


def _detail(ask: Asking, event: Event, known: Mapping[str, Association]) -> Markup | str:
    """Why it was done, or what it was before."""
    why = event.detail
    if isinstance(why, Fact):
        return standing.fact(ask, why, known)
    to, colon, source = why.partition(": ")
    if event.verb in WORDS_OF_THEIRS and colon:
        reach = Extent(to) if to in [*Extent] else Extent.LIST
        what = extent_named(ask, reach, to)
        return WORDS[ask.language]("audit.to", what=what, source=kept(ask, source))
    return detail(ask, why)


def _subject(ask: Asking, event: Event, found: Audited) -> Markup:
    """What it was done to, and the page of it where there is one."""
    t, one = WORDS[ask.language], event.subject
    href = ""
    match one.kind:
        case SubjectKind.RELEASE:
            title, language = title_of(ask, found.titles.get(one.key, {}))
            name = Markup('<span class="serif" lang="{}">{}</span>').format(
                language or ask.language, title or one.key
            )
            href = ask.at(f"releases/{one.key}") if title else ""
        case SubjectKind.SUBSCRIBER:
            name = escape(found.people.get(one.id) or t("audit.somebody"))
            href = ask.at(f"people/{one.id}") if one.id in found.people else ""
        case SubjectKind.AGREEMENT:
            names = found.agreements.get(one.key)
            name = escape(in_language(names, ask.language) if names else one.key)
        case SubjectKind.ASSOCIATION:
            name = escape(in_language(ask.here.names, ask.language))
        case _:
            name = escape(one.key if "@" in one.key else t("audit.somebody"))
    return Markup('<a href="{}">{}</a>').format(href, name) if href else name


def _address(ask: Asking, asked: Mapping[str, str], *but: str, **more: str) -> str:
    query = urlencode({name: value for name, value in asked.items() if name not in but} | more)
    return ask.at("audit") + (f"?{query}" if query else "")
