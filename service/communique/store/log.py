"""Reading the delivery log: sums that add up, lines by filter, attempts of one delivery."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import Claim, DeliveryState
from communique.domain.log import LOST, AttemptLine, Handed, Line, LogFilter, Lost, Summary, Waiting
from communique.domain.mail import Recipient
from communique.domain.member import Cause
from communique.domain.scope import Scope
from communique.errors import NotFound
from communique.store.consent_tables import suppressions
from communique.store.deliveries import WAITING
from communique.store.lines import as_line, maybe_twice, selected
from communique.store.scopes import of_releases_seen, own, releases_seen
from communique.store.tables import attempts, deliveries, editions, releases, subscribers


class Log:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def summary(
        self, scope: Scope, release_id: int, association: str | None = None
    ) -> Summary:
        """Counts that add up to the snapshot, of a release or of one association's part of it."""
        part = [deliveries.c.association_key == association] if association else []
        return (await self._sums(scope, [release_id], part))[release_id]

    async def summaries(
        self, scope: Scope, release_ids: Collection[int], association: str | None = None
    ) -> dict[int, Summary]:
        """The sums of several releases, by number, or of one association's part of each: in one
        statement, for a page of them.
        """
        part = [deliveries.c.association_key == association] if association else []
        return await self._sums(scope, release_ids, part)

    async def _sums(
        self, scope: Scope, release_ids: Collection[int], part: list[ColumnElement[bool]]
    ) -> dict[int, Summary]:
        skipped = deliveries.c.state == DeliveryState.SKIPPED.value
        groups = (
            select(
                deliveries.c.release_id,
                deliveries.c.state,
                deliveries.c.due_at.is_not(None).label("is_due"),
                case((skipped, deliveries.c.reason)).label("skipped_for"),
                and_(*maybe_twice()).label("is_copy"),
            )
            .where(
                deliveries.c.release_id.in_(release_ids),
                *of_releases_seen(scope, deliveries.c.release_id),
                *part,
            )
            .subquery()
        )
        counted = await self._connection.execute(
            select(groups, func.count().label("number")).group_by(*groups.c)
        )
        found: dict[int, list[Row[Any]]] = {one: [] for one in release_ids}
        for row in counted:
            found[row.release_id].append(row)
        return {release_id: _summary(rows) for release_id, rows in found.items()}

    async def waiting_for(
        self, scope: Scope, release_ids: Collection[int]
    ) -> dict[int, tuple[Waiting, ...]]:
        """What deliveries wait for that are to be tried again, by release: the ten most common
        causes, in order. Who waits for nothing but a turn is not among them.
        """
        only = (
            deliveries.c.state.in_(WAITING),
            deliveries.c.due_at.is_not(None),
            deliveries.c.cause.is_not(None),
        )
        rows = await self._alike(scope, release_ids, [deliveries.c.cause], only, most=10)
        found: dict[int, tuple[Waiting, ...]] = {}
        for row in rows:
            waiting = Waiting(row.cause, row.count_, row.due_at)
            found[row.release_id] = (*found.get(row.release_id, ()), waiting)
        return found

    async def lost(self, scope: Scope, release_ids: Collection[int]) -> dict[int, tuple[Lost, ...]]:
        """What deliveries ended for as failed or unknown at each association, by release."""
        of = [deliveries.c.association_key, deliveries.c.state, _cause()]
        only = (
            deliveries.c.due_at.is_(None),
            deliveries.c.state.in_([one.value for one in LOST]),
        )
        found: dict[int, tuple[Lost, ...]] = {}
        for row in await self._alike(scope, release_ids, of, only, most=100, also=_bounced()):
            lost = Lost(
                row.association_key, DeliveryState(row.state), row.cause, row.count_, row.also
            )
            found[row.release_id] = (*found.get(row.release_id, ()), lost)
        return found

    async def _alike(
        self,
        scope: Scope,
        release_ids: Collection[int],
        of: Sequence[ColumnElement[Any]],
        only: Sequence[ColumnElement[bool]],
        most: int,
        also: ColumnElement[bool] | None = None,
    ) -> Sequence[Row[Any]]:
        """How many there are of each kind, the `most` common ones of each release in order (P9).

        And of how many of them something is `also` true.
        """
        true = literal(0) if also is None else case((also, 1), else_=0)
        order = (func.count().desc(), *of)
        counted = (
            select(
                deliveries.c.release_id,
                *of,
                func.count().label("count_"),
                func.sum(true).label("also"),
                func.min(deliveries.c.due_at).label("due_at"),
                func.row_number()
                .over(partition_by=deliveries.c.release_id, order_by=order)
                .label("place"),
            )
            .where(
                deliveries.c.release_id.in_(release_ids),
                *only,
                *own(scope, deliveries.c.association_key),
            )
            .group_by(deliveries.c.release_id, *of)
            .subquery()
        )
        rows = await self._connection.execute(
            select(counted).where(counted.c.place <= most).order_by(counted.c.place)
        )
        return rows.all()

    async def lines(
        self, scope: Scope, only: LogFilter, *, limit: int | None = None
    ) -> AsyncGenerator[Line, None]:
        """Deliveries by number; streamed."""
        query = selected(scope, only).order_by(deliveries.c.id).limit(limit)
        result = await self._connection.stream(query)
        async for row in result:
            yield as_line(row)

    async def page(
        self,
        scope: Scope,
        only: LogFilter,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> tuple[Line, ...]:
        """The newest by number, or those next to the one of the number `after` (older) or `before`
        (newer), the newest first.
        """
        query = selected(scope, only).limit(limit)
        if before is not None:
            query = query.where(deliveries.c.id > before).order_by(deliveries.c.id)
        else:
            query = query.order_by(deliveries.c.id.desc())
            query = query.where(deliveries.c.id < after) if after is not None else query
        found = tuple(map(as_line, await self._connection.execute(query)))
        return found[::-1] if before is not None else found

    async def titles(self, scope: Scope, keys: Collection[str]) -> dict[str, dict[str, str]]:
        """The subjects of releases by key, each by language."""
        rows = await self._connection.execute(
            select(releases.c.key, editions.c.language, editions.c.subject)
            .join_from(editions, releases)
            .where(releases.c.key.in_(keys), *releases_seen(scope))
        )
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            found.setdefault(row.key, {})[row.language] = row.subject
        return found

    async def line(self, scope: Scope, delivery_id: int) -> Line:
        """One delivery. Raises NotFound."""
        row = (
            await self._connection.execute(
                selected(scope, LogFilter()).where(deliveries.c.id == delivery_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("delivery_unknown", delivery=delivery_id)
        return as_line(row)

    async def handed(self, scope: Scope, delivery_id: int) -> Handed:
        """What the message of one delivery is made of. Raises NotFound."""
        row = (
            await self._connection.execute(
                select(deliveries).where(
                    deliveries.c.id == delivery_id, *own(scope, deliveries.c.association_key)
                )
            )
        ).one_or_none()
        if row is None:
            raise NotFound("delivery_unknown", delivery=delivery_id)
        reader = Recipient(*(getattr(row, name) for name in Recipient._fields))
        claim = Claim(
            *(row.id, row.release_id, row.association_key, row.subscriber_id),
            token=0,
            attempt=row.attempts,
            unknowns=row.unknowns,
            reader=reader,
        )
        return Handed(claim, row.batch)

    async def attempts(self, scope: Scope, delivery_id: int) -> tuple[AttemptLine, ...]:
        """Every attempt of one delivery, in order."""
        rows = await self._connection.execute(
            select(attempts)
            .join_from(attempts, deliveries)
            .where(
                attempts.c.delivery_id == delivery_id,
                *own(scope, deliveries.c.association_key),
            )
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

    async def last_attempt(self, scope: Scope) -> int:
        """The number of the newest attempt in the log, 0 before the first."""
        query = select(attempts.c.id).order_by(attempts.c.id.desc()).limit(1)
        if mine := own(scope, deliveries.c.association_key):
            query = query.join_from(attempts, deliveries).where(*mine)
        return (await self._connection.execute(query)).scalar_one_or_none() or 0

    async def attempted_after(
        self, scope: Scope, attempt_id: int, only: LogFilter, limit: int = 1000
    ) -> tuple[tuple[int, Line], ...]:
        """Attempts newer than a number, each with its delivery: what following the log shows."""
        query = (
            selected(scope, only, join_last=False)
            .where(attempts.c.id > attempt_id)
            .order_by(attempts.c.id)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple((row.attempt_id, as_line(row)) for row in rows)


def _cause() -> Label[str]:
    return func.coalesce(deliveries.c.cause, literal("", Text), type_=Text).label("cause")


def _bounced() -> ColumnElement[bool]:
    """Whether a delivery's reader has an address that is suppressed since it failed for good."""
    return exists().where(
        subscribers.c.id == deliveries.c.subscriber_id,
        suppressions.c.association_key == subscribers.c.association_key,
        suppressions.c.address_key == subscribers.c.address_key,
        suppressions.c.cause == Cause.HARD_BOUNCE.value,
    )


def _summary(groups: Iterable[Row[Any]]) -> Summary:
    states = dict.fromkeys(DeliveryState, 0)
    skipped: dict[str, int] = {}
    waiting = copies = 0
    for one in groups:
        state = DeliveryState(one.state)
        states[state] += one.number
        waiting += one.number if one.is_due or state is DeliveryState.SENDING else 0
        copies += one.number if one.is_copy else 0
        if state is DeliveryState.SKIPPED:
            skipped[one.skipped_for] = skipped.get(one.skipped_for, 0) + one.number
    return Summary(
        states={state: count for state, count in states.items() if count},
        skipped=dict(sorted(skipped.items(), key=lambda one: -one[1])),
        open=waiting,
        copies=copies,
    )
