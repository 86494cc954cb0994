"""Signing in without a password: somebody asks, a letter says how, and the same browser does it.

Asking is the same work whoever has the address, or nobody (P6): it is looked afterwards, by a
chore. Nothing is spent by being read: scanners read letters and open links. What a letter says is
worth nothing but to the browser that asked, in a quarter of an hour, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from communique.desk import Desk, access, inviting, sessions, tokens
from communique.desk.sessions import NOWHERE, Visit
from communique.domain.account import Account, Asked, Opening, permitted
from communique.domain.actor import SERVICE, Actor
from communique.domain.address import parse
from communique.domain.event import Verb
from communique.domain.letter import Posted
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.ports import Transaction

LASTS = timedelta(minutes=15)
TRIES = 5  # codes that a browser may try before what it asked for is void
A_DAY = timedelta(days=1)
WRONG = 30  # codes of one address, wrong in a day; after that its links alone sign in
FROM_ONE = 30  # askings of one origin in `LASTS`
BY_ONE = 3  # letters to one address in `LASTS`, because of one origin,
IN_ALL = 15  # and because of all: nobody's inbox is filled, and it takes many to use up another's
OPENS = timedelta(minutes=5)  # that a link of the operator's works
AT_ONCE = 20  # wishes that one look reads


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody just signed in: the token of their session, and where they were going."""

    token: str
    association: str | None = None


async def ask(
    desk: Desk, address: str, origin: str = "", language: str = "", association: str = ""
) -> str:
    """Have a letter sent that says how to sign in, if somebody works here who has that address.

    It is the letter of `association`, where they work for it, and opens that one alone.
    What the browser that asks is to keep. Raises Invalid for what is no address, and NotAllowed
    where too much was asked from there.
    """
    mailbox = parse(address)
    return await wish(desk, str(mailbox), mailbox.key, origin, language, association=association)


async def wish(
    desk: Desk,
    address: str,
    key: str,
    origin: str,
    language: str,
    invitation: int | None = None,
    association: str = "",
) -> str:
    """The same, for an invitation too: what whoever holds it signs in by the first time."""
    token, now, origin = tokens.new(), desk.clock.now(), origin[:64]
    async with desk.store.begin() as transaction:
        if await transaction.sign_ins.asked_from(origin, now - LASTS) >= FROM_ONE:
            raise NotAllowed("asked_too_often")
        await transaction.sign_ins.add(
            Asked(
                id=0,
                token=tokens.digest(token),
                mark=desk.keyring.mark("sign-in-address", key),
                asked_at=now,
                expires_at=now + LASTS,
                address=address,
                origin=origin,
                language=language,
                invitation=invitation,
                association=association[:64],
            )
        )
    return token


async def accept(desk: Desk, invitation: str, origin: str = "", language: str = "") -> str:
    """Accept an invitation by its link: a letter with a code goes to the address that was invited.

    What the browser that accepts is to keep. Raises NotAllowed where it is over.
    """
    one = await inviting.shown(desk, invitation)
    if one is None:
        raise NotAllowed("invitation_over")
    return await wish(desk, one.address, parse(one.address).key, origin, language, one.id)


async def by_link(desk: Desk, asking: str, link: str, visit: Visit = NOWHERE) -> SignedIn:
    """Sign in by a letter's link, at the browser that asked. Raises NotAllowed.

    Only what a person presses may call this: whatever opens links on the way reads them too.
    """
    now = desk.clock.now()
    async with desk.store.begin() as transaction:
        asked = await transaction.sign_ins.find(tokens.digest(asking))
        # Compared in any case: how long an answer takes is no answer.
        known = tokens.same(tokens.link(desk, asked.token if asked else ""), link)
        if asked is None or not known:
            raise NotAllowed("sign_in_over")
        return await _enter(desk, transaction, asked, visit, now)


async def by_code(desk: Desk, asking: str, code: str, visit: Visit = NOWHERE) -> SignedIn:
    """Sign in by a letter's six digits, at the browser that asked. Raises NotAllowed.

    Each try counts, whoever's address it is, and the last that is wrong makes it void.
    """
    now, digest = desk.clock.now(), tokens.digest(asking)
    typed = "".join(one for one in code if one.isdecimal())
    async with desk.store.begin() as transaction:
        asked = await transaction.sign_ins.attempt(digest, now, TRIES)
        rests = asked and await transaction.sign_ins.wrong(asked.mark, now - A_DAY) > WRONG
        known = tokens.same(tokens.code(desk, digest), typed)
        if asked and known and asked.written_at and not rests:
            return await _enter(desk, transaction, asked, visit, now)
    if asked is None:
        raise NotAllowed("sign_in_over")
    if rests:
        raise NotAllowed("sign_in_code_rests")
    raise NotAllowed("sign_in_code_wrong", left=TRIES - asked.tries)


async def _enter(
    desk: Desk, transaction: Transaction, asked: Asked, visit: Visit, now: datetime
) -> SignedIn:
    """Spend what was asked for, and sign in whoever it was written to, if they may still."""
    if not await transaction.sign_ins.spend(asked.id, now):
        raise NotAllowed("sign_in_over")
    if asked.invitation is not None:
        account = await inviting.take_up(desk, transaction, asked.invitation)
    else:
        account = await transaction.accounts.get(SERVICE.scope, asked.account or 0)
    whose = asked.association
    if account is None or account.duty(whose) is None:
        raise NotAllowed("sign_in_over")
    token = await sessions.begin(desk, transaction, account, visit, asked.language, whose)
    await sessions.tell(desk, transaction, account.actor, account, Verb.SIGN_IN, [whose])
    return SignedIn(token)


