"""One delivery: what happened, why it went to that person, what one may do, and the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from communique.desk import recounting, retrying, searching
from communique.desk.recounting import Recounted, Shown
from communique.desk.retrying import Wanted
from communique.domain import when
from communique.domain.actor import Permission
from communique.domain.address import in_its_script
from communique.domain.consent import ConsentEvent, basis_of
from communique.domain.delivery import DeliveryState
from communique.domain.log import LOST, AttemptLine
from communique.domain.member import LIFTED_BY_DESK, Suppression
from communique.domain.text import in_language
from communique.errors import (
    CommuniqueError,
    ContentChanged,
    ContentUnreadable,
    NotAllowed,
    NotFound,
)
from communique.web.desk import replies, showing, sought, standing
from communique.web.desk.asking import Asking
from communique.web.desk.fields import language_named
from communique.web.desk.log import number_of, title_of
from communique.web.desk.person import kept
from communique.web.desk.review import FRAMED
from communique.web.desk.routing import Pages
from communique.web.desk.saying import WORDS

pages = Pages()

ONE = "/{association}/log/{number}"
LINE, ROOM, MOST = 24, 420, 2400  # pixels of a line of text, of what stands around it, of a frame
SHAPES = {"accepted": "sent", "deferred": "deferred", "refused": "failed", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the story: when, its shape, what happened, what was said, and what that means."""

    at: datetime
    shape: str
    what: Markup
    said: str = ""
    means: Markup | str = ""


@pages.get(ONE, Permission.READ)
async def one(ask: Asking) -> Response:
    """One delivery, from the snapshot to the last reply."""
    told, asked = await _told(ask), sought.read(ask)
    only = asked.within(ask.here.key, ask.here.time_zone)
    newer, older = await searching.beside(ask.desk, ask.actor, only, told.line.delivery_id)
    shown = await _message(ask, told)
    again, why_not = await _retriable(ask, told)
    story = sorted(_story(ask, told), key=lambda line: line.at)
    domain = told.line.address.rpartition("@")[2]
    here = ask.request.url.path
    return showing.page(
        ask,
        "delivery.html",
        told=told,
        title=_title(ask, told),
        who=_who(ask, told),
        heading=_heading(ask, told),
        lead=_lead(ask, told),
        back=asked.address(ask.at("log")),
        what=sought.told(ask, asked, {told.release.key: _title(ask, told)[0]}),
        newer=asked.address(ask.at(f"log/{newer}")) if newer else "",
        older=asked.address(ask.at(f"log/{older}")) if older else "",
        story=story,
        days=len({ask.hours.local(line.at).date() for line in story}),
        reasons=list(_reasons(ask, told)),
        again=again,
        why_not=showing.told(ask, why_not) if why_not else "",
        bars=[(_cause(ask, each), each.cause in LIFTED_BY_DESK) for each in told.suppressions],
        shown=shown,
        height=_height(shown) if shown else 0,
        size=round((shown.size if shown else 0) / 1024),
        way="text" if ask.query("as") == "text" else "html",
        ways=[("html", asked.address(here)), ("text", asked.address(here, **{"as": "text"}))],
        made=told.handed.batch is not None,
        over=told.line.state in (DeliveryState.SENT, *LOST),
        domain=in_its_script(domain),
        trouble=sought.Sought(q=f"@{domain}", state=DeliveryState.FAILED).address(ask.at("log")),
        theirs=sought.Sought(q=told.line.address).address(ask.at("log")),
    )


@pages.get(f"{ONE}/message", Permission.READ)
async def message(ask: Asking) -> Response:
    """The message alone, for the frame that shows it and nothing else."""
    number = _number(ask)
    try:
        got = await recounting.message(ask.desk, ask.actor, ask.here.key, number)
    except (ContentChanged, ContentUnreadable) as error:
        raise NotFound("delivery_unknown", delivery=number) from error
    return HTMLResponse(got.preview.html, headers={**showing.HEADERS, **FRAMED})


@pages.get(f"{ONE}/retry", Permission.EDIT)
async def asking_again(ask: Asking) -> Response:
    """Whom another try would reach, before it is made."""
    told = await _told(ask)
    line, (again, why_not) = told.line, await _retriable(ask, told)
    if not again:
        return showing.trouble(ask, "refused", 409, error=why_not)
    return showing.page(
        ask,
        "delivery_retry.html",
        told=told,
        who=_who(ask, told),
        title=_title(ask, told),
        said=f"{line.code} {line.reply}" if line.code else replies.why(ask, line.reason),
        back=ask.at(f"log/{line.delivery_id}"),
    )


