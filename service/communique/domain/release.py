"""A release: its states, its editions, whom it goes to and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from communique.domain.event import Verb
from communique.errors import NotAllowed
from communique.facts import Why

# The values of a kind's fields, by key: plain JSON (domain/kind).
Fields: TypeAlias = Mapping[str, Any]


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


ARROWS: Mapping[Verb, tuple[frozenset[State], State]] = {
    Verb.EDIT: (
        frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.MISSED}),
        State.DRAFT,
    ),
    Verb.SUBMIT: (frozenset({State.DRAFT}), State.IN_REVIEW),
    Verb.REJECT: (frozenset({State.IN_REVIEW, State.APPROVED, State.MISSED}), State.DRAFT),
    Verb.APPROVE: (frozenset({State.IN_REVIEW}), State.APPROVED),
    Verb.VOID: (frozenset({State.IN_REVIEW, State.APPROVED, State.MISSED}), State.DRAFT),
    Verb.SCHEDULE: (frozenset({State.APPROVED, State.MISSED}), State.APPROVED),
    Verb.MISS: (frozenset({State.IN_REVIEW, State.APPROVED}), State.MISSED),
    Verb.PICK_UP: (frozenset({State.APPROVED}), State.SENDING),
    Verb.PAUSE: (frozenset({State.SENDING}), State.PAUSED),
    Verb.RESUME: (frozenset({State.PAUSED}), State.SENDING),
    Verb.FINISH: (frozenset({State.SENDING, State.PAUSED}), State.SENT),
    Verb.RETRY: (frozenset({State.SENT}), State.SENDING),
    Verb.CANCEL: (frozenset(State) - {State.SENT, State.CANCELLED}, State.CANCELLED),
}

# What is written into a release's history and moves nothing: a yes that is not the last, or that is
# taken back, and the hour of what is not approved yet.
NOTES: Mapping[Verb, frozenset[State]] = {
    Verb.FILE: frozenset({State.DRAFT}),
    Verb.SCHEDULE: frozenset({State.DRAFT, State.IN_REVIEW}),
    Verb.APPROVE: frozenset({State.IN_REVIEW}),
    Verb.WITHDRAW: frozenset({State.IN_REVIEW}),
    Verb.TEST: frozenset(State),
    Verb.RETRY: frozenset({State.SENDING, State.PAUSED}),
    # What only the press gets is sent before its embargo ends, and public in newsrooms then.
    Verb.EMBARGO: frozenset({State.SENDING, State.PAUSED, State.SENT}),
    Verb.PUBLISH: frozenset({State.SENDING, State.SENT}),
    Verb.RETRACT: frozenset({State.SENDING, State.PAUSED, State.SENT, State.CANCELLED}),
}

# Off its way a release says why; on it, a detail of its history is no reason for where it stands.
OFF_THE_WAY = frozenset({State.DRAFT, State.PAUSED, State.MISSED, State.CANCELLED})


def sooner(until: datetime | None, approved: datetime | None) -> bool:
    """Whether an embargo that ends then, or none, makes public what was approved for later."""
    return approved is not None and (until is None or until < approved)


def after(state: State, verb: Verb) -> State:
    """The state that `verb` leads to from `state`. Raises NotAllowed where no arrow is drawn."""
    allowed, to = ARROWS[verb]
    if state not in allowed:
        raise _cannot(verb, state, allowed)
    return to


def require_noted(state: State, verb: Verb) -> None:
    """Raises NotAllowed where `verb` is no mere note in that state: it moves, or cannot be."""
    if state not in NOTES[verb]:
        raise _cannot(verb, state, NOTES[verb])


def _cannot(verb: Verb, state: State, allowed: Collection[State]) -> NotAllowed:
    in_order = [one for one in State if one in allowed]  # of a release's life
    return NotAllowed("release_not_in_state", verb=verb, state=state, allowed=in_order)


@dataclass(frozen=True, slots=True)
class Edition:
    """A release in one language. `body` is Markdown in which Jinja2 may address the reader."""

    language: str
    subject: str
    preheader: str
    body: str
    source: str = ""  # the file it came from, for messages; it shapes nothing and is not hashed
    first_line: int = 1  # where the body starts in that file
    fields: Fields = field(default_factory=dict, hash=False)  # those that each edition has


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members, and which of their people: what is empty asks nothing. Values are compared
    exactly.
    """

    sectors: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # of the people, not of what they get
    since: date | None = None  # a member since that day or longer


