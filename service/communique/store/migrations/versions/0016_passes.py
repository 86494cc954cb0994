"""Passes to advantages: whose company is shown, and how often each was used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from communique.store import tables

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pass_names",
        sa.Column("delivery_id", NUMBER, nullable=False),
        sa.Column("at", tables.Instant(timezone=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_pass_names_delivery_id_deliveries"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_pass_names"),
    )
    op.create_table(
        "pass_uses",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("delivery_id", NUMBER),
        sa.Column("member_id", NUMBER),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", tables.Instant(timezone=True), nullable=False),
        sa.Column("taken_back_at", tables.Instant(timezone=True)),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name="fk_pass_uses_release_id_releases"
        ),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name="fk_pass_uses_association_key_associations",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_pass_uses_delivery_id_deliveries"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_pass_uses_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pass_uses"),
    )
    for column in ("release_id", "delivery_id", "member_id"):
        op.create_index(f"ix_pass_uses_{column}", "pass_uses", [column])
