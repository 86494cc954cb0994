"""Who works at the desk as it is kept: accounts and duties, sessions, and ways to sign in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from communique.domain.account import Account, Asked, Changed, Duty, Invitation, Opening, Session
from communique.domain.association import Person
from communique.domain.scope import Scope


class Accounts(Protocol):
    """People by their address, and what each does for whom."""

    async def declare(
        self, association: str, people: Sequence[Person], at: datetime
    ) -> Sequence[Changed]:
        """Have an association's declared people be these; what changed. Who was invited stays."""

    async def of(self, scope: Scope, association: str) -> tuple[Account, ...]:
        """Whoever works there, with the duties that the scope sees."""

    async def get(self, scope: Scope, account_id: int) -> Account | None: ...
    async def by_address(self, scope: Scope, address_key: str) -> Account | None: ...
    async def invite(self, address: str, duty: Duty, at: datetime) -> Changed:
        """Give somebody a duty that no file declares, in place of the one they have there."""

    async def dismiss(self, association: str, account_id: int) -> None: ...
    async def choose(self, account_id: int, language: str, theme: str) -> None: ...
    async def seen(self, account_id: int, at: datetime) -> None: ...


class Sessions(Protocol):
    """Who is signed in where. Tokens come as digests."""

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
    ) -> int: ...
    async def find(self, token: str) -> Session | None:
        """With whatever duties its account has now, unless it opens none of them."""

    async def of(self, account_id: int | None) -> tuple[Session, ...]:
        """Those of one person, or of the operator; the last used first."""

    async def touch(self, session_id: int, at: datetime) -> None: ...
    async def choose(self, session_id: int, language: str, theme: str) -> None: ...
    async def end(self, ids: Collection[int]) -> None: ...
    async def end_token(self, token: str) -> None: ...
    async def close(self, association: str, account_ids: Collection[int]) -> None:
        """Have none of these people's open that association; what opens no other ends."""

    async def forget(self, expired: datetime, unused_since: datetime) -> None: ...


class SignIns(Protocol):
    """Wishes to sign in. Each is spent once, whoever comes at the same time."""

    async def asked_from(self, origin: str, since: datetime) -> int: ...
    async def add(self, asked: Asked) -> None: ...
    async def waiting(self, limit: int) -> tuple[Asked, ...]:
        """Those of which nobody has looked yet whose address it is."""

    async def looked(
        self, asked: Asked, account_id: int | None, at: datetime, *, by: str | None
    ) -> bool:
        """Note whose it is and `by` whose letter, if any; and forget what was typed.

        False where another did.
        """

    async def void(self, mark: str, now: datetime) -> None:
        """Let nothing open by what was asked for an address until now."""

    async def letters(self, mark: str, since: datetime, origin: str | None = None) -> int:
        """How many letters were written to an address; because of who asked from there, if said."""

    async def wrong(self, mark: str, since: datetime) -> int:
        """How many codes were tried for an address, and did not sign in."""

    async def find(self, token: str) -> Asked | None: ...
    async def attempt(self, token: str, now: datetime, most: int) -> Asked | None:
        """Count one more try; None where it is over: spent, too late or tried too often."""

    async def spend(self, sign_in: int, now: datetime) -> bool:
        """False if somebody has by now, or it is too late."""

    async def forget(self, before: datetime) -> None: ...
    async def add_opening(
        self, token: str, opening: Opening, at: datetime, expires_at: datetime
    ) -> None: ...
    async def opens(self, token: str, now: datetime) -> bool: ...
    async def take_opening(self, token: str, now: datetime) -> Opening | None:
        """Take it away; None if it is not there, or over."""


class Invitations(Protocol):
    """Who was asked to work at the desk, and what became of it."""

    async def add(self, invitation: Invitation) -> int: ...
    async def get(self, key: str) -> Invitation | None: ...
    async def by_id(self, scope: Scope, invitation_id: int) -> Invitation | None: ...
    async def of(self, scope: Scope, association: str) -> tuple[Invitation, ...]:
        """Those that wait, the newest first."""

    async def renew(self, invitation: Invitation, changed: Invitation) -> bool: ...
    async def end(self, invitation: Invitation, how: str, at: datetime) -> bool:
        """False if it has ended by now."""
