"""What went wrong in a driver, as an error of ours: what waiting may mend is StoreUnavailable.

Whichever driver it was, the same trouble has the same code.

PostgreSQL says what it means by a number (SQLSTATE), in whatever language its server speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from communique.errors import CommuniqueError, DataRefused, StoreUnavailable

TAKEN = "23505"  # a value that must be one of a kind is there already

BY_NUMBER: Mapping[str, str] = {
    "25006": "database_follows",
    "25P03": "database_stood_still",
    "3D000": "database_missing",
    "40P01": "database_deadlocked",
    "42703": "database_outdated",
    "42P01": "database_outdated",
    "53100": "database_server_full",
    "53300": "database_connections_used_up",
    "55P03": "database_held",
    "57014": "database_server_busy",
    "57P01": "database_restarting",
    "57P02": "database_restarting",
    "57P03": "database_starting",
}
BY_WORDS: Mapping[str, str] = {
    "readonly": "database_not_writable",
    "unable to open": "database_not_opened",
    "no such table": "database_outdated",
    "does not exist": "database_missing",  # what the server refused, it gave no number for
    "no such column": "database_outdated",
    "is full": "database_disk_full",
    "locked": "database_locked",
    "not a database": "database_is_none",
    "is older than": "database_needs_newer",
    "connection": "database_unreachable",
}


class Translated:
    """Turns a driver's exception into ours: `with Translated(url):`."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise translated(error, self.url) from error
        if isinstance(error, PoolTimeout):
            raise StoreUnavailable("database_busy") from error


def translated(error: DBAPIError, url: URL) -> CommuniqueError:
    """The error of ours for one of a driver's."""
    if isinstance(error, DataError | IntegrityError):
        taken = _number(error.orig) == TAKEN or str(error.orig).startswith("UNIQUE")
        reason = _first_line(str(error.orig))
        return DataRefused("data_taken" if taken else "data_refused", reason=reason)
    if getattr(error.orig, "silent", False):
        return StoreUnavailable("database_silent")
    return explain(error.orig, url)


def explain(error: BaseException | None, url: URL) -> StoreUnavailable:
    """The error that a person sees for what a driver raised."""
    message = str(error)
    code = BY_NUMBER.get(_number(error)) or next(
        (one for part, one in BY_WORDS.items() if part in message.lower()), "database_failed"
    )
    place = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return StoreUnavailable(code, reason=_first_line(message), file=place)


def _number(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0] or "unknown error"
