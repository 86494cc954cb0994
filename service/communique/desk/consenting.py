"""Consenting: people's no, which always wins (P5), and what the link in a message opens."""

from __future__ import annotations

from dataclasses import dataclass

from communique.desk import Desk
from communique.desk.stepping import report
from communique.domain.actor import Actor
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.delivery import SkipReason
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import Contact, Suppression, SuppressionScope
from communique.domain.scope import Mine
from communique.domain.text import one_line
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """What an unsubscribe link opens: who, at which association, for which list."""

    contact: Contact
    association: Association
    list_key: str


async def unsubscribe_link(desk: Desk, token: str) -> UnsubscribeLink | None:
    """What a link's token stands for, or None if it is not one of ours. Changes nothing."""
    parts = desk.keyring.verify("unsubscribe", token)
    if parts is None:
        return None
    key, list_key, subscriber_id = parts
    # Whoever holds the link sees nothing but themselves: no other number is ever read for them.
    theirs = Mine(frozenset([key]))
    async with desk.store.read() as transaction:
        host = await transaction.associations.get(theirs, key)
        contact = await transaction.subscribers.get(theirs, key, int(subscriber_id))
        return UnsubscribeLink(contact, host, list_key)


async def unsubscribe(
    desk: Desk,
    actor: Actor,
    token: str,
    scope: SuppressionScope = SuppressionScope.LIST,
    source: str = "page",
) -> UnsubscribeLink | None:
    """Take a person at their word, at once and for good; asking again changes nothing (RFC 8058).

    None if the token is not one of ours. When this returns, no delivery to them can start (P5).
    """
    invited = await unsubscribe_link(desk, token)
    if invited is None:
        return None
    async with desk.store.begin() as transaction:
        await _suppress(
            desk,
            transaction,
            actor,
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


async def suppress(desk: Desk, actor: Actor, association: str, address: str, source: str) -> bool:
    """Never write to an address again for an association; False if that stood already."""
    key = parse(address).key
    async with desk.store.begin() as transaction:
        await transaction.associations.get(actor.scope, association)
        contact = await transaction.subscribers.by_address(actor.scope, association, key)
        suppression = Suppression(
            association, key, SuppressionScope.ALL, SkipReason.SUPPRESSED, one_line(source)
        )
        return await _suppress(desk, transaction, actor, contact, suppression)


async def _suppress(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    contact: Contact | None,
    suppression: Suppression,
) -> bool:
    now = desk.clock.now()
    new = await transaction.subscribers.suppress(suppression, now)
    await transaction.deliveries.skip_open_for(suppression, now)
    left = suppression.reason is SkipReason.UNSUBSCRIBED
    if new:
        await report(
            desk,
            transaction,
            Subject(SubjectKind.SUBSCRIBER, id=contact.id)
            if contact
            else Subject(SubjectKind.ADDRESS, suppression.address_key),
            Verb.UNSUBSCRIBE if left else Verb.SUPPRESS,
            actor,
            association=suppression.association,
            why=f"{suppression.list_key or suppression.scope}: {suppression.source}",
        )
    if new and contact and left:
        await transaction.subscribers.withdraw(
            contact, suppression.list_key, suppression.source, now
        )
    return new
