"""Associations, subscribers, and what takes them in, as programs are shown them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from communique.desk.addressing import Counted
from communique.desk.inspecting import Story
from communique.desk.syncing import Change
from communique.domain.association import (
    Association,
    ListDefinition,
    Newsroom,
    Person,
    PressContact,
)
from communique.domain.audience import SavedAudience
from communique.domain.consent import ConsentEvent, Place
from communique.domain.delivery import SkipReason
from communique.domain.imported import Found, Imported, Matched, Some
from communique.domain.member import (
    Admitted,
    BadLine,
    Contact,
    Difference,
    Duplicate,
    Followed,
    Leaver,
    Member,
    Mover,
    Reach,
    Refusal,
    Suppression,
)
from communique.domain.merging import Contradiction
from communique.views.deliveries import forecast, line
from communique.views.form import View, day, instant
from communique.views.releases import actor, event, only


def association(one: Association) -> View:
    """An association, as its folder declares it."""
    return {
        "key": one.key,
        "names": dict(one.names),
        "languages": list(one.languages),
        "time_zone": one.time_zone,
        "jurisdiction": one.jurisdiction,
        "requires_french": one.requires_french,
        "columns": dict(one.columns),
        "sender": {
            "names": dict(one.sender.names),
            "address": one.sender.address,
            "reply_to": one.sender.reply_to,
        },
        "list_domain": one.list_domain,
        "postal_address": one.postal_address,
        "phone": one.phone,
        "web": one.web,
        "contact": one.contact,
        "brand": {
            "primary": one.brand.primary,
            "accent": one.brand.accent,
            "ink_on_primary": one.brand.ink_on_primary,
            "wordmark": one.brand.wordmark,
            "logo": one.brand.logo,
        },
        "about": dict(one.about),
        "press_contact": press_contact(one.press_contact) if one.press_contact else None,
        "newsroom": _opens(one.newsroom) if one.newsroom else None,
        "transport": one.transport,
        "approvals": [each.value for each in one.approvals],
        "people": [person(each) for each in one.people],
        "lists": [subscriber_list(each) for each in one.lists],
        "audiences": [kept_audience(each) for each in one.audiences],
    }


def kept_audience(one: SavedAudience) -> View:
    """An audience that an association keeps by name."""
    return {
        "key": one.key,
        "names": dict(one.names),
        "lists": list(one.lists),
        "without": list(one.without),
        "only": only(one.only),
    }


def saved_audience(one: Counted) -> View:
    """The same, and whom a release to it would go to now."""
    return {
        "association": one.association,
        **kept_audience(one.audience),
        "forecast": forecast(one.forecast),
    }


def person(one: Person) -> View:
    """Somebody who works for an association."""
    return {
        "name": one.name,
        "address": one.address,
        "roles": [each.value for each in one.roles],
        "language": one.language or None,
        "approves": one.approves,
    }


def _opens(one: Newsroom) -> View:
    return {"since": day(one.since), "address": one.address}


def press_contact(one: PressContact) -> View:
    """Whom journalists ask."""
    return {"name": one.name, "address": one.address, "phone": one.phone}


def subscriber_list(one: ListDefinition) -> View:
    """A list of subscribers, and what its consent rests on."""
    return {
        "key": one.key,
        "names": dict(one.names),
        "purposes": dict(one.purposes),
        "basis": one.basis.value,
        "press": one.press,
    }


def subscriber(one: Contact) -> View:
    """A subscriber, on which lists, and what they must not be written."""
    return {
        "id": one.id,
        "association": one.association,
        "address": one.address,
        "given_name": one.given_name,
        "family_name": one.family_name,
        "role": one.role,
        "language": one.language,
        "member": member(one.member),
        "lists": list(one.lists),
        "suppressions": [suppression(each) for each in one.suppressions],
    }


def member(one: Member) -> View:
    """A member company or institution."""
    return {
        "reference": one.reference,
        "name": one.name,
        "sector": one.sector,
        "territory": one.territory,
        "kind": one.kind,
        "since": day(one.since),
        "until": day(one.until),
    }


def suppression(one: Reach) -> View:
    """How far a suppression reaches, and why."""
    return {
        "scope": one.scope.value,
        "reason": one.reason.value,
        "list_key": one.list_key,
    }


def story(one: Story) -> View:
    """All that is kept of one person."""
    return {
        "subscriber": subscriber(one.contact),
        "places": [place(key, each, one.why_not[key]) for key, each in one.places.items()],
        "bars": [bar(each) for each in one.suppressions],
        "said": [consent_event(each) for each in one.said],
        "events": [event(each) for each in one.events],
        "deliveries": [line(each) for each in one.lines],
    }


def place(list_key: str, one: Place, why_not: SkipReason | None) -> View:
    """Where somebody stands with one list, and why it is not written to them."""
    return {
        "list_key": list_key,
        "since": day(one.since),
        "lapses_on": day(one.lapses_on),
        "said_no": sorted(each.value for each in one.said_no),
        "why_not": why_not.value if why_not else None,
    }


def bar(one: Suppression) -> View:
    """What suppresses an address."""
    return {"cause": one.cause.value, "source": one.source, "at": instant(one.at)}


def consent_event(one: ConsentEvent) -> View:
    """What was said of a person and a list, with its evidence."""
    return {
        "at": instant(one.at),
        "word": one.word.value,
        "scope": one.extent.value,
        "list_key": one.list_key,
        "basis": one.basis.value if one.basis else None,
        "since": day(one.since),
        "actor": actor(one.actor),
        "source": one.evidence.source,
        "language": one.evidence.language,
        "wording": one.evidence.wording,
        "wording_version": one.evidence.version,
        "origin": one.evidence.origin,
    }


def change(one: Change) -> View:
    """One thing that a sync adds or changes."""
    return {"verb": one.verb, "what": str(one.what), "detail": str(one.detail)}


def voids(differing: Mapping[str, Sequence[str]]) -> View:
    """What differs from what was submitted, by the release's key."""
    return {key: list(each) for key, each in differing.items()}


