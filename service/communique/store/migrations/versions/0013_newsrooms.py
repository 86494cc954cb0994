"""What is public: which release is in whose newsroom, and the stories made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "releases",
        sa.Column("newsroom", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "publications",
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("public_at", Instant(), nullable=False),
        sa.Column("published_at", Instant()),
        sa.Column("withdrawn_at", Instant()),
        *_of("publications"),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["contents.hash"], name="fk_publications_content_hash_contents"
        ),
        sa.PrimaryKeyConstraint("release_id", "association_key", name="pk_publications"),
    )
    op.create_index(
        "ix_publications_public_at",
        "publications",
        ["public_at"],
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "articles",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("public_at", Instant(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("starts", Instant()),
        sa.Column("ends", Instant()),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
        *_of("articles"),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint(
            "association_key", "language", "key", name="uq_articles_association_key_language_key"
        ),
    )
    where = ["association_key", "language"]
    op.create_index("ix_articles_all", "articles", [*where, "public_at", "id"])
    op.create_index("ix_articles_nature", "articles", [*where, "nature", "public_at", "id"])
    op.create_index("ix_articles_year", "articles", [*where, "year", "public_at", "id"])
    op.create_index("ix_articles_starts", "articles", [*where, "starts"])
    op.create_index("ix_articles_release_id", "articles", ["release_id"])
    op.create_table(
        "newsrooms",
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name="fk_newsrooms_association_key_associations",
        ),
        sa.PrimaryKeyConstraint("association_key", name="pk_newsrooms"),
    )


def _of(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=f"fk_{table}_release_id_releases"
        ),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name=f"fk_{table}_association_key_associations",
        ),
    ]
