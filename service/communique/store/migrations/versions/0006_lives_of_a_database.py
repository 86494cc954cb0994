"""Lineages and memories: by which a database is told from its copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store import tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lineages",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("whereabouts", sa.Text(), nullable=False),
        sa.Column("begun_at", tables.Instant(timezone=True), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("doubted_at", tables.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lineages")),
        sa.UniqueConstraint("id", name=op.f("uq_lineages_id")),
    )
    op.create_table(
        "memories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lineage"], ["lineages.id"], name=op.f("fk_memories_lineage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
