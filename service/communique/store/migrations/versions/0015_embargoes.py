"""Until when the press was asked to tell nobody, as it was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store.tables import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("releases", sa.Column("embargo", Instant()))
