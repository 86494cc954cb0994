"""A company is found by its name without reading all that its association has."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_members_association_key_name", "members", ["association_key", "name"])
