"""A copy of a SQLite database, of one moment, while others read and write it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from communique.domain.lineage import Doubt
from communique.store.explaining import explain
from communique.store.tables import as_text

PAGES = 2000  # copied at a time; between them, whoever waits is told how far it is

_IN_DOUBT = """
UPDATE lineages SET doubt = ?, doubted_at = ?
WHERE doubt IS NULL AND number = (SELECT max(number) FROM lineages)
"""


def copy(url: URL, to: Path, at: datetime, tell: Callable[[int, int], None]) -> str:
    """Copy the database into a new file that only we may read; its schema's revision.

    The copy is in doubt from the beginning: whoever starts it, by whatever way it came there, is
    asked before it sends (P3). `tell` hears how many pages are done, and of how many. Raises
    StoreUnavailable.
    """
    to.touch(mode=0o600, exist_ok=False)
    try:
        with (
            closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as real,
            closing(sqlite3.connect(to)) as copied,
        ):
            # One moment: what is committed from here on is not in it, and begins nothing anew.
            real.isolation_level = None
            real.execute("BEGIN")
            real.execute("SELECT count(*) FROM sqlite_master")
            real.backup(copied, pages=PAGES, progress=lambda _, left, all_: tell(all_ - left, all_))
            [revision] = copied.execute("SELECT version_num FROM alembic_version").fetchone()
            [known] = copied.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'lineages'"
            ).fetchone()
            if known:
                with copied:
                    copied.execute(_IN_DOUBT, [Doubt.RESTORED.value, as_text(at)])
            copied.execute("PRAGMA journal_mode=DELETE")  # one file
            return str(revision)
    except sqlite3.Error as error:
        to.unlink(missing_ok=True)
        raise explain(error, url) from error
