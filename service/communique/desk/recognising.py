"""Recognising: a line of somebody new may be a person who is here, and has another address now.

Their no, their consent and their history do not go along by an import, so it is said before
anything is written (P11). Whether it is them, a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from communique.desk import Desk
from communique.desk.piecemeal import in_a_thread, in_groups
from communique.domain.actor import Actor
from communique.domain.finding import finding
from communique.domain.imported import Imported
from communique.domain.member import KnownPerson, Mover
from communique.domain.plain import Plain
from communique.ports import Gathering

GROUP = 500  # lines that are asked for at once


async def recognise(
    desk: Desk, actor: Actor, association: str, gathering: Gathering, found: Imported
) -> None:
    """Find them: one line and one person of a company who have that name. Changes nothing."""
    async with desk.store.read() as transaction:
        if not await transaction.subscribers.anybody(actor.scope, association):
            return
    async for group in in_groups(gathering.alone(), GROUP):
        movers = await _movers(desk, actor, association, gathering, group)
        for one in movers:
            found.movers.add(one)
        await in_a_thread(partial(gathering.note, [finding(one) for one in movers]))


async def _movers(
    desk: Desk, actor: Actor, association: str, gathering: Gathering, group: Sequence[Plain]
) -> list[Mover]:
    scope = actor.scope
    async with desk.store.read() as transaction:
        here = await transaction.subscribers.here(scope, association, [one.key for one in group])
        group = [one for one in group if one.key not in here]
        if not group:
            return []
        numbers = {one.reference for one in group if one.reference}
        names = {one.name for one in group if not one.reference}
        companies = await transaction.members.called(scope, association, numbers, names)
        people = await transaction.subscribers.of_members(
            *(scope, association, [one.id for one in companies]),
            {one.family_name for one in group},
        )
    called: dict[tuple[str, str], list[int]] = {}
    for one in companies:
        called.setdefault((one.member.reference, ""), []).append(one.id)
        called.setdefault(("", one.member.name), []).append(one.id)
    named: dict[tuple[int, str, str], list[KnownPerson]] = {}
    for person in people:
        who = person.subscriber
        named.setdefault((person.member_id, who.given_name, who.family_name), []).append(person)
    pairs = []
    for line in group:
        number = line.reference
        ids = called.get((number, "" if number else line.name), [])
        alike = [
            each for one in ids for each in named.get((one, line.given_name, line.family_name), [])
        ]
        if len(alike) == 1:
            pairs.append((line, alike[0].subscriber))
    old_keys = {old.address.key for _, old in pairs}
    if not old_keys:
        return []
    absent = await in_a_thread(partial(gathering.absent, None, old_keys))
    return [
        Mover(
            line.line,
            f"{old.given_name} {old.family_name}",
            str(old.address),
            line.address,
        )
        for line, old in pairs
        if old.address.key in absent
    ]
