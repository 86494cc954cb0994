"""Correcting one person: other words for their name, another address, two records made one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from communique.desk import Desk, access, amending, refusing
from communique.desk.consenting import erased_marks, said, say_no, subscriber
from communique.desk.stepping import report
from communique.desk.trying import trying
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.consent import Evidence, Extent, Word
from communique.domain.delivery import SkipReason
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import OF_PERSON, Cause, Contact, Edited, Suppression
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.ports import Transaction


async def edit(
    desk: Desk,
    actor: Actor,
    association: str,
    address: str,
    *,
    seen: Mapping[str, str] | None = None,
    dry_run: bool = False,
    **values: str | None,
) -> tuple[Edited, ...]:
    """Change what is known of a person; None leaves a field as it is. What changed.

    Raises NotAllowed where somebody else changed what whoever asks has `seen`, by field.
    """
    async with trying(desk, dry_run=dry_run) as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        await transaction.subscribers.hold_alone(association)  # who is erased stays nameless
        contact = await subscriber(transaction, actor, association, address)
        if seen and any(getattr(contact, field) != was for field, was in seen.items()):
            raise NotAllowed("person_changed_meanwhile")
        language = values.get("language")
        if language and language not in owner.languages:
            raise NotAllowed(
                "language_not_of_association",
                association=association,
                language=language,
                known=owner.languages,
            )
        changes = tuple(
            Edited(field, getattr(contact, field), value.strip())
            for field in OF_PERSON
            if (value := values.get(field)) is not None and value.strip() != getattr(contact, field)
        )
        if changes:
            key = parse(contact.address).key
            known = (await transaction.subscribers.known(actor.scope, association, [key]))[key]
            await transaction.subscribers.edit(
                contact,
                corrected=amending.corrected(known.corrected, changes),
                **{one.field: one.after for one in changes},
            )
            # Not to what: history keeps no names.
            changed = Fact("fields_changed", fields=amending.named(one.field for one in changes))
            subject = Subject(SubjectKind.SUBSCRIBER, id=contact.id)
            await report(
                desk,
                transaction,
                subject,
                Verb.EDIT,
                actor,
                association=association,
                why=changed,
            )
        return changes


@dataclass(frozen=True, slots=True)
class Moved:
    """A person at their new address; what of theirs waits goes there."""

    contact: Contact  # as they stand now
    merged: bool
    waiting: int


async def move(
    desk: Desk,
    actor: Actor,
    association: str,
    address: str,
    to: str,
    *,
    merge: bool = False,
    dry_run: bool = False,
) -> Moved:
    """Give a person another address: consent, every no and old links stay theirs.

    That the old one bounced stays with it. With `merge` the new one may be another record, which is
    then the one that stays. What comes for the old one from now on, a file's line, a link, a
    word to the desk, is theirs. Raises NotAllowed where the new one is another's, or was, and they
    are not to be merged; and where it was erased.
    """
    new = parse(to)
    async with trying(desk, dry_run=dry_run) as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        await transaction.subscribers.hold(association)  # an import would add the new one as well
        await transaction.subscribers.hold_alone(association)
        contact = await subscriber(transaction, actor, association, address)
        old = parse(contact.address)
        if str(new) == contact.address:
            raise NotAllowed("address_unchanged", address=to)
        other = await transaction.subscribers.by_address(actor.scope, association, new.key)
        merging = other is not None and other.id != contact.id
        if merging and not merge:
            raise NotAllowed("address_taken", association=association, address=to)
        marks = erased_marks(desk, association, new.key)
        if await transaction.suppressions.of(actor.scope, association, marks):
            raise NotAllowed("address_erased", association=association, address=to)
        if merging and other:
            await _merge(desk, transaction, actor, owner, contact, other)
            new = parse(other.address)  # which is not `to`, where they moved from that
        else:
            await transaction.subscribers.edit(contact, address=str(new))
            await report(
                desk,
                transaction,
                Subject(SubjectKind.SUBSCRIBER, id=contact.id),
                Verb.MOVE,
                actor,
                association=association,
                why=f"{contact.address} → {new}",
            )
        if not merging:
            kept = await refusing.early(transaction, actor, association, [new.key])
            await refusing.recall(desk, transaction, actor, owner, kept)
        if old.key != new.key:
            await _follow(desk, transaction, actor, association, old.key, new.key)
        waiting = 0 if merging else await transaction.deliveries.readdress(contact.id, str(new))
        stands = await subscriber(transaction, actor, association, str(new))
        return Moved(stands, merging, waiting)


async def _follow(
    desk: Desk, transaction: Transaction, actor: Actor, association: str, old: str, new: str
) -> None:
    """Have what suppresses a person, rather than an address, follow them."""
    for one in await transaction.suppressions.of(actor.scope, association, [old]):
        if one.cause is not Cause.HARD_BOUNCE:
            follows = Suppression(association, new, one.cause, one.source)
            await say_no(desk, transaction, follows, actor)


async def _merge(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    gone: Contact,
    stays: Contact,
) -> None:
    """Make one person of two records: every place of either that holds, and every no of either.

    What has lapsed would hold again with the other record's company (P11).
    """
    evidence = Evidence("merged with another record of the same person", stays.language)
    today = when.day(desk.clock.now(), association.time_zone)
    known = await transaction.consents.places(actor.scope, association.key, stays.id)
    for key, one in (
        await transaction.consents.places(actor.scope, association.key, gone.id)
    ).items():
        if key not in known and one.since and not one.has_lapsed(today):
            event = said(desk, Word.GIVEN, stays, association, actor, evidence, Extent.LIST, key)
            await transaction.consents.append(replace(event, since=one.since))
    for reach in gone.suppressions:
        if reach.reason is SkipReason.UNSUBSCRIBED:
            no = said(
                desk,
                Word.WITHDRAWN,
                stays,
                association,
                actor,
                evidence,
                reach.scope,
                reach.list_key,
            )
            await say_no(desk, transaction, no, actor)
    everything = said(desk, Word.WITHDRAWN, gone, association, actor, evidence, Extent.ALL)
    await say_no(desk, transaction, everything, actor)
    await transaction.subscribers.merge(gone, stays)
    await report(
        desk,
        transaction,
        Subject(SubjectKind.SUBSCRIBER, id=stays.id),
        Verb.MERGE,
        actor,
        association=association.key,
        why=f"with {gone.address}",
    )
