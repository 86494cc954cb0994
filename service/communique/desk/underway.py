"""An import under way: whose it is, what came of it so far, and what there is to tell of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from copy import copy, deepcopy
from functools import partial
from typing import Self

from communique.desk import Desk
from communique.desk.admitting import Rules
from communique.desk.piecemeal import in_a_thread, in_groups
from communique.desk.stepping import report
from communique.desk.trying import taking_in
from communique.domain.actor import Actor
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.finding import Finding, Kind, finding
from communique.domain.imported import Found, Imported, Some
from communique.domain.member import Difference, Member
from communique.domain.merging import Contradiction
from communique.facts import Fact
from communique.ports import Gathering, Transaction

GROUP = 1000  # people or companies taken in by one transaction: short enough that no sender waits


class Underway:
    """One import on its way."""

    def __init__(
        self,
        desk: Desk,
        actor: Actor,
        rules: Rules,
        gathering: Gathering,
        source: str,
        progress: Callable[[Imported], None],
        *,
        dry_run: bool,
    ) -> None:
        self.found = Imported()
        self.desk = desk
        self.actor = actor
        self.rules = rules
        self.association = rules.association.key
        self.gathering = gathering
        self.source = source
        self.dry_run = dry_run
        self.noting = True  # whether what is found is kept, to be told at the end
        self._pending: list[Finding] = []
        self._progress = progress
        self._foreseen = 0  # companies that a dry run adds have no number, so it gives them one

    def trial(self) -> Self:
        """The same as a dry run of which nothing is kept, with what was found so far."""
        trial = copy(self)
        trial.dry_run, trial.noting = True, False
        trial._progress = lambda _: None
        trial.found, trial._pending = deepcopy(self.found), []
        return trial

    def advance(self) -> None:
        """Say how far it is."""
        self._progress(self.found)

    def taking_in(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction in which nobody else takes people in there."""
        return taking_in(self.desk, self.association, dry_run=self.dry_run)

    def foresee(self, members: Iterable[Member]) -> dict[str, int]:
        """Numbers for companies that a dry run does not add, by reference."""
        numbers = {}
        for one in members:
            self._foreseen -= 1
            numbers[one.reference] = self._foreseen
        return numbers

    def note(self, some: Some[Found], ones: Iterable[Found], kind: Kind = Kind.CHANGE) -> None:
        """Count what there is to tell, and have it kept with the next that is `noted`."""
        for one in ones:
            some.add(one)
            self._pending.append(finding(one, kind))

    async def noted(
        self,
        differences: Sequence[Difference] = (),
        revived: Sequence[Difference] = (),
        doubts: Sequence[Contradiction] = (),
    ) -> None:
        """Keep what there is to tell until the end."""
        self.note(self.found.doubts, doubts)
        self.note(self.found.differences, differences)
        self.note(self.found.revived, revived, Kind.LAPSED)
        pending, self._pending = self._pending, []
        if pending and self.noting:
            await in_a_thread(partial(self.gathering.note, pending))

    async def tell(self, findings: Callable[[Finding], None]) -> None:
        """Tell all of it, in order."""
        async for group in in_groups(self.gathering.noted(), GROUP):
            for one in group:
                findings(one)

    async def say(self, *, broken_off: bool = False) -> None:
        """Write down who brought what, and what came of it."""
        one = self.found.admitted
        sums = {"added": one.added, "changed": one.changed, "unchanged": one.unchanged}
        off = [
            Fact("left_list", count=each.left, list=each.list_key) for each in self.found.matched
        ]
        source = Fact("source_broken_off", source=self.source) if broken_off else self.source
        subject = Subject(SubjectKind.ASSOCIATION, self.association)
        async with self.desk.store.begin() as transaction:
            await report(
                self.desk,
                transaction,
                subject,
                Verb.IMPORT,
                self.actor,
                association=self.association,
                why=Fact("imported_matching", source=source, left=off, **sums)
                if off
                else Fact("imported_from", source=source, **sums),
            )
