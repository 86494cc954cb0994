"""Erasing: a person, their name and every address of theirs go; a hash stays to keep their no.

The hash is keyed with a signing key of the desk's, so that only the desk finds the address again
that is imported anew, and leaves it unwritten to. Without that key nobody does.
"""

from __future__ import annotations

from dataclasses import dataclass

from communique.desk import Desk, access
from communique.desk.consenting import erased_marks, said, say_no, subscriber
from communique.desk.stepping import report
from communique.desk.trying import trying
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.consent import Evidence, Extent, Word
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import Cause, Contact, Erased, Suppression
from communique.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Who was erased, and what became impersonal by it."""

    contact: Contact
    erased: Erased


async def forget(
    desk: Desk, actor: Actor, association: str, address: str, *, dry_run: bool = False
) -> Forgotten:
    """Erase a person at an association, for good. What has not begun to go to them is skipped.

    Raises NotFound for who is not there; NotAllowed while a message to them is on its way, whose
    result would name them again.
    """
    async with trying(desk, dry_run=dry_run) as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.MANAGE, association)
        await transaction.subscribers.hold(association)  # an import would name them again
        await transaction.subscribers.hold_alone(association)
        contact = await subscriber(transaction, actor, association, address)
        evidence = Evidence("erased", contact.language)
        no = said(desk, Word.WITHDRAWN, contact, owner, actor, evidence, Extent.ALL)
        await say_no(desk, transaction, no, actor)
        if await transaction.deliveries.in_hand(contact.id):
            raise NotAllowed("message_in_hand")
        mark = erased_marks(desk, association, parse(contact.address).key)[-1]
        erased = await transaction.subscribers.erase(contact, mark)
        now = desk.clock.now()
        for key in erased.address_keys:
            kept = erased_marks(desk, association, key)[-1]
            await transaction.suppressions.add(
                Suppression(association, kept, Cause.LAW, "erased"), now
            )
        await report(
            desk,
            transaction,
            Subject(SubjectKind.SUBSCRIBER, id=contact.id),
            Verb.ERASE,
            actor,
            association=association,
        )
        return Forgotten(contact, erased)
