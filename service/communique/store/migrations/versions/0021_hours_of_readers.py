"""The hour that it is for whoever a batch goes to: the Date of their messages.

Batches of before have none: what had begun ends with the Date that it began with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("dated_at", Instant()))