@pages.post(f"{ONE}/retry", Permission.EDIT)
async def again(ask: Asking) -> Response:
    """Have it tried again."""
    told = await _told(ask)
    wanted = Wanted(ask.here.key, delivery=told.line.delivery_id)
    await retrying.retry(ask.desk, ask.actor, told.release.key, wanted)
    return showing.go(ask.at(f"log/{told.line.delivery_id}"), "delivery.said.retried")


def _number(ask: Asking) -> int:
    number = number_of(ask.path("number"))
    if number is None:
        raise NotFound("delivery_unknown", delivery=0)
    return number


async def _told(ask: Asking) -> Recounted:
    return await recounting.delivery(ask.desk, ask.actor, ask.here.key, _number(ask))


async def _message(ask: Asking, told: Recounted) -> Shown | None:
    """The message, where one was made and can be made again."""
    if told.handed.batch is None:
        return None
    try:
        return await recounting.message(ask.desk, ask.actor, ask.here.key, told.line.delivery_id)
    except (ContentChanged, ContentUnreadable, NotFound):
        return None


async def _retriable(ask: Asking, told: Recounted) -> tuple[bool, CommuniqueError | None]:
    """Whether it may be tried again; else why not, where it was lost."""
    if told.line.state not in LOST or told.line.due_at is not None:
        return False, None
    wanted = Wanted(ask.here.key, delivery=told.line.delivery_id)
    try:
        _, found = await retrying.retriable(ask.desk, ask.actor, told.release.key, wanted)
    except (NotAllowed, ContentChanged) as error:
        return False, error
    if any(one.goes for one in found):
        return True, None
    return False, retrying.nobody(told.release.key, found)


def _title(ask: Asking, told: Recounted) -> tuple[str, str]:
    """What its release is called, and in which language."""
    title, language = title_of(ask, told.titles)
    return title or told.release.key, language


def _who(ask: Asking, told: Recounted) -> Markup:
    t = WORDS[ask.language]
    return escape(told.line.name or told.line.address or t("delivery.nobody"))


def _heading(ask: Asking, told: Recounted) -> Markup:
    """What became of it, in a sentence."""
    title, language = _title(ask, told)
    spoken: Markup = escape(title)
    if language and language != ask.language:
        spoken = Markup('<span lang="{}">{}</span>').format(language, spoken)
    t, hour = WORDS[ask.language], ask.hours.near(told.line.at)
    who = _who(ask, told)
    return t(f"delivery.title.{told.line.state.value}", title=spoken, who=who, hour=hour)


def _lead(ask: Asking, told: Recounted) -> Markup:
    """What that means, and whether anything comes of it by itself."""
    t, line, hours = WORDS[ask.language], told.line, ask.hours
    match line.state:
        case DeliveryState.SENT:
            return t("delivery.lead.sent", n=max(1, line.attempts))
        case DeliveryState.DEFERRED if line.due_at:
            return t("delivery.lead.deferred", hour=hours.near(line.due_at))
        case DeliveryState.UNKNOWN if line.due_at:
            return t("delivery.lead.unknown_again", hour=hours.near(line.due_at))
        case DeliveryState.SKIPPED:
            return t("delivery.lead.skipped", why=_small(replies.why(ask, line.reason)))
    return t(f"delivery.lead.{line.state.value}")


