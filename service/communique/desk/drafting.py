"""Writing a release: filing it, editing it, and handing it in for review.

Submitting freezes all that shapes what is received; whoever approves, approves that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from communique.desk import (
    Desk,
    access,
    addressing,
    expanding,
    happening,
    lasting,
    lawful,
    publishing,
    retelling,
)
from communique.desk.approving import words
from communique.desk.comparing import Reading, declared, frozen, still
from communique.desk.stepping import note, report, step
from communique.domain import draft, law
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.approval import ApprovalWord
from communique.domain.association import Association
from communique.domain.content import Content
from communique.domain.event import Subject, SubjectKind, Verb
from communique.domain.release import Release, State, after
from communique.domain.skeleton import unwritten
from communique.domain.text import abbreviated, is_language
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound, Problems
from communique.facts import Fact, Why
from communique.ports import Press, Transaction


async def file(
    desk: Desk, actor: Actor, release: Release, *, over: bool = False
) -> tuple[Release, str]:
    """Add a release, or edit the one with its key; says `filed`, `edited` or `unchanged`.

    An edit that changes the content voids its approvals, for they speak of another hash. Raises
    NotAllowed if `release` has the revision it was read in, and somebody else edited it since.

    It is what a folder says. What was written at the desk since outlasts a folder that says
    nothing new; one that does is refused (NotAllowed), unless it is to go `over` that (P11).
    """
    async with desk.store.begin() as transaction:
        try:
            before = await transaction.releases.get(actor.scope, release.key, hold=True)
        except NotFound:
            before = None
        for one in (before, release):
            if one:  # nor does anybody edit away that it is theirs
                access.require_party(actor, Permission.EDIT, one)
        release = await addressing.resolved(transaction, actor, release)
        await check_references(transaction, actor, release, before)
        if before is None:
            added = replace(release, state=State.DRAFT)
            filed = await transaction.releases.add(added, desk.clock.now())
            return await note(desk, transaction, filed, Verb.FILE, actor), "filed"
        if release.revision not in (0, before.revision):
            raise NotAllowed("release_edited_meanwhile", release=release.key)
        if not over and _stands(before, release):
            return before, "unchanged"
        if before.folder_said is not None and draft.digest(before) == draft.digest(release):
            before = await _agreed(desk, transaction, actor, before)
        if _written(before) == _written(release) and release.public_from in (
            None,
            before.public_from,
        ):
            return before, "unchanged"
        last = {one.association: one.word for one in await words(transaction, before)}
        void = sum(word is ApprovalWord.APPROVED for word in last.values())
        edited = await step(
            desk,
            transaction,
            before,
            Verb.EDIT,
            actor,
            why=voided(void),
            reason=None,
            kind=release.kind,
            parties=release.parties,
            agreement=release.agreement,
            link=release.link,
            editions=release.editions,
            audiences=release.audiences,
            fields=release.fields,
            newsroom=release.newsroom,
            corrects=release.corrects,
            public_from=release.public_from or before.public_from,
            schedule=release.schedule or before.schedule,
            content_hash=None,
            folder_said=None,
        )
        return edited, "edited"


async def _agreed(desk: Desk, transaction: Transaction, actor: Actor, before: Release) -> Release:
    """The folder says by now what was written at the desk: from here on it leads again."""
    if before.state is not State.DRAFT:
        return before
    return await note(desk, transaction, before, Verb.FILE, actor, folder_said=None)


def _stands(before: Release, folder: Release) -> bool:
    """Whether what was written at the desk stands: its folder says nothing new since.

    Raises NotAllowed where both say something new.
    """
    if before.folder_said is None or draft.digest(before) == draft.digest(folder):
        return False
    if before.folder_said == draft.digest(folder) and folder.public_from in (
        None,
        before.public_from,
    ):
        return True
    raise NotAllowed("release_written_here", release=before.key)


async def require_free(desk: Desk, key: str) -> None:
    """Raise NotAllowed where a release has that key."""
    async with desk.store.read() as transaction:
        if await transaction.releases.taken(key):
            raise NotAllowed("release_key_taken", release=key)


async def copy(desk: Desk, actor: Actor, key: str, copied: Release) -> Release:
    """File a draft that was made from the release `key`, under a key of its own.

    It has no hour, and nobody's word. Raises NotAllowed where its key is taken, and Problems if it
    names what is gone since.
    """
    async with desk.store.begin() as transaction:
        original = await transaction.releases.get(actor.scope, key)
        access.require_party(actor, Permission.EDIT, copied)
        copied = await addressing.resolved(transaction, actor, copied)
        await check_references(transaction, actor, copied, original)
        if await transaction.releases.taken(copied.key):
            raise NotAllowed("release_key_taken", release=copied.key)
        begun = replace(copied, state=State.DRAFT, schedule=None)
        added = await transaction.releases.add(begun, desk.clock.now())
        return await note(
            desk, transaction, added, Verb.FILE, actor, why=Fact("copy_of", release=key)
        )


async def delete(desk: Desk, actor: Actor, key: str) -> Release:
    """Remove a draft that was never submitted; as it was. That it was here stays written.

    Raises NotAllowed for any other: what people were asked about is kept.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, release)
        if release.state is not State.DRAFT or release.submission:
            raise NotAllowed("release_was_submitted", release=key)
        await transaction.releases.delete(release)
        subject = Subject(SubjectKind.RELEASE, key, release.id)
        await report(desk, transaction, subject, Verb.DELETE, actor, association=None)
        return release


