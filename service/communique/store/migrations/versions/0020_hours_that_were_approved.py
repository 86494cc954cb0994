"""Ends of embargoes that parties said yes to, what of them the press was told, and corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("public_from", Instant()))
    op.add_column("batches", sa.Column("embargo", Instant()))
    op.add_column("releases", sa.Column("corrects", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "retired",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("noun", name="pk_retired"),
    )
