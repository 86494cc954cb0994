"""Custody: a service sends only from the database that was last served here (P3).

What may be a copy of it, or an older state, sends nothing until a person says that it may; nor does
a desk whose mail would leave otherwise than it did. All else goes on. What was due meanwhile asks
then, like whatever else nobody sent at its hour (P8).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from communique.desk import Desk, access, rerouting
from communique.desk.stepping import report, step
from communique.domain.actor import SERVICE, Actor
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.lineage import Doubt, Lineage, Recollection, judge
from communique.domain.release import Release, State
from communique.domain.route import Rerouted
from communique.errors import NotAllowed, StoreUnavailable
from communique.facts import Fact
from communique.ports import Memory, Transaction

log = logging.getLogger(__name__)

HELD = Fact("database_changed_hands")
DUE_MEANWHILE = Fact("due_while_in_doubt")
PAGE = 100  # releases looked at in one go


class Custody:
    """One service's part in it. `doubt` says why nothing may be sent; None if all may."""

    def __init__(self, desk: Desk, memory: Memory, *, alone: bool) -> None:
        self._desk = desk
        self._memory = memory
        self._alone = alone  # nobody else can serve this database but from the same folder
        self._lineage: Lineage | None = None
        self._memory_id = ""
        self.doubt: Doubt | None = None
        self.rerouted: Sequence[Rerouted] = ()  # what a person has to agree to first

    async def take(self, transaction: Transaction, *, beside: bool = False) -> Doubt | None:
        """See whether this is the database that was last served here, and remember it from now on.

        `beside` others that serve it, a service knows it by them, and each has its own way out.
        Returns why this may not be the database that was last served, if that is so.
        """
        known, found = self._memory.recall(), await transaction.lineages.evidence()
        boot = self._memory.boot
        doubt = judge(known, found, boot=boot, must_remember=self._alone and not beside)
        now = self._desk.clock.now()
        if not found.lineages:
            await transaction.lineages.begin(secrets.token_hex(8), now)
        if doubt:
            await transaction.lineages.doubt(doubt, now)
        found = await transaction.lineages.evidence()
        [*_, lineage] = found.lineages
        if known and not doubt and known.id in found.marks:
            marks, memory = (found.marks[known.id],), known.id
        else:  # a new one, or the one that was is not to be gone by any more
            marks, memory = (0,), secrets.token_hex(8)
            await transaction.lineages.remember(memory, lineage.id)
        taken = Recollection(lineage.id, memory, marks, found.event, boot)
        changes = () if beside else await rerouting.take(self._desk, transaction)
        transaction.after_commit(lambda: self._taken(lineage, taken, changes))
        return lineage.doubt

    def _taken(self, lineage: Lineage, taken: Recollection, changes: Sequence[Rerouted]) -> None:
        self._memory.begin(taken)
        self._lineage, self._memory_id = lineage, taken.id
        self.rerouted = changes
        self._set(lineage.doubt)

    def _set(self, doubt: Doubt | None) -> None:
        doubt = doubt or (Doubt.REROUTED if self.rerouted else None)
        if doubt and not self.doubt:
            more = {"database": doubt.value}
            log.warning("nothing is sent until somebody says that it may", extra=more)
        elif self.doubt and not doubt:
            log.warning("somebody said that this database may send")
        self.doubt = doubt

    async def mark(self, transaction: Transaction) -> None:
        """Let the mark rise with what is written, on both sides.

        Raises StoreUnavailable where the database is not what it was a moment ago.
        """
        if self._lineage is None:
            return
        step = secrets.randbits(20) + 1
        mark = await transaction.lineages.mark(self._memory_id, step)
        known = self._memory.recall()
        # It must have risen from one that is known: where it came from tells, not how far it rose.
        if mark is None or known is None or mark - step not in known.marks:
            raise StoreUnavailable("database_not_as_served")
        self._memory.note(mark)
        transaction.after_commit(lambda: self._memory.certain(mark))

    async def look(self) -> None:
        """See whether somebody doubts, or has said go on, and whether it still is in its place."""
        if self._lineage is None:
            return
        async with self._desk.store.read() as transaction:
            found = await transaction.lineages.evidence()
            asks = await rerouting.asked(self._desk, transaction) if self.rerouted else ()
        if found.whereabouts != self._lineage.whereabouts and not self.doubt:
            self._set(Doubt.REPLACED)
        if self.doubt is Doubt.REPLACED:  # only who starts again can use what is there now
            return
        last = found.lineages[-1] if found.lineages else None
        agreed = self.rerouted and not asks
        if last is None or last.id != self._lineage.id or agreed:
            async with self._desk.store.begin() as transaction:
                await self.take(transaction)
        else:
            self._set(last.doubt)
            self._memory.saw(found.event)


