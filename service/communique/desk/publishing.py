"""Publishing: making a release public in its parties' newsrooms, and taking it back.

What becomes public is what every party approved, that it becomes so included: an association's
newsroom is part of the content that approvals bind to, so nothing is public because something was
set, synced or upgraded since (P4, P11). It is made ready in a thread, by a chore: no reader of a
page waits for it, and no message waits for a page (P7).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from communique.desk import Desk, access
from communique.desk.stepping import note
from communique.domain import when
from communique.domain.actor import SERVICE, Actor, Permission
from communique.domain.association import Association
from communique.domain.content import Article, Content, Frozen, Variant
from communique.domain.event import Verb
from communique.domain.kind import Nature
from communique.domain.newsroom import Headline, Publication, Story
from communique.domain.release import Release, State
from communique.errors import CommuniqueError, Invalid, NotAllowed, NotFound, StoreUnavailable
from communique.facts import Fact, Why
from communique.ports import Press, Transaction
from communique.wording import Remedy

AT_ONCE = 20  # made public by one round of the chore
GOING = (State.SENDING, State.SENT)  # what is paused waits, and what was called off never comes
_SOME_DAY = datetime(2019, 5, 30, tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


def planned(press: Press, release: Release, content: Frozen, now: datetime) -> list[Publication]:
    """In whose newsroom a release that is picked up at `now` is to become public, and when.

    In each party's that has one, at its hour there, and not before its embargo ends.
    """
    if not release.content_hash or not _may_be_public(press, content):
        return []
    found = []
    for key in release.parties:
        association = content.association(key)
        due = when.due(release.schedule, association.time_zone) if release.schedule else now
        public_at = max(due, now, release.public_from or now)
        if _opens(association, content, public_at):
            one = Publication(release.id, release.key, key, release.content_hash, public_at)
            found.append(one)
    return found


def _may_be_public(press: Press, content: Frozen) -> bool:
    return content.newsroom and press.nature(content) is not Nature.ADVANTAGE


def _opens(association: Association, content: Frozen, at: datetime) -> bool:
    """Whether that association had a newsroom when all approved, and one that takes this."""
    if (
        association.newsroom is None
        or when.day(at, association.time_zone) < association.newsroom.since
    ):
        return False
    return any(one.language in association.languages for one in content.editions)


async def publish_due(desk: Desk, actor: Actor) -> None:
    """Make public whatever's instant has come, each in a transaction of its own.

    One that cannot be made says so in its history, where a person may put it back, and keeps no
    other waiting (P7).
    """
    access.require_operator(actor)
    async with desk.store.read() as transaction:
        due = await transaction.newsroom.due(desk.clock.now(), AT_ONCE)
    for one in due:
        try:
            await _publish(desk, actor, one)
        except StoreUnavailable as error:
            log.error("making public waits: %s", error, extra={"release": one.release})
        except Exception as error:
            log.exception("not made public", extra={"release": one.release})
            wrong = error.fact if isinstance(error, CommuniqueError) else repr(error)
            await _give_up(desk, actor, one, wrong)


def _all(wrong: Collection[tuple[str, CommuniqueError]]) -> list[Fact]:
    return [error.fact for _, error in wrong]


async def _give_up(desk: Desk, actor: Actor, one: Publication, wrong: Why) -> None:
    """Take it out before it was public: it would be in the way of all others, at every round."""
    why = Fact("taken_out_of_newsroom", associations=[one.association], reason=wrong)
    async with desk.store.begin() as transaction:
        release = await transaction.releases.by_id(SERVICE.scope, one.release_id, hold=True)
        now = desk.clock.now()
        await transaction.newsroom.withdraw(one.release_id, [one.association], now, now)
        await note(desk, transaction, release, Verb.RETRACT, actor, why=why)


async def _publish(desk: Desk, actor: Actor, one: Publication) -> None:
    async with desk.store.read() as transaction:
        content = await transaction.releases.content(SERVICE.scope, one.content_hash)
    made, wrong = await asyncio.to_thread(_stories, desk.press, content, one)
    if not made:  # it would count as public, and nobody could read it or put it back
        await _give_up(desk, actor, one, Fact("public_in_no_language", problems=_all(wrong)))
        return
    async with desk.store.begin() as transaction:
        release = await transaction.releases.by_id(SERVICE.scope, one.release_id, hold=True)
        now = desk.clock.now()
        if release.state not in GOING or now < one.public_at:  # held, called off or moved since
            return
        if not await transaction.newsroom.publish(one, made, now):
            return
        languages = [each.headline.language for each in made]
        why = Fact("public_in_newsroom", association=one.association, languages=languages)
        await note(desk, transaction, release, Verb.PUBLISH, actor, why=why)
        for language, error in wrong:
            why = Fact(
                "not_public_in_language",
                association=one.association,
                language=language,
                problem=error.fact,
            )
            await note(desk, transaction, release, Verb.PUBLISH, actor, why=why)


def _stories(
    press: Press, content: Content, one: Publication
) -> tuple[list[Story], list[tuple[str, CommuniqueError]]]:
    """A release in each language that its association speaks; and where it cannot be told."""
    frozen = content.read()
    association = frozen.association(one.association)
    made, wrong = [], []
    for language in [
        each.language for each in frozen.editions if each.language in association.languages
    ]:
        variant = Variant(frozen, one.association, language, one.public_at)
        try:
            made.append(_story(press.article(variant), one, association))
        except CommuniqueError as error:
            wrong.append((language, error))
    return made, wrong


def _story(article: Article, one: Publication, association: Association) -> Story:
    activity = article.parts.get("activity")
    headline = Headline(
        key=one.release,
        language=article.language,
        nature=article.nature,
        year=when.day(one.public_at, association.time_zone).year,
        public_at=one.public_at,
        title=article.title,
        summary=article.summary,
        starts=datetime.fromisoformat(activity["begins_at"]) if activity else None,
        ends=datetime.fromisoformat(activity["over_at"]) if activity else None,
    )
    return Story(headline, article.html, article.parts, one.public_at)


def doubts(press: Press, content: Frozen) -> Iterator[CommuniqueError]:
    """Why a release that is handed in would not be public in a language, where it is to be."""
    if not _may_be_public(press, content):
        return
    for key in content.parties:
        association = content.association(key)
        if association.newsroom is None:
            continue
        for language in [
            one.language for one in content.editions if one.language in association.languages
        ]:
            try:
                press.article(Variant(content, key, language, _SOME_DAY))
            except CommuniqueError as error:
                yield Invalid(
                    "newsroom_without_language",
                    association=key,
                    language=language,
                    problem=error.fact,
                    file=error.file,
                    line=error.line,
                )


async def listed(
    desk: Desk, actor: Actor, association: str | None = None, limit: int = 100
) -> tuple[Publication, ...]:
    """The places in newsrooms that releases have or are to have, the latest first."""
    async with desk.store.read() as transaction:
        if association is not None:
            await transaction.associations.get(actor.scope, association)
        return await transaction.newsroom.listed(
            actor.scope, association=association, after=None, limit=limit
        )


async def public(desk: Desk, actor: Actor, key: str) -> list[str]:
    """In whose newsrooms anybody can read a release now."""
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        places = await transaction.newsroom.of(release.id)
    return sorted(one.association for one in places if one.public)


# What a person does.


async def publish(
    desk: Desk, actor: Actor, key: str, associations: Collection[str] = ()
) -> list[str]:
    """Put a release back that was withdrawn, or make public what went before there was a newsroom.

    In the newsroom of each of `associations`, or of all its parties that are the actor's and have
    one; where. Raises NotAllowed for what was not sent, an advantage, what is public already, and
    what every party approved as not to be.
    """
    async with desk.store.read() as transaction:
        release = await transaction.releases.get(actor.scope, key)
        own = await _own(transaction, actor, release, associations)
        content = await _went(transaction, release)
        known = {one.association: one for one in await transaction.newsroom.of(release.id)}
    frozen = await asyncio.to_thread(content.read)
    if desk.press.nature(frozen) is Nature.ADVANTAGE:
        raise NotAllowed("advantage_not_public", release=key)
    if frozen.format >= 3 and not frozen.newsroom:  # its approvers said yes to that (P4)
        raise NotAllowed("release_approved_as_private", release=key, remedy=Remedy.COPY_TO_PUBLISH)
    new, back = [], []
    for association in own:
        one = known.get(association.key)
        if one is None and (association.newsroom or associations):
            if association.newsroom is None:
                raise NotAllowed("newsroom_closed", association=association.key)
            new.append(association.key)
        elif one is not None and one.withdrawn_at:
            back.append(association.key)
    if not new and not back:
        raise NotAllowed("release_public_already", release=key)
    async with desk.store.begin() as transaction:
        held = await transaction.releases.by_id(SERVICE.scope, release.id, hold=True)
        # As it stands now: somebody may have moved the end of its embargo meanwhile.
        at = max(held.picked_up_at or desk.clock.now(), held.public_from or _FIRST)
        hash_ = held.content_hash or ""
        await transaction.newsroom.plan([Publication(held.id, key, to, hash_, at) for to in new])
        await transaction.newsroom.withdraw(release.id, back, None, desk.clock.now())
        where = sorted([*back, *new])
        why = Fact("put_in_newsroom", associations=where)
        await note(desk, transaction, held, Verb.PUBLISH, actor, why=why)
    await publish_due(desk, SERVICE)
    return where


async def withdraw(
    desk: Desk, actor: Actor, key: str, reason: str, associations: Collection[str] = ()
) -> list[str]:
    """Take a release out of newsrooms: its page says so from then on, and nothing else shows it.

    Whose newsrooms: see `publish`. What is to become public does not. The reason stands in its
    history, and on no page. Raises NotAllowed where it is in none.
    """
    async with desk.store.begin() as transaction:
        release = await transaction.releases.get(actor.scope, key, hold=True)
        own = {one.key for one in await _own(transaction, actor, release, associations)}
        there = sorted(
            one.association
            for one in await transaction.newsroom.of(release.id)
            if one.association in own and not one.withdrawn_at
        )
        if not there:
            raise NotAllowed("release_not_public", release=key)
        now = desk.clock.now()
        await transaction.newsroom.withdraw(release.id, there, now, now)
        why = Fact("taken_out_of_newsroom", associations=there, reason=reason)
        await note(desk, transaction, release, Verb.RETRACT, actor, why=why)
        return there


async def _own(
    transaction: Transaction, actor: Actor, release: Release, wanted: Collection[str]
) -> list[Association]:
    """The parties that an actor speaks for; of them those that are `wanted`. Raises NotFound."""
    own = await transaction.associations.named(actor.scope, release.parties)
    for key in wanted:
        if key not in own:
            raise NotFound(
                "association_not_party",
                association=key,
                release=release.key,
                parties=list(release.parties),
            )
    access.require_any(actor, Permission.EDIT, wanted or list(own))
    access.require(actor, Permission.EDIT, *wanted)
    theirs = wanted or [key for key in own if actor.may(Permission.EDIT, key)]
    return [own[key] for key in release.parties if key in theirs]


async def _went(transaction: Transaction, release: Release) -> Content:
    """What was sent of a release. Raises NotAllowed where nothing was."""
    if release.picked_up_at is None or release.content_hash is None or release.state not in GOING:
        raise NotAllowed("release_not_sent", release=release.key)
    return await transaction.releases.content(SERVICE.scope, release.content_hash)