# What the service does by itself.


async def write_due(desk: Desk, actor: Actor) -> int:
    """Write the letters that were asked for; how many. What is old is forgotten."""
    access.require_operator(actor)
    now = desk.clock.now()
    async with desk.store.read() as transaction:
        waiting = await transaction.sign_ins.waiting(AT_ONCE)
    written = 0
    for asked in waiting:
        async with desk.store.begin() as transaction:
            written += await _look(desk, transaction, asked, now)
    return written


async def forget(desk: Desk, actor: Actor) -> None:
    """Take away sessions and wishes that are over."""
    access.require_operator(actor)
    now = desk.clock.now()
    async with desk.store.begin() as transaction:
        await transaction.sign_ins.forget(now - A_DAY)
        await transaction.sessions.forget(now, now - desk.policy.session_idle)


async def _look(desk: Desk, transaction: Transaction, asked: Asked, now: datetime) -> bool:
    """Look whose address it is, and write to them; whether that was done."""
    letter, account = None, None
    if asked.asked_at <= now < asked.expires_at and not await _too_many(transaction, asked, now):
        if asked.invitation is not None:
            letter = await _to_invited(desk, transaction, asked, now)
        else:
            key = parse(asked.address).key
            account = await transaction.accounts.by_address(SERVICE.scope, key)
            letter = await _to_known(desk, transaction, asked, account, now) if account else None
    number = account.id if account else None
    by = letter.association if letter else None
    if not await transaction.sign_ins.looked(asked, number, now, by=by):
        return False
    return letter is not None and bool(await transaction.letters.post([letter]))


async def _too_many(transaction: Transaction, asked: Asked, now: datetime) -> bool:
    since = now - LASTS
    if await transaction.sign_ins.letters(asked.mark, since, asked.origin) >= BY_ONE:
        return True
    return await transaction.sign_ins.letters(asked.mark, since) >= IN_ALL


async def _to_known(
    desk: Desk, transaction: Transaction, asked: Asked, account: Account, now: datetime
) -> Posted:
    """The letter of the association that was asked; else of the one where they may do most.

    It is worth something there alone: its relay, and whoever has what comes back to its sender,
    can read it.
    """
    most = max(account.duties, key=lambda one: len(permitted(one.roles)))
    duty = account.duty(asked.association) or most
    name, language = duty.name or account.address, account.language or duty.language
    return await _letter(
        desk,
        transaction,
        asked,
        duty.association,
        name,
        account.address,
        language or asked.language,
        now,
    )


async def _to_invited(
    desk: Desk, transaction: Transaction, asked: Asked, now: datetime
) -> Posted | None:
    one = await transaction.invitations.by_id(SERVICE.scope, asked.invitation or 0)
    if one is None or not one.open(now):
        return None
    language = asked.language or one.language
    return await _letter(
        desk, transaction, asked, one.association, one.name, one.address, language, now
    )


async def _letter(
    desk: Desk,
    transaction: Transaction,
    asked: Asked,
    association: str,
    name: str,
    address: str,
    language: str,
    now: datetime,
) -> Posted:
    owner = await transaction.associations.get(SERVICE.scope, association)
    mark = desk.keyring.mark("letter", tokens.SIGN_IN, asked.token, association, address)
    return Posted(
        purpose=tokens.SIGN_IN,
        about=asked.token,
        association=association,
        language=language or owner.language,
        name=name,
        address=address,
        values={"asked": asked.token, "minutes": str(int(LASTS.total_seconds()) // 60)},
        days={},
        message_id=f"{mark}@{owner.list_domain}",
        written_at=asked.asked_at,
        due_at=now,
    )


# At the machine.


async def open_here(
    desk: Desk, actor: Actor, association: str | None = None, language: str = ""
) -> str:
    """Make a link that opens the desk as the operator: once, and soon. What stands in it.

    Raises NotFound for an association that is not there.
    """
    access.require_operator(actor)
    token, now = tokens.new(), desk.clock.now()
    async with desk.store.begin() as transaction:
        if association is not None:
            await transaction.associations.get(actor.scope, association)
        await transaction.sign_ins.add_opening(
            tokens.digest(token), Opening(association, language), now, now + OPENS
        )
        why = Fact("opens_association", association=association) if association else ""
        await sessions.tell(desk, transaction, actor, None, Verb.OPEN, why=why)
    return token


async def opens(desk: Desk, token: str) -> bool:
    """Whether a link of the operator's still works. Nothing is spent by asking."""
    async with desk.store.read() as transaction:
        return await transaction.sign_ins.opens(tokens.digest(token), desk.clock.now())


async def by_opening(desk: Desk, token: str, visit: Visit = NOWHERE) -> SignedIn:
    """Sign in as the operator, by a link that was made at the machine. Raises NotAllowed."""
    now = desk.clock.now()
    async with desk.store.begin() as transaction:
        opening = await transaction.sign_ins.take_opening(tokens.digest(token), now)
        if opening is None:
            raise NotAllowed("sign_in_over")
        session = await sessions.begin(desk, transaction, None, visit, opening.language)
        return SignedIn(session, opening.association)
