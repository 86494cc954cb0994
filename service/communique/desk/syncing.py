"""Syncing: what files declare of associations, lists and agreements becomes the store's.

Nothing is ever removed by it, and no people are touched: those are owned by the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from communique.desk import Desk, access, agreeing, inspecting, staffing
from communique.desk.stepping import report
from communique.desk.trying import trying
from communique.domain.actor import SERVICE, Actor
from communique.domain.association import (
    Agreement,
    Association,
    ListDefinition,
    appended,
    to_document,
)
from communique.domain.consent import Longer
from communique.domain.event import Subject, SubjectKind, Verb
from communique.errors import CommuniqueError, NotAllowed
from communique.facts import Fact, Why
from communique.ports import Transaction

KEEP = "keep"  # what no file declares any more stays
KEEP_THEIRS = Fact("releases_keep_theirs")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a sync adds or changes."""

    verb: str  # add, change, append, keep, remove
    what: Fact
    detail: Why = ""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync added or changed, and which releases are no longer what was submitted by it."""

    changes: Sequence[Change]
    voids: Mapping[str, Sequence[str]]  # what differs, by the release's key
    cuts: Sequence[CommuniqueError]  # releases that find their agreement not in force by it


async def sync(
    desk: Desk,
    actor: Actor,
    associations: Sequence[Association],
    agreements: Sequence[Agreement],
    *,
    dry_run: bool = False,
    revive: bool = False,
) -> Synced:
    """Make the store's definitions those of the files; what changed, or would with `dry_run`.

    All or nothing. What a file no longer defines is kept, and said: its people are owned here.
    Only nobody works any more for an association without a folder.
    Raises NotAllowed, in a dry run as well, if an agreement lost a term; and if a list's new basis
    makes consent hold again that had lapsed, unless that may `revive`.
    """
    access.require_operator(actor)
    before = await inspecting.changed(desk, actor)
    cuts = await agreeing.cut_off_by(desk, actor, agreements)
    changes = await _sync(desk, actor, associations, agreements, dry_run=dry_run, revive=revive)
    after = await inspecting.changed(desk, actor)
    voids = {key: differing for key, differing in after.items() if differing != before.get(key)}
    return Synced(changes, voids, cuts)


async def _sync(
    desk: Desk,
    actor: Actor,
    associations: Sequence[Association],
    agreements: Sequence[Agreement],
    *,
    dry_run: bool,
    revive: bool,
) -> list[Change]:
    async with trying(desk, dry_run=dry_run) as transaction:
        await transaction.associations.hold()
        before = {one.key: one for one in await transaction.associations.all(SERVICE.scope)}
        agreements_before = {
            one.key: one for one in await transaction.associations.agreements(SERVICE.scope)
        }
        changes: list[Change] = []
        said: dict[Subject, list[Change]] = {}
        now = desk.clock.now()
        again: dict[str, int] = {}
        for association in associations:
            was = before.get(association.key)
            # Of whom consent would hold again, only the change itself tells.
            longer = await transaction.associations.save(association, now)
            again |= {f"{association.key}/{key}": one.again for key, one in longer.items()}
            subject = Subject(SubjectKind.ASSOCIATION, association.key)
            said[subject] = _association_changes(was, association, longer)
        if any(again.values()) and not (dry_run or revive):
            raise NotAllowed(
                "basis_revives",
                count=sum(again.values()),
                lists=[key for key, count in again.items() if count],
            )
        for agreement in agreements:
            subject = Subject(SubjectKind.AGREEMENT, agreement.key)
            said[subject] = _agreement_changes(agreements_before.get(agreement.key), agreement)
        for association in associations:
            subject = Subject(SubjectKind.ASSOCIATION, association.key)
            said[subject] = await _with_users(transaction, association.key, said[subject])
        changes += [one for each in said.values() for one in each]
        changes += [
            Change(KEEP, _association(key), Fact("declared_by_no_folder"))
            for key in sorted(before.keys() - {one.key for one in associations})
        ]
        changes += [
            Change(KEEP, _agreement(key), Fact("terms_run_on"))
            for key in sorted(agreements_before.keys() - {one.key for one in agreements})
        ]
        if not dry_run:
            for agreement in agreements:
                await transaction.associations.save_agreement(agreement, now)
            for association in associations:
                await staffing.declare(desk, transaction, actor, association)
            for key in before.keys() - {one.key for one in associations}:
                await staffing.close(desk, transaction, actor, key)
            for subject, made in said.items():
                await _say_synced(desk, transaction, actor, subject, made)
        return changes


async def _with_users(
    transaction: Transaction, association: str, changes: Sequence[Change]
) -> list[Change]:
    """The changes, those of an audience with the releases ahead that were filed with it."""
    if all(one.detail != KEEP_THEIRS for one in changes):
        return list(changes)
    users: dict[str, list[str]] = {}
    last = None
    while page := await transaction.releases.page(
        SERVICE.scope, after=last, limit=inspecting.PAGE, states=inspecting.AHEAD
    ):
        for release in page:
            for one in release.audiences:
                if one.use and one.association == association:
                    users.setdefault(one.use, []).append(release.key)
        last = page[-1].id
    return [_used(one, users) for one in changes]


def _used(one: Change, users: Mapping[str, Sequence[str]]) -> Change:
    if one.detail != KEEP_THEIRS or not (keys := users.get(str(one.what.fields["key"]))):
        return one
    return replace(one, detail=Fact("releases_keep_theirs_still", releases=sorted(keys)))


async def _say_synced(
    desk: Desk, transaction: Transaction, actor: Actor, subject: Subject, changes: Sequence[Change]
) -> None:
    """Write down what became of one thing that files declare, if anything did."""
    did = [
        Fact(
            "synced_change",
            verb=one.verb,
            what=one.what,
            detail=one.detail or Fact("as_declared"),
        )
        for one in changes
    ]
    if any(one.verb != KEEP for one in changes):
        whose = subject.key if subject.kind is SubjectKind.ASSOCIATION else None
        await report(
            desk,
            transaction,
            subject,
            Verb.SYNC,
            actor,
            association=whose,
            why=Fact("for_each_of", each=did),
        )


def _association(key: str) -> Fact:
    return Fact("declared_association", key=key)


def _agreement(key: str) -> Fact:
    return Fact("declared_agreement", key=key)


def _list(association: str, key: str) -> Fact:
    return Fact("declared_list", association=association, key=key)


def _audience(association: str, key: str) -> Fact:
    return Fact("declared_audience", association=association, key=key)


def _association_changes(
    before: Association | None, now: Association, longer: Mapping[str, Longer]
) -> list[Change]:
    if before is None:
        lists = Fact("with_lists", lists=[one.key for one in now.lists])
        return [Change("add", _association(now.key), lists)]
    old, new = to_document(before), to_document(now)
    apart = ("lists", "audiences")
    changed = [name for name in new if name not in apart and old[name] != new[name]]
    changes = [Change("change", _association(now.key), ", ".join(changed))] if changed else []
    old_lists = {one.key: one for one in before.lists}
    for one in now.lists:
        if one.key not in old_lists:
            changes.append(Change("add", _list(now.key, one.key)))
        elif one != old_lists[one.key]:
            detail = _list_changed(old_lists[one.key], one, longer.get(one.key, Longer()))
            changes.append(Change("change", _list(now.key, one.key), detail))
    gone = sorted(old_lists.keys() - {one.key for one in now.lists})
    changes += [Change(KEEP, _list(now.key, key), Fact("declared_no_more")) for key in gone]
    return [*changes, *_audience_changes(before, now)]


def _list_changed(before: ListDefinition, now: ListDefinition, longer: Longer) -> Why:
    """Which of its fields, and of how many people that makes the consent hold longer."""
    changed = ", ".join(
        one.name for one in fields(now) if getattr(before, one.name) != getattr(now, one.name)
    )
    if before.basis is now.basis:
        return changed
    return Fact(
        "list_basis_changed",
        fields=changed,
        before=before.basis.value,
        now=now.basis.value,
        people=longer.people,
        again=longer.again,
    )


def _audience_changes(before: Association, now: Association) -> Iterator[Change]:
    """What becomes of audiences that are kept by name: they own nobody, so they can go."""
    old = {one.key: one for one in before.audiences}
    for one in now.audiences:
        was = old.pop(one.key, None)
        if was is None:
            yield Change("add", _audience(now.key, one.key))
        elif was != one:
            yield Change("change", _audience(now.key, one.key), KEEP_THEIRS)
    for key in old:
        yield Change("remove", _audience(now.key, key), KEEP_THEIRS)


def _agreement_changes(before: Agreement | None, now: Agreement) -> list[Change]:
    if before is None:
        return [Change("add", _agreement(now.key), Fact("with_terms", count=len(now.terms)))]
    changes = []
    if (dict(before.names), before.parties) != (dict(now.names), now.parties):
        changes.append(Change("change", _agreement(now.key)))
    if before.ended != now.ended:
        ends = Fact("ends_on", day=str(now.ended)) if now.ended else Fact("ends_early_no_more")
        changes.append(Change("change", _agreement(now.key), ends))
    changes += [
        Change(
            "append",
            _agreement(now.key),
            Fact("with_term", starts=str(one.starts), ends=str(one.ends)),
        )
        for one in appended(before, now)
    ]
    return changes
