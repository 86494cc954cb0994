"""The store: SQLite or PostgreSQL behind `ports.Store`. It decides nothing; it keeps and finds."""

from communique.store.database import Database
from communique.store.tables import REVISION

__all__ = ["REVISION", "Database"]
