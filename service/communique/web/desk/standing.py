"""How a release stands, in a reader's words: its title, its hour in each zone, its sums, its story.

Of a partner's people no number below `FEW` is told: it would be of somebody (P6).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from communique.domain import when
from communique.domain.actor import Actor, ActorKind
from communique.domain.association import Association
from communique.domain.delivery import DeliveryState
from communique.domain.event import Event, Verb
from communique.domain.log import Summary
from communique.domain.release import Release, State
from communique.domain.text import in_language
from communique.errors import Invalid
from communique.facts import Fact, Why, told
from communique.web.desk.asking import Asking
from communique.web.desk.saying import WORDS, Words
from communique.wording import WORDS as ENGLISH
from communique.wording import french

FEW = 5

# Fields of a fact that hold the key of an association, and facts that hold an hour in a zone.
NAMING = frozenset({"association", "associations", "parties"})
HOURS = frozenset({"hour_in_zone", "hour_in_each_zone"})

# The shape beside what was done: that of the state which it led to, or of what it was.
SHAPES: Mapping[Verb, str] = {
    Verb.FILE: "draft",
    Verb.EDIT: "draft",
    Verb.SUBMIT: "in_review",
    Verb.APPROVE: "approved",
    Verb.WITHDRAW: "in_review",
    Verb.REJECT: "draft",
    Verb.SCHEDULE: "queued",
    Verb.PICK_UP: "sending",
    Verb.MISS: "missed",
    Verb.VOID: "draft",
    Verb.PAUSE: "paused",
    Verb.RESUME: "sending",
    Verb.FINISH: "sent",
    Verb.CANCEL: "cancelled",
    Verb.RETRY: "deferred",
}
# What people say for themselves, or the service finds, is told beside these; of others it is enough
# that they were done.
ALONE = frozenset({Verb.FILE, Verb.SUBMIT, Verb.PICK_UP, Verb.FINISH, Verb.RESUME, Verb.SEE})


@dataclass(frozen=True, slots=True)
class Title:
    """What a release is called, and in which language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class There:
    """When a release goes at one association, by its own clock."""

    association: str  # its name
    moment: datetime
    zone: str


def title(release: Release, language: str) -> Title:
    """Its subject in the reader's language, else in its first; its key while it has none."""
    editions = sorted(release.editions, key=lambda one: one.language != language)
    for one in editions:
        if one.subject.strip():
            return Title(one.subject.strip(), one.language)
    return Title(release.key, "")


def named(ask: Asking, associations: Mapping[str, Association], keys: Collection[str]) -> Markup:
    """The names of some associations, one after the other; who is gone, by its key."""
    names: list[object] = [
        in_language(associations[key].names, ask.language) if key in associations else key
        for key in keys
    ]
    return _words(ask).join(names)


def others(ask: Asking, release: Release) -> list[str]:
    """The parties besides the one whose page it is."""
    return [one for one in release.parties if one != ask.here.key]


def few(ask: Asking, count: int) -> str:
    """How many of a partner's people: from `FEW` on the number itself."""
    t = _words(ask)
    return t.number(count) if count >= FEW or not count else str(t("releases.few", most=FEW))


def theirs(release: Release, associations: Mapping[str, Association], ask: Asking) -> list[There]:
    """When it goes at each association that it is sent by, each once."""
    planned = release.schedule
    if planned is None:
        return []
    hosts = [one.association for one in release.audiences] or list(release.parties)
    mine = ask.here.key
    found = []
    for key in sorted(dict.fromkeys(hosts), key=lambda one: one != mine):
        host = associations.get(key)
        if host is not None:
            name = in_language(host.names, ask.language)
            found.append(There(name, when.due(planned, host.time_zone), host.time_zone))
    return found


def goes(ask: Asking, release: Release) -> datetime | None:
    """The instant at which it goes to the people of the association whose page it is."""
    return when.due(release.schedule, ask.here.time_zone) if release.schedule else None


