"""Releases, their editions and audiences, the frozen contents, approvals and history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.approval import Approval, Word
from communique.domain.release import (
    OFF_THE_WAY,
    Audience,
    Content,
    Edition,
    Filter,
    Kind,
    Release,
    ReleaseEvent,
    Schedule,
    State,
)
from communique.errors import ContentChanged, NotFound, Refused
from communique.store import dialect
from communique.store.tables import (
    approvals,
    audiences,
    contents,
    editions,
    release_events,
    releases,
)


class Releases:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, key: str, *, hold: bool = False) -> Release:
        """One release by its key. Raises NotFound.

        With `hold`, nobody else changes it until this transaction ends: whoever decides by what a
        release is, or by what was said of it, must hold it.
        """
        query = select(releases).where(releases.c.key == key)
        row = (await self._connection.execute(_held(query, hold=hold))).one_or_none()
        if row is None:
            raise NotFound(
                f"there is no release “{key}”", remedy="`communique release list` shows them"
            )
        return await self._load(row)

    async def by_id(self, release_id: int, *, hold: bool = False) -> Release:
        """One release by its number in the store; see `get`."""
        query = select(releases).where(releases.c.id == release_id)
        row = await self._connection.execute(_held(query, hold=hold))
        return await self._load(row.one())

    async def hold(self, release_id: int) -> None:
        """Have nobody else change a release until this transaction ends."""
        query = select(releases.c.id).where(releases.c.id == release_id)
        await self._connection.execute(_held(query, hold=True))

    async def all(self) -> tuple[Release, ...]:
        """Every release, the newest first."""
        rows = await self._connection.execute(select(releases).order_by(releases.c.id.desc()))
        return tuple([await self._load(row) for row in rows.all()])

    async def save(self, release: Release, at: datetime) -> Release:
        """Add a release, or replace the content and state of the one with its key."""
        values: dict[str, Any] = {
            "kind": release.kind.value,
            "parties": list(release.parties),
            "agreement_key": release.agreement,
            "link": release.link,
            "state": release.state.value,
            "reason": release.reason,
            "content_hash": release.content_hash,
        }
        found = await self._connection.execute(
            update(releases)
            .where(releases.c.key == release.key)
            .values(values)
            .returning(releases.c.id)
        )
        release_id = found.scalar_one_or_none()
        if release_id is None:
            added = insert(releases).values(key=release.key, wall=False, created_at=at, **values)
            found = await self._connection.execute(added.returning(releases.c.id))
            release_id = found.scalar_one()
        for table in (editions, audiences):
            await self._connection.execute(delete(table).where(table.c.release_id == release_id))
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
                        "only": asdict(one.only),
                    }
                    for one in release.audiences
                ],
            )
        if release.schedule:
            await self.schedule(release_id, release.schedule)
        return await self.by_id(release_id)

    async def schedule(self, release_id: int, schedule: Schedule) -> None:
        """Set the hour."""
        await self._connection.execute(
            update(releases).where(releases.c.id == release_id).values(asdict(schedule))
        )

    async def move(
        self,
        release: Release,
        to: State,
        *,
        verb: str,
        at: datetime,
        detail: str = "",
        content_hash: str | None = None,
        picked_up_at: datetime | None = None,
    ) -> None:
        """Put a release into a state and note it in its history.

        Guarded by the state it was read in: of two who move it at once, one gets Refused.
        `content_hash` and `picked_up_at` are set with it where given; `detail` shows as the reason
        while it stands off its way.
        """
        reason = (detail or None) if to in OFF_THE_WAY else None
        values: dict[str, Any] = {"state": to.value, "reason": reason}
        if content_hash is not None:
            values["content_hash"] = content_hash
        if picked_up_at is not None:
            values["picked_up_at"] = picked_up_at
        moved = await self._connection.execute(
            update(releases)
            .where(releases.c.id == release.id, releases.c.state == release.state.value)
            .values(values)
        )
        if moved.rowcount != 1:
            raise Refused(
                f"somebody else just changed “{release.key}”", remedy="look, and try again"
            )
        await self.note(release.id, verb, to, at, detail)

    async def note(
        self, release_id: int, verb: str, state: State, at: datetime, detail: str = ""
    ) -> None:
        """Append to a release's history."""
        await self._connection.execute(
            insert(release_events).values(
                release_id=release_id, verb=verb, state=state.value, detail=detail, at=at
            )
        )

    async def history(self, release_id: int) -> tuple[ReleaseEvent, ...]:
        """What happened to a release, in order."""
        rows = await self._connection.execute(
            select(release_events)
            .where(release_events.c.release_id == release_id)
            .order_by(release_events.c.id)
        )
        return tuple(ReleaseEvent(row.verb, State(row.state), row.at, row.detail) for row in rows)

    async def states(self, release_ids: Collection[int]) -> dict[int, State]:
        """The states of some releases."""
        rows = await self._connection.execute(
            select(releases.c.id, releases.c.state).where(releases.c.id.in_(release_ids))
        )
        return {row.id: State(row.state) for row in rows}

    async def due(self, now: datetime) -> Sequence[Release]:
        """Approved releases whose hour has come, the longest due first."""
        rows = await self._connection.execute(
            select(releases)
            .where(releases.c.state == State.APPROVED.value, releases.c.send_at <= now)
            .order_by(releases.c.send_at)
        )
        return [await self._load(row) for row in rows.all()]

    async def freeze(self, content: Content, at: datetime) -> None:
        """Keep a content under its hash; the same content is kept once."""
        statement = dialect.insert(self._connection, contents).values(
            hash=content.hash, document=content.document, frozen_at=at
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def content(self, content_hash: str) -> Content:
        """The content with that hash. Raises ContentChanged if the document no longer has it."""
        document = await self._connection.execute(
            select(contents.c.document).where(contents.c.hash == content_hash)
        )
        content = Content(document.scalar_one())
        if content.hash != content_hash:
            raise ContentChanged(f"the stored content {content_hash[:12]} is not what was approved")
        return content

    async def approve(self, release_id: int, approval: Approval) -> None:
        """Append one party's word."""
        await self._connection.execute(
            insert(approvals).values(
                release_id=release_id,
                association_key=approval.association,
                person=approval.person,
                word=approval.word.value,
                content_hash=approval.content_hash,
                comment=approval.comment,
                at=approval.at,
            )
        )

    async def approvals(self, release_id: int) -> tuple[Approval, ...]:
        """Every word said about a release, in order, those on earlier contents included."""
        rows = await self._connection.execute(
            select(approvals).where(approvals.c.release_id == release_id).order_by(approvals.c.id)
        )
        return tuple(
            Approval(
                row.association_key,
                row.person,
                Word(row.word),
                row.content_hash,
                row.at,
                row.comment,
            )
            for row in rows
        )

    async def _load(self, row: Row[Any]) -> Release:
        edition_rows = await self._connection.execute(
            select(editions)
            .where(editions.c.release_id == row.id)
            .order_by(editions.c.language.desc())
        )
        audience_rows = await self._connection.execute(
            select(audiences)
            .where(audiences.c.release_id == row.id)
            .order_by(audiences.c.association_key)
        )
        schedule = (
            Schedule(row.send_at, row.zone, row.wall, row.deliver_by) if row.send_at else None
        )
        return Release(
            key=row.key,
            kind=Kind(row.kind),
            parties=tuple(row.parties),
            editions=tuple(
                Edition(e.language, e.subject, e.preheader, e.body, e.source, e.first_line)
                for e in edition_rows
            ),
            audiences=tuple(
                Audience(
                    a.association_key,
                    tuple(a.lists),
                    Filter(**{name: tuple(values) for name, values in a.only.items()}),
                )
                for a in audience_rows
            ),
            link=row.link,
            agreement=row.agreement_key,
            schedule=schedule,
            state=State(row.state),
            id=row.id,
            content_hash=row.content_hash,
            reason=row.reason,
            picked_up_at=row.picked_up_at,
        )


def _held(query: Select[Any], *, hold: bool) -> Select[Any]:
    # NO KEY UPDATE: rows that only refer to the release may still be written meanwhile. SQLite
    # needs no such word, since whoever may write there writes alone.
    return query.with_for_update(key_share=True) if hold else query
