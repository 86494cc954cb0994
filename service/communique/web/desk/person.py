"""One person: may we write to them, and everything that was said, done and sent; and their file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Response
from markupsafe import Markup, escape

from communique import views
from communique.desk import inspecting
from communique.desk.inspecting import Story
from communique.domain.actor import Permission
from communique.domain.association import ListDefinition
from communique.domain.consent import Basis, ConsentEvent, Extent, Place, Word
from communique.domain.delivery import GAVE_UP, NOT_RESENT, SkipReason
from communique.domain.event import Verb
from communique.domain.member import LIFTED_BY_DESK, Suppression
from communique.domain.text import in_language
from communique.errors import NotFound
from communique.facts import Fact
from communique.web.desk import fields, people, showing, standing
from communique.web.desk.asking import Asking
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS
from communique.wording import french
from communique.wording.french.kept import kept as in_french

pages = Pages()

ONE = "/{association}/people/{person}"
SHOWN = 40  # lines of a story before one asks for all
# The ledger of consent tells these itself.
TOLD_BY_LEDGER = frozenset({Verb.UNSUBSCRIBE, Verb.RESUBSCRIBE})
SHAPES: Mapping[Word, str] = {
    Word.ASKED: "queued",
    Word.GIVEN: "approved",
    Word.CONFIRMED: "approved",
    Word.WITHDRAWN: "skipped",
    Word.REMOVED: "skipped",
    Word.LAPSED: "missed",
}
DID: Mapping[Verb, str] = {
    Verb.SUPPRESS: "failed",
    Verb.ALLOW: "approved",
    Verb.ERASE: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """May they be written to, for one list: yes or no, why, and what can be done."""

    list: ListDefinition
    place: Place | None
    may: bool
    why: Markup
    joint: Markup | str = ""  # that joint releases are not for them
    verb: str = ""  # `leave` or `allow`: what somebody at the desk may do about it


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a story."""

    at: datetime
    kind: str  # consent, deliveries, changes
    shape: str
    what: Markup
    said: str = ""  # in somebody else's words


@pages.get(ONE, Permission.READ)
async def one(ask: Asking) -> Response:
    """One person: the answer first, then what happened, then what can be done."""
    story = await told(ask)
    kinds = ("consent", "deliveries", "changes")
    kind = ask.query("show") if ask.query("show") in kinds else ""
    happened = sorted(_happened(ask, story), key=lambda line: line.at, reverse=True)
    chosen = [line for line in happened if not kind or line.kind == kind]
    whole = ask.query("all") == "yes"
    return showing.page(
        ask,
        "person.html",
        **shown(ask, story),
        answers=[_answer(ask, story, each) for each in ask.here.lists],
        barred=[bar(ask, each) for each in story.suppressions],
        lifts=any(each.cause in LIFTED_BY_DESK for each in story.suppressions),
        happened=chosen if whole else chosen[:SHOWN],
        more=0 if whole else max(0, len(chosen) - SHOWN),
        kind=kind,
        kinds=[each for each in kinds if any(line.kind == each for line in happened)],
        sent=len(story.lines),
    )


@pages.get(f"{ONE}/export", Permission.READ)
async def export(ask: Asking) -> Response:
    """All that is kept of one person, as a file for them or for a program."""
    story = await told(ask)
    text = json.dumps(views.document(**views.story(story)), ensure_ascii=False, indent=2)
    name = f'attachment; filename="{ask.here.key}-person-{story.contact.id}.json"'
    return Response(
        text + "\n",
        media_type="application/json",
        headers={**showing.HEADERS, "Content-Disposition": name},
    )


async def told(ask: Asking) -> Story:
    """The person in the address. Raises NotFound, of another association's as of nobody."""
    number = people.number(ask.path("person"))
    if number is None:
        raise NotFound("subscriber_gone")
    return await inspecting.story_of(ask.desk, ask.actor, ask.here.key, number)


def at(ask: Asking, story: Story, more: str = "") -> str:
    """The address of their page, and of those of what can be done."""
    return ask.at(f"people/{story.contact.id}{more}")


