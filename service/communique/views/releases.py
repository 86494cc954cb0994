"""Releases, their approvals and their history, as programs are shown them."""

from __future__ import annotations

from communique.desk.inspecting import Standing
from communique.domain.actor import Actor
from communique.domain.approval import Approval
from communique.domain.event import Event
from communique.domain.release import Audience, Edition, Filter, Release, Schedule
from communique.views.deliveries import summaries, summary
from communique.views.form import View, fact, instant


def release(one: Release) -> View:
    """A release as it is written and as it stands."""
    return {
        "key": one.key,
        "kind": one.kind,
        "state": one.state.value,
        "reason": None if one.reason is None else str(one.reason),
        "why": fact(one.reason),
        "parties": list(one.parties),
        "agreement": one.agreement,
        "link": one.link,
        "fields": dict(one.fields),
        "editions": [edition(each) for each in one.editions],
        "audiences": [audience(each) for each in one.audiences],
        "schedule": schedule(one.schedule) if one.schedule else None,
        "public_from": instant(one.public_from),
        "newsroom": one.newsroom,
        "corrects": one.corrects or None,
        "content_hash": one.content_hash,
        "submission": one.submission,
        "revision": one.revision,
        "picked_up_at": instant(one.picked_up_at),
        "retried_at": instant(one.retried_at),
    }


def edition(one: Edition) -> View:
    """A release in one language."""
    return {
        "language": one.language,
        "subject": one.subject,
        "preheader": one.preheader,
        "body": one.body,
        "fields": dict(one.fields),
    }


def audience(one: Audience) -> View:
    """Which lists, and which of their members."""
    return {
        "association": one.association,
        "use": one.use or None,
        "lists": list(one.lists),
        "only": only(one.only),
        "without": list(one.without),
    }


def only(one: Filter) -> View:
    """Which members, and which of their people."""
    return {
        "sectors": list(one.sectors),
        "territories": list(one.territories),
        "kinds": list(one.kinds),
        "languages": list(one.languages),
        "since": one.since.isoformat() if one.since else None,
    }


def schedule(one: Schedule) -> View:
    """When it goes."""
    return {
        "send_at": instant(one.send_at),
        "zone": one.zone,
        "wall": one.wall,
        "deliver_by": instant(one.deliver_by),
    }


def approval(one: Approval, *, counts: bool) -> View:
    """A party's word, and whether it is one about what is under review."""
    return {
        "association": one.association,
        "person": one.person,
        "word": one.word.value,
        "at": instant(one.at),
        "actor": actor(one.actor),
        "comment": one.comment,
        "content_hash": one.content_hash,
        "submission": one.submission,
        "counts": counts,
        "public_from": instant(one.public_from),
    }


def actor(one: Actor) -> View:
    """Who did something."""
    return {"kind": one.kind.value, "name": one.name, "account": one.account}


def event(one: Event) -> View:
    """Who did what to whom or what, and when."""
    return {
        "id": one.id,
        "at": instant(one.at),
        "verb": one.verb.value,
        "subject": {"kind": one.subject.kind.value, "key": one.subject.key},
        "association": one.association,
        "actor": actor(one.actor),
        "detail": str(one.detail),
        "why": fact(one.detail),
        "state": one.state or None,
    }


def standing(one: Standing) -> View:
    """Everything about one release."""
    return {
        "release": release(one.release),
        "summary": summary(one.summary),
        "by_association": summaries(one.by_association),
        "approvals": [approval(each, counts=each in one.counting) for each in one.approvals],
        "missing": list(one.missing),
        "history": [event(each) for each in one.history],
    }
