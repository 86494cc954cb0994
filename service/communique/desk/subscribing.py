"""Subscribing: declared lists and imported people in, and people's no, which always wins (P5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from communique.desk import Desk
from communique.domain import when
from communique.domain.address import parse
from communique.domain.association import Agreement, Association, appended, to_document
from communique.domain.delivery import SkipReason
from communique.domain.member import (
    Admission,
    Admitted,
    Contact,
    Entry,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionScope,
)
from communique.errors import Refused
from communique.ports import Transaction

GROUP = 500  # entries admitted in one transaction: short enough that no sender waits


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a sync adds or changes."""

    verb: str  # add, change, append, keep
    what: str
    detail: str = ""


async def sync(
    desk: Desk,
    associations: Sequence[Association],
    agreements: Sequence[Agreement],
    *,
    dry_run: bool = False,
) -> list[Change]:
    """Make the store's definitions those of the files; what changed, or would with `dry_run`.

    All or nothing. What a file no longer defines is kept, and said: its people are owned here.
    Raises Refused, in a dry run as well, if an agreement lost a term.
    """
    async with desk.store.begin() as transaction:
        before = {one.key: one for one in await transaction.associations.all()}
        agreements_before = {one.key: one for one in await transaction.associations.agreements()}
        changes: list[Change] = []
        now = desk.clock.now()
        for association in associations:
            changes += _association_changes(before.get(association.key), association)
        for agreement in agreements:
            changes += _agreement_changes(agreements_before.get(agreement.key), agreement)
        changes += [
            Change("keep", f"association {key}", "no folder declares it any more")
            for key in sorted(before.keys() - {one.key for one in associations})
        ]
        changes += [
            Change("keep", f"agreement {key}", "no longer declared; its terms run on")
            for key in sorted(agreements_before.keys() - {one.key for one in agreements})
        ]
        if not dry_run:
            for association in associations:
                await transaction.associations.save(association, now)
            for agreement in agreements:
                await transaction.associations.save_agreement(agreement, now)
        return changes


def _association_changes(before: Association | None, now: Association) -> list[Change]:
    if before is None:
        lists = ", ".join(one.key for one in now.lists) or "none"
        return [Change("add", f"association {now.key}", f"lists: {lists}")]
    old, new = to_document(before), to_document(now)
    changed = [name for name in new if name != "lists" and old[name] != new[name]]
    changes = [Change("change", f"association {now.key}", ", ".join(changed))] if changed else []
    old_lists = {one.key: one for one in before.lists}
    for one in now.lists:
        if one.key not in old_lists:
            changes.append(Change("add", f"list {now.key}/{one.key}"))
        elif one != old_lists[one.key]:
            changes.append(Change("change", f"list {now.key}/{one.key}"))
    gone = sorted(old_lists.keys() - {one.key for one in now.lists})
    changes += [Change("keep", f"list {now.key}/{key}", "no longer declared") for key in gone]
    return changes


def _agreement_changes(before: Agreement | None, now: Agreement) -> list[Change]:
    if before is None:
        return [Change("add", f"agreement {now.key}", f"{len(now.terms)} term(s)")]
    changes = []
    if (dict(before.names), before.parties) != (dict(now.names), now.parties):
        changes.append(Change("change", f"agreement {now.key}"))
    if before.ended != now.ended:
        detail = f"not in force from {now.ended} on" if now.ended else "no longer ends early"
        changes.append(Change("change", f"agreement {now.key}", detail))
    changes += [
        Change("append", f"agreement {now.key}", f"term {one.starts} – {one.ends}")
        for one in appended(before, now)
    ]
    return changes


