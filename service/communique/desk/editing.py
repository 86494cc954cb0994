"""Editing: a release that is written at the desk, by one or several, a piece at a time.

Saving goes on in one edit of the same person for a while, so that history tells of it once. What
two wrote at once is put together by its parts; the same part by both is refused, and nothing lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from communique.desk import Desk, access, addressing, drafting
from communique.desk.approving import words
from communique.desk.stepping import go_on, step
from communique.domain import draft
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.approval import ApprovalWord
from communique.domain.event import Event, Verb
from communique.domain.kind import KEY, KindDefinition
from communique.domain.release import ARROWS, Release, State
from communique.domain.text import folded
from communique.errors import CommuniqueError, Invalid, NotAllowed
from communique.ports import Transaction

SITTING = timedelta(minutes=10)  # of one edit, from its beginning
KEYS = 60  # characters of a key that the desk makes


def key_for(title: str) -> str:
    """A key that tells of a title: `mission-a-boston`; of one without a letter, `release`."""
    text = folded(title)
    words = "".join(one if one.isascii() and one.isalnum() else " " for one in text).split()
    return "-".join(words)[:KEYS].strip("-") or "release"


async def kinds(desk: Desk) -> tuple[KindDefinition, ...]:
    """The kinds that a release can be of; one whose declaration cannot be read is none."""

    def read() -> Iterator[KindDefinition]:
        for key in desk.press.kinds():
            with suppress(CommuniqueError):
                yield desk.press.kind(key)

    return await asyncio.to_thread(lambda: tuple(read()))


async def begin(desk: Desk, actor: Actor, release: Release, *, of: str = "") -> Release:
    """File a draft to be written at the desk, begun from the release `of` if it names one.

    Where its key is taken, it gets the next free one: `news-2`. Raises Problems for what it names
    and is not here, and Invalid for a key that is none.
    """
    if not KEY.fullmatch(release.key):
        raise Invalid("release_key_malformed", release=release.key)
    wanted = replace(release, key=await _free(desk, release.key), folder_said=draft.NONE)
    wanted = replace(wanted, editions=tuple(map(draft.here, wanted.editions)))
    if of:
        return await drafting.copy(desk, actor, of, wanted)
    return (await drafting.file(desk, actor, wanted))[0]


async def write(desk: Desk, actor: Actor, wanted: Release, seen: Mapping[str, str]) -> Release:
    """Save what somebody wrote of a draft: `wanted`, made from parts that had the marks `seen`.

    What others wrote of other parts meanwhile stays. Raises NotAllowed with the `parts` that both
    wrote, or where it is no draft (any more); then nothing is changed.
    """
    async with desk.store.begin() as transaction:
        before = await transaction.releases.get(actor.scope, wanted.key, hold=True)
        access.require_party(actor, Permission.EDIT, before)
        if before.state is not State.DRAFT:
            raise NotAllowed(
                "release_not_in_state", verb=Verb.EDIT, state=before.state, allowed=[State.DRAFT]
            )
        made, both = draft.merged(before, wanted, seen)
        if both:
            raise NotAllowed("parts_edited_meanwhile", release=before.key, parts=both)
        made = await addressing.resolved(transaction, actor, made)
        if draft.parts(made) == draft.parts(before):
            return before
        access.require_party(actor, Permission.EDIT, made)
        await drafting.check_references(transaction, actor, made, before)
        return await _written(desk, transaction, actor, before, made)


async def reopen(desk: Desk, actor: Actor, key: str) -> Release:
    """Take a release that was handed in back to be written. Its approvals are void.

    Raises NotAllowed where it cannot be edited any more.
    """
    async with desk.store.begin() as transaction:
        before = await transaction.releases.get(actor.scope, key, hold=True)
        access.require_party(actor, Permission.EDIT, before)
        if before.state is State.DRAFT:
            return before
        last = {one.association: one.word for one in await words(transaction, before)}
        void = sum(word is ApprovalWord.APPROVED for word in last.values())
        why = drafting.voided(void)
        return await step(
            desk, transaction, before, Verb.EDIT, actor, why=why, reason=None, content_hash=None
        )


def opens(release: Release) -> bool:
    """Whether it was handed in, and can be taken back to be written."""
    return release.state is not State.DRAFT and release.state in ARROWS[Verb.EDIT][0]


async def _written(
    desk: Desk, transaction: Transaction, actor: Actor, before: Release, made: Release
) -> Release:
    """What is kept of it: within a sitting no more than the text itself."""
    said = draft.digest(before) if before.folder_said is None else before.folder_said
    known = {one.language: one for one in before.editions}
    editions = tuple(
        one if one == known.get(one.language) else draft.here(one) for one in made.editions
    )
    changes: dict[str, Any] = {
        "kind": made.kind,
        "parties": made.parties,
        "agreement": made.agreement,
        "link": made.link,
        "fields": made.fields,
        "newsroom": made.newsroom,
        "corrects": made.corrects,
        "editions": editions,
        "audiences": made.audiences,
        "folder_said": said,
    }
    history = await transaction.events.history(SERVICE.scope, before.id)
    if history and _goes_on(history[-1], actor, desk.clock.now()):
        return await go_on(transaction, before, history[-1], actor, **changes)
    # Why it came back to its authors still shows to them.
    return await step(desk, transaction, before, Verb.EDIT, actor, **changes, reason=before.reason)


def _goes_on(last: Event, actor: Actor, now: datetime) -> bool:
    """Whether what history says last was said of the sitting that somebody is still in."""
    written = last.verb in (Verb.FILE, Verb.EDIT) and last.actor == actor
    return written and last.at + SITTING > now


async def _free(desk: Desk, key: str) -> str:
    tried, number = key, 1
    async with desk.store.read() as transaction:
        while await transaction.releases.taken(tried):
            number += 1
            tried = f"{key}-{number}"
    return tried
