"""Reviewing: one release with all that a person decides by. Changes nothing.

What is under review is read as it was frozen; what changed since a party's last yes is told from
what was frozen then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from communique.desk import Desk, approving, comparing, inspecting
from communique.desk.approving import Speaker
from communique.desk.inspecting import Standing
from communique.domain import revision
from communique.domain.actor import Actor
from communique.domain.approval import Approval, ApprovalWord
from communique.domain.association import Agreement, Association
from communique.domain.content import Frozen, differences
from communique.domain.kind import KindDefinition
from communique.domain.release import Release, State
from communique.domain.revision import Paragraph
from communique.errors import CommuniqueError, NotAllowed, NotFound
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class Look:
    """One release as an association looks at it: where it stands, and what it names."""

    standing: Standing
    associations: Mapping[str, Association]  # its parties and hosts, as they are declared
    kind: KindDefinition
    agreement: Agreement | None
    differing: tuple[str, ...]  # what is no longer as it was submitted


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since a party's last yes to another text, or to this one submitted before."""

    said: Approval
    texts: Mapping[str, tuple[Paragraph, ...]]  # by language
    rest: tuple[str, ...]  # what else differs, as `content.differences` names it

    @property
    def same(self) -> bool:
        """Whether it is what that party approved, octet for octet."""
        return not self.texts and not self.rest


@dataclass(frozen=True, slots=True)
class Asked:
    """What a party is asked about, and whether whoever looks may answer for it."""

    content: Frozen
    approvers: tuple[str, ...]
    why_not: NotAllowed | None  # why they may not say yes; None: they may
    own: Approval | None  # their own word that counts, if they gave one
    spoke: str  # the address of whoever gave the party's last word that counts
    since: Since | None = field(default=None)


async def require(desk: Desk, actor: Actor, key: str, association: str) -> None:
    """Raise NotFound for a release that the association has no part in."""
    async with desk.store.read() as transaction:
        _require(await transaction.releases.get(actor.scope, key), association)


def _require(release: Release, association: str) -> None:
    if association not in {*release.parties, *(one.association for one in release.audiences)}:
        raise NotFound("release_unknown", release=release.key)


async def look(desk: Desk, actor: Actor, key: str, association: str) -> Look:
    """One release. Raises NotFound for one that the association has no part in."""
    standing = await inspecting.standing(desk, actor, key)
    release = standing.release
    _require(release, association)
    async with desk.store.read() as transaction:
        known = await comparing.declared(transaction, release)
        agreement = None
        if release.agreement:
            agreement = await _agreement(transaction, actor, release.agreement)
    differing = {}
    if release.state in inspecting.SUBMITTED:
        differing = await comparing.changed(desk, [release])
    return Look(
        standing,
        known,
        await asyncio.to_thread(_kind, desk, release.kind),
        agreement,
        tuple(differing.get(key, ())),
    )


async def asked(desk: Desk, actor: Actor, standing: Standing, association: str) -> Asked | None:
    """What a party is asked about a release; None where nobody is asked anything."""
    release = standing.release
    if release.content_hash is None or release.state is State.DRAFT:
        return None
    async with desk.store.read() as transaction:
        content = await transaction.releases.content(actor.scope, release.content_hash)
        approvers = await approving.approvers(transaction, association)
        why_not = await approving.why_not(transaction, actor, release, association)
        said = [one for one in standing.counting if one.association == association]
        spoke = await approving.address(transaction, said[-1]) if said else ""
        before = _before(standing, association)
        was = None
        if before:
            async for _, kept in transaction.releases.contents(actor.scope, [before.content_hash]):
                was = kept

    def read() -> tuple[Frozen, Since | None]:
        now = content.read()
        return now, _since(before, was.read(), now) if before and was else None

    now, since = await asyncio.to_thread(read)
    own = None
    if actor.account is not None:
        own = approving.own_yes(said, association, Speaker(actor.name, actor.account))
    return Asked(now, tuple(approvers), why_not, own, spoke, since)


async def _agreement(transaction: Transaction, actor: Actor, key: str) -> Agreement | None:
    try:
        return await transaction.associations.agreement(actor.scope, key)
    except NotFound:  # of others: whose members it goes to is no party to it
        return None


def _kind(desk: Desk, key: str) -> KindDefinition:
    try:
        return desk.press.kind(key)
    except CommuniqueError:  # said when it is submitted
        return KindDefinition(key)


def _before(standing: Standing, association: str) -> Approval | None:
    """The last yes that a party said of what was submitted before."""
    release = standing.release
    said = [
        one
        for one in standing.approvals
        if one.association == association
        and one.word is ApprovalWord.APPROVED
        and one.submission != release.submission
    ]
    return said[-1] if said else None


def _since(said: Approval, was: Frozen, now: Frozen) -> Since:
    texts: dict[str, tuple[Paragraph, ...]] = {}
    rest = []
    for one in differences(was, now):
        if not one.startswith("edition "):
            rest.append(one)
            continue
        language = one.removeprefix("edition ")
        texts[language] = revision.changed(_text(was, language), _text(now, language))
    return Since(said, texts, tuple(rest))


def _text(content: Frozen, language: str) -> str:
    """All that is written in a language: subject, preheader and body, and what else it has."""
    one = content.edition(language)
    if one is None:
        return ""
    more = (str(value) for _, value in sorted(one.fields.items()))
    return "\n\n".join([one.subject, one.preheader, one.body, *more])
