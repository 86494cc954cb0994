"""Releases, their editions and audiences, the frozen contents, and approvals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.approval import Approval, ApprovalWord
from communique.domain.audience import filter_from_document, filter_to_document
from communique.domain.content import Content
from communique.domain.event import SubjectKind
from communique.domain.release import (
    Audience,
    Edition,
    Imprint,
    Release,
    Schedule,
    State,
)
from communique.domain.scope import Operator, Scope
from communique.errors import NotAllowed, NotFound
from communique.store import dialect, reasons
from communique.store.events import actor_of
from communique.store.scopes import of_releases_seen, releases_seen
from communique.store.tables import approvals, audiences, contents, editions, events, releases


class Releases:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, scope: Scope, key: str, *, hold: bool = False) -> Release:
        """One release by its key. Raises NotFound.

        With `hold`, nobody else changes it until this transaction ends: whoever decides by what a
        release is, or by what was said of it, must hold it.
        """
        query = select(releases).where(releases.c.key == key, *releases_seen(scope))
        row = (await self._connection.execute(_held(query, hold=hold))).one_or_none()
        if row is None:
            raise NotFound("release_unknown", release=key)
        return await self._load(row)

    async def by_id(self, scope: Scope, release_id: int, *, hold: bool = False) -> Release:
        """One release by its number in the store; see `get`."""
        query = select(releases).where(releases.c.id == release_id, *releases_seen(scope))
        row = (await self._connection.execute(_held(query, hold=hold))).one_or_none()
        if row is None:
            raise NotFound("release_gone")
        return await self._load(row)

    async def hold(self, release_id: int) -> None:
        """Have nobody else change a release until this transaction ends."""
        query = select(releases.c.id).where(releases.c.id == release_id)
        await self._connection.execute(_held(query, hold=True))

    async def page(
        self,
        scope: Scope,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
        states: Collection[State] = (),
        agreement: str | None = None,
    ) -> tuple[Release, ...]:
        """Up to `limit` releases, the newest first: those next to the one of the number `after` or
        `before`, in one of `states` if there are any, and citing `agreement` if there is one.

        In three statements, however many there are.
        """
        query = select(releases).where(*releases_seen(scope))
        order = releases.c.id.desc() if before is None else releases.c.id.asc()
        if after is not None:
            query = query.where(releases.c.id < after)
        if before is not None:
            query = query.where(releases.c.id > before)
        if states:
            query = query.where(releases.c.state.in_(states))
        if agreement is not None:
            query = query.where(releases.c.agreement_key == agreement)
        found = (await self._connection.execute(query.order_by(order).limit(limit))).all()
        return await self._loaded(found if before is None else found[::-1])

    async def add(self, release: Release, at: datetime) -> Release:
        """Add a release; as it is kept. Raises DataRefused if one has its key."""
        number = {"id": await self._next_id()} if _numbers_again(self._connection) else {}
        found = await self._connection.execute(
            insert(releases)
            .values(key=release.key, created_at=at, revision=1, **number, **_columns(release))
            .returning(releases.c.id)
        )
        release_id = found.scalar_one()
        await self._write_parts(release_id, release)
        return await self.by_id(Operator(), release_id)

    async def taken(self, key: str) -> bool:
        """Whether any release has that key, whoever may see it."""
        found = await self._connection.execute(select(releases.c.id).where(releases.c.key == key))
        return found.first() is not None

    async def _next_id(self) -> int:
        """A number that no release had, not even a deleted one: its history is still there."""
        known = select(func.max(events.c.subject_id)).where(
            events.c.subject == SubjectKind.RELEASE.value
        )
        newest = select(func.max(releases.c.id))
        found = [(await self._connection.execute(one)).scalar_one() or 0 for one in (known, newest)]
        return max(found) + 1

    async def delete(self, release: Release) -> None:
        """Remove a draft that was never submitted: it has no approval, snapshot or content.

        Raises NotAllowed if somebody changed it since it was read.
        """
        for table in (editions, audiences):
            await self._connection.execute(delete(table).where(table.c.release_id == release.id))
        gone = await self._connection.execute(
            delete(releases).where(
                releases.c.id == release.id,
                releases.c.state == State.DRAFT.value,
                releases.c.submission == 0,
                releases.c.revision == release.revision,
            )
        )
        if gone.rowcount != 1:
            raise NotAllowed("release_changed_meanwhile", release=release.key)

    async def move(self, release: Release, changed: Release) -> Release:
        """Put `changed` in the place of `release`, which gets its next revision.

        Guarded by the state and the revision it was read in: of two who change it at once, one gets
        NotAllowed.
        """
        moved = await self._connection.execute(
            update(releases)
            .where(
                releases.c.id == release.id,
                releases.c.state == release.state.value,
                releases.c.revision == release.revision,
            )
            .values(revision=releases.c.revision + 1, **_columns(changed))
        )
        if moved.rowcount != 1:
            raise NotAllowed("release_changed_meanwhile", release=release.key)
        if (changed.editions, changed.audiences) == (release.editions, release.audiences):
            return replace(changed, revision=release.revision + 1)
        for table in (editions, audiences):
            await self._connection.execute(delete(table).where(table.c.release_id == release.id))
        await self._write_parts(release.id, changed)
        return await self.by_id(Operator(), release.id)

    async def _write_parts(self, release_id: int, release: Release) -> None:
        if release.editions:
            await self._connection.execute(
                insert(editions),
                [{"release_id": release_id, **asdict(one)} for one in release.editions],
            )
        if release.audiences:
            await self._connection.execute(
                insert(audiences),
                [
                    {
                        "release_id": release_id,
                        "association_key": one.association,
                        "lists": list(one.lists),
                        "only": filter_to_document(one.only),
                        "without": list(one.without),
                        "saved": one.use or None,
                    }
                    for one in release.audiences
                ],
            )

    async def states(self, scope: Scope, release_ids: Collection[int]) -> dict[int, State]:
        """The states of some releases."""
        rows = await self._connection.execute(
            select(releases.c.id, releases.c.state).where(
                releases.c.id.in_(release_ids), *releases_seen(scope)
            )
        )
        return {row.id: State(row.state) for row in rows}

    async def due(self, scope: Scope, now: datetime) -> Sequence[Release]:
        """Approved releases whose hour has come, the longest due first."""
        rows = await self._connection.execute(
            select(releases)
            .where(
                releases.c.state == State.APPROVED.value,
                releases.c.send_at <= now,
                *releases_seen(scope),
            )
            .order_by(releases.c.send_at)
        )
        return await self._loaded(rows.all())

    async def freeze(self, content: Content, at: datetime) -> None:
        """Keep a content under its hash; the same content is kept once.

        A document that no longer has its hash is put right: nobody ever approved that.
        """
        statement = dialect.insert(self._connection, contents).values(
            hash=content.hash, document=content.document, frozen_at=at
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["hash"],
                set_={"document": statement.excluded.document},
                where=contents.c.document != statement.excluded.document,
            )
        )

    async def content(self, scope: Scope, content_hash: str) -> Content:
        """The content with that hash. Raises NotFound, and ContentChanged if the document no longer
        has it.
        """
        query = select(contents.c.document).where(
            contents.c.hash == content_hash, *_contents_seen(scope)
        )
        document = (await self._connection.execute(query)).scalar_one_or_none()
        if document is None:
            raise NotFound("content_gone", content=content_hash[:12])
        return Content(document).kept_as(content_hash)

    async def contents(
        self, scope: Scope, hashes: Collection[str]
    ) -> AsyncIterator[tuple[str, Content]]:
        """Each content that is kept under one of these; streamed, for each is a whole document."""
        query = select(contents).where(contents.c.hash.in_(hashes), *_contents_seen(scope))
        async with self._connection.stream(query) as rows:
            async for row in rows:
                yield row.hash, Content(row.document)

    async def approve(self, release_id: int, approval: Approval) -> None:
        """Append one party's word."""
        await self._connection.execute(
            insert(approvals).values(
                release_id=release_id,
                association_key=approval.association,
                person=approval.person,
                word=approval.word.value,
                content_hash=approval.content_hash,
                submission=approval.submission,
                comment=approval.comment,
                at=approval.at,
                actor_kind=approval.actor.kind.value,
                actor_name=approval.actor.name,
                actor_account=approval.actor.account,
                public_from=approval.public_from,
                account_id=approval.account,
            )
        )

    async def approvals(self, scope: Scope, release_id: int) -> tuple[Approval, ...]:
        """Every word said about a release, in order, those on earlier contents included."""
        rows = await self._connection.execute(
            select(approvals)
            .where(
                approvals.c.release_id == release_id,
                *of_releases_seen(scope, approvals.c.release_id),
            )
            .order_by(approvals.c.id)
        )
        return tuple(
            Approval(
                row.association_key,
                row.person,
                ApprovalWord(row.word),
                row.content_hash,
                row.submission,
                row.at,
                actor_of(row),
                row.comment,
                row.public_from,
                row.account_id,
            )
            for row in rows
        )

    async def _load(self, row: Row[Any]) -> Release:
        (release,) = await self._loaded([row])
        return release

    async def _loaded(self, rows: Sequence[Row[Any]]) -> tuple[Release, ...]:
        ids = [row.id for row in rows]
        written: dict[int, list[Edition]] = {}
        for e in await self._connection.execute(
            select(editions)
            .where(editions.c.release_id.in_(ids))
            .order_by(editions.c.language.desc())
        ):
            one = Edition(
                e.language, e.subject, e.preheader, e.body, e.source, e.first_line, e.fields
            )
            written.setdefault(e.release_id, []).append(one)
        goes_to: dict[int, list[Audience]] = {}
        for a in await self._connection.execute(
            select(audiences)
            .where(audiences.c.release_id.in_(ids))
            .order_by(audiences.c.association_key)
        ):
            goes_to.setdefault(a.release_id, []).append(
                Audience(
                    a.association_key,
                    tuple(a.lists),
                    filter_from_document(a.only),
                    tuple(a.without),
                    a.saved or "",
                )
            )
        return tuple(
            _release(row, written.get(row.id, ()), goes_to.get(row.id, ())) for row in rows
        )


