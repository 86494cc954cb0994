"""Ways to sign in: what was asked for, links of the operator's, and invitations.

Each is spent by one statement that finds it unspent, so that of two at a time one has it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.account import Asked, Invitation, Opening
from communique.domain.address import parse
from communique.domain.association import Role
from communique.domain.scope import Scope
from communique.store.account_tables import invitations, openings, sign_ins
from communique.store.events import actor_of
from communique.store.scopes import own


class SignIns:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def asked_from(self, origin: str, since: datetime) -> int:
        """How often somebody asked from there."""
        return await self._count(sign_ins.c.origin == origin, sign_ins.c.asked_at > since)

    async def add(self, asked: Asked) -> None:
        """Keep a wish until it was looked whose address it is."""
        await self._connection.execute(
            sign_ins.insert().values(
                token=asked.token,
                address=asked.address,
                mark=asked.mark,
                origin=asked.origin,
                language=asked.language,
                invitation_id=asked.invitation,
                association_key=asked.association,
                asked_at=asked.asked_at,
                expires_at=asked.expires_at,
            )
        )

    async def waiting(self, limit: int) -> tuple[Asked, ...]:
        """Those of which nobody has looked yet whose address it is."""
        rows = await self._connection.execute(
            select(sign_ins)
            .where(sign_ins.c.looked_at.is_(None))
            .order_by(sign_ins.c.id)
            .limit(limit)
        )
        return tuple(map(_asked, rows))

    async def looked(
        self, asked: Asked, account_id: int | None, at: datetime, *, by: str | None
    ) -> bool:
        """Note whose it is and `by` whose letter, if any; and forget what was typed.

        False where another did.
        """
        done = await self._connection.execute(
            update(sign_ins)
            .where(sign_ins.c.id == asked.id, sign_ins.c.looked_at.is_(None))
            .values(
                account_id=account_id,
                address="",
                looked_at=at,
                written_at=at if by else None,
                association_key=by or "",
            )
        )
        return done.rowcount == 1

    async def letters(self, mark: str, since: datetime, origin: str | None = None) -> int:
        """How many letters were written to an address; because of who asked from there, if said."""
        which = [
            sign_ins.c.mark == mark,
            sign_ins.c.asked_at > since,
            sign_ins.c.written_at.is_not(None),
        ]
        if origin is not None:
            which.append(sign_ins.c.origin == origin)
        return await self._count(*which)

    async def wrong(self, mark: str, since: datetime) -> int:
        """How many codes were tried for an address, and did not sign in."""
        found = await self._connection.execute(
            select(func.coalesce(func.sum(sign_ins.c.tries), 0)).where(
                sign_ins.c.mark == mark,
                sign_ins.c.asked_at > since,
                sign_ins.c.spent_at.is_(None),
            )
        )
        return int(found.scalar_one())

    async def find(self, token: str) -> Asked | None:
        """What a browser asked for, unless that was forgotten."""
        found = await self._connection.execute(select(sign_ins).where(sign_ins.c.token == token))
        row = found.first()
        return _asked(row) if row else None

    async def attempt(self, token: str, now: datetime, most: int) -> Asked | None:
        """Count one more try; None where it is over: spent, too late or tried too often.

        What was asked for later than now was asked before the clock was set back: it is over too.
        """
        found = await self._connection.execute(
            update(sign_ins)
            .where(
                sign_ins.c.token == token,
                sign_ins.c.spent_at.is_(None),
                sign_ins.c.asked_at <= now,
                sign_ins.c.expires_at > now,
                sign_ins.c.tries < most,
            )
            .values(tries=sign_ins.c.tries + 1)
            .returning(sign_ins)
        )
        row = found.first()
        return _asked(row) if row else None

    async def spend(self, sign_in: int, now: datetime) -> bool:
        """False if somebody has by now, or it is too late."""
        done = await self._connection.execute(
            update(sign_ins)
            .where(
                sign_ins.c.id == sign_in,
                sign_ins.c.spent_at.is_(None),
                sign_ins.c.written_at.is_not(None),
                sign_ins.c.asked_at <= now,
                sign_ins.c.expires_at > now,
            )
            .values(spent_at=now)
        )
        return done.rowcount == 1

    async def void(self, mark: str, now: datetime) -> None:
        """Let nothing open by what was asked for an address until now; tries still count."""
        await self._connection.execute(
            update(sign_ins)
            .where(sign_ins.c.mark == mark, sign_ins.c.expires_at > now)
            .values(expires_at=now)
        )

    async def forget(self, before: datetime) -> None:
        """Take away what was asked for before, and links that are over."""
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.asked_at <= before))
        await self._connection.execute(delete(openings).where(openings.c.expires_at <= before))

    async def add_opening(
        self, token: str, opening: Opening, at: datetime, expires_at: datetime
    ) -> None:
        """Keep a link of the operator's."""
        await self._connection.execute(
            openings.insert().values(
                token=token,
                association_key=opening.association,
                language=opening.language,
                made_at=at,
                expires_at=expires_at,
            )
        )

    async def opens(self, token: str, now: datetime) -> bool:
        """Whether `take_opening` would find it."""
        found = await self._connection.execute(
            select(openings.c.token).where(
                openings.c.token == token, openings.c.made_at <= now, openings.c.expires_at > now
            )
        )
        return found.first() is not None

    async def take_opening(self, token: str, now: datetime) -> Opening | None:
        """Take it away; None if it is not there, or over."""
        found = await self._connection.execute(
            delete(openings)
            .where(
                openings.c.token == token, openings.c.made_at <= now, openings.c.expires_at > now
            )
            .returning(openings.c.association_key, openings.c.language)
        )
        row = found.first()
        return Opening(row.association_key, row.language) if row else None

    async def _count(self, *which: Any) -> int:
        found = await self._connection.execute(
            select(func.count()).select_from(sign_ins).where(*which)
        )
        return int(found.scalar_one())


