"""Whose word an approval is, whatever they are called by now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("account_id", sa.BigInteger()))
    # What was said at the machine keeps the name that it was said in, and is known by that.
    op.execute("UPDATE approvals SET account_id = actor_account WHERE actor_kind = 'person'")
