"""The table of columns that are remembered."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, Table, Text

from communique.store.tables import metadata

remembered_columns = Table(  # what an association's spreadsheets call a field, said on a page
    "remembered_columns",
    metadata,
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("heading", Text, nullable=False),
    Column("field", Text, nullable=False),
    PrimaryKeyConstraint("association_key", "heading"),
)
