"""Comparing: a release as it stands now, and whether that is still what was submitted (P4).

What reads a file, renders or parses is done in a thread and in no transaction: nobody waits for it
(P7). The transaction that acts on it looks only whether all that was read is still so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from communique.desk import Desk
from communique.domain.actor import SERVICE
from communique.domain.association import Agreement, Association
from communique.domain.content import FORMAT, Content, differences, freeze
from communique.domain.release import Release, State, sooner
from communique.errors import CommuniqueError, ContentChanged, NotAllowed, NotFound
from communique.ports import Transaction
from communique.wording import Remedy

Templates = Mapping[str, str]  # every file that a kind can reach, by its path


@dataclass(frozen=True, slots=True)
class Reading:
    """A release and what its associations declare, as they stood in one transaction."""

    release: Release
    associations: Mapping[str, Association]
    submitted: Content | None = None  # what is kept of what was submitted
    # Where each association's readers are, as its roster has it; None where nobody may know.
    reached: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    agreement: Agreement | None = None  # the one that it cites, where that matters


async def declared(transaction: Transaction, release: Release) -> dict[str, Association]:
    """What its parties, and whoever it goes to, declare, by key; who is not known is left out.

    The desk reads them with its own eyes: of all this, a message shows what their readers may see.
    """
    return dict(await transaction.associations.named(SERVICE.scope, _concerned(release)))


async def read(transaction: Transaction, release: Release) -> Reading:
    """All that tells whether a release is still what was submitted."""
    submitted = None
    async for _, content in transaction.releases.contents(SERVICE.scope, _hashes(release)):
        submitted = content
    return Reading(release, await declared(transaction, release), submitted)


def require_submitted(release: Release, reading: Reading) -> None:
    """Raise NotAllowed if something else is under review than when it was read."""
    if release.content_hash != reading.release.content_hash:
        raise NotAllowed("release_or_parties_changed_meanwhile", release=release.key)


async def same(transaction: Transaction, reading: Reading) -> Release | None:
    """Hold a release; None if anything changed since it was read: it is to be looked at again."""
    release = await transaction.releases.by_id(SERVICE.scope, reading.release.id, hold=True)
    if release.revision != reading.release.revision:
        return None
    unchanged = await declared(transaction, release) == reading.associations
    return release if unchanged else None


async def still(transaction: Transaction, reading: Reading) -> Release:
    """The same, for whom somebody waits. Raises NotAllowed if anything changed."""
    release = await same(transaction, reading)
    if release is None:
        raise NotAllowed("release_or_parties_changed_meanwhile", release=reading.release.key)
    return release


async def require_unchanged(desk: Desk, reading: Reading) -> None:
    """Raise NotAllowed, naming what differs, if the content is no longer the one under review (P4).

    Raises ContentChanged if what was submitted is not even kept as it was.
    """
    release = reading.release
    if release.content_hash is None:
        raise NotAllowed("release_not_submitted", release=release.key)
    if differing := await asyncio.to_thread(_differing, desk, reading, {}):
        raise NotAllowed(
            "release_changed",
            release=release.key,
            differing=differing,
            remedy=Remedy.REJECT_AND_SUBMIT if release.state is State.IN_REVIEW else None,
        )


async def changed(desk: Desk, releases: Sequence[Release]) -> dict[str, list[str]]:
    """What differs from what was submitted, of those where anything does, by key.

    Definitions and documents are read once for all, and the templates of a kind once. What cannot
    be read at all differs, too.
    """
    found = {}
    templates: dict[str, Templates] = {}
    async for reading in _readings(desk, releases):
        try:
            differing = await asyncio.to_thread(_differing, desk, reading, templates)
        except CommuniqueError as error:
            differing = [str(error)]
        if differing:
            found[reading.release.key] = differing
    return {one.key: found[one.key] for one in releases if one.key in found}


async def _readings(desk: Desk, releases: Sequence[Release]) -> AsyncIterator[Reading]:
    """Each that was submitted. Of their documents only few are in memory at a time (P9)."""
    under: dict[str, list[Release]] = {}
    for one in releases:
        for content_hash in _hashes(one):
            under.setdefault(content_hash, []).append(one)
    async with desk.store.read() as transaction:
        known = {one.key: one for one in await transaction.associations.all(SERVICE.scope)}
        async for content_hash, content in transaction.releases.contents(SERVICE.scope, under):
            for one in under.pop(content_hash):
                yield Reading(one, known, content)
    for one in chain.from_iterable(under.values()):
        yield Reading(one, known)


def _differing(desk: Desk, reading: Reading, templates: dict[str, Templates]) -> list[str]:
    """What differs. `templates` are those read already, by kind, and get what is read here."""
    release, submitted = reading.release, reading.submitted
    if submitted is None:
        raise ContentChanged("content_gone", content=(release.content_hash or "")[:12])
    submitted.kept_as(release.content_hash or "")
    kind = release.kind
    if kind not in templates:
        templates[kind] = desk.press.templates(kind)
    now = frozen(release, reading.associations, templates[kind], submitted.format)
    if now == submitted:
        return []
    before = submitted.read()
    if not sooner(release.public_from, before.public_from):  # held back for longer is no less so
        release = replace(release, public_from=before.public_from)
        now = frozen(release, reading.associations, templates[kind], submitted.format)
        if now == submitted:
            return []
    return differences(before, now.read()) or ["format"]


def frozen(
    release: Release,
    associations: Mapping[str, Association],
    templates: Templates,
    number: int = FORMAT,
) -> Content:
    """The content as it stands now, in the format of that `number`: older ones can be compared."""
    keys = _concerned(release)
    if missing := sorted(keys - associations.keys()):
        known = sorted(keys & associations.keys())
        raise NotFound("association_unknown", association=missing[0], known=known)
    return freeze(release, [associations[key] for key in sorted(keys)], templates, number=number)


def _concerned(release: Release) -> set[str]:
    return {*release.parties, *(one.association for one in release.audiences)}


def _hashes(release: Release) -> list[str]:
    return [release.content_hash] if release.content_hash else []
