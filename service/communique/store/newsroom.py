"""What is public and what is to become so. Lists are ranges of an index, and come by pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.association import from_document
from communique.domain.kind import Nature
from communique.domain.newsroom import Count, Headline, Later, Publication, Room, Shelf, Story
from communique.domain.release import State
from communique.domain.scope import Scope
from communique.store import dialect
from communique.store.newsroom_tables import articles, newsrooms, publications
from communique.store.scopes import own
from communique.store.tables import Instant, associations, releases

_HEADLINE = (
    articles.c.key,
    articles.c.language,
    articles.c.nature,
    articles.c.year,
    articles.c.public_at,
    articles.c.title,
    articles.c.summary,
    articles.c.starts,
    articles.c.ends,
)
_UID = articles.c.parts["activity"]["uid"].as_string().label("uid")
_NTH = articles.c.parts["activity"]["sequence"].as_integer().label("nth")
# A release that is on its way or went: what is paused waits, and what was called off never comes.
GOING = (State.SENDING.value, State.SENT.value)


class Newsroom:
    """Queries by noun; one transaction's. What they read of stories was made public."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # What is to come, which is the desk's alone.

    async def plan(self, publications_: Collection[Publication]) -> None:
        """Note in whose newsroom a release is to become public, and when. What is noted stays."""
        if not publications_:
            return
        rows = [
            {
                "release_id": one.release_id,
                "association_key": one.association,
                "content_hash": one.content_hash,
                "public_at": one.public_at,
            }
            for one in publications_
        ]
        statement = dialect.insert(self._connection, publications).values(rows)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def due(self, now: datetime, limit: int) -> Sequence[Publication]:
        """Those whose instant has come, of releases that go or went."""
        rows = await self._connection.execute(
            _publications()
            .where(
                publications.c.published_at.is_(None),
                publications.c.withdrawn_at.is_(None),
                publications.c.public_at <= now,
                releases.c.state.in_(GOING),
            )
            .order_by(publications.c.public_at)
            .limit(limit)
        )
        return [_publication(row) for row in rows]

    async def of(self, release_id: int) -> tuple[Publication, ...]:
        """Every place that a release has or is to have in a newsroom."""
        rows = await self._connection.execute(
            _publications()
            .where(publications.c.release_id == release_id)
            .order_by(publications.c.association_key)
        )
        return tuple(_publication(row) for row in rows)

    async def listed(
        self, scope: Scope, *, association: str | None, after: datetime | None, limit: int
    ) -> tuple[Publication, ...]:
        """The places in newsrooms of a scope's associations, the latest first, or those before."""
        query = _publications().where(*own(scope, publications.c.association_key))
        if association is not None:
            query = query.where(publications.c.association_key == association)
        if after is not None:
            query = query.where(publications.c.public_at < after)
        query = query.order_by(
            publications.c.public_at.desc(), releases.c.key, publications.c.association_key
        )
        rows = await self._connection.execute(query.limit(limit))
        return tuple(_publication(row) for row in rows)

    async def move(self, release_id: int, association: str, public_at: datetime) -> None:
        """Set another instant for what is not public yet."""
        await self._connection.execute(
            update(publications)
            .where(*_place(release_id, [association]), publications.c.published_at.is_(None))
            .values(public_at=public_at)
        )

    async def publish(self, one: Publication, stories: Collection[Story], at: datetime) -> bool:
        """Make it public, unless somebody else has, or it is not to be any more."""
        published = await self._connection.execute(
            update(publications)
            .where(
                *_place(one.release_id, [one.association]),
                publications.c.published_at.is_(None),
                publications.c.withdrawn_at.is_(None),
                publications.c.public_at == one.public_at,
            )
            .values(published_at=at)
        )
        if published.rowcount != 1:
            return False
        if stories:
            await self._connection.execute(
                insert(articles), [_row(one, story, at) for story in stories]
            )
        await self._changed([one.association], at)
        return True

    async def withdraw(
        self, release_id: int, keys: Collection[str], at: datetime | None, now: datetime
    ) -> None:
        """Take a release out of these newsrooms; with no instant `at`, put it back."""
        await self._connection.execute(
            update(publications).where(*_place(release_id, keys)).values(withdrawn_at=at)
        )
        await self._connection.execute(
            update(articles)
            .where(articles.c.release_id == release_id, articles.c.association_key.in_(keys))
            .values(withdrawn=at is not None)
        )
        await self._changed(keys, now)

    async def _changed(self, keys: Collection[str], at: datetime) -> None:
        for key in sorted(keys):
            statement = dialect.insert(self._connection, newsrooms).values(
                association_key=key, version=1, changed_at=at
            )
            await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["association_key"],
                    set_={"version": newsrooms.c.version + 1, "changed_at": at},
                )
            )

    # What anybody may read.

    async def rooms(self, key: str | None = None) -> tuple[Room, ...]:
        """The associations, or the one of that key, each with what tells that something changed."""
        query = (
            select(
                associations.c.definition,
                associations.c.synced_at,
                newsrooms.c.version,
                newsrooms.c.changed_at,
            )
            .outerjoin(newsrooms, newsrooms.c.association_key == associations.c.key)
            .order_by(associations.c.key)
        )
        if key is not None:
            query = query.where(associations.c.key == key)
        return tuple(
            Room(
                from_document(row.definition),
                row.version or 0,
                row.synced_at,
                max(filter(None, (row.synced_at, row.changed_at))),
            )
            for row in await self._connection.execute(query)
        )

    async def counts(self, association: str, language: str) -> tuple[Count, ...]:
        """How many stories there are by year and nature, the last year first."""
        rows = await self._connection.execute(
            select(articles.c.year, articles.c.nature, func.count().label("stories"))
            .where(*_in(association, language))
            .group_by(articles.c.year, articles.c.nature)
            .order_by(articles.c.year.desc(), articles.c.nature)
        )
        return tuple(Count(row.year, row.nature, row.stories) for row in rows)

    async def headlines(
        self, association: str, language: str, shelf: Shelf, *, after: str | None, limit: int
    ) -> tuple[Headline, ...]:
        """The newest stories of a shelf, or those that became public before the one `after`."""
        query = select(*_HEADLINE, _UID, _NTH).where(*_in(association, language), *_of(shelf))
        if after is not None:
            place = select(articles.c.public_at, articles.c.id).where(
                articles.c.association_key == association,
                articles.c.language == language,
                articles.c.key == after,
            )
            found = (await self._connection.execute(place)).one_or_none()
            if found is None:
                return ()
            here = tuple_(articles.c.public_at, articles.c.id)
            query = query.where(here < tuple_(literal(found.public_at, Instant), literal(found.id)))
        query = query.order_by(articles.c.public_at.desc(), articles.c.id.desc()).limit(limit)
        rows = (await self._connection.execute(query)).all()
        last = await self._last(association, language, {row.uid for row in rows if row.uid})
        return tuple(
            replace(_headline(row), since=last[row.uid][1])
            if row.uid and last[row.uid][0] > row.nth
            else _headline(row)
            for row in rows
        )

    async def _last(
        self, association: str, language: str, activities: Collection[str]
    ) -> Mapping[str, tuple[int, str]]:
        """How each activity was announced last: its sequence, and what that made of it."""
        off = articles.c.parts["activity"]["called_off"].as_boolean()
        its = select(_UID, _NTH, off.label("off")).where(
            *_in(association, language),
            articles.c.nature == Nature.ACTIVITY.value,
            _UID.in_(activities),
        )
        rows = await self._connection.execute(its.order_by(_NTH)) if activities else ()
        return {row.uid: (row.nth, "called_off" if row.off else "moved") for row in rows}

    async def activities(
        self, association: str, language: str, *, ending_after: datetime, limit: int
    ) -> tuple[Headline, ...]:
        """Activities that are not over at an instant, the next first: each as it was last
        announced, and none that was called off then.
        """
        rows = await self._connection.execute(
            select(*_HEADLINE, articles.c.parts)
            .where(
                *_in(association, language),
                articles.c.starts.is_not(None),
                func.coalesce(articles.c.ends, articles.c.starts) > ending_after,
            )
            .order_by(articles.c.starts, articles.c.id)
            .limit(limit)
        )
        found = [(_headline(row), row.parts["activity"]) for row in rows]
        found.sort(key=lambda one: int(one[1]["sequence"]))
        latest = {activity["uid"]: (head, activity) for head, activity in found}
        there = [head for head, activity in latest.values() if not activity["called_off"]]
        return tuple(sorted(there, key=lambda head: head.starts or head.public_at))

    async def story(self, association: str, language: str, key: str) -> Story | None:
        """One story whole, withdrawn or not."""
        rows = (
            await self._connection.execute(
                _whole()
                .where(articles.c.association_key == association, articles.c.key == key)
                .order_by(articles.c.language)
            )
        ).all()
        row = next((one for one in rows if one.language == language), None)
        if row is None:
            return None
        return _story(row, tuple(one.language for one in rows if one.language != language))

    async def later(
        self, association: str, language: str, activity: Mapping[str, Any]
    ) -> Later | None:
        """The last story of an activity, if one is later than that of these parts."""
        rows = await self._connection.execute(
            select(*_HEADLINE, articles.c.parts).where(
                *_in(association, language),
                articles.c.nature == Nature.ACTIVITY.value,
                _UID.element == activity["uid"],
                _NTH.element > int(activity["sequence"]),
            )
        )
        found = [Later(_headline(row), row.parts["activity"]) for row in rows]
        return max(found, key=lambda one: int(one.activity["sequence"]), default=None)

    async def stories(
        self, association: str, language: str, shelf: Shelf, *, limit: int
    ) -> tuple[Story, ...]:
        """The newest stories of a shelf, whole."""
        rows = await self._connection.execute(
            _whole()
            .where(*_in(association, language), *_of(shelf))
            .order_by(articles.c.public_at.desc(), articles.c.id.desc())
            .limit(limit)
        )
        return tuple(_story(row) for row in rows)

    async def places(self, association: str) -> tuple[tuple[str, int, str], ...]:
        """The language, year and key of every story, withdrawn or not."""
        rows = await self._connection.execute(
            select(articles.c.language, articles.c.year, articles.c.key)
            .where(articles.c.association_key == association)
            .order_by(articles.c.public_at, articles.c.id)
        )
        return tuple((row.language, row.year, row.key) for row in rows)

    async def addresses(self, association: str, year: int) -> tuple[tuple[str, str, datetime], ...]:
        """The key, language and instant of making of every story of a year."""
        rows = await self._connection.execute(
            select(articles.c.key, articles.c.language, articles.c.made_at)
            .where(
                articles.c.association_key == association,
                articles.c.year == year,
                articles.c.withdrawn.is_(False),
            )
            .order_by(articles.c.public_at, articles.c.id)
        )
        return tuple((row.key, row.language, row.made_at) for row in rows)


