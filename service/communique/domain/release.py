"""A release: its states, its content, and the hash that approvals bind to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from communique.errors import Refused


class Kind(StrEnum):
    """What a release announces; a kind needs a folder of templates."""

    ANNOUNCEMENT = "announcement"
    ACTIVITY = "activity"
    ADVANTAGE = "advantage"


class State(StrEnum):
    """`draft` → `in_review` → `approved` → `sending` → `sent`; the rest stand beside it."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    PAUSED = "paused"
    MISSED = "missed"
    CANCELLED = "cancelled"


ARROWS: Mapping[str, tuple[frozenset[State], State]] = {
    "edit": (frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.MISSED}), State.DRAFT),
    "submit": (frozenset({State.DRAFT}), State.IN_REVIEW),
    "reject": (frozenset({State.IN_REVIEW, State.APPROVED, State.MISSED}), State.DRAFT),
    "approve": (frozenset({State.IN_REVIEW}), State.APPROVED),
    "void": (frozenset({State.IN_REVIEW, State.APPROVED, State.MISSED}), State.DRAFT),
    "reschedule": (frozenset({State.APPROVED, State.MISSED}), State.APPROVED),
    "miss": (frozenset({State.IN_REVIEW, State.APPROVED}), State.MISSED),
    "pick_up": (frozenset({State.APPROVED}), State.SENDING),
    "pause": (frozenset({State.SENDING}), State.PAUSED),
    "resume": (frozenset({State.PAUSED}), State.SENDING),
    "finish": (frozenset({State.SENDING, State.PAUSED}), State.SENT),
    "cancel": (
        frozenset(State) - {State.SENT, State.CANCELLED},
        State.CANCELLED,
    ),
}

# Off its way a release says why; on it, a detail of its history is no reason for where it stands.
OFF_THE_WAY = frozenset({State.DRAFT, State.PAUSED, State.MISSED, State.CANCELLED})


def after(state: State, verb: str) -> State:
    """The state that `verb` leads to from `state`. Raises Refused where no arrow is drawn."""
    allowed, to = ARROWS[verb]
    if state not in allowed:
        raise Refused(
            f"cannot {verb.replace('_', ' ')} a release that is {_worded(state)}",
            remedy=f"it must be {' or '.join(_listed(allowed))}",
        )
    return to


def _worded(state: State) -> str:
    return state.value.replace("_", " ")


def _listed(states: Collection[State]) -> list[str]:
    """In the order of a release's life, all but the last as one text with commas."""
    names = [_worded(one) for one in State if one in states]
    return [part for part in (", ".join(names[:-1]), names[-1]) if part]


@dataclass(frozen=True, slots=True)
class Edition:
    """A release in one language. `body` is Markdown in which Jinja2 may address the reader."""

    language: str
    subject: str
    preheader: str
    body: str
    source: str = ""  # the file it came from, for messages; it shapes nothing and is not hashed
    first_line: int = 1  # where the body starts in that file


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members: an empty tuple asks nothing. Values are compared exactly."""

    sectors: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """Which lists, and which of their members, of one association."""

    association: str
    lists: tuple[str, ...]
    only: Filter = Filter()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When it goes. `wall` means: at that local hour in each association's own zone.

    `send_at` and `deliver_by` are UTC instants; `zone` is the IANA zone `send_at` was meant in.
    """

    send_at: datetime
    zone: str
    wall: bool = False
    deliver_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One announcement. `parties` are the associations that must each approve it."""

    key: str
    kind: Kind
    parties: tuple[str, ...]
    editions: tuple[Edition, ...]
    audiences: tuple[Audience, ...]
    link: str = ""
    agreement: str | None = None
    schedule: Schedule | None = None
    state: State = State.DRAFT
    id: int = 0
    content_hash: str | None = None  # of the content under review, from submission on
    reason: str | None = None  # why it was paused, missed or sent back
    picked_up_at: datetime | None = None  # when its snapshot was made; the Date of its messages

    def languages_for(self, spoken: Sequence[str]) -> tuple[str, ...]:
        """The editions that go out from an association which speaks these languages.

        Readers get their own; the first is for those whose language has none.
        """
        written = {one.language for one in self.editions}
        return tuple(one for one in spoken if one in written)


@dataclass(frozen=True, slots=True)
class ReleaseEvent:
    """One step in a release's history: what was done, the state it led to, when (UTC), and why."""

    verb: str
    state: State
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """All that shapes what is received, frozen as one JSON document: what approvals bind to.

    `document` is canonical: the same content gives the same characters, hence the same hash.
    """

    document: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Content:
        """The document written canonically."""
        return cls(json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")))

    @property
    def hash(self) -> str:
        """SHA-256 of the document, in hexadecimal."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    def load(self) -> dict[str, Any]:
        """The document as plain values."""
        loaded: dict[str, Any] = json.loads(self.document)
        return loaded

    def declared(self, association: str) -> Mapping[str, Any]:
        """What one association declared of itself when this was frozen."""
        found: Mapping[str, Any] = next(
            one for one in self.load()["associations"] if one["key"] == association
        )
        return found


def freeze(
    release: Release,
    associations: Iterable[Mapping[str, Any]],
    templates: Mapping[str, str],
) -> Content:
    """Freeze what shapes the bytes: editions, audiences, parties, associations, templates.

    `associations` are the declared definitions of parties and hosts; `templates` maps each template
    file that can be reached to its source. The schedule is not content: moving the hour leaves the
    words as they were approved.
    """
    editions = [
        {
            "language": e.language,
            "subject": e.subject,
            "preheader": e.preheader,
            "body": e.body,
        }
        for e in sorted(release.editions, key=lambda e: e.language)
    ]
    document = {
        "key": release.key,
        "kind": release.kind.value,
        "parties": sorted(release.parties),
        "agreement": release.agreement,
        "link": release.link,
        "editions": editions,
        "audiences": [
            asdict(one) for one in sorted(release.audiences, key=lambda one: one.association)
        ],
        "associations": sorted(associations, key=lambda one: str(one["key"])),
        "templates": dict(sorted(templates.items())),
    }
    return Content.of(document)
