"""Deliveries: the snapshot, claims, results. All of P1, P2 and P5 rests on these statements.

A claim is a token in the row; every result is written only where its token still stands, so a
worker that woke up too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import (
    Claim,
    DeliveryState,
    Plan,
    Result,
    SkipReason,
    Ticket,
)
from communique.domain.mail import Reader
from communique.domain.member import Suppression, SuppressionScope
from communique.domain.outcome import Accepted, Deferred, Outcome, Refused, Unknown
from communique.domain.release import Audience, State
from communique.store import snapshot
from communique.store.tables import (
    Instant,
    associations,
    attempts,
    batches,
    database_now,
    deliveries,
    lists,
    releases,
    subscribers,
    subscriptions,
)

WAITING = (
    DeliveryState.QUEUED.value,
    DeliveryState.DEFERRED.value,
    DeliveryState.UNKNOWN.value,
)


class Deliveries:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def expand(self, release_id: int, audience: Audience, plan: Plan) -> Sequence[Ticket]:
        """Write one association's deliveries and batches, with a reason on all left out."""
        return await snapshot.expand(self._connection, release_id, audience, plan)

    # Claims.

    async def claim(
        self,
        ticket: Ticket,
        token: int,
        *,
        now: datetime,
        today: date,
        in_force: bool,
        joint: bool,
        limit: int,
        lease: timedelta,
    ) -> Sequence[Claim]:
        """Take up to `limit` due deliveries of a batch; skip those who may no longer be written to.

        Empty when nothing is due, or the release is not being sent. Claims share the association's
        row and a suppression has it alone: one that is committed is always seen here, and one that
        comes meanwhile waits until the claim is committed (P5).
        """
        await self._connection.execute(
            select(associations.c.key)
            .join_from(associations, batches, batches.c.association_key == associations.c.key)
            .where(batches.c.release_id == ticket.release_id, batches.c.number == ticket.batch)
            .with_for_update(read=True, of=associations)
        )
        found = await self._connection.execute(
            _claimable(joint=joint, in_force=in_force),
            {
                "release_id": ticket.release_id,
                "batch": ticket.batch,
                "now": now,
                "today": today,
                "limit": limit,
            },
        )
        rows = found.all()
        await self._skip([(row.id, row.why_not) for row in rows if row.why_not], now)
        taken = [row for row in rows if not row.why_not]
        if taken:
            await self._connection.execute(
                update(deliveries)
                .where(deliveries.c.id.in_([row.id for row in taken]))
                .values(
                    state=DeliveryState.SENDING.value,
                    claim=token,
                    attempts=deliveries.c.attempts + 1,
                    due_at=None,
                    lease_until=database_now(literal(lease.total_seconds())),
                )
            )
        return [
            Claim(
                delivery_id=row.id,
                release_id=ticket.release_id,
                association=row.association_key,
                subscriber_id=row.subscriber_id,
                token=token,
                attempt=row.attempts + 1,
                unknowns=row.unknowns,
                reader=Reader(*row[6:]),
            )
            for row in taken
        ]

    async def _skip(self, reasons: Sequence[tuple[int, str]], at: datetime) -> None:
        if reasons:
            await self._connection.execute(
                update(deliveries)
                .where(deliveries.c.id == bindparam("_id"))
                .values(_left_out(bindparam("_reason", type_=Text), at)),
                [{"_id": id_, "_reason": reason} for id_, reason in reasons],
            )

    # Results.

    async def record(self, results: Sequence[Result], now: datetime) -> Sequence[Result]:
        """Write what became of claims; those whose claim is no longer ours are left out, unwritten.

        Returns the results that counted. An attempt that was not made counts as no attempt.
        """
        ours = select(deliveries.c.id, deliveries.c.claim).where(
            deliveries.c.id.in_([one.claim.delivery_id for one in results]),
            deliveries.c.state == DeliveryState.SENDING.value,
        )
        held = {
            (row.id, row.claim) for row in await self._connection.execute(ours.with_for_update())
        }
        counted = [one for one in results if (one.claim.delivery_id, one.claim.token) in held]
        if not counted:
            return counted
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("_id"))
            .values(
                state=bindparam("_state"),
                reason=bindparam("_reason"),
                due_at=bindparam("_due_at"),
                ended_at=bindparam("_ended_at"),
                attempts=bindparam("_attempts"),
                unknowns=bindparam("_unknowns"),
                claim=None,
                lease_until=None,
            ),
            [
                {
                    "_id": one.claim.delivery_id,
                    "_state": one.step.state.value,
                    "_reason": one.step.reason or None,
                    "_due_at": one.step.due_at,
                    "_ended_at": None if one.step.due_at else now,
                    "_attempts": one.claim.attempt - (one.outcome is None),
                    "_unknowns": one.claim.unknowns + isinstance(one.outcome, Unknown),
                }
                for one in counted
            ],
        )
        if tried := [_attempt_row(one, one.outcome) for one in counted if one.outcome is not None]:
            await self._connection.execute(insert(attempts), tried)
        return counted

    async def recover(self, now: datetime, *, reason: str, everything: bool = False) -> int:
        """Take back deliveries whose worker is gone: their lease ran out on the database's clock.

        Nobody knows whether they were handed over, so each gets an attempt whose outcome is
        `unknown`, and is resent once with the same bytes (P2, P3). `everything` is for a caller who
        holds the desk's lock and so knows that no other worker lives.
        """
        lost = [deliveries.c.state == DeliveryState.SENDING.value]
        if not everything:
            lost.append(deliveries.c.lease_until <= database_now(literal(0.0)))
        rows = (
            await self._connection.execute(
                select(
                    deliveries.c.id,
                    deliveries.c.attempts,
                    deliveries.c.unknowns,
                    deliveries.c.release_id,
                    deliveries.c.batch,
                )
                .where(*lost)
                .with_for_update(skip_locked=True)
            )
        ).all()
        if not rows:
            return 0
        await self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("_id"))
            .values(
                state=DeliveryState.UNKNOWN.value,
                reason=reason,
                due_at=bindparam("_due_at"),
                ended_at=bindparam("_ended_at"),
                unknowns=deliveries.c.unknowns + 1,
                claim=None,
                lease_until=None,
            ),
            [
                {
                    "_id": row.id,
                    "_due_at": None if row.unknowns else now,
                    "_ended_at": now if row.unknowns else None,
                }
                for row in rows
            ],
        )
        await self._connection.execute(
            insert(attempts),
            [
                {
                    "delivery_id": row.id,
                    "number": row.attempts,
                    "outcome": "unknown",
                    "scope": "recipient",
                    "code": None,
                    "enhanced": None,
                    "reply": reason,
                    "transport": "",
                    "started_at": now,
                    "seconds": 0.0,
                }
                for row in rows
            ],
        )
        await self._due_now([(row.release_id, row.batch) for row in rows], now)
        return len(rows)

    async def _due_now(self, touched: Iterable[tuple[int, int]], now: datetime) -> None:
        """Have batches looked at again at once: something in them ended or opened from outside."""
        for release_id, number in sorted(set(touched)):
            await self._connection.execute(
                update(batches)
                .where(
                    batches.c.release_id == release_id,
                    batches.c.number == number,
                    batches.c.due_at > now,
                )
                .values(due_at=now)
            )

    async def put_back(
        self, tokens: Collection[int], begun: Collection[tuple[int, int]], now: datetime
    ) -> int:
        """Queue again what was claimed with these tokens and never begun: no attempt was made.

        `begun` tells deliveries by token too: one may have been begun under an earlier claim.
        """
        found = await self._connection.execute(
            select(
                deliveries.c.id,
                deliveries.c.claim,
                deliveries.c.release_id,
                deliveries.c.batch,
            ).where(
                deliveries.c.claim.in_(tokens), deliveries.c.state == DeliveryState.SENDING.value
            )
        )
        rows = [row for row in found if (row.claim, row.id) not in begun]
        if rows:
            await self._connection.execute(
                update(deliveries)
                .where(deliveries.c.id == bindparam("_id"))
                .values(
                    state=DeliveryState.QUEUED.value,
                    due_at=now,
                    attempts=deliveries.c.attempts - 1,
                    claim=None,
                    lease_until=None,
                ),
                [{"_id": row.id} for row in rows],
            )
            await self._due_now([(row.release_id, row.batch) for row in rows], now)
        return len(rows)

    # Batches.

    async def settle(self, ticket: Ticket, now: datetime) -> datetime | None:
        """Set when a batch is to be worked next: its earliest due delivery, or None when done.

        Of a release that was called off, whatever came back to wait is skipped first (P2).
        """
        await self._connection.execute(
            update(deliveries)
            .where(
                deliveries.c.release_id == ticket.release_id,
                deliveries.c.batch == ticket.batch,
                deliveries.c.state.in_(WAITING),
                deliveries.c.due_at.is_not(None),
                exists().where(
                    releases.c.id == ticket.release_id,
                    releases.c.state == State.CANCELLED.value,
                ),
            )
            .values(_left_out(literal(SkipReason.CANCELLED.value), now))
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

    async def association_of(self, ticket: Ticket) -> str:
        """The association whose people a batch holds."""
        found = await self._connection.execute(
            select(batches.c.association_key).where(
                batches.c.release_id == ticket.release_id, batches.c.number == ticket.batch
            )
        )
        return str(found.scalar_one())

    async def unfinished(self, now: datetime, limit: int = 1000) -> Sequence[Ticket]:
        """Batches that are due: what an engine should have in hand.

        Of releases being sent, and of those called off while something was in a worker's hands.
        """
        rows = await self._connection.execute(
            select(batches.c.release_id, batches.c.number)
            .join(releases, batches.c.release_id == releases.c.id)
            .where(
                batches.c.due_at <= now,
                releases.c.state.in_([State.SENDING.value, State.CANCELLED.value]),
            )
            .order_by(batches.c.due_at, batches.c.release_id, batches.c.number)
            .limit(limit)
        )
        return [Ticket(row.release_id, row.number) for row in rows]

    async def nothing_open(self, release_id: int) -> bool:
        """Whether every batch of a release is done."""
        found = await self._connection.execute(
            select(
                exists().where(batches.c.release_id == release_id, batches.c.due_at.is_not(None))
            )
        )
        return not found.scalar_one()

    # People saying no, and releases called off.

    async def skip_open_for(self, suppression: Suppression, now: datetime) -> int:
        """Skip what is still waiting for a person whom a suppression reaches (P5)."""
        reached: list[ColumnElement[bool]] = [
            deliveries.c.subscriber_id.in_(
                select(subscribers.c.id).where(
                    subscribers.c.association_key == suppression.association,
                    subscribers.c.address_key == suppression.address_key,
                )
            )
        ]
        if suppression.scope is SuppressionScope.LIST:
            reached.append(deliveries.c.list_key == suppression.list_key)
        if suppression.scope is SuppressionScope.JOINT:
            reached.append(
                deliveries.c.release_id.in_(
                    select(releases.c.id).where(func.json_array_length(releases.c.parties) > 1)
                )
            )
        skipped = await self._connection.execute(
            update(deliveries)
            .where(*reached, deliveries.c.state.in_(WAITING), deliveries.c.due_at.is_not(None))
            .values(_left_out(literal(suppression.reason.value), now))
            .returning(deliveries.c.release_id, deliveries.c.batch)
        )
        touched = [(row.release_id, row.batch) for row in skipped]
        await self._due_now(touched, now)
        return len(touched)

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
            .values(_left_out(literal(SkipReason.CANCELLED.value), now))
        )
        return skipped.rowcount