def _story(ask: Asking, told: Recounted) -> Iterator[Happened]:
    """All that is known of it, in no order."""
    t, line = WORDS[ask.language], told.line
    began = told.release.picked_up_at or line.at
    if told.handed.batch is None:
        why = _small(replies.why(ask, line.reason))
        yield Happened(began, "skipped", t("delivery.story.left_out", why=why))
    else:
        language = language_named(line.language, ask.language)
        snapshot = t("delivery.story.snapshot", list=_list(ask, told), language=language)
        yield Happened(began, "queued", snapshot)
    for one in told.attempts:
        yield Happened(
            one.started_at, "sending", t("delivery.story.try", n=one.number, relay=one.transport)
        )
        yield _outcome(ask, one)
    last = told.attempts[-1] if told.attempts else None
    if told.handed.batch is not None and line.state is DeliveryState.SKIPPED:
        why = _small(replies.why(ask, line.reason))
        yield Happened(line.at, "skipped", t("delivery.story.left_out_later", why=why))
    elif line.state in LOST and not line.due_at and (last is None or _adds(line.reason, last)):
        why = _small(replies.why(ask, line.reason))
        yield Happened(
            line.at + timedelta(microseconds=2),
            line.state.value,
            t("delivery.story.ended", why=why),
        )
    elif line.state is DeliveryState.SENDING:
        yield Happened(ask.now, "sending", t("delivery.story.now"))
    if line.due_at and line.attempts and line.due_at > ask.now:
        yield Happened(line.due_at, "deferred", t("delivery.story.again"))
    for no in told.noes:
        what = t(f"delivery.extent.{no.extent.value}", list=_list(ask, told))
        said = t("delivery.story.no", what=what, source=kept(ask, no.evidence.source))
        yield Happened(no.at, "skipped", said)
    for each in told.suppressions:
        if each.at:
            why = _cause(ask, each)
            yield Happened(each.at, "failed", t("delivery.story.suppressed", why=why))


def _outcome(ask: Asking, one: AttemptLine) -> Happened:
    t = WORDS[ask.language]
    said = " ".join(str(part) for part in (one.code, one.enhanced, one.reply) if part)
    return Happened(
        one.started_at + timedelta(seconds=one.seconds, microseconds=1),
        SHAPES[one.outcome],
        t(f"delivery.story.{one.outcome}"),
        said,
        "" if one.outcome == "accepted" else t(f"delivery.means.{replies.meaning(one)}"),
    )


def _adds(reason: str, last: AttemptLine) -> bool:
    """Whether the end says more than the last attempt did."""
    return not reason.startswith(str(last.code or "-")) and reason != last.reply


def _reasons(ask: Asking, told: Recounted) -> Iterator[tuple[str, object]]:
    """The list, what consent rests on, how that came, and where it stands today."""
    t, hours = WORDS[ask.language], ask.hours
    yield str(t("delivery.why.list")), _list(ask, told)
    given = told.given
    if given and given.basis:
        basis = basis_of(given.basis, confirmed=given.word.value == "confirmed")
        words = t(f"delivery.basis.{basis.value}", member=told.line.member)
        yield str(t("delivery.why.basis")), words
        if given.since:
            yield str(t("delivery.why.since")), hours.month_day(given.since)
        yield str(t("delivery.why.evidence")), _evidence(ask, given)
    elif told.contact:
        yield str(t("delivery.why.evidence")), t("delivery.why.none")
    if told.contact and told.place is not None:
        if told.place.lapses_on:
            yield str(t("delivery.why.until")), hours.month_day(told.place.lapses_on)
        today = when.day(ask.now, ask.here.time_zone)
        joint = len(told.release.parties) > 1
        why = min((one.cause.reason for one in told.suppressions), default=None)
        why = why or told.place.why_not(today, joint=joint)
        now = t("delivery.why.may")
        if why:
            now = t("delivery.why.may_not", why=_small(replies.why(ask, why.value)))
        yield str(t("delivery.why.now")), now
    elif told.contact:
        yield str(t("delivery.why.now")), t("delivery.why.not_on")


def _evidence(ask: Asking, given: ConsentEvent) -> Markup:
    t, day = WORDS[ask.language], ask.hours.month_day(given.at)
    who = standing.who(ask, given.actor)
    return t("delivery.why.by", source=kept(ask, given.evidence.source), day=day, who=who)


def _list(ask: Asking, told: Recounted) -> str:
    """The list that it went by, by its name."""
    key = told.handed.claim.reader.list_key
    names = {one.key: one.names for one in told.association.lists}
    return in_language(names[key], ask.language) if key in names else key


def _cause(ask: Asking, one: Suppression) -> Markup:
    t = WORDS[ask.language]
    return t(f"delivery.cause.{one.cause.value}", source=kept(ask, one.source))


def _height(shown: Shown) -> int:
    """About how high the message is, in pixels: what is longer scrolls by itself."""
    lines = sum(len(wrap(one, 60)) for one in shown.preview.text.splitlines())
    return min(MOST, ROOM + LINE * lines)


def _small(words: Markup) -> Markup:
    """As it stands within a sentence; a code or an acronym keeps its capitals."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
