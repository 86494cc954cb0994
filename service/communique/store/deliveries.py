"""Deliveries that end early where somebody says no, and what all that work them have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.consent import ConsentEvent, Extent
from communique.domain.delivery import (
    NOT_RESENT,
    DeliveryState,
    SkipReason,
    Ticket,
)
from communique.domain.member import Suppression
from communique.domain.release import State
from communique.store.dialect import listed
from communique.store.former import records_of
from communique.store.tables import (
    batches,
    deliveries,
    releases,
    subscribers,
)

WAITING = (
    DeliveryState.QUEUED.value,
    DeliveryState.DEFERRED.value,
    DeliveryState.UNKNOWN.value,
)


# Those whose ids a statement is given as `ids`.
THESE = deliveries.c.id.in_(listed("ids", deliveries.c.id))


class Deliveries:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def skip_open_for(self, no: ConsentEvent | Suppression, now: datetime) -> int:
        """Skip what has not begun to go to a person whom a no, or a suppression, reaches (P5).

        What somebody claimed and did not begin is taken out of their hands: their token is void.
        """
        reached: list[ColumnElement[bool]] = []
        if isinstance(no, Suppression):
            reason = no.cause.reason
            whose = select(subscribers.c.id).where(
                subscribers.c.association_key == no.association,
                subscribers.c.address_key == no.address_key,
            )
            reached.append(deliveries.c.subscriber_id.in_(whose))
        else:
            reason = SkipReason.UNSUBSCRIBED
            reached.append(deliveries.c.subscriber_id == no.subscriber)
            if no.extent is Extent.LIST:
                reached.append(deliveries.c.list_key == no.list_key)
            if no.extent is Extent.JOINT:
                announced = select(releases.c.id).where(
                    func.json_array_length(releases.c.parties) > 1
                )
                reached.append(deliveries.c.release_id.in_(announced))
        claimed = deliveries.c.state == DeliveryState.SENDING.value
        unbegun = or_(
            and_(deliveries.c.state.in_(WAITING), deliveries.c.due_at.is_not(None)),
            and_(claimed, deliveries.c.begun.is_(False)),
        )
        tried = case((claimed, deliveries.c.attempts - 1), else_=deliveries.c.attempts)
        skipped = await self._connection.execute(
            update(deliveries)
            .where(*reached, unbegun)
            .values(
                **left_out(literal(reason.value), now),
                attempts=tried,
                claim=None,
                lease_until=None,
            )
            .returning(deliveries.c.release_id, deliveries.c.batch)
        )
        touched = [(row.release_id, row.batch) for row in skipped]
        await look_again(self._connection, touched, now)
        return len(touched)

    async def readdress(self, subscriber_id: int, address: str) -> int:
        """Have what waits go to a person's new address; how many.

        What may have arrived already goes where it went before, or not at all: a copy is the same
        message (P3).
        """
        changed = await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.subscriber_id == subscriber_id,
                deliveries.c.state.in_(WAITING),
                deliveries.c.due_at.is_not(None),
                deliveries.c.unknowns == 0,
            )
            .values(address=address)
        )
        return changed.rowcount

    async def in_hand(self, subscriber_id: int) -> int:
        """How many deliveries to a person are with a worker this moment."""
        found = await self._connection.execute(
            select(func.count()).where(
                deliveries.c.subscriber_id.in_(records_of(subscriber_id)),
                deliveries.c.state == DeliveryState.SENDING.value,
            )
        )
        return found.scalar_one()

    async def cancel(self, release_id: int, now: datetime) -> int:
        """Skip all that is waiting in a release.

        What is in a worker's hands ends by itself, or is skipped when its batch is settled.
        """
        skipped = await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.release_id == release_id,
                deliveries.c.state.in_(WAITING),
                deliveries.c.due_at.is_not(None),
            )
            .values(left_out(literal(SkipReason.CANCELLED.value), now))
        )
        return skipped.rowcount


def waiting_in(ticket: Ticket, state: State) -> ColumnElement[bool]:
    """What waits in a batch, if its release is in this state."""
    return and_(
        deliveries.c.release_id == ticket.release_id,
        deliveries.c.batch == ticket.batch,
        deliveries.c.state.in_(WAITING),
        deliveries.c.due_at.is_not(None),
        exists().where(releases.c.id == ticket.release_id, releases.c.state == state.value),
    )


def left_out(reason: ColumnElement[str], at: datetime) -> dict[str, object]:
    """What becomes of a waiting delivery that is not to be handed over (again).

    The same as `domain.delivery.left_out`, for many.
    """
    maybe = deliveries.c.unknowns > 0
    unsent = literal(NOT_RESENT, Text)
    return {
        "state": case((maybe, DeliveryState.UNKNOWN.value), else_=DeliveryState.SKIPPED.value),
        "reason": case((maybe, unsent + reason), else_=reason),
        "cause": case((maybe, deliveries.c.cause)),
        "due_at": None,
        "ended_at": at,
    }


async def look_again(
    connection: AsyncConnection, touched: Iterable[tuple[int, int]], now: datetime
) -> None:
    """Have batches looked at again at once: something in them ended or opened from outside."""
    for release_id, number in sorted(set(touched)):
        await connection.execute(
            update(batches)
            .where(
                batches.c.release_id == release_id,
                batches.c.number == number,
                batches.c.due_at > now,
            )
            .values(due_at=now)
        )
