"""The tables of passes: whose company is shown, and how often each was used."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Table, Text

from communique.store.tables import Identity, Instant, metadata

pass_names = Table(  # passes that show their holder's company, as the holder chose
    "pass_names",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("language", Text, nullable=False),  # of the words that they chose by
    Column("version", Text, nullable=False),
)

pass_uses = Table(
    "pass_uses",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False, index=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("delivery_id", ForeignKey("deliveries.id"), index=True),  # None: of who was erased
    Column("member_id", ForeignKey("members.id"), index=True),  # None: the company is gone
    Column("day", Date, nullable=False),  # where the association is
    Column("at", Instant, nullable=False),
    Column("taken_back_at", Instant),
)
