"""Embargoes: which hour the press was told, batch by batch, and who is yet to be told another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from communique.domain.delivery import DeliveryState, Ticket
from communique.store.tables import Instant, batches, deliveries, releases, subscribers

HAVE_IT = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)
_UNTRIED = (DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value)


class Embargoes:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def told(
        self, release_id: int, press: Collection[tuple[str, str]], until: datetime
    ) -> int:
        """How many have it, or may, on these lists (an association's, each) and with another hour
        than that.
        """
        if not press:
            return 0
        found = await self._connection.execute(
            _beside_batches(select(func.count())).where(
                deliveries.c.release_id == release_id,
                deliveries.c.state.in_([one.value for one in HAVE_IT]),
                tuple_(deliveries.c.association_key, deliveries.c.list_key).in_(list(press)),
                hour_told() != until,
            )
        )
        count: int = found.scalar_one()
        return count

    async def ends(self, release_ids: Collection[int]) -> Mapping[int, datetime | None]:
        """When the embargo of each ends, as it stands."""
        rows = await self._connection.execute(
            select(releases.c.id, releases.c.public_from).where(releases.c.id.in_(release_ids))
        )
        return {row.id: row.public_from for row in rows}

    async def hours(self, release_id: int) -> tuple[Mapping[int, datetime], int]:
        """What is told in each batch of the press, and the newest number of all."""
        its = batches.c.release_id == release_id
        rows = await self._connection.execute(
            select(batches.c.number, batches.c.embargo).where(its, batches.c.embargo.is_not(None))
        )
        newest = await self._connection.execute(select(func.max(batches.c.number)).where(its))
        return {row.number: row.embargo for row in rows}, newest.scalar_one() or 0

    async def tell_anew(self, ticket: Ticket, until: datetime) -> None:
        """Put whoever waits in a batch, and was surely not handed it, into one with that hour.

        Who may have it stays: a copy has the same octets (P3).
        """
        waiting = [
            deliveries.c.release_id == ticket.release_id,
            deliveries.c.batch == ticket.batch,
            deliveries.c.state.in_(_UNTRIED),
            deliveries.c.unknowns == 0,
            deliveries.c.due_at.is_not(None),
        ]
        due = func.min(deliveries.c.due_at, type_=Instant())
        first = (await self._connection.execute(select(due).where(*waiting))).scalar_one()
        if first is None:
            return
        number = select(func.max(batches.c.number) + 1).where(
            batches.c.release_id == ticket.release_id
        )
        new = (await self._connection.execute(number)).scalar_one()
        its = (batches.c.release_id == ticket.release_id) & (batches.c.number == ticket.batch)
        await self._connection.execute(
            insert(batches).values(
                release_id=ticket.release_id,
                number=new,
                association_key=ticket.association,
                due_at=first,
                dated_at=select(batches.c.dated_at).where(its).scalar_subquery(),
                embargo=until,
            )
        )
        await self._connection.execute(update(deliveries).where(*waiting).values(batch=new))


def hour_told() -> ColumnElement[datetime | None]:
    """What a delivery told of its release's embargo, beside its batch and its release."""
    return func.coalesce(batches.c.embargo, releases.c.embargo, type_=Instant())


def _beside_batches(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(deliveries)
        .join(
            batches,
            (batches.c.release_id == deliveries.c.release_id)
            & (batches.c.number == deliveries.c.batch),
        )
        .join(releases, releases.c.id == deliveries.c.release_id)
    )


def told_otherwise(
    release_id: int, subscriber_id: ColumnElement[int], lists: Collection[str]
) -> ColumnElement[bool]:
    """Whether somebody of the press was last told another hour than a release has: by itself, or
    by a later release that corrects it. `lists` are the press's of their association.
    """
    corrected, one = releases.alias("corrected"), deliveries.alias("one")
    its, batch = releases.alias("its"), batches.alias("batch")
    record = subscribers.alias("record")
    told = (
        select(func.coalesce(batch.c.embargo, its.c.embargo, its.c.public_from, type_=Instant()))
        .select_from(one)
        .join(its, its.c.id == one.c.release_id)
        .join(batch, (batch.c.release_id == one.c.release_id) & (batch.c.number == one.c.batch))
        .where(
            # By this record, or by one that became one with it.
            one.c.subscriber_id.in_(
                select(record.c.id)
                .where(or_(record.c.id == subscriber_id, record.c.merged_into == subscriber_id))
                .correlate(subscriber_id.table)
            ),
            one.c.state.in_([state.value for state in HAVE_IT]),
            one.c.list_key.in_(lists),
            (its.c.id == corrected.c.id) & its.c.embargo.is_not(None)
            | (its.c.corrects == corrected.c.key),
        )
        .order_by(its.c.id.desc())
        .limit(1)
        .correlate(corrected, subscriber_id.table)
        .scalar_subquery()
    )
    return (
        select(literal(1))
        .where(corrected.c.id == release_id, told != corrected.c.public_from)
        .exists()
    )
