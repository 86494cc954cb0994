"""Which associations a session opens: those whose own letters said how."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("opens", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "sign_ins", sa.Column("association_key", sa.Text(), nullable=False, server_default="")
    )
    # Nobody knows by whose letter these were opened: people sign in once more.
    op.execute("DELETE FROM sessions WHERE account_id IS NOT NULL")
