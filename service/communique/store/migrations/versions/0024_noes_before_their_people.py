"""Noes to a part of what there is, of addresses that nobody has yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "early_noes",
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("extent", sa.Text(), nullable=False),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name="fk_early_noes_association_key_associations",
        ),
        sa.PrimaryKeyConstraint(
            *("association_key", "address_key", "extent", "list_key"), name="pk_early_noes"
        ),
    )