@cache
def _claimable(*, joint: bool, in_force: bool) -> Select[Any]:
    """What a batch has due, with the reason not to write where there is one. Built once."""
    reason = snapshot.why_not(
        list_key=deliveries.c.list_key, joint=joint, today=bindparam("today", type_=Date())
    )
    return (
        select(
            deliveries.c.id,
            deliveries.c.association_key,
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            deliveries.c.unknowns,
            (reason if in_force else literal(SkipReason.AGREEMENT_ENDED.value)).label("why_not"),
            *snapshot.READER,
        )
        .join_from(deliveries, releases, deliveries.c.release_id == releases.c.id)
        .join(subscribers, deliveries.c.subscriber_id == subscribers.c.id)
        .outerjoin(
            lists,
            and_(
                lists.c.association_key == deliveries.c.association_key,
                lists.c.key == deliveries.c.list_key,
            ),
        )
        .outerjoin(
            subscriptions,
            and_(
                subscriptions.c.list_id == lists.c.id,
                subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            ),
        )
        .where(
            deliveries.c.release_id == bindparam("release_id"),
            deliveries.c.batch == bindparam("batch"),
            deliveries.c.state.in_(WAITING),
            deliveries.c.due_at <= bindparam("now", type_=Instant()),
            releases.c.state == State.SENDING.value,
        )
        .order_by(deliveries.c.id)
        .limit(bindparam("limit"))
        .with_for_update(of=deliveries, skip_locked=True)
    )


