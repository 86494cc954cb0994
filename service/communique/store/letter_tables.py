"""The table of letters: what is to be written to whom, and what came of it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from communique.store.tables import Identity, Instant, metadata

letters = Table(
    "letters",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("given", JSON, nullable=False),  # what its words are made of: values, and days
    Column("message_id", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant),  # from when it may be sent; None: it has ended
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("unknowns", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("ended_at", Instant),
    # Once, however many write it at the same time, and whatever was started anew meanwhile.
    UniqueConstraint("purpose", "about", "association_key", "address"),
    Index("ix_letters_due_at", "due_at"),
)
