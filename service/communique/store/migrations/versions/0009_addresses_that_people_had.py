"""An address that somebody moved from is theirs for good, and a record that became one with another
says which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_addresses",
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column(
            "subscriber_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["association_key"],
            ["associations.key"],
            name="fk_former_addresses_association_key_associations",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_former_addresses_subscriber_id_subscribers",
        ),
        sa.PrimaryKeyConstraint("association_key", "address_key", name="pk_former_addresses"),
    )
    op.create_index("ix_former_addresses_subscriber_id", "former_addresses", ["subscriber_id"])
    # SQLite adds a column with what it refers to in one statement, or not at all.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE subscribers ADD COLUMN merged_into {number}"
        " CONSTRAINT fk_subscribers_merged_into_subscribers REFERENCES subscribers (id)"
    )
    op.create_index("ix_subscribers_merged_into", "subscribers", ["merged_into"])