def voided(approvals: int) -> Why:
    """What an edit says that takes as many approvals with it."""
    if not approvals:
        return ""
    return Fact("approval_void") if approvals == 1 else Fact("approvals_void", count=approvals)


async def submit(desk: Desk, actor: Actor, key: str) -> tuple[Release, Sequence[CommuniqueError]]:
    """Hand a draft in for review: check it whole, freeze it. The release, and any warnings.

    Raises Problems that name every mistake with its file and line, and NotAllowed if somebody
    changed what was checked before it was frozen; then nothing has changed.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        access.require_party(actor, Permission.EDIT, release)
        after(release.state, Verb.SUBMIT)  # what cannot be is not checked
        reading = await _counted(desk, transaction, actor, release)
    content, warnings = await checked(desk, reading, list(_unwritten(release)))
    async with desk.store.begin() as transaction:
        release = await still(transaction, reading)
        await transaction.releases.freeze(content, desk.clock.now())
        submitted = await step(
            desk,
            transaction,
            release,
            Verb.SUBMIT,
            actor,
            content_hash=content.hash,
            submission=release.submission + 1,
        )
        return submitted, warnings


async def check(desk: Desk, actor: Actor, key: str) -> tuple[Release, Sequence[CommuniqueError]]:
    """What submitting would find, whatever state it is in: its warnings. Changes nothing.

    Raises Problems, as `submit` does.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        reading = await _counted(desk, transaction, actor, release)
    _, warnings = await checked(desk, reading, list(_unwritten(release)))
    return release, warnings


async def _counted(desk: Desk, transaction: Transaction, actor: Actor, release: Release) -> Reading:
    """A release to be checked, and where those are whom it goes to.

    Raises Problems if it names what is not here.
    """
    reading = await checkable(transaction, actor, release)
    own = await transaction.associations.keys(actor.scope)
    return replace(reading, reached=await expanding.reached(desk, transaction, release, own))


async def checkable(transaction: Transaction, actor: Actor, release: Release) -> Reading:
    """A release to be checked, for readers anywhere. Raises Problems if it names what is not here.

    It counts nobody: looking at a release must not take longer the more it goes to.
    """
    await check_references(transaction, actor, release, release)
    agreement = None
    if release.agreement:
        agreement = await transaction.associations.agreement(actor.scope, release.agreement)
    return Reading(release, await declared(transaction, release), agreement=agreement)


async def checked(
    desk: Desk, reading: Reading, problems: Sequence[CommuniqueError] = ()
) -> tuple[Content, Sequence[CommuniqueError]]:
    """The content as it stands now, whole and without a mistake, and its warnings.

    It takes a tenth of a second and more: in a thread, and in no transaction. Raises Problems,
    which name those that were found before as well.
    """
    return await asyncio.to_thread(_checked, desk.press, reading, problems, desk.clock.now())


def _checked(
    press: Press, reading: Reading, found_before: Sequence[CommuniqueError], now: datetime
) -> tuple[Content, Sequence[CommuniqueError]]:
    release = reading.release
    asks = lawful.asked(release, reading.associations, reading.reached)
    unlawful, doubts = lawful.unlawful(release, reading.associations, asks, reading.reached)
    problems = [*_incomplete(release, reading.associations), *unlawful, *found_before]
    content = frozen(release, reading.associations, press.templates(release.kind))
    read = content.read()
    problems += lasting.problems(press, read, release, reading.associations, reading.agreement, now)
    try:
        warnings = press.check(read, release.editions, asks)
    except Problems as found:
        wrong = [*problems, *found.problems]
        raise Problems(wrong, "release_not_sendable", release=release.key).beside(
            [*doubts, *found.warnings]
        ) from found
    if problems:
        raise Problems(problems, "release_not_sendable", release=release.key).beside(
            [*doubts, *warnings]
        )
    return content, (*doubts, *warnings, *publishing.doubts(press, content.read()))


