"""Approving: one party's word on one exact content. Every party must say yes; an edit voids it.

Whose word it is must be known: a person's who signed in as one of the party's approvers, or the
operator's at the machine, who gives it in the name of one and is named with it (P10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from communique.desk import Desk, comparing
from communique.desk.stepping import note, step
from communique.domain.account import Duty, permitted
from communique.domain.actor import SERVICE, Actor, ActorKind, Permission
from communique.domain.approval import Approval, ApprovalWord, counting, still_missing
from communique.domain.association import ApprovalRule, Association
from communique.domain.event import Verb
from communique.domain.release import Release, State, after, require_noted
from communique.domain.scope import Mine
from communique.domain.text import remark
from communique.errors import NotAllowed
from communique.facts import Fact
from communique.ports import Transaction

TOO_LATE = Fact("hour_passed_unapproved")


class Speaker(NamedTuple):
    """Whose word it is: a person's, by the name under which an association knows them."""

    name: str
    account: int


async def approve(
    desk: Desk,
    actor: Actor,
    key: str,
    association: str,
    person: str = "",
    comment: str = "",
    *,
    content: str | None = None,
) -> tuple[Release, tuple[str, ...]]:
    """Say yes for a party. The release, and the parties still missing.

    `person` is in whose name the operator at the machine says it; whoever signed in speaks for
    themselves. `content` is the hash of what was read: all of it, for two contents with the
    same first digits are made in a minute. Who signed in must say it.
    Raises NotAllowed if that is not under review, if the content is not the one that was submitted
    any more, or if the actor may not speak for the association.

    With the last yes the release is approved; or missed, if its hour has passed, for nobody means
    it to go at whatever moment the last party finds (P8).
    """
    actor, comment = actor.known_at(association), remark(comment)
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        if release.state is not State.IN_REVIEW:
            after(release.state, Verb.APPROVE)  # says why not
        voice = await speaker(transaction, actor, release, association, person)
        if content is not None or actor.kind is not ActorKind.OPERATOR:
            _require_named(release, content or "")
        reading = await comparing.read(transaction, release)
    await comparing.require_unchanged(desk, reading)
    async with desk.store.begin() as transaction:
        release = await comparing.still(transaction, reading)
        await speaker(transaction, actor, release, association, person)
        await keep(
            desk, transaction, actor, release, association, voice, ApprovalWord.APPROVED, comment
        )
        missing = await missing_parties(transaction, release)
        why = whose(actor, voice, association)
        if not missing and _passed(desk, release):
            await note(desk, transaction, release, Verb.APPROVE, actor, why=why)
            return await step(desk, transaction, release, Verb.MISS, actor, why=TOO_LATE), missing
        say = note if missing else step
        return await say(desk, transaction, release, Verb.APPROVE, actor, why=why), missing


def _passed(desk: Desk, release: Release) -> bool:
    return release.schedule is not None and release.schedule.send_at < desk.clock.now()


async def reject(
    desk: Desk, actor: Actor, key: str, association: str, person: str = "", comment: str = ""
) -> Release:
    """Say no for a party: the release goes back to its authors. Whose word it is: see `approve`."""
    actor, comment = actor.known_at(association), remark(comment)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        after(release.state, Verb.REJECT)  # says why not
        voice = await _speaker(transaction, actor, release, association, person)
        await keep(
            desk, transaction, actor, release, association, voice, ApprovalWord.REJECTED, comment
        )
        why = _saying(whose(actor, voice, association), comment)
        return await step(desk, transaction, release, Verb.REJECT, actor, why=why)


