"""Reading the delivery log: sums that add up, lines by filter, attempts of one delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.address import parse
from communique.domain.delivery import DeliveryState
from communique.domain.log import AttemptLine, Line, LogFilter, Summary, Waiting
from communique.errors import NotFound
from communique.store.tables import attempts, deliveries, releases, subscribers


class Log:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def summary(self, release_id: int, association: str | None = None) -> Summary:
        """Counts that add up to the snapshot, of a release or of one association's part of it."""
        mine = [deliveries.c.release_id == release_id]
        if association:
            mine.append(deliveries.c.association_key == association)
        states = dict.fromkeys(DeliveryState, 0)
        waiting = 0
        for state, due, count in await self._connection.execute(
            select(deliveries.c.state, deliveries.c.due_at.is_not(None), func.count())
            .where(*mine)
            .group_by(deliveries.c.state, deliveries.c.due_at.is_not(None))
        ):
            states[DeliveryState(state)] += count
            waiting += count if due or state == DeliveryState.SENDING.value else 0
        reasons = await self._connection.execute(
            select(deliveries.c.reason, func.count())
            .where(*mine, deliveries.c.state == DeliveryState.SKIPPED.value)
            .group_by(deliveries.c.reason)
            .order_by(func.count().desc())
        )
        copies = await self._connection.execute(select(func.count()).where(*mine, *_maybe_twice()))
        return Summary(
            states={state: count for state, count in states.items() if count},
            skipped=dict(reasons.all()),
            open=waiting,
            copies=copies.scalar_one(),
        )

    async def waiting_for(self, release_id: int) -> tuple[Waiting, ...]:
        """Why deliveries wait to be tried again; the most common reason first."""
        rows = await self._connection.execute(
            select(deliveries.c.reason, func.count(), func.min(deliveries.c.due_at))
            .where(
                deliveries.c.release_id == release_id,
                deliveries.c.due_at.is_not(None),
                deliveries.c.reason.is_not(None),
            )
            .group_by(deliveries.c.reason)
            .order_by(func.count().desc())
        )
        return tuple(Waiting(reason, count, due) for reason, count, due in rows)

    async def lines(self, only: LogFilter, *, limit: int | None = None) -> AsyncIterator[Line]:
        """Deliveries by number; streamed."""
        query = _lines(only).order_by(deliveries.c.id).limit(limit)
        result = await self._connection.stream(query)
        async for row in result:
            yield _line(row)

    async def line(self, delivery_id: int) -> Line:
        """One delivery. Raises NotFound."""
        row = (
            await self._connection.execute(
                _lines(LogFilter()).where(deliveries.c.id == delivery_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id} in the log")
        return _line(row)

    async def attempts(self, delivery_id: int) -> tuple[AttemptLine, ...]:
        """Every attempt of one delivery, in order."""
        rows = await self._connection.execute(
            select(attempts)
            .where(attempts.c.delivery_id == delivery_id)
            .order_by(attempts.c.number)
        )
        return tuple(
            AttemptLine(
                row.number,
                row.started_at,
                row.seconds,
                row.transport,
                row.outcome,
                row.scope,
                row.code,
                row.enhanced,
                row.reply,
            )
            for row in rows
        )

    async def last_attempt(self) -> int:
        """The number of the newest attempt in the log, 0 before the first."""
        found = await self._connection.execute(select(func.max(attempts.c.id)))
        return found.scalar_one() or 0

    async def attempted_after(
        self, attempt_id: int, only: LogFilter, limit: int = 1000
    ) -> tuple[tuple[int, Line], ...]:
        """Attempts newer than a number, each with its delivery: what following the log shows."""
        query = (
            _lines(only, join_last=False)
            .where(attempts.c.id > attempt_id)
            .order_by(attempts.c.id)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple((row.attempt_id, _line(row)) for row in rows)


def _maybe_twice() -> list[Any]:
    """A copy can exist only after an end that nobody knows, followed by another attempt."""
    return [deliveries.c.unknowns > 0, deliveries.c.attempts > 1]


def _lines(only: LogFilter, *, join_last: bool = True) -> Select[Any]:
    changed = func.coalesce(
        deliveries.c.ended_at,
        attempts.c.started_at,
        releases.c.picked_up_at,
        type_=deliveries.c.ended_at.type,
    )
    matching = attempts.c.delivery_id == deliveries.c.id
    if join_last:
        matching = and_(matching, attempts.c.number == deliveries.c.attempts)
    query = (
        select(
            deliveries,
            releases.c.key.label("release"),
            changed.label("at"),
            attempts.c.id.label("attempt_id"),
            attempts.c.code,
            attempts.c.enhanced,
            attempts.c.reply,
        )
        .join_from(deliveries, releases, deliveries.c.release_id == releases.c.id)
        .join(attempts, matching, isouter=join_last)
    )
    if only.release:
        query = query.where(releases.c.key == only.release)
    if only.association:
        query = query.where(deliveries.c.association_key == only.association)
    if only.state:
        query = query.where(deliveries.c.state == only.state.value)
    if only.domain:
        domain = only.domain
        query = query.where(
            or_(
                deliveries.c.address.iendswith(f"@{domain}", autoescape=True),
                deliveries.c.address.iendswith(f".{domain}", autoescape=True),
            )
        )
    if only.member:
        query = query.where(deliveries.c.member.icontains(only.member, autoescape=True))
    if only.address:
        # By the key of the person, so that any spelling of one address finds it.
        key = parse(only.address).key
        them = select(subscribers.c.id).where(subscribers.c.address_key == key)
        query = query.where(deliveries.c.subscriber_id.in_(them))
    if only.since:
        query = query.where(changed >= only.since)
    if only.until:
        query = query.where(changed < only.until)
    if only.copies:
        query = query.where(*_maybe_twice())
    return query


def _line(row: Row[Any]) -> Line:
    said = " ".join(part for part in (row.enhanced, row.reply) if part)
    return Line(
        delivery_id=row.id,
        release=row.release,
        association=row.association_key,
        address=row.address,
        name=f"{row.given_name} {row.family_name}".strip(),
        member=row.member,
        language=row.language,
        state=DeliveryState(row.state),
        reason=row.reason or "",
        attempts=row.attempts,
        at=row.at,
        due_at=row.due_at,
        code=row.code,
        reply=said,
    )
