"""The tables of who works at the desk: accounts, their duties, sessions, and ways to sign in.

No token is kept that opens anything: of each, a digest.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from communique.store.tables import Identity, Instant, metadata

accounts = Table(  # never deleted: history names them by their number
    "accounts",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),
    Column("language", Text, nullable=False, server_default=""),
    Column("theme", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant),
)

duties = Table(
    "duties",
    metadata,
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("address", Text, nullable=False),  # as that association writes it
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("language", Text, nullable=False),
    Column("declared", Boolean, nullable=False),  # in its file; else invited
    PrimaryKeyConstraint("association_key", "account_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # its digest
    Column("account_id", ForeignKey("accounts.id"), index=True),  # None: the operator
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("browser", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),  # the operator's choice
    Column("theme", Text, nullable=False, server_default=""),
    Column("opens", JSON, nullable=False, server_default="[]"),  # associations; not the operator's
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("language", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("actor_account", BigInteger),
    Column("invited_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended", Text, nullable=False, server_default=""),
    Index("ix_invitations_association_key_address_key", "association_key", "address_key"),
)

sign_ins = Table(  # kept for a day, to count by
    "sign_ins",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # the digest of the asking browser's
    Column("address", Text, nullable=False),  # as typed, until it was looked for
    Column("mark", Text, nullable=False),  # stands for the address
    Column("origin", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("invitation_id", ForeignKey("invitations.id")),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # At whose door it was asked; once it was looked, whose letter says how. Empty: nobody's.
    Column("association_key", Text, nullable=False, server_default=""),
    Column("looked_at", Instant),  # None: nobody has looked yet whose address it is
    Column("written_at", Instant),  # None: no letter says how, and nothing opens it
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("spent_at", Instant),
    Index("ix_sign_ins_mark_asked_at", "mark", "asked_at"),
    Index("ix_sign_ins_origin_asked_at", "origin", "asked_at"),
    Index("ix_sign_ins_looked_at", "looked_at"),
)

openings = Table(  # links that the operator made at the machine
    "openings",
    metadata,
    Column("token", Text, primary_key=True),  # its digest
    Column("association_key", ForeignKey("associations.key")),
    Column("language", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