def admitted(one: Admitted) -> View:
    """What an import changed, in subscribers."""
    return {
        "added": one.added,
        "changed": one.changed,
        "unchanged": one.unchanged,
        "suppressed": one.suppressed,
        "erased": one.erased,
        "lapsed": one.lapsed,
        "refused": one.refused,
    }


def imported(one: Imported) -> View:
    """What came of a spreadsheet: the sums, and of all there is to tell, how much and the first."""
    return {
        "admitted": admitted(one.admitted),
        "bad": _some(one.bad, bad_line),
        "refusals": _some(one.refusals, refusal),
        "duplicates": _some(one.duplicates, duplicate),
        "contradictions": _some(one.doubts, contradiction),
        "changes": _some(one.differences, difference),
        "lapsed": _some(one.revived, difference),
        "matched": [matched(each) for each in one.matched],
        "leavers": _some(one.leavers, leaver),
        "movers": _some(one.movers, mover),
        "followed": _some(one.followed, followed),
    }


def _some(some: Some[Found], view: Callable[[Found], View]) -> View:
    return {"count": some.count, "first": [view(each) for each in some.first]}


def contradiction(one: Contradiction) -> View:
    """Lines that do not say the same of one company or person, and what holds."""
    return {
        "whom": one.whom,
        "field": one.field,
        "said": [{"value": value, "line": line} for value, line in one.said],
        "holds": one.holds,
    }


def refusal(one: Refusal) -> View:
    """Somebody of whom a spreadsheet says that they said no elsewhere."""
    return {"line": one.line, "address": one.address, "said": one.said}


def difference(one: Difference) -> View:
    """One field of a company or person that an import changes, or holds back."""
    return {"whom": one.whom, "field": one.field, "old": one.old, "new": one.new}


def matched(one: Matched) -> View:
    """A list that is made to match a spreadsheet."""
    return {
        "list_key": one.list_key,
        "on": one.on,
        "leaving": one.leaving,
        "left": one.left,
        "too_many": one.too_many,
    }


def leaver(one: Leaver) -> View:
    """Somebody on a list whom the spreadsheet does not put there."""
    return {"list_key": one.list_key, "address": one.address}


def mover(one: Mover) -> View:
    """Somebody new who may be one that is here, at another address."""
    return {"line": one.line, "whom": one.whom, "old": one.old, "new": one.new}


def followed(one: Followed) -> View:
    """A line with an address that somebody moved from, and which is theirs now."""
    return {"line": one.line, "old": one.old, "new": one.new}


def bad_line(one: BadLine) -> View:
    """A line of a spreadsheet that was not taken in."""
    return {
        "line": one.line,
        "address": one.address,
        "reason": one.reason,
        "codes": list(one.codes),
    }


def duplicate(one: Duplicate) -> View:
    """A line for a person whom an earlier line, `first`, already brought."""
    return {"line": one.line, "first": one.first, "address": str(one.address)}
