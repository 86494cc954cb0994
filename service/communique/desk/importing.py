"""Importing: the good lines of a spreadsheet become members and subscribers of one association.

The whole of it is read before any of it is taken in: what several lines say of one company or
person is one, whatever their order. Then its companies are settled, and then its people, each a
group at a time. No good line is lost for a bad one, and nobody becomes writable in silence (P11).
Files are read in a thread: neither memory nor anybody's patience grows with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice

from communique.desk import (
    Desk,
    access,
    companies,
    entering,
    following,
    matching,
    recognising,
)
from communique.desk.admitting import Rules
from communique.desk.piecemeal import in_a_thread, in_groups, to_its_end
from communique.desk.underway import GROUP, Underway
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.finding import Finding
from communique.domain.imported import Imported
from communique.domain.member import BadLine, Entry, OtherName, Statement
from communique.domain.plain import Plain, plain
from communique.errors import CommuniqueError
from communique.ports import Gathering

Line = Plain | Entry | BadLine


@dataclass(frozen=True, slots=True)
class Choices:
    """What an import was asked for, beside the usual."""

    revive: bool = False  # consent that has lapsed holds again where the file says so
    company: str = ""  # of somebody new whose lines name none
    alone: bool = False  # such a person is a member in their own name
    match: bool = False  # who is on these lists and not in the file leaves them
    other_name: OtherName | None = None  # who has quite another name here; None: not known
    at_most: int | Mapping[str, int] | None = None  # of each list; of none: a third of it
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
        work = Underway(desk, actor, rules, gathering, source, progress, dry_run=dry_run)
        try:
            await _read(work, lines)
            await following.follow(desk, actor, owner.key, gathering, work.found)
            if choices.match:
                await matching.foresee(
                    *(desk, actor, rules, gathering, work.found), choices.at_most, dry_run=dry_run
                )
            await recognising.recognise(desk, actor, owner.key, gathering, work.found)
            foreseen(await _tried(work) if choices.foresee and not dry_run else work.found)
            await _settle_companies(work)
            await entering.enter(work)
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


async def _read(work: Underway, lines: Iterable[Line]) -> None:
    """Read the whole of it; nothing is changed."""
    reader = iter(lines)
    while some := await in_a_thread(lambda: _keep(work.gathering, list(islice(reader, GROUP)))):
        good, bad = some
        work.note(work.found.bad, bad)
        work.found.good += good
        await work.noted()
        work.advance()


def _keep(gathering: Gathering, some: Sequence[Line]) -> tuple[int, list[BadLine]] | None:
    """Keep what some lines say: how many are good, and which are not. None for no line."""
    bad: list[BadLine] = []
    kept: list[Plain] = []
    for one in some:
        if isinstance(one, Plain):
            kept.append(one)
        elif isinstance(one, Entry):
            kept.append(plain(one))
        else:
            bad.append(one)
            if one.heard:
                kept.append(plain(one.heard))
    gathering.add(kept)
    return (len(some) - len(bad), bad) if some else None


async def _tried(work: Underway) -> Imported:
    """What would come of it, beside what was found so far; nothing is changed, or noted."""
    trial = work.trial()
    await _settle_companies(trial)
    await entering.enter(trial)
    return trial.found


async def _settle_companies(work: Underway) -> None:
    """Find, add and change the companies, so that people have one to belong to."""
    gathering = work.gathering
    async for group in in_groups(gathering.numbered(), GROUP):
        async with work.desk.store.read() as transaction:
            named = await companies.name_numbers(transaction, work.actor, work.association, group)
        await in_a_thread(partial(gathering.name, named))
    await in_a_thread(gathering.number)
    for statements, settle in (
        (gathering.numbered, companies.numbered),
        (gathering.unnumbered, companies.unnumbered),
    ):
        async for group in in_groups(statements(), GROUP):
            await to_its_end(_settle(work, settle, group))


async def _settle(
    work: Underway, settle: companies.Settle, group: Sequence[Sequence[Statement]]
) -> None:
    async with work.taking_in() as transaction:
        decided = await settle(transaction, work.actor, work.gathering, group, work.rules)
        if work.dry_run:
            companies.foresee(decided, work.foresee(decided.added.values()))
        else:
            await companies.write(transaction, work.association, decided)
    await in_a_thread(lambda: work.gathering.found(decided.companies.items()))
    await work.noted(decided.differences, decided.revived, decided.doubts)
