"""The schema: one for SQLite and PostgreSQL. `deliveries` is the only truth about a release.

`consents`, `approvals`, `events`, `attempts` and `agreement_terms` are append-only: nothing in this
package updates or deletes their rows, but where a person is erased. Instants are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from communique.domain.actor import ActorKind
from communique.domain.delivery import DeliveryState
from communique.domain.release import State

REVISION = "0026"  # the migration that makes exactly these tables; a test holds them together

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

LEASED = text("lease_until IS NOT NULL")
Identity = BigInteger().with_variant(Integer(), "sqlite")  # whose row ids are INTEGER, of 64 bits


class Instant(TypeDecorator[datetime]):
    """A UTC instant: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Text on SQLite, whose own adapter drops the zone."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Refuse a naive time: nobody would know which hour it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """Back to an aware datetime in UTC."""
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None


def as_text(instant: datetime) -> str:
    """An aware instant as SQLite keeps it, and as PostgreSQL reads it: sortable, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


class database_now(FunctionElement[datetime]):  # noqa: N801 - reads as an SQL function
    """The database's clock, plus a number of seconds: leases rest on it, not on a worker's.

    Of when the statement began, or no index could serve a comparison with it.
    """

    inherit_cache = True
    type = Instant()


class database_clock(FunctionElement[datetime]):  # noqa: N801
    """The database's clock when a row is read, after whatever wait there was for its lock."""

    inherit_cache = True
    type = Instant()


@compiles(database_now, "sqlite")
def _sqlite_now(element: database_now, compiler: SQLCompiler, **options: object) -> str:
    plus = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', ({plus}) || ' seconds')"


@compiles(database_now, "postgresql")
def _postgresql_now(element: database_now, compiler: SQLCompiler, **options: object) -> str:
    plus = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {plus}))"


@compiles(database_clock, "sqlite")
def _sqlite_clock(_element: database_clock, _compiler: SQLCompiler, **_options: object) -> str:
    return "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"


@compiles(database_clock, "postgresql")
def _postgresql_clock(_element: database_clock, _compiler: SQLCompiler, **_options: object) -> str:
    return "clock_timestamp()"


def _one_of(column: str, values: type[State] | type[DeliveryState]) -> CheckConstraint:
    quoted = ", ".join(f"'{one.value}'" for one in values)
    return CheckConstraint(f"{column} IN ({quoted})", name=column)


associations = Table(
    "associations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("synced_at", Instant, nullable=False),
)

agreements = Table(
    "agreements",
    metadata,
    Column("key", Text, primary_key=True),
    Column("definition", JSON, nullable=False),
)

