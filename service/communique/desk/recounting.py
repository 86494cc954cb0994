"""Recounting: one delivery, from the snapshot to its last reply, and why it went to that person.

Its message is made again as it was sent, but for the links that are that person's alone: with them
whoever works here could speak as somebody else (P10).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from sys import maxsize

from communique.desk import Desk, composing, previewing
from communique.desk.attempting import NotSetUp
from communique.desk.job import Job, job_of
from communique.desk.previewing import NOBODY, Preview
from communique.desk.recording import Counting
from communique.domain.actor import Actor
from communique.domain.address import parse
from communique.domain.association import Association
from communique.domain.consent import ConsentEvent, Place, Word
from communique.domain.delivery import Claim, Ticket
from communique.domain.frozen import Frozen
from communique.domain.log import AttemptLine, Handed, Line
from communique.domain.mail import MessageIdentity
from communique.domain.member import Contact, Suppression
from communique.domain.release import Release
from communique.errors import NotFound
from communique.ports import Transaction


@dataclass(frozen=True, slots=True)
class Recounted:
    """One delivery with all that tells why it went, or did not."""

    line: Line
    attempts: tuple[AttemptLine, ...]
    handed: Handed
    release: Release
    association: Association
    titles: Mapping[str, str]  # of the release, by language
    contact: Contact | None  # as they are known now; None: they were erased
    place: Place | None  # where they stand now with the list that it went by
    words: tuple[ConsentEvent, ...]  # what was said of that list, or of all, in its order
    suppressions: tuple[Suppression, ...]  # that stand

    @property
    def given(self) -> ConsentEvent | None:
        """The yes that it rested on: the last before the snapshot that was one to its list."""
        began = self.release.picked_up_at
        yes = [
            one
            for one in self.words
            if one.word in (Word.GIVEN, Word.CONFIRMED)
            and one.list_key == self.handed.claim.reader.list_key
            and (began is None or one.at <= began)
        ]
        return yes[-1] if yes else None

    @property
    def noes(self) -> tuple[ConsentEvent, ...]:
        """Every no that reaches this list."""
        return tuple(one for one in self.words if one.word is Word.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as somebody got it, without what only they may use; and what tells it apart."""

    preview: Preview
    marks: MessageIdentity  # as it was sent
    size: int  # octets, as it was sent
    headers: tuple[tuple[str, str], ...]


async def delivery(desk: Desk, actor: Actor, association: str, number: int) -> Recounted:
    """One delivery of an association's. Raises NotFound, of another's as of none."""
    scope = actor.scope
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(scope, association)
        handed = await transaction.log.handed(scope, number)
        line = await transaction.log.line(scope, number)
        if line.association != association:
            raise NotFound("delivery_unknown", delivery=number)
        claim = handed.claim
        release = await transaction.releases.by_id(scope, claim.release_id)
        titles = await transaction.log.titles(scope, [release.key])
        contact = await _contact(transaction, actor, association, claim.subscriber_id)
        words: tuple[ConsentEvent, ...] = ()
        places: Mapping[str, Place] = {}
        stands: tuple[Suppression, ...] = ()
        if contact:
            words = await transaction.consents.of(scope, association, contact.id)
            places = await transaction.consents.places(scope, association, contact.id)
            key = parse(contact.address).key
            stands = await transaction.suppressions.of(scope, association, [key])
        return Recounted(
            line,
            await transaction.log.attempts(scope, number),
            handed,
            release,
            owner,
            titles.get(release.key, {}),
            contact,
            places.get(claim.reader.list_key),
            tuple(one for one in words if one.list_key in ("", claim.reader.list_key)),
            stands,
        )


async def message(desk: Desk, actor: Actor, association: str, number: int) -> Shown:
    """The message of a delivery. Raises NotFound where there is none, and where none was made."""
    async with desk.store.read() as transaction:
        owner = await transaction.associations.get(actor.scope, association)
        handed = await transaction.log.handed(actor.scope, number)
        claim = handed.claim
        if claim.association != association or handed.batch is None or not claim.reader.address:
            raise NotFound("delivery_unknown", delivery=number)
        release = await transaction.releases.by_id(actor.scope, claim.release_id)
        frozen = await transaction.releases.content(actor.scope, release.content_hash or "")
        hours: Mapping[int, datetime] = {}
        if release.imprint and release.imprint.embargo:
            hours, _ = await transaction.embargoes.hours(release.id)
        dated = await transaction.batches.dated(Ticket(release.id, handed.batch, association))

    def show() -> Shown:
        job = _job(desk, release, frozen.read(), owner, hours).of(handed.batch or 0)
        if job.apart:
            job.bear(dated)
        marks = composing.marks(desk.keyring, job, claim)
        content = composed(desk, job, claim, _anybodys(job, marks))
        preview = previewing.parsed(claim.reader, content)
        size = len(composed(desk, job, claim, marks))
        return Shown(preview, marks, size, previewing.headers(content))

    return await asyncio.to_thread(show)


def composed(desk: Desk, job: Job, claim: Claim, marks: MessageIdentity) -> bytes:
    """The octets of a message, as a worker makes them."""
    variant = composing.variant(desk, job, claim.reader.language)
    return desk.press.composer(variant).compose(claim.reader, marks)


def _anybodys(job: Job, marks: MessageIdentity) -> MessageIdentity:
    """The same without what only its reader may use: those links lead nowhere."""
    shown = marks._replace(unsubscribe_url=f"{job.unsubscribe_at}{NOBODY}")
    return shown._replace(pass_url=f"{job.passes_at}{NOBODY}") if marks.pass_url else shown


def _job(
    desk: Desk,
    release: Release,
    content: Frozen,
    association: Association,
    hours: Mapping[int, datetime],
) -> Job:
    """What its message is made from; nothing is sent with it."""
    return job_of(
        desk, release, content, association, NotSetUp(""), Counting(), hours=hours, newest=maxsize
    )


async def _contact(
    transaction: Transaction, actor: Actor, association: str, subscriber: int
) -> Contact | None:
    """Whose delivery it was, as they are known now."""
    try:
        return await transaction.subscribers.get(actor.scope, association, subscriber)
    except NotFound:
        return None
