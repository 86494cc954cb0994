"""Whatever people, relays and dying machines do, in any order: the promises hold after each step.

The rules are what can be done at a real desk over a real store; the relay answers what was drawn,
and a process may die in the middle of a batch, or freeze and awake too late. Nothing here knows
what should come of it but what is promised (P1-P5), which is looked for in the database.
"""

from __future__ import annotations

import asyncio
import math
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from enum import Enum
from itertools import chain, count, cycle, pairwise, repeat
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Select, literal, select
from tests.contract.desks import (
    ALL,
    ALONE,
    APPROVERS,
    SPRING,
    Office,
    Service,
    entry,
    office_at,
    office_over,
)
from tests.contract.fakes import OK
from tests.postgres import Postgres

from communique.desk import Policy, approving, consenting, drafting, scheduling
from communique.desk.attempting import Attempt
from communique.domain.actor import OPERATOR, RECIPIENT, ActorKind
from communique.domain.approval import ApprovalWord
from communique.domain.consent import Extent
from communique.domain.content import Frozen, Variant
from communique.domain.delivery import DeliveryState
from communique.domain.event import Verb
from communique.domain.law import Asked
from communique.domain.log import Summary
from communique.domain.mail import Message
from communique.domain.outcome import Accepted, Answer, Deferred, NotTried, Refused, Scope, Unknown
from communique.domain.release import NOTES, Edition, State
from communique.errors import CommuniqueError, NotAllowed, NotFound, Problems
from communique.messages import Press
from communique.ports import Composer, Outgoing
from communique.store.consent_tables import suppressions
from communique.store.database import Transaction
from communique.store.tables import (
    approvals,
    attempts,
    deliveries,
    events,
    releases,
    subscribers,
    subscriptions,
)

T = TypeVar("T")

HARFANGS = [f"h{number}@lichen.example" for number in range(3)]
MASSIFS = [f"m{number}@basalt.example" for number in range(2)]
PEOPLE = [("harfang", one) for one in HARFANGS] + [("massif", one) for one in MASSIFS]
RELEASES = {one.key: one for one in (SPRING, replace(ALONE, key="quick"))}
FEW = Policy(batch_size=2)
EXAMPLES, STEPS = 7, 25


class Death(Enum):
    """How a process can end in the middle of a batch."""

    BEFORE = "before it turned to this one"
    IN_CONTENT = "with the content on its way"


BUSY = Deferred("450 busy", Scope.RECIPIENT, asked=True)
CLOSED = Deferred("421 closing", Scope.SITE)
SPAM = Refused("554 5.7.1 spam", Scope.MESSAGE, asked=True)
NOBODY = Refused("550 5.1.1 nobody", Scope.RECIPIENT, hard=True, asked=True)
FULL = Refused("552 5.2.2 full", Scope.RECIPIENT, asked=True)
LOST = Unknown("no reply")
LATER = NotTried("rate limit", 60.0)
ANSWERS: Sequence[Answer] = (OK, LOST, BUSY, LOST, CLOSED, SPAM, NOBODY, FULL, LATER)

DELIVERY = [
    deliveries.c[name]
    for name in (
        *("id", "release_id", "subscriber_id", "state", "reason", "attempts", "unknowns"),
        *("due_at", "claim", "ended_at"),
    )
]
RELEASE = [releases.c[name] for name in ("id", "key", "state", "content_hash", "submission")]
ATTEMPT = [attempts.c[name] for name in ("delivery_id", "number", "outcome")]

No = tuple[str, str, str]  # association, address, scope

# The arrows of `domain.release`, each by itself, so that one too many there is seen.
WAYS = {
    (State(stood), Verb(verb), State(to))
    for stood, ways in {
        "draft": "edit:draft submit:in_review cancel:cancelled",
        "in_review": "edit:draft reject:draft void:draft approve:approved miss:missed"
        " cancel:cancelled",
        "approved": "edit:draft reject:draft void:draft schedule:approved miss:missed"
        " pick_up:sending cancel:cancelled",
        "missed": "edit:draft reject:draft void:draft schedule:approved cancel:cancelled",
        "sending": "pause:paused finish:sent cancel:cancelled",
        "paused": "resume:sending finish:sent cancel:cancelled",
    }.items()
    for verb, to in (way.split(":") for way in ways.split())
}

