"""Entering: the people of a spreadsheet come in, a page of them at a time, by their address.

Of most of them one line speaks, whose company is here: they are new (`adding`) or stay as they are
(`staying`), and nothing is made of that line. Only of the others are all lines looked at, and
weighed (`admitting`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from communique.desk import (
    adding,
    admitting,
    amending,
    companies,
    following,
    hearing,
    placing,
    refusing,
    staying,
    succeeding,
)
from communique.desk.piecemeal import in_a_thread, to_its_end
from communique.desk.underway import GROUP, Underway
from communique.domain.consent import EarlyNo
from communique.domain.member import Admitted, Company, KnownPerson
from communique.domain.plain import Page, Plain, Single, entry
from communique.ports import Transaction

Lines = Sequence[Sequence[Plain]]  # of each person, all that the file has


async def enter(work: Underway) -> None:
    """Add and change the people, and give them their places on lists."""
    pages = iter(work.gathering.people(GROUP))
    while page := await in_a_thread(lambda: next(pages, None)):
        await _enter(work, page)


async def _enter(work: Underway, page: Page) -> None:
    others, beyond = await in_a_thread(partial(_lines, work, page.others))
    work.found.duplicates.count += beyond
    work.found.done += beyond
    singles: Sequence[Single] = page.singles
    for people in refusing.apart(others):
        await to_its_end(_take_in(work, singles, people))
        singles = ()
        work.advance()


async def _take_in(work: Underway, singles: Sequence[Single], people: Lines) -> None:
    async with work.taking_in() as transaction:
        scope, key = work.actor.scope, work.association
        keys = [*(one.key for one in singles), *(lines[0].key for lines in people)]
        moves = await transaction.subscribers.moved(scope, key, keys)
        if moves and singles:
            people, singles = [*people, *await _of(work, singles)], ()
        people, followed = following.overtaken(moves, people)
        if followed:
            keys = [lines[0].key for lines in people]
        some = await transaction.suppressions.any(scope, key)
        erased: Collection[str] = ()
        if some:
            erased = await refusing.erased(work.desk, transaction, work.actor, key, keys)
            people = [lines for lines in people if lines[0].key not in erased]
            singles = [one for one in singles if one.key not in erased]
            keys = [one for one in keys if one not in erased]
        known = await transaction.subscribers.known(scope, key, keys)
        barred = await transaction.suppressions.of(scope, key, keys) if some else ()
        suppressed = {one.address_key for one in barred}
        kept = await refusing.early(transaction, work.actor, key, keys)
        here = [one for one in singles if one.key in known]
        stay, changed = await in_a_thread(
            partial(staying.apart, work.rules, here, known, suppressed)
        )
        if changed:
            people = [*people, *await _of(work, [one for one in here if one.key in changed])]
        group = await _group(work, transaction, people, known, suppressed, kept)
        new = [one for one in singles if one.key not in known]
        decided = await in_a_thread(partial(_decide, work, group, new))
        decided.admitted += stay + Admitted(erased=len(erased))
        decided.lines += stay.unchanged
        if not work.dry_run:
            await _write(work, transaction, decided, kept)
    found = work.found
    found.admitted += decided.admitted
    found.done += decided.lines
    work.note(found.followed, followed)
    work.note(found.bad, decided.bad)
    work.note(found.duplicates, admitting.repeated(people, decided))
    work.note(found.refusals, decided.refusals)
    await work.noted(decided.differences, decided.revived, decided.doubts)


def _lines(work: Underway, keys: Collection[str]) -> tuple[Lines, int]:
    return work.gathering.lines(keys, noting=work.noting)


async def _of(work: Underway, singles: Iterable[Single]) -> Lines:
    lines, _ = await in_a_thread(partial(_lines, work, [one.key for one in singles]))
    return lines


async def _group(
    work: Underway,
    transaction: Transaction,
    people: Lines,
    known: Mapping[str, KnownPerson],
    suppressed: Collection[str],
    kept: Sequence[EarlyNo],
) -> admitting.Group:
    """All that has to be known of people whose lines are weighed."""
    if not people:
        return admitting.Group((), {}, {}, {}, {}, suppressed)
    keys = {key for lines in people for one in lines if (key := one.company)}
    keyed = await in_a_thread(partial(work.gathering.companies, keys))
    known = {key: one for lines in people if (one := known.get(key := lines[0].key))}
    named = await _companies_of(work, transaction, people, known)
    here = await _here(work, transaction, list(known.values()), keyed.values())
    early: dict[str, set[hearing.Part]] = {}
    for no in kept:
        early.setdefault(no.address_key, set()).add((no.extent, no.list_key))
    return admitting.Group(
        people, placing.by_now(known, here), keyed, here, named, suppressed, early
    )


def _decide(work: Underway, group: admitting.Group, new: Iterable[Single]) -> admitting.Decided:
    successors, others = succeeding.apart(work.rules, group)
    decided = admitting.decide(work.rules, replace(group, people=others))
    succeeding.decide(work.rules, group, successors, decided)
    adding.decide(work.rules, new, group.suppressed, decided)
    return decided


async def _write(
    work: Underway, transaction: Transaction, decided: admitting.Decided, kept: Sequence[EarlyNo]
) -> None:
    desk, actor, key, source = work.desk, work.actor, work.association, work.source
    told = (desk, transaction, actor, work.rules.association, source)
    await succeeding.take_off(*told, decided)
    await transaction.subscribers.admit(
        key, decided.admissions, decided.newcomers, actor, source, desk.clock.now()
    )
    await amending.tell(desk, transaction, actor, key, source, decided.admissions)
    await succeeding.tell(*told, decided)
    await refusing.recall(*told[:-1], kept)
    await refusing.say_noes(*told, decided.noes)


async def _companies_of(
    work: Underway, transaction: Transaction, people: Lines, known: Collection[str]
) -> dict[str, Company]:
    """The companies that are to have people who are new, and whose lines name none."""
    nobodys = [
        entry(spoken[0]).subscriber
        for lines in people
        if (spoken := admitting.spoken(lines))
        and lines[0].key not in known
        and not any(one.company for one in spoken)
    ]
    names = sorted({admitting.company_for(work.rules, one) for one in nobodys} - {""})
    if not names:
        return {}
    there, missing = await companies.by_name(transaction, work.actor, work.association, names)
    ids = (
        work.foresee(missing.values())
        if work.dry_run
        else await transaction.members.add(work.association, list(missing.values()))
    )
    return {
        **there,
        **{name: companies.company(ids[one.reference], one) for name, one in missing.items()},
    }


async def _here(
    work: Underway,
    transaction: Transaction,
    known: Collection[KnownPerson],
    keyed: Iterable[Company],
) -> dict[int, Company]:
    """The companies of known people, as they are by now."""
    if not known:
        return {}
    found = {one.id: one for one in keyed if one.id is not None}
    missing = {one.member_id for one in known} - found.keys()
    found |= await in_a_thread(partial(work.gathering.settled, missing))
    missing -= found.keys()
    theirs = await transaction.members.by_id(work.actor.scope, work.association, missing)
    return {**{key: companies.company(key, one.member) for key, one in theirs.items()}, **found}
