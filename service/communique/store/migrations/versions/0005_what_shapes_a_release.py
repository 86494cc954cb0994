"""What of the settings shaped a release's messages, kept with it from its pick-up on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("releases", sa.Column("public_url", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("key_id", sa.Text(), nullable=True))