async def withdraw(
    desk: Desk, actor: Actor, key: str, association: str, person: str = "", comment: str = ""
) -> tuple[Release, tuple[str, ...]]:
    """Take one's own yes back while others are still to come. The release, and who is missing.

    Whose word it is: see `approve`. Once every party has said yes, no arrow leads back to review:
    who wants it stopped rejects it. Raises NotAllowed, there and where that person's last word on
    what is under review is no yes.
    """
    actor, comment = actor.known_at(association), remark(comment)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        if release.state in (State.APPROVED, State.MISSED):
            raise NotAllowed("approval_not_last_any_more", release=key)
        require_noted(release.state, Verb.WITHDRAW)
        voice = await _speaker(transaction, actor, release, association, person)
        said = await words(transaction, release)
        if own_yes(said, association, voice) is None:
            raise NotAllowed(
                "approval_not_given", release=key, person=voice.name, association=association
            )
        await keep(
            desk, transaction, actor, release, association, voice, ApprovalWord.WITHDRAWN, comment
        )
        why = _saying(whose(actor, voice, association), comment)
        noted = await note(desk, transaction, release, Verb.WITHDRAW, actor, why=why)
        return noted, await missing_parties(transaction, release)


async def missing_parties(transaction: Transaction, release: Release) -> tuple[str, ...]:
    """The parties that have not approved exactly what is under review, by who may now."""
    said = await words(transaction, release)
    return still_missing(release.parties, said, release.content_hash, release.submission)


async def words(transaction: Transaction, release: Release) -> tuple[Approval, ...]:
    """What parties said of what is under review or approved; each yes by who may still give it.

    A draft has no word that counts. A yes is as good as who gave it: who is declared no longer
    has lent theirs for as long as they were. A no is nobody's harm and stays, so that what it took
    back never counts again, whoever leaves or is called otherwise.
    """
    if release.state is State.DRAFT:
        return ()
    said = await transaction.releases.approvals(SERVICE.scope, release.id)
    known = await transaction.associations.named(SERVICE.scope, release.parties)
    said = counting(said, release.content_hash, release.submission)
    return tuple([one for one in said if await _counts(transaction, known, one)])


def own_yes(said: Sequence[Approval], association: str, voice: Speaker) -> Approval | None:
    """The yes that somebody said last for a party, unless they have taken it back."""
    own = [one for one in said if one.association == association and one.of(*voice)]
    return own[-1] if own and own[-1].word is ApprovalWord.APPROVED else None


async def _counts(
    transaction: Transaction, known: Mapping[str, Association], one: Approval
) -> bool:
    """Whether a word counts: a no always, a yes while whose it is may give it still.

    What was said at the machine does not count where that is no longer how a party approves.
    """
    if one.word is not ApprovalWord.APPROVED:
        return True
    party = known.get(one.association)
    if party is None:
        return False
    if one.actor.kind is ActorKind.OPERATOR and ApprovalRule.SIGNED_IN in party.approvals:
        return False
    if one.account is None:  # said at the machine, when only a name was kept
        return await _approver(transaction, party.key, one.person) is not None
    account = await transaction.accounts.get(SERVICE.scope, one.account)
    return account is not None and account.actor.may(Permission.APPROVE, party.key)


def _require_named(release: Release, content: str) -> None:
    """Raise NotAllowed unless `content` names what is under review."""
    if not re.fullmatch(r"[0-9a-f]{64}", content, re.IGNORECASE):
        raise NotAllowed("content_not_named", content=content)
    under_review = release.content_hash or ""
    if under_review != content.lower():
        raise NotAllowed(
            "content_not_under_review",
            content=content,
            release=release.key,
            under_review=under_review,
        )


async def speaker(
    transaction: Transaction, actor: Actor, release: Release, association: str, person: str
) -> Speaker:
    """Whose word the actor gives for a party. Raises NotAllowed if that may not be."""
    voice = await _speaker(transaction, actor, release, association, person)
    rules = (await transaction.associations.get(SERVICE.scope, association)).approvals
    if actor.kind is ActorKind.OPERATOR and ApprovalRule.SIGNED_IN in rules:
        raise NotAllowed("approval_at_machine", association=association)
    alone = ApprovalRule.AUTHOR_ALONE in rules
    if not alone and voice.account in await _authors(transaction, release):
        raise NotAllowed(
            "approval_of_author", person=voice.name, release=release.key, association=association
        )
    return voice


