"""Accounts, duties, sessions, and ways to sign in. Whoever is declared has an account at once."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from communique.domain.address import parse
from communique.store import tables

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, tables.Instant(timezone=True), nullable=nullable)


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _refers(table: str, column: str, to: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=f"fk_{table}_{column}_{to}")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", NUMBER, nullable=False),
        _text("address"),
        _text("address_key"),
        _text("language", ""),
        _text("theme", ""),
        _instant("created_at"),
        _instant("seen_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("address_key", name="uq_accounts_address_key"),
    )
    op.create_table(
        "duties",
        sa.Column("association_key", sa.Text(), nullable=False),
        sa.Column("account_id", NUMBER, nullable=False),
        _text("address"),
        _text("name"),
        sa.Column("roles", sa.JSON(), nullable=False),
        _text("language"),
        sa.Column("declared", sa.Boolean(), nullable=False),
        _refers("duties", "association_key", "associations", "key"),
        _refers("duties", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("association_key", "account_id", name="pk_duties"),
    )
    op.create_index("ix_duties_account_id", "duties", ["account_id"])
    op.create_table(
        "sessions",
        sa.Column("id", NUMBER, nullable=False),
        _text("token"),
        sa.Column("account_id", NUMBER, nullable=True),
        _instant("created_at"),
        _instant("seen_at"),
        _instant("expires_at"),
        _text("browser"),
        _text("origin"),
        _text("language", ""),
        _text("theme", ""),
        _refers("sessions", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token", name="uq_sessions_token"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "invitations",
        sa.Column("id", NUMBER, nullable=False),
        _text("key"),
        sa.Column("association_key", sa.Text(), nullable=False),
        _text("address"),
        _text("address_key"),
        _text("name"),
        sa.Column("roles", sa.JSON(), nullable=False),
        _text("language"),
        _text("actor_kind"),
        _text("actor_name"),
        sa.Column("actor_account", sa.BigInteger(), nullable=True),
        _instant("invited_at"),
        _instant("expires_at"),
        _instant("ended_at", nullable=True),
        _text("ended", ""),
        _refers("invitations", "association_key", "associations", "key"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("key", name="uq_invitations_key"),
    )
    op.create_index(
        "ix_invitations_association_key_address_key",
        "invitations",
        ["association_key", "address_key"],
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", NUMBER, nullable=False),
        *(_text(name) for name in ("token", "address", "mark", "origin", "language")),
        sa.Column("account_id", NUMBER, nullable=True),
        sa.Column("invitation_id", NUMBER, nullable=True),
        _instant("asked_at"),
        _instant("expires_at"),
        _instant("looked_at", nullable=True),
        _instant("written_at", nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        _instant("spent_at", nullable=True),
        _refers("sign_ins", "account_id", "accounts"),
        _refers("sign_ins", "invitation_id", "invitations"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.UniqueConstraint("token", name="uq_sign_ins_token"),
    )
    op.create_index("ix_sign_ins_mark_asked_at", "sign_ins", ["mark", "asked_at"])
    op.create_index("ix_sign_ins_origin_asked_at", "sign_ins", ["origin", "asked_at"])
    op.create_index("ix_sign_ins_looked_at", "sign_ins", ["looked_at"])
    op.create_table(
        "openings",
        _text("token"),
        sa.Column("association_key", sa.Text(), nullable=True),
        _text("language"),
        _instant("made_at"),
        _instant("expires_at"),
        _refers("openings", "association_key", "associations", "key"),
        sa.PrimaryKeyConstraint("token", name="pk_openings"),
    )
    _declare()


def _declare() -> None:
    """Give whoever is declared an account. Before there were roles, it said only who approves."""
    known = sa.table("associations", sa.column("key"), sa.column("definition", sa.JSON()))
    accounts = sa.table(
        "accounts",
        sa.column("id"),
        *(sa.column(name, sa.Text()) for name in ("address", "address_key")),
        sa.column("created_at", tables.Instant()),
    )
    duties = sa.table(
        "duties",
        *(sa.column(name, sa.Text()) for name in ("association_key", "address", "name")),
        sa.column("account_id"),
        sa.column("roles", sa.JSON()),
        sa.column("language", sa.Text()),
        sa.column("declared", sa.Boolean()),
    )
    bind, now, numbers = op.get_bind(), datetime.now(UTC), dict[str, int]()
    for row in bind.execute(sa.select(known).order_by(known.c.key)).all():
        theirs: set[str] = set()
        for one in row.definition.get("people", ()):
            key = parse(one["address"]).key
            if key not in numbers:
                bind.execute(
                    accounts.insert().values(
                        address=one["address"], address_key=key, created_at=now
                    )
                )
                numbers[key] = bind.execute(
                    sa.select(accounts.c.id).where(accounts.c.address_key == key)
                ).scalar_one()
            if key in theirs:
                continue
            theirs.add(key)
            roles = one.get("roles", ["approver"] if one.get("approves") else [])
            bind.execute(
                duties.insert().values(
                    association_key=row.key,
                    account_id=numbers[key],
                    address=one["address"],
                    name=one["name"],
                    roles=list(roles),
                    language=one.get("language", ""),
                    declared=True,
                )
            )
