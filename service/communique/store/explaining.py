"""What went wrong in a driver, as an error of ours: what waiting may mend is StoreUnavailable.

PostgreSQL says what it means by a number (SQLSTATE), in whatever language its server speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from communique.errors import CommuniqueError, DataRefused, StoreUnavailable
from communique.wording import Remedy

TAKEN = "23505"  # a value that must be one of a kind is there already
HELD = "another transaction holds what this needs, as a snapshot of many people does for a while"

BY_NUMBER: Mapping[str, Remedy | str] = {
    "25006": "this server takes no changes: it follows another one, or was set so",
    "25P03": "this process stood still in the middle; nothing was changed",
    "3D000": Remedy.CREATE_DATABASE,
    "40P01": "two who wrote at once stood in each other's way; try again",
    "42703": Remedy.UPGRADE_DATABASE,
    "42P01": Remedy.UPGRADE_DATABASE,
    "53100": "make room on the server's disk; nothing was changed",
    "53300": "the server has no connection left; try again, or allow it more",
    "55P03": f"{HELD}; try again",
    "57014": "the server is very busy; try again, or look at what it does",
    "57P01": "the server is being restarted; try again",
    "57P02": "the server is being restarted; try again",
    "57P03": "the server is starting; try again",
}
BY_WORDS: Mapping[str, Remedy | str] = {
    "readonly": "make the file and its folder writable for this user",
    "unable to open": Remedy.MOVE_DATA,
    "no such table": Remedy.UPGRADE_DATABASE,
    "does not exist": Remedy.CREATE_DATABASE,  # what the server refused, it gave no number for
    "no such column": Remedy.UPGRADE_DATABASE,
    "is full": "make room on the disk; nothing was changed",
    "locked": "another process writes for long; try again",
    "not a database": Remedy.MOVE_DATA,
    "is older than": "run a Python whose SQLite is newer",
    "connection": Remedy.CHECK_DATABASE,
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
    remedy = BY_NUMBER.get(_number(error)) or next(
        (text for part, text in BY_WORDS.items() if part in message.lower()), None
    )
    place = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return StoreUnavailable(
        "database_failed", reason=_first_line(message), file=place, remedy=remedy
    )


def _number(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0] or "unknown error"