keys = st.sampled_from(sorted(RELEASES))
parties = st.sampled_from(sorted(APPROVERS))
people = st.sampled_from(PEOPLE)
answers = st.sampled_from(ANSWERS)
fates = st.just([LOST]) | st.lists(answers, min_size=1, max_size=4)
later = st.sampled_from([7, 0, 7, 300])  # minutes
BEFORE_SENDING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.MISSED)


@dataclass(frozen=True, slots=True)
class Handed:
    """A content that a relay was given, and what it said then; None: it never got to it."""

    release_id: int
    delivery_id: int
    person: tuple[str, str]
    content: bytes
    answer: Answer | None

    @property
    def arrived(self) -> bool:
        """Whether the person may have it."""
        return self.answer is None or isinstance(self.answer, Accepted | Unknown)


@dataclass(eq=False, slots=True)
class Relay:
    """A transport that answers what was drawn, and then accepts. It may be the process that ends:
    then nothing more is turned to.
    """

    watch: Callable[[Handed], None]
    fates: Iterator[Answer | Death]
    in_content: list[Attempt] = field(default_factory=list)
    behind: list[Attempt] = field(default_factory=list)
    asking: list[Attempt] = field(default_factory=list)  # until it is known who may still go
    died: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, mail: Outgoing) -> None:
        """See `ports.Transport`."""
        assert isinstance(mail, Attempt)
        asyncio.get_running_loop().call_soon(self._turn_to, mail)

    def _turn_to(self, mail: Attempt) -> None:
        if self.died.is_set():
            self.behind.append(mail)
        elif ready := mail.ready():
            self._carry(mail, next(self.fates))
        elif ready is None:
            self.asking.append(mail)

    def go_on(self) -> None:
        """See `ports.Transport`."""
        asked, self.asking = self.asking, []
        for mail in asked:
            self._turn_to(mail)

    def _carry(self, mail: Attempt, fate: Answer | Death) -> None:
        if isinstance(fate, Death):
            self.died.set()
        match fate:
            case Death.BEFORE:
                self.behind.append(mail)
            case Death.IN_CONTENT if self._begins(mail, None):
                self.in_content.append(mail)
            case Accepted() | Unknown() | Refused(scope=Scope.MESSAGE):
                mail.ended(fate if self._begins(mail, fate) else NotTried("not started"))
            case Deferred() | Refused() | NotTried():
                mail.ended(fate)

    def _begins(self, mail: Attempt, answer: Answer | None) -> bool:
        begins = mail.may_go() and mail.begin()
        if begins:
            claim = mail.claim
            person = (claim.association, claim.reader.address)
            self.watch(Handed(claim.release_id, claim.delivery_id, person, mail.content, answer))
        return begins

    async def send(self, message: Message) -> Answer:
        """Nobody tests a release here."""
        raise NotImplementedError

    def halt(self, within: float | None = None) -> None:
        """Nothing waits here."""