class Invitations:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, invitation: Invitation) -> int:
        """Keep one; its number."""
        made = await self._connection.execute(
            invitations.insert().values(_written(invitation)).returning(invitations.c.id)
        )
        return int(made.scalar_one())

    async def get(self, key: str) -> Invitation | None:
        """The one that a link names."""
        return await self._one(invitations.c.key == key)

    async def by_id(self, scope: Scope, invitation_id: int) -> Invitation | None:
        """One of an association that the scope sees."""
        return await self._one(
            invitations.c.id == invitation_id, *own(scope, invitations.c.association_key)
        )

    async def of(self, scope: Scope, association: str) -> tuple[Invitation, ...]:
        """Those that nobody accepted or withdrew, the newest first."""
        rows = await self._connection.execute(
            select(invitations)
            .where(
                invitations.c.association_key == association,
                invitations.c.ended_at.is_(None),
                *own(scope, invitations.c.association_key),
            )
            .order_by(invitations.c.id.desc())
        )
        return tuple(map(_invitation, rows))

    async def renew(self, invitation: Invitation, changed: Invitation) -> bool:
        """Put another in its place, unless it ended or was renewed by now."""
        done = await self._connection.execute(
            update(invitations)
            .where(
                invitations.c.id == invitation.id,
                invitations.c.key == invitation.key,
                invitations.c.ended_at.is_(None),
            )
            .values(_written(changed))
        )
        return done.rowcount == 1

    async def end(self, invitation: Invitation, how: str, at: datetime) -> bool:
        """False if it has ended by now."""
        done = await self._connection.execute(
            update(invitations)
            .where(invitations.c.id == invitation.id, invitations.c.ended_at.is_(None))
            .values(ended_at=at, ended=how)
        )
        return done.rowcount == 1

    async def _one(self, *which: Any) -> Invitation | None:
        found = await self._connection.execute(select(invitations).where(*which))
        row = found.first()
        return _invitation(row) if row else None


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        id=row.id,
        token=row.token,
        mark=row.mark,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        address=row.address,
        origin=row.origin,
        language=row.language,
        account=row.account_id,
        invitation=row.invitation_id,
        written_at=row.written_at,
        spent_at=row.spent_at,
        tries=row.tries,
        association=row.association_key,
    )


def _written(one: Invitation) -> dict[str, Any]:
    return {
        "key": one.key,
        "association_key": one.association,
        "address": one.address,
        "address_key": parse(one.address).key,
        "name": one.name,
        "roles": [each.value for each in one.roles],
        "language": one.language,
        "actor_kind": one.invited_by.kind.value,
        "actor_name": one.invited_by.name,
        "actor_account": one.invited_by.account,
        "invited_at": one.invited_at,
        "expires_at": one.expires_at,
    }


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        key=row.key,
        association=row.association_key,
        address=row.address,
        name=row.name,
        roles=tuple(map(Role, row.roles)),
        language=row.language,
        invited_by=actor_of(row),
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended=row.ended,
        id=row.id,
    )
