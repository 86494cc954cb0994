"""The tables of yes, no and suppression: what was said, and which addresses must not be used."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Table, Text, UniqueConstraint

from communique.domain.actor import ActorKind
from communique.store.tables import Identity, Instant, metadata

consents = Table(
    "consents",
    metadata,
    Column("id", Identity, primary_key=True),  # in the order in which it was said
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("list_key", Text, nullable=False),  # empty where `extent` is not one list
    Column("word", Text, nullable=False),
    Column("basis", Text, nullable=False),  # empty likewise
    Column("language", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("extent", Text, nullable=False, server_default="list"),
    Column("since", Date),  # from when a yes counts
    Column("wording", Text, nullable=False, server_default=""),
    Column("version", Text, nullable=False, server_default=""),
    Column("origin", Text, nullable=False, server_default=""),
    Column("actor_kind", Text, nullable=False, server_default=ActorKind.UNKNOWN.value),
    Column("actor_name", Text, nullable=False, server_default=""),
    Column("actor_account", BigInteger),
)

# A no to a part of what there is, of an address that nobody has yet.
early_noes = Table(
    "early_noes",
    metadata,
    Column("association_key", ForeignKey("associations.key"), primary_key=True),
    Column("address_key", Text, primary_key=True),
    Column("extent", Text, primary_key=True),
    Column("list_key", Text, primary_key=True),  # empty where `extent` is not one list
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("address_key", Text, nullable=False),  # of who was erased: a keyed hash of it
    Column("cause", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("association_key", "address_key", "cause"),
)
