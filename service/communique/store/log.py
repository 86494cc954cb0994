"""Reading the delivery log: sums that add up, lines by filter, attempts of one delivery."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.address import parse
from communique.domain.delivery import DeliveryState
from communique.domain.log import LOST, AttemptLine, Line, LogFilter, Lost, Summary, Waiting
from communique.domain.member import Cause
from communique.domain.scope import Scope
from communique.errors import NotFound
from communique.store.consent_tables import suppressions
from communique.store.deliveries import WAITING
from communique.store.folding import has
from communique.store.former import called, records, records_of
from communique.store.scopes import of_releases_seen, own
from communique.store.tables import attempts, deliveries, releases, subscribers


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
                and_(*_maybe_twice()).label("is_copy"),
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
        query = _lines(scope, only).order_by(deliveries.c.id).limit(limit)
        result = await self._connection.stream(query)
        async for row in result:
            yield _line(row)

    async def line(self, scope: Scope, delivery_id: int) -> Line:
        """One delivery. Raises NotFound."""
        row = (
            await self._connection.execute(
                _lines(scope, LogFilter()).where(deliveries.c.id == delivery_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("delivery_unknown", delivery=delivery_id)
        return _line(row)

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
            _lines(scope, only, join_last=False)
            .where(attempts.c.id > attempt_id)
            .order_by(attempts.c.id)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple((row.attempt_id, _line(row)) for row in rows)


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


def _maybe_twice() -> list[Any]:
    """A copy can exist only after an end that nobody knows, followed by another attempt."""
    return [deliveries.c.unknowns > 0, deliveries.c.attempts > 1]


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


def _lines(scope: Scope, only: LogFilter, *, join_last: bool = True) -> Select[Any]:
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
        .where(*own(scope, deliveries.c.association_key))
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
    query = query.where(*_person(only))
    if only.reason:
        spelt = func.replace(deliveries.c.reason, "_", " ")  # a code, as people read it
        said = (only.reason, *only.reasons)
        query = query.where(or_(*(has(spelt, one.replace("_", " ")) for one in said)))
    if only.since:
        query = query.where(changed >= only.since)
    if only.until:
        query = query.where(changed < only.until)
    if only.copies:
        query = query.where(*_maybe_twice())
    return query


def _person(only: LogFilter) -> Iterator[ColumnElement[bool]]:
    """Whose deliveries a filter asks for."""
    if only.member:
        yield has(deliveries.c.member, only.member)
    if only.name:
        name = deliveries.c.given_name + " " + deliveries.c.family_name
        yield has(name, only.name)
    if only.address:
        # By the key of the person: any spelling of any address of theirs finds it.
        key = parse(only.address).key
        yield deliveries.c.subscriber_id.in_(records(called(only.association, key)))
    if only.subscriber:
        yield deliveries.c.subscriber_id.in_(records_of(only.subscriber))


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
