"""Letters: written once each, taken by one sender at a time, and kept with what came of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, case, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.delivery import DeliveryState, NextStep
from communique.domain.letter import Posted
from communique.domain.scope import Scope
from communique.store.dialect import insert
from communique.store.letter_tables import letters
from communique.store.scopes import own

_WRITTEN = ("name", "language", "given", "message_id", "written_at", "state", "due_at")


class Letters:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def post(self, new: Sequence[Posted]) -> int:
        """Keep those that nobody wrote before; how many."""
        kept = 0
        for one in new:
            statement = insert(self._connection, letters).values(
                purpose=one.purpose,
                about=one.about,
                association_key=one.association,
                address=one.address,
                name=one.name,
                language=one.language,
                given={
                    "values": dict(one.values),
                    "days": {name: day.isoformat() for name, day in one.days.items()},
                },
                message_id=one.message_id,
                written_at=one.written_at,
                state=one.state.value,
                due_at=one.due_at,
            )
            # What was withdrawn before it went is written anew; all else stands as it is.
            found = await self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["purpose", "about", "association_key", "address"],
                    set_={
                        **{name: statement.excluded[name] for name in _WRITTEN},
                        "attempts": 0,
                        "reason": "",
                        "ended_at": None,
                    },
                    where=letters.c.state == DeliveryState.SKIPPED.value,
                ).returning(letters.c.id)
            )
            kept += found.first() is not None
        return kept

    async def of(self, scope: Scope, purpose: str) -> tuple[Posted, ...]:
        """Those of a purpose, the newest first."""
        rows = await self._connection.execute(
            select(letters)
            .where(letters.c.purpose == purpose, *own(scope, letters.c.association_key))
            .order_by(letters.c.id.desc())
        )
        return tuple(map(_posted, rows))

    async def in_trouble(self, scope: Scope) -> tuple[Posted, ...]:
        """Those that could not be sent, or not yet."""
        waits = and_(letters.c.due_at.is_not(None), letters.c.attempts > 0)
        lost = letters.c.state == DeliveryState.FAILED.value
        rows = await self._connection.execute(
            select(letters)
            .where(or_(waits, lost), *own(scope, letters.c.association_key))
            .order_by(letters.c.id)
        )
        return tuple(map(_posted, rows))

    async def any_due(self, now: datetime) -> bool:
        """Whether `claim` would find one. Takes no lock."""
        found = await self._connection.execute(
            select(letters.c.id).where(letters.c.due_at <= now).limit(1)
        )
        return found.first() is not None

    async def claim(self, now: datetime, until: datetime, limit: int) -> tuple[Posted, ...]:
        """Take some that are due: nobody else does, before `until`.

        Whoever dies with one has not said what came of it: it is due again then.
        """
        due = select(letters.c.id).where(letters.c.due_at <= now).order_by(letters.c.due_at)
        # Asked first and by itself: within the update, PostgreSQL may ask it again for every row,
        # and skips what it has locked, so that more than so many are taken.
        found = await self._connection.scalars(due.limit(limit).with_for_update(skip_locked=True))
        taken = await self._connection.execute(
            update(letters)
            .where(letters.c.id.in_(found.all()), letters.c.due_at <= now)
            .values(due_at=until)
            .returning(letters)
        )
        return tuple(map(_posted, taken))

    async def settle(
        self, taken: Posted, step: NextStep, *, attempts: int, unknowns: int, at: datetime
    ) -> None:
        """Write what came of one, unless another took it meanwhile.

        Of one that was withdrawn while it was in hand, only that it went.
        """
        its = letters.c.due_at == taken.due_at
        if step.state is DeliveryState.SENT:
            withdrawn = letters.c.state == DeliveryState.SKIPPED.value
            its = or_(its, and_(withdrawn, letters.c.due_at.is_(None)))
        await self._connection.execute(
            update(letters)
            .where(letters.c.id == taken.id, its)
            .values(
                state=step.state.value,
                due_at=step.due_at,
                attempts=attempts,
                unknowns=unknowns,
                reason=step.reason,
                ended_at=None if step.due_at else at,
            )
        )

    async def withdraw(
        self, purpose: str, keep: Collection[tuple[str, str]], why: str, at: datetime
    ) -> int:
        """End those that did not go and have nothing to say any more: all but what is to `keep`, by
        what it is about and its association. How many.
        """
        unsent = or_(letters.c.due_at.is_not(None), letters.c.state == DeliveryState.FAILED.value)
        query = update(letters).where(letters.c.purpose == purpose, unsent)
        if keep:
            which = tuple_(letters.c.about, letters.c.association_key)
            query = query.where(which.not_in(list(keep)))
        ended = await self._connection.execute(
            query.values(
                # One whose end nobody knows may have arrived, and is not called otherwise.
                state=case(
                    (letters.c.state == DeliveryState.UNKNOWN.value, DeliveryState.UNKNOWN.value),
                    else_=DeliveryState.SKIPPED.value,
                ),
                due_at=None,
                reason=why,
                ended_at=at,
            )
        )
        return ended.rowcount


def _posted(row: Row[Any]) -> Posted:
    return Posted(
        purpose=row.purpose,
        about=row.about,
        association=row.association_key,
        language=row.language,
        name=row.name,
        address=row.address,
        values=row.given["values"],
        days={name: date.fromisoformat(day) for name, day in row.given["days"].items()},
        message_id=row.message_id,
        written_at=row.written_at,
        state=DeliveryState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        unknowns=row.unknowns,
        reason=row.reason,
        ended_at=row.ended_at,
        id=row.id,
    )
