"""Allowing: the way back. A person takes back their own no; the desk lifts what its cause allows.

What only its owner may undo, the desk undoes with a newer, dated yes of theirs and how that came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from communique.desk import Desk, access
from communique.desk.consenting import UnsubscribeLink, erased_marks, opened, said
from communique.desk.stepping import report
from communique.desk.trying import trying
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.consent import ConsentEvent, Evidence, Extent, Word
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import LIFTED_BY_DESK, Cause, Contact, Reach, Suppression
from communique.domain.scope import Mine
from communique.domain.text import one_line
from communique.errors import NotAllowed, NotFound
from communique.ports import Transaction

OWNERS = frozenset({Cause.COMPLAINT, Cause.LAW})  # lifted by a word of the address's owner


async def take_back(
    desk: Desk, actor: Actor, token: str, extent: Extent, list_key: str, evidence: Evidence
) -> UnsubscribeLink | None:
    """Take a person at their word that they want it again; asking again changes nothing.

    None if the token is not one of ours. The whole of it also takes back a complaint.
    """
    parts = desk.keyring.verify("unsubscribe", token)
    if parts is None:
        return None
    async with desk.store.begin() as transaction:
        await transaction.subscribers.hold_alone(parts[0])
        invited = await opened(transaction, *parts)
        association, contact = invited.association, invited.contact
        if extent is Extent.LIST and list_key not in invited.places:
            raise NotFound("list_unknown", association=association.key, list=list_key, known=())
        yes = said(desk, Word.CONFIRMED, contact, association, actor, evidence, extent, list_key)
        await _say_yes(desk, transaction, yes, actor)
        if extent is Extent.ALL:
            theirs, key = Mine(frozenset([association.key])), parse(contact.address).key
            stood = await transaction.suppressions.of(theirs, association.key, [key])
            complaints = [one for one in stood if one.cause is Cause.COMPLAINT]
            subject = Subject(SubjectKind.SUBSCRIBER, id=contact.id)
            await _lift(desk, transaction, actor, subject, complaints, evidence.source)
    return invited


async def _say_yes(desk: Desk, transaction: Transaction, yes: ConsentEvent, actor: Actor) -> bool:
    new = await transaction.consents.append(yes)
    if new:
        await report(
            desk,
            transaction,
            Subject(SubjectKind.SUBSCRIBER, id=yes.subscriber),
            Verb.RESUBSCRIBE,
            actor,
            association=yes.association,
            why=f"{yes.list_key or yes.extent}: {yes.evidence.source}",
        )
    return new


async def _lift(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    subject: Subject,
    stood: Sequence[Suppression],
    why: str,
) -> None:
    """Take these away, and no others, and say so."""
    if not stood:
        return
    association = stood[0].association
    for one in stood:
        await transaction.suppressions.lift(association, one.address_key, [one.cause])
    causes = ", ".join(sorted({one.cause for one in stood}))
    await report(
        desk,
        transaction,
        subject,
        Verb.ALLOW,
        actor,
        association=association,
        why=f"{causes}: {why}",
    )


@dataclass(frozen=True, slots=True)
class Yes:
    """A yes that somebody said to the desk: on which day, and to what."""

    on: date
    extent: Extent
    list_key: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was lifted for an address, what its owner said yes to, and what still stands."""

    lifted: tuple[Suppression, ...]
    said_yes: bool
    stands: tuple[Reach, ...]


async def allow(
    desk: Desk,
    actor: Actor,
    association: str,
    address: str,
    why: str,
    yes: Yes | None = None,
    *,
    dry_run: bool = False,
) -> Allowed:
    """Let an address be written to again, as far as the desk may: bounces and its own word.

    With `yes` whatever its owner alone may undo, too; that yes must be newer than the no. Raises
    NotAllowed if nothing can be lifted.
    """
    key, why = parse(address).key, one_line(why)
    async with trying(desk, dry_run=dry_run) as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        await transaction.subscribers.hold_alone(association)
        contact = await transaction.subscribers.by_address(actor.scope, association, key)
        now = parse(contact.address).key if contact else key
        keys = [*sorted({now, key}), *erased_marks(desk, association, key)]
        stood = await transaction.suppressions.of(actor.scope, association, keys)
        causes = LIFTED_BY_DESK | OWNERS if yes else LIFTED_BY_DESK
        lifted = tuple(one for one in stood if one.cause in causes)
        if yes:
            today = when.day(desk.clock.now(), owner.time_zone)
            if yes.on > today:
                raise NotAllowed("yes_in_future", yes=str(yes.on))
            theirs = [one for one in lifted if one.cause in OWNERS]
            await _require_newer(transaction, actor, owner, contact, yes, theirs)
        subject = (
            Subject(SubjectKind.SUBSCRIBER, id=contact.id)
            if contact
            else Subject(SubjectKind.ADDRESS, key)
        )
        await _lift(desk, transaction, actor, subject, lifted, why)
        new = False
        if yes and contact:
            new = await _record(desk, transaction, actor, owner, contact, yes, why)
        after = await transaction.subscribers.by_address(actor.scope, association, key)
        stands = after.suppressions if after else ()
        if not lifted and not new:
            if stands:
                raise NotAllowed("no_is_theirs", stands=[_named(one) for one in stands])
            raise NotAllowed("nothing_to_allow", association=association, address=address)
    return Allowed(lifted, new, stands)


async def _record(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    contact: Contact,
    yes: Yes,
    why: str,
) -> bool:
    if yes.extent is Extent.LIST:
        association.list_named(yes.list_key)
    evidence = Evidence(f"said to the desk: {why}", contact.language)
    event = said(
        desk, Word.CONFIRMED, contact, association, actor, evidence, yes.extent, yes.list_key
    )
    since = yes.on if yes.extent is Extent.LIST else None
    return await _say_yes(desk, transaction, replace(event, since=since), actor)


async def _require_newer(
    transaction: Transaction,
    actor: Actor,
    association: Association,
    contact: Contact | None,
    yes: Yes,
    suppressed: list[Suppression],
) -> None:
    """Raises NotAllowed where the no that it would undo is younger than the yes (P11)."""
    noes = [one.at for one in suppressed if one.at]
    if contact:
        events = await transaction.consents.of(actor.scope, association.key, contact.id)
        noes += [
            one.at
            for one in events
            if one.word is Word.WITHDRAWN
            and one.extent is yes.extent
            and one.list_key == yes.list_key
        ]
    if noes and (last := when.day(max(noes), association.time_zone)) > yes.on:
        raise NotAllowed("yes_before_no", no=str(last), yes=str(yes.on))


def _named(one: Reach) -> str:
    return f"{one.list_key or one.scope} ({one.reason})"
