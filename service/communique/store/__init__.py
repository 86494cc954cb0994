"""The store: SQLite or PostgreSQL behind `ports.Store`. It decides nothing; it keeps and finds."""

from communique.store.database import Database
from communique.store.migrations import upgrade

__all__ = ["Database", "upgrade"]