def _numbers_again(connection: AsyncConnection) -> bool:
    """Whether the database gives the number of the last row again, once that is deleted."""
    return connection.dialect.name == "sqlite"


def _contents_seen(scope: Scope) -> list[ColumnElement[bool]]:
    """What is or was under review of a release that is seen."""
    if isinstance(scope, Operator):
        return []
    now = select(releases.c.content_hash).where(*releases_seen(scope))
    once = select(approvals.c.content_hash).where(*of_releases_seen(scope, approvals.c.release_id))
    return [or_(contents.c.hash.in_(now), contents.c.hash.in_(once))]


def _release(row: Row[Any], written: Iterable[Edition], goes_to: Iterable[Audience]) -> Release:
    schedule = Schedule(row.send_at, row.zone, row.wall, row.deliver_by) if row.send_at else None
    return Release(
        key=row.key,
        kind=row.kind,
        parties=tuple(row.parties),
        editions=tuple(written),
        audiences=tuple(goes_to),
        link=row.link,
        agreement=row.agreement_key,
        schedule=schedule,
        state=State(row.state),
        id=row.id,
        revision=row.revision,
        content_hash=row.content_hash,
        submission=row.submission,
        reason=reasons.read(row.reason),
        picked_up_at=row.picked_up_at,
        retried_at=row.retried_at,
        imprint=Imprint(row.public_url, row.key_id, row.embargo) if row.key_id else None,
        fields=row.fields,
        public_from=row.public_from,
        newsroom=row.newsroom,
        corrects=row.corrects,
        folder_said=row.folder_said,
    )


def _columns(release: Release) -> dict[str, Any]:
    """All of a release that stands in its own row, but its key, number and revision."""
    planned, imprint = release.schedule, release.imprint
    return {
        **{name: getattr(release, name) for name in _AS_IT_IS},
        "parties": list(release.parties),
        "agreement_key": release.agreement,
        "state": release.state.value,
        "reason": reasons.written(release.reason),
        "send_at": planned.send_at if planned else None,
        "zone": planned.zone if planned else None,
        "wall": planned.wall if planned else False,
        "deliver_by": planned.deliver_by if planned else None,
        "public_url": imprint.public_url if imprint else None,
        "key_id": imprint.key if imprint else None,
        "embargo": imprint.embargo if imprint else None,
        "fields": dict(release.fields),
    }


_AS_IT_IS = (
    *("kind", "link", "content_hash", "submission", "picked_up_at", "retried_at"),
    *("public_from", "newsroom", "corrects", "folder_said"),
)


def _held(query: Select[Any], *, hold: bool) -> Select[Any]:
    # NO KEY UPDATE: rows that only refer to the release may still be written meanwhile. SQLite
    # needs no such word, since whoever may write there writes alone.
    return query.with_for_update(key_share=True) if hold else query
