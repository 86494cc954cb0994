"""Inviting: an owner asks somebody to work at the desk, and they come, by a letter to that address.

Who holds the link alone is nobody yet: accepting it sends a code to the address that was invited.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from communique.desk import Desk, access, tokens
from communique.desk.stepping import report
from communique.domain import when
from communique.domain.account import Account, Duty, Invitation, permitted
from communique.domain.actor import SERVICE, Actor, ActorKind, Permission
from communique.domain.address import parse
from communique.domain.association import Association, Role
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.letter import Posted
from communique.domain.scope import Mine
from communique.domain.text import one_line
from communique.errors import Invalid, NotAllowed, NotFound
from communique.facts import Fact
from communique.ports import Transaction

LASTS = timedelta(days=7)
_AS = {
    Role.VIEWER: Fact("as_viewer"),
    Role.EDITOR: Fact("as_editor"),
    Role.APPROVER: Fact("as_approver"),
    Role.OWNER: Fact("as_owner"),
}
ACCEPTED, WITHDRAWN, LAPSED = "accepted", "withdrawn", "lapsed"


async def waiting(desk: Desk, actor: Actor, association: str) -> tuple[Invitation, ...]:
    """Invitations that nobody accepted or withdrew, those that lapsed among them."""
    async with desk.store.read() as transaction:
        await transaction.associations.get(actor.scope, association)
        return await transaction.invitations.of(actor.scope, association)


async def invite(
    desk: Desk,
    actor: Actor,
    association: str,
    address: str,
    name: str,
    roles: Collection[Role],
    language: str = "",
) -> Invitation:
    """Ask somebody to work for an association, by letter.

    Raises NotAllowed for who does already, or was asked and may still come.
    """
    access.require(actor, Permission.MANAGE, association)
    mailbox, now = parse(address), desk.clock.now()
    if not mailbox.ascii:
        raise Invalid("address_not_ascii", text=address)
    async with desk.store.begin() as transaction:
        await transaction.associations.hold()
        owner = await transaction.associations.get(actor.scope, association)
        if language and language not in owner.languages:
            raise Invalid(
                "person_language_not_spoken", language=language, known=list(owner.languages)
            )
        here = Mine(frozenset([association]))
        if await transaction.accounts.by_address(here, mailbox.key):
            raise NotAllowed("account_works_already", address=address, association=association)
        for one in await transaction.invitations.of(SERVICE.scope, association):
            if parse(one.address).key == mailbox.key:
                if one.open(now):
                    raise NotAllowed("invited_already", address=address, association=association)
                await transaction.invitations.end(one, LAPSED, now)
        made = Invitation(
            key=secrets.token_hex(16),
            association=association,
            address=str(mailbox),
            name=one_line(name),
            roles=tuple(one for one in Role if one in roles),
            language=language,
            invited_by=actor,
            invited_at=now,
            expires_at=now + LASTS,
        )
        made = replace(made, id=await transaction.invitations.add(made))
        await _write(desk, transaction, actor, owner, made)
        return made


async def again(desk: Desk, actor: Actor, association: str, number: int) -> Invitation:
    """Send an invitation once more, with another link, for as long as a new one lasts."""
    access.require(actor, Permission.MANAGE, association)
    now = desk.clock.now()
    async with desk.store.begin() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        one = await _waiting(transaction, actor, association, number)
        renewed = replace(
            one,
            key=secrets.token_hex(16),
            invited_by=actor,
            invited_at=now,
            expires_at=now + LASTS,
        )
        if not await transaction.invitations.renew(one, renewed):
            raise NotFound("invitation_unknown")
        await _write(desk, transaction, actor, owner, renewed)
        return renewed


async def withdraw(desk: Desk, actor: Actor, association: str, number: int) -> Invitation:
    """Let nobody come by an invitation any more."""
    access.require(actor, Permission.MANAGE, association)
    async with desk.store.begin() as transaction:
        one = await _waiting(transaction, actor, association, number)
        if not await transaction.invitations.end(one, WITHDRAWN, desk.clock.now()):
            raise NotFound("invitation_unknown")
        await tell(desk, transaction, actor, one, Verb.WITHDRAW_INVITATION)
        return one


async def shown(desk: Desk, token: str) -> Invitation | None:
    """The invitation that a link opens, if it may still be accepted. Nothing is spent by it."""
    key = tokens.invited(desk, token)
    if key is None:
        return None
    async with desk.store.read() as transaction:
        one = await transaction.invitations.get(key)
        if one is None or not one.open(desk.clock.now()):
            return None
        return one if await _may_still_invite(transaction, one) else None


async def take_up(desk: Desk, transaction: Transaction, number: int) -> Account | None:
    """Give who was invited what they were invited as; None if they may not come any more."""
    now = desk.clock.now()
    await transaction.associations.hold()
    one = await transaction.invitations.by_id(SERVICE.scope, number)
    if one is None or not one.open(now) or not await _may_still_invite(transaction, one):
        return None
    if not await transaction.invitations.end(one, ACCEPTED, now):
        return None
    key = parse(one.address).key
    account = await transaction.accounts.by_address(SERVICE.scope, key)
    if account and account.duty(one.association):  # declared meanwhile: its file has the word
        return account
    duty = Duty(one.association, one.name, one.roles, one.language, False, one.address)
    changed = await transaction.accounts.invite(one.address, duty, now)
    account = await transaction.accounts.get(SERVICE.scope, changed.account)
    if account:
        subject = Subject(SubjectKind.ACCOUNT, one.address, changed.account)
        why = Fact("as_roles", roles=roles_of(one.roles))
        actor = account.actor.known_at(one.association)
        await report(
            desk, transaction, subject, Verb.JOIN, actor, association=one.association, why=why
        )
    return account


def roles_of(roles: Collection[Role]) -> list[Fact]:
    """Roles as events tell them; whoever has none looks."""
    return [_AS[one] for one in roles] or [_AS[Role.VIEWER]]


async def _may_still_invite(transaction: Transaction, one: Invitation) -> bool:
    """Whether who invited may: what an owner offered ends with their duty."""
    if one.invited_by.kind is not ActorKind.PERSON:
        return True
    by = await transaction.accounts.get(SERVICE.scope, one.invited_by.account or 0)
    return bool(by and by.actor.may(Permission.MANAGE, one.association))


async def _waiting(
    transaction: Transaction, actor: Actor, association: str, number: int
) -> Invitation:
    one = await transaction.invitations.by_id(actor.scope, number)
    if one is None or one.association != association or one.ended_at:
        raise NotFound("invitation_unknown")
    return one


async def _write(
    desk: Desk, transaction: Transaction, actor: Actor, association: Association, one: Invitation
) -> None:
    """Send the letter, and say that it was."""
    language = one.language or association.language
    mark = desk.keyring.mark("letter", tokens.INVITATION, one.key)
    may = permitted(one.roles)
    letter = Posted(
        purpose=tokens.INVITATION,
        about=one.key,
        association=association.key,
        language=language,
        name=one.name,
        address=one.address,
        values={
            "key": one.key,
            "by": actor.known_at(association.key).name if actor.kind is ActorKind.PERSON else "",
            **{
                name: "yes" if permission in may else ""
                for name, permission in (
                    ("edits", Permission.EDIT),
                    ("approves", Permission.APPROVE),
                    ("manages", Permission.MANAGE),
                )
            },
        },
        days={"until": when.day(one.expires_at, association.time_zone)},
        message_id=f"{mark}@{association.list_domain}",
        written_at=one.invited_at,
        due_at=one.invited_at,
    )
    await transaction.letters.post([letter])
    await tell(desk, transaction, actor, one, Verb.INVITE)


async def tell(
    desk: Desk, transaction: Transaction, actor: Actor, one: Invitation, verb: Verb
) -> None:
    """Write down what became of an invitation."""
    subject = Subject(SubjectKind.ACCOUNT, one.address)
    why = Fact("as_roles", roles=roles_of(one.roles))
    await report(desk, transaction, subject, verb, actor, association=one.association, why=why)
