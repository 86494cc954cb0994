"""Consenting: people's no, which always wins (P5), and their yes, which only they can give back.

`say_no` is the only way in for a no, whether it comes by the page, one click, mail, the desk, a
bounce or a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from communique.desk import Desk, access
from communique.desk.stepping import report
from communique.desk.trying import trying
from communique.domain import when
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.consent import Basis, ConsentEvent, Evidence, Extent, Place, Word
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.member import Cause, Contact, Leaver, Suppression
from communique.domain.scope import Mine
from communique.domain.text import one_line
from communique.errors import NotFound
from communique.ports import Transaction


async def say_no(
    desk: Desk, transaction: Transaction, no: ConsentEvent | Suppression, actor: Actor
) -> bool:
    """Write down a no, and end all that has not begun to go to that person; False if it stood.

    Once this is committed no delivery to them begins (P5). What is said of an address that they
    moved from goes with them, but that it bounces.
    """
    await transaction.subscribers.hold_alone(no.association)  # or they could move meanwhile
    now = desk.clock.now()
    if isinstance(no, Suppression):
        theirs = Mine(frozenset([no.association]))
        contact = await transaction.subscribers.by_address(theirs, no.association, no.address_key)
        subject = Subject(SubjectKind.ADDRESS, no.address_key)
        if contact:
            subject = Subject(SubjectKind.SUBSCRIBER, id=contact.id)
            if no.cause is not Cause.HARD_BOUNCE:
                no = replace(no, address_key=parse(contact.address).key)
        new = await transaction.suppressions.add(no, now)
        verb, why = Verb.SUPPRESS, f"{no.cause}: {no.source}"
    else:
        new = await transaction.consents.append(no)
        subject = Subject(SubjectKind.SUBSCRIBER, id=no.subscriber)
        verb, why = Verb.UNSUBSCRIBE, f"{no.list_key or no.extent}: {no.evidence.source}"
    await transaction.deliveries.skip_open_for(no, now)
    if new:
        await report(desk, transaction, subject, verb, actor, association=no.association, why=why)
    return new


async def take_off(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    who: Leaver,
    source: str,
) -> bool:
    """Take somebody off a list as the desk's act, no word of theirs; False if they are not on it.

    It is no no: a file may put them there again, and a no of theirs stays one (P11). What has not
    begun to go to them for that list ends (P5).
    """
    now = desk.clock.now()
    removed = ConsentEvent(
        *(association.key, who.id, Word.REMOVED, actor, Evidence(source, who.language), now),
        list_key=who.list_key,
        basis=association.list_named(who.list_key).basis,
    )
    if not await transaction.consents.append(removed):
        return False
    await transaction.deliveries.skip_open_for(removed, now)
    return True


def said(
    desk: Desk,
    word: Word,
    contact: Contact,
    association: Association,
    actor: Actor,
    evidence: Evidence,
    extent: Extent = Extent.LIST,
    list_key: str = "",
) -> ConsentEvent:
    """What a person said, now; of a list with the basis that it has."""
    of_list = extent is Extent.LIST
    basis = next((one.basis for one in association.lists if one.key == list_key), Basis.EXPRESS)
    now = desk.clock.now()
    return ConsentEvent(
        association.key,
        contact.id,
        word,
        actor,
        evidence,
        now,
        extent,
        list_key if of_list else "",
        basis if of_list else None,
        when.day(now, association.time_zone) if of_list and word is Word.CONFIRMED else None,
    )


# What the link in a message opens.


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """What an unsubscribe link opens: who, at which association, for which list."""

    contact: Contact
    association: Association
    list_key: str
    places: Mapping[str, Place]


async def unsubscribe_link(desk: Desk, token: str) -> UnsubscribeLink | None:
    """What a link's token stands for, or None if it is not one of ours. Changes nothing.

    Raises NotFound if whoever it was for is there no more.
    """
    parts = desk.keyring.verify("unsubscribe", token)
    if parts is None:
        return None
    async with desk.store.read() as transaction:
        return await opened(transaction, *parts)


async def opened(
    transaction: Transaction, key: str, list_key: str, subscriber_id: str
) -> UnsubscribeLink:
    """What a link of these parts opens. Raises NotFound, as `unsubscribe_link`."""
    # Whoever holds the link sees nothing but themselves: no other number is ever read for them.
    theirs = Mine(frozenset([key]))
    association = await transaction.associations.get(theirs, key)
    contact = await transaction.subscribers.get(theirs, key, int(subscriber_id))
    places = await transaction.consents.places(theirs, key, contact.id)
    return UnsubscribeLink(contact, association, list_key, places)


async def unsubscribe(
    desk: Desk,
    actor: Actor,
    token: str,
    extent: Extent = Extent.LIST,
    source: str = "page",
    *,
    wording: str = "",
    version: str = "",
    origin: str = "",
) -> UnsubscribeLink | None:
    """Take a person at their word, at once; asking again changes nothing (RFC 8058).

    None if the token is not one of ours. When this returns, no delivery to them can start (P5).
    """
    parts = desk.keyring.verify("unsubscribe", token)
    if parts is None:
        return None
    async with desk.store.begin() as transaction:
        await transaction.subscribers.hold_alone(parts[0])  # or their record could be another's now
        invited = await opened(transaction, *parts)
        evidence = Evidence(source, invited.contact.language, wording, version, origin)
        no = said(
            desk,
            Word.WITHDRAWN,
            invited.contact,
            invited.association,
            actor,
            evidence,
            extent,
            invited.list_key,
        )
        await say_no(desk, transaction, no, actor)
    return invited


async def leave(
    desk: Desk,
    actor: Actor,
    association: str,
    address: str,
    why: str,
    extent: Extent,
    list_key: str = "",
    *,
    dry_run: bool = False,
) -> bool:
    """Say no for somebody who asked the desk to, by telephone or letter; False if that stood.

    It is their own no: only they take it back. Raises NotFound for who or what is not there.
    """
    async with trying(desk, dry_run=dry_run) as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        if extent is Extent.LIST:
            owner.list_named(list_key)
        await transaction.subscribers.hold_alone(association)
        contact = await subscriber(transaction, actor, association, address)
        evidence = Evidence(f"said to the desk: {one_line(why)}", contact.language)
        no = said(desk, Word.WITHDRAWN, contact, owner, actor, evidence, extent, list_key)
        return await say_no(desk, transaction, no, actor)


async def subscriber(
    transaction: Transaction, actor: Actor, association: str, address: str
) -> Contact:
    """Who has an address, or moved from it, at an association that the actor sees.

    Raises NotFound.
    """
    key = parse(address).key
    contact = await transaction.subscribers.by_address(actor.scope, association, key)
    if contact is None:
        raise NotFound("subscriber_unknown", association=association, address=address)
    return contact


def erased_marks(desk: Desk, association: str, address_key: str) -> tuple[str, ...]:
    """What stands for the address of who was erased: nobody without our keys finds it again.

    By every key that we hold, the oldest last: it made those that are kept.
    """
    found = desk.keyring.marks("erased", association, address_key)
    return tuple(f"#{one}" for one in found)


async def suppress(desk: Desk, actor: Actor, association: str, address: str, source: str) -> bool:
    """Never write to an address again for an association; False if that stood already."""
    key = parse(address).key
    suppression = Suppression(association, key, Cause.DESK, one_line(source))
    async with desk.store.begin() as transaction:
        await transaction.associations.get(actor.scope, association)
        access.require(actor, Permission.EDIT, association)
        return await say_no(desk, transaction, suppression, actor)