@dataclass(frozen=True, slots=True)
class Audience:
    """Which lists, and which of their members, of one association."""

    association: str
    lists: tuple[str, ...]
    only: Filter = Filter()
    without: tuple[str, ...] = ()  # lists whose people are left out
    use: str = (
        ""  # the key of the saved audience that it was made of, or is to be: then without lists
    )

    @property
    def narrowed(self) -> bool:
        """Whether anybody on its lists may be left out by it."""
        return bool(self.without) or self.only != Filter()


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
class Imprint:
    """What of the settings shapes every message of a release: kept at pick-up, so that a copy has
    the same bytes whatever is set meanwhile (P3).
    """

    public_url: str  # where its links lead
    key: str  # the id of the signing key that they are signed with
    embargo: datetime | None = None  # what the press was told, whatever was changed since


@dataclass(frozen=True, slots=True)
class Release:
    """One announcement. `parties` are the associations that must each approve it."""

    key: str
    kind: str  # a folder of templates
    parties: tuple[str, ...]
    editions: tuple[Edition, ...]
    audiences: tuple[Audience, ...]
    link: str = ""
    agreement: str | None = None
    schedule: Schedule | None = None
    state: State = State.DRAFT
    id: int = 0
    revision: int = 0  # changes with every change of it; 0: it was not read from the store
    content_hash: str | None = None  # of the content under review, from submission on
    submission: int = 0  # how many times it was submitted; an approval speaks of one of them
    reason: Why | None = None  # why it was paused, missed or sent back
    picked_up_at: datetime | None = None  # when its snapshot was made; the Date of its messages
    retried_at: datetime | None = None  # when somebody last had its lost deliveries tried again
    imprint: Imprint | None = None  # None: not picked up, or by a version that kept none
    fields: Fields = field(default_factory=dict, hash=False)  # those that it has once
    public_from: datetime | None = None  # in UTC: before it, lists of the press alone may have it
    newsroom: bool = True  # whether it becomes public where its parties have newsrooms
    corrects: str = ""  # the release whose press alone gets it: those told another hour than is so
    # What its folder last said, by a digest, once something else was written at the desk; empty
    # where it never had a folder, None where it is as its folder had it.
    folder_said: str | None = None

    def copied(self, key: str) -> Release:
        """A draft of what it says and whom it goes to: no hour, and nothing that was done to it.

        An embargo is the text's, so a copy has it as well: it tells nobody what is still held back.
        """
        return Release(
            key,
            self.kind,
            self.parties,
            self.editions,
            self.audiences,
            self.link,
            self.agreement,
            fields=self.fields,
            public_from=self.public_from,
            newsroom=self.newsroom,
        )

    def held_until(self, now: datetime) -> datetime | None:
        """When its embargo ends, where that is to come: one that is over holds nothing back."""
        return self.public_from if self.public_from and self.public_from > now else None

    def follow_up(self, key: str, sequence: int, *, called_off: bool) -> Release:
        """A draft of what is announced later of the same activity, for those who got the first."""
        fields = {**self.fields, "follows": self.first, "sequence": sequence}
        if called_off:
            fields["called_off"] = True
        return replace(self.copied(key), fields=fields, audiences=self.had)

    @property
    def had(self) -> tuple[Audience, ...]:
        """The lists that it has as they are: what an audience is called may be kept otherwise by
        now, and whoever got it would not hear of what follows.
        """
        return tuple(replace(one, use="") for one in self.audiences)

    @property
    def first(self) -> str:
        """The key of the release that this one follows; its own, where it follows none."""
        return str(self.fields.get("follows") or self.key)

    def languages_for(self, spoken: Sequence[str]) -> tuple[str, ...]:
        """The editions that go out from an association which speaks these languages.

        Readers get their own; the first is for those whose language has none.
        """
        written = {one.language for one in self.editions}
        return tuple(one for one in spoken if one in written)
