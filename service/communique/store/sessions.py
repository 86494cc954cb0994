"""Sessions: who is signed in at which browser. What opens one is kept as a digest only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.account import Account, Session
from communique.domain.scope import Operator
from communique.store.account_tables import sessions
from communique.store.accounts import Accounts


class Sessions:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        token: str,
        account_id: int | None,
        *,
        at: datetime,
        expires_at: datetime,
        browser: str,
        origin: str,
        language: str,
        opens: Sequence[str] = (),
    ) -> int:
        """Begin one; its number."""
        made = await self._connection.execute(
            sessions.insert()
            .values(
                token=token,
                account_id=account_id,
                created_at=at,
                seen_at=at,
                expires_at=expires_at,
                browser=browser,
                origin=origin,
                language=language,
                opens=list(opens),
            )
            .returning(sessions.c.id)
        )
        return int(made.scalar_one())

    async def find(self, token: str) -> Session | None:
        """With whatever duties its account has now; None where it opens none of them."""
        found = await self._connection.execute(select(sessions).where(sessions.c.token == token))
        row = found.first()
        if row is None:
            return None
        account = None
        if row.account_id is not None:
            account = await Accounts(self._connection).get(Operator(), row.account_id)
            if account is None:
                return None
        session = _session(row, account)
        return session if account is None or session.duties else None

    async def of(self, account_id: int | None) -> tuple[Session, ...]:
        """Those of one person, or of the operator; the last used first."""
        account = None
        if account_id is not None:
            account = await Accounts(self._connection).get(Operator(), account_id)
            if account is None:
                return ()
        rows = await self._connection.execute(
            select(sessions)
            .where(
                sessions.c.account_id.is_(None)
                if account_id is None
                else sessions.c.account_id == account_id
            )
            .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        )
        return tuple(_session(row, account) for row in rows)

    async def touch(self, session_id: int, at: datetime) -> None:
        """Note that it was used."""
        await self._connection.execute(
            update(sessions).where(sessions.c.id == session_id).values(seen_at=at)
        )

    async def choose(self, session_id: int, language: str, theme: str) -> None:
        """Keep how the operator wants pages."""
        await self._connection.execute(
            update(sessions)
            .where(sessions.c.id == session_id)
            .values(language=language, theme=theme)
        )

    async def end(self, ids: Collection[int]) -> None:
        """End these: no browser is signed in by them any more."""
        await self._connection.execute(delete(sessions).where(sessions.c.id.in_(list(ids))))

    async def end_token(self, token: str) -> None:
        """End the one that it opens."""
        await self._connection.execute(delete(sessions).where(sessions.c.token == token))

    async def close(self, association: str, account_ids: Collection[int]) -> None:
        """Have none of these people's open that association; what opens no other ends."""
        rows = await self._connection.execute(
            select(sessions.c.id, sessions.c.opens).where(
                sessions.c.account_id.in_(list(account_ids))
            )
        )
        over = []
        for row in rows.all():
            left = [one for one in row.opens if one != association]
            if not left:
                over.append(row.id)
            elif left != row.opens:
                await self._connection.execute(
                    update(sessions).where(sessions.c.id == row.id).values(opens=left)
                )
        await self.end(over)

    async def forget(self, expired: datetime, unused_since: datetime) -> None:
        """Take away what is over."""
        await self._connection.execute(
            delete(sessions).where(
                or_(sessions.c.expires_at <= expired, sessions.c.seen_at <= unused_since)
            )
        )


def _session(row: Row[Any], account: Account | None) -> Session:
    return Session(
        id=row.id,
        account=account,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        browser=row.browser,
        origin=row.origin,
        chosen_language=row.language,
        chosen_theme=row.theme,
        opens=tuple(row.opens),
    )
