"""Fields of releases and editions, from when a release is public, whom an audience leaves out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("releases", "editions"):
        op.add_column(table, sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("releases", sa.Column("public_from", Instant(timezone=True)))
    op.add_column("audiences", sa.Column("without", sa.JSON(), nullable=False, server_default="[]"))
