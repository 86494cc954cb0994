"""Importing: the good lines of a spreadsheet become members and subscribers of one association.

The whole of it is read before any of it is taken in: what several lines say of one company or
person is one, whatever their order. Then its companies are settled, and then its people, each a
group at a time. No good line is lost for a bad one, and nobody becomes writable in silence (P11).
Files are read in a thread: neither memory nor anybody's patience grows with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing, suppress
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from functools import partial

from communique.desk import (
    Desk,
    access,
    adding,
    admitting,
    amending,
    companies,
    following,
    hearing,
    matching,
    placing,
    recognising,
    refusing,
    staying,
    succeeding,
)
from communique.desk.admitting import Rules
from communique.desk.piecemeal import in_a_thread, in_groups, to_its_end
from communique.desk.stepping import report
from communique.desk.trying import taking_in
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.finding import Finding, Kind, finding
from communique.domain.imported import Found, Imported, Some
from communique.domain.member import (
    Admitted,
    BadLine,
    Company,
    Entry,
    KnownPerson,
    Member,
    OtherName,
    Statement,
)
from communique.domain.plain import Plain, entry, plain
from communique.errors import CommuniqueError
from communique.facts import Fact
from communique.ports import Gathering, Transaction

GROUP = 1000  # people or companies taken in by one transaction: short enough that no sender waits

Line = Plain | Entry | BadLine


@dataclass(frozen=True, slots=True)
class Choices:
    """What an import was asked for, beside the usual."""

    revive: bool = False  # consent that has lapsed holds again where the file says so
    company: str = ""  # of somebody new whose lines name none
    alone: bool = False  # such a person is a member in their own name
    match: bool = False  # who is on these lists and not in the file leaves them
    other_name: OtherName | None = None  # who has quite another name here; None: not known
    at_most: int | None = None  # of each list, how many; None: a third of it
    foresee: bool = False  # what contradicts itself is known before anything is changed


def _ignore(_: object) -> None: ...


async def import_lines(
    desk: Desk,
    actor: Actor,
    association: str,
    list_keys: Sequence[str],
    lines: Iterable[Line],
    source: str,
    choices: Choices = Choices(),
    *,
    dry_run: bool = False,
    findings: Callable[[Finding], None] = _ignore,
    foreseen: Callable[[Imported], None] = _ignore,
    progress: Callable[[Imported], None] = _ignore,
) -> Imported:
    """Admit a roster's good lines to lists. Admitting the same again changes nothing.

    `progress` hears after each group how far it is, and `findings` all that is to be told of lines
    and people. `foreseen` hears once that the whole is read, before anything is changed: if it
    raises, nothing is. It hears what a dry run would tell, where it is to `foresee` so much. An
    entry that names its own lists goes to those. It is one event in the association's audit, which
    also tells of an import that was broken off.
    """
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
    access.require(actor, Permission.EDIT, association)
    rules = Rules(
        owner,
        tuple(list_keys),
        when.day(desk.clock.now(), owner.time_zone),
        choices.revive,
        choices.company,
        choices.alone,
        choices.other_name,
    )
    with closing(desk.store.gathering()) as gathering:
        work = _Import(desk, actor, rules, gathering, source, progress, dry_run=dry_run)
        try:
            await work.read(lines)
            await following.follow(desk, actor, owner.key, gathering, work.found)
            if choices.match:
                await matching.foresee(
                    *(desk, actor, rules, gathering, work.found), choices.at_most, dry_run=dry_run
                )
            await recognising.recognise(desk, actor, owner.key, gathering, work.found)
            foreseen(await work.tried() if choices.foresee and not dry_run else work.found)
            await work.settle_companies()
            await work.take_people_in()
            if choices.match and not dry_run:
                await matching.take_off(desk, actor, rules, gathering, work.found, source)
        except BaseException:  # what is in by then stays, and who brought it is known
            with suppress(CommuniqueError):
                if work.found.done and not dry_run:
                    await work.say(broken_off=True)
                await work.tell(findings)
            raise
        await work.tell(findings)
        if not dry_run:
            await work.say()
    for some in (work.found.bad, work.found.duplicates):
        some.first.sort(key=lambda one: one.line)
    return work.found


class _Import:
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
        self._desk = desk
        self._actor = actor
        self._rules = rules
        self._key = rules.association.key
        self._gathering = gathering
        self._source = source
        self._dry_run = dry_run
        self._pending: list[Finding] = []
        self._progress = progress
        self._trial = False
        self._foreseen = 0  # companies that a dry run adds have no number, so it gives them one

    async def read(self, lines: Iterable[Line]) -> None:
        """Read the whole of it; nothing is changed."""
        async for group in in_groups(lines, GROUP):
            bad = [one for one in group if isinstance(one, BadLine)]
            good = [one for one in group if not isinstance(one, BadLine)] if bad else group
            self._note(self.found.bad, bad)
            heard = [one.heard for one in bad if one.heard]
            await in_a_thread(partial(self._keep, [*good, *heard]))
            self.found.good += len(good)
            await self._noted()
            self._progress(self.found)

    def _keep(self, good: Iterable[Plain | Entry]) -> None:
        self._gathering.add(plain(one) if isinstance(one, Entry) else one for one in good)

    async def tried(self) -> Imported:
        """What would come of it, beside what was found so far; nothing is changed, or noted."""
        trial = copy(self)
        trial._dry_run = trial._trial = True
        trial._progress = _ignore
        trial.found, trial._pending = deepcopy(self.found), []
        await trial.settle_companies()
        await trial.take_people_in()
        return trial.found

    async def settle_companies(self) -> None:
        """Find, add and change the companies, so that people have one to belong to."""
        store = self._desk.store
        async for group in in_groups(self._gathering.numbered(), GROUP):
            async with store.read() as transaction:
                named = await companies.name_numbers(transaction, self._actor, self._key, group)
            await in_a_thread(partial(self._gathering.name, named))
        await in_a_thread(self._gathering.number)
        for statements, settle in (
            (self._gathering.numbered, companies.numbered),
            (self._gathering.unnumbered, companies.unnumbered),
        ):
            async for group in in_groups(statements(), GROUP):
                await to_its_end(self._settle(settle, group))

    async def _settle(self, settle: companies.Settle, group: Sequence[Sequence[Statement]]) -> None:
        async with taking_in(self._desk, self._key, dry_run=self._dry_run) as transaction:
            decided = await settle(
                transaction,
                self._actor,
                self._gathering,
                group,
                self._rules,
            )
            if self._dry_run:
                companies.foresee(decided, self._numbers(decided.added.values()))
            else:
                await companies.write(transaction, self._key, decided)
        await in_a_thread(lambda: self._gathering.found(decided.companies.items()))
        await self._noted(decided)

    async def take_people_in(self) -> None:
        """Add and change the people, and give them their places on lists."""
        async for group in in_groups(self._gathering.people(), GROUP):
            for people in refusing.apart(group):
                await to_its_end(self._take_in(people))
                self._progress(self.found)

    async def _take_in(self, people: Sequence[Sequence[Plain]]) -> None:
        keys = {key for lines in people for one in lines if (key := one.company)}
        keyed = await in_a_thread(lambda: self._gathering.companies(keys))
        async with taking_in(self._desk, self._key, dry_run=self._dry_run) as transaction:
            scope, key = self._actor.scope, self._key
            people, followed = await following.overtaken(transaction, self._actor, key, people)
            there = len(people)
            some = await transaction.suppressions.any(scope, key)
            if some:
                people = await refusing.unerased(self._desk, transaction, self._actor, key, people)
            erased = there - len(people)
            addresses = [lines[0].key for lines in people]
            known = await transaction.subscribers.known(scope, key, addresses)
            barred = await transaction.suppressions.of(scope, key, addresses) if some else ()
            suppressed = {one.address_key for one in barred}
            kept = await refusing.early(transaction, self._actor, key, addresses)
            early: dict[str, set[hearing.Part]] = {}
            for one in kept:
                early.setdefault(one.address_key, set()).add((one.extent, one.list_key))
            new, others = adding.apart(people, known, keyed)
            named = await self._companies_of(transaction, others, known)
            here = await self._here(transaction, list(known.values()), keyed.values())
            group = admitting.Group(
                others, placing.by_now(known, here), keyed, here, named, suppressed, early
            )
            decided = await in_a_thread(partial(self._decide, group, new))
            if not self._dry_run:
                await transaction.subscribers.admit(
                    *(key, decided.admissions, decided.newcomers),
                    *(self._actor, self._source, self._desk.clock.now()),
                )
                await amending.tell(
                    self._desk, transaction, self._actor, key, self._source, decided.admissions
                )
                told = (self._desk, transaction, self._actor, self._rules.association, self._source)
                await succeeding.write(*told, decided)
                await refusing.recall(*told[:-1], kept)
                await refusing.say_noes(*told, decided.noes)
        found = self.found
        found.admitted += decided.admitted + Admitted(erased=erased)
        found.done += decided.lines
        self._note(found.followed, followed)
        self._note(found.bad, decided.bad)
        self._note(
            found.duplicates,
            list(admitting.repeated(others, decided)),
        )
        await self._noted(decided)

    def _decide(self, group: admitting.Group, new: Iterable[adding.New]) -> admitting.Decided:
        stay, others = staying.apart(self._rules, group)
        successors, others = succeeding.apart(self._rules, replace(group, people=others))
        decided = admitting.decide(self._rules, replace(group, people=others))
        succeeding.decide(self._rules, group, successors, decided)
        decided.admitted += stay
        decided.lines += stay.unchanged
        adding.decide(self._rules, new, group.suppressed, decided)
        return decided

    async def _companies_of(
        self,
        transaction: Transaction,
        people: Iterable[Sequence[Plain]],
        known: Collection[str],
    ) -> dict[str, Company]:
        """The companies that are to have people who are new, and whose lines name none."""
        nobodys = [
            entry(spoken[0]).subscriber
            for lines in people
            if (spoken := admitting.spoken(lines))
            and lines[0].key not in known
            and not any(one.company for one in spoken)
        ]
        names = sorted({admitting.company_for(self._rules, one) for one in nobodys} - {""})
        if not names:
            return {}
        known, missing = await companies.by_name(transaction, self._actor, self._key, names)
        ids = (
            self._numbers(missing.values())
            if self._dry_run
            else await transaction.members.add(self._key, list(missing.values()))
        )
        return {
            **known,
            **{name: companies.company(ids[one.reference], one) for name, one in missing.items()},
        }

    async def _here(
        self,
        transaction: Transaction,
        known: Collection[KnownPerson],
        keyed: Iterable[Company],
    ) -> dict[int, Company]:
        """The companies of known people, as they are by now."""
        if not known:
            return {}
        found = {one.id: one for one in keyed if one.id is not None}
        missing = {one.member_id for one in known} - found.keys()
        found |= await in_a_thread(lambda: self._gathering.settled(missing))
        missing -= found.keys()
        theirs = await transaction.members.by_id(self._actor.scope, self._key, missing)
        return {**{key: companies.company(key, one.member) for key, one in theirs.items()}, **found}

    def _numbers(self, members: Iterable[Member]) -> dict[str, int]:
        numbers = {}
        for one in members:
            self._foreseen -= 1
            numbers[one.reference] = self._foreseen
        return numbers

    def _note(self, some: Some[Found], ones: Iterable[Found], kind: Kind = Kind.CHANGE) -> None:
        for one in ones:
            some.add(one)
            self._pending.append(finding(one, kind))

    async def _noted(self, decided: companies.Decided | admitting.Decided | None = None) -> None:
        """Keep what there is to tell until the end."""
        if decided:
            self._note(self.found.doubts, decided.doubts)
            if isinstance(decided, admitting.Decided):
                self._note(self.found.refusals, decided.refusals)
            self._note(self.found.differences, decided.differences)
            self._note(self.found.revived, decided.revived, Kind.LAPSED)
        pending, self._pending = self._pending, []
        if not self._trial:
            await in_a_thread(partial(self._gathering.note, pending))

    async def tell(self, findings: Callable[[Finding], None]) -> None:
        """Tell all of it, in order."""
        async for group in in_groups(self._gathering.noted(), GROUP):
            for one in group:
                findings(one)

    async def say(self, *, broken_off: bool = False) -> None:
        """Write down who brought what, and what came of it."""
        one = self.found.admitted
        sums = {"added": one.added, "changed": one.changed, "unchanged": one.unchanged}
        off = [
            Fact("left_list", count=each.left, list=each.list_key) for each in self.found.matched
        ]
        source = Fact("source_broken_off", source=self._source) if broken_off else self._source
        subject = Subject(SubjectKind.ASSOCIATION, self._key)
        async with self._desk.store.begin() as transaction:
            await report(
                self._desk,
                transaction,
                subject,
                Verb.IMPORT,
                self._actor,
                association=self._key,
                why=Fact("imported_matching", source=source, left=off, **sums)
                if off
                else Fact("imported_from", source=source, **sums),
            )