def shown(ask: Asking, story: Story) -> dict[str, Any]:
    """What every page of one person knows."""
    contact = story.contact
    return {
        "person": contact,
        "whom": called(story),
        "address": people.written(contact.address),
        "former": [people.written(one) for one in story.former],
        "base": at(ask, story),
        "language_named": lambda code: fields.language_named(code, ask.language),
        "extents": lambda extent, key: extent_named(ask, extent, key),
    }


def called(story: Story) -> str:
    """By their name, or by their address where they have none."""
    return story.contact.name or people.written(story.contact.address)


def extent_named(ask: Asking, extent: Extent, list_key: str) -> str:
    """What a word is about: a list by its name, joint releases, everything."""
    t = WORDS[ask.language]
    if extent is Extent.LIST:
        names = {one.key: in_language(one.names, ask.language) for one in ask.here.lists}
        return names.get(list_key, list_key)
    return str(t(f"person.extent.{extent.value}"))


def kept(ask: Asking, text: str) -> str:
    """What is kept as evidence, as its reader reads; somebody's own words as they are."""
    t = WORDS[ask.language]
    known = text.replace("-", "_")
    if f"person.source.{known}" in t:
        return str(t(f"person.source.{known}"))
    return in_french(text) if ask.language == "fr" else text


def bar(ask: Asking, one: Suppression) -> Markup:
    """What suppresses an address, since when, and who said so."""
    t = WORDS[ask.language]
    day = ask.hours.near(one.at) if one.at else ""
    return t(f"person.bar.{one.cause.value}", day=day, source=kept(ask, one.source))


def _answer(ask: Asking, story: Story, definition: ListDefinition) -> Answer:
    t, place = WORDS[ask.language], story.places.get(definition.key)
    if place is None or (place.since is None and not place.said_no):
        return Answer(definition, None, may=False, why=t("person.answer.not_on"))
    why_not = story.why_not[definition.key]
    last = _last(story, definition.key, place)
    joint = ""
    if Extent.JOINT in place.said_no and why_not is None:
        joint = t("person.answer.not_joint")
    if why_not is None:
        return Answer(
            definition,
            place,
            may=True,
            why=_yes(ask, story, definition, place, last),
            joint=joint,
            verb="leave",
        )
    if why_not is SkipReason.UNSUBSCRIBED:
        return Answer(definition, place, may=False, why=_no(ask, story, place, last), verb="allow")
    if why_not is SkipReason.CONSENT_LAPSED and place.lapses_on:
        text = t("person.answer.lapsed", day=_day(ask, place.lapses_on))
        return Answer(definition, place, may=False, why=text, verb="allow")
    return Answer(definition, place, may=False, why=t(f"person.answer.{why_not.value}"))


def _yes(
    ask: Asking, story: Story, of: ListDefinition, place: Place, last: ConsentEvent | None
) -> Markup:
    t = WORDS[ask.language]
    since = _day(ask, place.since) if place.since else ""
    source = kept(ask, last.evidence.source) if last else ""
    confirmed = last is not None and last.word is Word.CONFIRMED
    if confirmed:
        text = t("person.answer.said_yes", day=since, source=source)
    elif of.basis is Basis.EXPRESS:
        text = t("person.answer.file", day=since, source=source)
    elif of.basis is Basis.MEMBERSHIP and story.contact.member.name:
        text = t("person.answer.member", who=story.contact.member.name, day=since, source=source)
    else:
        text = t("person.answer.implied", day=since, source=source)
    if place.lapses_on:
        text += " " + t("person.answer.lapses", day=_day(ask, place.lapses_on))
    return text


def _no(ask: Asking, story: Story, place: Place, last: ConsentEvent | None) -> Markup:
    t = WORDS[ask.language]
    if last is None or not place.said_no:
        return t("person.answer.not_on")
    which = "all" if last.extent is Extent.ALL else "list"
    return t(
        f"person.answer.said_no.{which}",
        day=_day(ask, ask.hours.local(last.at).date()),
        source=kept(ask, last.evidence.source),
        who=called(story),
    )


