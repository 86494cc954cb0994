"""Batches: what an engine carries tickets for, when each is due, and when all are done (P1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import DeliveryState, SkipReason, Ticket
from communique.domain.event import SubjectKind
from communique.domain.release import State
from communique.store.deliveries import WAITING, left_out, waiting_in
from communique.store.tables import Instant, batches, deliveries, events, releases


class Batches:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def settle(self, ticket: Ticket, now: datetime) -> datetime | None:
        """Set when a batch is to be worked next: its earliest due delivery, or None when done.

        Of a release that was called off, whatever came back to wait is skipped first (P2).
        """
        await self._connection.execute(
            update(deliveries)
            .where(waiting_in(ticket, State.CANCELLED))
            .values(left_out(literal(SkipReason.CANCELLED.value), now))
        )
        row = (
            await self._connection.execute(
                select(
                    func.min(deliveries.c.due_at, type_=Instant()).label("due_at"),
                    func.count(deliveries.c.id).label("open"),
                ).where(
                    deliveries.c.release_id == ticket.release_id,
                    deliveries.c.batch == ticket.batch,
                    _open(),
                )
            )
        ).one()
        # Open but not due: in another worker's hands. Its lease, or its result, will say when.
        due_at = row.due_at or (now + timedelta(seconds=5) if row.open else None)
        await self._connection.execute(
            update(batches)
            .where(batches.c.release_id == ticket.release_id, batches.c.number == ticket.batch)
            .values(due_at=due_at)
        )
        return due_at

    async def unfinished(self, now: datetime, limit: int = 10_000) -> Sequence[Ticket]:
        """Batches that are due: what an engine should have in hand.

        Of releases being sent, and of those called off while something was in a worker's hands.
        """
        rows = await self._connection.execute(
            select(batches.c.release_id, batches.c.number, batches.c.association_key)
            .join(releases, batches.c.release_id == releases.c.id)
            .where(
                batches.c.due_at <= now,
                releases.c.state.in_([State.SENDING.value, State.CANCELLED.value]),
            )
            .order_by(batches.c.due_at, batches.c.release_id, batches.c.number)
            .limit(limit)
        )
        return [Ticket(row.release_id, row.number, row.association_key) for row in rows]

    async def postpone(
        self, release_id: int, association: str, but: Collection[str], due_at: datetime
    ) -> None:
        """Have what was never tried go at another hour, but for what goes to these lists.

        It bears that hour as well, unless somebody may have another of its batch: a copy has the
        same Date (P3).
        """
        untried = [
            deliveries.c.release_id == release_id,
            deliveries.c.association_key == association,
            deliveries.c.state == DeliveryState.QUEUED.value,
            deliveries.c.attempts == 0,
            deliveries.c.list_key.not_in(but),
        ]
        await self._connection.execute(update(deliveries).where(*untried).values(due_at=due_at))
        await self._connection.execute(
            update(batches)
            .where(
                batches.c.release_id == release_id,
                batches.c.number.in_(select(deliveries.c.batch).where(*untried)),
            )
            .values(
                due_at=due_at,
                dated_at=case((_tried(), batches.c.dated_at), else_=literal(due_at, Instant)),
            )
        )

    async def dated(self, ticket: Ticket) -> datetime | None:
        """The hour that it is for its readers; None where that is the pick-up's."""
        its = (batches.c.release_id == ticket.release_id) & (batches.c.number == ticket.batch)
        found = await self._connection.execute(select(batches.c.dated_at).where(its))
        hour: datetime | None = found.scalar_one()
        return hour

    async def overdue(self, before: datetime) -> Sequence[int]:
        """Releases being sent of which something was due before, and nothing was done since."""
        late = select(batches.c.release_id).where(batches.c.due_at < before)
        ended = select(deliveries.c.id).where(
            deliveries.c.release_id == releases.c.id, deliveries.c.ended_at >= before
        )
        done = select(events.c.id).where(
            events.c.subject == SubjectKind.RELEASE.value,
            events.c.subject_id == releases.c.id,
            events.c.at >= before,
        )
        found = await self._connection.execute(
            select(releases.c.id)
            .where(
                releases.c.state == State.SENDING.value,
                releases.c.id.in_(late),
                ~exists(ended),
                ~exists(done),
            )
            .order_by(releases.c.id)
        )
        return found.scalars().all()

    async def bring_forward(self, now: datetime) -> None:
        """Have what waits only for a clock that was set back since its pick-up go on now.

        Who was tried waits on, for the trouble was real; so does a local hour of each zone, which
        may lie after the pick-up, and whoever waits for the end of an embargo.
        """
        ahead = select(releases.c.id).where(
            releases.c.state.in_([State.SENDING.value, State.PAUSED.value]),
            releases.c.picked_up_at > now,
            ~releases.c.wall,
        )
        for table, waits in (
            (deliveries, deliveries.c.state == DeliveryState.QUEUED.value),
            (batches, batches.c.due_at.is_not(None)),
        ):
            embargoed = exists().where(
                releases.c.id == table.c.release_id,
                releases.c.public_from > now,
                releases.c.public_from <= table.c.due_at,
            )
            await self._connection.execute(
                update(table)
                .where(table.c.release_id.in_(ahead), table.c.due_at > now, waits, ~embargoed)
                .values(due_at=now)
            )

    async def nothing_open(self, release_id: int) -> bool:
        """Whether every batch of a release is done."""
        found = await self._connection.execute(
            select(
                exists().where(batches.c.release_id == release_id, batches.c.due_at.is_not(None))
            )
        )
        return not found.scalar_one()


def _tried() -> ColumnElement[bool]:
    """Whether anything of a batch was ever begun."""
    return exists().where(
        deliveries.c.release_id == batches.c.release_id,
        deliveries.c.batch == batches.c.number,
        deliveries.c.attempts > 0,
    )


def _open() -> ColumnElement[bool]:
    return or_(
        deliveries.c.state == DeliveryState.SENDING.value,
        and_(deliveries.c.state.in_(WAITING), deliveries.c.due_at.is_not(None)),
    )