async def import_entries(
    desk: Desk,
    association: str,
    list_keys: Sequence[str],
    entries: Iterable[Entry],
    source: str,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Admitted:
    """Admit a roster's good lines to lists. Admitting the same again changes nothing.

    Each group of lines is one transaction. An entry that names its own lists goes to those. Nobody
    suppressed becomes writable by being imported.
    """
    total = Admitted()
    group: list[Entry] = []

    async def flush() -> None:
        nonlocal total
        total += await _admit(desk, association, list_keys, group, source, dry_run=dry_run)
        progress(len(group))
        group.clear()

    for entry in entries:
        group.append(entry)
        if len(group) == GROUP:
            await flush()
    if group:
        await flush()
    return total


class _DryRun(Exception):
    """Undoes what a dry run wrote to learn what it would change."""


async def _admit(
    desk: Desk,
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
            host = await transaction.associations.get(association)
            today = when.day(desk.clock.now(), host.time_zone)
            since = await transaction.subscribers.known_since(
                association, [one.subscriber.address.key for one in entries]
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
                association, admissions, source, desk.clock.now()
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return admitted


async def subscribers(
    desk: Desk, association: str, list_key: str | None = None, member: str | None = None
) -> AsyncIterator[Contact]:
    """One association's subscribers, streamed."""
    async with desk.store.read() as transaction:
        host = await transaction.associations.get(association)
        if list_key:
            host.list_named(list_key)
        async for contact in transaction.subscribers.all(association, list_key, member):
            yield contact


async def subscriber(desk: Desk, association: str, address: str) -> Contact | None:
    """Who has an address at one association, if anybody has."""
    async with desk.store.read() as transaction:
        await transaction.associations.get(association)
        return await transaction.subscribers.by_address(association, parse(address).key)


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


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an unsubscribe link opens: who, at which association, for which list."""

    contact: Contact
    association: Association
    list_key: str


async def invitation(desk: Desk, token: str) -> Invitation | None:
    """What a link's token stands for, or None if it is not one of ours. Changes nothing."""
    parts = desk.keyring.verify("unsubscribe", token)
    if parts is None:
        return None
    key, list_key, subscriber_id = parts
    async with desk.store.read() as transaction:
        host = await transaction.associations.get(key)
        contact = await transaction.subscribers.get(key, int(subscriber_id))
        return Invitation(contact, host, list_key)


async def unsubscribe(
    desk: Desk, token: str, scope: SuppressionScope = SuppressionScope.LIST, source: str = "page"
) -> Invitation | None:
    """Take a person at their word, at once and for good; asking again changes nothing (RFC 8058).

    None if the token is not one of ours. When this returns, no delivery to them can start (P5).
    """
    invited = await invitation(desk, token)
    if invited is None:
        return None
    async with desk.store.begin() as transaction:
        await _suppress(
            desk,
            transaction,
            invited.contact,
            Suppression(
                invited.association.key,
                parse(invited.contact.address).key,
                scope,
                SkipReason.UNSUBSCRIBED,
                source,
                invited.list_key if scope is SuppressionScope.LIST else "",
            ),
        )
    return invited


async def suppress(desk: Desk, association: str, address: str, source: str) -> bool:
    """Never write to an address again for an association; False if that stood already."""
    key = parse(address).key
    async with desk.store.begin() as transaction:
        await transaction.associations.get(association)
        contact = await transaction.subscribers.by_address(association, key)
        suppression = Suppression(
            association, key, SuppressionScope.ALL, SkipReason.SUPPRESSED, source
        )
        return await _suppress(desk, transaction, contact, suppression)


async def _suppress(
    desk: Desk, transaction: Transaction, contact: Contact | None, suppression: Suppression
) -> bool:
    now = desk.clock.now()
    new = await transaction.subscribers.suppress(suppression, now)
    await transaction.deliveries.skip_open_for(suppression, now)
    if new and contact and suppression.reason is SkipReason.UNSUBSCRIBED:
        await transaction.subscribers.withdraw(
            contact, suppression.list_key, suppression.source, now
        )
    return new


def require_lists(association: Association, list_keys: Sequence[str]) -> tuple[str, ...]:
    """The lists named, or the association's only one.

    Raises NotFound for a list that is not declared, Refused if a choice is needed.
    """
    if list_keys:
        return tuple(association.list_named(key).key for key in list_keys)
    if len(association.lists) == 1:
        return (association.lists[0].key,)
    raise Refused(
        f"{association.key} has several lists: {', '.join(one.key for one in association.lists)}",
        remedy="name one with --list",
    )
