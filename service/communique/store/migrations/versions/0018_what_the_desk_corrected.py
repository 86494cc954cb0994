"""What the desk corrected of a person: by field, what files said before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "subscribers", sa.Column("corrected", sa.JSON(), nullable=False, server_default="{}")
    )