async def check_references(
    transaction: Transaction, actor: Actor, release: Release, shown: Release | None
) -> None:
    """Raises Problems if what a release names is not here, or not for the actor to know of (P6).

    Which of the two it is, nothing tells. `shown` is the release as the actor sees it already.
    """
    problems: list[CommuniqueError] = []
    if not release.parties:
        problems.append(Invalid("release_without_party"))
    problems += [
        Invalid("language_unknown", language=abbreviated(one.language))
        for one in release.editions
        if not is_language(one.language)
    ]
    own = await transaction.associations.keys(actor.scope)
    seen = sorted({*own, *await _partners(transaction, actor), *(_named(shown) if shown else ())})
    named = _named(release)
    known = await transaction.associations.named(
        SERVICE.scope, [key for key in named if key in seen]
    )
    problems += [
        NotFound("association_unknown", association=key, known=seen)
        for key in named
        if key not in known
    ]
    for audience in release.audiences:
        association = known.get(audience.association)
        if association is None:
            continue  # said above
        problems += addressing.contradictions(audience)
        for key in (*audience.lists, *audience.without):
            try:
                association.list_named(key)
            except NotFound as error:
                ours = association.key in own
                problems.append(error if ours else _no_list(association, key))
        if association.key not in release.parties:
            rules = law.asked(association.jurisdiction).names(law.Need.HOST_APPROVES)
            problems.append(Invalid("audience_not_party", association=association.key, rules=rules))
    problems += await happening.unfollowed(transaction, actor, release)
    problems += await retelling.problems(transaction, actor, release, known)
    if release.agreement:
        try:
            agreed = await transaction.associations.agreement(actor.scope, release.agreement)
        except NotFound as error:
            problems.append(error)
        else:
            if others := [key for key in release.parties if key not in agreed.parties]:
                problems.append(
                    Invalid("agreement_of_others", agreement=agreed.key, associations=others)
                )
    if problems:
        raise Problems(problems, "release_names_unknown", release=release.key)


def _named(release: Release) -> list[str]:
    """The associations that a release names, in its order."""
    audiences = [one.association for one in release.audiences]
    return list(dict.fromkeys([*release.parties, *audiences]))


async def _partners(transaction: Transaction, actor: Actor) -> set[str]:
    """Whom the associations that an actor acts for have agreed with."""
    agreed = await transaction.associations.agreements(actor.scope)
    return {key for one in agreed for key in one.parties}


def _no_list(association: Association, key: str) -> NotFound:
    """Not which ones a partner has instead: those are for its own to see."""
    return NotFound("list_of_partner_unknown", association=association.key, list=key)


def _unwritten(release: Release) -> Iterator[CommuniqueError]:
    """What an edition began with may be looked at, and is handed in by nobody."""
    for one in release.editions:
        file = one.source or f"edition {one.language}"
        if parts := unwritten(one):
            yield Invalid("edition_unwritten", file=file, parts=list(parts))
        if not one.body.strip():
            yield Invalid("edition_without_body", file=file)


def _incomplete(release: Release, associations: Mapping[str, Association]) -> list[CommuniqueError]:
    """What plain sense asks for and a release lacks."""
    problems: list[CommuniqueError] = []
    if not release.audiences:
        problems.append(Invalid("release_without_audience"))
    if not release.editions:
        problems.append(Invalid("release_without_edition"))
    written = {one.language for one in release.editions}
    for audience in release.audiences:
        association = associations[audience.association]
        if not written & set(association.languages):
            problems.append(
                Invalid(
                    "audience_without_edition",
                    association=association.key,
                    languages=list(association.languages),
                    language=association.language,
                )
            )
    return problems


def _written(release: Release) -> tuple[object, ...]:
    """What an author writes, comparable."""
    return (
        release.kind,
        release.parties,
        release.agreement,
        release.link,
        {e.language: (e.subject, e.preheader, e.body, e.fields) for e in release.editions},
        set(release.audiences),
        release.fields,
        release.newsroom,
        release.corrects,
    )