def _open() -> ColumnElement[bool]:
    return or_(
        deliveries.c.state == DeliveryState.SENDING.value,
        and_(deliveries.c.state.in_(WAITING), deliveries.c.due_at.is_not(None)),
    )


def _left_out(reason: ColumnElement[str], at: datetime) -> dict[str, object]:
    """What becomes of a waiting delivery that is not to be handed over (again).

    After an end that nobody knows it may have arrived, so it stays `unknown`: `skipped` would say
    that it was never written to.
    """
    maybe = deliveries.c.unknowns > 0
    unsent = literal("its end is not known; not resent: ", Text)
    return {
        "state": case((maybe, DeliveryState.UNKNOWN.value), else_=DeliveryState.SKIPPED.value),
        "reason": case((maybe, unsent + reason), else_=reason),
        "due_at": None,
        "ended_at": at,
    }


def _attempt_row(result: Result, outcome: Outcome) -> dict[str, object]:
    reply = outcome.reply
    said = "" if isinstance(outcome, Accepted) else outcome.reason
    return {
        "delivery_id": result.claim.delivery_id,
        "number": result.claim.attempt,
        "outcome": OUTCOME_NAMES[type(outcome)],
        "scope": outcome.scope.value,
        "code": reply.code if reply else None,
        "enhanced": reply.enhanced if reply else None,
        "reply": reply.text if reply else said,
        "transport": result.transport,
        "started_at": result.started_at,
        "seconds": result.seconds,
    }


OUTCOME_NAMES: dict[type[Outcome], str] = {
    Accepted: "accepted",
    Deferred: "deferred",
    Refused: "refused",
    Unknown: "unknown",
}