async def why_not(
    transaction: Transaction, actor: Actor, release: Release, association: str
) -> NotAllowed | None:
    """Why the actor may not approve for a party what is under review; None if they may.

    The operator at the machine may in the name of one of its approvers, if it has any.
    """
    person = ""
    if actor.kind is ActorKind.OPERATOR:
        person = next(iter(await approvers(transaction, association)), "")
    try:
        await speaker(transaction, actor, release, association, person)
    except NotAllowed as error:
        return error
    return None


async def _authors(transaction: Transaction, release: Release) -> set[int | None]:
    """Whoever signed in and wrote at a release, ever: what is approved may be theirs."""
    history = await transaction.events.history(SERVICE.scope, release.id)
    return {
        one.actor.account
        for one in history
        if one.actor.kind is ActorKind.PERSON and one.verb in (Verb.FILE, Verb.EDIT)
    }


async def _speaker(
    transaction: Transaction, actor: Actor, release: Release, association: str, person: str
) -> Speaker:
    """Whose word it is that the actor says for a party. Raises NotAllowed."""
    if association not in release.parties:
        raise NotAllowed(
            "association_not_party",
            association=association,
            release=release.key,
            parties=list(release.parties),
        )
    if actor.kind is not ActorKind.OPERATOR:
        known = actor.account if actor.kind is ActorKind.PERSON else None
        if known is not None and actor.may(Permission.APPROVE, association):
            return Speaker(actor.name, known)
        raise NotAllowed("actor_not_approver", person=actor.name, association=association)
    if approver := await _approver(transaction, association, person):
        return approver
    names = await approvers(transaction, association)
    raise NotAllowed("approver_unknown", person=person, association=association, approvers=names)


async def address(transaction: Transaction, one: Approval) -> str:
    """By what whoever gave a word is named at the machine, however they were called then."""
    there = await _approving_for(transaction, one.association)
    known = (duty.address for number, duty in there if number == one.account)
    return next(known, one.person)


async def approvers(transaction: Transaction, association: str) -> list[str]:
    """The names of who may approve for an association, declared or invited."""
    return [duty.name or duty.address for _, duty in await _approving_for(transaction, association)]


async def _approver(transaction: Transaction, association: str, name: str) -> Speaker | None:
    """Who may approve for an association and has that name or address; whom its file declares
    comes before who was invited.
    """
    wanted = name.strip().casefold()
    found = [
        (not duty.declared, duty.name or duty.address, number)
        for number, duty in await _approving_for(transaction, association)
        if wanted in (duty.name.casefold(), duty.address.casefold())
    ]
    return Speaker(*min(found)[1:]) if found and wanted else None


async def _approving_for(transaction: Transaction, association: str) -> list[tuple[int, Duty]]:
    there = await transaction.accounts.of(Mine(frozenset([association])), association)
    return [
        (one.id, duty)
        for one in there
        for duty in one.duties
        if Permission.APPROVE in permitted(duty.roles)
    ]


def whose(actor: Actor, voice: Speaker, association: str) -> Fact:
    """Whose word it is, where the actor alone does not tell."""
    if actor.kind is ActorKind.OPERATOR:
        return Fact("said_in_name_of", person=voice.name, association=association)
    return Fact("said_for", association=association)


def _saying(whose: Fact, comment: str) -> Fact:
    return Fact("said_with_comment", whose=whose, comment=comment) if comment else whose


async def keep(
    desk: Desk,
    transaction: Transaction,
    actor: Actor,
    release: Release,
    association: str,
    voice: Speaker,
    word: ApprovalWord,
    comment: str = "",
    public_from: datetime | None = None,
) -> None:
    """Keep somebody's word for a party: on what is under review, or on an hour of it as well."""
    if release.content_hash is None:
        raise NotAllowed("release_not_submitted", release=release.key)
    approval = Approval(
        association,
        voice.name,
        word,
        release.content_hash,
        release.submission,
        desk.clock.now(),
        actor,
        comment,
        public_from,
        voice.account,
    )
    await transaction.releases.approve(release.id, approval)