def _last(story: Story, list_key: str, place: Place) -> ConsentEvent | None:
    """The word that decides about a list: the newest no that stands, else the newest yes."""
    about = [one for one in story.said if one.extent is not Extent.LIST or one.list_key == list_key]
    stands = place.said_no - {Extent.JOINT}
    if stands:
        noes = [one for one in about if one.word is Word.WITHDRAWN and one.extent in stands]
        return noes[-1] if noes else None
    yeses = [
        one
        for one in about
        if one.word in (Word.GIVEN, Word.CONFIRMED) and one.extent is Extent.LIST
    ]
    return yeses[-1] if yeses else None


def _day(ask: Asking, day: date) -> str:
    return ask.hours.month_day(day)


def _titled(ask: Asking, key: str, titles: Mapping[str, Mapping[str, str]]) -> Markup:
    """A release by its subject, in the reader's language if it has one there; else by its key."""
    subjects = {code: one for code, one in titles.get(key, {}).items() if one.strip()}
    if not subjects or ask.language in subjects:
        return escape(subjects.get(ask.language, key))
    other = next(iter(subjects))
    return Markup('<span lang="{}">{}</span>').format(other, subjects[other])


def _happened(ask: Asking, story: Story) -> Iterator[Happened]:
    t = WORDS[ask.language]
    for said in story.said:
        what = t(
            f"person.word.{said.word.value}", what=extent_named(ask, said.extent, said.list_key)
        )
        source = kept(ask, said.evidence.source)
        what += Markup(' <span class="muted">{}</span>').format(
            t("person.by", source=source, who=standing.who(ask, said.actor))
        )
        yield Happened(said.at, "consent", SHAPES[said.word], what, said.evidence.wording)
    for event in story.events:
        if event.verb in TOLD_BY_LEDGER:
            continue
        verb = event.verb.value if f"person.did.{event.verb.value}" in t else "other"
        what = t(f"person.did.{verb}", who=standing.who(ask, event.actor))
        if event.detail:
            what += Markup(' <span class="muted">{}</span>').format(detail(ask, event.detail))
        yield Happened(event.at, "changes", DID.get(event.verb, "draft"), what)
    for line in story.lines:
        release = Markup('<a class="serif" href="{}">{}</a>').format(
            ask.at(f"releases/{line.release}"), _titled(ask, line.release, story.titles)
        )
        what = t(f"person.delivery.{line.state.value}", release=release)
        if line.attempts > 1 and line.state.value == "sent":
            what = t("person.delivery.sent_again", release=release, n=line.attempts)
        reason = _reason(ask, line.reason)
        if reason:
            what += Markup(' <span class="muted">{}</span>').format(reason)
        reply = f"{line.code or ''} {line.reply}".strip() if line.state.value != "sent" else ""
        yield Happened(line.at, "deliveries", line.state.value, what, reply)


def detail(ask: Asking, why: Fact | str) -> Markup | str:
    """Why something was done about somebody, in words."""
    if isinstance(why, Fact):
        return standing.fact(ask, why, {})
    t = WORDS[ask.language]
    cause, colon, source = why.partition(": ")
    if colon and f"person.cause.{cause}" in t:
        return t("person.caused", cause=t(f"person.cause.{cause}"), source=kept(ask, source))
    return escape(kept(ask, why))


def _reason(ask: Asking, reason: str) -> str:
    """Why a delivery stands as it does: a reason of ours in words, a relay's as it is."""
    for before in (GAVE_UP, NOT_RESENT):
        if reason.startswith(before):
            told = WORDS[ask.language](
                "person.gave_up" if before == GAVE_UP else "person.not_resent",
                why=_reason(ask, reason.removeprefix(before)),
            )
            return str(told)
    if ask.language == "fr":
        return french.STATES.get(reason) or in_french(reason)
    return reason.replace("_", " ") if reason.replace("_", "").isalpha() else reason
