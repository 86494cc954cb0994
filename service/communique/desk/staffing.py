"""Staffing: who works for an association, as what. Its owners change what no file declares."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from communique.desk import Desk, access, inviting
from communique.desk.inviting import roles_of
from communique.desk.stepping import report
from communique.domain.account import Account, Changed, Duty, Invitation
from communique.domain.actor import Actor, Permission
from communique.domain.address import parse
from communique.domain.association import Association, Role
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.scope import Mine
from communique.errors import NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Transaction


async def people(desk: Desk, actor: Actor, association: str) -> tuple[Account, ...]:
    """Whoever works there, by name, each with that duty alone."""
    access.require(actor, Permission.READ, association)
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        return await transaction.accounts.of(Mine(frozenset([association])), association)


async def assign(
    desk: Desk, actor: Actor, association: str, account: int, roles: Collection[Role]
) -> Duty:
    """Give somebody other roles. Raises NotAllowed for who is declared, and for the last owner."""
    access.require(actor, Permission.MANAGE, association)
    async with desk.store.begin() as transaction:
        one, duty = await _changeable(transaction, actor, association, account)
        new = replace(duty, roles=tuple(each for each in Role if each in roles))
        if Role.OWNER not in new.roles:
            await _require_other_owner(transaction, association, one)
        if new != duty:
            await transaction.accounts.invite(one.address, new, desk.clock.now())
            await tell(desk, transaction, actor, Changed(one.id, one.address, duty, new))
        return new


async def dismiss(desk: Desk, actor: Actor, association: str, account: int) -> Account:
    """Let somebody work there no more, from this moment; whoever it is may say it of themselves.

    Raises NotAllowed for who is declared, and for the last owner.
    """
    own = actor.account == account
    access.require(actor, Permission.READ if own else Permission.MANAGE, association)
    async with desk.store.begin() as transaction:
        one, duty = await _changeable(transaction, actor, association, account)
        await _require_other_owner(transaction, association, one)
        await transaction.accounts.dismiss(association, one.id)
        await transaction.sessions.close(association, [one.id])
        await tell(desk, transaction, actor, Changed(one.id, one.address, duty, None))
        return one


async def let_go(desk: Desk, actor: Actor, association: str, address: str) -> Account | Invitation:
    """Let whoever has that address work there no more, or not come: who they are, or were to be.

    Raises NotFound for an address that nobody there has; else see `dismiss`.
    """
    access.require(actor, Permission.MANAGE, association)
    key, here = parse(address).key, Mine(frozenset([association]))
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        account = await transaction.accounts.by_address(here, key)
        invited = await transaction.invitations.of(here, association)
    if account is not None:
        return await dismiss(desk, actor, association, account.id)
    for one in invited:
        if parse(one.address).key == key:
            return await inviting.withdraw(desk, actor, association, one.id)
    raise NotFound("account_unknown", address=address)


async def close(desk: Desk, transaction: Transaction, actor: Actor, association: str) -> None:
    """Let nobody work any more for an association that no file declares, nor come by invitation.

    What it owns is kept: its people, its releases, its log.
    """
    here = Mine(frozenset([association]))
    there = await transaction.accounts.of(here, association)
    for one in there:
        await transaction.accounts.dismiss(association, one.id)
        changed = Changed(one.id, one.address, one.duty(association), None)
        await tell(desk, transaction, actor, changed)
    if there:
        await transaction.sessions.close(association, [one.id for one in there])
    for invitation in await transaction.invitations.of(here, association):
        if await transaction.invitations.end(invitation, inviting.WITHDRAWN, desk.clock.now()):
            await inviting.tell(desk, transaction, actor, invitation, Verb.WITHDRAW_INVITATION)


async def declare(
    desk: Desk, transaction: Transaction, actor: Actor, association: Association
) -> None:
    """Take over whom a file declares, and sign out whoever it does not any more."""
    now = desk.clock.now()
    changed = await transaction.accounts.declare(association.key, association.people, now)
    for one in changed:
        await tell(desk, transaction, actor, one)
    gone = [one.account for one in changed if one.after is None]
    if gone:
        await transaction.sessions.close(association.key, gone)


async def tell(desk: Desk, transaction: Transaction, actor: Actor, changed: Changed) -> None:
    """Write down whose duty became another, and what it was."""
    before, after = changed.before, changed.after
    either = after or before
    assert either is not None  # noqa: S101 - nothing changed otherwise
    verb = Verb.ASSIGN if after else Verb.DISMISS
    why = Fact(
        "roles_changed",
        before=roles_of(before.roles) if before else [Fact("as_nobody")],
        after=roles_of(after.roles) if after else [Fact("as_nobody")],
    )
    subject = Subject(SubjectKind.ACCOUNT, changed.address, changed.account)
    await report(desk, transaction, subject, verb, actor, association=either.association, why=why)


async def _changeable(
    transaction: Transaction, actor: Actor, association: str, account: int
) -> tuple[Account, Duty]:
    """Somebody whom no file declares there. Raises NotFound, NotAllowed. Nobody else changes any
    until the transaction ends.
    """
    await transaction.associations.hold()
    await transaction.associations.get(actor.scope, association)
    one = await transaction.accounts.get(Mine(frozenset([association])), account)
    duty = one.duty(association) if one else None
    if one is None or duty is None:
        raise NotFound("account_unknown", address=str(account))
    if duty.declared:
        raise NotAllowed("person_declared", person=duty.name, association=association)
    return one, duty


async def _require_other_owner(transaction: Transaction, association: str, one: Account) -> None:
    duty = one.duty(association)
    if duty is None or Role.OWNER not in duty.roles:
        return
    there = await transaction.accounts.of(Mine(frozenset([association])), association)
    if not any(_owns(each, association) for each in there if each.id != one.id):
        raise NotAllowed("owner_last", person=duty.name, association=association)


def _owns(one: Account, association: str) -> bool:
    duty = one.duty(association)
    return duty is not None and Role.OWNER in duty.roles
