"""Importing: the good lines of a spreadsheet become members and subscribers of one association.

No good line is lost for a bad one, and nobody suppressed becomes writable by it (P11). The lines
are read in a thread, a group at a time: neither memory nor anybody's patience grows with the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Generic, TypeVar

from communique.desk import Desk, consenting
from communique.desk.stepping import report
from communique.domain import when
from communique.domain.actor import Actor
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import (
    Admission,
    Admitted,
    BadLine,
    Contact,
    Duplicate,
    Entry,
    Subscriber,
    Subscription,
)
from communique.errors import NotAllowed
from communique.ports import Transaction

GROUP = 500  # lines admitted in one transaction: short enough that no sender waits
KEPT = 1000  # bad lines held in memory (P9); `bad_lines` has all

One = TypeVar("One")
Line = Entry | BadLine | Duplicate


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import to be made: whose people, onto which lists, and what day it is for them."""

    association: Association
    lists: tuple[str, ...]
    today: date


@dataclass(slots=True)
class Some(Generic[One]):
    """How many there were, and the first of them."""

    count: int = 0
    first: list[One] = field(default_factory=list)

    def add(self, one: One) -> None:
        """Count one, and keep it if few came before."""
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(one)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a spreadsheet: its good lines, and what was wrong with the others."""

    admitted: Admitted
    bad: Some[BadLine]
    duplicates: Some[Duplicate]


async def wanted(desk: Desk, actor: Actor, association: str, list_keys: Sequence[str]) -> Wanted:
    """What an import onto these lists is to know, or onto the association's only list.

    Raises NotFound for a list that is not declared, NotAllowed if a choice is needed.
    """
    async with desk.store.read() as transaction:
        host = await transaction.associations.get(actor.scope, association)
    today = when.day(desk.clock.now(), host.time_zone)
    return Wanted(host, _require_lists(host, list_keys), today)


def _require_lists(association: Association, list_keys: Sequence[str]) -> tuple[str, ...]:
    if list_keys:
        return tuple(association.list_named(key).key for key in list_keys)
    if len(association.lists) == 1:
        return (association.lists[0].key,)
    known = [one.key for one in association.lists]
    raise NotAllowed("list_not_chosen", association=association.key, known=known)


async def bad_lines(sheet: Iterable[Line]) -> AsyncIterator[BadLine]:
    """Every bad line of a spreadsheet, which is read for it from its top. Changes nothing."""
    async for group in _groups(sheet):
        for one in group:
            if isinstance(one, BadLine):
                yield one


async def import_lines(
    desk: Desk,
    actor: Actor,
    association: str,
    list_keys: Sequence[str],
    lines: Iterable[Line],
    source: str,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Admit a roster's good lines to lists. Admitting the same again changes nothing.

    Each group of lines is one transaction, after which `progress` hears how many of them were good.
    An entry that names its own lists goes to those. It is one event in the association's audit.
    """
    bad: Some[BadLine] = Some()
    duplicates: Some[Duplicate] = Some()
    total = Admitted()
    try:
        async for group in _groups(lines):
            good = []
            for one in group:
                match one:
                    case BadLine():
                        bad.add(one)
                    case Duplicate():
                        duplicates.add(one)
                    case Entry():
                        good.append(one)
            if good:
                total += await _admit(
                    desk, actor, association, list_keys, good, source, dry_run=dry_run
                )
            progress(len(good))
    except BaseException:  # what is in by then stays, and who brought it is known
        if not dry_run and total != Admitted():
            await _say_imported(desk, actor, association, f"{source}, broken off: {_sums(total)}")
        raise
    if not dry_run:
        await _say_imported(desk, actor, association, f"{source}: {_sums(total)}")
    return Imported(total, bad, duplicates)


async def _groups(lines: Iterable[Line]) -> AsyncIterator[list[Line]]:
    """What a spreadsheet says, some lines at a time, parsed in a thread."""
    reader = iter(lines)
    while group := await _in_a_thread(lambda: list(islice(reader, GROUP))):
        yield group


async def _in_a_thread(act: Callable[[], list[Line]]) -> list[Line]:
    """Have it done there. Whoever breaks off waits for it: no file is closed under its reader."""
    reading = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        raise


async def _say_imported(desk: Desk, actor: Actor, association: str, why: str) -> None:
    async with desk.store.begin() as transaction:
        subject = Subject(SubjectKind.ASSOCIATION, association)
        await report(
            desk, transaction, subject, Verb.IMPORT, actor, association=association, why=why
        )


def _sums(one: Admitted) -> str:
    return f"{one.added} added, {one.changed} changed, {one.unchanged} unchanged"


class _DryRun(Exception):
    """Undoes what a dry run wrote to learn what it would change."""


async def _admit(
    desk: Desk,
    actor: Actor,
    association: str,
    list_keys: Sequence[str],
    entries: Sequence[Entry],
    source: str,
    *,
    dry_run: bool,
) -> Admitted:
    admitted = Admitted()
    try:
        async with desk.store.begin() as transaction:
            host = await transaction.associations.get(actor.scope, association)
            today = when.day(desk.clock.now(), host.time_zone)
            entries, erased = await _unerased(desk, transaction, actor, association, entries)
            since = await transaction.subscribers.known_since(
                actor.scope, association, [one.subscriber.address.key for one in entries]
            )
            admissions = []
            for entry in entries:
                subscriptions = []
                for key in entry.lists or list_keys:
                    basis = host.list_named(key).basis
                    known = since.get((entry.subscriber.address.key, key))
                    start = entry.consent_since or known or entry.member.since or today
                    subscriptions.append(Subscription(key, basis, start))
                admissions.append(Admission(entry, tuple(subscriptions)))
            admitted = await transaction.subscribers.admit(
                association, admissions, actor, source, desk.clock.now()
            )
            admitted += Admitted(erased=erased)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return admitted


async def _unerased(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: str,
    entries: Sequence[Entry],
) -> tuple[Sequence[Entry], int]:
    """Those who were not erased, and how many were: nothing of these is taken in again (P11)."""
    marks = {
        mark: entry
        for entry in entries
        for mark in consenting.erased_marks(desk, association, entry.subscriber.address.key)
    }
    kept = await transaction.suppressions.of(actor.scope, association, marks)
    erased = {marks[one.address_key].subscriber.address.key for one in kept}
    left = [one for one in entries if one.subscriber.address.key not in erased]
    return left, len(entries) - len(left)


def as_entry(contact: Contact) -> Entry:
    """A subscriber as a line of a roster: admitting it again changes nothing."""
    person = Subscriber(
        parse(contact.address),
        contact.given_name,
        contact.family_name,
        contact.language,
        contact.role,
    )
    return Entry(0, contact.member, person, contact.lists, suppressions=contact.suppressions)
