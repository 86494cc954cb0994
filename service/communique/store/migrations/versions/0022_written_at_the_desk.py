"""What the folder of a release last said, once something else was written at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("releases", sa.Column("folder_said", sa.Text()))
