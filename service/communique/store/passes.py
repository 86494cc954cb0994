"""Passes to advantages, each a delivery looked at now, and how often they were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.member import Member
from communique.domain.passes import CompanyUses, Pass, Sum, Use
from communique.domain.release import State
from communique.domain.scope import Scope
from communique.store.dialect import insert
from communique.store.pass_tables import pass_names, pass_uses
from communique.store.scopes import of_releases_seen, own
from communique.store.tables import deliveries, members, releases, subscribers

COUNTS = pass_uses.c.taken_back_at.is_(None)


class Passes:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, scope: Scope, delivery_id: int) -> Pass | None:
        """The pass of a delivery, by whichever record its reader has now, in one statement.

        None where there is none, and where whoever it was for was erased.
        """
        record, each = subscribers.alias(), pass_uses.alias()
        counted = (each.c.delivery_id == delivery_id, each.c.taken_back_at.is_(None))
        used = select(func.count()).select_from(each).where(*counted)
        last = select(func.max(each.c.id)).where(*counted)
        query = (
            select(
                deliveries.c.id,
                deliveries.c.release_id,
                deliveries.c.association_key,
                deliveries.c.language,
                releases.c.state,
                releases.c.agreement_key,
                releases.c.content_hash,
                members.c.id.label("member_id"),
                *(members.c[name] for name in ("reference", "name", "sector", "territory")),
                *(members.c[name] for name in ("kind", "since", "until")),
                pass_names.c.delivery_id.label("named"),
                used.scalar_subquery().label("used"),
                pass_uses.c.id.label("last_id"),
                pass_uses.c.at.label("last_at"),
            )
            .join_from(deliveries, releases, deliveries.c.release_id == releases.c.id)
            .join(record, deliveries.c.subscriber_id == record.c.id)
            .join(subscribers, subscribers.c.id == func.coalesce(record.c.merged_into, record.c.id))
            .join(members, subscribers.c.member_id == members.c.id)
            .outerjoin(pass_names, pass_names.c.delivery_id == deliveries.c.id)
            .outerjoin(pass_uses, pass_uses.c.id == last.scalar_subquery())
            .where(deliveries.c.id == delivery_id, *own(scope, deliveries.c.association_key))
        )
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        return Pass(
            delivery=row.id,
            release=row.release_id,
            association=row.association_key,
            language=row.language,
            called_off=row.state == State.CANCELLED.value,
            agreement=row.agreement_key,
            content_hash=row.content_hash or "",
            member_id=row.member_id,
            member=Member(
                *(row.reference, row.name, row.sector, row.territory),
                *(row.kind, row.since, row.until),
            ),
            named=row.named is not None,
            used=row.used,
            last_use=Use(row.last_id, row.last_at) if row.last_id else None,
        )

    async def hold(self, delivery_id: int) -> None:
        """Have nobody else use this pass until the transaction ends. On SQLite, whoever writes
        writes alone.
        """
        await self._connection.execute(
            select(deliveries.c.id).where(deliveries.c.id == delivery_id).with_for_update()
        )

    async def use(self, one: Pass, day: date, at: datetime) -> Use:
        """Note that the advantage was given."""
        made = await self._connection.execute(
            pass_uses.insert()
            .values(
                release_id=one.release,
                association_key=one.association,
                delivery_id=one.delivery,
                member_id=one.member_id,
                day=day,
                at=at,
            )
            .returning(pass_uses.c.id)
        )
        return Use(made.scalar_one(), at)

    async def take_back(self, use: Use, at: datetime) -> None:
        """Note that it was not."""
        await self._connection.execute(
            update(pass_uses).where(pass_uses.c.id == use.id, COUNTS).values(taken_back_at=at)
        )

    async def name(
        self, one: Pass, *, shown: bool, language: str, version: str, at: datetime
    ) -> None:
        """Have the company's name shown with it, or no more."""
        if not shown:
            await self._connection.execute(
                delete(pass_names).where(pass_names.c.delivery_id == one.delivery)
            )
            return
        statement = insert(self._connection, pass_names).values(
            delivery_id=one.delivery, at=at, language=language, version=version
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def by_company(
        self, scope: Scope, release_id: int
    ) -> Mapping[str, Sequence[CompanyUses]]:
        """By association: its companies whose people used it, by their name. Its own only."""
        rows = await self._connection.execute(
            select(
                pass_uses.c.association_key,
                pass_uses.c.member_id,
                func.coalesce(members.c.name, "").label("company"),
                pass_uses.c.day,
                func.count().label("used"),
            )
            .outerjoin_from(pass_uses, members, pass_uses.c.member_id == members.c.id)
            .where(
                pass_uses.c.release_id == release_id,
                COUNTS,
                *own(scope, pass_uses.c.association_key),
            )
            .group_by(
                pass_uses.c.association_key, pass_uses.c.member_id, members.c.name, pass_uses.c.day
            )
            .order_by(
                pass_uses.c.association_key,
                func.coalesce(members.c.name, ""),
                pass_uses.c.member_id,
                pass_uses.c.day,
            )
        )
        found: dict[str, dict[tuple[int | None, str], dict[date, int]]] = {}
        for row in rows:
            companies = found.setdefault(row.association_key, {})
            companies.setdefault((row.member_id, row.company), {})[row.day] = row.used
        return {
            key: [CompanyUses(company, days) for (_, company), days in companies.items()]
            for key, companies in found.items()
        }

    async def sums(self, scope: Scope, release_id: int) -> Mapping[str, Sum]:
        """How often each association's members used it. What a partner hears of it is less."""
        rows = await self._connection.execute(
            select(
                pass_uses.c.association_key,
                func.count().label("used"),
                func.count(pass_uses.c.delivery_id.distinct()).label("holders"),
            )
            .where(
                pass_uses.c.release_id == release_id,
                COUNTS,
                *of_releases_seen(scope, pass_uses.c.release_id),
            )
            .group_by(pass_uses.c.association_key)
        )
        return {
            row.association_key: Sum(row.association_key, row.used, row.holders) for row in rows
        }