agreement_terms = Table(
    "agreement_terms",
    metadata,
    Column("agreement_key", ForeignKey("agreements.key"), nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Column("added_at", Instant, nullable=False),
    PrimaryKeyConstraint("agreement_key", "starts", "ends"),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("key", Text, nullable=False),
    Column("basis", Text, nullable=False),
    UniqueConstraint("association_key", "key"),
)

members = Table(
    "members",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("reference", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("since", Date),
    Column("until", Date),
    UniqueConstraint("association_key", "reference"),
    Index("ix_members_association_key_name", "association_key", "name"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("member_id", ForeignKey("members.id"), index=True),  # None: erased, nothing is theirs
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("role", Text, nullable=False),
    # Since when a no of theirs stands: what the ledger `consents` comes to, kept for claims.
    Column("no_joint_since", Instant),
    Column("no_all_since", Instant),
    Column("corrected", JSON, nullable=False, server_default="{}"),  # by field, what files said
    Column("merged_into", ForeignKey("subscribers.id"), index=True),  # the same person's record
    UniqueConstraint("association_key", "address_key"),
)

former_addresses = Table(  # that somebody moved from, whose they are for good
    "former_addresses",
    metadata,
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("address_key", Text, nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    PrimaryKeyConstraint("association_key", "address_key"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("list_id", ForeignKey("lists.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("since", Date, nullable=False),
    Column("lapses_on", Date),  # first day without consent; None: does not lapse
    Column("confirmed", Boolean, nullable=False, server_default=false()),  # by themselves
    Column("no_since", Instant),
    PrimaryKeyConstraint("list_id", "subscriber_id"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("agreement_key", ForeignKey("agreements.key")),
    Column("link", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("reason", Text),
    Column("content_hash", ForeignKey("contents.hash")),
    Column("submission", Integer, nullable=False, server_default="0"),
    Column("send_at", Instant),
    Column("zone", Text),
    Column("wall", Boolean, nullable=False),
    Column("deliver_by", Instant),
    Column("picked_up_at", Instant),
    Column("retried_at", Instant),
    Column("public_url", Text),
    Column("key_id", Text),
    Column("embargo", Instant),
    Column("fields", JSON, nullable=False, server_default="{}"),
    Column("public_from", Instant),
    Column("newsroom", Boolean, nullable=False, server_default=true()),
    Column("corrects", Text, nullable=False, server_default=""),
    Column("folder_said", Text),
    Column("created_at", Instant, nullable=False),
    _one_of("state", State),
    Index("ix_releases_state_send_at", "state", "send_at"),
)

editions = Table(
    "editions",
    metadata,
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("first_line", Integer, nullable=False),
    Column("fields", JSON, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("release_id", "language"),
)

audiences = Table(
    "audiences",
    metadata,
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("lists", JSON, nullable=False),
    Column("only", JSON, nullable=False),
    Column("without", JSON, nullable=False, server_default="[]"),
    Column("saved", Text),  # the key of the saved audience that it was made of
    PrimaryKeyConstraint("release_id", "association_key"),
)

contents = Table(
    "contents",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("frozen_at", Instant, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False, index=True),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("person", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("content_hash", ForeignKey("contents.hash"), nullable=False),
    Column("submission", Integer, nullable=False, server_default="0"),
    Column("comment", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor_kind", Text, nullable=False, server_default=ActorKind.UNKNOWN.value),
    Column("actor_name", Text, nullable=False, server_default=""),
    Column("actor_account", BigInteger),
    Column("public_from", Instant),  # an end of its embargo that was said yes to
    Column("account_id", BigInteger),  # whose word it is; None where only their name was kept
)

events = Table(
    "events",
    metadata,
    Column("id", Identity, primary_key=True),  # in the order of commits; see `store.events`
    Column("subject", Text, nullable=False),
    Column("subject_id", BigInteger),
    Column("subject_key", Text, nullable=False),
    Column("association_key", ForeignKey("associations.key")),  # None: every party's
    Column("verb", Text, nullable=False),
    Column("state", Text, nullable=False),  # in which it left a release; else empty
    Column("actor_kind", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("actor_account", BigInteger),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_events_subject_subject_id", "subject", "subject_id"),
    Index("ix_events_association_key_id", "association_key", "id"),
)

batches = Table(
    "batches",
    metadata,
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("due_at", Instant),  # None: done
    Column("embargo", Instant),  # what the press is told in it; None: it has nobody of the press
    Column("dated_at", Instant),  # of its messages; None: when its release was picked up
    PrimaryKeyConstraint("release_id", "number"),
    Index("ix_batches_due_at", "due_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False),
    Column("association_key", ForeignKey("associations.key"), nullable=False),
    Column("batch", Integer),  # None: skipped at the snapshot
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why skipped, deferred, failed or unknown
    Column("cause", Text),  # what others wait, failed or are unknown for alike
    # The reader, frozen at the snapshot so that a copy has the same bytes (P3).
    Column("address", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("language", Text, nullable=False),  # the edition's
    Column("role", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("list_key", Text, nullable=False),
    # Where the sending of it stands.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("unknowns", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),  # from when it may be claimed; None: sending, or final
    Column("claim", BigInteger),  # the fencing token of whoever is sending it
    Column("lease_until", Instant),  # on the database's clock
    # Whether it may have been handed over under this claim; says nothing where there is none.
    Column("begun", Boolean, nullable=False, server_default=false()),
    Column("ended_at", Instant),
    # One row a person and release; this order also finds what is open for a person (P5).
    UniqueConstraint("subscriber_id", "release_id"),
    # Finds what a dead worker had in hand, among however many deliveries of the past.
    Index("ix_deliveries_lease_until", "lease_until", sqlite_where=LEASED, postgresql_where=LEASED),
    # Serves claims (release, batch, state) and counts, which never touch the rows themselves.
    Index("ix_deliveries_release_id_batch_state", "release_id", "batch", "state"),
    _one_of("state", DeliveryState),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("reply", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    UniqueConstraint("delivery_id", "number"),
)
