"""Where the database was when a service entered, which tells those of a copy from one's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nodes", sa.Column("whereabouts", sa.Text(), nullable=False, server_default=""))
