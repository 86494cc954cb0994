"""What the spreadsheets of an association call a field, as somebody said on the desk's pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remembered_columns",
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name="fk_remembered_columns_association_key_associations",
        ),
        sa.PrimaryKeyConstraint("association_key", "heading", name="pk_remembered_columns"),
    )
