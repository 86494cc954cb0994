"""An event: who did what to whom or what, and when. Audit, history and live pages read these rows.

Its number is the order of events and every reader's cursor; nobody compares clocks for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from communique.domain.actor import Actor, ActorKind
from communique.facts import Why


class Verb(StrEnum):
    """All that can be done: the arrows of a release (`release.ARROWS`), and what moves nothing."""

    FILE = "file"
    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    WITHDRAW = "withdraw"  # a yes that its speaker took back
    REJECT = "reject"
    SCHEDULE = "schedule"
    PICK_UP = "pick_up"
    MISS = "miss"
    VOID = "void"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    CANCEL = "cancel"
    RETRY = "retry"  # what failed, or was left unknown, once more
    DELETE = "delete"  # a draft that was never submitted
    TEST = "test"  # sent to a colleague, marked as a test
    PUBLISH = "publish"  # in an association's newsroom
    RETRACT = "retract"  # from there
    EMBARGO = "embargo"  # another end of it, once the press may have the release
    SYNC = "sync"
    IMPORT = "import"
    UNSUBSCRIBE = "unsubscribe"
    RESUBSCRIBE = "resubscribe"  # a no that its owner took back
    SUPPRESS = "suppress"
    ALLOW = "allow"  # what suppressed an address, lifted
    MOVE = "move"  # to another address
    MERGE = "merge"
    ERASE = "erase"
    REGISTER = "register"  # a signing key, which links are made with from then on
    SEE = "see"  # what went wrong, so that it is shown no more
    REMIND = "remind"  # of what they agreed on, by letter
    OPEN = "open"  # the desk's pages, by a link made at the machine
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"  # at one browser or more
    INVITE = "invite"  # to work at the desk
    WITHDRAW_INVITATION = "withdraw_invitation"
    JOIN = "join"  # as an invitation says
    ASSIGN = "assign"  # other roles
    DISMISS = "dismiss"  # from all of them
    ADOPT = "adopt"  # a database, which may send from then on


class SubjectKind(StrEnum):
    """What an event can be about."""

    RELEASE = "release"
    ASSOCIATION = "association"
    AGREEMENT = "agreement"
    SUBSCRIBER = "subscriber"
    ACCOUNT = "account"  # somebody who works at the desk, by their address
    ADDRESS = "address"  # that no subscriber has
    KEY = "key"  # by its id; nobody's but the operator's
    DATABASE = "database"  # by its lineage; nobody's but the operator's


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: by its key, by its number in the store, or by both."""

    kind: SubjectKind
    key: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events somebody looks for; what is empty asks nothing."""

    verbs: frozenset[Verb] = frozenset()
    kind: ActorKind | None = None  # of whoever did it
    account: int | None = None  # whose it was
    subject: SubjectKind | None = None
    key: str = ""  # of what it was done to
    since: datetime | None = None
    until: datetime | None = None  # before that instant


@dataclass(frozen=True, slots=True)
class Event:
    """One row of what happened, at an instant in UTC. `detail` is a fact, or one line.

    Whoever it quotes can forge no other line. `association` is whose audit shows it; None: every
    party's to the release or agreement.
    """

    subject: Subject
    verb: Verb
    actor: Actor
    at: datetime
    association: str | None
    detail: Why = ""
    state: str = ""  # in which it left a release
    id: int = 0