@dataclass(frozen=True, slots=True)
class Asleep:
    """A process that stands still in the middle of a batch, and was taken for dead."""

    work: asyncio.Task[object]
    relay: Relay


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database says at one moment."""

    releases: dict[int, dict[str, Any]]
    deliveries: dict[int, dict[str, Any]]
    attempts: dict[int, list[tuple[int, str]]]  # number and outcome, by delivery
    events: list[dict[str, Any]]
    approvals: list[dict[str, Any]]
    noes: set[No]
    sums: Mapping[int, Summary]  # of each release


NOTHING = Seen({}, {}, {}, [], [], set(), {})


def is_open(row: dict[str, Any]) -> bool:
    """Whether a delivery is still to be worked."""
    return row["claim"] is not None or row["due_at"] is not None


class Remembering(Press):
    """A press that makes nothing twice: most of the time would go into that."""

    composers: ClassVar[dict[str, Composer]] = {}
    warnings: ClassVar[dict[str, Sequence[CommuniqueError]]] = {}

    def composer(self, variant: Variant) -> Composer:
        """The same for all desks: it is made of its variant alone."""
        known = repr(variant)
        if known not in self.composers:
            self.composers[known] = super().composer(variant)
        return self.composers[known]

    def check(
        self, content: Frozen, editions: tuple[Edition, ...], asks: Mapping[str, Asked]
    ) -> Sequence[CommuniqueError]:
        """Nothing else is looked at."""
        known = repr((content, editions, asks))
        if known not in self.warnings:
            self.warnings[known] = super().check(content, editions, asks)
        return self.warnings[known]


def marks(text: str) -> str:
    """By which a content is known again in what it became."""
    return " ".join(re.findall(r"(?:words|template) \d", text))


class Desks(RuleBasedStateMachine):
    """What people and machines do; see the module."""

    copy: Blank

    def __init__(self) -> None:
        super().__init__()
        self.sound = True  # so that its end is asked of none that already failed
        self.refused = False  # whether the last step was
        self.runner = asyncio.Runner()
        self.kept = ExitStack()
        self.stack = AsyncExitStack()
        self.words: dict[str, str] = {}  # what the content of a hash says
        self.tampered = ""  # what somebody wrote into a template
        self.frozen: Asleep | None = None
        self.noes: set[No] = set()
        self.handed: list[tuple[Handed, frozenset[No]]] = []  # and who had said no by then
        self.looked_at = 0  # of these
        self.before = NOTHING
        self.relay = Relay(self.hands_over, repeat(OK))
        self.office, self.service = self.run(self.open())

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        try:
            return self.runner.run(act)
        except BaseException:
            self.sound = False
            raise

    async def open(self) -> tuple[Office, Service]:
        url, home = self.kept.enter_context(self.copy())
        opened = office_over(url, home, transports={"default": self}, policy=FEW)
        office = await self.stack.enter_async_context(opened)
        press = Remembering(home / "templates")
        office = replace(office, desk=replace(office.desk, press=press))
        service = office.service()
        await service.work.begin()
        return office, service

    def hands_over(self, handed: Handed) -> None:
        self.handed.append((handed, frozenset(self.noes)))

    # The desk's transport is whichever relay is the present one.

    def take(self, mail: Outgoing) -> None:
        self.relay.take(mail)

    async def send(self, message: Message) -> Answer:
        return await self.relay.send(message)

    def go_on(self) -> None:
        self.relay.go_on()

    def halt(self, within: float | None = None) -> None:
        self.relay.halt(within)

    # What people do

    def asked(self, act: Coroutine[Any, Any, object]) -> None:
        """Have somebody ask for something, which may be refused: then nothing has changed."""

        async def ask() -> None:
            try:
                await act
            except (NotAllowed, Problems, NotFound):
                self.refused = True

        self.run(ask())

    @initialize(goes=st.booleans() | st.just(True))
    def begin(self, goes: bool) -> None:
        for row in self.run(self.see()).releases.values():
            self.words[row["content_hash"]] = ""
        if goes:
            self.pick_up()

    @precondition(lambda self: self.something_stands(*BEFORE_SENDING))
    @rule(key=keys, words=st.integers(0, 1), submits=st.booleans())
    def writes(self, key: str, words: int, submits: bool) -> None:
        release = RELEASES[key]
        written = tuple(
            replace(one, body=f"{one.body}\nwords {words}\n") for one in release.editions
        )
        edited = replace(release, editions=written)
        self.asked(drafting.file(self.office.desk, OPERATOR, edited))
        if submits:
            self.asked(self.hand_in(key))

    async def hand_in(self, key: str) -> None:
        release, _ = await drafting.submit(self.office.desk, OPERATOR, key)
        [said, *_] = [one.body for one in release.editions if one.language == "fr"]
        assert release.content_hash is not None
        says = marks(said + self.tampered)
        assert self.words.setdefault(release.content_hash, says) == says, "one hash, two contents"

    @precondition(lambda self: self.something_stands(*BEFORE_SENDING))
    @rule(
        key=keys, party=parties | st.none(), word=st.sampled_from(["approve", "approve", "reject"])
    )
    def says(self, key: str, party: str | None, word: str) -> None:
        say: Any = getattr(approving, word)
        for one in [party] if party else RELEASES[key].parties:
            self.asked(say(self.office.desk, OPERATOR, key, one, APPROVERS[one]))

    @precondition(lambda self: self.something_stands(*BEFORE_SENDING))
    @rule(
        key=keys,
        hour=st.sampled_from(["now", "in 30 minutes"]),
        wall=st.booleans(),
        by=st.sampled_from([None, None, "in 6 hours"]),
    )
    def schedules(self, key: str, hour: str, wall: bool, by: str | None) -> None:
        desk = self.office.desk
        self.asked(scheduling.schedule(desk, OPERATOR, key, hour, wall=wall, deliver_by=by))

    @rule(key=keys, deed=st.sampled_from(["pause", "resume", "pause", "resume", "cancel"]))
    def steers(self, key: str, deed: str) -> None:
        act: Any = getattr(scheduling, deed)
        self.asked(act(self.office.desk, OPERATOR, key))

    @rule(person=people, scope=st.sampled_from([*Extent, None]))
    def says_no(self, person: tuple[str, str], scope: Extent | None) -> None:
        async def leave() -> None:
            desk = self.office.desk
            if scope is None:
                await consenting.suppress(desk, OPERATOR, *person, "by hand")
            else:
                token = await self.office.token(*person)
                assert await consenting.unsubscribe(desk, RECIPIENT, token, scope)

        self.run(leave())
        self.noes.add((*person, (scope or Extent.ALL).value))

    @rule(mark=st.integers(0, 1))
    def changes_a_template(self, mark: int) -> None:
        path = self.office.home / "templates" / "announcement" / "body.txt"
        plain = path.read_text(encoding="utf-8").replace(self.tampered or "\0", "")
        self.tampered = f"template {mark}\n" if mark else ""
        path.write_text(
            plain.replace("{{ edition.body }}\n", "{{ edition.body }}\n" + self.tampered)
        )

    # What the service does

    @rule(minutes=st.sampled_from([1, 40, 300, 60 * 24 * 3]))
    def time_passes(self, minutes: int) -> None:
        self.office.clock.forward(minutes=minutes)

    @precondition(lambda self: self.something_stands(State.APPROVED))
    @rule()
    def pick_up(self) -> None:
        self.run(self.service.work.pick_up())

    @precondition(lambda self: self.something_is_open)
    @rule(fates=fates, later=later, looks=st.booleans(), batch=st.none() | st.integers(0, 2))
    def works(self, fates: list[Answer], later: int, looks: bool, batch: int | None) -> None:
        self.office.clock.forward(minutes=later)
        self.run(self.work(cycle(fates), looks=looks, only=batch))

    @precondition(lambda self: self.something_is_open)
    @rule(
        fates=st.lists(answers, max_size=3), death=st.sampled_from(Death), notes_lost=st.booleans()
    )
    def dies(self, fates: list[Answer], death: Death, notes_lost: bool) -> None:
        async def die() -> None:
            if await self.work([*fates, death]) is None:
                return
            await self.end_tasks()
            journal = self.office.journals.pop()
            journal.close()  # which lets go of its lock
            if notes_lost:
                journal._path.unlink()
            await self.begin_anew()

        self.run(die())

    @precondition(lambda self: self.something_is_open and self.frozen is None)
    @rule()
    def freezes(self) -> None:
        async def freeze() -> None:
            work = await self.work([Death.IN_CONTENT])
            if work is not None:
                self.service.place.seat.tenure.valid_until = -math.inf  # which it would find
                self.frozen = Asleep(work, self.relay)
                await self.begin_anew(asleep=True)

        self.run(freeze())

    @precondition(lambda self: self.frozen is not None)
    @rule(answer=answers)
    def awakes(self, answer: Answer) -> None:
        self.run(self.awake(answer))

    def something_stands(self, *states: State) -> bool:
        return any(row["state"] in states for row in self.before.releases.values())

    @property
    def something_is_open(self) -> bool:
        """Whether a worker may find something to hand over, now or later."""
        return any(
            is_open(row) and self.before.releases[row["release_id"]]["state"] == State.SENDING
            for row in self.before.deliveries.values()
        )

    async def work(
        self,
        fates: Iterable[Answer | Death] = (),
        *,
        looks: bool = True,
        only: int | None = None,
    ) -> asyncio.Task[object] | None:
        """Work every batch that is due; or `only` one; what it was at if the process ended."""
        self.relay = Relay(self.hands_over, chain(fates, repeat(OK)))
        await self.service.work.beat()
        if looks:
            await self.service.work.look()
            await self.service.work.recover()
        async with self.office.database.read() as transaction:
            tickets = await transaction.batches.unfinished(self.office.clock.now())
        for ticket in tickets if only is None else tickets[only : only + 1]:
            async with self.office.database.read() as transaction:
                self.noes |= await self.said_no(transaction)
            work: asyncio.Task[object] = asyncio.create_task(self.service.work.work(ticket))
            death = asyncio.create_task(self.relay.died.wait())
            await asyncio.wait({work, death}, return_when=asyncio.FIRST_COMPLETED)
            if self.relay.died.is_set():
                return work
            death.cancel()
            await work
        return None

    async def end_tasks(self) -> None:
        """All that the process had under way is gone with it."""
        spared = {asyncio.current_task(), self.frozen.work if self.frozen else None}
        gone = asyncio.all_tasks() - spared
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)

    async def begin_anew(self, *, asleep: bool = False) -> None:
        """The next service begins; of the one before it, only notes and claims are left."""
        self.relay = Relay(self.hands_over, repeat(OK))
        self.service = self.office.service(asleep=asleep)
        await self.service.work.begin()

    async def awake(self, answer: Answer) -> None:
        assert self.frozen is not None
        frozen, self.frozen = self.frozen, None
        for mail in frozen.relay.in_content:
            mail.ended(answer)
        for mail in frozen.relay.behind:
            if mail.ready():
                assert not mail.may_go(), "it was taken for dead"
                mail.ended(NotTried("not started"))
        await frozen.work

    # What must be so after each step

    async def see(self) -> Seen:
        async with self.office.database.read() as transaction:

            async def rows(query: Select[Any]) -> list[dict[str, Any]]:
                found = await transaction.connection.execute(query)
                return [dict(row) for row in found.mappings()]

            tried = defaultdict[int, list[tuple[int, str]]](list)
            for row in await rows(select(*ATTEMPT).order_by(attempts.c.number)):
                tried[row["delivery_id"]].append((row["number"], row["outcome"]))
            released = {row["id"]: row for row in await rows(select(*RELEASE))}
            sums = await transaction.log.summaries(ALL, released)
            return Seen(
                released,
                {row["id"]: row for row in await rows(select(*DELIVERY))},
                tried,
                await rows(select(events).order_by(events.c.id)),
                await rows(select(approvals).order_by(approvals.c.id)),
                await self.said_no(transaction),
                sums,
            )

    async def said_no(self, transaction: Transaction) -> set[No]:
        ask, of = transaction.connection.execute, subscribers.c
        person = (of.association_key, of.address_key)
        left = (
            select(*person, literal(Extent.ALL)).where(of.no_all_since.is_not(None)),
            select(*person, literal(Extent.JOINT)).where(of.no_joint_since.is_not(None)),
            select(*person, literal(Extent.LIST))
            .join_from(subscribers, subscriptions)
            .where(subscriptions.c.no_since.is_not(None)),
            select(suppressions.c.association_key, suppressions.c.address_key, literal(Extent.ALL)),
        )
        return {(row[0], row[1], row[2]) for query in left for row in await ask(query)}

    @invariant()
    def the_promises_hold(self) -> None:
        seen = self.run(self.see())
        before, self.before = self.before, seen
        try:
            if self.refused:
                assert (seen.releases, seen.events) == (before.releases, before.events)
            self.refused = False
            look_at_sums(before, seen)
            look_at_history(before, seen)
            look_at_deliveries(before, seen)
            assert self.noes <= seen.noes, "a no was lost"
            self.noes = set(seen.noes)
            for handed, noes in self.handed[self.looked_at :]:
                self.look_at_handed(seen, handed, noes)
            self.looked_at = len(self.handed)
            self.look_at_copies(seen)
        except BaseException:
            self.sound = False
            raise

    def look_at_handed(self, seen: Seen, handed: Handed, noes: frozenset[No]) -> None:
        release = seen.releases[handed.release_id]
        parties = RELEASES[release["key"]].parties
        body = message_from_bytes(handed.content, policy=policy.default).get_body(("plain",))
        assert body is not None
        assert marks(body.get_content()) == self.words[release["content_hash"]], "not approved (P4)"
        last = {
            one["association_key"]: one["word"]
            for one in seen.approvals
            if (one["release_id"], one["content_hash"], one["submission"])
            == (release["id"], release["content_hash"], release["submission"])
        }
        assert last == dict.fromkeys(parties, ApprovalWord.APPROVED.value), "not by everybody (P4)"
        reaching = {"list", "all", "joint"} if len(parties) > 1 else {"list", "all"}
        assert not {(*handed.person, scope) for scope in reaching} & noes, "after a no (P5)"

    def look_at_copies(self, seen: Seen) -> None:
        """P3: one who may have it gets it once more at most, and only if nobody knew its end."""
        arrived = Counter(one.delivery_id for one, _ in self.handed if one.arrived)
        for delivery_id, times in arrived.items():
            assert times <= 2
            outcomes = [outcome for _, outcome in seen.attempts.get(delivery_id, ())]
            assert times == 1 or "unknown" in outcomes
        first: dict[int, bytes] = {}
        for one, _ in self.handed:
            assert first.setdefault(one.delivery_id, one.content) == one.content, "another copy"

    def teardown(self) -> None:
        try:
            if self.sound:
                self.run(self.end())
                self.the_promises_hold()
        finally:
            self.run(self.close())
            self.runner.close()
            self.kept.close()

    async def end(self) -> None:
        """P2: whoever was in a snapshot ends in a final state, once nobody holds it back."""
        if self.frozen:
            await self.awake(OK)
        going: list[dict[str, Any]] = []
        for _ in range(8):
            seen = await self.see()
            sent = {row["release_id"] for row in seen.deliveries.values()}
            going = [seen.releases[one] for one in sent]
            going = [one for one in going if one["state"] not in (State.SENT, State.CANCELLED)]
            if not going and not any(map(is_open, seen.deliveries.values())):
                return
            for row in going:
                if row["state"] == State.PAUSED:
                    await scheduling.resume(self.office.desk, OPERATOR, row["key"])
            await self.work()
            self.office.clock.forward(hours=5)
        raise AssertionError(f"it never ends (P2): {going}")

    async def close(self) -> None:
        self.frozen = None
        await self.end_tasks()
        await self.stack.aclose()


def look_at_sums(before: Seen, seen: Seen) -> None:
    """P1."""
    rows = seen.deliveries.values()
    for release_id, release in seen.releases.items():
        sums = seen.sums[release_id]
        theirs = [row for row in rows if row["release_id"] == release_id]
        counted = Counter(row["state"] for row in theirs)
        assert {state.value: n for state, n in sums.states.items() if n} == counted
        assert sums.snapshot == len(theirs) == sum(sums.states.values())
        assert sums.open == sum(map(is_open, theirs))
        was = before.sums.get(release_id)
        assert was is None or was.snapshot in (0, sums.snapshot), "it is made once"
        assert not (sums.open and release["state"] == State.SENT.value)


def look_at_history(before: Seen, seen: Seen) -> None:
    """A release moves along its arrows only, and each has its event with an actor (P10)."""
    assert seen.events[: len(before.events)] == before.events
    numbers = [event["id"] for event in seen.events]
    assert all(one < another for one, another in pairwise(numbers))
    states: dict[int, str] = {}
    for event in seen.events:
        assert event["actor_kind"] != ActorKind.UNKNOWN.value
        assert event["actor_name"]
        if event["subject"] == "release":
            verb, to = Verb(event["verb"]), State(event["state"])
            stood = states.get(event["subject_id"])
            noted = to in NOTES.get(verb, ()) and stood in (None, to)
            assert noted or (stood, verb, to) in WAYS, (stood, verb, to)
            states[event["subject_id"]] = to
    assert states == {one: State(row["state"]) for one, row in seen.releases.items()}


def look_at_deliveries(before: Seen, seen: Seen) -> None:
    """Open until it ended, and then for good; each attempt counted once."""
    for delivery_id, row in seen.deliveries.items():
        assert is_open(row) == (row["ended_at"] is None)
        assert (row["state"] == DeliveryState.SENDING.value) == (row["claim"] is not None)
        was = before.deliveries.get(delivery_id)
        assert was is None or is_open(was) or was == row, "what had ended changed"
        tried = seen.attempts.get(delivery_id, [])
        in_hand = row["claim"] is not None
        assert [number for number, _ in tried] == list(range(1, len(tried) + 1))
        assert row["attempts"] == len(tried) + in_hand
        assert row["unknowns"] == sum(outcome == "unknown" for _, outcome in tried)
    assert len({(row["release_id"], row["subscriber_id"]) for row in seen.deliveries.values()}) == (
        len(seen.deliveries)
    )


Blank = Callable[[], AbstractContextManager[tuple[str, Path]]]


async def populate(url: str, home: Path) -> None:
    async with office_at(url, home) as office:
        await office.admit("harfang", *HARFANGS)
        await office.admit("massif", *(entry(one, language="en") for one in MASSIFS))
        for release in RELEASES.values():
            await office.approved(release)


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blank]:
    """Copies of one desk, where two releases are approved and due."""
    home, numbers = tmp_path / "blank", count(1)
    home.mkdir()

    @contextmanager
    def file() -> Iterator[tuple[str, Path]]:
        copy = tmp_path / f"desk-{next(numbers)}"
        shutil.copytree(home, copy)
        yield f"sqlite+aiosqlite:///{copy / 'communique.sqlite'}", copy
        shutil.rmtree(copy)

    @contextmanager
    def database() -> Iterator[tuple[str, Path]]:
        with file() as (_, copy):
            name, url = server.lend()
            server.furnish(name, state)
            yield url, copy
            server.take_back(name)

    if request.param == "sqlite":
        asyncio.run(populate(f"sqlite+aiosqlite:///{home / 'communique.sqlite'}", home))
        yield file
    else:
        server: Postgres = request.getfixturevalue("postgresql")
        model, url = server.create()
        asyncio.run(populate(url, home))
        state = server.state(model)
        yield database


def test_the_promises_hold_whatever_happens_in_whatever_order(blank: Blank) -> None:
    class Here(Desks):
        copy = staticmethod(blank)

    run_state_machine_as_test(
        Here,
        settings=settings(
            derandomize=True,  # the same for everybody, and each time
            database=None,
            deadline=None,
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a failure is readable as it is, and soon told
        ),
    )