async def doubted(desk: Desk) -> Lineage | None:
    """The present life of the database where it waits for a person's word; None if it does not."""
    async with desk.store.read() as transaction:
        lineages = (await transaction.lineages.evidence()).lineages
    return lineages[-1] if lineages and lineages[-1].doubt else None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What becomes of releases once the database may send: each asks whether it still may go.

    `rerouted` is what of the mail leaves otherwise from then on.
    """

    paused: Sequence[str]
    missed: Sequence[str]
    rerouted: Sequence[Rerouted] = ()


async def adopt(
    desk: Desk, actor: Actor, *, rerouted: Sequence[Rerouted] = (), dry_run: bool = False
) -> Adopted:
    """Say that this database is the one to go on with: it sends what is due from now on.

    What is under way is paused, and what came due is missed: part of it may have gone out, from the
    database that this one is a copy of. Where the database itself is in no doubt, and only mail
    leaves otherwise than it did, all goes on. `rerouted` is what of that somebody saw and agreed
    to. Raises NotAllowed where it is not all, and where nothing waits and a service works.
    """
    access.require_operator(actor)
    now = desk.clock.now()
    async with desk.store.begin() as transaction:
        found = await transaction.lineages.evidence()
        in_doubt = bool(found.lineages and found.lineages[-1].doubt)
        changes = await rerouting.changed(desk, transaction)
        if not in_doubt and not changes and await transaction.nodes.all(hold=True):
            raise NotAllowed("database_not_in_doubt")
        if not dry_run:
            rerouting.require_agreed(changes, rerouted)
            await transaction.routes.keep(desk.routes)
        if changes and not in_doubt:
            if not dry_run:
                await _report(desk, transaction, actor, found.lineages[-1].id, changes)
            return Adopted((), (), changes)
        paused = await _under_way(transaction)
        missed = await transaction.releases.due(SERVICE.scope, now)
        if not dry_run:
            for one in paused:
                await step(desk, transaction, one, Verb.PAUSE, actor, why=HELD)
            for one in missed:
                await step(desk, transaction, one, Verb.MISS, actor, why=DUE_MEANWHILE)
            id_ = secrets.token_hex(8)
            await transaction.lineages.begin(id_, now)
            await _report(desk, transaction, actor, id_, changes)
    return Adopted([one.key for one in paused], [one.key for one in missed], changes)


async def _report(
    desk: Desk, transaction: Transaction, actor: Actor, id_: str, changes: Sequence[Rerouted]
) -> None:
    subject = Subject(SubjectKind.DATABASE, id_)
    why = Fact("mail_rerouted", changes=[*map(rerouting.told, changes)]) if changes else ""
    await report(desk, transaction, subject, Verb.ADOPT, actor, association=None, why=why)


async def _under_way(transaction: Transaction) -> list[Release]:
    found: list[Release] = []
    last = None
    while page := await transaction.releases.page(
        SERVICE.scope, after=last, limit=PAGE, states=[State.SENDING]
    ):
        found += page
        last = page[-1].id
    return found
