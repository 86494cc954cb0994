"""Sessions: who is asking, at each request anew; where somebody is signed in, and being so no more.

Nothing is remembered of what somebody may do: whose duty ended is nobody here a moment later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from communique.desk import Desk, access, tokens
from communique.desk.stepping import report
from communique.domain.account import LANGUAGES, THEMES, Account, Session
from communique.domain.actor import SERVICE, Actor, ActorKind
from communique.domain.address import parse
from communique.domain.browser import family
from communique.domain.event import Subject, SubjectKind, Verb
from communique.errors import NotFound
from communique.facts import Fact
from communique.ports import Transaction

OPERATORS = timedelta(hours=12)  # that the operator's lasts at most: it may do everything
NOTED = timedelta(minutes=1)  # how exactly it is known when one was used: a page should not write


@dataclass(frozen=True, slots=True)
class Visit:
    """From where somebody comes to sign in. A session that they have already ends by it."""

    origin: str = ""  # the address
    browser: str = ""  # as it names itself
    session: str = ""  # the token of one that it has


NOWHERE = Visit()


async def who(desk: Desk, token: str) -> Session | None:
    """Whose session that is, and what they may do now; None where it is nobody's any more."""
    if not token:
        return None
    async with desk.store.read() as transaction:
        session = await transaction.sessions.find(tokens.digest(token))
    if session is None:
        return None
    now = desk.clock.now()
    if _over(desk, session, now):
        async with desk.store.begin() as transaction:  # or a clock that is set back revived it
            await transaction.sessions.end([session.id])
        return None
    if not session.seen_at <= now < session.seen_at + NOTED:
        async with desk.store.begin() as transaction:
            await transaction.sessions.touch(session.id, now)
            if session.account:
                await transaction.accounts.seen(session.account.id, now)
    return replace(session, csrf=tokens.csrf(token))


def _over(desk: Desk, session: Session, now: datetime) -> bool:
    return session.expires_at <= now or session.seen_at + desk.policy.session_idle <= now


async def begin(
    desk: Desk,
    transaction: Transaction,
    account: Account | None,
    visit: Visit,
    language: str,
    association: str = "",
) -> str:
    """Sign somebody in at an association; the operator, who is no account, at all of them.
    The token of their new session.

    One that the browser had ends: a token that was there before signing in opens nothing after.
    What it opened to the same person stays open, and no longer than it would have.
    """
    token, now = tokens.new(), desk.clock.now()
    lifetime = desk.policy.session_lifetime
    expires_at = now + (lifetime if account else min(lifetime, OPERATORS))
    opens = [association] if account else []
    if visit.session:
        had = await transaction.sessions.find(tokens.digest(visit.session))
        if had and had.account and account and had.account.id == account.id:
            besides = [one for one in had.opens if one != association]
            if besides and not _over(desk, had, now):
                opens, expires_at = [*opens, *besides], min(expires_at, had.expires_at)
        await transaction.sessions.end_token(tokens.digest(visit.session))
    await transaction.sessions.add(
        tokens.digest(token),
        account.id if account else None,
        at=now,
        expires_at=expires_at,
        browser=family(visit.browser),
        origin=visit.origin[:64],
        language=language,
        opens=opens,
    )
    return token


async def listed(desk: Desk, actor: Actor, address: str | None = None) -> tuple[Session, ...]:
    """Where somebody is signed in: the actor; or for the operator, whoever has that address.

    Who may not act at an association is not told where they may.
    """
    async with desk.store.read() as transaction:
        account = await _whose(transaction, actor, address)
        found = await _theirs(transaction, actor, account)
    now = desk.clock.now()
    return tuple(one for one in found if not _over(desk, one, now))


async def revoke(
    desk: Desk, actor: Actor, ids: Collection[int] | None = None, address: str | None = None
) -> int:
    """End sessions of whose `listed` tells, or all of them; how many.

    Raises NotFound for one that is not among them.
    """
    async with desk.store.begin() as transaction:
        account = await _whose(transaction, actor, address)
        theirs = {one.id: one for one in await _theirs(transaction, actor, account)}
        if unknown := set(ids or ()) - theirs.keys():
            raise NotFound("session_unknown", session=min(unknown))
        ended = [one for number, one in theirs.items() if ids is None or number in ids]
        await transaction.sessions.end([one.id for one in ended])
        if ids is None and account is not None:
            mark = desk.keyring.mark("sign-in-address", parse(account.address).key)
            await transaction.sign_ins.void(mark, desk.clock.now())
        if ended:
            why = Fact("sessions_ended", count=len(ended))
            whose = {key for one in ended for key in one.opens}
            await tell(desk, transaction, actor, account, Verb.SIGN_OUT, sorted(whose), why)
        return len(ended)


async def _theirs(
    transaction: Transaction, actor: Actor, account: Account | None
) -> tuple[Session, ...]:
    found = await transaction.sessions.of(account.id if account else None)
    if actor.kind is not ActorKind.PERSON:
        return found
    return tuple(one for one in found if actor.grants.keys() >= set(one.opens))


async def leave(desk: Desk, token: str) -> None:
    """Sign out at this browser."""
    async with desk.store.begin() as transaction:
        session = await transaction.sessions.find(tokens.digest(token))
        if session is None:
            return
        await transaction.sessions.end([session.id])
        await tell(desk, transaction, session.actor, session.account, Verb.SIGN_OUT, session.opens)


async def choose(
    desk: Desk, session: Session, *, language: str | None = None, theme: str | None = None
) -> Session:
    """Keep which language and theme somebody wants; empty leaves it to the browser.

    Whatever is none of ours changes nothing.
    """
    language = session.language if language not in (*LANGUAGES, "") else language
    theme = session.theme if theme not in (*THEMES, "") else theme
    async with desk.store.begin() as transaction:
        if session.account is None:
            await transaction.sessions.choose(session.id, language, theme)
            return replace(session, chosen_language=language, chosen_theme=theme)
        await transaction.accounts.choose(session.account.id, language, theme)
        account = replace(session.account, language=language, theme=theme)
        return replace(session, account=account)


async def tell(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    account: Account | None,
    verb: Verb,
    associations: Collection[str] = (),
    why: Fact | str = "",
) -> None:
    """Write down what somebody did with an account: in the audit of each that it concerns.

    When somebody works for one is nothing that the others know.
    """
    for one in associations if account else [None]:
        subject = Subject(SubjectKind.ACCOUNT, account.address if account else "", _id(account))
        known = actor.known_at(one) if one else actor
        await report(desk, transaction, subject, verb, known, association=one, why=why)


def _id(account: Account | None) -> int:
    return account.id if account else 0


async def _whose(transaction: Transaction, actor: Actor, address: str | None) -> Account | None:
    """The account that is asked for, the operator's own being none. Raises NotFound, NotAllowed."""
    if actor.kind is ActorKind.PERSON and address is None:
        account = await transaction.accounts.get(SERVICE.scope, actor.account or 0)
        if account is None:
            raise NotFound("account_unknown", address=actor.name)
        return account
    access.require_operator(actor)
    if address is None:
        return None
    found = await transaction.accounts.by_address(SERVICE.scope, parse(address).key)
    if found is None:
        raise NotFound("account_unknown", address=address)
    return found
