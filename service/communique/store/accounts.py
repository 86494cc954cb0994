"""Accounts and their duties: one person for an address, whichever associations they work for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from communique.domain.account import Account, Changed, Duty
from communique.domain.address import parse
from communique.domain.association import Person, Role
from communique.domain.scope import Scope
from communique.store.account_tables import accounts, duties
from communique.store.dialect import insert
from communique.store.scopes import own


class Accounts:
    """Queries by noun; one transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def declare(
        self, association: str, people: Sequence[Person], at: datetime
    ) -> Sequence[Changed]:
        """Have an association's declared people be these, in place of what they were invited as.

        Who is declared no more does nothing for it any more; whoever was only invited stays.
        """
        before = await self._duties(association)
        wanted = {
            parse(one.address).key: Duty(
                association, one.name, one.roles, one.language, True, one.address
            )
            for one in people
        }
        changed = []
        for key, duty in wanted.items():
            was = before.pop(key, None)
            if was is None or was[1] != duty:
                account = was[0] if was else await self._account(duty.address, at)
                await self._put(account, duty)
                changed.append(Changed(account, duty.address, was and was[1], duty))
        for account, duty in before.values():
            if duty.declared:
                await self.dismiss(association, account)
                changed.append(Changed(account, duty.address, duty, None))
        return changed

    async def of(self, scope: Scope, association: str) -> tuple[Account, ...]:
        """Whoever works there, by name, with the duties that the scope sees."""
        there = select(duties.c.account_id).where(duties.c.association_key == association)
        found = await self._read(
            accounts.c.id.in_(there.where(*own(scope, duties.c.association_key))),
            *own(scope, duties.c.association_key),
        )
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))

    async def get(self, scope: Scope, account_id: int) -> Account | None:
        """One, with the duties that the scope sees."""
        found = await self._read(accounts.c.id == account_id, *own(scope, duties.c.association_key))
        return found[0] if found else None

    async def by_address(self, scope: Scope, address_key: str) -> Account | None:
        """Whoever has that address and works for somebody whom the scope sees."""
        found = await self._read(
            accounts.c.address_key == address_key, *own(scope, duties.c.association_key)
        )
        return found[0] if found else None

    async def invite(self, address: str, duty: Duty, at: datetime) -> Changed:
        """Give somebody a duty that no file declares, in place of the one they have there."""
        account = await self._account(address, at)
        was = (await self._duties(duty.association)).get(parse(address).key)
        await self._put(account, duty)
        return Changed(account, address, was and was[1], duty)

    async def dismiss(self, association: str, account_id: int) -> None:
        """Let somebody do nothing for an association any more."""
        await self._connection.execute(
            delete(duties).where(
                duties.c.association_key == association, duties.c.account_id == account_id
            )
        )

    async def choose(self, account_id: int, language: str, theme: str) -> None:
        """Keep how they want pages."""
        await self._connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(language=language, theme=theme)
        )

    async def seen(self, account_id: int, at: datetime) -> None:
        """Note when they were last at a page."""
        await self._connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(seen_at=at)
        )

    async def _account(self, address: str, at: datetime) -> int:
        key = parse(address).key
        statement = insert(self._connection, accounts).values(
            address=address, address_key=key, created_at=at
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        found = await self._connection.execute(
            select(accounts.c.id).where(accounts.c.address_key == key)
        )
        return int(found.scalar_one())

    async def _put(self, account: int, duty: Duty) -> None:
        values = {
            "address": duty.address,
            "name": duty.name,
            "roles": [one.value for one in duty.roles],
            "language": duty.language,
            "declared": duty.declared,
        }
        statement = insert(self._connection, duties).values(
            association_key=duty.association, account_id=account, **values
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["association_key", "account_id"], set_=values
            )
        )

    async def _duties(self, association: str) -> dict[str, tuple[int, Duty]]:
        """Those of an association, by the key of the address."""
        rows = await self._connection.execute(
            select(duties, accounts.c.address_key)
            .join_from(duties, accounts, duties.c.account_id == accounts.c.id)
            .where(duties.c.association_key == association)
        )
        return {row.address_key: (row.account_id, duty_of(row)) for row in rows}

    async def _read(self, which: ColumnElement[bool], *seen: ColumnElement[bool]) -> list[Account]:
        rows = await self._connection.execute(
            select(accounts, *columns())
            .join_from(accounts, duties, and_(duties.c.account_id == accounts.c.id, *seen))
            .where(which)
            .order_by(accounts.c.id, duties.c.association_key)
        )
        return read(rows.all())


def columns() -> list[ColumnElement[Any]]:
    """A duty's, beside an account's."""
    names = ("association_key", "name", "roles", "declared")
    return [
        *(duties.c[name] for name in names),
        duties.c.address.label("written"),
        duties.c.language.label("declared_language"),
    ]


def read(rows: Sequence[Row[Any]]) -> list[Account]:
    """Accounts of rows, one a duty, in the order of the account's number."""
    found: dict[int, Account] = {}
    for row in rows:
        duty = Duty(
            row.association_key,
            row.name,
            tuple(map(Role, row.roles)),
            row.declared_language,
            row.declared,
            row.written,
        )
        before = found[row.id].duties if row.id in found else ()
        found[row.id] = Account(
            row.id, row.address, (*before, duty), row.language, row.theme, row.seen_at
        )
    return list(found.values())


def duty_of(row: Row[Any]) -> Duty:
    """A duty of its own row."""
    return Duty(
        row.association_key,
        row.name,
        tuple(map(Role, row.roles)),
        row.language,
        row.declared,
        row.address,
    )
