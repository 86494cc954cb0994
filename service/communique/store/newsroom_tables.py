"""The tables of what is public: which release is in whose newsroom, and the stories made of it.

Every row of `articles` may be read by anybody, unless it was withdrawn; what is not public yet has
none. `publications` knows what is to come.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from communique.store.tables import Identity, Instant, metadata

publications = Table(
    "publications",
    metadata,
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("content_hash", ForeignKey("contents.hash"), nullable=False),
    Column("public_at", Instant, nullable=False),  # nothing shows it before
    Column("published_at", Instant),
    Column("withdrawn_at", Instant),
    PrimaryKeyConstraint("release_id", "association_key"),
    # Finds what is to become public, among however much already is.
    Index(
        "ix_publications_public_at",
        "public_at",
        sqlite_where=text("published_at IS NULL"),
        postgresql_where=text("published_at IS NULL"),
    ),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("language", Text, nullable=False),
    Column("key", Text, nullable=False),  # the release's
    Column("nature", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("public_at", Instant, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("starts", Instant),  # of an activity
    Column("ends", Instant),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("association_key", "language", "key"),
    # Each list of a newsroom is a range of one of these, read from its end.
    Index("ix_articles_all", "association_key", "language", "public_at", "id"),
    Index("ix_articles_nature", "association_key", "language", "nature", "public_at", "id"),
    Index("ix_articles_year", "association_key", "language", "year", "public_at", "id"),
    Index("ix_articles_starts", "association_key", "language", "starts"),
    Index("ix_articles_release_id", "release_id"),
)

newsrooms = Table(  # what tells a page that was made from one that would be made now
    "newsrooms",
    metadata,
    Column("association_key", ForeignKey("associations.key"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
