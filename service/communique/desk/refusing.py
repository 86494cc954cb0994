"""Refusing: what a spreadsheet says of people who said no elsewhere is their no here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from communique.desk import Desk
from communique.desk.consenting import erased_marks, say_no, take_off
from communique.domain.actor import Actor
from communique.domain.association import Association
from communique.domain.consent import Basis, ConsentEvent, EarlyNo, Evidence, Extent, Word
from communique.domain.member import Cause, KnownPerson, Leaver, No, Suppression
from communique.domain.plain import Plain, noes_of
from communique.domain.text import one_line
from communique.ports import Transaction

GROUP = 50  # noes in one transaction: each ends what is open, and no claim goes on meanwhile


def apart(people: Sequence[Sequence[Plain]]) -> Iterator[Sequence[Sequence[Plain]]]:
    """The same people, no more at a time than one transaction may write down the noes of."""
    if not any(one.noes for lines in people for one in lines):
        yield people
        return
    some: list[Sequence[Plain]] = []
    count = 0
    for lines in people:
        more = sum(len(noes_of(one)) for one in lines)
        if some and count + more > GROUP:
            yield some
            some, count = [], 0
        some.append(lines)
        count += more
    if some:
        yield some


async def erased(
    desk: Desk, transaction: Transaction, actor: Actor, association: str, keys: Iterable[str]
) -> Collection[str]:
    """Those who were erased at their wish: nothing of these is taken in again (P11)."""
    if not await transaction.suppressions.any(actor.scope, association, Cause.LAW):
        return ()
    marks = {mark: key for key in keys for mark in erased_marks(desk, association, key)}
    kept = await transaction.suppressions.of(actor.scope, association, marks)
    return {marks[one.address_key] for one in kept}


async def early(
    transaction: Transaction, actor: Actor, association: str, addresses: Sequence[str]
) -> Sequence[EarlyNo]:
    """The parts of a no that are kept of these addresses, which nobody had so far."""
    if not await transaction.consents.early.any(actor.scope, association):
        return ()
    return await transaction.consents.early.of(actor.scope, association, addresses)


async def recall(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    kept: Sequence[EarlyNo],
) -> None:
    """Have what was kept of an address be the no of whoever has it by now, if anybody has."""
    keys = sorted({one.address_key for one in kept})
    here = await transaction.subscribers.known(actor.scope, association.key, keys) if keys else {}
    for one in kept:
        person = here.get(one.address_key)
        if person and (one.extent is not Extent.LIST or _there(association, one.list_key)):
            no = No(one.source, one.extent, one.list_key)
            said = _of_person(desk, actor, association, one.source, no, person)
            await say_no(desk, transaction, said, actor)
    if here:
        await transaction.consents.early.remove(association.key, list(here))


def _there(association: Association, list_key: str) -> bool:
    return list_key in {one.key for one in association.lists}


async def say_noes(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    source: str,
    noes: Sequence[tuple[str, No]],
) -> None:
    """Write them down, each with the column that says so, and end what is open for these people.

    They come by address key. The address of somebody who is not here keeps their no, should they
    ever come: one to everything stands against it, and a part of one becomes theirs then.
    """
    if not noes:
        return
    here = await transaction.subscribers.known(
        actor.scope, association.key, [key for key, _ in noes]
    )
    for key, no in noes:
        if no.lapse:
            await _lapse(desk, transaction, actor, association, f"{source}: {no.said}", here[key])
            continue
        said, person = one_line(f"{source}: {no.said}"), here.get(key)
        if no.cause or (person is None and no.reaches_all):
            bar = Suppression(association.key, key, no.cause or Cause.DESK, said)
            await say_no(desk, transaction, bar, actor)
        elif person:
            word = _of_person(desk, actor, association, said, no, person)
            await say_no(desk, transaction, word, actor)
        else:
            kept = EarlyNo(association.key, key, no.extent, no.list_key, said)
            await transaction.consents.early.add(kept, desk.clock.now())


async def _lapse(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    association: Association,
    source: str,
    person: KnownPerson,
) -> None:
    """Take somebody off what rests on their membership: no word of theirs, and not for good."""
    who = person.subscriber
    for key, place in person.places.items():
        if place.basis is Basis.MEMBERSHIP and not place.said_no:
            leaver = Leaver(key, person.id, who.address.key, str(who.address), who.language)
            await take_off(desk, transaction, actor, association, leaver, one_line(source))


def _of_person(
    desk: Desk, actor: Actor, association: Association, source: str, no: No, person: KnownPerson
) -> ConsentEvent:
    return ConsentEvent(
        association.key,
        person.id,
        Word.WITHDRAWN,
        actor,
        Evidence(source, person.subscriber.language),
        desk.clock.now(),
        no.extent,
        no.list_key,
        association.list_named(no.list_key).basis if no.list_key else None,
    )
