"""Claims on deliveries, and what became of them. P2, P3 and P5 rest on these statements.

A claim is a token in the row; every result is written only where its token still stands, so a
worker that woke up too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Float,
    Select,
    Table,
    Text,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import visitors

from communique.domain.delivery import EXPIRED, GAVE_UP, Claim, DeliveryState, SkipReason, Ticket
from communique.domain.mail import Recipient
from communique.domain.release import State
from communique.store import recovery, snapshot
from communique.store.deliveries import THESE, WAITING, left_out, waiting_in
from communique.store.dialect import gathered
from communique.store.tables import (
    Instant,
    agreement_terms,
    agreements,
    associations,
    batches,
    database_now,
    deliveries,
    releases,
)

_EXPIRED = literal(EXPIRED, Text)


class Claims:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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
        begun: bool = True,
    ) -> Sequence[Claim]:
        """Take up to `limit` due deliveries of a batch; skip those who may no longer be written to.

        Empty when nothing is due, or the release is not being sent. Claims share the association's
        row and a suppression has it alone: one that is committed is always seen here, and one that
        comes meanwhile waits until the claim is committed (P5). `begun` says that any of them may
        be handed over at once: whoever claims notes elsewhere which were, or with `mark_begun`.
        """
        if self._connection.dialect.name != "sqlite":  # there, whoever writes writes alone
            await self._connection.execute(
                _SHARE, {"release_id": ticket.release_id, "batch": ticket.batch}
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
        rows = found.scalar_one() or []
        await self._skip([(row[0], row[1]) for row in rows if row[1]], now)
        release_id = ticket.release_id
        taken = [
            # In the order of its fields: to name them would cost as much again.
            Claim(id_, release_id, key, person, token, tried + 1, unknowns, Recipient(*reader))
            for id_, why_not, key, person, tried, unknowns, *reader in rows
            if not why_not
        ]
        if taken:
            await self._connection.execute(
                _TAKE,
                {
                    "ids": [claim.delivery_id for claim in taken],
                    "token": token,
                    "lease": lease.total_seconds(),
                    "begun": begun,
                },
            )
        return taken

    async def refused(
        self, ticket: Ticket, token: int, *, today: date, in_force: bool, joint: bool
    ) -> Mapping[int, str]:
        """Those of a claim who may not be written to any more, and why: what `claim` would skip.

        Asked of all that has no result yet, in one statement, and answered without a lock (P5).
        """
        found = await self._connection.execute(
            _refused(joint=joint, in_force=in_force),
            {
                "release_id": ticket.release_id,
                "batch": ticket.batch,
                "token": token,
                "today": today,
            },
        )
        return dict(found.scalar_one() or [])

    async def mark_begun(self, token: int, ids: Collection[int]) -> frozenset[int]:
        """Note that these may be handed over from now on; those whose claim is still ours.

        The others are another's by now, and must not be handed over.
        """
        marked = await self._connection.execute(_BEGIN, {"token": token, "ids": list(ids)})
        return frozenset(marked.scalars())

    async def _skip(self, reasons: Sequence[tuple[int, str]], at: datetime) -> None:
        if reasons:
            await self._connection.execute(
                update(deliveries)
                .where(deliveries.c.id == bindparam("_id"))
                .values(left_out(bindparam("_reason", type_=Text), at)),
                [{"_id": id_, "_reason": reason} for id_, reason in reasons],
            )

    async def expire(self, ticket: Ticket, now: datetime) -> None:
        """End all that is waiting in a batch whose time is over: nothing is tried any more."""
        maybe = deliveries.c.unknowns > 0  # it may have arrived, so “failed” would be too much
        await self._connection.execute(
            update(deliveries)
            .where(waiting_in(ticket, State.SENDING))
            .values(
                state=case((maybe, DeliveryState.UNKNOWN.value), else_=DeliveryState.FAILED.value),
                reason=literal(GAVE_UP, Text) + func.coalesce(deliveries.c.reason, _EXPIRED),
                cause=func.coalesce(deliveries.c.cause, _EXPIRED),
                due_at=None,
                ended_at=now,
            )
        )

    async def leave_out(self, ticket: Ticket, why: SkipReason, now: datetime) -> None:
        """Skip all that is waiting in a batch, for one reason."""
        await self._connection.execute(
            update(deliveries)
            .where(waiting_in(ticket, State.SENDING))
            .values(left_out(literal(why.value, Text), now))
        )

    async def lapsed(
        self,
        held: Collection[int],
        *,
        nodes: Collection[int] = (),
        alive: Collection[int] = (),
    ) -> bool:
        """Whether `recover` would find anything. Asked on every tick, answered without a lock."""
        found = await self._connection.execute(
            select(deliveries.c.id).where(recovery.lost(held, nodes, alive)).limit(1)
        )
        return found.first() is not None

    async def recover(
        self,
        now: datetime,
        *,
        reason: str,
        held: Collection[int] = (),
        everything: bool = False,
        nodes: Collection[int] = (),
        alive: Collection[int] = (),
        last: Mapping[int, datetime] | None = None,
    ) -> int:
        """Take back deliveries whose worker is gone: it is of the dead `nodes`, or their lease ran
        out on the database's clock and it is not of those known to be `alive`.

        What may have been begun was perhaps handed over, so each gets an attempt whose outcome is
        `unknown`, and is resent once with the same bytes (P2, P3). The rest is queued again: no
        attempt was made. `held` are the caller's own tokens: it is not gone. `everything` is for a
        caller who knows that no other worker lives. `last` is when a worker was last seen at work,
        by the token of its claim. Returns of how many nobody knows.
        """
        whose = () if everything else (recovery.lost(held, nodes, alive),)
        rows = await recovery.lock(self._connection, *whose, skip_locked=True)
        begun = [row for row in rows if row.begun]
        await recovery.give_up(self._connection, begun, reason, now, last or {})
        await recovery.queue(self._connection, [row for row in rows if not row.begun], now)
        return len(begun)

    async def put_back(
        self, tokens: Collection[int], begun: Collection[tuple[int, int]], now: datetime
    ) -> int:
        """Queue again what was claimed with these tokens and never begun: no attempt was made.

        `begun` tells deliveries by token too: one may have been begun under an earlier claim.
        """
        rows = await recovery.lock(self._connection, deliveries.c.claim.in_(tokens))
        back = [row for row in rows if (row.claim, row.id) not in begun]
        await recovery.queue(self._connection, back, now)
        return len(back)


@cache
def _claimable(*, joint: bool, in_force: bool) -> Select[Any]:
    """What a batch has due, with the reason not to write where there is one. Built once."""
    due = (
        _with_people(
            deliveries.c.id,
            _why_not(joint=joint, in_force=in_force).label("why_not"),
            deliveries.c.association_key,
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            deliveries.c.unknowns,
            *snapshot.READER,
        )
        .where(
            deliveries.c.state.in_(WAITING),
            deliveries.c.due_at <= bindparam("now", type_=Instant()),
            releases.c.state == State.SENDING.value,
        )
        .order_by(deliveries.c.id)
        .limit(bindparam("limit"))
        .with_for_update(of=deliveries, skip_locked=True)
        .subquery()
    )
    return select(gathered(due))


@cache
def _refused(*, joint: bool, in_force: bool) -> Select[Any]:
    """Those of a claim whom there is a reason not to write to, with it. Built once."""
    reason = _why_not(joint=joint, in_force=in_force)
    refused = (
        _with_people(deliveries.c.id, reason.label("why_not"))
        .where(
            deliveries.c.state == DeliveryState.SENDING.value,
            deliveries.c.claim == bindparam("token"),
            reason.is_not(None),
        )
        .subquery()
    )
    return select(gathered(refused))


def _why_not(*, joint: bool, in_force: bool) -> ColumnElement[str | None]:
    today = bindparam("today", type_=Date())
    return snapshot.why_not(joint=joint, today=today, in_force=in_force)


def _with_people(*columns: ColumnElement[Any]) -> Select[Any]:
    """The deliveries of a batch, beside what is known of their readers by now."""
    found = select(*columns).join_from(
        deliveries, releases, deliveries.c.release_id == releases.c.id
    )
    return snapshot.beside_readers(found).where(
        deliveries.c.release_id == bindparam("release_id"),
        deliveries.c.batch == bindparam("batch"),
    )


# Where a no is written: all that is read to know of one.
NOES = frozenset(
    one for one in visitors.iterate(_claimable(joint=True, in_force=True)) if isinstance(one, Table)
) - {deliveries, releases} | {agreements, agreement_terms}

# Built once, for they run for every claim.

_SHARE = (
    select(associations.c.key)
    .join_from(associations, batches, batches.c.association_key == associations.c.key)
    .where(batches.c.release_id == bindparam("release_id"), batches.c.number == bindparam("batch"))
    .with_for_update(read=True, of=associations)
)
_TAKE = (
    update(deliveries)
    .where(THESE)
    .values(
        state=DeliveryState.SENDING.value,
        claim=bindparam("token"),
        attempts=deliveries.c.attempts + 1,
        due_at=None,
        lease_until=database_now(bindparam("lease", type_=Float)),
        begun=bindparam("begun"),
    )
)
_BEGIN = (
    update(deliveries)
    .where(
        THESE,
        deliveries.c.claim == bindparam("token"),
        deliveries.c.state == DeliveryState.SENDING.value,
    )
    .values(begun=true())
    .returning(deliveries.c.id)
)
