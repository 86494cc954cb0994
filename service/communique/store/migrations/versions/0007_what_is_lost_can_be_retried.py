"""What is lost can be retried: its causes, what a person said go on for, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store import tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("cause", sa.Text()))
    deliveries = sa.table(
        "deliveries",
        sa.column("cause", sa.Text),
        sa.column("reason", sa.Text),
        sa.column("state", sa.Text),
    )
    # Few: of what was sent nobody needs to know why.
    op.execute(
        sa.update(deliveries)
        .where(deliveries.c.reason.is_not(None), deliveries.c.state != "skipped")
        .values(cause=deliveries.c.reason)
    )
    op.add_column(
        "failures", sa.Column("meant", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("releases", sa.Column("retried_at", tables.Instant(timezone=True)))