def lead(
    ask: Asking,
    release: Release,
    summary: Summary,
    missing: Collection[str],
    associations: Mapping[str, Association],
) -> Markup:
    """How it stands, in a sentence or two."""
    t, at = _words(ask), goes(ask, release)
    hour = ask.hours.moment(at) if at else ""
    match release.state:
        case State.DRAFT:
            return t("releases.lead.draft")
        case State.IN_REVIEW:
            who = named(ask, associations, missing)
            if at:
                return t("releases.lead.in_review", who=who, hour=hour)
            return t("releases.lead.in_review_no_hour", who=who)
        case State.APPROVED:
            return t("releases.lead.approved", hour=hour) if at else t("releases.lead.no_hour")
        case State.MISSED:
            return t("releases.lead.missed", hour=hour) if at else t("releases.lead.missed_any")
        case State.CANCELLED if not summary.snapshot:
            return t("releases.lead.cancelled_before")
    began = ask.hours.near(release.picked_up_at) if release.picked_up_at else ""
    how = t(f"releases.lead.{release.state.value}", hour=began)
    return how + " " + sums(ask, summary)


def sums(ask: Asking, summary: Summary) -> Markup:
    """What became of everybody it goes to, all of them (P1)."""
    t, states = _words(ask), summary.states
    out = states.get(DeliveryState.SKIPPED, 0)
    parts: list[object] = [
        t("releases.sum.sent", n=states.get(DeliveryState.SENT, 0), all=summary.snapshot - out)
    ]
    going = states.get(DeliveryState.QUEUED, 0) + states.get(DeliveryState.SENDING, 0)
    for name, count in (
        ("failed", states.get(DeliveryState.FAILED, 0)),
        ("unknown", states.get(DeliveryState.UNKNOWN, 0)),
        ("deferred", states.get(DeliveryState.DEFERRED, 0)),
        ("going", going),
    ):
        if count:
            parts.append(t(f"releases.sum.{name}", n=count))
    text = t.join(parts) + "."
    return text + (" " + t("releases.sum.skipped", n=out) if out else "")


def partner(ask: Asking, name: Markup, summary: Summary) -> Markup:
    """What a partner's people come to: sums, and none of a few."""
    t = _words(ask)
    whole = summary.snapshot - summary.states.get(DeliveryState.SKIPPED, 0)
    sent = summary.states.get(DeliveryState.SENT, 0)
    if sent == whole >= FEW:
        return t("releases.partner.all", who=name, all=whole)
    if sent >= FEW and whole - sent >= FEW:
        return t("releases.partner.some", who=name, sent=sent, all=whole)
    return t("releases.partner.whole", who=name, all=few(ask, whole))


def who(ask: Asking, actor: Actor) -> Markup:
    """Whoever did something: a person by name, anybody else by what they are."""
    t = _words(ask)
    if actor.kind in (ActorKind.PERSON, ActorKind.TOKEN):
        return escape(actor.name)
    return t(f"releases.actor.{actor.kind.value}")


def fact(ask: Asking, why: Why | None, associations: Mapping[str, Association]) -> str:
    """Why something is so, as a sentence: our own finding in words, or a person's own."""
    if not why:
        return ""
    words = french.WORDS if ask.language == "fr" else ENGLISH
    text = told(_readable(ask, why, associations), words, {}) if isinstance(why, Fact) else why
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _readable(ask: Asking, one: Fact, associations: Mapping[str, Association]) -> Fact:
    """The same with the names of associations in the place of their keys, and hours in words."""

    def shown(name: str, value: Any) -> Any:
        match value:
            case Fact():
                return _readable(ask, value, associations)
            case tuple() | list():
                return [shown(name, each) for each in value]
            case str() if name in NAMING and value in associations:
                return in_language(associations[value].names, ask.language)
        return value

    fields = {name: shown(name, value) for name, value in one.fields.items()}
    if one.code in HOURS:
        with suppress(Invalid, ValueError):
            local, zone = datetime.fromisoformat(fields["hour"]), fields["zone"]
            fields["hour"] = ask.hours.moment(when.instant(local, zone), zone)
            fields["zone"] = f"({ask.hours.city_of(zone)})"
    return Fact(one.code, **fields)


def story(
    ask: Asking, history: Collection[Event], associations: Mapping[str, Association]
) -> list[tuple[datetime, str, Markup, str]]:
    """What happened to it, the newest first, as `ui.story` shows it."""
    t = _words(ask)
    found = []
    for one in reversed(tuple(history)):
        verb = one.verb.value if f"releases.did.{one.verb.value}" in t else "other"
        what = t(f"releases.did.{verb}", who=who(ask, one.actor))
        more = "" if one.verb in ALONE else fact(ask, one.detail, associations)
        if more:
            what += Markup(' <span class="muted">{}</span>').format(more)
        found.append((one.at, SHAPES.get(one.verb, "queued"), what, ""))
    return found


def _words(ask: Asking) -> Words:
    return WORDS[ask.language]