def _in(association: str, language: str) -> list[ColumnElement[bool]]:
    return [
        articles.c.association_key == association,
        articles.c.language == language,
        articles.c.withdrawn.is_(False),
    ]


def _of(shelf: Shelf) -> list[ColumnElement[bool]]:
    asked = ((articles.c.year, shelf.year), (articles.c.nature, shelf.nature))
    return [column == value for column, value in asked if value is not None]


def _place(release_id: int, keys: Collection[str]) -> list[ColumnElement[bool]]:
    return [
        publications.c.release_id == release_id,
        publications.c.association_key.in_(keys),
    ]


def _publications() -> Select[Any]:
    return select(publications, releases.c.key).join(
        releases, publications.c.release_id == releases.c.id
    )


def _whole() -> Select[Any]:
    return select(
        *_HEADLINE,
        articles.c.html,
        articles.c.parts,
        articles.c.made_at,
        articles.c.withdrawn,
        publications.c.withdrawn_at,
    ).join(
        publications,
        (publications.c.release_id == articles.c.release_id)
        & (publications.c.association_key == articles.c.association_key),
    )


def _publication(row: Row[Any]) -> Publication:
    return Publication(
        row.release_id,
        row.key,
        row.association_key,
        row.content_hash,
        row.public_at,
        row.published_at,
        row.withdrawn_at,
    )


def _headline(row: Any) -> Headline:
    return Headline(*row[: len(_HEADLINE)])


def _story(row: Row[Any], others: tuple[str, ...] = ()) -> Story:
    return Story(_headline(row), row.html, row.parts, row.made_at, others, row.withdrawn_at)


def _row(one: Publication, story: Story, at: datetime) -> dict[str, Any]:
    head = story.headline
    return {
        "release_id": one.release_id,
        "association_key": one.association,
        "language": head.language,
        "key": head.key,
        "nature": head.nature,
        "year": head.year,
        "public_at": head.public_at,
        "title": head.title,
        "summary": head.summary,
        "html": story.html,
        "parts": dict(story.parts),
        "starts": head.starts,
        "ends": head.ends,
        "made_at": at,
    }
